#include "processor/core/device_table.h"

#include "common/domain/check.h"

namespace mercaptan::processor {
namespace {

std::uint32_t hash_of(std::string_view site, std::string_view id) {
    return static_cast<std::uint32_t>(mix_text(mix_text(0, site), id) >> 16);
}

}  // namespace

DeviceTable::DeviceTable() {
    MERCAPTAN_CHECK(zones_.intern({}) == kNoName && gateways_.intern({}) == kNoName);
}

std::uint16_t DeviceTable::number_of_gateway(std::string_view gateway) {
    if (gateways_.at(last_gateway_) == gateway) return last_gateway_;
    if (gateways_.size() > kGatewaysMax && !gateways_.find(gateway)) return kNoName;
    last_gateway_ = static_cast<std::uint16_t>(gateways_.intern(gateway));
    return last_gateway_;
}

std::size_t DeviceTable::slot_of(std::string_view site, std::string_view id,
                                 std::uint32_t hash) const {
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
        const Slot& slot = slots_[i];
        if (slot.index == kUnknown) return i;
        if (slot.hash != hash) continue;
        if (is(devices_[slot.index], site, id)) return i;
    }
}

std::optional<std::uint32_t> DeviceTable::find(std::string_view site, std::string_view id) const {
    const Slot& slot = slots_[slot_of(site, id, hash_of(site, id))];
    return slot.index == kUnknown ? std::nullopt : std::optional{slot.index};
}

DeviceTable::Found DeviceTable::find_or_add(std::string_view site, std::string_view id) {
    if (next_foreseen_ < foreseen_.size()) {
        const std::uint32_t index = foreseen_[next_foreseen_];
        const bool same = index != kUnknown && is(devices_[index], site, id);
        if (same || index == kUnknown) ++next_foreseen_;
        if (same) return {index, false};
    }
    const std::uint32_t hash = hash_of(site, id);
    std::size_t place = slot_of(site, id, hash);
    if (slots_[place].index != kUnknown) return {slots_[place].index, false};
    if ((devices_.size() + 1) * 4 > slots_.size() * 3) {
        grow();
        place = slot_of(site, id, hash);
    }
    MERCAPTAN_CHECK(devices_.size() < kUnknown && Name::fits(site) && Name::fits(id));
    const auto index = static_cast<std::uint32_t>(devices_.size());
    Device device;
    device.id = ids_.append(id);
    device.site = sites_.intern(site);
    devices_.push_back(device);
    slots_[place] = {hash, index};
    return {index, true};
}

std::span<const std::uint32_t> DeviceTable::foresee(std::span<const Key> keys) {
    const std::size_t mask = slots_.size() - 1;
    foreseen_.clear();
    next_foreseen_ = 0;
    for (const Key& key : keys) {
        foreseen_.push_back(hash_of(key.site, key.id));
        __builtin_prefetch(&slots_[foreseen_.back() & mask]);
    }
    for (std::uint32_t& item : foreseen_) {
        std::size_t i = item & mask;
        while (slots_[i].index != kUnknown && slots_[i].hash != item) i = (i + 1) & mask;
        item = slots_[i].index;
        if (item != kUnknown) prefetch(devices_[item]);
    }
    for (const std::uint32_t index : foreseen_) {
        if (index == kUnknown) continue;
        ids_.prefetch(devices_[index].id);
        sites_.prefetch(devices_[index].site);
    }
    return foreseen_;
}

void DeviceTable::grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    const std::size_t mask = slots_.size() - 1;
    for (const Slot& slot : old) {
        if (slot.index == kUnknown) continue;
        std::size_t i = slot.hash & mask;
        while (slots_[i].index != kUnknown) i = (i + 1) & mask;
        slots_[i] = slot;
    }
}

}  // namespace mercaptan::processor
