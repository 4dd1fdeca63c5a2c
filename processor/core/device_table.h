#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "processor/core/device.h"

namespace mercaptan::processor {

/// Names that many devices share, each kept once.
class Names {
public:
    [[nodiscard]] std::uint32_t intern(const Name& name);
    [[nodiscard]] const Name& at(std::uint32_t index) const { return names_[index]; }

private:
    std::deque<Name> names_;
    std::unordered_map<std::string_view, std::uint32_t> index_;  // Views into names_.
};

/// All devices, found by site and id. The same id at two sites is two devices: a stranger's message
/// can't hide behind a name that is known elsewhere.
class DeviceTable {
public:
    struct Found {
        std::uint32_t index;
        bool added;
    };
    [[nodiscard]] std::optional<std::uint32_t> find(std::string_view site,
                                                    std::string_view id) const;
    Found find_or_add(const Name& site, const Name& id);

    [[nodiscard]] Device& at(std::uint32_t index) { return devices_[index]; }
    [[nodiscard]] const Device& at(std::uint32_t index) const { return devices_[index]; }
    [[nodiscard]] std::size_t size() const { return devices_.size(); }
    [[nodiscard]] const Name& site(const Device& device) const { return sites.at(device.site); }

    Names sites;
    Names zones;
    Names gateways;

private:
    static constexpr std::uint32_t kEmpty = UINT32_MAX;
    [[nodiscard]] std::size_t slot_of(std::string_view site, std::string_view id,
                                      std::uint32_t hash) const;
    void grow();

    struct Slot {
        std::uint32_t hash = 0;  // Kept beside the index, so that a miss costs one cache line.
        std::uint32_t index = kEmpty;
    };
    std::deque<Device> devices_;
    std::vector<Slot> slots_ = std::vector<Slot>(1024);
};

}  // namespace mercaptan::processor
