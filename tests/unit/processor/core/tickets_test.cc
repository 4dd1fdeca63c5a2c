// The life of a ticket: events, clocks, crews.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/engine_driver.h"

namespace mercaptan::processor::test {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using S = RepairState;
using E = RepairEvent;

Rulebook in_north() {
    Rulebook rulebook = standard_rulebook();
    rulebook.registry = {registered("site-1", "det-1"), registered("site-1", "det-2"),
                         registered("site-1", "det-3"), registered("site-2", "det-9")};
    return rulebook;
}

TEST(Tickets, ALeakIsRaisedAndDispatchedInOneStep) {
    EngineDriver district{in_north()};
    district.gas(23.5);
    const Ticket ticket = district.only_ticket();
    EXPECT_EQ(ticket.ticket_class, TicketClass::one);
    EXPECT_EQ(ticket.policy, "repair.class1");
    EXPECT_EQ(ticket.state, S::dispatched);
    EXPECT_EQ(ticket.zone, "north");
    EXPECT_EQ(ticket.assignee, "crew-1");
    EXPECT_EQ(ticket.cause.value, 23.5);
    EXPECT_EQ(ticket.cause.unit, "%LEL");
    EXPECT_FALSE(ticket.unregistered);
    EXPECT_EQ(clock_of(ticket, "dispatch")->status, ClockStatus::met);
    EXPECT_EQ(clock_of(ticket, "accept")->due_at, kStart + 10min);
    EXPECT_EQ(clock_of(ticket, "depart")->due_at, kStart + 30min);
    const auto orders = district.effects<DispatchOrder>();
    ASSERT_THAT(orders, SizeIs(1));
    EXPECT_EQ(orders[0].crew, "crew-1");
    EXPECT_EQ(orders[0].accept_by, kStart + 10min);
    EXPECT_EQ(orders[0].depart_by, kStart + 30min);
    EXPECT_THAT(district.story(ticket.id),
                ElementsAre("raised", "clock_started dispatch", "clock_started depart",
                            "clock_started arrive", "dispatch", "clock_met dispatch",
                            "clock_started accept", "joined"))
        << "the warning level of the same reading joins what the alarm opened";
}

TEST(Tickets, AStrangerGetsATicketToo) {
    EngineDriver district;
    district.gas(23.5, "unknown-device", "unknown-site");
    EXPECT_TRUE(district.only_ticket().unregistered);
    EXPECT_EQ(district.only_ticket().state, S::dispatched);
}

TEST(Tickets, ALatchedLeakAsksForNoSecondTicket) {
    EngineDriver district{in_north()};
    for (int i = 0; i < 100; ++i) {
        district.gas(i % 2 == 0 ? 23.5 : 0.0);
        district.gas(30, "det-2");
        district.gas(60, "det-3");
        district.wait(1s);
    }
    EXPECT_THAT(district.only_ticket().devices, SizeIs(3));
    EXPECT_THAT(district.effects<DispatchOrder>(), SizeIs(1));
}

TEST(Tickets, EachSourceIsNamedOnce) {
    EngineDriver district{in_north()};
    const auto unreadable = [&](std::string_view device, const std::string& reason) {
        district.record(
            UnreadableMessage{"site-1", Name{device}, true, reason, district.now(), {}});
    };
    unreadable("det-1", "no JSON");
    unreadable("det-2", "too long");
    unreadable("det-3", "no JSON");
    EXPECT_THAT(district.only_ticket().devices, SizeIs(3));
    EXPECT_THAT(district.only_ticket().source_events, ElementsAre("no JSON", "too long"));
    EXPECT_EQ(district.only_ticket().source_count, 2U);
}

TEST(Tickets, TheFirstSourceAndTheNewestAreNamedAndAllAreCounted) {
    EngineDriver district{in_north()};
    for (std::uint64_t i = 0; i < 100; ++i) {
        const std::string device = "d" + std::to_string(i);
        district.read({.device = device, .values = {{Quantity::ch4_lel_pct, 23.5}}, .seq = i});
    }
    const Ticket ticket = district.only_ticket();
    ASSERT_THAT(ticket.source_events, SizeIs(TicketBook::kSourcesMax));
    EXPECT_EQ(ticket.source_count, 100U);
    const auto of = [](const std::string& device) {
        return testing::StartsWith("site-1/" + device + "/");
    };
    EXPECT_THAT(ticket.source_events.front(), of("d0"));
    EXPECT_THAT(ticket.source_events[1], of("d37"));
    EXPECT_THAT(ticket.source_events.back(), of("d99"));
}

TEST(Tickets, AReportJoinsTheLeakOfItsSite) {
    EngineDriver district{in_north()};
    district.gas(23.5);
    FaultReport report;
    report.channel = "hotline";
    report.site = "site-1";
    report.symptom = Symptom::gas_smell;
    const Reply reply = district.command("dispatcher-1", report);
    EXPECT_FALSE(reply.error);
    EXPECT_FALSE(reply.created);
    EXPECT_EQ(reply.ticket_id, district.only_ticket().id);
}

TEST(Tickets, ADeviceJoinsTheReportOfItsSite) {
    EngineDriver district{in_north()};
    FaultReport report;
    report.channel = "hotline";
    report.site = "site-1";
    report.zone = "north";
    report.symptom = Symptom::gas_smell;
    EXPECT_TRUE(district.command("dispatcher-1", report).created);
    district.gas(23.5);
    EXPECT_THAT(district.only_ticket().devices, ElementsAre("det-1"));
    EXPECT_EQ(district.only_ticket().channel, "hotline");
}

TEST(Tickets, ReportsOfOneSymptomJoinWithinTheWindowOnly) {
    EngineDriver district{in_north()};
    FaultReport report;
    report.channel = "app";
    report.site = "site-1";
    report.symptom = Symptom::no_gas;
    EXPECT_TRUE(district.command("x", report).created);
    district.wait(29min);
    EXPECT_FALSE(district.command("x", report).created);
    district.wait(31min);
    EXPECT_TRUE(district.command("x", report).created);
}

/// Every event in every state, for a Class 1.
TEST(Tickets, TheTransitionTable) {
    const std::map<E, std::map<S, S>> allowed{
        {E::dispatch,
         {{S::dispatched, S::dispatched},
          {S::accepted, S::dispatched},
          {S::departed, S::dispatched}}},
        {E::accept, {{S::dispatched, S::accepted}}},
        {E::decline, {{S::dispatched, S::dispatched}, {S::accepted, S::dispatched}}},
        {E::depart, {{S::accepted, S::departed}}},
        {E::arrive, {{S::departed, S::on_site}}},
        {E::make_safe, {{S::on_site, S::made_safe}}},
        {E::repair, {{S::made_safe, S::repaired}}},
        {E::close, {{S::repaired, S::closed}}},
        {E::cancel,
         {{S::dispatched, S::cancelled},
          {S::accepted, S::cancelled},
          {S::departed, S::cancelled},
          {S::on_site, S::cancelled},
          {S::made_safe, S::cancelled},
          {S::repaired, S::cancelled}}},
        // Reopened, it is dispatched again in the same step.
        {E::reopen,
         {{S::made_safe, S::dispatched}, {S::repaired, S::dispatched}, {S::closed, S::dispatched}}},
    };
    for (const S& state : {S::dispatched, S::accepted, S::departed, S::on_site, S::made_safe,
                           S::repaired, S::closed}) {
        for (const E& event : {E::dispatch, E::accept, E::decline, E::depart, E::arrive,
                               E::make_safe, E::repair, E::close, E::cancel, E::reopen}) {
            SCOPED_TRACE(std::string{to_string(state)} + " " + std::string{to_string(event)});
            EngineDriver district{in_north()};
            district.gas(23.5);
            const std::string id = district.only_ticket().id;
            district.work(id, state);
            const Ticket before = district.ticket(id);
            const Reply reply = district.act(id, event, "supervisor-1");
            const auto& row = allowed.at(event);
            if (const auto to = row.find(state); to != row.end()) {
                EXPECT_FALSE(reply.error);
                EXPECT_EQ(district.ticket(id).state, to->second);
                EXPECT_EQ(district.ticket(id).version, before.version + 1);
            } else {
                ASSERT_TRUE(reply.error);
                EXPECT_EQ(reply.error->code, ErrorCode::conflict);
                EXPECT_THAT(reply.allowed, Contains("note"));
                EXPECT_EQ(district.ticket(id), before);
            }
        }
    }
}

TEST(Tickets, OnlyASupervisorCancelsOrLowersAClass1) {
    EngineDriver district{in_north()};
    district.gas(23.5);
    const std::string id = district.only_ticket().id;
    EXPECT_EQ(district.act(id, E::cancel, "crew-1").error->code, ErrorCode::forbidden);
    EXPECT_EQ(district.act(id, E::cancel, "supervisor-1", "").error->field, "note");
    TicketCommand lower;
    lower.ticket_id = id;
    lower.event = E::reclassify;
    lower.ticket_class = TicketClass::three;
    lower.note = "burnt toast";
    EXPECT_EQ(district.command("dispatcher-1", lower).error->code, ErrorCode::forbidden);
    EXPECT_FALSE(district.command("supervisor-1", lower).error);
    EXPECT_EQ(district.ticket(id).policy, "repair.class3");
    EXPECT_FALSE(district.act(id, E::cancel, "crew-1").error) << "a Class 3 anybody cancels";
}

TEST(Tickets, ClocksAreMetWarnedAndBreachedOnce) {
    EngineDriver district{in_north()};
    district.gas(23.5);
    const std::string id = district.only_ticket().id;
    district.wait(1min);
    EXPECT_FALSE(district.act(id, E::accept).error);
    EXPECT_EQ(clock_of(district.ticket(id), "accept")->status, ClockStatus::met);
    district.wait(40min);
    EXPECT_EQ(clock_of(district.ticket(id), "depart")->status, ClockStatus::breached);
    const auto story = district.story(id);
    EXPECT_EQ(std::count(story.begin(), story.end(), "clock_warned depart"), 2);
    EXPECT_EQ(std::count(story.begin(), story.end(), "clock_breached depart"), 1);
    EXPECT_FALSE(district.act(id, E::depart).error) << "a breach never stops the work";
    EXPECT_EQ(clock_of(district.ticket(id), "depart")->status, ClockStatus::breached)
        << "a verdict stands";
    for (const LogEntry& entry : district.log(id)) {
        if (entry.event == E::clock_breached) {
            EXPECT_EQ(entry.late, Duration{0});
        }
    }
}

TEST(Tickets, AnOverdueClockFiresAtOnceAfterARestartWithItsTrueLateness) {
    EngineDriver district{in_north()};
    district.gas(23.5);
    const std::string id = district.only_ticket().id;
    ASSERT_FALSE(district.act(id, E::accept).error);
    district.restart(/*after=*/40min);
    district.wait(0s);
    const Ticket ticket = district.ticket(id);
    EXPECT_EQ(clock_of(ticket, "depart")->status, ClockStatus::breached);
    EXPECT_EQ(clock_of(ticket, "arrive")->status, ClockStatus::running);
    std::vector<Duration> late;
    for (const LogEntry& entry : district.log(id)) {
        if (entry.event == E::clock_breached) late.push_back(*entry.late);
    }
    EXPECT_THAT(late, ElementsAre(10min));
    district.restart(/*after=*/1min);
    district.wait(1min);
    const auto story = district.story(id);
    EXPECT_EQ(std::count(story.begin(), story.end(), "clock_breached depart"), 1);
}

TEST(Tickets, DeadlinesCountFromTheGatewaysReceipt) {
    EngineDriver district{in_north()};
    // The uplink was down for 20 minutes.
    district.read({.values = {{Quantity::ch4_lel_pct, 30}},
                   .event_at = kStart - 20min,
                   .received_at = kStart - 20min});
    const Ticket ticket = district.only_ticket();
    EXPECT_EQ(ticket.opened_at, kStart - 20min);
    EXPECT_EQ(clock_of(ticket, "depart")->due_at, kStart + 10min);
    EXPECT_EQ(clock_of(ticket, "dispatch")->status, ClockStatus::breached)
        << "it was late, and that is written";
    EXPECT_EQ(ticket.state, S::dispatched);
}

TEST(Tickets, AWarningThatBecomesALeakBecomesAClass1) {
    EngineDriver district{in_north()};
    district.gas(12);
    const std::string id = district.only_ticket().id;
    EXPECT_EQ(district.ticket(id).ticket_class, TicketClass::two);
    district.wait(60min);
    district.gas(25);
    const Ticket ticket = district.only_ticket();
    EXPECT_EQ(ticket.ticket_class, TicketClass::one);
    EXPECT_EQ(ticket.cause.condition, "gas.alarm");
    EXPECT_EQ(clock_of(ticket, "depart")->due_at, kStart + 60min + 30min) << "counts from the leak";
    EXPECT_LE(clock_of(ticket, "arrive")->due_at, kStart + 60min + 60min)
        << "never later by getting graver";
}

TEST(Tickets, DangerAtAPlaceThoughtSafeStartsTheWorkAgain) {
    EngineDriver district{in_north()};
    district.gas(23.5);
    const std::string id = district.only_ticket().id;
    district.work(id, S::made_safe);
    district.wait(1min);
    district.gas(35, "det-2");
    EXPECT_EQ(district.only_ticket().state, S::dispatched);
    EXPECT_THAT(district.story(id), Contains("reopen"));
}

TEST(Tickets, ALeakAfterClosingIsANewTicket) {
    EngineDriver district{in_north()};
    district.gas(23.5);
    district.work(district.only_ticket().id, S::closed);
    EXPECT_TRUE(district.alarm("gas.alarm")->active)
        << "the last word was danger: it is not reset by closing";
    district.wait(1min);
    district.gas(24);
    EXPECT_THAT(district.tickets(), SizeIs(2));
}

TEST(Tickets, AClosedTicketIsNotReopenedBesideItsSuccessor) {
    EngineDriver district{in_north()};
    district.gas(23.5);
    const std::string old = district.only_ticket().id;
    district.work(old, S::closed);
    district.wait(1min);
    district.gas(24);
    ASSERT_THAT(district.tickets(), SizeIs(2));
    const std::string open = district.tickets()[1].id;
    const Ticket before = district.ticket(old);
    const Reply refused = district.act(old, E::reopen, "supervisor-1");
    ASSERT_TRUE(refused.error);
    EXPECT_EQ(refused.error->code, ErrorCode::conflict);
    EXPECT_THAT(refused.error->message, testing::HasSubstr(open));
    EXPECT_THAT(refused.allowed, Not(Contains("reopen")));
    EXPECT_EQ(district.ticket(old), before);
    district.work(open, S::closed);
    EXPECT_FALSE(district.act(old, E::reopen, "supervisor-1").error);
    EXPECT_EQ(district.ticket(old).state, S::dispatched);
}

/// A leak from 0 to 60 s after `begin`, and the work until its ticket is closed.
void leak_and_work(EngineDriver& district) {
    district.gas(23.5);
    district.wait(60s);
    district.gas(1);
    district.work(district.tickets().back().id, S::closed);
}

/// What another gateway had received half a minute after `begin`, and could not send until now.
ReadingSpec held_back(Instant begin) {
    return {.values = {{Quantity::ch4_lel_pct, 23.5}},
            .event_at = begin + 30s,
            .gateway = "gw-2",
            .received_at = begin + 31s};
}

TEST(Tickets, WhatWasHeardBeforeTheEndOpensNoNewTicket) {
    EngineDriver district{in_north()};
    const Instant first = district.now();
    leak_and_work(district);
    EXPECT_FALSE(district.alarm("gas.alarm")->active);
    district.wait(1h);
    const Instant second = district.now();
    leak_and_work(district);
    district.wait(1min);
    district.read(held_back(first));
    district.read(held_back(second));
    EXPECT_THAT(district.tickets(), SizeIs(2));
    // But an older leak that nobody had heard of is told.
    district.read(held_back(first - 24h));
    ASSERT_THAT(district.tickets(), SizeIs(3));
    EXPECT_TRUE(district.tickets()[2].late);
}

TEST(Tickets, AClockThatSteppedBackHidesNoLeak) {
    EngineDriver district{in_north()};
    leak_and_work(district);
    district.wait(1s);
    district.read({.values = {{Quantity::ch4_lel_pct, 23.5}}, .event_at = kStart + 30s});
    EXPECT_THAT(district.tickets(), SizeIs(2)) << "it was received after the first one's end";
}

TEST(Tickets, LateEvidenceOfAnOccurrenceBelongsToItWhenItIsOver) {
    EngineDriver district{in_north()};
    district.wait(1min);
    const Instant begin = district.now() - 45s;
    district.gas(23.5);
    district.read(held_back(begin));
    district.gas(1);
    district.work(district.only_ticket().id, S::closed);
    district.read(held_back(begin));
    EXPECT_THAT(district.tickets(), SizeIs(1));
}

TEST(Tickets, EveryVersionHasALineInTheHistory) {
    EngineDriver district{in_north()};
    district.gas(23.5);
    const std::string id = district.only_ticket().id;
    district.wait(25min);  // Breached, sent to another crew, escalated.
    district.act(id, E::accept, "crew-1");
    district.wait(2h);
    EXPECT_EQ(district.log(id).back().version, district.ticket(id).version);
}

TEST(Tickets, IfMatchAndIdempotencyKey) {
    EngineDriver district{in_north()};
    district.gas(23.5);
    TicketCommand accept;
    accept.ticket_id = district.only_ticket().id;
    accept.event = E::accept;
    accept.if_version = district.only_ticket().version + 1;
    EXPECT_EQ(district.command("crew-1", accept).error->code, ErrorCode::precondition_failed);
    accept.if_version = district.only_ticket().version;
    EXPECT_FALSE(district.command("crew-1", accept, "key-1").error);
    const Reply again = district.command("crew-1", accept, "key-1");
    EXPECT_FALSE(again.error);
    EXPECT_TRUE(again.replayed);
}

TEST(Tickets, AClosedTicketIsForgottenByTheBrokerADayLater) {
    EngineDriver district{in_north()};
    district.gas(23.5);
    district.gas(0);
    district.work(district.only_ticket().id, S::closed);
    district.wait(23h + 59min);
    EXPECT_THAT(district.effects<ForgetTicket>(), IsEmpty());
    district.wait(2min);
    EXPECT_THAT(district.effects<ForgetTicket>(), SizeIs(1));
}

/// An event with a notice, sent twice, and one that refers to those before it.
TEST(Tickets, TellThePublicOnceForEachEventThatDoes) {
    const auto rulebook_with = [](NoticeRule::Message message) {
        Rulebook rulebook = standard_rulebook();
        for (auto& policy : rulebook.policies) {
            auto life = std::make_shared<LifeCycle>(*policy->life_cycle);
            EventRule& note = life->events[*life->event("note")];
            NoticeRule notice;
            notice.message = message;
            note.notice = std::make_shared<const NoticeRule>(notice);
            FieldRule area;
            area.name = kNoticeArea;
            FieldRule status;
            status.name = kNoticeStatus;
            note.needs = {area, status};
            auto changed = std::make_shared<Policy>(*policy);
            changed->life_cycle = life;
            policy = changed;
        }
        return rulebook;
    };
    EngineDriver district{rulebook_with(NoticeRule::Message::alert)};
    district.gas(23.5);
    TicketCommand tell;
    tell.ticket_id = district.only_ticket().id;
    tell.event = TicketEvent::note;
    tell.note = "burst main";
    tell.fields = {{Name{"area"}, "Lane 3"}, {Name{"status"}, "actual"}};
    ASSERT_FALSE(district.command("dispatcher-1", tell).error);
    tell.fields[0].value = "Lanes 3 and 4";
    ASSERT_FALSE(district.command("dispatcher-1", tell).error);
    const auto notices = district.effects<PublicNotice>();
    ASSERT_EQ(notices.size(), 2U);
    EXPECT_EQ(notices[0].area, "Lane 3");
    EXPECT_EQ(notices[0].description, "burst main");
    EXPECT_EQ(notices[0].status, "actual");
    EXPECT_TRUE(notices[1].references.empty()) << "an alert stands for itself";
    EXPECT_EQ(notices[1].area, "Lanes 3 and 4");
    EXPECT_NE(notices[0].notice_id, notices[1].notice_id);
    const Ticket ticket = district.ticket(tell.ticket_id);
    ASSERT_EQ(ticket.notices.size(), 2U);
    EXPECT_EQ(ticket.notices[1].id, notices[1].notice_id);

    EngineDriver other{rulebook_with(NoticeRule::Message::update)};
    other.gas(23.5);
    tell.ticket_id = other.only_ticket().id;
    const auto refused = other.command("dispatcher-1", tell).error;
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, ErrorCode::conflict) << "an update of nothing";
}

}  // namespace
}  // namespace mercaptan::processor::test
