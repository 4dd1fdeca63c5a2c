#include "tests/bench/district.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <utility>

#include "common/domain/check.h"
#include "processor/io/rulebook_loader.h"

namespace mercaptan::bench {
namespace {

constexpr std::size_t kDevicesOfASite = 4;
constexpr std::size_t kZones = 32;
constexpr std::size_t kDevicesOfAValve = 20;  // A valve in every fifth site.

std::string numbered(const char* prefix, std::size_t number, int digits) {
    char text[48];
    std::snprintf(text, sizeof text, "%s%0*zu", prefix, digits, number);
    return text;
}

}  // namespace

std::size_t device_count() {
    const char* given = std::getenv("MERCAPTAN_BENCH_DEVICES");
    const std::size_t count = given == nullptr ? 0 : std::strtoull(given, nullptr, 10);
    return count == 0 ? 1'000'000 : count;
}

std::size_t resident_bytes() {
    std::size_t pages = 0;
    std::size_t resident = 0;
    std::ifstream{"/proc/self/statm"} >> pages >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

processor::Rulebook shipped_rulebook(DeviceRegistry registry) {
    const std::filesystem::path config = MERCAPTAN_CONFIG_DIR;
    processor::RulebookPaths paths;
    paths.rules = config / "rules.yaml";
    paths.policies = config / "policies";
    paths.calendar = config / "calendar.yaml";
    paths.registry = config / "registry.csv";
    paths.roster = config / "roster.yaml";
    const auto loaded = processor::load_rulebook(paths);
    if (!loaded) std::fprintf(stderr, "%s\n", loaded.error().message.c_str());
    MERCAPTAN_CHECK(loaded.has_value());
    processor::Rulebook rulebook = **loaded;
    rulebook.registry = std::move(registry);
    return rulebook;
}

District::District(std::size_t devices, Instant start)
    : devices_{devices}, stride_{devices * 618 / 1000 | 1U}, start_{start}, now_{start} {
    while (std::gcd(stride_, devices_) != 1) stride_ += 2;
}

Name District::site_of(std::size_t device) const {
    return Name{numbered("330106-", device / kDevicesOfASite, 7)};
}

Name District::id_of(std::size_t device) const {
    return Name{numbered("8677240", device, 8)};  // As an IMEI.
}

DeviceKind District::kind_of(std::size_t device) {
    if (device % kDevicesOfAValve == 3) return DeviceKind::valve;
    if (device % kDevicesOfAValve == 7) return DeviceKind::pressure_sensor;
    switch (device % kDevicesOfASite) {
        case 0:
        case 1:
            return DeviceKind::leak_detector;
        case 2:
            return DeviceKind::co_detector;
        default:
            return DeviceKind::gas_meter;
    }
}

DeviceRegistry District::registry() const {
    DeviceRegistry entries;
    entries.reserve(devices_);
    for (std::size_t device = 0; device < devices_; ++device) {
        RegistryEntry entry;
        entry.device_id = id_of(device);
        entry.site = site_of(device);
        entry.zone = Name{numbered("zone-", device * kZones / devices_, 2)};
        entry.group = Name{numbered("riser-", device / 100, 6)};
        entry.kind = kind_of(device);
        entry.location = "kitchen";
        entry.expected_interval = kEvery;
        entries.push_back(entry);
    }
    return entries;
}

void District::set_values(Reading& reading, std::size_t device) {
    draw_ ^= draw_ << 13U;
    draw_ ^= draw_ >> 7U;
    draw_ ^= draw_ << 17U;
    const double part = static_cast<double>(draw_ % 1000) / 1000;
    const std::uint64_t rare = draw_ / 1000 % 2000;
    Values& values = reading.values;
    values.set(Quantity::temperature_c, 18 + part);
    values.set(Quantity::battery_pct, 60 + 30 * part);
    values.set(Quantity::rssi_dbm, -90);
    reading.has_status = true;
    switch (kind_of(device)) {
        case DeviceKind::leak_detector:
            values.set(Quantity::ch4_lel_pct, rare == 0 ? 7.5 : 3 * part);
            return;
        case DeviceKind::co_detector:
            values.set(Quantity::co_ppm, rare < 20 ? 60 : 5 * part);
            return;
        case DeviceKind::gas_meter:
            values.set(Quantity::flow_m3h, part);
            values.set(Quantity::volume_m3, 1000 + 0.01 * static_cast<double>(taken_ / devices_));
            return;
        case DeviceKind::pressure_sensor:
            values.set(Quantity::pressure_kpa, 2 + part / 10);
            return;
        case DeviceKind::valve:
            reading.status.add(Status::valve_open);
            return;
    }
}

void District::next(std::span<Reading> out) {
    for (Reading& reading : out) {
        const std::size_t device = taken_ % devices_ * stride_ % devices_;
        const std::uint64_t round = taken_ / devices_;
        const auto into_round =
            static_cast<std::int64_t>(taken_ % devices_ * std::uint64_t{60'000} / devices_);
        ++taken_;
        now_ = start_ + Duration{static_cast<std::int64_t>(round) * kEvery.count() + into_round};
        reading = Reading{};
        reading.site = site_of(device);
        reading.device = id_of(device);
        reading.event_at = now_ - Duration{300};
        reading.received_at = now_;
        reading.seq = round + 1;
        reading.origin = {.epoch = 1, .seq = taken_, .part = 0, .lane = Lane::bulk};
        set_values(reading, device);
    }
}

}  // namespace mercaptan::bench
