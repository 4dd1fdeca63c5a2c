#include "tests/fleet/readings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

namespace mercaptan::fleet {
namespace {

constexpr double kFlowMeanM3h = 0.08;  // About two cubic metres a day: cooking and hot water.
constexpr double kAirOutMs = 60'000;   // Gas thins out with this time constant once the valve shut.
constexpr double kMsPerHour = 3'600'000;
constexpr double kHoursPerDay = 24;

/// Breakfast, lunch and, highest, dinner. By the hour, linear in between; sums to 24.
constexpr std::array<double, 24> kShape{0.15, 0.10, 0.10, 0.10, 0.20, 0.60, 1.60, 2.10,
                                        1.30, 0.70, 0.80, 1.50, 1.70, 0.90, 0.50, 0.50,
                                        1.00, 2.00, 2.80, 2.40, 1.40, 0.80, 0.45, 0.30};

void add(Sample& out, std::string_view name, double value) {
    if (!out.values.empty()) out.values += ',';
    out.values += '"';
    out.values += name;
    out.values += "\":";
    append_fixed(out.values, value);
}

void add_status(Sample& out, std::string_view flag) {
    if (!out.status.empty()) out.status += ',';
    out.status += '"';
    out.status += flag;
    out.status += '"';
}

double aired(const Device& device, const Surroundings& around) {
    if (device.valve_closed_ms == 0) return around.gas_lel_pct;
    const auto since_ms = static_cast<double>(around.now_ms - device.valve_closed_ms);
    return around.gas_lel_pct * std::exp(-since_ms / kAirOutMs);
}

void measure_gas(const Device& device, const Surroundings& around, Rng& rng, Sample& out) {
    const double gas = std::max(aired(device, around), rng.between(0, 1.5));
    add(out, device.gas == "lpg" ? "lpg_lel_pct" : "ch4_lel_pct", gas);
    add(out, "temperature_c", rng.between(18, 26));
    out.urgent = gas >= kAlarmLowLelPct;
    if (out.urgent) add_status(out, "alarm_low");
    if (gas >= kAlarmHighLelPct) add_status(out, "alarm_high");
}

void measure_meter(Device& device, const Surroundings& around, Rng& rng, Sample& out) {
    const double hour = std::fmod(around.day_ms / kMsPerHour, kHoursPerDay);
    double flow = 0;
    if (device.valve_closed_ms == 0) {
        flow = kFlowMeanM3h * device.level * daily_shape(hour) * rng.between(0.7, 1.3);
    }
    const auto day_ms = static_cast<std::int64_t>(around.day_ms);
    if (device.flow_at_ms != 0) {
        device.volume_m3 += flow * static_cast<double>(day_ms - device.flow_at_ms) / kMsPerHour;
    }
    device.flow_at_ms = day_ms;
    add(out, "flow_m3h", flow);
    add(out, "volume_m3", device.volume_m3);
    add(out, "temperature_c", rng.between(8, 20));
}

}  // namespace

void append_fixed(std::string& out, double value) {
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value,
                                   std::chars_format::fixed, 2);
    out.append(digits.data(), end.ptr);
}

double daily_shape(double hour) {
    const auto from = static_cast<std::size_t>(hour) % kShape.size();
    const double part = hour - std::floor(hour);
    return kShape[from] * (1 - part) + kShape[(from + 1) % kShape.size()] * part;
}

void measure(Device& device, const Surroundings& around, Rng& rng, Sample& out) {
    out.values.clear();
    out.status.clear();
    out.urgent = false;
    switch (device.kind) {
        case DeviceKind::leak_detector:
            measure_gas(device, around, rng, out);
            break;
        case DeviceKind::co_detector:
            add(out, "co_ppm", rng.between(0, 6));
            add(out, "temperature_c", rng.between(18, 26));
            break;
        case DeviceKind::gas_meter:
            measure_meter(device, around, rng, out);
            break;
        case DeviceKind::pressure_sensor:
            add(out, "pressure_kpa",
                around.main_broken ? rng.between(0.2, 0.5) : rng.between(2.0, 2.4));
            break;
        case DeviceKind::valve:
            add_status(out, device.valve_closed_ms == 0 ? "valve_open" : "valve_closed");
            break;
    }
    add(out, "battery_pct", std::floor(rng.between(70, 100)));
}

}  // namespace mercaptan::fleet
