#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <queue>
#include <vector>

#include "common/domain/instant.h"

namespace mercaptan::processor {

enum class TimerKind : std::uint8_t { clock, escalation, silence, shelving, forget_ticket };

/// A wish to be called at a time. Never cancelled: whoever is called looks whether it still stands.
struct Timer {
    Instant due;
    TimerKind kind = TimerKind::clock;
    std::uint32_t subject = 0;  // Index of the ticket, device or alarm.
    auto operator<=>(const Timer&) const = default;
};

/// Timers in a total order, so that equal deadlines fire in the same order in every replay.
class TimerQueue {
public:
    void arm(Instant due, TimerKind kind, std::uint32_t subject) {
        heap_.push({due, kind, subject});
    }
    [[nodiscard]] std::optional<Instant> next() const {
        return heap_.empty() ? std::nullopt : std::optional{heap_.top().due};
    }
    /// Takes the next timer that is due at `now`, if any.
    [[nodiscard]] std::optional<Timer> take(Instant now) {
        if (heap_.empty() || heap_.top().due > now) return std::nullopt;
        const Timer timer = heap_.top();
        heap_.pop();
        return timer;
    }

private:
    std::priority_queue<Timer, std::vector<Timer>, std::greater<>> heap_;
};

}  // namespace mercaptan::processor
