#include "processor/core/conditions.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "common/domain/check.h"

namespace mercaptan::processor {
namespace {

constexpr double kPpmPerVolPct = 10'000;

void take_highest(std::optional<double>& highest, std::optional<double> candidate) {
    if (candidate && (!highest || *candidate > *highest)) highest = candidate;
}

bool applies(const Condition& condition, DeviceKind kind) {
    return condition.kinds.empty() ||
           std::find(condition.kinds.begin(), condition.kinds.end(), kind) != condition.kinds.end();
}

/// So that what a reading opens is opened by its gravest condition, and the rest joins.
std::vector<std::uint8_t> gravest_first(const Rules& rules) {
    std::vector<std::uint8_t> order(rules.conditions.size());
    std::iota(order.begin(), order.end(), std::uint8_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::uint8_t a, std::uint8_t b) {
        const auto rank = [&](std::uint8_t c) {
            const Condition& condition = rules.conditions[c];
            return std::pair{condition.ticket.value_or(TicketClass{UINT8_MAX}),
                             -condition.severity};
        };
        return rank(a) < rank(b);
    });
    return order;
}

}  // namespace

std::optional<double> gas_lel_pct(const Values& values, Gas gas, const Rules& rules) {
    std::optional<double> highest = values.get(Quantity::ch4_lel_pct);
    take_highest(highest, values.get(Quantity::lpg_lel_pct));
    const double base = rules.lel_vol_pct[static_cast<std::size_t>(gas)];
    if (const auto ppm = values.get(Quantity::ch4_ppm)) {
        take_highest(highest, *ppm / (base * kPpmPerVolPct) * 100);
    }
    if (const auto vol = values.get(Quantity::ch4_vol_pct))
        take_highest(highest, *vol / base * 100);
    return highest;
}

std::optional<double> observe(const Condition& condition, const Reading& reading, Gas gas,
                              const Rules& rules) {
    switch (condition.input) {
        case Input::gas_lel_pct:
            return gas_lel_pct(reading.values, gas, rules);
        case Input::quantity:
            return reading.values.get(condition.quantity);
        case Input::status:
            if (!reading.has_status) return std::nullopt;
            return (reading.status.bits() & condition.any_of.bits()) != 0 ? 1.0 : 0.0;
        case Input::silence:
        case Input::valve:
        case Input::unreadable:
        case Input::meter:
        case Input::gateway:
        case Input::area:
            return std::nullopt;
    }
    return std::nullopt;
}

Level level_of(const Condition& condition, const Band& band, double value) {
    if (condition.input == Input::status) return value > 0 ? Level::high : Level::low;
    if (condition.compare == Compare::at_least) {
        if (value >= band.set) return Level::high;
        return value < band.clear ? Level::low : Level::between;
    }
    if (value <= band.set) return Level::high;
    return value > band.clear ? Level::low : Level::between;
}

std::string_view unit_of(const Condition& condition) {
    switch (condition.input) {
        case Input::gas_lel_pct:
            return "%LEL";
        case Input::quantity:
            return unit_of(condition.quantity);
        case Input::meter:
            return unit_of(condition.rule);
        case Input::status:
        case Input::silence:
        case Input::valve:
        case Input::unreadable:
        case Input::gateway:
        case Input::area:
            return {};
    }
    return {};
}

ConditionPlan::ConditionPlan(const Rules& rules) {
    MERCAPTAN_CHECK(rules.conditions.size() <= kConditionsMax);
    for (const std::uint8_t c : gravest_first(rules)) {
        const Condition& condition = rules.conditions[c];
        auto* lists = &readings_;
        if (condition.input == Input::silence) lists = &silence_;
        if (condition.input == Input::valve) lists = &valve_;
        if (condition.input == Input::unreadable) lists = &unreadable_;
        if (condition.input == Input::meter) lists = &meter_;
        if (condition.input == Input::gateway) lists = &gateway_;
        if (condition.input == Input::area) lists = &area_;
        for (std::size_t kind = 0; kind < kKinds; ++kind) {
            if (!applies(condition, static_cast<DeviceKind>(kind))) continue;
            (*lists)[kind].push_back(c);
            if (condition.input == Input::status) {
                flags_[kind].any_of |= condition.any_of.bits();
                flags_[kind].conditions |= 1U << c;
            } else if (lists == &readings_) {
                measured_[kind].push_back(c);
            }
        }
    }
    for (const Condition& condition : rules.conditions) add_bands(condition);
}

void ConditionPlan::add_bands(const Condition& condition) {
    Bands& bands = bands_.emplace_back();
    bands.in_force.push_back({condition.bands, 0});
    if (condition.variants.empty()) return;
    MERCAPTAN_CHECK(varied_.size() < kVariedConditionsMax &&
                    condition.variants.size() <= kBandVariantsMax);
    Variants variants;
    variants.shift = static_cast<unsigned>(varied_.size()) * kVariantBits;
    std::size_t first = condition.bands.size();
    for (const BandVariant& variant : condition.variants) {
        const auto number = static_cast<std::uint32_t>(bands.in_force.size());
        bands.in_force.push_back({variant.bands, static_cast<std::uint8_t>(first)});
        first += variant.bands.size();
        for (const Name& site : variant.sites) variants.by_site.emplace(site.view(), number);
        for (const Name& zone : variant.zones) variants.by_zone.emplace(zone.view(), number);
    }
    if (variants.by_site.empty() && variants.by_zone.empty()) return;
    bands.varied = true;
    bands.shift = variants.shift;
    varied_.push_back(std::move(variants));
}

std::uint32_t ConditionPlan::place_of(std::string_view site, std::string_view zone) const {
    std::uint32_t place = 0;
    for (const Variants& variants : varied_) {
        const auto at_site = variants.by_site.find(site);
        const auto in_zone = variants.by_zone.find(zone);
        std::uint32_t number = 0;
        if (at_site != variants.by_site.end()) number = at_site->second;
        if (in_zone != variants.by_zone.end() && (number == 0 || in_zone->second < number))
            number = in_zone->second;
        place |= number << variants.shift;
    }
    return place;
}

const ConditionPlan::List& ConditionPlan::of_event(Input input, DeviceKind kind) const {
    switch (input) {
        case Input::silence:
            return silence_[index(kind)];
        case Input::valve:
            return valve_[index(kind)];
        case Input::unreadable:
            return unreadable_[index(kind)];
        case Input::gateway:
            return gateway_[index(kind)];
        case Input::area:
            return area_[index(kind)];
        case Input::gas_lel_pct:
        case Input::quantity:
        case Input::status:
        case Input::meter:
            break;
    }
    MERCAPTAN_CHECK(false);  // No event, but what readings say.
}

}  // namespace mercaptan::processor
