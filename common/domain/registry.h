#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/domain/instant.h"
#include "common/domain/text.h"

namespace mercaptan {

/// What a registered device is.
enum class DeviceKind : std::uint8_t {
    leak_detector,
    co_detector,
    gas_meter,
    pressure_sensor,
    valve
};

/// What flows through the pipe at the device; decides the LEL base of its conversions.
enum class Gas : std::uint8_t { natural_gas, lpg, town_gas };

/// The names in enum order, as the registry file writes them.
inline constexpr std::array<std::string_view, 5> kDeviceKindNames{
    "leak_detector", "co_detector", "gas_meter", "pressure_sensor", "valve"};
inline constexpr std::array<std::string_view, 3> kGasNames{"natural_gas", "lpg", "town_gas"};

[[nodiscard]] constexpr std::string_view to_string(DeviceKind kind) {
    return kDeviceKindNames[static_cast<std::size_t>(kind)];
}
[[nodiscard]] constexpr std::string_view to_string(Gas gas) {
    return kGasNames[static_cast<std::size_t>(gas)];
}

[[nodiscard]] constexpr std::optional<DeviceKind> device_kind_from(std::string_view name) {
    const auto at = std::find(kDeviceKindNames.begin(), kDeviceKindNames.end(), name);
    if (at == kDeviceKindNames.end()) return std::nullopt;
    return static_cast<DeviceKind>(at - kDeviceKindNames.begin());
}
[[nodiscard]] constexpr std::optional<Gas> gas_from(std::string_view name) {
    const auto at = std::find(kGasNames.begin(), kGasNames.end(), name);
    if (at == kGasNames.end()) return std::nullopt;
    return static_cast<Gas>(at - kGasNames.begin());
}

/// What the utility says of one device. Empty names mean "not given".
struct RegistryEntry {
    Name device_id;
    Name site;
    Name zone;
    Name group;  // Riser or building.
    DeviceKind kind = DeviceKind::leak_detector;
    Gas gas = Gas::natural_gas;
    bool ack_telemetry = false;  // Answer its telemetry with `…/ack`, not only its alarms.
    Name valve_device;           // The valve that shuts off the place of this device.
    std::string profile = "native";
    std::string location;
    std::optional<Instant> installed_on;
    std::optional<Instant> expires_on;
    std::optional<Duration>
        expected_interval;  // Between two reports; silence beyond it is an alarm.
};

}  // namespace mercaptan
