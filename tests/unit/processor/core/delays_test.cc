// What must last, be counted or rise: each row is a course of readings and where the condition is
// true. Times are the device's own, in seconds.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/engine_driver.h"

namespace mercaptan::processor::test {
namespace {

using namespace std::chrono_literals;

struct Course {
    const char* source;
    const char* name;
    Band band;
    Duration off_delay;
    std::vector<std::pair<int, double>> readings;  // Event time, value; in order of arrival.
    const char* present;                           // After each of them: # is true.
};

const Band kSet10{.set = 10, .clear = 10};
const Band kDeadband{.set = 10, .clear = 7};
const Band kHeld{.set = 10, .clear = 7, .on_delay = 60s};
const Band kCount{.set = 10, .clear = 7, .count = {3, 5}};
const Band kRise{.set = 10, .clear = 5, .rise_within = 60s};

const Course kCourses[] = {
    {"ISA-18.2 deadband",
     "true at set, false below clear",
     kDeadband,
     0s,
     {{0, 9}, {1, 10}, {2, 8}, {3, 7}, {4, 6.9}, {5, 8}, {6, 10}},
     ".###..#"},
    {"ISA-18.2 on-delay",
     "true after it lasted",
     kHeld,
     0s,
     {{0, 12}, {30, 12}, {59, 12}, {60, 12}, {61, 12}},
     "...##"},
    {"ISA-18.2 on-delay", "between does not end it", kHeld, 0s, {{0, 12}, {30, 8}, {60, 8}}, "..#"},
    {"ISA-18.2 on-delay",
     "a low one begins it anew",
     kHeld,
     0s,
     {{0, 12}, {30, 6}, {60, 12}, {119, 12}, {120, 12}},
     "....#"},
    {"peers c6",
     "a late low one breaks the run",
     kHeld,
     0s,
     {{0, 12}, {40, 12}, {20, 6}, {70, 12}, {100, 12}},
     "....#"},
    {"peers c6",
     "a late high one is counted where it belongs",
     kHeld,
     0s,
     {{30, 12}, {80, 12}, {20, 12}, {0, 12}},
     "...."},
    {"ISA-18.2 off-delay",
     "false after it lasted",
     kSet10,
     60s,
     {{0, 10}, {1, 9}, {30, 9}, {60, 9}, {61, 9}},
     "####."},
    {"ISA-18.2 off-delay",
     "a high one begins it anew",
     kSet10,
     60s,
     {{0, 10}, {10, 9}, {40, 10}, {50, 9}, {80, 9}, {110, 9}},
     "#####."},
    {"peers c6",
     "an older low one begins nothing",
     kSet10,
     60s,
     {{100, 10}, {20, 9}, {30, 9}, {140, 9}, {199, 9}, {200, 9}},
     "#####."},
    {"peers c6",
     "an older high one ends nothing",
     kSet10,
     60s,
     {{100, 10}, {110, 9}, {50, 12}, {170, 9}},
     "###."},
    {"peers c6",
     "a late high one between restarts as in event order",
     kSet10,
     60s,
     {{0, 10}, {10, 9}, {60, 9}, {40, 12}, {80, 9}, {119, 9}, {120, 9}},
     "######."},
    {"n of m", "three of five", kCount, 0s, {{0, 10}, {1, 0}, {2, 10}, {3, 0}, {4, 10}}, "....#"},
    {"n of m",
     "not three of six",
     kCount,
     0s,
     {{0, 10}, {1, 0}, {2, 0}, {3, 0}, {4, 10}, {5, 10}},
     "......"},
    {"n of m",
     "ends when there are fewer",
     kCount,
     0s,
     {{0, 10}, {1, 10}, {2, 10}, {3, 0}, {4, 0}, {5, 0}},
     "..###."},
    {"n of m", "a copy counts once", kCount, 0s, {{0, 10}, {0, 10}, {0, 10}, {1, 10}}, "...."},
    {"rate of rise", "ten within a minute", kRise, 0s, {{0, 0}, {30, 5}, {60, 10}}, "..#"},
    {"rate of rise", "ten in more than a minute", kRise, 0s, {{0, 0}, {30, 5}, {61, 10}}, "..."},
    {"rate of rise",
     "false when it rises by less than clear",
     kRise,
     0s,
     {{0, 0}, {60, 10}, {90, 16}, {150, 18}},
     ".##."},
    {"rate of rise", "a fall is none", kRise, 0s, {{0, 20}, {30, 0}}, ".."},
};

Rulebook with_condition(const Course& course) {
    Rulebook rulebook = standard_rulebook();
    Condition condition;
    condition.id = "test";
    condition.input = Input::quantity;
    condition.quantity = Quantity::pressure_kpa;
    condition.bands = {course.band};
    condition.off_delay = course.off_delay;
    rulebook.rules.conditions = {condition};
    return rulebook;
}

std::string run(const Course& course, bool with_restarts) {
    EngineDriver district{with_condition(course)};
    district.wait(1h);
    std::string present;
    for (const auto& [second, value] : course.readings) {
        district.wait(1s);
        if (with_restarts) district.restart();
        (void)district.read({.values = {{Quantity::pressure_kpa, value}},
                             .event_at = kStart + std::chrono::seconds{second}});
        const auto alarm = district.alarm("test");
        present += alarm && alarm->present ? '#' : '.';
    }
    return present;
}

TEST(Delays, EachCourse) {
    for (const Course& course : kCourses) {
        SCOPED_TRACE(std::string{course.source} + ": " + course.name);
        EXPECT_EQ(run(course, false), course.present);
    }
}

TEST(Delays, ARestartBetweenAnyTwoReadingsChangesNothing) {
    for (const Course& course : kCourses) {
        SCOPED_TRACE(std::string{course.source} + ": " + course.name);
        EXPECT_EQ(run(course, true), course.present);
    }
}

TEST(Delays, TheReadingThatCompletesOneMayBeTheOlder) {
    const Course rise{"", "", {.set = 10, .clear = 5, .rise_within = 60s}, 0s, {}, ""};
    EngineDriver district{with_condition(rise)};
    district.wait(1h);
    const auto read = [&](Duration at, double value) {
        (void)district.read({.values = {{Quantity::pressure_kpa, value}}, .event_at = kStart + at});
    };
    read(50s, 12);
    read(10s, 1);
    ASSERT_TRUE(district.alarm("test"));
    EXPECT_TRUE(district.alarm("test")->late);
    EXPECT_EQ(district.alarm("test")->occurrences, 1U);
}

TEST(Delays, ATraceOfManyReadingsStaysSmallAndMissesNoRise) {
    Trace trace;
    bool found = false;
    for (int second = 0; second < 3600; ++second) {
        const double value = second < 3000 ? 0 : (second - 3000) / 60.0;  // One a minute.
        found = found || trace.add({kStart + std::chrono::seconds{second}, value}, 600s).of >= 9.9;
        ASSERT_LE(trace.points().size(), Trace::kPointsMax);
        EXPECT_TRUE(!found || second >= 3000 + 590);
    }
    EXPECT_TRUE(found);
}

TEST(Delays, ACountOfManyReadingsStaysSmall) {
    Hold hold;
    for (int i = 0; i < 1000; ++i)
        (void)hold.add({Instant{i * 1000}, i % 3 == 0 ? Level::high : Level::low}, Count{3, 5});
    EXPECT_LE(hold.samples().size(), Hold::kSamplesMax);
    Hold quiet;
    for (int i = 0; i < 1000; ++i) (void)quiet.add({Instant{i * 1000}, Level::low}, Count{3, 5});
    EXPECT_LE(quiet.samples().size(), Hold::kIdleSamplesMax);
}

TEST(BandVariants, APlaceHasItsOwnBands) {
    Rulebook rulebook = standard_rulebook();
    for (Condition& condition : rulebook.rules.conditions) {
        if (condition.id != "co.dose") continue;
        condition.variants = {{.sites = {"site-2"},
                               .zones = {"south"},
                               .bands = {{400, 400, 4min}, {150, 150, 10min}, {70, 70, 60min}}}};
    }
    RegistryEntry south = registered("site-3", "co-3", DeviceKind::co_detector);
    south.zone = "south";
    rulebook.registry = {south};
    EngineDriver district{rulebook};
    const auto expose = [&](std::string_view site, std::string_view device) {
        (void)district.read({.site = site, .device = device, .values = {{Quantity::co_ppm, 300}}});
        return !district.active_conditions(device).empty();
    };
    EXPECT_TRUE(expose("site-1", "co-1")) << "EN 50291: 300 ppm at once";
    for (int minute = 0; minute < 10; ++minute) {
        EXPECT_FALSE(expose("site-2", "co-2"));
        EXPECT_FALSE(expose("site-3", "co-3"));
        district.wait(1min);
        district.restart();
    }
    EXPECT_TRUE(expose("site-2", "co-2")) << "UL 2034: 150 ppm for ten minutes";
    EXPECT_TRUE(expose("site-3", "co-3"));
}

/// Two conditions with variants; a row is a place and the variant (0: the usual bands) of each.
TEST(BandVariants, EachConditionOfAPlaceHasTheFirstThatNamesIt) {
    const auto band = [](double set) { return Band{.set = set, .clear = set}; };
    Rules rules;
    Condition gas;
    gas.id = "gas";
    gas.bands = {band(0)};
    gas.variants = {{.sites = {"a"}, .zones = {}, .bands = {band(1), band(11)}},
                    {.sites = {"b"}, .zones = {"north"}, .bands = {band(2)}}};
    Condition plain;
    plain.id = "plain";
    plain.bands = {band(0)};
    Condition nowhere = plain;
    nowhere.id = "nowhere";
    nowhere.variants = {{.sites = {}, .zones = {}, .bands = {band(1)}}};
    Condition co;
    co.id = "co";
    co.bands = {band(0)};
    co.variants = {{.sites = {}, .zones = {"north"}, .bands = {band(1)}},
                   {.sites = {"a", "c"}, .zones = {}, .bands = {band(2)}}};
    rules.conditions = {gas, plain, nowhere, co};
    const ConditionPlan plan{rules};
    struct Row {
        const char* site;
        const char* zone;
        double gas;
        double co;
    };
    for (const Row& row : {Row{"x", "", 0, 0}, Row{"a", "", 1, 2}, Row{"a", "north", 1, 1},
                           Row{"b", "south", 2, 0}, Row{"c", "", 0, 2}, Row{"x", "north", 2, 1}}) {
        SCOPED_TRACE(std::string{row.site} + " in " + row.zone);
        const std::uint32_t place = plan.place_of(row.site, row.zone);
        EXPECT_EQ(plan.bands(0, place).bands[0].set, row.gas);
        EXPECT_EQ(plan.bands(1, place).bands[0].set, 0);
        EXPECT_EQ(plan.bands(2, place).bands[0].set, 0);
        EXPECT_EQ(plan.bands(3, place).bands[0].set, row.co);
    }
    EXPECT_EQ(plan.bands(0, plan.place_of("b", "")).first, 3) << "after the bands before it";
}

TEST(BandVariants, AReloadMovesAPlace) {
    Rulebook rulebook = standard_rulebook();
    EngineDriver district{rulebook};
    const auto expose = [&] {
        (void)district.read(
            {.site = "site-2", .device = "co-2", .values = {{Quantity::co_ppm, 300}}});
        return !district.active_conditions("co-2").empty();
    };
    for (Condition& condition : rulebook.rules.conditions) {
        if (condition.id == "co.dose")
            condition.variants = {{.sites = {}, .zones = {"south"}, .bands = {{400, 400, 4min}}}};
    }
    RegistryEntry south = registered("site-2", "co-2", DeviceKind::co_detector);
    south.zone = "south";
    rulebook.registry = {south};
    district.record(Reload{std::make_shared<const Rulebook>(rulebook)});
    EXPECT_FALSE(expose());
    rulebook.registry = {registered("site-2", "co-2", DeviceKind::co_detector)};
    district.record(Reload{std::make_shared<const Rulebook>(rulebook)});
    district.wait(1s);
    EXPECT_TRUE(expose());
}

}  // namespace
}  // namespace mercaptan::processor::test
