#include "common/domain/registry.h"

namespace mercaptan {
namespace {

constexpr std::int64_t kAbsent = INT64_MIN;  // No instant and no duration that is read from a file.

std::int64_t pack(const std::optional<Instant>& at) {
    return at ? at->ms : kAbsent;
}
std::optional<Instant> unpack(std::int64_t ms) {
    return ms == kAbsent ? std::nullopt : std::optional{Instant{ms}};
}

}  // namespace

void DeviceRegistry::push_back(const RegistryEntry& entry) {
    Row& row = rows_.emplace_back();
    row.device_id = ids_.append(entry.device_id);
    row.site = shared_.intern(entry.site);
    row.zone = shared_.intern(entry.zone);
    row.group = shared_.intern(entry.group);
    row.valve_device = shared_.intern(entry.valve_device);
    row.profile = shared_.intern(entry.profile);
    row.location = shared_.intern(entry.location);
    row.kind = entry.kind;
    row.gas = entry.gas;
    row.ack_telemetry = entry.ack_telemetry;
    row.installed_on_ms = pack(entry.installed_on);
    row.expires_on_ms = pack(entry.expires_on);
    row.expected_interval_ms = entry.expected_interval ? entry.expected_interval->count() : kAbsent;
}

std::optional<Instant> DeviceRegistry::installed_on(std::size_t i) const {
    return unpack(rows_[i].installed_on_ms);
}

RegistryEntry DeviceRegistry::operator[](std::size_t i) const {
    const Row& row = rows_[i];
    RegistryEntry entry;
    entry.device_id = device_id(i);
    entry.site = site(i);
    entry.zone = zone(i);
    entry.group = shared_.at(row.group);
    entry.valve_device = valve_device(i);
    entry.profile = profile(i);
    entry.location = shared_.at(row.location);
    entry.kind = row.kind;
    entry.gas = row.gas;
    entry.ack_telemetry = row.ack_telemetry;
    entry.installed_on = installed_on(i);
    entry.expires_on = unpack(row.expires_on_ms);
    if (row.expected_interval_ms != kAbsent) {
        entry.expected_interval = Duration{row.expected_interval_ms};
    }
    return entry;
}

}  // namespace mercaptan
