#include "gateway/gateway.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/gateway/harness.h"

namespace mercaptan::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class GatewayTest : public testing::Test, protected GatewayHarness {
protected:
    static std::string numbered(int seq, double lel_pct = 1.0) {
        return "{\"seq\":" + std::to_string(seq) + ",\"ch4_lel_pct\":" + std::to_string(lel_pct) +
               "}";
    }
    [[nodiscard]] std::vector<std::string> quarantine_reasons() const {
        std::vector<std::string> reasons;
        const auto page = Quarantine::list(store, 1000, 1U << 20U, std::nullopt);
        for (const auto& row : page->rows) reasons.push_back(row.entry.reason);
        return reasons;
    }
};

TEST_F(GatewayTest, StoresAMessageBeforeTheCallbackReturns) {
    open();
    telemetry(numbered(1));
    EXPECT_EQ(store.size(kInbox), 1U);
    EXPECT_EQ(store.unsynced(), 1U) << "bulk is not synced";
    alarm(numbered(2));
    EXPECT_EQ(store.size(kInbox), 2U);
    EXPECT_EQ(store.unsynced(), 0U) << "an alarm is, with all before it";
}

TEST_F(GatewayTest, AFailedWriteIsNeverAcknowledged) {
    open();
    store.fail_next_write();
    EXPECT_FALSE(
        gateway->on_field_message(Lane::bulk, "gas/v1/s1/d1/telemetry", "{}", {}, now).has_value());
    telemetry(numbered(1));
    store.fail_next_write(/*applied=*/true);
    now = now + Duration{10};
    round();  // Opens the batch.
    now = now + Duration{10};
    EXPECT_FALSE(gateway->round(now).has_value());
}

TEST_F(GatewayTest, SendsBulkInCompanyOnceItSurvivesAPowerCut) {
    open();
    connect_central();
    for (int i = 1; i <= 3; ++i) telemetry(numbered(i));
    round();
    EXPECT_THAT(central.sent, IsEmpty()) << "it lingers";
    now = now + settings.batch.linger;
    round();
    EXPECT_THAT(central.sent, IsEmpty()) << "not synced";
    ASSERT_TRUE(gateway->sync().has_value());
    round();
    ASSERT_THAT(central.sent, SizeIs(1));
    EXPECT_THAT(items(Lane::bulk), ElementsAre("d1:1", "d1:2", "d1:3"));
    EXPECT_EQ(central.sent[0].seq(), 1U);
    EXPECT_EQ(central.sent[0].oldest_seq(), 1U);
    EXPECT_EQ(central.sent[0].epoch(), gateway->epoch());
}

TEST_F(GatewayTest, AFullBatchDoesNotLinger) {
    settings.batch.readings_max = 4;
    open();
    connect_central();
    for (int i = 1; i <= 9; ++i) telemetry(numbered(i));
    round();
    EXPECT_EQ(store.size(kOutbox), 1U);
    settle();
    ASSERT_THAT(central.sent, SizeIs(3));
    EXPECT_EQ(central.sent[0].items_size(), 4);
    EXPECT_EQ(central.sent[1].items_size(), 4);
    EXPECT_EQ(central.sent[2].items_size(), 1);
}

TEST_F(GatewayTest, AnEmergencyLeavesAtOnceAndBeforeTheBacklog) {
    open();
    for (int i = 1; i <= 500; ++i) telemetry(numbered(i));
    settle();
    alarm(numbered(1000));
    gateway->on_central_connection(true);
    round();
    ASSERT_GE(central.sent.size(), 2U);
    EXPECT_TRUE(central.sent[0].emergency());
    EXPECT_THAT(items(Lane::emergency), ElementsAre("d1:1000"));
}

TEST_F(GatewayTest, PromotesABulkReadingThatIsAnEmergency) {
    open();
    connect_central();
    telemetry(R"({"seq":1,"ch4_lel_pct":19.9})");
    telemetry(R"({"seq":2,"ch4_lel_pct":20})");
    telemetry(R"({"seq":3,"status":["alarm_low"]})", "d2");
    telemetry(R"({"seq":4,"ch4_lel_pct":60,"status":["self_test"]})");
    settle();
    EXPECT_THAT(items(Lane::emergency), ElementsAre("d1:2", "v1:SENT", "d2:3"));
    EXPECT_THAT(items(Lane::bulk), ElementsAre("d1:1", "d1:4"));
    EXPECT_EQ(gateway->status().core.promoted, 2U);
}

TEST_F(GatewayTest, NamesEachReadingByTheMessageItCameIn) {
    open();
    connect_central();
    telemetry(numbered(7));
    alarm(numbered(8));
    settle();
    for (const wire::Uplink& message : central.sent) {
        const wire::Item& item = message.items(0);
        EXPECT_EQ(item.origin_epoch(), gateway->epoch());
        EXPECT_EQ(item.origin_seq(), 1U);
        EXPECT_EQ(item.origin_emergency(), message.emergency());
        EXPECT_EQ(item.received_at_ms(), 1'795'248'000'000);
    }
}

TEST_F(GatewayTest, TakesDuplicatesOnceAndAnswersEachAlarm) {
    open();
    connect_central();
    alarm(numbered(41));
    alarm(numbered(41));
    settle();
    EXPECT_THAT(items(Lane::emergency), ElementsAre("d1:41"));
    EXPECT_THAT(field.on_topic("gas/v1/s1/d1/ack"), ElementsAre(R"({"seq":41})", R"({"seq":41})"));
    EXPECT_EQ(count(MessageResult::duplicate), 1U);
}

TEST_F(GatewayTest, TakesAnEmergencyAgainThatCameWithAnotherTime) {
    open();
    for (const std::string ts : {"1795247000000", "1795248000000", "1795248000000"}) {
        telemetry(R"({"seq":1,"ch4_lel_pct":25,"ts":)" + ts + "}");
        telemetry(R"({"seq":1,"ch4_lel_pct":1,"ts":)" + ts + "}", "d2");
    }
    settle();
    EXPECT_EQ(count(MessageResult::accepted), 3U);
    EXPECT_EQ(count(MessageResult::duplicate), 3U);
}

TEST_F(GatewayTest, AnswersTelemetryOnlyIfTheRegistrySaysSoAndOnlyWhenItIsSynced) {
    auto answered = entry("d2", DeviceKind::leak_detector);
    answered.ack_telemetry = true;
    rules.registry = std::make_shared<const Registry>(
        DeviceRegistry{entry("d1", DeviceKind::leak_detector), answered});
    open();
    telemetry(numbered(1), "d1");
    telemetry(numbered(2), "d2");
    round();
    EXPECT_THAT(field.sent, IsEmpty());
    ASSERT_TRUE(gateway->sync().has_value());
    round();
    EXPECT_THAT(field.on_topic("gas/v1/s1/d2/ack"), ElementsAre(R"({"seq":2})"));
    EXPECT_THAT(field.sent, SizeIs(1));
}

TEST_F(GatewayTest, QuarantinesWhatItCannotReadAndTellsOfAlarms) {
    open();
    connect_central();
    telemetry("garbage");
    alarm("{");
    receive(Lane::bulk, "gas/v1/s1/alarm", "{}");
    receive(Lane::bulk, "elsewhere", "{}");
    settle();
    EXPECT_THAT(
        quarantine_reasons(),
        ElementsAre("no profile matches the topic", "the topic is not gas/v1/{site}/{device}/...",
                    "the payload is not well-formed JSON", "the payload is not well-formed JSON"));
    EXPECT_THAT(items(Lane::emergency),
                ElementsAre("d1:unreadable:the payload is not well-formed JSON"));
    EXPECT_THAT(items(Lane::bulk), IsEmpty());
    EXPECT_EQ(count(MessageResult::rejected), 4U);
}

TEST_F(GatewayTest, SavesTheEmergencyFromAMalformedMessage) {
    open();
    connect_central();
    telemetry(R"({"seq":1,"battery_pct":"low","ch4_lel_pct":30})");
    telemetry(R"({"seq":2,"battery_pct":"low","ch4_lel_pct":3})");
    settle();
    EXPECT_THAT(quarantine_reasons(), SizeIs(2));
    EXPECT_THAT(items(Lane::emergency), ElementsAre("d1:0", "v1:SENT"));
    EXPECT_THAT(items(Lane::bulk), IsEmpty());
    EXPECT_EQ(gateway->status().salvaged, 1U);
}

TEST_F(GatewayTest, CutsAndQuarantinesAnOversizedPayload) {
    settings.intake.payload_bytes_max = 256;
    open();
    connect_central();
    alarm(std::string(300, ' ') + numbered(1));
    settle();
    const auto page = Quarantine::list(store, 10, 1U << 20U, std::nullopt);
    ASSERT_EQ(page->rows.size(), 1U);
    EXPECT_EQ(page->rows[0].entry.payload.size(), 256U);
    EXPECT_EQ(page->rows[0].entry.reason, "oversized: the payload has 332 bytes");
    EXPECT_THAT(items(Lane::emergency), SizeIs(1));
}

TEST_F(GatewayTest, ARetainedAlarmWithoutRecentTimeIsStale) {
    open();
    connect_central();
    alarm(numbered(1, 60), "d1", {.retained = true});
    alarm("{", "d1", {.retained = true});
    settle();
    EXPECT_THAT(items(Lane::emergency), IsEmpty());
    EXPECT_THAT(field.on_topic("gas/v1/s1/v1/command"), IsEmpty());
    EXPECT_THAT(quarantine_reasons(), SizeIs(2));
    EXPECT_EQ(count(MessageResult::stale), 2U);
}

TEST_F(GatewayTest, TellsOfDevicesThatComeAndGo) {
    open();
    connect_central();
    receive(Lane::emergency, "gas/v1/s1/d1/online", "1");
    receive(Lane::emergency, "gas/v1/s1/d1/online", "0");
    receive(Lane::emergency, "gas/v1/s1/d1/online", "0", {.retained = true});
    receive(Lane::emergency, "gas/v1/s1/d1/online", "1", {.retained = true});
    settle();
    EXPECT_THAT(items(Lane::emergency), ElementsAre("d1:online", "d1:offline", "d1:online"));
    EXPECT_EQ(count(MessageResult::ignored), 1U) << "the broker repeats what we know";
}

TEST_F(GatewayTest, ClosesTheValveWithTheUplinkDownAndReportsEachStep) {
    open();
    alarm(R"({"seq":1,"ch4_lel_pct":25})");
    round();
    const auto commands = field.on_topic("gas/v1/s1/v1/command");
    ASSERT_THAT(commands, SizeIs(1));
    const std::string id = "gw1-" + std::to_string(gateway->epoch()) + "-e1.1";
    EXPECT_EQ(commands[0],
              "{\"id\":\"" + id +
                  "\",\"action\":\"close_valve\",\"reason\":\"guard rule set-point: device "
                  "d1\",\"ticket\":\"\"}");
    EXPECT_EQ(store.size(kCommands), 1U) << "stored before it was sent";
    EXPECT_THAT(field.caused, ElementsAre(now));

    receive(Lane::emergency, "gas/v1/s1/v1/command/ack",
            "{\"id\":\"" + id + R"(","result":"done"})");
    round();
    EXPECT_EQ(store.size(kCommands), 0U);
    connect_central();
    settle();
    EXPECT_THAT(items(Lane::emergency), ElementsAre("d1:1", "v1:SENT", "v1:DONE"));
}

TEST_F(GatewayTest, AnEmergencyWaitsForOneSyncAndIsDecidedAgainAfterAPowerCut) {
    open();
    connect_central();
    alarm(R"({"seq":1,"ch4_lel_pct":25})");
    EXPECT_EQ(store.unsynced(), 0U) << "the message survives";
    round();
    EXPECT_EQ(store.unsynced(), 1U) << "what was decided need not";
    EXPECT_THAT(items(Lane::emergency), ElementsAre("d1:1", "v1:SENT"));

    crash();
    store.lose_unsynced();
    open();
    connect_central();
    settle();
    const auto commands = field.on_topic("gas/v1/s1/v1/command");
    ASSERT_THAT(commands, SizeIs(2));
    EXPECT_EQ(commands[1], commands[0]) << "the same command";
    EXPECT_THAT(history(), ElementsAre("d1:1"));
}

TEST_F(GatewayTest, AnEmergencyOfAMessageThatAPowerCutCanTakeIsSyncedFirst) {
    open();
    connect_central();
    telemetry(R"({"seq":1,"ch4_lel_pct":25})");
    round();
    EXPECT_THAT(items(Lane::emergency), ElementsAre("d1:1", "v1:SENT"));
    EXPECT_EQ(store.unsynced(), 0U);
}

TEST_F(GatewayTest, AsksASilentValveAgainAndTellsWhenItNeverAnswers) {
    rules.guard[0].policy = {Duration{5'000}, 1, Duration{60'000}};
    open();
    connect_central();
    alarm(R"({"seq":1,"ch4_lel_pct":25})");
    round();
    EXPECT_EQ(gateway->next_deadline(), now + Duration{5'000});
    now = now + Duration{5'000};
    round();
    EXPECT_THAT(field.on_topic("gas/v1/s1/v1/command"), SizeIs(2));
    EXPECT_THAT(field.caused, SizeIs(1)) << "only the first one is timed";
    now = now + Duration{5'000};
    round();
    EXPECT_EQ(store.size(kCommands), 0U);
    EXPECT_THAT(items(Lane::emergency),
                testing::IsSupersetOf({"d1:1", "v1:SENT", "v1:SENT", "v1:NO_ANSWER"}));
}

TEST_F(GatewayTest, AsksAgainWhenTheFieldBrokerIsBack) {
    open();
    field.connected = false;
    alarm(R"({"seq":1,"ch4_lel_pct":25})");
    round();
    EXPECT_THAT(field.sent, IsEmpty());
    field.connected = true;
    gateway->on_field_connection(Lane::emergency, true);
    round();
    EXPECT_THAT(field.on_topic("gas/v1/s1/v1/command"), SizeIs(1));
}

TEST_F(GatewayTest, FreesRowsOnlyByTheWatermark) {
    open();
    connect_central();
    for (int i = 1; i <= 3; ++i) {
        telemetry(numbered(i));
        settle();
    }
    EXPECT_EQ(lane(Lane::bulk).messages, 3U);
    const std::uint64_t bytes = lane(Lane::bulk).bytes;
    EXPECT_GT(bytes, 0U);
    watermark(Lane::bulk, gateway->epoch(), 2);
    EXPECT_EQ(lane(Lane::bulk).messages, 1U);
    EXPECT_LT(lane(Lane::bulk).bytes, bytes);
    EXPECT_EQ(lane(Lane::bulk).watermark_seq, 2U);
    watermark(Lane::bulk, gateway->epoch(), 3);
    EXPECT_EQ(lane(Lane::bulk).bytes, 0U);
    EXPECT_FALSE(lane(Lane::bulk).oldest_at);
    watermark(Lane::bulk, gateway->epoch(), 9);
    EXPECT_EQ(gateway->status().watermarks_refused, 1U);
    telemetry(numbered(4));
    settle();
    EXPECT_EQ(lane(Lane::bulk).messages, 1U) << "a false watermark frees nothing";
    settle();
    store.drop(kOutbox, [&](std::string_view key) { return dead_rows->outbox_droppable(key); });
    EXPECT_EQ(store.size(kOutbox), 1U);
}

TEST_F(GatewayTest, SendsAgainWhatTheWatermarkDoesNotCover) {
    open();
    connect_central();
    telemetry(numbered(1));
    settle();
    EXPECT_THAT(central.sent, SizeIs(1));
    now = now + settings.uplink.resend_after;
    round();
    EXPECT_THAT(items(Lane::bulk), ElementsAre("d1:1", "d1:1"));
    gateway->on_central_connection(false);
    round();
    connect_central();
    EXPECT_THAT(items(Lane::bulk), SizeIs(3)) << "and at every new connection";
    for (const wire::Uplink& message : central.sent) EXPECT_EQ(message.seq(), 1U);
}

TEST_F(GatewayTest, KeepsFewBulkMessagesWithTheBrokerAtOnce) {
    settings.batch.readings_max = 1;
    open();
    for (int i = 1; i <= 20; ++i) telemetry(numbered(i));
    settle();
    gateway->on_central_connection(true);
    round();
    EXPECT_THAT(central.sent, SizeIs(4));
    acknowledge();
    round();
    EXPECT_THAT(central.sent, SizeIs(8));
}

TEST_F(GatewayTest, TriesAgainWhenTheConnectionTakesNoMore) {
    open();
    connect_central();
    central.full = true;
    alarm(numbered(1));
    round();
    EXPECT_THAT(central.sent, IsEmpty());
    ASSERT_TRUE(gateway->next_deadline());
    now = *gateway->next_deadline();
    central.full = false;
    round();
    EXPECT_THAT(central.sent, SizeIs(1));
}

TEST_F(GatewayTest, ReadsABacklogFromTheStoreInOrder) {
    settings.batch.readings_max = 1;
    settings.outbox.read_ahead_bytes = 200;  // A few rows.
    settings.outbox.bulk_unacked_max = 1000;
    open();
    std::vector<std::string> expected;
    for (int i = 1; i <= 300; ++i) {
        telemetry(numbered(i));
        expected.push_back("d1:" + std::to_string(i));
    }
    settle();
    for (int i = 0; i < 200; ++i) settle();
    connect_central();
    for (std::uint64_t seq = 1; seq <= 300; ++seq) {
        acknowledge();
        if (central.sent.size() >= seq) watermark(Lane::bulk, gateway->epoch(), seq);
    }
    EXPECT_EQ(items(Lane::bulk), expected);
    EXPECT_EQ(lane(Lane::bulk).messages, 0U);
}

TEST_F(GatewayTest, LeavesBulkWithTheBrokerWhenItsShareOfTheDiskIsFull) {
    settings.outbox.bytes_max = 6'000;
    settings.outbox.reserve_bytes = 2'000;
    open();
    int seq = 0;
    while (field.intake_open[1] && seq < 1'000) {
        telemetry(numbered(++seq));
        settle();
    }
    EXPECT_FALSE(field.intake_open[1]);
    EXPECT_TRUE(field.intake_open[0]) << "emergencies have the reserve";
    EXPECT_EQ(lane(Lane::bulk).intake_pauses, 1U);
    while (field.intake_open[0] && seq < 2'000) {
        alarm(numbered(++seq));
        settle();
    }
    EXPECT_FALSE(field.intake_open[0]);
    EXPECT_GE(lane(Lane::bulk).bytes + lane(Lane::emergency).bytes, 6'000U);

    connect_central();
    watermark(Lane::emergency, gateway->epoch(), lane(Lane::emergency).next_seq - 1);
    EXPECT_TRUE(field.intake_open[0]);
    EXPECT_FALSE(field.intake_open[1]) << "opens when a tenth is free";
    watermark(Lane::bulk, gateway->epoch(), lane(Lane::bulk).next_seq - 1);
    EXPECT_TRUE(field.intake_open[1]);
}

TEST_F(GatewayTest, LeavesBulkWithTheBrokerWhenTheDiskIsLow) {
    open();
    gateway->on_disk_free(settings.outbox.disk_free_bytes_min - 1);
    round();
    EXPECT_FALSE(field.intake_open[1]);
    EXPECT_TRUE(field.intake_open[0]);
    gateway->on_disk_free(settings.outbox.disk_free_bytes_min);
    round();
    EXPECT_TRUE(field.intake_open[1]);
}

TEST_F(GatewayTest, LeavesBulkWithTheBrokerWhenItCannotDecodeFastEnough) {
    settings.intake.queue_max = 2'000;
    open();
    for (int i = 1; i <= 3'100; ++i) telemetry(numbered(i));
    round();
    EXPECT_FALSE(field.intake_open[1]);
    settle();
    EXPECT_TRUE(field.intake_open[1]);
    EXPECT_EQ(count(MessageResult::accepted), 3'100U);
}

TEST_F(GatewayTest, BoundsTheQuarantine) {
    settings.quarantine.entries_max = 3;
    open();
    for (int i = 0; i < 5; ++i) telemetry("bad " + std::to_string(i));
    settle();
    const auto page = Quarantine::list(store, 2, 1U << 20U, std::nullopt);
    ASSERT_EQ(page->rows.size(), 2U);
    EXPECT_EQ(page->rows[0].entry.payload, "bad 4");
    EXPECT_EQ(page->rows[1].entry.payload, "bad 3");
    const auto rest = Quarantine::list(store, 2, 1U << 20U, page->next);
    ASSERT_EQ(rest->rows.size(), 1U);
    EXPECT_EQ(rest->rows[0].entry.payload, "bad 2");
    EXPECT_FALSE(rest->next);
    EXPECT_EQ(gateway->status().quarantine_dropped, 2U);
}

TEST_F(GatewayTest, TakesOverNewRules) {
    open();
    Rulebook quiet = rules;
    quiet.guard.clear();
    gateway->reload(quiet);
    alarm(R"({"seq":1,"ch4_lel_pct":25})");
    round();
    EXPECT_THAT(field.on_topic("gas/v1/s1/v1/command"), IsEmpty());
    gateway->reload(rules);
    alarm(R"({"seq":2,"ch4_lel_pct":25})");
    round();
    EXPECT_THAT(field.on_topic("gas/v1/s1/v1/command"), SizeIs(1));
    EXPECT_EQ(gateway->status().reloads, 2U);
}

TEST_F(GatewayTest, BulkIsServedWhileEmergenciesKeepComing) {
    open();
    connect_central();
    telemetry(numbered(1));
    for (int i = 0; i < 20; ++i) {
        alarm(numbered(100 + i));
        round();
    }
    EXPECT_EQ(gateway->status().lanes[1].queued, 0U);
}

}  // namespace
}  // namespace mercaptan::gateway
