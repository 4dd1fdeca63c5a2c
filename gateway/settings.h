#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "common/domain/instant.h"
#include "common/domain/text.h"
#include "gateway/core/gateway_core.h"
#include "gateway/core/outbox.h"

namespace mercaptan::gateway {

struct BatchLimits {
    std::size_t readings_max = 256;  // Of one uplink message.
    Duration linger{2};              // How long a bulk message waits for company.
};

struct IntakeLimits {
    std::size_t payload_bytes_max = 64U << 10U;  // Longer: cut, quarantined as oversized.
    std::size_t queue_max = 65'536;  // Bulk messages not decoded yet; beyond: intake pauses.
    /// Dealt-with messages of each lane kept on disk, to recognise a copy after a restart.
    std::size_t remembered = 65'536;
};

struct OutboxLimits {
    std::uint64_t bytes_max = 4ULL << 30U;
    std::uint64_t reserve_bytes = 256ULL << 20U;        // Of bytes_max, for emergencies only.
    std::uint64_t disk_free_bytes_min = 512ULL << 20U;  // Below: as if the bulk share were full.
    std::size_t bulk_unacked_max = 4;          // Bulk messages with the broker at once, so that an
                                               // emergency never waits behind many of them.
    std::size_t read_ahead_bytes = 4U << 20U;  // Of each lane, in memory.
};

struct QuarantineLimits {
    std::uint64_t entries_max = 100'000;  // Beyond either: the oldest is dropped, counted.
    std::uint64_t bytes_max = 256ULL << 20U;
};

/// What can change while the gateway runs.
struct Rulebook {
    std::shared_ptr<const Registry> registry = std::make_shared<const Registry>();
    std::vector<GuardRule> guard;
    CommandPolicy orders;  // For the processor's commands.
};

struct Settings {
    CoreSettings core;
    BatchLimits batch;
    IntakeLimits intake;
    OutboxLimits outbox;
    UplinkLimits uplink;
    QuarantineLimits quarantine;
};

}  // namespace mercaptan::gateway
