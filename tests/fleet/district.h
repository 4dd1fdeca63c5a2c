#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/domain/result.h"

namespace mercaptan::fleet {

enum class DeviceKind : std::uint8_t {
    leak_detector,
    co_detector,
    gas_meter,
    pressure_sensor,
    valve
};

/// One virtual device: who it is, and what it is doing now.
struct Device {
    std::string id;
    std::string site;
    std::string zone;
    std::string gas = "natural_gas";
    DeviceKind kind = DeviceKind::leak_detector;
    std::int32_t leak = -1;            // Index of the leak it stands in, or -1.
    std::int64_t clock_offset_ms = 0;  // A wrong clock: added to every `ts`.
    bool silent = false;               // It has dropped out.
    std::int64_t flow_at_ms = 0;       // When `volume_m3` was last brought up to date.
    double volume_m3 = 0;
    double level = 1;                  // This household's share of the daily shape.
    std::uint64_t seq = 0;             // Of its last message.
    std::int64_t valve_closed_ms = 0;  // When its site's valve closed; 0: it is open.
};

/// The virtual devices and where they stand.
struct District {
    std::vector<Device> devices;
    std::vector<std::string> sites;                                       // In order of appearance.
    std::unordered_map<std::string, std::vector<std::uint32_t>> by_site;  // Indices of devices.
    std::unordered_map<std::string, std::uint32_t> by_id;
    std::size_t skipped = 0;  // Registry rows of another profile than native.
};

struct DistrictSize {
    std::size_t devices = 0;
    std::size_t sites = 0;
    std::size_t zones = 0;
    std::string id_prefix;
    std::uint64_t seed = 0;
};

/// Devices are dealt to the sites in a fixed order of kinds, so a site of five has a detector, a
/// valve, a meter and two more detectors. The same size and seed give the same district.
[[nodiscard]] Result<District> generate_district(const DistrictSize& size);

/// Takes the native devices of a registry CSV. Fails with the line that can't be read.
[[nodiscard]] Result<District> read_registry(const std::string& path);

/// Writes the CSV that gateway and processor read.
[[nodiscard]] Result<void> write_registry(const District& district, const std::string& path,
                                          std::int64_t expected_interval_s);

[[nodiscard]] std::string_view to_text(DeviceKind kind);

}  // namespace mercaptan::fleet
