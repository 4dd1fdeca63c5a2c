#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/domain/instant.h"
#include "common/store/store.h"
#include "processor/core/effect.h"
#include "processor/io/rows.h"

namespace mercaptan::processor {

/// A message to be sent, at least once, until its receiver's broker has it. A newer one with the
/// same key takes its place.
struct Outgoing {
    std::string key;               // `ticket/T…`; the row's key.
    std::uint64_t generation = 0;  // The commit that made it.
    EffectRow message;
};

/// What a person is told after the commit.
struct CommandOutcome {
    Reply reply;
    std::string ticket_json;  // If a ticket was made or changed.
    std::string alarm_json;   // If an alarm was.
};

struct FeedEntry {
    std::uint64_t id = 0;
    FeedRow row;
};

/// One step of durability: first the batch, synced; then everything else, in this order.
struct Commit {
    std::uint64_t seq = 0;
    store::Batch batch;
    std::vector<Outgoing> effects;
    std::vector<Outgoing> watermarks;  // Not kept: the next message brings a newer one.
    std::vector<CommandOutcome> outcomes;
    std::vector<FeedEntry> feed;
    std::uint64_t print = 0;  // Of what it decided (decision_print.h).

    // For the metrics.
    std::uint64_t readings = 0;
    std::vector<Instant> raised_received_at;  // Of tickets that devices raised.
    std::vector<Duration> clock_lateness;     // Of clocks that were breached.
};

}  // namespace mercaptan::processor
