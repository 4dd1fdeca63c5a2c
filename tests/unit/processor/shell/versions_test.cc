// Versions of policies and calendars over a store: kept while a ticket is pinned to them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "processor/io/calendar_file.h"
#include "processor/io/dry_run.h"
#include "processor/io/policy_file.h"
#include "processor/io/tables.h"
#include "processor/io/version_rows.h"
#include "processor/processor.h"
#include "tests/support/engine_driver.h"
#include "tests/support/memory_store.h"

namespace mercaptan::processor::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string class2(const std::string& within) {
    return "policy: repair.class2\nkind: repair\nclass: 2\nclocks:\n"
           "- {name: arrive, from: raised, until: on_site, within: " +
           within + "}\n- {name: end, from: raised, until: closed, within: 3bd}\n";
}

Rulebook files(const std::string& within, const std::string& holidays = "") {
    Rulebook book = standard_rulebook();
    book.policies[1] = std::make_shared<const Policy>(parse_policy(class2(within), "p").value());
    book.calendar = parse_calendar("years: {2026: {holidays: [" + holidays + "]}}", "c").value();
    return book;
}

class StoredVersions : public testing::Test {
protected:
    void start(Rulebook book) {
        const auto earlier = load_versions(store_);
        ASSERT_TRUE(earlier) << earlier.error().message;
        rulebook_ = std::make_shared<const Rulebook>(std::move(book));
        auto opened = Processor::open({}, rulebook_, store_, now_, *earlier);
        ASSERT_TRUE(opened) << opened.error().message;
        processor_ = std::move(*opened);
        if (processor_->pending()) commit();
    }
    void commit() {
        const auto commit = processor_->close(now_);
        ASSERT_TRUE(store_.write(commit->batch, store::Sync::yes));
    }
    std::string open() {
        FaultReport report;
        report.channel = "hotline";
        report.site = "site-" + std::to_string(++sites_);
        report.zone = "north";
        report.symptom = Symptom::no_gas;
        processor_->on_command(
            {.id = 1, .actor = "anna", .idempotency_key = {}, .what = std::move(report)}, {}, now_);
        const std::string id = processor_->engine().changes().replies.back().ticket_id;
        commit();
        return id;
    }
    void send(const std::string& id, const std::string& event) {
        TicketCommand command;
        command.ticket_id = id;
        command.event.name = Name{event};
        command.note = "because";
        processor_->on_command(
            {.id = 1, .actor = "supervisor-1", .idempotency_key = {}, .what = std::move(command)},
            {}, now_);
        ASSERT_FALSE(processor_->engine().changes().replies.back().error);
        commit();
    }
    [[nodiscard]] Instant due(const std::string& id, std::string_view clock) const {
        return clock_of(*processor_->engine().find_ticket(id), clock)->due_at;
    }
    [[nodiscard]] std::size_t stored() const { return store_.size(table(StoreTable::versions)); }

    mercaptan::test::MemoryStore store_;
    Instant now_ = kStart;
    std::shared_ptr<const Rulebook> rulebook_;
    std::unique_ptr<Processor> processor_;
    int sites_ = 0;
};

TEST_F(StoredVersions, ATicketKeepsItsOwnOverRestartsWithChangedFiles) {
    start(files("8h"));
    const std::string old = open();
    EXPECT_EQ(stored(), 2U) << "its policy and its calendar";
    const Instant end = due(old, "end");
    for (int i = 0; i < 3; ++i) {
        start(files("4h", "2026-11-23"));
        EXPECT_EQ(due(old, "arrive"), kStart + 8h);
        EXPECT_EQ(due(old, "end"), end);
        EXPECT_THAT(processor_->engine().changes().log, IsEmpty());
    }
    const std::string young = open();
    EXPECT_EQ(due(young, "arrive"), kStart + 4h);
    EXPECT_EQ(due(young, "end"), end + 24h);
    EXPECT_EQ(stored(), 4U);
    // The old rule is not only shown: it still runs the ticket.
    now_ = kStart + 8h;
    processor_->on_tick(now_);
    EXPECT_EQ(clock_of(*processor_->engine().find_ticket(old), "arrive")->status,
              ClockStatus::breached);
}

TEST_F(StoredVersions, AVersionThatNobodyIsPinnedToGoes) {
    start(files("8h"));
    const std::string old = open();
    start(files("4h"));
    send(old, "cancel");
    start(files("4h"));
    EXPECT_EQ(stored(), 2U) << "it may be reopened";
    now_ = kStart + 31 * 24h;
    start(files("4h"));
    EXPECT_EQ(stored(), 0U);
}

TEST_F(StoredVersions, AMigratedTicketIsPinnedToTheNewOne) {
    start(files("8h"));
    const std::string old = open();
    start(files("4h"));
    send(old, "migrate");
    EXPECT_EQ(due(old, "arrive"), kStart + 4h);
    start(files("6h"));
    EXPECT_EQ(due(old, "arrive"), kStart + 4h);
}

TEST_F(StoredVersions, ADryRunListsOpenTicketsWithOldAndNewDeadlines) {
    start(files("8h"));
    const std::string one = open();
    now_ = kStart + 5h;
    const std::string two = open();
    const std::string ended = open();
    send(ended, "cancel");
    const ProposedFiles proposed{.policies = {{"two.yaml", class2("4h")}}, .calendar = {}};
    const auto run = dry_run(store_, *rulebook_, proposed, now_);
    ASSERT_TRUE(run) << run.error().message;
    EXPECT_EQ(run->open_tickets, 2U);
    ASSERT_THAT(run->tickets, SizeIs(2));
    EXPECT_EQ(run->tickets[0].id, one);
    ASSERT_THAT(run->tickets[0].clocks, SizeIs(1)) << "the clock `end` stays";
    EXPECT_EQ(run->tickets[0].clocks[0].old_due_at, kStart + 8h);
    EXPECT_EQ(run->tickets[0].clocks[0].new_due_at, kStart + 4h);
    EXPECT_EQ(run->tickets[0].clocks[0].verdict, ClockStatus::breached);
    EXPECT_EQ(run->tickets[1].id, two);
    EXPECT_EQ(run->tickets[1].clocks[0].verdict, ClockStatus::running);
    EXPECT_EQ(due(one, "arrive"), kStart + 8h) << "nothing has changed";
    // Nothing proposed: against what is in force.
    EXPECT_THAT(dry_run(store_, *rulebook_, {}, now_)->tickets, IsEmpty());
    start(files("4h", "2026-11-23"));
    EXPECT_THAT(dry_run(store_, *rulebook_, {}, now_)->tickets, SizeIs(2));
}

TEST_F(StoredVersions, ADryRunOfFaultyFilesSaysWhere) {
    start(files("8h"));
    const auto refused = dry_run(
        store_, *rulebook_, {.policies = {{"two.yaml", class2("soon")}}, .calendar = {}}, now_);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("two.yaml:5:56: clocks.0.within: expected"));
    EXPECT_FALSE(dry_run(store_, *rulebook_, {.policies = {}, .calendar = "years: {}"}, now_));
}

TEST_F(StoredVersions, ATicketOfAPolicyThatIsGoneStays) {
    start(files("8h"));
    open();
    const ProposedFiles proposed{
        .policies = {{"one.yaml", "policy: repair.class1\nkind: repair\nclass: 1\n"}},
        .calendar = {}};
    const auto run = dry_run(store_, *rulebook_, proposed, now_);
    ASSERT_TRUE(run) << run.error().message;
    EXPECT_EQ(run->tickets.at(0).obstacle, "there is no such policy any more");
}

}  // namespace
}  // namespace mercaptan::processor::test
