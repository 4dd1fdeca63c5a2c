#include "gateway/core/emergency.h"

#include <algorithm>

namespace mercaptan::gateway {

std::optional<double> gas_lel_pct(const Values& values, Gas gas, const SetPoints& points) {
    const double lel_vol_pct = points.lel_vol_pct[static_cast<std::size_t>(gas)];
    std::optional<double> highest;
    const auto take = [&](std::optional<double> lel_pct) {
        if (lel_pct) highest = std::max(highest.value_or(*lel_pct), *lel_pct);
    };
    take(values.get(Quantity::ch4_lel_pct));
    take(values.get(Quantity::lpg_lel_pct));
    if (const auto vol_pct = values.get(Quantity::ch4_vol_pct))
        take(*vol_pct / lel_vol_pct * 100.0);
    if (const auto ppm = values.get(Quantity::ch4_ppm))
        take(*ppm / (lel_vol_pct * 10'000.0) * 100.0);
    return highest;
}

bool is_test_or_warm_up(const StatusSet& status) {
    return status.has(Status::self_test) || status.has(Status::preheat);
}

bool is_emergency(const Reading& reading, Gas gas, const SetPoints& points) {
    if (is_test_or_warm_up(reading.status)) return false;
    if (reading.status.has(Status::alarm_low) || reading.status.has(Status::alarm_high))
        return true;
    const auto lel_pct = gas_lel_pct(reading.values, gas, points);
    if (lel_pct && *lel_pct >= points.gas_lel_pct) return true;
    const auto co_ppm = reading.values.get(Quantity::co_ppm);
    return co_ppm && *co_ppm >= points.co_ppm;
}

}  // namespace mercaptan::gateway
