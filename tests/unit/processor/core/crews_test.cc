// Who is sent: crews on duty, crews that decline or don't answer, and nobody at all.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/engine_driver.h"

namespace mercaptan::processor::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::SizeIs;
using S = RepairState;
using E = RepairEvent;

Rulebook in_north() {
    Rulebook rulebook = standard_rulebook();
    rulebook.registry = {registered("site-1", "det-1"), registered("site-2", "det-9")};
    return rulebook;
}

/// 08:00 is when the tests begin: one crew is on duty until 08:05, another one from 10:00.
Rulebook with_shifts() {
    Rulebook rulebook = in_north();
    rulebook.roster.crews = {{"crew-1", {"north"}, {{.from_minute = 480, .to_minute = 485}}},
                             {"crew-2", {"north"}, {{.from_minute = 600, .to_minute = 960}}}};
    return rulebook;
}

std::vector<std::string> notes(const EngineDriver& district, std::string_view ticket) {
    std::vector<std::string> notes;
    for (const LogEntry& entry : district.log(ticket)) {
        if (entry.event == E::note) notes.push_back(entry.actor + ": " + entry.note);
    }
    return notes;
}

TEST(Crews, AMissedAcceptGoesToTheNextCrewAndEscalatesForEver) {
    EngineDriver district{in_north()};
    district.gas(23.5);
    const std::string id = district.only_ticket().id;
    district.wait(10min);
    Ticket ticket = district.ticket(id);
    EXPECT_EQ(ticket.assignee, "crew-2");
    EXPECT_EQ(ticket.escalation_level, 1U);
    EXPECT_EQ(clock_of(ticket, "accept")->status, ClockStatus::running);
    EXPECT_EQ(clock_of(ticket, "accept")->cycle, 2U);
    EXPECT_EQ(clock_of(ticket, "accept")->due_at, kStart + 20min);
    EXPECT_EQ(ticket.clocks.size(), 5U) << "the breached run stays beside the present one";
    district.wait(24h);
    ticket = district.ticket(id);
    EXPECT_GE(ticket.escalation_level, 140U);
    const auto orders = district.effects<DispatchOrder>();
    EXPECT_GE(orders.size(), 144U);
    for (std::size_t i = 1; i < orders.size(); ++i) {
        EXPECT_NE(orders[i].crew, orders[i - 1].crew);
        EXPECT_NE(orders[i].order_id, orders[i - 1].order_id);
    }
}

TEST(Crews, NobodyOnDutyIsPagedAndTriedAgain) {
    Rulebook rulebook = in_north();
    for (Crew& crew : rulebook.roster.crews)
        crew.shifts = {{.from_minute = 8 * 60 + 30, .to_minute = 17 * 60}};
    EngineDriver district{rulebook};  // 08:00 UTC, and the time zone is UTC.
    district.gas(23.5);
    EXPECT_EQ(district.only_ticket().state, S::raised);
    ASSERT_THAT(district.effects<Page>(), SizeIs(1));
    EXPECT_EQ(district.effects<Page>()[0].reason, "no crew on duty");
    district.wait(31min);
    EXPECT_EQ(district.only_ticket().state, S::dispatched);
}

TEST(Crews, ATicketWithoutACrewSaysSoOnce) {
    for (const double lel_pct : {23.5, 12.0}) {  // Class 1 and 2.
        EngineDriver district{with_shifts()};
        district.wait(10min);
        district.gas(lel_pct);
        const std::string id = district.only_ticket().id;
        ASSERT_EQ(district.ticket(id).state, S::raised);
        district.wait(1h);
        EXPECT_THAT(notes(district, id), ElementsAre("system: no crew on duty"));
        EXPECT_FALSE(district.act(id, E::dispatch, "dispatcher-1").error);
        EXPECT_THAT(notes(district, id),
                    ElementsAre("system: no crew on duty", "dispatcher-1: no crew on duty"));
        EXPECT_EQ(district.ticket(id).state, S::raised);
    }
}

TEST(Crews, AWaitingTicketIsDispatchedAfterARestartToo) {
    EngineDriver district{with_shifts()};
    district.wait(10min);
    district.gas(12);  // Class 2: its one running clock breaches at 10:10, later ones not at all.
    const std::string id = district.only_ticket().id;
    district.restart(/*after=*/6min);
    district.wait(100min);  // 09:56.
    EXPECT_EQ(district.ticket(id).state, S::raised);
    district.wait(5min);
    EXPECT_EQ(district.ticket(id).state, S::dispatched);
    EXPECT_EQ(district.ticket(id).assignee, "crew-2");
    EXPECT_THAT(notes(district, id), ElementsAre("system: no crew on duty"));
}

/// What a crew that declines leaves behind when nobody else is on duty: what a fresh ticket without
/// a crew is.
TEST(Crews, ADeclineWithNobodyOnDuty) {
    const struct {
        const char* name;
        S before;
        ClockStatus accept_after;
        Instant escalate_at;  // Ten minutes after nobody was found: at 08:05 its shift ended.
    } rows[] = {
        {"before accepting", S::dispatched, ClockStatus::stopped, kStart + 15min},
        {"after accepting", S::accepted, ClockStatus::met, kStart + 16min},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        EngineDriver district{with_shifts()};
        district.gas(23.5);
        const std::string id = district.only_ticket().id;
        district.work(id, row.before);
        district.wait(kStart + 6min - district.now());
        ASSERT_FALSE(district.act(id, E::decline).error);

        Ticket ticket = district.ticket(id);
        EXPECT_EQ(ticket.state, S::raised);
        EXPECT_EQ(ticket.assignee, "");
        EXPECT_EQ(clock_of(ticket, "dispatch")->status, ClockStatus::running);
        EXPECT_EQ(clock_of(ticket, "dispatch")->cycle, 2U);
        EXPECT_EQ(clock_of(ticket, "dispatch")->due_at, kStart + 7min);
        EXPECT_EQ(clock_of(ticket, "accept")->status, row.accept_after);
        EXPECT_EQ(clock_of(ticket, "depart")->cycle, 1U);
        EXPECT_EQ(clock_of(ticket, "depart")->due_at, kStart + 30min) << "no time is won by it";
        EXPECT_EQ(ticket.escalate_at, row.escalate_at);
        EXPECT_EQ(district.effects<Page>().back().reason, "no crew on duty");
        const auto notes_then = notes(district, id);
        EXPECT_EQ(notes_then.front(), "system: the shift of crew-1 has ended");
        EXPECT_EQ(notes_then.back(), "system: no crew on duty");
        const auto log = district.log(id);
        const auto decline = std::find_if(log.begin(), log.end(), [](const LogEntry& entry) {
            return entry.event == E::decline;
        });
        ASSERT_NE(decline, log.end());
        EXPECT_EQ(decline->actor, "crew-1");
        EXPECT_EQ(decline->from, row.before);
        EXPECT_EQ(decline->to, S::raised);

        district.wait(110min);  // 09:56.
        ticket = district.ticket(id);
        EXPECT_EQ(ticket.state, S::raised);
        EXPECT_GE(ticket.escalation_level, 11U) << "every ten minutes, and for missed clocks";
        district.wait(5min);
        ticket = district.ticket(id);
        EXPECT_EQ(ticket.state, S::dispatched);
        EXPECT_EQ(ticket.assignee, "crew-2");
        EXPECT_EQ(clock_of(ticket, "accept")->status, ClockStatus::running);
        EXPECT_EQ(district.effects<DispatchOrder>().back().crew, "crew-2");
        EXPECT_EQ(notes(district, id), notes_then);
    }
}

TEST(Crews, AnOrderThatLapsedWithNobodyOnDutyGoesToTheNextWhoIs) {
    EngineDriver district{with_shifts()};
    district.gas(23.5);
    const std::string id = district.only_ticket().id;
    district.wait(15min);
    Ticket ticket = district.ticket(id);
    EXPECT_EQ(ticket.state, S::dispatched);
    EXPECT_EQ(ticket.assignee, "crew-1") << "it may still accept";
    EXPECT_THAT(notes(district, id),
                ElementsAre("system: the shift of crew-1 has ended", "system: no crew on duty"));
    district.restart(/*after=*/5min);
    district.wait(96min);  // 09:56.
    EXPECT_GE(district.ticket(id).escalation_level, 10U);
    district.wait(5min);
    EXPECT_EQ(district.ticket(id).assignee, "crew-2");
    EXPECT_THAT(district.effects<DispatchOrder>(), SizeIs(2));
}

TEST(Crews, ADispatchersChoiceStands) {
    EngineDriver district{in_north()};
    district.gas(23.5);
    const std::string id = district.only_ticket().id;
    ASSERT_FALSE(district.act(id, E::decline, "crew-1").error);
    EXPECT_EQ(district.ticket(id).assignee, "crew-2");
    TicketCommand again;
    again.ticket_id = id;
    again.event = E::dispatch;
    again.crew = "crew-1";  // Asked a second time, by a person.
    ASSERT_FALSE(district.command("dispatcher-1", again).error);
    district.wait(9min);
    EXPECT_EQ(district.ticket(id).assignee, "crew-1");
    EXPECT_THAT(district.effects<DispatchOrder>(), SizeIs(3));
}

TEST(Crews, AnOrderNobodyHasAcceptedChangesHandsWithTheShift) {
    Rulebook rulebook = with_shifts();
    rulebook.roster.crews[1].shifts = {{.from_minute = 483, .to_minute = 960}};
    EngineDriver district{rulebook};
    district.gas(23.5);
    const std::string id = district.only_ticket().id;
    EXPECT_EQ(district.ticket(id).shift_ends_at, kStart + 5min);
    district.restart(/*after=*/1min);
    district.wait(5min);
    const Ticket ticket = district.ticket(id);
    EXPECT_EQ(ticket.assignee, "crew-2");
    EXPECT_EQ(ticket.shift_ends_at, kStart + 8h);
    EXPECT_EQ(clock_of(ticket, "depart")->due_at, kStart + 30min) << "no time is won by it";
    EXPECT_THAT(notes(district, id), ElementsAre("system: the shift of crew-1 has ended"));
    EXPECT_EQ(district.effects<DispatchOrder>().back().crew, "crew-2");
}

TEST(Crews, WorkInHandOutlivesTheShiftUntilItIsHandedOver) {
    EngineDriver district{with_shifts()};
    district.gas(23.5);
    const std::string id = district.only_ticket().id;
    district.work(id, S::departed);
    district.wait(6min);
    EXPECT_EQ(district.ticket(id).assignee, "crew-1");
    ASSERT_THAT(district.effects<Page>(), SizeIs(1));
    EXPECT_EQ(district.effects<Page>()[0].reason,
              "the shift of crew-1 has ended: hand over what it has");
    district.restart(/*after=*/1min);
    district.wait(10min);
    EXPECT_THAT(notes(district, id), SizeIs(1)) << "told once, also after a restart";

    TicketCommand command;
    command.ticket_id = id;
    command.event = TicketEvent{"hand_over"};
    EXPECT_TRUE(district.command("crew-1", command).error) << "to whom?";
    command.crew = "crew-9";
    EXPECT_TRUE(district.command("crew-1", command).error) << "not in the roster";
    command.crew = "crew-1";
    EXPECT_TRUE(district.command("crew-1", command).error) << "has it already";
    command.crew = "crew-2";
    ASSERT_FALSE(district.command("crew-1", command).error);
    const Ticket ticket = district.ticket(id);
    EXPECT_EQ(ticket.assignee, "crew-2");
    EXPECT_EQ(ticket.state, S::departed) << "the work goes on where it was";
    EXPECT_EQ(district.log(id).back().note, "from crew-1 to crew-2");
    EXPECT_EQ(district.effects<DispatchOrder>().back().crew, "crew-2");
}

/// Two timers of one ticket that arm each other would double with every shift.
TEST(Crews, AYearOfShiftsAndMissedOrdersStaysOneTimer) {
    Rulebook rulebook = with_shifts();
    rulebook.roster.crews.push_back({"crew-3", {"north"}, {{.from_minute = 0, .to_minute = 30}}});
    EngineDriver district{rulebook};
    district.gas(12);  // Class 2: nobody accepts, and nothing else ends it.
    for (int day = 0; day < 365; ++day) district.wait(24h);
    EXPECT_EQ(district.only_ticket().state, S::dispatched);
    EXPECT_LT(district.engine().timer_count(), 16U);
}

TEST(Crews, AnOrderGoesToWhoCanDoItAndSaysWhy) {
    Rulebook rulebook = in_north();
    rulebook.roster.crews = {{"crew-1", {"north"}, {}, {}}, {"crew-2", {}, {}, {"leaks"}}};
    auto policy =
        std::make_shared<Policy>(*rulebook.policy_for(TicketKind::repair, TicketClass::one));
    policy->skills = {"leaks"};
    for (auto& each : rulebook.policies) {
        if (each->name == policy->name) each = policy;
    }
    EngineDriver district{rulebook};
    district.gas(23.5);
    const std::string id = district.only_ticket().id;
    EXPECT_EQ(district.ticket(id).assignee, "crew-2");
    ASSERT_FALSE(district.act(id, E::decline, "crew-2").error);
    EXPECT_EQ(district.ticket(id).assignee, "crew-1") << "better than nobody";
    std::vector<std::string> orders;
    for (const LogEntry& entry : district.log(id)) {
        if (entry.event == E::dispatch) orders.push_back(entry.note);
    }
    EXPECT_THAT(orders,
                ElementsAre("to crew-2: serves every zone, 0 in hand",
                            "to crew-1: declined; its zone, 0 in hand, lacks 1 of 1 skills"));
}

TEST(Crews, ThoseWithLeastInHandGoFirst) {
    EngineDriver district{in_north()};
    district.gas(23.5);
    district.gas(23.5, "det-9", "site-2");
    std::vector<std::string> crews;
    for (const DispatchOrder& order : district.effects<DispatchOrder>())
        crews.push_back(order.crew.str());
    EXPECT_THAT(crews, ElementsAre("crew-1", "crew-2"));
}

}  // namespace
}  // namespace mercaptan::processor::test
