#include "processor/core/device_table.h"

#include <cstring>

#include "common/domain/check.h"

namespace mercaptan::processor {
namespace {

/// Eight bytes at a time; only this process sees it.
std::uint64_t mix_bytes(std::uint64_t hash, std::string_view bytes) {
    const auto fold = [&](std::uint64_t word) {
        hash = (hash ^ word) * 0x9e3779b97f4a7c15;
        hash ^= hash >> 32;
    };
    while (bytes.size() >= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data(), 8);
        fold(word);
        bytes.remove_prefix(8);
    }
    std::uint64_t tail = bytes.size() + 1;
    for (const char c : bytes) tail = (tail << 8) | static_cast<unsigned char>(c);
    fold(tail);
    return hash;
}

std::uint32_t hash_of(std::string_view site, std::string_view id) {
    return static_cast<std::uint32_t>(mix_bytes(mix_bytes(0x2545f4914f6cdd1d, site), id) >> 16);
}

}  // namespace

std::uint32_t Names::intern(const Name& name) {
    if (const auto found = index_.find(name.view()); found != index_.end()) return found->second;
    const auto index = static_cast<std::uint32_t>(names_.size());
    index_.emplace(names_.push_back(name).view(), index);
    return index;
}

std::size_t DeviceTable::slot_of(std::string_view site, std::string_view id,
                                 std::uint32_t hash) const {
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
        const Slot& slot = slots_[i];
        if (slot.index == kEmpty) return i;
        if (slot.hash != hash) continue;
        const Device& device = devices_[slot.index];
        if (device.id == id && sites.at(device.site) == site) return i;
    }
}

std::optional<std::uint32_t> DeviceTable::find(std::string_view site, std::string_view id) const {
    const Slot& slot = slots_[slot_of(site, id, hash_of(site, id))];
    return slot.index == kEmpty ? std::nullopt : std::optional{slot.index};
}

DeviceTable::Found DeviceTable::find_or_add(const Name& site, const Name& id) {
    const std::uint32_t hash = hash_of(site, id);
    std::size_t place = slot_of(site, id, hash);
    if (slots_[place].index != kEmpty) return {slots_[place].index, false};
    if ((devices_.size() + 1) * 4 > slots_.size() * 3) {
        grow();
        place = slot_of(site, id, hash);
    }
    MERCAPTAN_CHECK(devices_.size() < kEmpty);
    const auto index = static_cast<std::uint32_t>(devices_.size());
    Device device;
    device.id = id;
    device.site = sites.intern(site);
    devices_.push_back(device);
    slots_[place] = {hash, index};
    return {index, true};
}

void DeviceTable::foresee(std::span<const Key> keys) {
    constexpr std::size_t kCacheLine = 64;
    const std::size_t mask = slots_.size() - 1;
    foreseen_.clear();
    for (const Key& key : keys) {
        foreseen_.push_back(hash_of(key.site, key.id));
        __builtin_prefetch(&slots_[foreseen_.back() & mask]);
    }
    for (std::uint32_t& item : foreseen_) {
        std::size_t i = item & mask;
        while (slots_[i].index != kEmpty && slots_[i].hash != item) i = (i + 1) & mask;
        item = slots_[i].index;
        if (item == kEmpty) continue;
        const char* device = reinterpret_cast<const char*>(&devices_[item]);
        for (std::size_t at = 0; at < sizeof(Device); at += kCacheLine)
            __builtin_prefetch(device + at);
    }
    for (const std::uint32_t index : foreseen_) {
        if (index != kEmpty) __builtin_prefetch(&sites.at(devices_[index].site));
    }
}

void DeviceTable::grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    const std::size_t mask = slots_.size() - 1;
    for (const Slot& slot : old) {
        if (slot.index == kEmpty) continue;
        std::size_t i = slot.hash & mask;
        while (slots_[i].index != kEmpty) i = (i + 1) & mask;
        slots_[i] = slot;
    }
}

}  // namespace mercaptan::processor
