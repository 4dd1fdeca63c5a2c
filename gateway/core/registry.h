#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "common/domain/registry.h"
#include "common/domain/text.h"

namespace mercaptan::gateway {

struct ValveRef {
    Name site;
    Name valve;
    bool operator==(const ValveRef&) const = default;
};

/// The registered devices, to ask by what a topic says. Immutable; a reload makes a new one.
class Registry {
public:
    Registry() = default;
    explicit Registry(const DeviceRegistry& entries);

    /// The entry of the device, if it is registered at that site: a device that speaks from another
    /// site than it belongs to is served as an unknown one.
    [[nodiscard]] const RegistryEntry* find(std::string_view site, std::string_view device) const;

    /// What shuts off the gas at a device: its own valve if the registry names one, else every
    /// valve of its site; empty if there is none.
    [[nodiscard]] std::vector<ValveRef> valves_for(std::string_view site,
                                                   std::string_view device) const;

    [[nodiscard]] std::size_t size() const { return devices_.size(); }

private:
    std::unordered_map<Name, RegistryEntry> devices_;
    std::unordered_map<Name, std::vector<Name>> valves_by_site_;
};

}  // namespace mercaptan::gateway
