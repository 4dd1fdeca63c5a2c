#include "gateway/core/registry.h"

#include <utility>

namespace mercaptan::gateway {

Registry::Registry(const DeviceRegistry& entries) {
    devices_.reserve(entries.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
        RegistryEntry entry = entries[i];
        if (entry.kind == DeviceKind::valve) {
            valves_by_site_[entry.site].push_back(entry.device_id);
        }
        const Name id = entry.device_id;
        devices_.insert_or_assign(id, std::move(entry));
    }
}

const RegistryEntry* Registry::find(std::string_view site, std::string_view device) const {
    if (!Name::fits(device)) return nullptr;
    const auto found = devices_.find(Name{device});
    if (found == devices_.end() || found->second.site.view() != site) return nullptr;
    return &found->second;
}

std::vector<ValveRef> Registry::valves_for(std::string_view site, std::string_view device) const {
    const RegistryEntry* entry = find(site, device);
    if (entry != nullptr && !entry->valve_device.empty()) {
        // A valve may stand at another site than the detector (a riser valve in the cellar).
        const auto valve = devices_.find(entry->valve_device);
        const Name valve_site = valve == devices_.end() ? entry->site : valve->second.site;
        return {{valve_site, entry->valve_device}};
    }
    std::vector<ValveRef> valves;
    if (!Name::fits(site)) return valves;
    const auto found = valves_by_site_.find(Name{site});
    if (found == valves_by_site_.end()) return valves;
    for (const Name& valve : found->second) valves.push_back({found->first, valve});
    return valves;
}

}  // namespace mercaptan::gateway
