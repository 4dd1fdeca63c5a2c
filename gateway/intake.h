#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/instant.h"
#include "common/domain/result.h"
#include "common/store/store.h"
#include "gateway/ledger.h"
#include "gateway/rows.h"
#include "gateway/settings.h"

namespace mercaptan::gateway {

/// The callback's half: stores a message, then queues it for the loop. Nothing else may happen
/// before the broker is told that it can forget the message. Thread-safe.
class Intake {
public:
    Intake(store::Store& store, Ledger& ledger, const IntakeLimits& limits, std::uint64_t epoch)
        : store_{&store}, ledger_{&ledger}, limits_{limits}, epoch_{epoch} {}

    struct Incoming {
        Lane lane;
        std::string_view topic;
        std::string_view payload;
        bool retained = false;
        bool redelivered = false;
        bool order = false;
        /// Not synced though its lane is: the broker keeps it and sends it again.
        bool kept_by_broker = false;
    };

    /// True if the loop has to be told: it is not already on its way to this message. A failure is
    /// final: see Gateway.
    [[nodiscard]] Result<bool> take_in(const Incoming& incoming, Instant now);

    /// Queues a stored message that a former run did not get to.
    void restore(RawMessage message) { push(std::move(message)); }

    /// Swaps the oldest message of the lane into `message`; its old content gives its memory back.
    [[nodiscard]] bool pop(Lane lane, RawMessage& message);
    [[nodiscard]] std::size_t queued(Lane lane) const;

private:
    /// A ring that grows and never gives memory back: no allocation in a steady state.
    struct Queue {
        std::vector<RawMessage> slots{16};
        std::size_t head = 0;
        std::size_t size = 0;
    };

    RawMessage& back_slot(Queue& queue);
    std::size_t push(RawMessage&& message);

    store::Store* store_;
    Ledger* ledger_;
    IntakeLimits limits_;
    std::uint64_t epoch_;

    std::mutex store_mutex_;  // Numbers are given in the order of the writes.
    std::array<std::uint64_t, 2> next_seq_{1, 1};
    store::Batch batch_;
    std::string value_;
    RawMessage incoming_;

    mutable std::mutex queue_mutex_;
    std::array<Queue, 2> queues_;
};

}  // namespace mercaptan::gateway
