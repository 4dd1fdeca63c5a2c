// What becomes of an alarm: occurrences, shelving, suppression, windows, re-alarm.

#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "tests/support/engine_driver.h"
#include "tests/support/repair_names.h"

namespace mercaptan::processor::test {
namespace {

using namespace std::chrono_literals;
using A = AlarmEvent;

Alarm alarm(bool active, bool acked, bool confirmed, bool latched, bool present) {
    Alarm a;
    a.active = active;
    a.acked = acked;
    a.confirmed = confirmed;
    a.latched = latched;
    a.present = present;
    return a;
}

AlarmChange change(A event, bool emergency = false, bool made_safe = false) {
    AlarmChange c;
    c.event = event;
    c.emergency = emergency;
    c.made_safe = made_safe;
    c.at = Instant{100};
    if (event == A::shelve) c.until = Instant{200};
    return c;
}

TEST(AlarmTable, RaiseBeginsAnOccurrenceOnce) {
    Alarm a = alarm(false, true, true, false, false);
    AlarmChange raise = change(A::raise);
    raise.latches = true;
    ASSERT_TRUE(apply(a, raise));
    EXPECT_TRUE(a.active && a.latched && !a.acked && !a.confirmed);
    EXPECT_EQ(a.since, Instant{100});
    raise.at = Instant{150};
    ASSERT_TRUE(apply(a, raise));
    EXPECT_EQ(a.occurrences, 1U);
    EXPECT_EQ(a.since, Instant{100});
}

TEST(AlarmTable, ALatchedAlarmStaysActiveWhenItsConditionClears) {
    Alarm a = alarm(true, false, false, true, true);
    ASSERT_TRUE(apply(a, change(A::clear)));
    EXPECT_TRUE(a.active);
    EXPECT_FALSE(a.present);
    Alarm b = alarm(true, false, false, false, true);
    ASSERT_TRUE(apply(b, change(A::clear)));
    EXPECT_FALSE(b.active);
    EXPECT_FALSE(b.acked) << "a return to normal still wants to be seen";
}

TEST(AlarmPast, RemembersOccurrencesAndJoinsTheOldest) {
    Alarm alarm;
    const auto occur = [&](std::int64_t first, std::int64_t last) {
        alarm.first_evidence = Instant{first};
        end_occurrence(alarm, Instant{last}, Instant{last + 5});
    };
    occur(100, 200);
    occur(100, 250);  // The same one: its end moves.
    EXPECT_EQ(alarm.past.size(), 1U);
    EXPECT_TRUE(belongs_to_past(alarm, Instant{250}, Instant{255}));
    EXPECT_FALSE(belongs_to_past(alarm, Instant{250}, Instant{256})) << "received after the end";
    EXPECT_FALSE(belongs_to_past(alarm, Instant{251}, Instant{255})) << "newer than the end";
    EXPECT_FALSE(belongs_to_past(alarm, Instant{99}, Instant{100})) << "older than all of it";
    for (std::int64_t i = 1; i <= std::int64_t{Alarm::kPastMax}; ++i)
        occur(i * 1'000, i * 1'000 + 9);
    EXPECT_EQ(alarm.past.size(), Alarm::kPastMax);
    EXPECT_EQ(alarm.past.front().first, Instant{100});
    EXPECT_EQ(alarm.past.front().last, Instant{1'009});
}

TEST(AlarmCommands, ALeakIsResetOnlyAfterThePlaceWasMadeSafe) {
    EngineDriver district;
    district.gas(23.5);
    district.wait(1min);
    district.gas(0);
    AlarmCommand reset;
    reset.alarm_id = district.alarm("gas.alarm")->id;
    reset.event = A::reset;
    EXPECT_EQ(district.command("crew-1", reset).error->code, ErrorCode::conflict);
    district.work(district.only_ticket().id, RepairState::made_safe);
    EXPECT_FALSE(district.command("crew-1", reset).error);
    EXPECT_FALSE(district.alarm("gas.alarm")->active);
}

class QuietAlarms : public testing::Test {
protected:
    /// A Class 2 alarm that stands from the first reading on, with its ticket.
    explicit QuietAlarms(Rulebook rulebook = standard_rulebook()) : district{std::move(rulebook)} {
        fault();
    }
    void fault() { district.read({.status = {{Status::sensor_fault}}}); }
    void fine() { district.read({.status = {{std::vector<Status>{}}}}); }
    Alarm shown() { return *district.alarm("device.sensor_fault"); }
    Reply act(A event, std::optional<Instant> until = std::nullopt) {
        return district.command(
            "dispatcher-1",
            AlarmCommand{
                .alarm_id = shown().id, .event = event, .until = until, .note = "because"});
    }
    void end_ticket() {
        fine();
        for (const Ticket& ticket : district.tickets())
            if (is_open(ticket.state)) district.act(ticket.id, RepairEvent::cancel, "supervisor-1");
        district.wait(1s);
    }
    EngineDriver district;
};

TEST_F(QuietAlarms, ShelvingEndsByItself) {
    EXPECT_FALSE(act(A::shelve, kStart + 8h).error);
    EXPECT_EQ(shown().shelved_until, kStart + 8h);
    EXPECT_EQ(shown().note, "because");
    district.wait(8h - 1ms);
    EXPECT_TRUE(shown().shelved_until);
    district.wait(1ms);
    EXPECT_FALSE(shown().shelved_until);
}

TEST_F(QuietAlarms, EachClassHasItsLongestShelving) {
    EXPECT_EQ(act(A::shelve, kStart + 8h + 1ms).error->field, "until");
    EXPECT_EQ(act(A::shelve, kStart + 8h + 1ms).error->code, ErrorCode::invalid_input);
    EXPECT_FALSE(act(A::shelve).error);
    EXPECT_EQ(shown().shelved_until, kStart + 1h) << "as long as is usual";
    EXPECT_FALSE(act(A::unshelve).error);
    EXPECT_FALSE(act(A::shelve_once).error);
    EXPECT_EQ(shown().shelved_until, kStart + 8h) << "at the latest";
}

TEST_F(QuietAlarms, WhatIsShelvedRaisesItsTicketWhenItComesBack) {
    end_ticket();
    EXPECT_FALSE(act(A::shelve, district.now() + 2h).error);
    fault();
    fault();
    EXPECT_TRUE(shown().active);
    EXPECT_EQ(shown().occurrences, 2U) << "one, however many readings";
    EXPECT_EQ(district.tickets().size(), 1U);
    district.wait(2h);
    ASSERT_EQ(district.tickets().size(), 2U);
    EXPECT_EQ(shown().ticket_id, district.tickets().back().id);
    EXPECT_EQ(district.tickets().back().ticket_class, TicketClass::two);
}

TEST_F(QuietAlarms, WhatEndedWhileShelvedRaisesNothing) {
    end_ticket();
    EXPECT_FALSE(act(A::shelve_once).error);
    fault();
    district.wait(1min);
    fine();
    EXPECT_FALSE(shown().shelved_until) << "one-shot: over with its occurrence";
    district.wait(24h);
    EXPECT_EQ(district.tickets().size(), 1U);
    fault();
    EXPECT_EQ(district.tickets().size(), 2U);
}

TEST_F(QuietAlarms, SuppressedAndOutOfServiceAreToldWhenTheyEnd) {
    const std::pair<A, A> pairs[] = {{A::suppress, A::unsuppress},
                                     {A::out_of_service, A::in_service}};
    std::size_t tickets = 1;
    for (const auto& [quiet, loud] : pairs) {
        end_ticket();
        EXPECT_FALSE(act(quiet).error);
        fault();
        EXPECT_EQ(district.tickets().size(), tickets);
        district.restart(1h);
        EXPECT_TRUE(is_quiet(shown()));
        EXPECT_FALSE(act(loud).error);
        EXPECT_EQ(district.tickets().size(), ++tickets);
        district.wait(1min);
    }
}

TEST_F(QuietAlarms, WhatWasNotQuietIsNotToldAnew) {
    district.work(district.only_ticket().id, RepairState::closed);
    ASSERT_TRUE(shown().active) << "closed while the fault lasts";
    EXPECT_FALSE(act(A::ack).error);
    district.restart(1h);
    district.wait(1h);
    EXPECT_EQ(district.tickets().size(), 1U) << "the next reading that says so will";
    fault();
    EXPECT_EQ(district.tickets().size(), 2U);
}

TEST_F(QuietAlarms, ShelvingOutlivesARestartAndEndsOnTime) {
    end_ticket();
    EXPECT_FALSE(act(A::shelve, district.now() + 2h).error);
    fault();
    district.restart(1h);
    EXPECT_TRUE(shown().shelved_until);
    district.wait(1h);
    EXPECT_FALSE(shown().shelved_until);
    EXPECT_EQ(district.tickets().size(), 2U);
}

TEST_F(QuietAlarms, ARuleThatBecomesClassOneIsHeardAtOnce) {
    end_ticket();
    EXPECT_FALSE(act(A::suppress).error);
    fault();
    Rulebook graver = standard_rulebook();
    for (Condition& condition : graver.rules.conditions) {
        if (condition.id != "device.sensor_fault") continue;
        condition.ticket = TicketClass::one;
        condition.latched = true;
    }
    district.record(Reload{std::make_shared<const Rulebook>(graver)});
    EXPECT_FALSE(is_quiet(shown()));
    EXPECT_EQ(district.tickets().back().ticket_class, TicketClass::one);
}

Rulebook with_window(WindowKind kind) {
    Rulebook rulebook = standard_rulebook();
    rulebook.windows = {{.id = "w-1",
                         .site = "site-1",
                         .kind = kind,
                         .from = kStart + 1h,
                         .until = kStart + 3h,
                         .reason = "riser purge"}};
    return rulebook;
}

TEST(SiteWindows, APurgeQuietsWhatIsNoEmergencyAndExplainsWhatIs) {
    EngineDriver district{with_window(WindowKind::purge)};
    district.wait(1h);
    district.gas(12);
    EXPECT_EQ(state_of(*district.alarm("gas.warn")), AlarmState::suppressed);
    EXPECT_EQ(district.alarm("gas.warn")->window, "w-1");
    EXPECT_TRUE(district.tickets().empty());
    district.gas(30);
    EXPECT_EQ(district.only_ticket().ticket_class, TicketClass::one);
    EXPECT_EQ(state_of(*district.alarm("gas.alarm")), AlarmState::unacknowledged);
    EXPECT_EQ(district.alarm("gas.alarm")->window, "w-1");
    district.read({.status = {{Status::sensor_fault}}});
    EXPECT_EQ(district.tickets().size(), 2U) << "a purge is no reason for a fault";
    district.gas(30, "det-2", "site-2");
    EXPECT_TRUE(district.alarm("gas.alarm", "det-2")->window.empty());
}

TEST(SiteWindows, WhatStillStandsWhenItClosesIsTold) {
    EngineDriver district{with_window(WindowKind::maintenance)};
    district.read({.status = {{Status::low_battery}}});
    EXPECT_EQ(district.tickets().size(), 1U);
    district.wait(1h);
    EXPECT_EQ(state_of(*district.alarm("device.low_battery")), AlarmState::suppressed)
        << "what stood before is quiet too";
    district.read({.status = {{Status::sensor_fault, Status::low_battery}}});
    district.gas(12);
    district.wait(1h);
    district.gas(0);
    district.restart(30min);
    district.wait(30min - 1ms);
    EXPECT_EQ(district.tickets().size(), 1U);
    district.wait(1ms);
    ASSERT_TRUE(district.alarm("device.sensor_fault")->window.empty());
    EXPECT_FALSE(district.alarm("device.sensor_fault")->ticket_id.empty());
    EXPECT_TRUE(district.alarm("gas.warn")->ticket_id.empty()) << "it was over before";
}

TEST(ReAlarm, StandingAcknowledgedItAsksAgain) {
    Rulebook rulebook = standard_rulebook();
    for (Condition& condition : rulebook.rules.conditions) {
        condition.re_alarm = 2h;
        condition.re_alarm_count = 2;
    }
    EngineDriver district{rulebook};
    district.read({.status = {{Status::tamper}}});
    const std::string id = district.alarm("device.tamper")->id;
    const auto ack = [&] {
        return district.command(
            "li", AlarmCommand{.alarm_id = id, .event = A::ack, .until = {}, .note = {}});
    };
    district.wait(90min);
    EXPECT_FALSE(ack().error);
    district.wait(2h - 1ms);
    EXPECT_TRUE(district.alarm("device.tamper")->acked) << "counted from the acknowledgement";
    district.wait(1ms);
    EXPECT_FALSE(district.alarm("device.tamper")->acked);
    EXPECT_EQ(district.alarm("device.tamper")->re_alarms, 1U);
    EXPECT_FALSE(ack().error);
    district.restart(1h);
    district.wait(1h);
    EXPECT_FALSE(district.alarm("device.tamper")->acked) << "also across a restart";
    EXPECT_FALSE(ack().error);
    district.wait(24h);
    EXPECT_TRUE(district.alarm("device.tamper")->acked) << "twice is what the rules say";
}

}  // namespace
}  // namespace mercaptan::processor::test
