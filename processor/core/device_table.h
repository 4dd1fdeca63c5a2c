#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "processor/core/device.h"

namespace mercaptan::processor {

/// A list that grows without moving what it holds.
template <class T>
class Blocks {
public:
    [[nodiscard]] T& operator[](std::size_t i) { return blocks_[i / kPerBlock][i % kPerBlock]; }
    [[nodiscard]] const T& operator[](std::size_t i) const {
        return blocks_[i / kPerBlock][i % kPerBlock];
    }
    [[nodiscard]] std::size_t size() const { return size_; }
    T& push_back(const T& item) {
        if (size_ % kPerBlock == 0) blocks_.push_back(std::make_unique<T[]>(kPerBlock));
        return (*this)[size_++] = item;
    }

private:
    static constexpr std::size_t kPerBlock = 1024;  // So that the list of blocks stays cached.
    std::vector<std::unique_ptr<T[]>> blocks_;
    std::size_t size_ = 0;
};

/// Names that many devices share, each kept once.
class Names {
public:
    [[nodiscard]] std::uint32_t intern(const Name& name);
    [[nodiscard]] const Name& at(std::uint32_t index) const { return names_[index]; }

private:
    Blocks<Name> names_;
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

    struct Key {
        std::string_view site;
        std::string_view id;
    };
    /// Brings what is known of these devices into the cache, all of it at once: each would else be
    /// waited for in turn. Changes nothing.
    void foresee(std::span<const Key> keys);

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
    Blocks<Device> devices_;
    std::vector<Slot> slots_ = std::vector<Slot>(1024);
    std::vector<std::uint32_t> foreseen_;  // Hashes, then indexes; kept for its memory.
};

}  // namespace mercaptan::processor
