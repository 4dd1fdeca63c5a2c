// Which crew an order goes to, and when a shift is over.

#include "processor/core/dispatch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mercaptan::processor {
namespace {

using ::testing::ElementsAre;
using Barred = Candidate::Barred;

constexpr int kEight = 8 * 60;
constexpr Instant kMidnight{1'795'219'200'000};  // 2026-11-21T00:00:00Z; local times are UTC here.

Instant at(int hour, int minute, int second = 0) {
    return kMidnight + Duration{((hour * 60 + minute) * 60 + second) * 1000};
}

Crew crew(std::string_view id, std::vector<Name> zones = {}, std::vector<HoursOfDay> shifts = {},
          std::vector<Name> skills = {}) {
    return {Name{id}, std::move(zones), std::move(shifts), std::move(skills)};
}

/// The ids in order; `-` before one that is barred.
std::vector<std::string> ranked(const Roster& roster, std::string_view zone,
                                const std::vector<Name>& skills, const CrewLoads& loads = {},
                                const std::vector<Name>& tried = {}) {
    std::vector<std::string> ids;
    for (const Candidate& one : rank_crews(roster, {Name{zone}, skills, tried, kEight}, loads))
        ids.push_back((one.barred == Barred::no ? "" : "-") + one.crew->id.str());
    return ids;
}

TEST(Dispatch, SkillThenZoneThenLoadThenTheOrderOfTheRoster) {
    Roster roster;
    roster.crews = {crew("elsewhere", {"south"}, {}, {"gas", "weld"}),
                    crew("reserve", {}, {}, {"gas", "weld"}),
                    crew("busy", {"north"}, {}, {"gas", "weld"}),
                    crew("own", {"north"}, {}, {"gas", "weld"}),
                    crew("own-2", {"north"}, {}, {"gas", "weld"}),
                    crew("half", {"north"}, {}, {"gas"}),
                    crew("none", {"north"})};
    const CrewLoads loads{{"busy", 2}, {"own", 1}, {"own-2", 1}};
    EXPECT_THAT(ranked(roster, "north", {"gas", "weld"}, loads),
                ElementsAre("own", "own-2", "busy", "reserve", "elsewhere", "half", "none"));
    EXPECT_THAT(ranked(roster, "north", {}, loads),
                ElementsAre("half", "none", "own", "own-2", "busy", "reserve", "elsewhere"));
}

TEST(Dispatch, WhoWasTriedOrIsOffDutyComesLastAndIsNotChosen) {
    Roster roster;
    roster.crews = {crew("night", {"north"}, {{.from_minute = 22 * 60, .to_minute = 6 * 60}}),
                    crew("tried", {"north"}), crew("far", {"south"})};
    EXPECT_THAT(ranked(roster, "north", {}, {}, {"tried"}), ElementsAre("far", "-tried", "-night"));
    roster.crews.pop_back();
    const std::vector<Name> tried{"tried"};
    EXPECT_FALSE(choose_crew(roster, {"north", {}, tried, kEight}, {}));
    EXPECT_FALSE(choose_crew({}, {"north", {}, {}, kEight}, {}));
}

TEST(Dispatch, SaysWhy) {
    const struct {
        Candidate chosen;
        const char* text;
    } rows[] = {
        {{.place = Candidate::Place::own_zone, .in_hand = 0}, "its zone, 0 in hand"},
        {{.place = Candidate::Place::every_zone, .in_hand = 3}, "serves every zone, 3 in hand"},
        {{.lacking = 1, .place = Candidate::Place::elsewhere, .in_hand = 1},
         "of another zone, 1 in hand, lacks 1 of 2 skills"},
    };
    for (const auto& row : rows) EXPECT_EQ(reason_for(row.chosen, 2), row.text);
}

TEST(Dispatch, AShiftEnds) {
    const struct {
        const char* name;
        std::vector<HoursOfDay> shifts;
        Instant now;
        std::optional<Instant> end;
    } rows[] = {
        {"always on duty", {}, at(8, 0), std::nullopt},
        {"on duty", {{480, 1200}}, at(8, 0), at(20, 0)},
        {"within a minute", {{480, 1200}}, at(19, 59, 59), at(20, 0)},
        {"off duty", {{480, 1200}}, at(20, 0), std::nullopt},
        {"over midnight, before it", {{1320, 360}}, at(23, 0), at(30, 0)},
        {"over midnight, after it", {{1320, 360}}, at(5, 0), at(6, 0)},
        {"to the end of the day", {{480, 1440}}, at(9, 0), at(24, 0)},
        {"two that meet", {{480, 720}, {720, 1020}}, at(8, 0), at(17, 0)},
        {"two that overlap", {{480, 800}, {720, 1020}}, at(8, 0), at(17, 0)},
        {"two that meet at midnight", {{1200, 1440}, {0, 240}}, at(21, 0), at(28, 0)},
        {"round the clock", {{360, 840}, {840, 1320}, {1320, 360}}, at(8, 0), std::nullopt},
        {"a whole day from eight to eight", {{480, 480}}, at(9, 0), std::nullopt},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        EXPECT_EQ(shift_end(crew("c", {}, row.shifts), TimeZone{}, row.now), row.end);
    }
}

TEST(Dispatch, AShiftIsInLocalTime) {
    const TimeZone shanghai{{{Instant{0}, 8 * 3600}}};
    EXPECT_EQ(shift_end(crew("c", {}, {{480, 1200}}), shanghai, at(1, 30)), at(12, 0));
}

}  // namespace
}  // namespace mercaptan::processor
