// What each condition makes of a reading: one line per case.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/engine_driver.h"

namespace mercaptan::processor::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

struct Row {
    const char* name;
    DeviceKind kind;
    std::map<Quantity, double> values;
    std::vector<Status> status;
    std::vector<std::string> raised;  // Conditions active after it, by name.
    std::optional<TicketClass> ticket;
};
using Q = Quantity;
using K = DeviceKind;
constexpr auto kOne = TicketClass::one;
constexpr auto kTwo = TicketClass::two;
constexpr auto kThree = TicketClass::three;
constexpr std::nullopt_t kNone = std::nullopt;

const Row kRows[] = {
    {"clean air", K::leak_detector, {{Q::ch4_lel_pct, 0}}, {}, {}, kNone},
    {"just below notice", K::leak_detector, {{Q::ch4_lel_pct, 4.9}}, {}, {}, kNone},
    {"notice has no ticket", K::leak_detector, {{Q::ch4_lel_pct, 5}}, {}, {"gas.notice"}, kNone},
    {"warn is Class 2",
     K::leak_detector,
     {{Q::ch4_lel_pct, 10}},
     {},
     {"gas.notice", "gas.warn"},
     kTwo},
    {"alarm is Class 1",
     K::leak_detector,
     {{Q::ch4_lel_pct, 20}},
     {},
     {"gas.alarm", "gas.notice", "gas.warn"},
     kOne},
    {"critical is Class 1",
     K::leak_detector,
     {{Q::ch4_lel_pct, 50}},
     {},
     {"gas.alarm", "gas.critical", "gas.notice", "gas.warn"},
     kOne},
    {"LPG counts as gas",
     K::leak_detector,
     {{Q::lpg_lel_pct, 21}},
     {},
     {"gas.alarm", "gas.notice", "gas.warn"},
     kOne},
    {"10,000 ppm methane is 20 %LEL at a base of 5 vol%",
     K::leak_detector,
     {{Q::ch4_ppm, 10'000}},
     {},
     {"gas.alarm", "gas.notice", "gas.warn"},
     kOne},
    {"9,999 ppm is not",
     K::leak_detector,
     {{Q::ch4_ppm, 9'999}},
     {},
     {"gas.notice", "gas.warn"},
     kTwo},
    {"1 vol% methane is 20 %LEL",
     K::leak_detector,
     {{Q::ch4_vol_pct, 1}},
     {},
     {"gas.alarm", "gas.notice", "gas.warn"},
     kOne},
    {"the highest of several counts",
     K::leak_detector,
     {{Q::ch4_lel_pct, 1}, {Q::ch4_vol_pct, 1}},
     {},
     {"gas.alarm", "gas.notice", "gas.warn"},
     kOne},
    {"a meter that measures gas is believed",
     K::gas_meter,
     {{Q::ch4_lel_pct, 20}},
     {},
     {"gas.alarm", "gas.notice", "gas.warn"},
     kOne},
    {"a detector's own low alarm",
     K::leak_detector,
     {},
     {Status::alarm_low},
     {"device.gas_alarm"},
     kOne},
    {"a detector's own high alarm",
     K::co_detector,
     {},
     {Status::alarm_high},
     {"device.gas_alarm"},
     kOne},
    {"its own alarm stands against a low concentration",
     K::leak_detector,
     {{Q::ch4_lel_pct, 0}},
     {Status::alarm_high},
     {"device.gas_alarm"},
     kOne},
    {"a meter's alarm bit is not a leak",
     K::gas_meter,
     {},
     {Status::alarm_high},
     {"device.meter_alarm"},
     kTwo},
    {"300 ppm CO is an alarm at once", K::co_detector, {{Q::co_ppm, 300}}, {}, {"co.dose"}, kOne},
    {"299 ppm CO needs its time", K::co_detector, {{Q::co_ppm, 299}}, {}, {}, kNone},
    {"sensor fault", K::leak_detector, {}, {Status::sensor_fault}, {"device.sensor_fault"}, kTwo},
    {"tamper", K::leak_detector, {}, {Status::tamper}, {"device.tamper"}, kTwo},
    {"low battery", K::gas_meter, {}, {Status::low_battery}, {"device.low_battery"}, kThree},
    {"end of life", K::leak_detector, {}, {Status::end_of_life}, {"device.end_of_life"}, kThree},
    {"self-test is never an alarm",
     K::leak_detector,
     {{Q::ch4_lel_pct, 60}},
     {Status::self_test, Status::alarm_high},
     {},
     kNone},
    {"warming up is never an alarm",
     K::leak_detector,
     {{Q::ch4_lel_pct, 60}},
     {Status::preheat},
     {},
     kNone},
    {"mute is not an alarm", K::leak_detector, {}, {Status::mute}, {}, kNone},
    {"mute does not hide one",
     K::leak_detector,
     {{Q::ch4_lel_pct, 25}},
     {Status::mute},
     {"gas.alarm", "gas.notice", "gas.warn"},
     kOne},
    {"valve and power flags are states",
     K::valve,
     {},
     {Status::valve_closed, Status::power_lost},
     {},
     kNone},
};

TEST(Conditions, EachReadingRaisesJustWhatTheTableSays) {
    for (const Row& row : kRows) {
        SCOPED_TRACE(row.name);
        Rulebook rulebook = standard_rulebook();
        rulebook.registry = {registered("site-1", "det-1", row.kind)};
        EngineDriver district{rulebook};
        district.read({.values = row.values, .status = row.status});
        EXPECT_THAT(district.active_conditions(), ElementsAreArray(row.raised));
        const auto tickets = district.tickets();
        ASSERT_EQ(tickets.size(), row.ticket ? 1U : 0U);
        if (row.ticket) {
            EXPECT_EQ(tickets.front().ticket_class, row.ticket);
        }
    }
}

TEST(Conditions, TheDeadbandHoldsTheStateBetweenClearAndSet) {
    struct Step {
        double lel_pct;
        bool active;
    };
    EngineDriver district;
    for (const Step& step : std::initializer_list<Step>{{4.9, false},
                                                        {5, true},
                                                        {4.9, true},
                                                        {3, true},
                                                        {2.9, false},
                                                        {4.9, false},
                                                        {5, true}}) {
        district.wait(10s);
        district.gas(step.lel_pct);
        EXPECT_EQ(district.alarm("gas.notice").value_or(Alarm{}).active, step.active)
            << step.lel_pct;
    }
    EXPECT_EQ(district.alarm("gas.notice")->occurrences, 2U);
}

TEST(Conditions, AnAbsentStatusClearsNothing) {
    EngineDriver district;
    district.read({.status = {{Status::low_battery}}});
    district.wait(10s);
    district.read({.values = {{Q::temperature_c, 20}}});
    EXPECT_THAT(district.active_conditions(), ElementsAre("device.low_battery"));
    district.wait(10s);
    district.read({.status = std::vector<Status>{}});
    EXPECT_THAT(district.active_conditions(), IsEmpty());
}

struct DoseRow {
    const char* name;
    double co_ppm;
    Duration until_alarm;  // Zero: none within three hours.
};
TEST(Conditions, CarbonMonoxideIsJudgedByDose) {
    for (const DoseRow& row :
         std::initializer_list<DoseRow>{{"30 ppm: not within 120 min", 30, 0min},
                                        {"50 ppm: at 60 min", 50, 60min},
                                        {"99 ppm: at 60 min", 99, 60min},
                                        {"100 ppm: at 10 min", 100, 10min},
                                        {"300 ppm: at once", 300, 1min}}) {
        SCOPED_TRACE(row.name);
        EngineDriver district;
        std::optional<Duration> alarm_after;
        for (Duration since = 0min; since <= 180min; since += 1min) {
            district.read({.device = "co-1", .values = {{Q::co_ppm, row.co_ppm}}});
            if (!alarm_after && district.alarm("co.dose", "co-1")) alarm_after = since;
            district.wait(1min);
        }
        if (row.until_alarm == 0min) {
            EXPECT_FALSE(alarm_after);
        } else {
            ASSERT_TRUE(alarm_after);
            EXPECT_LE(*alarm_after, row.until_alarm);
            EXPECT_GE(*alarm_after, row.co_ppm >= 300 ? 0min : row.until_alarm);
        }
    }
}

TEST(Conditions, ADropBelowTheBandStartsTheDoseAnew) {
    EngineDriver district;
    for (int minute = 0; minute < 9; ++minute) {
        district.read({.device = "co-1", .values = {{Q::co_ppm, 120}}});
        district.wait(1min);
    }
    district.read({.device = "co-1", .values = {{Q::co_ppm, 20}}});
    district.wait(1min);
    for (int minute = 0; minute < 10; ++minute) {
        district.read({.device = "co-1", .values = {{Q::co_ppm, 120}}});
        EXPECT_FALSE(district.alarm("co.dose", "co-1")) << minute;
        district.wait(1min);
    }
    district.read({.device = "co-1", .values = {{Q::co_ppm, 120}}});
    EXPECT_TRUE(district.alarm("co.dose", "co-1"));
}

TEST(Conditions, SilenceIsAnAlarmAndAWordEndsIt) {
    Rulebook rulebook = standard_rulebook();
    RegistryEntry supervised = registered("site-1", "det-1");
    supervised.expected_interval = 60s;
    rulebook.registry = {supervised};
    EngineDriver district{rulebook};
    district.wait(159s);  // 2.5 intervals and 10 s of grace, from the start: it never spoke.
    EXPECT_THAT(district.active_conditions(), IsEmpty());
    district.wait(1s);
    EXPECT_THAT(district.active_conditions(), ElementsAre("device.offline"));
    EXPECT_EQ(district.only_ticket().ticket_class, kTwo);
    district.gas(0);
    EXPECT_THAT(district.active_conditions(), IsEmpty());
    EXPECT_TRUE(is_open(district.only_ticket().state)) << "the crew still has to look";
}

TEST(Conditions, ALastWillCountsAsSilenceAfterItsGrace) {
    EngineDriver district;
    district.gas(0);
    district.record(OnlineChange{"site-1", "det-1", false, district.now(), {}});
    district.wait(29s);
    EXPECT_THAT(district.active_conditions(), IsEmpty());
    district.wait(1s);
    EXPECT_THAT(district.active_conditions(), ElementsAre("device.offline"));
    district.record(OnlineChange{"site-1", "det-1", true, district.now(), {}});
    EXPECT_THAT(district.active_conditions(), IsEmpty());
}

TEST(Conditions, AValveThatDoesNotCloseIsAnAlarmUntilItDoes) {
    EngineDriver district;
    ValveReport report;
    report.site = "site-1";
    report.valve = "valve-1";
    report.command_id = "c1";
    report.received_at = district.now();
    district.record(report);
    EXPECT_THAT(district.active_conditions("valve-1"), IsEmpty())
        << "a command that was sent is no alarm";
    report.outcome = ValveReport::Outcome::no_answer;
    district.record(report);
    EXPECT_THAT(district.active_conditions("valve-1"), ElementsAre("valve.failed"));
    report.outcome = ValveReport::Outcome::done;
    district.record(report);
    EXPECT_THAT(district.active_conditions("valve-1"), IsEmpty());
    report.outcome = ValveReport::Outcome::failed;
    district.record(report);
    EXPECT_THAT(district.active_conditions("valve-1"), ElementsAre("valve.failed"));
    district.read({.device = "valve-1", .status = {{Status::valve_closed}}});
    EXPECT_THAT(district.active_conditions("valve-1"), IsEmpty())
        << "it says itself that it is shut";
}

TEST(Conditions, AnUnreadableAlarmIsAnEmergency) {
    EngineDriver district;
    UnreadableMessage message{"site-1", "det-1", false, "not JSON", district.now(), {}};
    district.record(message);
    EXPECT_THAT(district.tickets(), IsEmpty()) << "unreadable telemetry waits in quarantine";
    message.on_alarm_topic = true;
    district.record(message);
    EXPECT_EQ(district.only_ticket().ticket_class, kOne);
    EXPECT_EQ(district.only_ticket().cause.condition, "device.unreadable_alarm");
}

}  // namespace
}  // namespace mercaptan::processor::test
