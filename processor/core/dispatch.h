#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "processor/core/rulebook.h"

namespace mercaptan::processor {

/// Open tickets that each crew has in hand.
using CrewLoads = std::map<Name, std::uint32_t>;

[[nodiscard]] bool on_duty(const Crew& crew, int minute_of_day);

/// The crew to send: on duty, not yet tried, of the zone rather than from elsewhere, then with the
/// least in hand, then first in the roster. nullptr: nobody.
[[nodiscard]] const Crew* choose_crew(const Roster& roster, const Name& zone, int minute_of_day,
                                      const CrewLoads& loads, const std::vector<Name>& tried);

}  // namespace mercaptan::processor
