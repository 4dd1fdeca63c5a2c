#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/domain/instant.h"
#include "common/domain/registry.h"
#include "common/domain/text.h"
#include "processor/core/hold.h"
#include "processor/core/meter.h"
#include "processor/core/trace.h"

namespace mercaptan::processor {

/// What a device's samples say of one band of one condition that must hold for a while.
struct HoldRow {
    std::string condition;  // Its id: the rules may be in another order after a restart.
    std::uint8_t band = 0;
    std::vector<Sample> samples;
    bool operator==(const HoldRow&) const = default;
};

/// What a restart needs to know of a device; the row in the store.
struct DeviceRow {
    Name site;
    Name device;
    std::optional<Instant> last_event_at;     // Of the newest reading, by its own time.
    std::optional<Instant> last_received_at;  // By the gateway's clock.
    std::optional<std::uint64_t> last_seq;
    std::uint64_t seq_window = 0;             // Bit i: last_seq - i was seen.
    std::optional<Instant> count_began_at{};  // Event time of the first number of its count.
    bool silent = false;
    bool offline = false;  // By its last will.
    Instant known_since;   // Record time; a device that never spoke counts from here.
    Name gateway;          // That heard it last.
    std::vector<HoldRow> holds;
    std::vector<TraceRow> traces{};
    std::optional<MeterState> meter{};
    std::uint64_t saved_in = 0;  // The commit that wrote it; all that came before is in it.
    bool operator==(const DeviceRow&) const = default;
};

/// What a device's place takes of it.
inline constexpr unsigned kPlaceBits = 28;

/// A device as the core holds it: small, because there are a million of them, and never in more
/// than two cache lines. Its names are with the table that it is in.
struct alignas(32) Device {
    std::uint32_t id = 0;    // Its place among the table's ids.
    std::uint32_t site = 0;  // The number of the name, as the next two.
    std::uint32_t zone = 0;
    std::uint16_t gateway = 0;
    DeviceKind kind = DeviceKind::leak_detector;
    Gas gas = Gas::natural_gas;
    bool registered : 1 = false;
    bool silent : 1 = false;
    bool offline : 1 = false;
    bool dirty : 1 = false;                 // Named in Changes::devices already.
    std::uint32_t place : kPlaceBits = 0;   // ConditionPlan::place_of.
    std::uint32_t expected_interval_s = 0;  // Zero: not supervised.
    std::uint32_t present = 0;              // Bit per condition: what the newest reading says.
    std::uint32_t raised = 0;               // Bit per condition: an occurrence is active.
    std::int64_t last_event_ms = kNever;
    std::int64_t last_received_ms = kNever;
    std::int64_t count_began_ms = kNever;  // Event time of the first number of its present count.
    std::int64_t known_since_ms = 0;
    std::int64_t silence_due_ms = kNever;
    std::int64_t saved_ms = kNever;  // Record time of the last row.
    std::uint64_t last_seq = kNoSeq;
    std::uint64_t seq_window = 0;

    static constexpr std::int64_t kNever = INT64_MIN;
    static constexpr std::uint64_t kNoSeq = UINT64_MAX;
};
static_assert(sizeof(Device) == 96);

}  // namespace mercaptan::processor
