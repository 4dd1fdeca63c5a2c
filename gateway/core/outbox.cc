#include "gateway/core/outbox.h"

#include "common/domain/check.h"

namespace mercaptan::gateway {

void OutboxLane::restore(const Extent& extent) {
    MERCAPTAN_CHECK(extents_.empty() || extents_.back().epoch < extent.epoch);
    MERCAPTAN_CHECK(extent.first <= extent.last);
    extents_.push_back(extent);
    release({extent.epoch, extent.last});
}

void OutboxLane::begin_epoch(std::uint64_t epoch) {
    MERCAPTAN_CHECK(extents_.empty() || extents_.back().epoch < epoch);
    extents_.push_back({epoch, 1, 0});
}

RowId OutboxLane::append() {
    MERCAPTAN_CHECK(!extents_.empty());
    Extent& newest = extents_.back();
    return {newest.epoch, ++newest.last};
}

std::optional<RowId> OutboxLane::first_at_or_after(const RowId& row) const {
    for (const Extent& extent : extents_) {
        if (extent.epoch < row.epoch) continue;
        const std::uint64_t seq =
            extent.epoch == row.epoch ? std::max(extent.first, row.seq) : extent.first;
        if (seq <= extent.last) return RowId{extent.epoch, seq};
    }
    return std::nullopt;
}

bool OutboxLane::has_unsent() const {
    const auto row = first_at_or_after(next_);
    return row && *row <= released_;
}

std::optional<RowId> OutboxLane::next_to_send() const {
    if (in_flight_ >= window_) return std::nullopt;
    const auto row = first_at_or_after(next_);
    if (!row || *row > released_) return std::nullopt;
    return row;
}

void OutboxLane::mark_sent(const RowId& row, Instant now) {
    MERCAPTAN_CHECK(row >= next_);
    next_ = {row.epoch, row.seq + 1};
    ++in_flight_;
    if (!waiting_since_) waiting_since_ = now;
}

bool OutboxLane::acknowledge(std::uint64_t epoch, std::uint64_t seq, Instant now) {
    const auto found = std::find_if(extents_.begin(), extents_.end(),
                                    [&](const Extent& extent) { return extent.epoch == epoch; });
    if (found == extents_.end()) return true;  // All of it was committed and forgotten before.
    const bool newest = epoch == extents_.back().epoch;
    // A former run may have lost rows in a power cut that the processor has; this run has not.
    if (seq > found->last && newest) return false;
    seq = std::min(seq, found->last);
    if (seq < found->first) return true;
    // Rows are in flight from the oldest on, but for the ones that vanished; never below zero.
    const std::uint64_t sent_to = next_.epoch > epoch    ? found->last
                                  : next_.epoch == epoch ? std::min(next_.seq - 1, found->last)
                                                         : 0;
    const std::uint64_t covered = std::min(seq, sent_to);
    if (covered >= found->first) {
        in_flight_ -= std::min<std::size_t>(in_flight_, covered - found->first + 1);
    }
    found->first = seq + 1;
    if (!newest && found->first > found->last) extents_.erase(found);
    doublings_ = 0;
    if (in_flight_ == 0) {
        waiting_since_.reset();
    } else {
        waiting_since_ = now;
    }
    return true;
}

void OutboxLane::heard(Instant now) {
    doublings_ = 0;
    if (waiting_since_) waiting_since_ = std::min(*waiting_since_, now);
}

void OutboxLane::rewind() {
    next_ = {};
    in_flight_ = 0;
    waiting_since_.reset();
}

bool OutboxLane::on_time(Instant now) {
    if (waiting_since_) waiting_since_ = std::min(*waiting_since_, now);  // The clock was set back.
    const auto deadline = next_deadline();
    if (!deadline || now < *deadline) return false;
    rewind();
    doublings_ = std::min(doublings_ + 1, 20U);
    return true;
}

std::optional<Instant> OutboxLane::next_deadline() const {
    if (!waiting_since_) return std::nullopt;
    const Duration wait = std::min(limits_.resend_after * (std::int64_t{1} << doublings_),
                                   std::max(limits_.resend_after, limits_.resend_after_max));
    return *waiting_since_ + wait;
}

bool OutboxLane::is_live(const RowId& row) const {
    return std::any_of(extents_.begin(), extents_.end(), [&](const Extent& extent) {
        return extent.epoch == row.epoch && row.seq >= extent.first && row.seq <= extent.last;
    });
}

std::optional<RowId> OutboxLane::oldest() const {
    return first_at_or_after({});
}

std::uint64_t OutboxLane::oldest_seq(std::uint64_t epoch) const {
    for (const Extent& extent : extents_) {
        if (extent.epoch == epoch) return extent.first;
    }
    return 0;
}

std::uint64_t OutboxLane::rows() const {
    std::uint64_t rows = 0;
    for (const Extent& extent : extents_) rows += extent.last + 1 - extent.first;
    return rows;
}

}  // namespace mercaptan::gateway
