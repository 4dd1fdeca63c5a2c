#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "common/domain/instant.h"

namespace mercaptan::processor {

enum class TimerKind : std::uint8_t {
    clock,
    escalation,
    silence,
    shelving,
    forget_ticket,
    re_alarm,
    window,
};

/// A wish to be called at a time. Never cancelled: whoever is called looks whether it still stands.
struct Timer {
    Instant due;
    TimerKind kind = TimerKind::clock;
    std::uint32_t subject = 0;  // Index of the ticket, device or alarm.
    auto operator<=>(const Timer&) const = default;
};

/// Timers in a total order, so that equal deadlines fire in the same order in every replay.
///
/// There is one for each supervised device. Only those of the earliest second are a heap, which
/// stays in the cache; the others lie unsorted in the second in which they are due.
class TimerQueue {
public:
    void arm(Instant due, TimerKind kind, std::uint32_t subject) {
        const std::int64_t second = second_of(due);
        if (!heap_.empty() && second > heap_second_) {
            later_[second].push_back({due, kind, subject});
            return;
        }
        if (!heap_.empty() && second < heap_second_) {
            later_.emplace(heap_second_, std::move(heap_));
            heap_.clear();
        }
        heap_second_ = second;
        heap_.push_back({due, kind, subject});
        std::push_heap(heap_.begin(), heap_.end(), std::greater<>{});
    }
    [[nodiscard]] std::optional<Instant> next() const {
        return heap_.empty() ? std::nullopt : std::optional{heap_.front().due};
    }
    /// Takes the next timer that is due at `now`, if any.
    [[nodiscard]] std::optional<Timer> take(Instant now) {
        if (heap_.empty() || heap_.front().due > now) return std::nullopt;
        std::pop_heap(heap_.begin(), heap_.end(), std::greater<>{});
        const Timer timer = heap_.back();
        heap_.pop_back();
        if (heap_.empty() && !later_.empty()) {
            auto second = later_.extract(later_.begin());
            heap_second_ = second.key();
            heap_ = std::move(second.mapped());
            std::make_heap(heap_.begin(), heap_.end(), std::greater<>{});
        }
        return timer;
    }

private:
    static std::int64_t second_of(Instant due) {
        return due.ms >= 0 ? due.ms / 1000 : (due.ms - 999) / 1000;
    }

    // The heap is all timers of the second `heap_second_`, `later_` all after it. It is empty only
    // if there is no timer at all.
    std::vector<Timer> heap_;
    std::int64_t heap_second_ = 0;
    std::map<std::int64_t, std::vector<Timer>> later_;
};

}  // namespace mercaptan::processor
