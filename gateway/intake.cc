#include "gateway/intake.h"

#include <utility>

namespace mercaptan::gateway {

Result<bool> Intake::take_in(const Incoming& incoming, Instant now) {
    const std::lock_guard lock{store_mutex_};
    const auto lane = static_cast<std::size_t>(incoming.lane);
    RawMessage& message = incoming_;
    message.lane = incoming.lane;
    message.row = {epoch_, next_seq_[lane]};
    message.received_at = now;
    message.retained = incoming.retained;
    message.redelivered = incoming.redelivered;
    message.order = incoming.order;
    message.size_bytes = incoming.payload.size();
    message.topic = incoming.topic;
    message.payload = incoming.payload.substr(0, limits_.payload_bytes_max);

    write_inbox_value(message, value_);
    batch_.clear();
    batch_.put(kInbox, view(row_key(incoming.lane, message.row)), value_);
    const bool synced = incoming.lane == Lane::emergency && !incoming.kept_by_broker;
    if (auto written = store_->write(batch_, synced ? store::Sync::yes : store::Sync::no);
        !written) {
        return Failure{written.error()};
    }
    // Ticket 0 is older than any sync: safe already.
    message.ticket = synced ? 0 : ledger_->wrote();
    ++next_seq_[lane];
    const std::size_t queued = push(std::move(message));
    return incoming.lane == Lane::emergency || queued == 1;
}

RawMessage& Intake::back_slot(Queue& queue) {
    if (queue.size == queue.slots.size()) {
        std::vector<RawMessage> larger(queue.slots.size() * 2);
        for (std::size_t i = 0; i < queue.size; ++i) {
            larger[i] = std::move(queue.slots[(queue.head + i) % queue.slots.size()]);
        }
        queue.slots = std::move(larger);
        queue.head = 0;
    }
    return queue.slots[(queue.head + queue.size++) % queue.slots.size()];
}

std::size_t Intake::push(RawMessage&& message) {
    const std::lock_guard lock{queue_mutex_};
    Queue& queue = queues_[static_cast<std::size_t>(message.lane)];
    std::swap(back_slot(queue), message);
    return queue.size;
}

bool Intake::pop(Lane lane, RawMessage& message) {
    const std::lock_guard lock{queue_mutex_};
    Queue& queue = queues_[static_cast<std::size_t>(lane)];
    if (queue.size == 0) return false;
    std::swap(queue.slots[queue.head], message);
    queue.head = (queue.head + 1) % queue.slots.size();
    --queue.size;
    return true;
}

std::size_t Intake::queued(Lane lane) const {
    const std::lock_guard lock{queue_mutex_};
    return queues_[static_cast<std::size_t>(lane)].size;
}

}  // namespace mercaptan::gateway
