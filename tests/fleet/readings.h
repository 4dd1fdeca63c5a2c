#pragma once

#include <cstdint>
#include <string>

#include "tests/fleet/district.h"
#include "tests/fleet/rng.h"

namespace mercaptan::fleet {

/// Where the detectors' own alarms stand.
inline constexpr double kAlarmLowLelPct = 20;
inline constexpr double kAlarmHighLelPct = 50;

/// What a device measures: the members of its JSON message between `seq` and the closing brace.
struct Sample {
    std::string values;   // `"ch4_lel_pct":23.50,"battery_pct":88`
    std::string status;   // `"alarm_low"`, without the brackets.
    bool urgent = false;  // At or above the low alarm.
};

struct Surroundings {
    std::int64_t now_ms = 0;
    double day_ms = 0;  // Time of the meters' own day; runs faster than the clock.
    double gas_lel_pct = 0;
    bool main_broken = false;
};

/// Measures once. A meter counts the gas that flowed since it was last asked.
void measure(Device& device, const Surroundings& around, Rng& rng, Sample& out);

/// A household's use of gas over the day, 1 on average; `hour` is 0 to 24.
[[nodiscard]] double daily_shape(double hour);

/// Appends a number with two decimals.
void append_fixed(std::string& out, double value);

}  // namespace mercaptan::fleet
