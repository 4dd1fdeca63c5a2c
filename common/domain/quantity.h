#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/domain/check.h"

namespace mercaptan {

/// What a device can measure. The order is the wire and storage order: append, never reorder.
enum class Quantity : std::uint8_t {
    ch4_lel_pct,
    lpg_lel_pct,
    co_ppm,
    flow_m3h,
    volume_m3,
    pressure_kpa,
    temperature_c,
    battery_pct,
    rssi_dbm,
    ch4_ppm,
    ch4_vol_pct,
    humidity_pct,
    battery_v,
    energy_kwh,
    valve_state,  // 0 closed, 1 open.
    life_remaining_s,
    pulse_count,
};
inline constexpr std::size_t kQuantityCount = 17;

/// The canonical name, unit last: `ch4_lel_pct`.
[[nodiscard]] std::string_view to_string(Quantity quantity);
[[nodiscard]] std::optional<Quantity> quantity_from(std::string_view name);
/// The unit as people write it: `%LEL`, `ppm`, `m3/h`; empty for a bare count or state.
[[nodiscard]] std::string_view unit_of(Quantity quantity);

/// At most one finite number per quantity, held in place.
// NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): no time is spent on numbers not present.
class Values {
public:
    [[nodiscard]] bool has(Quantity q) const { return (present_ & bit(q)) != 0; }
    [[nodiscard]] std::optional<double> get(Quantity q) const {
        return has(q) ? std::optional{numbers_[index(q)]} : std::nullopt;
    }
    /// `number` must be finite.
    void set(Quantity q, double number) {
        MERCAPTAN_CHECK(std::isfinite(number));
        present_ |= bit(q);
        numbers_[index(q)] = number;
    }
    [[nodiscard]] std::size_t size() const {
        return static_cast<std::size_t>(std::popcount(present_));
    }
    [[nodiscard]] bool empty() const { return present_ == 0; }

    /// Calls `f(Quantity, double)` for each value present, in wire order.
    template <class F>
    void for_each(F&& f) const {
        for (std::uint32_t rest = present_; rest != 0; rest &= rest - 1) {
            const auto i = static_cast<std::size_t>(std::countr_zero(rest));
            f(static_cast<Quantity>(i), numbers_[i]);
        }
    }
    friend bool operator==(const Values& a, const Values& b) {
        if (a.present_ != b.present_) return false;
        bool same = true;
        a.for_each(
            [&](Quantity q, double number) { same = same && number == b.numbers_[index(q)]; });
        return same;
    }

private:
    static constexpr std::size_t index(Quantity q) { return static_cast<std::size_t>(q); }
    static constexpr std::uint32_t bit(Quantity q) { return 1U << index(q); }

    std::uint32_t present_ = 0;
    std::array<double, kQuantityCount> numbers_;  // Set where `present_` says so.
};

/// What a device says of itself. The order is the wire and storage order: append, never reorder.
enum class Status : std::uint8_t {
    alarm_low,
    alarm_high,
    sensor_fault,
    end_of_life,
    low_battery,
    tamper,
    preheat,
    valve_open,
    valve_closed,
    self_test,
    power_lost,
    mute,
};
inline constexpr std::size_t kStatusCount = 12;

[[nodiscard]] std::string_view to_string(Status status);
[[nodiscard]] std::optional<Status> status_from(std::string_view name);

class StatusSet {
public:
    constexpr StatusSet() = default;
    constexpr explicit StatusSet(std::uint32_t bits) : bits_(bits & ((1U << kStatusCount) - 1)) {}

    [[nodiscard]] constexpr bool has(Status s) const { return (bits_ & bit(s)) != 0; }
    constexpr void add(Status s) { bits_ |= bit(s); }
    [[nodiscard]] constexpr std::uint32_t bits() const { return bits_; }
    [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
    bool operator==(const StatusSet&) const = default;

    template <class F>
    void for_each(F&& f) const {
        for (std::uint32_t rest = bits_; rest != 0; rest &= rest - 1) {
            f(static_cast<Status>(std::countr_zero(rest)));
        }
    }

private:
    static constexpr std::uint32_t bit(Status s) { return 1U << static_cast<std::uint32_t>(s); }
    std::uint32_t bits_ = 0;
};

}  // namespace mercaptan
