// The alarm's transition table, and what operators may do with which alarm.

#include <gtest/gtest.h>

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

TEST(AlarmTable, EachEventInEachState) {
    const Alarm normal = alarm(false, true, true, false, false);
    const Alarm unacked = alarm(true, false, false, false, true);
    const Alarm acked = alarm(true, true, false, false, true);
    const Alarm confirmed = alarm(true, true, true, false, true);
    const Alarm latched = alarm(true, true, true, true, false);
    const Alarm latched_present = alarm(true, true, true, true, true);
    const struct {
        const char* name;
        Alarm before;
        AlarmChange with;
        bool taken;
    } rows[] = {
        {"ack of unacknowledged", unacked, change(A::ack), true},
        {"ack twice", acked, change(A::ack), false},
        {"confirm before ack", unacked, change(A::confirm), false},
        {"confirm after ack", acked, change(A::confirm), true},
        {"confirm twice", confirmed, change(A::confirm), false},
        {"reset of what does not latch", confirmed, change(A::reset, false, true), false},
        {"reset while present", latched_present, change(A::reset, true, true), false},
        {"reset before the place is safe", latched, change(A::reset, true, false), false},
        {"reset after", latched, change(A::reset, true, true), true},
        {"reset of normal", normal, change(A::reset, false, true), false},
        {"shelve", unacked, change(A::shelve), true},
        {"shelve an emergency", unacked, change(A::shelve, true), false},
        {"unshelve what is not", unacked, change(A::unshelve), false},
        {"suppress", unacked, change(A::suppress), true},
        {"suppress an emergency", unacked, change(A::suppress, true), false},
        {"unsuppress what is not", unacked, change(A::unsuppress), false},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        Alarm after = row.before;
        const auto applied = apply(after, row.with);
        EXPECT_EQ(applied.has_value(), row.taken);
        if (!row.taken) {
            EXPECT_EQ(after, row.before);
            EXPECT_EQ(applied.error().code, ErrorCode::conflict);
        }
    }
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

TEST(AlarmCommands, ShelvingEndsByItself) {
    EngineDriver district;
    district.read({.status = {{Status::low_battery}}});
    AlarmCommand shelve{.alarm_id = district.alarm("device.low_battery")->id,
                        .event = A::shelve,
                        .until = kStart + 8h,
                        .note = {}};
    EXPECT_FALSE(district.command("dispatcher-1", shelve).error);
    EXPECT_EQ(district.alarm("device.low_battery")->shelved_until, kStart + 8h);
    district.wait(8h);
    EXPECT_FALSE(district.alarm("device.low_battery")->shelved_until);
}

}  // namespace
}  // namespace mercaptan::processor::test
