#pragma once

#include <algorithm>
#include <chrono>

#include "common/domain/instant.h"

namespace mercaptan::processor {

/// The time for records: the wall clock, but never backwards. When the wall clock is set back, time
/// goes on from where it was by the steady clock until the wall has caught up, so no deadline waits
/// longer or comes twice; when it is set forward, it is followed.
class LoopClock {
public:
    [[nodiscard]] Instant now() {
        const auto steady = std::chrono::steady_clock::now();
        const auto wall = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
        const Instant by_steady =
            last_ + std::chrono::duration_cast<Duration>(steady - last_steady_);
        const Instant by_wall{wall.time_since_epoch().count()};
        if (by_wall >= by_steady || last_.ms == 0) {
            last_ = by_wall;
            last_steady_ = steady;
            return last_;
        }
        return by_steady;
    }

private:
    Instant last_{};
    std::chrono::steady_clock::time_point last_steady_{};
};

}  // namespace mercaptan::processor
