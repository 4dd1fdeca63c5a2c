#pragma once

#include <algorithm>
#include <chrono>
#include <mutex>

#include "common/domain/instant.h"

namespace mercaptan::gateway {

/// The wall clock, but never backwards: when it is set back, time goes on by the steady clock until
/// the wall has caught up. Thread-safe.
class Clock {
public:
    [[nodiscard]] Instant now() {
        const auto steady = std::chrono::steady_clock::now();
        const auto wall = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
        const Instant by_wall{wall.time_since_epoch().count()};
        const std::lock_guard lock{mutex_};
        if (last_.ms == 0 || by_wall >= by_steady(steady)) {
            last_ = std::max(by_wall, last_);
            last_steady_ = steady;
            return last_;
        }
        return by_steady(steady);
    }

private:
    [[nodiscard]] Instant by_steady(std::chrono::steady_clock::time_point steady) const {
        return last_ + std::chrono::duration_cast<Duration>(steady - last_steady_);
    }

    std::mutex mutex_;
    Instant last_{};
    std::chrono::steady_clock::time_point last_steady_{};
};

}  // namespace mercaptan::gateway
