#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "gateway/gateway.h"
#include "tests/unit/gateway/harness.h"

namespace mercaptan::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class RecoveryTest : public testing::Test, protected GatewayHarness {
protected:
    void restart() {
        crash();
        now = now + Duration{50};
        open();
    }
};

TEST_F(RecoveryTest, EachStartIsANewEpochNotBeforeTheTime) {
    open();
    const std::uint64_t first = gateway->epoch();
    EXPECT_EQ(first, 1'795'248'000U);
    restart();
    EXPECT_EQ(gateway->epoch(), first + 1);
    crash();
    now = now + std::chrono::hours{1};
    open();
    EXPECT_EQ(gateway->epoch(), first + 3'600);
}

TEST_F(RecoveryTest, RefusesAStoreOfAnotherFormat) {
    store::Batch batch;
    batch.put(kMeta, kMetaFormat, u64_value(2));
    ASSERT_TRUE(store.write(batch, store::Sync::yes).has_value());
    DeadRows dead;
    const auto opened = Gateway::open(settings, rules, {}, {store, dead, field, central}, now);
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code, ErrorCode::corrupt);
}

TEST_F(RecoveryTest, DecodesWhatTheFormerRunOnlyStored) {
    open();
    telemetry(R"({"seq":1,"co_ppm":1})");
    alarm(R"({"seq":2,"ch4_lel_pct":30})");
    restart();
    connect_central();
    settle();
    EXPECT_THAT(history(), testing::UnorderedElementsAre("d1:1", "d1:2"));
    EXPECT_THAT(field.on_topic("gas/v1/s1/v1/command"), SizeIs(1));
    EXPECT_THAT(field.on_topic("gas/v1/s1/d1/ack"), ElementsAre(R"({"seq":2})"));
}

TEST_F(RecoveryTest, SendsTheRowsOfTheFormerRunFirstUnderTheirNames) {
    open();
    const std::uint64_t first = gateway->epoch();
    telemetry(R"({"seq":1,"co_ppm":1})");
    settle();
    restart();
    telemetry(R"({"seq":2,"co_ppm":1})");
    settle();
    connect_central();
    settle();
    ASSERT_THAT(central.sent, SizeIs(2));
    EXPECT_EQ(central.sent[0].epoch(), first);
    EXPECT_EQ(central.sent[0].seq(), 1U);
    EXPECT_EQ(central.sent[1].epoch(), gateway->epoch());
    EXPECT_EQ(central.sent[1].seq(), 1U);
    EXPECT_EQ(central.sent[0].oldest_epoch(), first);
    EXPECT_EQ(central.sent[1].oldest_epoch(), first) << "of the lane, not of the message's epoch";
    EXPECT_EQ(lane(Lane::bulk).messages, 2U);
    watermark(Lane::bulk, first, 1);
    EXPECT_EQ(lane(Lane::bulk).messages, 1U);
    alarm(R"({"seq":3,"co_ppm":1})");
    telemetry(R"({"seq":4,"co_ppm":1})");
    settle();
    ASSERT_THAT(central.sent, SizeIs(4));
    EXPECT_EQ(central.sent[2].oldest_epoch(), gateway->epoch());
    EXPECT_EQ(central.sent[3].oldest_epoch(), gateway->epoch()) << "the former run's are done";
}

TEST_F(RecoveryTest, DoesNotSendAgainWhatTheWatermarkCovered) {
    open();
    const std::uint64_t first = gateway->epoch();
    connect_central();
    for (int i = 1; i <= 3; ++i) {
        telemetry("{\"seq\":" + std::to_string(i) + "}");
        settle();
    }
    watermark(Lane::bulk, first, 2);
    settle();
    central.sent.clear();
    restart();
    connect_central();
    settle();
    EXPECT_THAT(items(Lane::bulk), ElementsAre("d1:3"));
    EXPECT_EQ(central.sent[0].oldest_seq(), 3U);
    watermark(Lane::bulk, first, 3);
    settle();
    restart();
    EXPECT_EQ(lane(Lane::bulk).messages, 0U);
    EXPECT_EQ(lane(Lane::bulk).bytes, 0U);
}

TEST_F(RecoveryTest, RecognisesTheBrokersSecondDeliveryAfterARestart) {
    open();
    telemetry(R"({"seq":1,"co_ppm":1})");
    telemetry(R"({"co_ppm":2})");
    alarm(R"({"seq":2,"co_ppm":1})");
    receive(Lane::emergency, "gas/v1/s1/d1/online", "1");
    settle();
    restart();
    const MessageFlags again{.redelivered = true};
    telemetry(R"({"seq":1,"co_ppm":1})", "d1", again);
    telemetry(R"({"co_ppm":2})", "d1", again);
    alarm(R"({"seq":2,"co_ppm":1})", "d1", again);
    receive(Lane::emergency, "gas/v1/s1/d1/online", "1", again);
    settle();
    EXPECT_EQ(count(MessageResult::duplicate), 4U);
    EXPECT_EQ(count(MessageResult::accepted), 0U);
}

TEST_F(RecoveryTest, KnowsAnEmergencyOfAnotherTimeFromACopyAfterARestart) {
    const auto alarm_at = [&](std::string_view minute) {
        alarm(R"({"seq":1,"ch4_lel_pct":25,"ts":"2026-11-21T07:)" + std::string{minute} +
              R"(:00Z"})");
    };
    const auto telemetry_at = [&](std::string_view minute) {
        telemetry(
            R"({"seq":1,"ch4_lel_pct":1,"ts":"2026-11-21T07:)" + std::string{minute} + R"(:00Z"})",
            "d2");
    };
    open();
    alarm_at("10");
    telemetry_at("10");
    settle();
    restart();
    alarm_at("10");
    telemetry_at("50");
    settle();
    EXPECT_EQ(count(MessageResult::duplicate), 2U);
    EXPECT_EQ(count(MessageResult::accepted), 0U);
    alarm_at("50");
    settle();
    EXPECT_EQ(count(MessageResult::accepted), 1U);
}

TEST_F(RecoveryTest, RemembersALimitedNumberOfMessages) {
    settings.intake.remembered = 3;
    open();
    for (int i = 1; i <= 10; ++i) telemetry("{\"seq\":" + std::to_string(i) + "}");
    settle();
    store.drop(kInbox, [&](std::string_view key) { return dead_rows->inbox_droppable(key); });
    EXPECT_EQ(store.size(kInbox), 3U);
    restart();
    telemetry(R"({"seq":10})", "d1", {.redelivered = true});
    settle();
    EXPECT_EQ(count(MessageResult::duplicate), 1U);
}

TEST_F(RecoveryTest, GoesOnWithAPendingCommand) {
    rules.guard[0].policy = {Duration{5'000}, 3, Duration{60'000}};
    open();
    alarm(R"({"seq":1,"ch4_lel_pct":30})");
    settle();
    EXPECT_THAT(field.on_topic("gas/v1/s1/v1/command"), SizeIs(1));
    crash();
    now = now + Duration{6'000};
    open();
    round();
    const auto commands = field.on_topic("gas/v1/s1/v1/command");
    ASSERT_THAT(commands, SizeIs(2));
    EXPECT_EQ(commands[0], commands[1]) << "the same command by the same id";
}

TEST_F(RecoveryTest, CountsTheBacklogsBytesOn) {
    open();
    for (int i = 1; i <= 4; ++i) {
        telemetry("{\"seq\":" + std::to_string(i) + "}");
        settle();
    }
    const LaneStatus before = lane(Lane::bulk);
    restart();
    const LaneStatus after = lane(Lane::bulk);
    EXPECT_EQ(after.messages, before.messages);
    EXPECT_EQ(after.bytes, before.bytes);
    EXPECT_EQ(after.oldest_at, before.oldest_at);
}

TEST_F(RecoveryTest, AFlushBeforeRecoveryDropsNothing) {
    open();
    telemetry(R"({"seq":1})");
    settle();
    crash();
    DeadRows fresh;
    store.drop(kInbox, [&](std::string_view key) { return fresh.inbox_droppable(key); });
    store.drop(kOutbox, [&](std::string_view key) { return fresh.outbox_droppable(key); });
    open();
    EXPECT_EQ(lane(Lane::bulk).messages, 1U);
}

constexpr int kMessages = 12;
constexpr int kPointsPerMessage = 5;

/// What may happen between two messages.
void step(GatewayHarness& run, int point) {
    if (point == 1) run.round();
    if (point == 2) {
        run.now = run.now + Duration{3};
        run.round();
    }
    if (point >= 3) {
        EXPECT_TRUE(run.gateway->sync().has_value());
    }
    if (point == 4) {
        run.round();
        run.acknowledge();
    }
}

std::string message(int seq) {
    return "{\"seq\":" + std::to_string(seq) + ",\"co_ppm\":1}";
}
bool urgent(int seq) {
    return seq % 3 == 0;
}

/// A busy time with one crash in it. After a power cut the devices repeat their bulk messages:
/// those that were not synced are gone, and a device that wants certainty repeats until it is
/// answered.
void run_with_crash(int crash_at, bool power_cut) {
    SCOPED_TRACE("crash at " + std::to_string(crash_at));
    GatewayHarness run;
    run.settings.batch.readings_max = 2;
    run.open();
    run.connect_central();
    std::multiset<std::string> expected;
    for (int seq = 1; seq <= kMessages; ++seq) {
        urgent(seq) ? run.alarm(message(seq)) : run.telemetry(message(seq));
        expected.insert("d1:" + std::to_string(seq));
        for (int point = 0; point < kPointsPerMessage; ++point) {
            step(run, point);
            if ((seq - 1) * kPointsPerMessage + point != crash_at) continue;
            run.crash();
            if (power_cut) run.store.lose_unsynced();
            run.now = run.now + Duration{2'000};
            run.open();
            run.connect_central();
            for (int again = 1; power_cut && again <= seq; ++again) {
                if (!urgent(again)) run.telemetry(message(again));
            }
        }
    }
    run.settle();
    run.now = run.now + run.settings.uplink.resend_after_max;
    run.settle();
    EXPECT_EQ(run.history(), expected);
}

class EveryPointTest : public testing::TestWithParam<bool> {};

TEST_P(EveryPointTest, LosesAndDoublesNothing) {
    for (int point = 0; point < kMessages * kPointsPerMessage; ++point)
        run_with_crash(point, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Recovery, EveryPointTest, testing::Bool(),
                         [](const auto& param) { return param.param ? "PowerCut" : "Kill"; });

}  // namespace
}  // namespace mercaptan::gateway
