#include "common/domain/quantity.h"

namespace mercaptan {
namespace {

struct QuantityRow {
    std::string_view name;
    std::string_view unit;
};

constexpr std::array<QuantityRow, kQuantityCount> kQuantities{{
    {"ch4_lel_pct", "%LEL"},
    {"lpg_lel_pct", "%LEL"},
    {"co_ppm", "ppm"},
    {"flow_m3h", "m3/h"},
    {"volume_m3", "m3"},
    {"pressure_kpa", "kPa"},
    {"temperature_c", "°C"},
    {"battery_pct", "%"},
    {"rssi_dbm", "dBm"},
    {"ch4_ppm", "ppm"},
    {"ch4_vol_pct", "vol%"},
    {"humidity_pct", "%"},
    {"battery_v", "V"},
    {"energy_kwh", "kWh"},
    {"valve_state", ""},
    {"life_remaining_s", "s"},
    {"pulse_count", ""},
}};

constexpr std::array<std::string_view, kStatusCount> kStatuses{
    "alarm_low", "alarm_high", "sensor_fault", "end_of_life", "low_battery", "tamper",
    "preheat",   "valve_open", "valve_closed", "self_test",   "power_lost",  "mute",
};

}  // namespace

std::string_view to_string(Quantity quantity) {
    return kQuantities[static_cast<std::size_t>(quantity)].name;
}

std::string_view unit_of(Quantity quantity) {
    return kQuantities[static_cast<std::size_t>(quantity)].unit;
}

std::optional<Quantity> quantity_from(std::string_view name) {
    for (std::size_t i = 0; i < kQuantities.size(); ++i) {
        if (kQuantities[i].name == name) return static_cast<Quantity>(i);
    }
    return std::nullopt;
}

std::string_view to_string(Status status) {
    return kStatuses[static_cast<std::size_t>(status)];
}

std::optional<Status> status_from(std::string_view name) {
    for (std::size_t i = 0; i < kStatuses.size(); ++i) {
        if (kStatuses[i] == name) return static_cast<Status>(i);
    }
    return std::nullopt;
}

}  // namespace mercaptan
