#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/instant.h"
#include "common/domain/text.h"
#include "common/domain/text_pool.h"

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
    bool operator==(const RegistryEntry&) const = default;
};

/// All entries of a registry file in their order, packed: about 80 bytes each where an entry alone
/// takes 440, because most of its texts are shared by many and none is as long as it could be.
class DeviceRegistry {
public:
    DeviceRegistry() = default;
    DeviceRegistry(std::initializer_list<RegistryEntry> entries) {
        for (const RegistryEntry& entry : entries) push_back(entry);
    }

    void reserve(std::size_t entries) { rows_.reserve(entries); }
    void push_back(const RegistryEntry& entry);

    [[nodiscard]] std::size_t size() const { return rows_.size(); }
    [[nodiscard]] RegistryEntry operator[](std::size_t i) const;
    // Of entry `i`, without unpacking it; valid until the next `push_back`.
    [[nodiscard]] std::string_view device_id(std::size_t i) const {
        return ids_.at(rows_[i].device_id);
    }
    [[nodiscard]] std::string_view site(std::size_t i) const { return shared_.at(rows_[i].site); }
    [[nodiscard]] std::string_view zone(std::size_t i) const { return shared_.at(rows_[i].zone); }
    [[nodiscard]] std::string_view profile(std::size_t i) const {
        return shared_.at(rows_[i].profile);
    }
    [[nodiscard]] std::optional<Instant> installed_on(std::size_t i) const;
    [[nodiscard]] std::string_view valve_device(std::size_t i) const {
        return shared_.at(rows_[i].valve_device);
    }

private:
    struct Row {
        std::uint32_t device_id = 0;  // In ids_; all others in shared_.
        std::uint32_t site = 0;
        std::uint32_t zone = 0;
        std::uint32_t group = 0;
        std::uint32_t valve_device = 0;
        std::uint32_t profile = 0;
        std::uint32_t location = 0;
        DeviceKind kind = DeviceKind::leak_detector;
        Gas gas = Gas::natural_gas;
        bool ack_telemetry = false;
        std::int64_t installed_on_ms = 0;
        std::int64_t expires_on_ms = 0;
        std::int64_t expected_interval_ms = 0;
    };
    std::vector<Row> rows_;
    TextPool ids_;
    Names shared_;
};

}  // namespace mercaptan
