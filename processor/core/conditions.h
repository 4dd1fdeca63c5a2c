#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "common/domain/reading.h"
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
[[nodiscard]] BandsInForce bands_for(const Condition& condition, std::string_view site,
                                     std::string_view zone);

/// What the reading says to the condition: a number, or for status 1 or 0. Empty: it does not speak
/// of it, and nothing changes.
[[nodiscard]] std::optional<double> observe(const Condition& condition, const Reading& reading,
                                            Gas gas, const Rules& rules);

[[nodiscard]] Level level_of(const Condition& condition, const Band& band, double value);

/// The unit of what `observe` gives; empty for status.
[[nodiscard]] std::string_view unit_of(const Condition& condition);

/// Which conditions can speak for which kind of device; made once per rulebook.
class ConditionPlan {
public:
    ConditionPlan() = default;
    explicit ConditionPlan(const Rules& rules);

    using List = std::vector<std::uint8_t>;  // Indexes in Rules::conditions.
    /// Those judged by every reading.
    [[nodiscard]] const List& of_readings(DeviceKind kind) const { return readings_[index(kind)]; }
    /// Those judged by how a meter behaves.
    [[nodiscard]] const List& of_meter(DeviceKind kind) const { return meter_[index(kind)]; }
    /// Those judged by an event of this input.
    [[nodiscard]] const List& of_event(Input input, DeviceKind kind) const;

private:
    static std::size_t index(DeviceKind kind) { return static_cast<std::size_t>(kind); }
    static constexpr std::size_t kKinds = kDeviceKindNames.size();
    std::array<List, kKinds> readings_;
    std::array<List, kKinds> meter_;
    std::array<List, kKinds> silence_;
    std::array<List, kKinds> valve_;
    std::array<List, kKinds> unreadable_;
};

}  // namespace mercaptan::processor
