#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/domain/instant.h"
#include "processor/core/calendar.h"
#include "processor/core/rulebook.h"

namespace mercaptan::processor {

/// Open tickets that each crew has in hand.
using CrewLoads = std::map<Name, std::uint32_t>;

/// What an order asks of a crew.
struct Wanted {
    Name zone;
    const std::vector<Name>& skills;
    const std::vector<Name>& tried;  // Crews that declined or let it lapse.
    int minute_of_day = 0;           // Local time.
};

/// How a crew suits an order, and why it does not.
struct Candidate {
    enum class Barred : std::uint8_t { no, tried, off_duty };
    enum class Place : std::uint8_t { own_zone, every_zone, elsewhere };
    const Crew* crew = nullptr;
    Barred barred = Barred::no;
    std::uint32_t lacking = 0;  // Of the wanted skills.
    Place place = Place::own_zone;
    std::uint32_t in_hand = 0;
};

/// All crews, the one to send first: who is not barred, has the skills, is of the zone rather than
/// from elsewhere, then has least in hand, then stands first in the roster. A missing skill bars
/// nobody: a leak is better met by some crew than by none.
[[nodiscard]] std::vector<Candidate> rank_crews(const Roster& roster, const Wanted& wanted,
                                                const CrewLoads& loads);

/// The crew to send; nullopt: everybody is barred.
[[nodiscard]] std::optional<Candidate> choose_crew(const Roster& roster, const Wanted& wanted,
                                                   const CrewLoads& loads);

/// Why it was chosen, in words: `its zone, 0 in hand, lacks 1 of 2 skills`.
[[nodiscard]] std::string reason_for(const Candidate& chosen, std::size_t skills_wanted);

[[nodiscard]] bool on_duty(const Crew& crew, int minute_of_day);

/// When the shift ends that the crew is in at `now`; nullopt if it is in none, or always on duty.
/// Shifts that meet or overlap are one.
[[nodiscard]] std::optional<Instant> shift_end(const Crew& crew, const TimeZone& time_zone,
                                               Instant now);

}  // namespace mercaptan::processor
