#pragma once

#include <array>
#include <optional>

#include "common/domain/reading.h"
#include "common/domain/registry.h"

namespace mercaptan::gateway {

/// When a reading is an emergency, whatever topic it came on.
struct SetPoints {
    double gas_lel_pct = 20.0;
    double co_ppm = 100.0;
    /// What 100 %LEL is, in vol%, by Gas: there is more than one standard, so it is configuration.
    std::array<double, 3> lel_vol_pct{5.0, 1.8, 4.0};
};

/// The highest combustible concentration that the values tell, in %LEL; ppm and vol% are converted
/// with the base of `gas`.
[[nodiscard]] std::optional<double> gas_lel_pct(const Values& values, Gas gas,
                                                const SetPoints& points);

/// The device says of itself that it is testing or not yet measuring: nothing it shows is real.
[[nodiscard]] bool is_test_or_warm_up(const StatusSet& status);

/// Gas or CO at or above its set-point, or the device's own alarm; never in a test or warm-up.
[[nodiscard]] bool is_emergency(const Reading& reading, Gas gas, const SetPoints& points);

}  // namespace mercaptan::gateway
