#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/api/backend.h"

namespace mercaptan::processor::api {

/// The registry in the order of the `devices` table, made anew when the rulebook changes.
/// Thread-safe.
class RegistryOrder {
public:
    struct Snapshot {
        std::shared_ptr<const Rulebook> rulebook;
        std::vector<std::uint32_t> entries;  // Of its registry; by device, then site.
        [[nodiscard]] const DeviceRegistry& registry() const { return rulebook->registry; }
    };
    [[nodiscard]] std::shared_ptr<const Snapshot> of(std::shared_ptr<const Rulebook> rulebook);

private:
    std::mutex mutex_;
    std::shared_ptr<const Snapshot> snapshot_;
};

/// What is known of one device at one site: at least one of the two.
struct KnownDevice {
    std::optional<RegistryEntry> entry;
    std::optional<DeviceRow> state;
    [[nodiscard]] std::string_view site() const {
        return state ? state->site.view() : entry->site.view();
    }
};

/// A device by its id, at `site` if given; else where it is registered, else where it was heard
/// last. Nothing if it is not known.
[[nodiscard]] Result<std::optional<KnownDevice>> find_device(
    const Backend& backend, const RegistryOrder::Snapshot& registry, std::string_view id,
    const std::optional<std::string>& site);

}  // namespace mercaptan::processor::api
