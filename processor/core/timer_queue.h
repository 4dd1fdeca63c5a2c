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
    area_page,
};

/// A wish to be called at a time. Never cancelled: whoever is called looks whether it still stands.
struct Timer {
    Instant due;
    TimerKind kind = TimerKind::clock;
    std::uint32_t subject = 0;  // Index of the ticket, device or alarm; a zone's number.
    auto operator<=>(const Timer&) const = default;
};

/// Timers in a total order, so that equal deadlines fire in the same order in every replay.
///
/// There is one for each supervised device. Only those of the earliest second are in order, so that
/// they stay in the cache; the others lie as they came in the second in which they are due.
class TimerQueue {
public:
    void arm(Instant due, TimerKind kind, std::uint32_t subject) {
        const std::int64_t second = second_of(due);
        if (!empty() && second > first_second_) {
            later_[second].push_back({due, kind, subject});
            return;
        }
        if (second < first_second_) postpone_first();
        first_second_ = second;
        added_.push_back({due, kind, subject});
        std::push_heap(added_.begin(), added_.end(), std::greater<>{});
    }
    [[nodiscard]] std::optional<Instant> next() const {
        return empty() ? std::nullopt : std::optional{peek()->due};
    }
    [[nodiscard]] std::size_t size() const {
        std::size_t size = sorted_.size() + added_.size();
        for (const auto& [second, timers] : later_) size += timers.size();
        return size;
    }
    /// The next timer, or nullptr; valid until the next call.
    [[nodiscard]] const Timer* peek() const {
        if (sorted_.empty()) return added_.empty() ? nullptr : &added_.front();
        const bool added = !added_.empty() && added_.front() < sorted_.back();
        return added ? &added_.front() : &sorted_.back();
    }
    /// Takes the next timer that is due at `now`, if any.
    [[nodiscard]] std::optional<Timer> take(Instant now) {
        const Timer* first = peek();
        if (first == nullptr || first->due > now) return std::nullopt;
        const Timer timer = *first;
        if (first == added_.data()) {
            std::pop_heap(added_.begin(), added_.end(), std::greater<>{});
            added_.pop_back();
        } else {
            sorted_.pop_back();
        }
        if (empty() && !later_.empty()) {
            auto second = later_.extract(later_.begin());
            first_second_ = second.key();
            sorted_ = std::move(second.mapped());
            std::vector<Timer>{}.swap(added_);  // A crowd's memory is given back.
            std::sort(sorted_.begin(), sorted_.end(), std::greater<>{});
        }
        return timer;
    }

private:
    static std::int64_t second_of(Instant due) {
        return due.ms >= 0 ? due.ms / 1000 : (due.ms - 999) / 1000;
    }
    [[nodiscard]] bool empty() const { return sorted_.empty() && added_.empty(); }
    void postpone_first() {
        if (empty()) return;
        sorted_.insert(sorted_.end(), added_.begin(), added_.end());
        later_.emplace(first_second_, std::move(sorted_));
        sorted_.clear();
        added_.clear();
    }

    // All timers of the second `first_second_`: those it began with, the next one last, and a heap
    // of those that were armed since. They are empty only if there is no timer at all.
    std::vector<Timer> sorted_;
    std::vector<Timer> added_;
    std::int64_t first_second_ = 0;
    std::map<std::int64_t, std::vector<Timer>> later_;  // By second, all after the first.
};

}  // namespace mercaptan::processor
