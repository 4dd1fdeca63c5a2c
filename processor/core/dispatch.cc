#include "processor/core/dispatch.h"

#include <algorithm>
#include <tuple>

namespace mercaptan::processor {
namespace {

constexpr int kMinutesPerDay = 1440;
constexpr std::int64_t kMinute_ms = 60'000;

bool contains(const std::vector<Name>& names, const Name& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

Candidate::Place place_of(const Crew& crew, const Name& zone) {
    if (crew.zones.empty()) return Candidate::Place::every_zone;
    return contains(crew.zones, zone) ? Candidate::Place::own_zone : Candidate::Place::elsewhere;
}

Candidate candidate(const Crew& crew, const Wanted& wanted, const CrewLoads& loads) {
    Candidate one;
    one.crew = &crew;
    if (contains(wanted.tried, crew.id)) one.barred = Candidate::Barred::tried;
    if (!on_duty(crew, wanted.minute_of_day)) one.barred = Candidate::Barred::off_duty;
    one.lacking = static_cast<std::uint32_t>(
        std::count_if(wanted.skills.begin(), wanted.skills.end(),
                      [&](const Name& skill) { return !contains(crew.skills, skill); }));
    one.place = place_of(crew, wanted.zone);
    const auto load = loads.find(crew.id);
    one.in_hand = load == loads.end() ? 0 : load->second;
    return one;
}

auto rank(const Candidate& one) {
    return std::tuple{one.barred, one.lacking, one.place, one.in_hand};
}

}  // namespace

std::vector<Candidate> rank_crews(const Roster& roster, const Wanted& wanted,
                                  const CrewLoads& loads) {
    std::vector<Candidate> all;
    all.reserve(roster.crews.size());
    for (const Crew& crew : roster.crews) all.push_back(candidate(crew, wanted, loads));
    std::stable_sort(all.begin(), all.end(),
                     [](const Candidate& a, const Candidate& b) { return rank(a) < rank(b); });
    return all;
}

std::optional<Candidate> choose_crew(const Roster& roster, const Wanted& wanted,
                                     const CrewLoads& loads) {
    const std::vector<Candidate> all = rank_crews(roster, wanted, loads);
    if (all.empty() || all.front().barred != Candidate::Barred::no) return std::nullopt;
    return all.front();
}

std::string reason_for(const Candidate& chosen, std::size_t skills_wanted) {
    std::string text;
    switch (chosen.place) {
        case Candidate::Place::own_zone:
            text = "its zone";
            break;
        case Candidate::Place::every_zone:
            text = "serves every zone";
            break;
        case Candidate::Place::elsewhere:
            text = "of another zone";
            break;
    }
    text += ", " + std::to_string(chosen.in_hand) + " in hand";
    if (chosen.lacking > 0) {
        text += ", lacks " + std::to_string(chosen.lacking) + " of " +
                std::to_string(skills_wanted) + " skills";
    }
    return text;
}

bool on_duty(const Crew& crew, int minute_of_day) {
    return crew.shifts.empty() ||
           std::any_of(crew.shifts.begin(), crew.shifts.end(),
                       [&](const HoursOfDay& shift) { return shift.contains(minute_of_day); });
}

std::optional<Instant> shift_end(const Crew& crew, const TimeZone& time_zone, Instant now) {
    const int begun = time_zone.minute_of_day(now);
    int ahead = 0;  // Minutes that are known to be on duty.
    for (bool longer = true; longer && ahead < kMinutesPerDay;) {
        longer = false;
        const int minute = (begun + ahead) % kMinutesPerDay;
        for (const HoursOfDay& shift : crew.shifts) {
            if (!shift.contains(minute)) continue;
            ahead += (shift.to_minute - minute - 1 + 2 * kMinutesPerDay) % kMinutesPerDay + 1;
            longer = true;
            break;
        }
    }
    if (ahead == 0 || ahead >= kMinutesPerDay) return std::nullopt;
    const std::int64_t local_ms = now.ms + std::int64_t{time_zone.offset_s(now)} * 1000;
    return now - Duration{local_ms % kMinute_ms} + Duration{ahead * kMinute_ms};
}

}  // namespace mercaptan::processor
