#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/domain/instant.h"

namespace mercaptan::simulation {

/// SplitMix64: the same numbers from the same seed with every compiler and library.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_{seed} {}

    std::uint64_t next() {
        state_ += 0x9E3779B97F4A7C15ULL;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
        return z ^ (z >> 31U);
    }
    /// From 0 to n - 1; n must not be 0.
    std::uint64_t below(std::uint64_t n) { return next() % n; }
    std::int64_t between(std::int64_t low, std::int64_t high) {
        return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low + 1)));
    }
    Duration between(Duration low, Duration high) {
        return Duration{between(low.count(), high.count())};
    }
    double unit() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }
    bool chance(double probability) { return unit() < probability; }
    template <class T>
    const T& pick(const std::vector<T>& from) {
        return from[below(from.size())];
    }
    template <class T>
    T pick(std::initializer_list<T> from) {
        return *(from.begin() + static_cast<std::ptrdiff_t>(below(from.size())));
    }
    /// Something around `mean`, never zero: the time until the next of many rare events.
    Duration around(Duration mean) { return between(mean / 4, mean * 2); }

private:
    std::uint64_t state_;
};

}  // namespace mercaptan::simulation
