#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/domain/instant.h"

namespace mercaptan::processor {

/// Where a reading lies against a band.
enum class Level : std::uint8_t { low, between, high };

struct Sample {
    Instant at;  // Event time.
    Level level = Level::low;
    bool operator==(const Sample&) const = default;
};

/// In how many of how many readings in a row.
struct Count {
    std::uint8_t n = 1;
    std::uint8_t of = 1;
};

/// Whether a level was held for long enough, decided from event times alone.
///
/// A hold is a high sample, then no low one, then a sample that is not low at least `on_delay`
/// later. The samples are kept in event order, so the answer does not depend on the order in which
/// they arrive: whatever hold the samples contain is found when its last sample comes in. At most
/// kSamplesMax are kept: samples of one level closer than a sixteenth of the delay are thinned
/// first, then the oldest go. What is forgotten can only make a hold longer, never hide one.
class Hold {
public:
    static constexpr std::size_t kSamplesMax = 96;
    static constexpr std::size_t kIdleSamplesMax = 8;  // While all of them are low.

    /// Adds a sample; true if it completes or lies in a hold. Repeating one is harmless.
    [[nodiscard]] bool add(const Sample& sample, Duration on_delay);

    /// The same for a count: true if the sample is high and in as many readings in a row as the
    /// count says at least so many are high. What lies outside the newest of them is forgotten
    /// last when it is high, so that a late reading is never judged too mildly.
    [[nodiscard]] bool add(const Sample& sample, Count count);
    /// The newest readings have the count.
    [[nodiscard]] bool counts(Count count) const;

    [[nodiscard]] const std::vector<Sample>& samples() const { return samples_; }
    /// True if all samples are low: a restart can do without them. One between set and clear may
    /// end a hold whose beginning comes late.
    [[nodiscard]] bool idle() const;
    static Hold from(std::vector<Sample> samples);

private:
    void insert(const Sample& sample);
    [[nodiscard]] bool counts(Count count, std::size_t last) const;
    void thin(Duration on_delay);
    std::vector<Sample> samples_;
};

}  // namespace mercaptan::processor
