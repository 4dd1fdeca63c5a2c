#include "tests/fleet/district.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <map>
#include <optional>

#include "tests/fleet/rng.h"

namespace mercaptan::fleet {
namespace {

constexpr std::string_view kHeader =
    "device_id,site,zone,group,kind,profile,gas,location,valve_device,installed_on,expires_on,"
    "expected_interval_s";

constexpr std::array kKinds{DeviceKind::leak_detector, DeviceKind::co_detector,
                            DeviceKind::gas_meter, DeviceKind::pressure_sensor, DeviceKind::valve};

/// What the first, second, … device of a site is; more are leak detectors.
constexpr std::array kDeal{DeviceKind::leak_detector,  DeviceKind::valve,
                           DeviceKind::gas_meter,      DeviceKind::leak_detector,
                           DeviceKind::leak_detector,  DeviceKind::co_detector,
                           DeviceKind::pressure_sensor};

char letter(DeviceKind kind) {
    switch (kind) {
        case DeviceKind::leak_detector:
            return 'd';
        case DeviceKind::co_detector:
            return 'c';
        case DeviceKind::gas_meter:
            return 'm';
        case DeviceKind::pressure_sensor:
            return 'p';
        case DeviceKind::valve:
            return 'v';
    }
    return '?';
}

std::optional<DeviceKind> kind_of(std::string_view text) {
    for (const DeviceKind kind : kKinds) {
        if (to_text(kind) == text) return kind;
    }
    return std::nullopt;
}

std::string numbered(const std::string& prefix, std::size_t number) {
    std::array<char, 24> digits{};
    std::snprintf(digits.data(), digits.size(), "%05zu", number);
    return prefix + digits.data();
}

void add(District& district, Device device) {
    const auto index = static_cast<std::uint32_t>(district.devices.size());
    auto& neighbours = district.by_site[device.site];
    if (neighbours.empty()) district.sites.push_back(device.site);
    neighbours.push_back(index);
    district.by_id.emplace(device.id, index);
    district.devices.push_back(std::move(device));
}

/// One line of RFC 4180 without line breaks inside a field; nothing when a quote stays open.
std::optional<std::vector<std::string>> split_csv(std::string_view line) {
    std::vector<std::string> fields{""};
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
            fields.back() += c;
            ++i;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            fields.emplace_back();
        } else {
            fields.back() += c;
        }
    }
    if (quoted) return std::nullopt;
    return fields;
}

Result<std::map<std::string, std::size_t>> read_header(const std::string& path,
                                                       const std::string& line) {
    const auto names = split_csv(line);
    std::map<std::string, std::size_t> columns;
    if (names) {
        for (std::size_t i = 0; i < names->size(); ++i) columns[(*names)[i]] = i;
    }
    for (const char* needed : {"device_id", "site", "zone", "kind", "profile"}) {
        if (!columns.contains(needed)) {
            return fail(ErrorCode::invalid_input, path + ":1: no column " + needed);
        }
    }
    return columns;
}

}  // namespace

std::string_view to_text(DeviceKind kind) {
    switch (kind) {
        case DeviceKind::leak_detector:
            return "leak_detector";
        case DeviceKind::co_detector:
            return "co_detector";
        case DeviceKind::gas_meter:
            return "gas_meter";
        case DeviceKind::pressure_sensor:
            return "pressure_sensor";
        case DeviceKind::valve:
            return "valve";
    }
    return "unknown";
}

Result<District> generate_district(const DistrictSize& size) {
    if (size.sites == 0 || size.devices < size.sites || size.zones == 0) {
        return fail(ErrorCode::invalid_input,
                    "a district needs at least one zone, one site, and a device for every site");
    }
    Rng rng(size.seed);
    District district;
    std::vector<std::size_t> dealt(size.sites);
    for (std::size_t i = 0; i < size.devices; ++i) {
        const std::size_t site = i % size.sites;
        const std::size_t nth = dealt[site]++;
        Device device;
        device.kind = nth < kDeal.size() ? kDeal[nth] : DeviceKind::leak_detector;
        device.site = numbered(size.id_prefix + "s", site + 1);
        device.zone = "zone-" + std::to_string(site % size.zones + 1);
        device.id = device.site + "-" + letter(device.kind) + std::to_string(nth + 1);
        device.level = rng.between(0.4, 1.6);
        device.volume_m3 = rng.between(100, 5000);
        add(district, std::move(device));
    }
    return district;
}

Result<District> read_registry(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    if (!std::getline(file, line)) return fail(ErrorCode::io, path + ": can't be read");
    const auto columns = read_header(path, line);
    if (!columns) return Failure{columns.error()};
    District district;
    Rng rng(1);
    for (std::size_t number = 2; std::getline(file, line); ++number) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (line.empty()) continue;
        const auto fields = split_csv(line);
        const std::string where = path + ":" + std::to_string(number) + ": ";
        if (!fields || fields->size() < columns->size()) {
            return fail(ErrorCode::invalid_input, where + "not as many fields as the header");
        }
        const auto field = [&](const char* name) { return (*fields)[columns->at(name)]; };
        const auto kind = kind_of(field("kind"));
        if (!kind) return fail(ErrorCode::invalid_input, where + "unknown kind");
        if (field("profile") != "native") {
            ++district.skipped;
            continue;
        }
        Device device;
        device.id = field("device_id");
        device.site = field("site");
        device.zone = field("zone");
        if (columns->contains("gas") && !field("gas").empty()) device.gas = field("gas");
        device.kind = *kind;
        device.level = rng.between(0.4, 1.6);
        device.volume_m3 = rng.between(100, 5000);
        add(district, std::move(device));
    }
    if (district.devices.empty()) {
        return fail(ErrorCode::invalid_input, path + ": no device of the native profile");
    }
    return district;
}

Result<void> write_registry(const District& district, const std::string& path,
                            std::int64_t expected_interval_s) {
    std::ofstream file(path, std::ios::trunc);
    file << kHeader << '\n';
    std::size_t number = 0;
    for (const std::string& site : district.sites) {
        const auto& devices = district.by_site.at(site);
        const std::string group = "riser-" + std::to_string(++number / 10 + 1);
        const auto valve = std::find_if(devices.begin(), devices.end(), [&](std::uint32_t i) {
            return district.devices[i].kind == DeviceKind::valve;
        });
        for (const std::uint32_t index : devices) {
            const Device& device = district.devices[index];
            file << device.id << ',' << device.site << ',' << device.zone << ',' << group << ','
                 << to_text(device.kind) << ",native," << device.gas << ",kitchen,"
                 << (valve != devices.end() && *valve != index ? district.devices[*valve].id : "")
                 << ",2025-01-01,2030-01-01," << expected_interval_s << '\n';
        }
    }
    file.flush();
    if (!file) return fail(ErrorCode::io, path + ": can't be written");
    return {};
}

}  // namespace mercaptan::fleet
