// The processor's orders to close a valve, beside what the guard does on its own.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "gateway/gateway.h"
#include "tests/unit/gateway/harness.h"

namespace mercaptan::gateway {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

class OrdersHarness : public GatewayHarness {
public:
    void order(std::string_view id, MessageFlags flags = {}) {
        wire::ValveCommand order;
        order.set_version(1);
        order.set_id(std::string{id});
        order.set_site("s1");
        order.set_valve("v1");
        order.set_reason("ticket \"7\"");
        order.set_ticket("t7");
        const auto stored =
            gateway->on_central_message(order_topic("gw1"), order.SerializeAsString(), flags, now);
        ASSERT_TRUE(stored.has_value()) << stored.error().message;
    }
    void answer(std::string_view id, std::string_view result) {
        receive(Lane::emergency, "gas/v1/s1/v1/command/ack",
                "{\"id\":\"" + std::string{id} + "\",\"result\":\"" + std::string{result} + "\"}");
    }
    /// The ids of the commands that the valve got, repetitions included.
    [[nodiscard]] std::vector<std::string> commands() const {
        std::vector<std::string> ids;
        for (const std::string& payload : field.on_topic("gas/v1/s1/v1/command"))
            ids.push_back(payload.substr(7, payload.find('"', 7) - 7));
        return ids;
    }
    /// What the processor was told of each command's end, each message once: `id:DONE`.
    [[nodiscard]] std::multiset<std::string> ends() const {
        std::map<std::pair<std::uint64_t, std::uint64_t>, const wire::Uplink*> messages;
        for (const wire::Uplink& message : central.sent) {
            if (message.emergency()) messages[{message.epoch(), message.seq()}] = &message;
        }
        std::multiset<std::string> ends;
        for (const auto& [name, message] : messages) {
            for (const wire::Item& item : message->items()) {
                if (!item.has_valve() || item.valve().outcome() == wire::ValveReport::SENT)
                    continue;
                ends.insert(item.valve().command_id() + ":" +
                            wire::ValveReport::Outcome_Name(item.valve().outcome()));
            }
        }
        return ends;
    }
    void restart() {
        crash();
        now = now + Duration{50};
        open();
        connect_central();
    }
};

class OrdersTest : public testing::Test, protected OrdersHarness {};

TEST_F(OrdersTest, CarriesOutAnOrderToCloseAndNothingElse) {
    open();
    connect_central();
    order("order-1");
    EXPECT_EQ(store.unsynced(), 0U) << "safe before the broker forgets it";
    round();
    EXPECT_THAT(
        field.on_topic("gas/v1/s1/v1/command"),
        ElementsAre(
            R"({"id":"order-1","action":"close_valve","reason":"ticket \"7\"","ticket":"t7"})"));
    order("order-1");
    order("order-2", {.retained = true});
    ASSERT_TRUE(gateway->on_central_message(order_topic("gw1"), "\xff", {}, now).has_value());
    settle();
    EXPECT_THAT(field.sent, SizeIs(1));
    const auto quarantined = Quarantine::list(store, 10, 1U << 20U, std::nullopt);
    ASSERT_THAT(quarantined->rows, SizeIs(1));
    EXPECT_EQ(quarantined->rows[0].entry.reason, "the order is not a ValveCommand");
    EXPECT_THAT(items(Lane::emergency), ElementsAre("v1:SENT"));
}

TEST_F(OrdersTest, JoinsTheGuardsOwnCommand) {
    open();
    connect_central();
    alarm(R"({"seq":1,"ch4_lel_pct":25})");
    round();
    ASSERT_THAT(commands(), SizeIs(1));
    const std::string own = commands()[0];
    order("t7-v1");
    settle();
    restart();
    answer(own, "done");
    settle();
    EXPECT_THAT(commands(), ElementsAre(own)) << "the valve is asked once";
    EXPECT_THAT(ends(), testing::UnorderedElementsAre(own + ":DONE", "t7-v1:DONE"));
    EXPECT_EQ(store.size(kCommands), 0U);
}

TEST_F(OrdersTest, AnswersAtOnceForAValveThatIsShut) {
    open();
    connect_central();
    alarm(R"({"seq":1,"ch4_lel_pct":25})");
    round();
    answer(commands()[0], "done");
    settle();
    restart();
    order("t7-v1");
    order("t7-v1", {.redelivered = true});
    settle();
    EXPECT_THAT(commands(), SizeIs(1));
    EXPECT_EQ(ends().count("t7-v1:DONE"), 2U) << "each arrival is answered";
}

TEST_F(OrdersTest, ClosesAValveAgainThatWasSeenOpen) {
    open();
    connect_central();
    order("t7-v1");
    round();
    answer("t7-v1", "done");
    settle();
    telemetry(R"({"seq":1,"status":["valve_open"]})", "v1");
    settle();
    restart();
    order("t8-v1");
    settle();
    EXPECT_THAT(commands(), ElementsAre("t7-v1", "t8-v1"));
}

TEST_F(OrdersTest, KnowsAnOrderThatComesAgainLongAfterARestart) {
    open();
    connect_central();
    for (const std::string outcome : {"done", "failed"}) {
        order(outcome);
        round();
        answer(outcome, outcome);
        settle();
        now = now + std::chrono::hours{1};
    }
    restart();
    order("done");
    order("failed");
    settle();
    EXPECT_THAT(commands(), ElementsAre("done", "failed")) << "nothing is sent twice";
    EXPECT_THAT(ends(), testing::UnorderedElementsAre("done:DONE", "done:DONE", "failed:FAILED",
                                                      "failed:FAILED"));
}

/// An alarm, orders and answers in a row, with one crash. The guard's own command is joined by all
/// orders; `c` is tried for itself if that one failed.
void run_with_crash(int crash_at, bool power_cut, std::string_view outcome) {
    SCOPED_TRACE("crash at " + std::to_string(crash_at));
    OrdersHarness run;
    run.rules.guard[0].policy = run.rules.orders = {Duration{5'000}, 1, Duration{0}};
    run.open();
    run.connect_central();
    std::map<std::string, std::size_t> arrivals;
    const auto order = [&](const std::string& id) {
        run.order(id);
        ++arrivals[id];
    };
    const auto answer = [&] {
        if (outcome == "none") {
            run.now = run.now + Duration{5'000};
        } else if (!run.commands().empty()) {
            run.answer(run.commands().back(), outcome);
        }
    };
    const std::vector<std::function<void()>> steps{
        [&] { run.alarm(R"({"seq":1,"ch4_lel_pct":25})"); },
        [&] { order("a"); },
        [&] { order("a"); },
        [&] { order("b"); },
        answer,
        [&] { order("b"); },
        answer,
        [&] { order("a"); },
        [&] { order("c"); },
        [&] { order("c"); },
        answer,
    };
    int point = 0;
    const auto maybe_crash = [&] {
        if (point++ != crash_at) return;
        run.crash();
        if (power_cut) run.store.lose_unsynced();
        run.now = run.now + Duration{100};
        run.open();
        run.connect_central();
    };
    for (const auto& step : steps) {
        step();
        maybe_crash();
        run.round();
        maybe_crash();
        EXPECT_TRUE(run.gateway->sync().has_value());
        run.acknowledge();
        maybe_crash();
    }
    for (int i = 0; i < 4; ++i) {
        run.settle();
        run.now = run.now + Duration{5'000};
    }
    run.now = run.now + run.settings.uplink.resend_after_max;
    run.settle();
    const auto ends = run.ends();
    for (const auto& [id, times] : arrivals) {
        std::size_t answered = 0;
        for (const char* end : {":DONE", ":FAILED", ":NO_ANSWER"}) answered += ends.count(id + end);
        EXPECT_EQ(answered, times) << id << " " << testing::PrintToString(ends);
    }
    EXPECT_EQ(run.store.size(kCommands), 0U);
    const auto sent = run.commands();
    EXPECT_EQ(std::set(sent.begin(), sent.end()).size(), outcome == "done" ? 1U : 2U)
        << testing::PrintToString(sent);
}

class EveryOrderTest : public testing::TestWithParam<std::tuple<bool, std::string>> {};

TEST_P(EveryOrderTest, IsAnsweredOncePerArrivalWhateverHappens) {
    constexpr int kPoints = 33;
    const auto& [power_cut, outcome] = GetParam();
    for (int point = 0; point <= kPoints; ++point) run_with_crash(point, power_cut, outcome);
}

INSTANTIATE_TEST_SUITE_P(Orders, EveryOrderTest,
                         testing::Combine(testing::Bool(),
                                          testing::Values("done", "failed", "none")));

}  // namespace
}  // namespace mercaptan::gateway
