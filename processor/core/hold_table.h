#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "processor/core/hold.h"

namespace mercaptan::processor {

/// The holds of all devices. Most devices have none, and those few that have are next to each
/// other: a reading finds its own in one step.
class HoldTable {
public:
    struct Entry {
        std::uint8_t condition = 0;  // Index in the rules.
        std::uint8_t band = 0;
        Hold hold;
    };
    using Entries = std::vector<Entry>;

    /// Makes an empty one if there is none.
    [[nodiscard]] Hold& at(std::uint32_t device, std::uint8_t condition, std::uint8_t band) {
        if (device >= by_device_.size()) by_device_.resize(device + 1);
        if (by_device_[device] == nullptr) by_device_[device] = std::make_unique<Entries>();
        for (Entry& entry : *by_device_[device]) {
            if (entry.condition == condition && entry.band == band) return entry.hold;
        }
        return by_device_[device]->emplace_back(Entry{condition, band, {}}).hold;
    }
    [[nodiscard]] const Entries& of(std::uint32_t device) const {
        static const Entries kNone;
        const bool any = device < by_device_.size() && by_device_[device] != nullptr;
        return any ? *by_device_[device] : kNone;
    }

    /// The rules have changed: `carried(index)` is a condition's new index, or nullopt if it is
    /// gone and its holds with it.
    template <class Carried>
    void renumber(Carried&& carried) {
        for (const auto& entries : by_device_) {
            if (entries == nullptr) continue;
            std::erase_if(*entries, [&](Entry& entry) {
                const auto index = carried(entry.condition);
                if (index) entry.condition = *index;
                return !index.has_value();
            });
        }
    }

private:
    std::vector<std::unique_ptr<Entries>> by_device_;
};

}  // namespace mercaptan::processor
