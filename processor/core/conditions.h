#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/domain/reading.h"
#include "processor/core/device.h"
#include "processor/core/hold.h"
#include "processor/core/rulebook.h"

namespace mercaptan::processor {

/// The highest gas concentration that a reading tells, in %LEL; ppm and vol% are converted by the
/// base that the rules give for this gas.
[[nodiscard]] std::optional<double> gas_lel_pct(const Values& values, Gas gas, const Rules& rules);

/// The bands that are in force at a place. `first` tells them from those of other places.
struct BandsInForce {
    std::span<const Band> bands;
    std::uint8_t first = 0;
};

/// What the reading says to the condition: a number, or for status 1 or 0. Empty: it does not speak
/// of it, and nothing changes.
[[nodiscard]] std::optional<double> observe(const Condition& condition, const Reading& reading,
                                            Gas gas, const Rules& rules);

[[nodiscard]] Level level_of(const Condition& condition, const Band& band, double value);

/// The unit of what `observe` gives; empty for status.
[[nodiscard]] std::string_view unit_of(const Condition& condition);

/// Which conditions can speak for which kind of device, and by which bands; made once per rulebook.
class ConditionPlan {
public:
    ConditionPlan() = default;
    explicit ConditionPlan(const Rules& rules);

    using List = std::vector<std::uint8_t>;  // Indexes in Rules::conditions.
    /// Those that a reading can say something to, of a device of which these are `present`. Most
    /// have no flag, and then a status condition that is not present stays as it is.
    [[nodiscard]] const List& of_reading(DeviceKind kind, StatusSet status,
                                         std::uint32_t present) const {
        const Flags& flags = flags_[index(kind)];
        const bool quiet = (status.bits() & flags.any_of) == 0 && (present & flags.conditions) == 0;
        return (quiet ? measured_ : readings_)[index(kind)];
    }
    /// Those judged by how a meter behaves.
    [[nodiscard]] const List& of_meter(DeviceKind kind) const { return meter_[index(kind)]; }
    /// Those judged by an event of this input.
    [[nodiscard]] const List& of_event(Input input, DeviceKind kind) const;

    /// Which variants of bands are in force at a site, to be kept with each of its devices: four
    /// bits for each condition that has variants.
    [[nodiscard]] std::uint32_t place_of(std::string_view site, std::string_view zone) const;
    [[nodiscard]] BandsInForce bands(std::uint8_t condition, std::uint32_t place) const {
        const Bands& bands = bands_[condition];
        return bands.in_force[bands.varied ? place >> bands.shift & kVariantMask : 0];
    }

private:
    static constexpr unsigned kVariantBits = 4;
    static constexpr std::uint32_t kVariantMask = (1U << kVariantBits) - 1;
    static_assert(kBandVariantsMax <= kVariantMask);
    static_assert(kVariedConditionsMax * kVariantBits <= kPlaceBits);
    struct Bands {
        std::vector<BandsInForce> in_force;  // The usual ones, then those of each variant.
        bool varied = false;
        unsigned shift = 0;  // Of its bits in a place.
    };
    struct Variants {
        unsigned shift = 0;
        // Views into the rules; from 1, 0 stands for the usual bands.
        std::unordered_map<std::string_view, std::uint32_t> by_site;
        std::unordered_map<std::string_view, std::uint32_t> by_zone;
    };
    void add_bands(const Condition& condition);

    static std::size_t index(DeviceKind kind) { return static_cast<std::size_t>(kind); }
    static constexpr std::size_t kKinds = kDeviceKindNames.size();
    struct Flags {
        std::uint32_t any_of = 0;      // Status bits of all status conditions,
        std::uint32_t conditions = 0;  // which are these: a bit each.
    };
    std::array<List, kKinds> readings_;
    std::array<List, kKinds> measured_;  // The same without the status conditions.
    std::array<Flags, kKinds> flags_;
    std::array<List, kKinds> meter_;
    std::array<List, kKinds> silence_;
    std::array<List, kKinds> valve_;
    std::array<List, kKinds> unreadable_;
    std::array<List, kKinds> gateway_;
    std::array<List, kKinds> area_;
    std::vector<Bands> bands_;  // By condition.
    std::vector<Variants> varied_;
};

}  // namespace mercaptan::processor
