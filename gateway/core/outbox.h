#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "common/domain/instant.h"
#include "common/domain/reading.h"

namespace mercaptan::gateway {

/// Names one row of a lane of the outbox. Epochs are in order, rows are dense within one.
struct RowId {
    std::uint64_t epoch = 0;
    std::uint64_t seq = 0;
    auto operator<=>(const RowId&) const = default;
};

struct UplinkLimits {
    std::size_t emergency_window = 1024;  // Rows sent and not covered by the watermark.
    std::size_t bulk_window = 64;
    Duration resend_after{5'000};
    Duration resend_after_max{60'000};
};

/// The books of one lane of the outbox: which rows there are, which are sent, what the processor
/// has committed. The rows themselves are in the store. Pure.
///
/// Rows are sent in order, at most a window of them ahead of the watermark. Whenever the watermark
/// stands still for too long, or the connection was new, sending starts over behind the watermark
/// (go back N); the receiver drops what it has. The wait doubles while nothing moves, so that a
/// processor that is away does not fill the broker with copies.
class OutboxLane {
public:
    struct Extent {
        std::uint64_t epoch = 0;
        std::uint64_t first = 1;  // The oldest row not covered by the watermark.
        std::uint64_t last = 0;   // The newest row; first - 1 if there is none left.
    };

    OutboxLane(std::size_t window, const UplinkLimits& limits) : window_{window}, limits_{limits} {}

    /// Rows that a former run left, epoch by epoch in order, before anything else.
    void restore(const Extent& extent);
    /// Rows of this run follow in this epoch.
    void begin_epoch(std::uint64_t epoch);

    /// Takes the next number for a new row.
    [[nodiscard]] RowId append();
    /// Rows up to this one may be sent; none beyond is.
    void release(const RowId& row) { released_ = std::max(released_, row); }

    /// What to send now, if the window has room.
    [[nodiscard]] std::optional<RowId> next_to_send() const;
    /// There are rows that were never sent since the last rewind and could be.
    [[nodiscard]] bool has_unsent() const;
    /// `row` was handed to the connection; rows between it and next_to_send do not exist any more.
    void mark_sent(const RowId& row, Instant now);

    /// The processor has committed everything of the epoch up to seq. False if it never could.
    bool acknowledge(std::uint64_t epoch, std::uint64_t seq, Instant now);
    /// Some word from the processor: it is there, so waits are short again.
    void heard(Instant now);
    /// Sends again from behind the watermark.
    void rewind();
    /// Rewinds if the watermark stood still for too long. True if it did.
    bool on_time(Instant now);
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    [[nodiscard]] bool is_live(const RowId& row) const;
    /// The oldest row not covered by the watermark.
    [[nodiscard]] std::optional<RowId> oldest() const;
    [[nodiscard]] std::uint64_t oldest_seq(std::uint64_t epoch) const;
    [[nodiscard]] std::uint64_t rows() const;
    [[nodiscard]] std::uint64_t last_seq() const {
        return extents_.empty() ? 0 : extents_.back().last;
    }
    [[nodiscard]] std::uint64_t watermark_seq() const {
        return extents_.empty() ? 0 : extents_.back().first - 1;
    }
    [[nodiscard]] const std::deque<Extent>& extents() const { return extents_; }

private:
    [[nodiscard]] std::optional<RowId> first_at_or_after(const RowId& row) const;

    std::size_t window_;
    UplinkLimits limits_;
    std::deque<Extent> extents_;  // Oldest epoch first; only the newest may be empty.
    RowId next_{};                // Everything live before it was sent.
    RowId released_{};
    std::size_t in_flight_ = 0;
    std::optional<Instant> waiting_since_;  // Of the watermark, if something is in flight.
    unsigned doublings_ = 0;
};

}  // namespace mercaptan::gateway
