// A ticket is run by the versions of its policy and calendar with which it opened, until somebody
// migrates it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "processor/io/calendar_file.h"
#include "processor/io/policy_file.h"
#include "tests/support/engine_driver.h"

namespace mercaptan::processor::test {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using S = RepairState;
using E = RepairEvent;

std::shared_ptr<const Policy> policy(const std::string& clocks, const std::string& more = {}) {
    auto parsed = parse_policy(
        "policy: repair.class2\nkind: repair\nclass: 2\n" + more + "clocks:\n" + clocks, "p.yaml");
    if (!parsed) ADD_FAILURE() << parsed.error().message;
    return std::make_shared<const Policy>(*std::move(parsed));
}

Calendar calendar(const std::string& text) {
    return parse_calendar("years: {" + text + "}", "c.yaml").value();
}

Rulebook with(std::shared_ptr<const Policy> class2,
              const std::string& years = "2026: {holidays: []}") {
    Rulebook book = standard_rulebook();
    book.policies[1] = std::move(class2);
    book.roster.people.push_back({"root", "admin"});
    book.calendar = calendar(years);
    return book;
}

const std::string kArrive8 =
    "- {name: arrive, from: dispatched, until: on_site, within: 8h, warn_at: [1h]}\n";
const std::string kArrive4 =
    "- {name: arrive, from: dispatched, until: on_site, within: 4h, warn_at: [1h]}\n";
const std::string kEnd3 = "- {name: end, from: raised, until: closed, within: 3bd}\n";

class PinnedVersions : public testing::Test {
protected:
    std::string open(const std::string& site = "site-1") {
        FaultReport report;
        report.channel = "hotline";
        report.site = site;
        report.zone = "north";
        report.symptom = Symptom::no_gas;
        return district_.command("dispatcher-1", report).ticket_id;
    }
    Reply migrate(const std::string& id, std::string_view actor = "supervisor-1",
                  std::string why = "article 6.2 changed") {
        return district_.act(id, TicketEvent::migrate, actor, std::move(why));
    }
    [[nodiscard]] Instant due(const std::string& id, std::string_view clock) const {
        return clock_of(district_.ticket(id), clock)->due_at;
    }
    [[nodiscard]] long told(const std::string& id, const std::string& line) const {
        const auto story = district_.story(id);
        return std::count(story.begin(), story.end(), line);
    }

    EngineDriver district_{with(policy(kArrive8 + kEnd3))};
};

TEST_F(PinnedVersions, AReloadLeavesOpenTicketsAsTheyAre) {
    const std::string old = open();
    district_.reload(with(policy(kArrive4 + kEnd3)));
    EXPECT_EQ(due(old, "arrive"), kStart + 8h);
    EXPECT_EQ(due(open("site-2"), "arrive"), kStart + 4h);
    ASSERT_FALSE(district_.act(old, E::accept, "crew-1").error);
    ASSERT_FALSE(district_.act(old, E::decline, "crew-1").error);
    EXPECT_EQ(due(old, "arrive"), kStart + 8h) << "a step back is counted by the old one, too";
}

TEST_F(PinnedVersions, AChangedCalendarLeavesOpenTicketsAsTheyAre) {
    const std::string old = open();
    const Instant before = due(old, "end");
    // kStart is a Saturday; its third workday is Wednesday the 25th.
    EXPECT_EQ(to_rfc3339(before), "2026-11-26T00:00:00.000Z");
    district_.reload(with(policy(kArrive8 + kEnd3), "2026: {holidays: [2026-11-23]}"));
    district_.work(old, S::made_safe);
    district_.act(old, E::reopen, "supervisor-1");
    EXPECT_EQ(due(old, "end"), before);
    EXPECT_EQ(due(open("site-2"), "end"), before + 24h);
}

TEST_F(PinnedVersions, ARestartWithChangedFilesLeavesThemToo) {
    const std::string old = open();
    const EarlierVersions earlier{
        .policies = {policy(kArrive8 + kEnd3)},
        .calendars = {std::make_shared<const Calendar>(calendar("2026: {holidays: []}"))}};
    district_.restart_with(with(policy(kArrive4), "2026: {holidays: [2026-11-23]}"), earlier);
    EXPECT_EQ(due(old, "arrive"), kStart + 8h);
    EXPECT_EQ(told(old, "migrate"), 0);
    district_.wait(8h);
    EXPECT_EQ(clock_of(district_.ticket(old), "arrive")->status, ClockStatus::breached);
    EXPECT_EQ(told(old, "clock_breached arrive"), 1);
    EXPECT_EQ(clock_of(district_.ticket(old), "end")->status, ClockStatus::running);
}

TEST_F(PinnedVersions, AVersionThatIsLostIsSaidToBe) {
    const std::string old = open();
    district_.restart_with(with(policy(kArrive4)), {});
    const auto lines = district_.log(old);
    EXPECT_EQ(due(old, "arrive"), kStart + 4h) << "it is run by what there is";
    EXPECT_EQ(clock_of(district_.ticket(old), "end")->status, ClockStatus::stopped);
    const auto migrated = std::find_if(lines.begin(), lines.end(), [](const LogEntry& line) {
        return line.event == TicketEvent::migrate;
    });
    ASSERT_NE(migrated, lines.end());
    EXPECT_EQ(migrated->note, "version lost");
    EXPECT_EQ(migrated->policy_version, policy(kArrive4)->version);
    EXPECT_EQ(district_.ticket(old).policy_version, policy(kArrive4)->version);
    district_.restart_with(with(policy(kArrive4)), {});
    EXPECT_EQ(told(old, "migrate"), 1) << "once";
}

TEST_F(PinnedVersions, OnlyASupervisorOrAdminMigratesAndSaysWhy) {
    const std::string old = open();
    EXPECT_EQ(migrate(old).error->code, ErrorCode::conflict) << "nothing has changed";
    district_.reload(with(policy(kArrive4 + kEnd3)));
    EXPECT_EQ(migrate(old, "crew-1").error->code, ErrorCode::forbidden);
    EXPECT_EQ(migrate(old, "root", "").error->field, "note");
    ASSERT_FALSE(migrate(old, "root").error);
    EXPECT_EQ(migrate(old).error->code, ErrorCode::conflict) << "it is there";
    const auto lines = district_.log(old);
    const auto line = std::find_if(lines.begin(), lines.end(), [](const LogEntry& one) {
        return one.event == TicketEvent::migrate;
    });
    EXPECT_EQ(line->actor, "root");
    EXPECT_EQ(line->note, "article 6.2 changed");
    EXPECT_EQ(line->policy_version, policy(kArrive4 + kEnd3)->version);
}

struct Change {
    const char* what;
    std::string clocks;    // Of the new version.
    std::string expected;  // Of clock `arrive` or `x` after two hours: status and hours to its end.
    const char* clock = "arrive";
};

class Migration : public PinnedVersions, public testing::WithParamInterface<Change> {
protected:
    [[nodiscard]] std::string look(const std::string& id) const {
        const auto clock = clock_of(district_.ticket(id), GetParam().clock);
        if (!clock) return "none";
        if (clock->due_at == kNever) return std::string{to_string(clock->status)} + " never";
        const auto hours = std::chrono::duration_cast<std::chrono::hours>(clock->due_at - kStart);
        return std::string{to_string(clock->status)} + " " + std::to_string(hours.count());
    }
};

TEST_P(Migration, CountsFromWhereTheClockCounted) {
    const std::string old = open();
    district_.wait(2h);  // The warning after an hour was given.
    ASSERT_EQ(told(old, "clock_warned arrive"), 1);
    const Rulebook next = with(policy(GetParam().clocks));
    const auto from = policy(kArrive8 + kEnd3);
    const auto moves = moves_of(district_.ticket(old), *from, *next.policies[1],
                                {next.calendar, next.time_zone}, district_.now());
    const Ticket before = district_.ticket(old);
    district_.reload(next);
    ASSERT_FALSE(migrate(old).error);
    EXPECT_EQ(look(old), GetParam().expected) << GetParam().what;
    // The dry run had said so.
    for (const ClockMove& move : moves) {
        const auto clock = clock_of(district_.ticket(old), move.clock);
        EXPECT_EQ(clock->due_at, move.new_due_at) << move.clock;
        EXPECT_EQ(clock->status, move.verdict) << move.clock;
    }
    for (const Clock& clock : district_.ticket(old).clocks) {
        const auto was = clock_of(before, clock.name);
        const bool listed = std::any_of(moves.begin(), moves.end(), [&](const ClockMove& move) {
            return move.clock == clock.name;
        });
        const bool differs = !was || was->due_at != clock.due_at || was->status != clock.status;
        EXPECT_EQ(listed, differs) << clock.name;
    }
    district_.wait(10min);
    EXPECT_EQ(told(old, "clock_warned arrive"), 1) << "an old notice is not given again";
}

INSTANTIATE_TEST_SUITE_P(
    Rows, Migration,
    testing::Values(
        Change{"a shorter limit", kArrive4, "running 4"},
        Change{"a limit that is over already",
               "- {name: arrive, from: dispatched, until: on_site, within: 90m, warn_at: [1h]}\n",
               "breached 1"},
        Change{"a longer limit",
               "- {name: arrive, from: dispatched, until: on_site, within: 12h, warn_at: [1h]}\n",
               "running 12"},
        Change{"the same limit", kArrive8, "running 8"},
        Change{"no limit any more",
               "- {name: arrive, start: dispatched, stop: [on_site, closed], within: none, "
               "because: x}\n",
               "running never"},
        Change{"no such clock any more", kEnd3, "stopped 8"},
        Change{"a clock that was not there counts from when it would have begun",
               kArrive8 + "- {name: x, from: raised, until: on_site, within: 3h}\n", "running 3",
               "x"},
        Change{"one that would be over is missed",
               kArrive8 + "- {name: x, from: raised, until: on_site, within: 1h}\n", "breached 1",
               "x"},
        Change{"one that would have been met is not begun",
               kArrive8 + "- {name: x, from: raised, until: dispatched, within: 1h}\n", "none",
               "x"}));

TEST_F(PinnedVersions, AVerdictNeverChanges) {
    const std::string old = open();
    district_.wait(9h);
    ASSERT_EQ(clock_of(district_.ticket(old), "arrive")->status, ClockStatus::breached);
    district_.reload(with(policy(
        "- {name: arrive, from: dispatched, until: on_site, within: 24h, warn_at: [1h]}\n")));
    ASSERT_FALSE(migrate(old).error);
    EXPECT_EQ(clock_of(district_.ticket(old), "arrive")->status, ClockStatus::breached);
    EXPECT_EQ(due(old, "arrive"), kStart + 8h);
    EXPECT_EQ(told(old, "clock_breached arrive"), 1);
}

TEST_F(PinnedVersions, ATicketOfAPolicyThatIsGoneStaysUnderIt) {
    const std::string old = open();
    Rulebook next = with(policy(kArrive4));
    next.policies.erase(next.policies.begin() + 1);
    district_.reload(next);
    const Reply refused = migrate(old);
    ASSERT_TRUE(refused.error);
    EXPECT_THAT(refused.error->message, HasSubstr("no policy repair.class2 any more"));
    district_.wait(8h);
    EXPECT_EQ(clock_of(district_.ticket(old), "arrive")->status, ClockStatus::breached);
}

TEST_F(PinnedVersions, AClosedTicketIsNotMigrated) {
    const std::string old = open();
    district_.work(old, S::closed);
    district_.reload(with(policy(kArrive4)));
    EXPECT_EQ(migrate(old).error->code, ErrorCode::conflict);
}

TEST_F(PinnedVersions, TheLimitThatAGraverClassLeftStandingStays) {
    const std::string id = open();
    TicketCommand raise;
    raise.ticket_id = id;
    raise.event = E::reclassify;
    raise.ticket_class = TicketClass::one;
    raise.note = "it hisses";
    district_.wait(10min);
    ASSERT_FALSE(district_.command("supervisor-1", raise).error);
    const Instant arrive = due(id, "arrive");
    Rulebook next = with(policy(kArrive8 + kEnd3));
    next.policies[0] = std::make_shared<const Policy>(
        *parse_policy("policy: repair.class1\nkind: repair\nclass: 1\nclocks:\n"
                      "- {name: arrive, from: raised, until: on_site, within: 60m}\n",
                      "p.yaml"));
    district_.reload(next);
    ASSERT_FALSE(migrate(id).error);
    EXPECT_EQ(due(id, "arrive"), arrive);
}

TEST_F(PinnedVersions, AFileMaySayThatOpenTicketsFollowIt) {
    const std::string old = open();
    district_.reload(with(policy(kArrive4, "when_changed: migrate\n")));
    EXPECT_EQ(due(old, "arrive"), kStart + 4h);
    EXPECT_EQ(told(old, "migrate"), 1);
    EXPECT_EQ(told(old, "clock_moved arrive"), 1);
    district_.restart_with(with(policy(kArrive8, "when_changed: migrate\n")), {});
    EXPECT_EQ(due(old, "arrive"), kStart + 8h) << "also if it was changed while nothing ran";
}

TEST_F(PinnedVersions, ADeadlineBeyondTheCalendarIsAnAlarmOfTheSystem) {
    district_.reload(with(policy("- {name: end, from: raised, until: closed, within: 40bd}\n")));
    EXPECT_FALSE(district_.alarm("calendar.year_missing", "calendar"));
    const std::string first = open();
    const std::string second = open("site-2");
    const auto alarm = district_.alarm("calendar.year_missing", "calendar");
    ASSERT_TRUE(alarm);
    EXPECT_TRUE(alarm->active);
    EXPECT_EQ(alarm->site, "system");
    EXPECT_FALSE(alarm->acked);
    const auto lines = district_.log(first);
    EXPECT_TRUE(std::any_of(lines.begin(), lines.end(), [](const LogEntry& line) {
        return line.note == "calendar 2027 missing for clock end";
    }));
    EXPECT_THAT(district_.effects<Page>(), SizeIs(1)) << "one page, however many tickets";
    district_.restart();
    EXPECT_TRUE(district_.alarm("calendar.year_missing", "calendar")->active);
    EXPECT_EQ(district_.alarm("calendar.year_missing", "calendar")->occurrences, 1U);
    district_.reload(with(policy("- {name: end, from: raised, until: closed, within: 40bd}\n"),
                          "2026: {holidays: []}, 2027: {holidays: [2027-01-01]}"));
    ASSERT_FALSE(migrate(first).error);
    EXPECT_TRUE(district_.alarm("calendar.year_missing", "calendar")->active);
    ASSERT_FALSE(migrate(second).error);
    EXPECT_FALSE(district_.alarm("calendar.year_missing", "calendar")->active);
}

}  // namespace
}  // namespace mercaptan::processor::test
