#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

#include "common/domain/instant.h"

namespace mercaptan::mqtt {

/// Waits between attempts, with full jitter: anything from nothing up to a bound that doubles from
/// `min` to `max`, so that a thousand clients of one restarted broker do not come back in step.
class Backoff {
public:
    Backoff(Duration min, Duration max, std::uint32_t seed)
        : min_{min}, max_{max}, bound_{min}, random_{seed} {}

    [[nodiscard]] Duration next() {
        std::uniform_int_distribution<Duration::rep> pick{0, bound_.count()};
        const Duration wait{pick(random_)};
        bound_ = std::min(max_, bound_ * 2);
        return wait;
    }

    void reset() { bound_ = min_; }

private:
    Duration min_;
    Duration max_;
    Duration bound_;
    std::minstd_rand random_;
};

}  // namespace mercaptan::mqtt
