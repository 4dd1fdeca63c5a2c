#include "processor/io/meter_figures.h"

#include <chrono>
#include <cstddef>

namespace mercaptan::processor {
namespace {

using config::Section;

constexpr double kSizeMax = 10'000;  // m3/h
constexpr std::size_t kListMax = 256;
constexpr Duration kDay = std::chrono::hours{24};

void read_sizes(Section section, Rules& rules) {
    for (Section item : section.sections("sizes")) {
        const double size = item.number("size", 0.1, kSizeMax);
        for (const std::string& profile : item.strings("profiles"))
            rules.meter_sizes.emplace_back(profile, size);
    }
    if (rules.meter_sizes.size() > kListMax)
        section.error("sizes", "expected at most 256 profiles");
}

void read_limits(Section section, MeterFigures& figures) {
    for (Section item : section.sections("limits")) {
        figures.limits.push_back({.size = item.number("size", 0.1, kSizeMax),
                                  .total = item.number("total", 0.1, kSizeMax),
                                  .increase = item.number("increase", 0.1, kSizeMax)});
    }
    if (figures.limits.size() > kListMax) section.error("limits", "expected at most 256 sizes");
    figures.total_factor = section.number("total_factor", 1, 10, figures.total_factor);
    figures.increase_factor = section.number("increase_factor", 0.1, 10, figures.increase_factor);
}

void read_steady(Section section, MeterFigures& figures) {
    for (Section item : section.sections("steady")) {
        figures.steady.push_back({.share = item.number("share", 0, 1),
                                  .longest = item.duration("longest", Duration{60'000}, 7 * kDay)});
    }
    if (figures.steady.size() > kListMax) section.error("steady", "expected at most 256 rows");
    figures.steady_within = section.number("steady_within", 0, 1, figures.steady_within);
}

}  // namespace

void read_meters(Section section, Rules& rules) {
    MeterFigures& figures = rules.meters;
    read_sizes(section, rules);
    read_limits(section, figures);
    read_steady(section, figures);
    figures.still = section.duration("still", Duration{60'000}, kDay, figures.still);
    figures.never_still_for =
        section.duration("never_still_for", kDay, 365 * kDay, figures.never_still_for);
    figures.pressure_min_kpa =
        section.number("pressure_min_kpa", 0, 10'000, figures.pressure_min_kpa);
    figures.flow_min_m3h = section.number("flow_min_m3h", 0, 10, figures.flow_min_m3h);
    figures.index_step_m3 = section.number("index_step_m3", 0, 10, figures.index_step_m3);
    figures.index_over = section.duration("index_over", Duration{1000}, kDay, figures.index_over);
    figures.possible_factor = section.number("possible_factor", 2, 1000, figures.possible_factor);
    figures.frozen_for =
        section.duration("frozen_for", Duration{3'600'000}, 31 * kDay, figures.frozen_for);
    figures.gap_max = section.duration("gap_max", Duration{60'000}, 7 * kDay, figures.gap_max);
}

}  // namespace mercaptan::processor
