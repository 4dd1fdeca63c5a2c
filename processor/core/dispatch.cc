#include "processor/core/dispatch.h"

#include <algorithm>
#include <tuple>

namespace mercaptan::processor {
namespace {

bool contains(const std::vector<Name>& names, const Name& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// 0 for a crew of the zone, 1 for one of every zone, 2 for one from elsewhere.
int distance(const Crew& crew, const Name& zone) {
    if (crew.zones.empty()) return 1;
    return contains(crew.zones, zone) ? 0 : 2;
}

}  // namespace

bool on_duty(const Crew& crew, int minute_of_day) {
    if (crew.shifts.empty()) return true;
    return std::any_of(
        crew.shifts.begin(), crew.shifts.end(),
        [minute_of_day](const HoursOfDay& shift) { return shift.contains(minute_of_day); });
}

const Crew* choose_crew(const Roster& roster, const Name& zone, int minute_of_day,
                        const CrewLoads& loads, const std::vector<Name>& tried) {
    const Crew* best = nullptr;
    std::tuple<int, std::uint32_t> best_rank;
    for (const Crew& crew : roster.crews) {
        if (!on_duty(crew, minute_of_day) || contains(tried, crew.id)) continue;
        const auto load = loads.find(crew.id);
        const std::tuple rank{distance(crew, zone), load == loads.end() ? 0U : load->second};
        if (best == nullptr || rank < best_rank) {
            best = &crew;
            best_rank = rank;
        }
    }
    return best;
}

}  // namespace mercaptan::processor
