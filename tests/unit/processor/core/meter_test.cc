// The meter rules: each row is a course of readings, the rule it is about, and where the rule
// holds.

#include "processor/core/meter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/engine_driver.h"

namespace mercaptan::processor::test {
namespace {

using namespace std::chrono_literals;
using R = MeterRule;
constexpr std::nullopt_t kNo = std::nullopt;

MeterReading at(Duration after, std::optional<double> volume, std::optional<double> flow = kNo,
                std::optional<double> pressure = kNo, std::optional<bool> closed = kNo) {
    return {.at = kStart + after,
            .volume_m3 = volume,
            .flow_m3h = flow,
            .pressure_kpa = pressure,
            .closed = closed};
}

/// The same step again and again.
std::vector<MeterReading> hourly(int hours, double step, int still_every = 0) {
    std::vector<MeterReading> course;
    double volume = 100;
    for (int hour = 0; hour <= hours; ++hour) {
        course.push_back(at(std::chrono::hours{hour}, volume));
        if (still_every == 0 || hour % still_every != 0) volume += step;
    }
    return course;
}

std::vector<MeterReading> joined(std::vector<MeterReading> first, std::vector<MeterReading> then) {
    first.insert(first.end(), then.begin(), then.end());
    return first;
}

struct Course {
    const char* source;
    const char* name;
    R rule;
    std::optional<double> size;
    std::vector<MeterReading> readings;
    bool holds;  // After the last of them.
};

std::vector<Course> courses() {
    return {
        {"Osaka Gas, size 6",
         "18.2 is of size 10, 10.9 of size 6",
         R::excess_flow,
         6.0,
         {at(0s, kNo, 10.9)},
         false},
        {"Osaka Gas, size 6", "more", R::excess_flow, 6.0, {at(0s, kNo, 11.0)}, true},
        {"Osaka Gas, size 10", "more", R::excess_flow, 10.0, {at(0s, kNo, 18.3)}, true},
        {"1.82 x size", "a size without a row", R::excess_flow, 25.0, {at(0s, kNo, 45.4)}, false},
        {"1.82 x size", "more", R::excess_flow, 25.0, {at(0s, kNo, 45.6)}, true},
        {"R1", "no size, no verdict", R::excess_flow, kNo, {at(0s, kNo, 500)}, false},
        {"R1", "by the index", R::excess_flow, 6.0, {at(0s, 100), at(1h, 111)}, true},
        {"R1",
         "by the index, over a long gap",
         R::excess_flow,
         6.0,
         {at(0s, 100), at(10h, 200)},
         false},
        {"R1",
         "a late reading tells it",
         R::excess_flow,
         6.0,
         {at(0s, 100), at(2h, 112), at(1h, 100.5)},
         true},
        {"data 0007",
         "a step of 0.03 in a minute is no flow",
         R::excess_flow,
         1.0,
         {at(0s, 100), at(1min, 100.03)},
         false},
        {"Osaka Gas, size 6",
         "increase of 8.4",
         R::sudden_increase,
         6.0,
         {at(0s, kNo, 1), at(1min, kNo, 9.4)},
         false},
        {"Osaka Gas, size 6",
         "more",
         R::sudden_increase,
         6.0,
         {at(0s, kNo, 1), at(1min, kNo, 9.5)},
         true},
        {"R2",
         "over a gap nobody knows",
         R::sudden_increase,
         6.0,
         {at(0s, kNo, 1), at(3h, kNo, 10)},
         false},
        {"Tokyo Gas, heater 12 h", "a heater's flow for 12 h", R::steady_flow, 6.0,
         [] {
             std::vector<MeterReading> course;
             for (int hour = 0; hour <= 12; ++hour)
                 course.push_back(at(std::chrono::hours{hour}, kNo, 0.3));
             return course;
         }(),
         false},
        {"Tokyo Gas, heater 12 h", "for longer", R::steady_flow, 6.0,
         [] {
             std::vector<MeterReading> course;
             for (int hour = 0; hour <= 13; ++hour)
                 course.push_back(at(std::chrono::hours{hour}, kNo, 0.3));
             return course;
         }(),
         true},
        {"takahashi-energy", "a flow that changes is somebody's", R::steady_flow, 6.0,
         [] {
             std::vector<MeterReading> course;
             for (int hour = 0; hour <= 40; ++hour)
                 course.push_back(at(std::chrono::hours{hour}, kNo, hour % 2 == 0 ? 0.3 : 0.35));
             return course;
         }(),
         false},
        {"Osaka Gas", "simmering is not cut", R::steady_flow, 6.0,
         [] {
             std::vector<MeterReading> course;
             for (int hour = 0; hour <= 40; ++hour)
                 course.push_back(at(std::chrono::hours{hour}, kNo, 0.1));
             return course;
         }(),
         false},
        {"Hiroshima Gas, 30 days", "a small leak", R::never_still, kNo, hourly(30 * 24, 0.001),
         true},
        {"Hiroshima Gas, 30 days", "not yet", R::never_still, kNo, hourly(30 * 24 - 1, 0.001),
         false},
        {"town.chonan, 60 minutes", "one still hour a month proves it tight", R::never_still, kNo,
         hourly(60 * 24, 0.001, 29 * 24), false},
        {"data 00015", "a gap may have been still", R::never_still, kNo,
         joined(hourly(29 * 24, 0.001),
                {at(29 * 24h + 5h, 101), at(30 * 24h, 101.1), at(30 * 24h + 1h, 101.2)}),
         false},
        {"micom meter",
         "pressure while gas flows",
         R::low_pressure,
         kNo,
         {at(0s, kNo, 1.0, 0.1)},
         true},
        {"micom meter",
         "pressure while none does",
         R::low_pressure,
         kNo,
         {at(0s, kNo, 0.0, 0.1)},
         false},
        {"micom meter", "enough pressure", R::low_pressure, kNo, {at(0s, kNo, 1.0, 2.0)}, false},
        {"R6",
         "flow although closed",
         R::closed_valve_flow,
         kNo,
         {at(0s, kNo, 0.2, kNo, true)},
         true},
        {"R6",
         "by the index between two closed readings",
         R::closed_valve_flow,
         kNo,
         {at(0s, 100, kNo, kNo, true), at(1h, 100.1, kNo, kNo, true)},
         true},
        {"data 0007",
         "a creep of 0.03 is none",
         R::closed_valve_flow,
         kNo,
         {at(0s, 100, kNo, kNo, true), at(1h, 100.03, kNo, kNo, true)},
         false},
        {"R6",
         "it was open in between",
         R::closed_valve_flow,
         kNo,
         {at(0s, 100, kNo, kNo, false), at(1h, 101, kNo, kNo, true)},
         false},
        {"R7", "the index goes back", R::index_back, kNo, {at(0s, 100), at(1h, 99.9)}, true},
        {"data 0007, 0008", "by 0.03", R::index_back, kNo, {at(0s, 100), at(7min, 99.97)}, false},
        {"data 00015", "to nought", R::index_back, kNo, {at(0s, 86.29), at(1h, 0)}, true},
        {"data 00015",
         "and from there it counts",
         R::index_back,
         kNo,
         {at(0s, 86.29), at(1h, 0), at(2h, 0.5)},
         false},
        {"R7",
         "an older reading is no step back",
         R::index_back,
         kNo,
         {at(2h, 100), at(1h, 99)},
         false},
        {"R9", "a used meter was hung up", R::index_back, 6.0, {at(0s, 100), at(1h, 5000)}, true},
        {"R9", "which is no excess flow", R::excess_flow, 6.0, {at(0s, 100), at(1h, 5000)}, false},
        {"R8", "gas flows and the index stands for a day", R::index_frozen, kNo,
         [] {
             std::vector<MeterReading> course;
             for (int hour = 0; hour <= 24; ++hour)
                 course.push_back(at(std::chrono::hours{hour}, 100, 1.0));
             return course;
         }(),
         true},
        {"R8", "no gas flows", R::index_frozen, kNo,
         [] {
             std::vector<MeterReading> course;
             for (int hour = 0; hour <= 100; ++hour)
                 course.push_back(at(std::chrono::hours{hour}, 100, 0.0));
             return course;
         }(),
         false},
    };
}

MeterFigures figures() {
    MeterFigures figures;
    figures.limits = {{6, 10.9, 8.4}, {10, 18.2, 14.0}};
    figures.steady = {{0.02, 12h}, {0.1, 4h}, {0.35, 1h}};
    return figures;
}

TEST(MeterRules, EachCourse) {
    for (const Course& course : courses()) {
        SCOPED_TRACE(std::string{course.source} + ": " + course.name);
        MeterState state;
        MeterFindings findings;
        for (const MeterReading& reading : course.readings)
            findings = judge_meter(state, reading, course.size, figures());
        const auto& found = findings[static_cast<std::size_t>(course.rule)];
        EXPECT_EQ(found.has_value() && found->holds, course.holds);
        EXPECT_LE(state.recent.size(), MeterState::kRecentMax);
    }
}

RegistryEntry meter_entry() {
    RegistryEntry meter = registered("site-1", "meter-1", DeviceKind::gas_meter);
    meter.profile = "g4";
    return meter;
}

Rulebook with_meters() {
    Rulebook rulebook = standard_rulebook();
    rulebook.rules.meters = figures();
    rulebook.rules.meter_sizes = {{"g4", 6.0}};
    for (std::size_t i = 0; i < kMeterRuleCount; ++i) {
        Condition condition;
        condition.rule = static_cast<MeterRule>(i);
        condition.id = "meter." + std::string{to_string(condition.rule)};
        condition.input = Input::meter;
        condition.kinds = {DeviceKind::gas_meter};
        const bool grave =
            condition.rule == R::excess_flow || condition.rule == R::closed_valve_flow;
        condition.ticket = grave ? TicketClass::one : TicketClass::three;
        condition.hazard = grave ? Hazard::leak : Hazard::device;
        condition.latched = grave;
        rulebook.rules.conditions.push_back(condition);
    }
    rulebook.registry = {meter_entry()};
    return rulebook;
}

ReadingSpec index(double volume, std::optional<Instant> event_at = std::nullopt) {
    return {.device = "meter-1", .values = {{Quantity::volume_m3, volume}}, .event_at = event_at};
}

TEST(Meters, ExcessFlowOfAKnownSizeIsAnEmergency) {
    EngineDriver district{with_meters()};
    district.read(index(100));
    district.wait(1h);
    district.restart();
    district.read(index(112));
    EXPECT_EQ(district.only_ticket().ticket_class, TicketClass::one);
    EXPECT_EQ(district.only_ticket().cause.condition, "meter.excess_flow");
    EXPECT_EQ(district.only_ticket().cause.unit, "m3/h");
}

TEST(Meters, ASwapInTheRegistryBeginsAnew) {
    EngineDriver district{with_meters()};
    district.read(index(100));
    Rulebook swapped = with_meters();
    RegistryEntry meter = meter_entry();
    meter.installed_on = kStart + 30min;
    swapped.registry = {meter};
    district.record(Reload{std::make_shared<const Rulebook>(swapped)});
    district.wait(1h);
    district.read(index(3));
    district.read(index(101, kStart + 10min));
    district.wait(1h);
    district.read(index(4));
    EXPECT_TRUE(district.active_conditions("meter-1").empty());
    EXPECT_TRUE(district.tickets().empty());
}

TEST(Meters, WhatARestartFindsIsWhatWasLeft) {
    EngineDriver once{with_meters()};
    EngineDriver twice{with_meters()};
    std::vector<std::string> raised;
    for (int hour = 0; hour <= 31 * 24; ++hour) {
        for (EngineDriver* district : {&once, &twice}) {
            district->read(index(100 + hour * 0.001));
            district->wait(1h);
        }
        if (hour % 50 == 0) twice.restart();
        ASSERT_EQ(once.active_conditions("meter-1"), twice.active_conditions("meter-1"));
    }
    EXPECT_EQ(once.active_conditions("meter-1"), std::vector<std::string>{"meter.never_still"});
}

}  // namespace
}  // namespace mercaptan::processor::test
