#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/domain/instant.h"
#include "gateway/core/gateway_core.h"

namespace mercaptan::gateway {

struct LaneStatus {
    std::uint64_t messages = 0;  // Uplink messages that the processor has not committed.
    std::uint64_t bytes = 0;
    std::optional<Instant> oldest_at;
    std::uint64_t epoch = 0;
    std::uint64_t next_seq = 1;  // Of this epoch.
    std::uint64_t watermark_seq = 0;
    std::uint64_t sent = 0;     // Messages handed to the connection, repetitions included.
    std::uint64_t rewinds = 0;  // Times that sending started over behind the watermark.
    std::uint64_t queued = 0;   // Stored messages that are not decoded yet.
    bool intake_open = true;
    std::uint64_t intake_pauses = 0;
};

/// What the gateway is doing, as of its last round. Totals count from the start of the process.
struct Status {
    bool field_connected = false;  // Both lanes.
    bool central_connected = false;
    std::array<LaneStatus, 2> lanes;
    /// By profile (the last: none) and MessageResult.
    std::vector<std::array<std::uint64_t, kMessageResultCount>> messages;
    CoreCounts core;
    std::uint64_t oversized = 0;
    std::uint64_t unknown_flags = 0;
    std::uint64_t salvaged = 0;  // Emergencies read from messages that were otherwise malformed.
    std::uint64_t orders = 0;
    std::uint64_t answers_sent = 0;
    std::uint64_t answers_dropped = 0;  // Not connected: the device repeats and is answered then.
    std::uint64_t watermarks = 0;
    std::uint64_t watermarks_refused = 0;
    std::uint64_t quarantine_entries = 0;
    std::uint64_t quarantine_bytes = 0;
    std::uint64_t quarantine_dropped = 0;
    std::uint64_t commands_pending = 0;
    std::uint64_t devices = 0;
    std::uint64_t commits = 0;
    std::uint64_t reloads = 0;
};

}  // namespace mercaptan::gateway
