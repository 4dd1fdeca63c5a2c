#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "common/domain/text_pool.h"
#include "processor/core/blocks.h"
#include "processor/core/device.h"

namespace mercaptan::processor {

/// All devices, found by site and id. The same id at two sites is two devices: a stranger's message
/// can't hide behind a name that is known elsewhere.
class DeviceTable {
public:
    DeviceTable();

    struct Found {
        std::uint32_t index;
        bool added;
    };
    [[nodiscard]] std::optional<std::uint32_t> find(std::string_view site,
                                                    std::string_view id) const;
    Found find_or_add(std::string_view site, std::string_view id);

    struct Key {
        std::string_view site;
        std::string_view id;
    };
    static constexpr std::uint32_t kUnknown = UINT32_MAX;
    /// Brings what is known of these devices into the cache, all of it at once: each would else be
    /// waited for in turn. Their indexes, or kUnknown; valid until the next call.
    std::span<const std::uint32_t> foresee(std::span<const Key> keys);
    void foresee(std::uint32_t index) const { prefetch(devices_[index]); }

    [[nodiscard]] Device& at(std::uint32_t index) { return devices_[index]; }
    [[nodiscard]] const Device& at(std::uint32_t index) const { return devices_[index]; }
    [[nodiscard]] std::size_t size() const { return devices_.size(); }
    // Valid until the next find_or_add.
    [[nodiscard]] std::string_view site(const Device& device) const {
        return sites_.at(device.site);
    }
    [[nodiscard]] std::string_view id(const Device& device) const { return ids_.at(device.id); }

    /// Of sites, zones and gateways. Number 0 of zones and gateways is the empty name, and stands
    /// for a gateway beyond kGatewaysMax.
    static constexpr std::uint32_t kNoName = 0;
    static constexpr std::size_t kGatewaysMax = UINT16_MAX;
    [[nodiscard]] const Names& sites() const { return sites_; }
    [[nodiscard]] const Names& zones() const { return zones_; }
    [[nodiscard]] const Names& gateways() const { return gateways_; }
    [[nodiscard]] std::uint32_t number_of_zone(std::string_view zone) {
        return zones_.intern(zone);
    }
    [[nodiscard]] std::uint16_t number_of_gateway(std::string_view gateway);

private:
    [[nodiscard]] bool is(const Device& device, std::string_view site, std::string_view id) const {
        return this->id(device) == id && this->site(device) == site;
    }
    static void prefetch(const Device& device) {
        constexpr std::size_t kCacheLine = 64;
        const char* at = reinterpret_cast<const char*>(&device);
        __builtin_prefetch(at);
        __builtin_prefetch(at + kCacheLine);
    }
    [[nodiscard]] std::size_t slot_of(std::string_view site, std::string_view id,
                                      std::uint32_t hash) const;
    void grow();

    struct Slot {
        std::uint32_t hash = 0;  // Kept beside the index, so that a miss costs one cache line.
        std::uint32_t index = kUnknown;
    };
    Names sites_;
    Names zones_;
    Names gateways_;
    std::uint16_t last_gateway_ = kNoName;  // Most likely the next one's too.
    Blocks<Device> devices_;
    std::vector<Slot> slots_ = std::vector<Slot>(1024);
    TextPool ids_;
    std::vector<std::uint32_t> foreseen_;  // Hashes, then indexes.
    std::size_t next_foreseen_ = 0;        // Most likely what is looked for next.
};

}  // namespace mercaptan::processor
