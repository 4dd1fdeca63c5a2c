// The loop's body over a store: what a commit holds, and what a restart makes of it.

#include "processor/processor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "processor/io/tables.h"
#include "tests/support/engine_driver.h"
#include "tests/support/memory_store.h"

namespace mercaptan::processor::test {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr std::string_view kTopic = "mercaptan/v1/up/gw-1/emergency";

/// A processor on a store that outlives it.
class Shell {
public:
    explicit Shell(Rulebook rulebook = standard_rulebook())
        : rulebook_{std::make_shared<const Rulebook>(std::move(rulebook))} {
        start();
    }

    void start() {
        auto opened = Processor::open({}, rulebook_, store_, now_);
        ASSERT_TRUE(opened) << opened.error().message;
        processor_ = std::move(*opened);
        unsent_ = processor_->take_unsent();
    }
    void gas(double lel_pct, std::uint64_t uplink_seq, std::uint64_t device_seq,
             const std::string& gateway = "gw-1") {
        wire::Uplink uplink = message(gateway, uplink_seq);
        wire::Reading& reading = *uplink.mutable_items(0)->mutable_reading();
        reading.set_site("site-1");
        reading.set_device("det-1");
        reading.set_event_at_ms(now_.ms);
        reading.set_seq(device_seq);
        reading.add_quantities(static_cast<std::uint32_t>(Quantity::ch4_lel_pct));
        reading.add_numbers(lel_pct);
        send(uplink);
    }
    /// A reading of det-1 at site-1, by its own number; the device has no clock.
    void numbered(std::uint64_t device_seq, std::uint64_t uplink_seq,
                  const std::string& gateway = "gw-1") {
        wire::Uplink uplink = message(gateway, uplink_seq);
        wire::Reading& reading = *uplink.mutable_items(0)->mutable_reading();
        reading.set_site("site-1");
        reading.set_device("det-1");
        reading.set_seq(device_seq);
        send(uplink);
    }
    void online(bool online, std::uint64_t uplink_seq, const std::string& site,
                const std::string& device) {
        wire::Uplink uplink = message("gw-1", uplink_seq);
        wire::Online& change = *uplink.mutable_items(0)->mutable_online();
        change.set_site(site);
        change.set_device(device);
        change.set_online(online);
        send(uplink);
    }
    /// An emergency message with one item that says nothing yet.
    [[nodiscard]] wire::Uplink message(const std::string& gateway, std::uint64_t seq) const {
        wire::Uplink uplink;
        uplink.set_version(1);
        uplink.set_gateway(gateway);
        uplink.set_epoch(5);
        uplink.set_seq(seq);
        uplink.set_oldest_seq(1);
        uplink.set_emergency(true);
        wire::Item& item = *uplink.add_items();
        item.set_origin_epoch(5);
        item.set_origin_seq(seq);
        item.set_received_at_ms(now_.ms);
        return uplink;
    }
    void send(const wire::Uplink& uplink) {
        processor_->on_uplink("mercaptan/v1/up/" + uplink.gateway() + "/emergency",
                              uplink.SerializeAsString(), now_);
    }
    std::unique_ptr<Commit> commit() {
        auto commit = processor_->close(now_);
        EXPECT_TRUE(store_.write(commit->batch, store::Sync::yes));
        return commit;
    }
    void wait(Duration duration) {
        now_ = now_ + duration;
        processor_->on_tick(now_);
    }
    [[nodiscard]] std::size_t rows(StoreTable name) const { return store_.size(table(name)); }
    [[nodiscard]] std::vector<std::string> topics(const std::vector<Outgoing>& messages) const {
        std::vector<std::string> all;
        for (const Outgoing& message : messages) all.push_back(message.message.topic);
        return all;
    }

    std::shared_ptr<const Rulebook> rulebook_;
    mercaptan::test::MemoryStore store_;
    Instant now_ = kStart;
    std::unique_ptr<Processor> processor_;
    std::vector<Outgoing> unsent_;
};

TEST(Processor, ALeakIsOneCommitWithEverythingInIt) {
    Shell shell;
    shell.gas(23.5, 1, 41);
    EXPECT_TRUE(shell.processor_->pending());
    EXPECT_TRUE(shell.processor_->urgent()) << "an emergency waits for nobody";
    const auto commit = shell.commit();
    EXPECT_EQ(shell.rows(StoreTable::history), 1U);
    EXPECT_EQ(shell.rows(StoreTable::tickets), 1U);
    EXPECT_EQ(shell.rows(StoreTable::alarms), 3U);
    EXPECT_EQ(shell.store_.size(table(StoreTable::alarm_order)), 3U);
    EXPECT_EQ(shell.rows(StoreTable::effects), 5U) << "a ticket, an order, three alarms";
    EXPECT_EQ(shell.rows(StoreTable::positions), 1U);
    EXPECT_EQ(commit->readings, 1U);
    EXPECT_THAT(commit->raised_received_at, ElementsAre(kStart));
    EXPECT_THAT(shell.topics(commit->watermarks), ElementsAre("mercaptan/v1/down/gw-1/watermark"));
    wire::Watermark watermark;
    ASSERT_TRUE(watermark.ParseFromString(commit->watermarks.at(0).message.payload));
    EXPECT_EQ(watermark.marks(0).seq(), 1U);
    EXPECT_FALSE(shell.processor_->pending());
}

TEST(Processor, TheSameUplinkTwiceChangesNothingButIsConfirmedAgain) {
    Shell shell;
    shell.gas(23.5, 1, 41);
    (void)shell.commit();
    shell.gas(23.5, 1, 41);
    const auto again = shell.commit();
    EXPECT_EQ(again->readings, 0U);
    EXPECT_THAT(again->effects, IsEmpty());
    EXPECT_THAT(again->watermarks, SizeIs(1));
    EXPECT_EQ(shell.rows(StoreTable::history), 1U);
}

TEST(Processor, TheSameMessageOverTwoGatewaysIsOneRow) {
    Shell shell;
    shell.gas(1, 1, 41);
    shell.gas(1, 1, 41, "gw-2");
    (void)shell.commit();
    EXPECT_EQ(shell.rows(StoreTable::history), 1U);
    EXPECT_EQ(shell.processor_->engine().counts().duplicates, 1U);
}

TEST(Processor, WhatWasNotCommittedNeverHappened) {
    Shell shell;
    shell.gas(23.5, 1, 41);
    (void)shell.processor_->close(shell.now_);  // The process dies before the write.
    shell.start();
    EXPECT_EQ(shell.processor_->engine().tally().size(), 0U);
    shell.gas(23.5, 1, 41);  // The gateway sends it again.
    (void)shell.commit();
    EXPECT_EQ(shell.rows(StoreTable::tickets), 1U);
}

TEST(Processor, EffectsThatWereNotSentAreSentAfterARestart) {
    Shell shell;
    shell.gas(23.5, 1, 41);
    const auto commit = shell.commit();
    const auto& ticket = commit->effects.at(0);
    shell.processor_->on_sent(ticket.key, ticket.generation);
    (void)shell.commit();
    shell.start();
    EXPECT_EQ(shell.unsent_.size(), commit->effects.size() - 1);
    for (const Outgoing& message : shell.unsent_) EXPECT_NE(message.key, ticket.key);
}

TEST(Processor, AnAnswerToAnOldMessageLeavesTheNewOneWaiting) {
    Shell shell;
    shell.gas(23.5, 1, 41);
    const auto first = shell.commit();
    shell.wait(10min);  // Nobody accepted: the ticket changes.
    (void)shell.commit();
    for (const Outgoing& message : first->effects)
        shell.processor_->on_sent(message.key, message.generation);
    (void)shell.commit();
    shell.start();
    std::vector<std::string> keys;
    for (const Outgoing& message : shell.unsent_)
        keys.push_back(message.key.substr(0, message.key.find('/')));
    EXPECT_THAT(keys, UnorderedElementsAre("order", "ticket"));
}

TEST(Processor, ARestartGoesOnWithTheSameTicketsAlarmsAndDevices) {
    Shell shell;
    shell.gas(23.5, 1, 41);
    (void)shell.commit();
    const Ticket before = shell.processor_->engine().ticket(0);
    const Alarm alarm =
        *shell.processor_->engine().find_alarm(shell.processor_->engine().alarm(0).id);
    shell.start();
    EXPECT_EQ(*shell.processor_->engine().find_ticket(before.id), before);
    EXPECT_EQ(*shell.processor_->engine().find_alarm(alarm.id), alarm);
    shell.now_ = shell.now_ + 1s;
    shell.gas(23.5, 2, 41);  // A repeat that the device sent.
    EXPECT_EQ(shell.processor_->engine().counts().duplicates, 0U)
        << "later event time: a new message";
    shell.gas(24, 3, 42);
    (void)shell.commit();
    EXPECT_EQ(shell.rows(StoreTable::tickets), 1U);
}

TEST(Processor, ARestartKnowsWhatTheJournalKnows) {
    Shell shell;
    shell.gas(1, 1, 1);
    (void)shell.commit();
    shell.wait(61s);
    shell.gas(1, 2, 2);
    shell.gas(1, 3, 3);
    (void)
        shell.commit();  // Ages the first journal row; readings 2 and 3 stand in the journal only.
    EXPECT_EQ(needed_journal(shell.store_).value(), 2U);
    shell.start();
    shell.gas(1, 4, 4);
    EXPECT_EQ(shell.processor_->engine().counts().sequence_gaps, 0U);
    (void)shell.commit();
    shell.wait(61s);
    (void)shell.commit();
    EXPECT_EQ(needed_journal(shell.store_).value(), 4U) << "a restart doesn't read it all";
}

TEST(Processor, ARestartCountsAReadingOnceThatIsInTheJournalAndInItsDevicesRow) {
    Shell shell;
    const auto row = [&] { return shell.processor_->engine().row_of(0); };
    shell.numbered(41, 1);
    shell.numbered(42, 2);
    (void)shell.commit();
    shell.wait(30s);
    shell.numbered(43, 3);
    (void)shell.commit();  // The row is older than this.
    shell.online(true, 4, "site-1", "det-1");
    (void)shell.commit();  // The row holds all of the journal.
    shell.wait(31s);
    shell.numbered(45, 5);
    (void)shell.commit();
    ASSERT_EQ(needed_journal(shell.store_).value(), 2U) << "of 43; the first was too old";
    const DeviceRow before = row();
    shell.start();
    EXPECT_EQ(row().last_seq, 45U);
    EXPECT_EQ(row().seq_window, before.seq_window);
    shell.numbered(42, 1, "gw-2");  // A copy over another gateway.
    shell.numbered(46, 6);
    EXPECT_EQ(shell.processor_->engine().counts().duplicates, 1U);
    EXPECT_EQ(shell.processor_->engine().counts().sequence_gaps, 0U);
}

TEST(Processor, ARestartKnowsWhetherADeviceIsOffline) {
    Shell shell;
    const auto offline = [&] { return shell.processor_->engine().row_of(0).offline; };
    shell.numbered(1, 1);
    (void)shell.commit();
    shell.numbered(2, 2);
    shell.online(false, 3, "site-1", "det-1");
    (void)shell.commit();
    shell.start();
    EXPECT_TRUE(offline()) << "the journal's readings came before";
    shell.numbered(3, 4);
    (void)shell.commit();
    shell.start();
    EXPECT_FALSE(offline()) << "the journal's last reading came after";
    shell.online(false, 5, "site-1", "det-1");
    (void)shell.commit();
    shell.start();
    shell.wait(29s);
    EXPECT_EQ(shell.processor_->engine().tally().size(), 0U);
    shell.wait(1s);
    EXPECT_EQ(shell.processor_->engine().tally().size(), 1U)
        << "the grace after a last will runs anew, and then it is an alarm";
}

TEST(Processor, AClockThatFellDueWhileDownFiresAtTheFirstTick) {
    Shell shell;
    shell.gas(23.5, 1, 41);
    (void)shell.commit();
    shell.now_ = shell.now_ + 40min;
    shell.start();
    ASSERT_LE(*shell.processor_->next_deadline(), shell.now_);
    shell.wait(0s);
    const auto commit = shell.commit();
    EXPECT_THAT(commit->clock_lateness, UnorderedElementsAre(Duration{30min}, Duration{10min}));
}

TEST(Processor, ARestartingGatewayLeavesABoundedNumberOfRows) {
    Shell shell;
    constexpr std::size_t kRows = Positions::kEpochsKept + 1;
    for (std::uint64_t epoch = 1; epoch <= 2 * kRows; ++epoch) {
        wire::Uplink uplink = shell.message("gw-1", 1);
        uplink.set_epoch(epoch);
        uplink.set_oldest_epoch(epoch);
        shell.send(uplink);
        const auto commit = shell.commit();
        wire::Watermark watermark;
        ASSERT_TRUE(watermark.ParseFromString(commit->watermarks.at(0).message.payload));
        ASSERT_EQ(watermark.marks_size(), 1) << "of what the gateway holds";
        ASSERT_EQ(watermark.marks(0).epoch(), epoch);
    }
    EXPECT_EQ(shell.rows(StoreTable::positions), kRows);
    shell.start();
    EXPECT_THAT(shell.processor_->positions().of("gw-1"), SizeIs(kRows));
    EXPECT_EQ(shell.processor_->positions().of("gw-1")[0].epoch, kRows + 1);
}

TEST(Processor, ATornStoreIsRefused) {
    Shell shell;
    shell.gas(23.5, 1, 41);
    (void)shell.commit();
    store::Batch batch;
    batch.put(table(StoreTable::tickets), "T1", "garbage");
    ASSERT_TRUE(shell.store_.write(batch, store::Sync::yes));
    const auto opened = Processor::open({}, std::make_shared<const Rulebook>(standard_rulebook()),
                                        shell.store_, shell.now_);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::corrupt);
}

/// The JSON of the `device` entries of a commit's feed.
std::vector<std::string> device_news(const Commit& commit) {
    std::vector<std::string> news;
    for (const FeedEntry& entry : commit.feed) {
        if (entry.row.event == "device") news.push_back(entry.row.json);
    }
    return news;
}

TEST(Processor, NewsOfADeviceSayWhatTheRegistrySays) {
    Rulebook rulebook = standard_rulebook();
    RegistryEntry southern = registered("site-1", "det-1");
    southern.zone = "south";
    rulebook.registry = {registered("site-2", "det-1"), southern};
    Shell shell{rulebook};
    shell.online(false, 1, "site-1", "det-1");
    shell.online(false, 2, "site-3", "det-1");  // The same name elsewhere is a stranger.
    const auto commit = shell.commit();
    EXPECT_THAT(device_news(*commit),
                ElementsAre(AllOf(HasSubstr(R"("site":"site-1","unregistered":false)"),
                                  HasSubstr(R"("zone":"south")")),
                            AllOf(HasSubstr(R"("site":"site-3","unregistered":true)"),
                                  Not(HasSubstr(R"("zone":)")))));
}

TEST(Processor, AReloadedRegistryCountsAtOnce) {
    Shell shell;
    Rulebook rulebook = standard_rulebook();
    rulebook.registry = {registered("site-1", "det-1")};
    shell.processor_->on_reload(std::make_shared<const Rulebook>(rulebook), shell.now_);
    shell.online(false, 1, "site-1", "det-1");
    EXPECT_THAT(device_news(*shell.commit()), ElementsAre(HasSubstr(R"("unregistered":false)")));
    shell.processor_->on_reload(std::make_shared<const Rulebook>(standard_rulebook()), shell.now_);
    shell.online(true, 2, "site-1", "det-1");
    EXPECT_THAT(device_news(*shell.commit()), ElementsAre(HasSubstr(R"("unregistered":true)")));
}

struct Malformed {
    const char* name;
    std::string topic;
    std::string payload;
};
TEST(Processor, MessagesThatMakeNoSenseAreCountedAndChangeNothing) {
    const auto uplink = [](auto&& change) {
        wire::Uplink message;
        message.set_version(1);
        message.set_gateway("gw-1");
        message.set_seq(1);
        message.set_oldest_seq(1);
        change(message);
        return message.SerializeAsString();
    };
    for (const Malformed& row : std::initializer_list<Malformed>{
             {"not protobuf", std::string{kTopic}, "\xff\xff"},
             {"another version", std::string{kTopic}, uplink([](auto& m) { m.set_version(2); })},
             {"another's gateway", std::string{kTopic},
              uplink([](auto& m) { m.set_gateway("gw-2"); })},
             {"no number", std::string{kTopic}, uplink([](auto& m) { m.set_seq(0); })},
             {"older than the oldest", std::string{kTopic},
              uplink([](auto& m) { m.set_oldest_seq(2); })},
             {"of an epoch before the oldest", std::string{kTopic},
              uplink([](auto& m) { m.set_oldest_epoch(1); })},
             {"another topic", "mercaptan/v1/other", uplink([](auto&) {})},
         }) {
        SCOPED_TRACE(row.name);
        Shell shell;
        shell.processor_->on_uplink(row.topic, row.payload, shell.now_);
        EXPECT_EQ(shell.processor_->counts().uplink_malformed, 1U);
        EXPECT_EQ(shell.processor_->counts().uplinks, 0U);
    }
}

}  // namespace
}  // namespace mercaptan::processor::test
