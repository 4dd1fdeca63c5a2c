#include "gateway/core/guard.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mercaptan::gateway {
namespace {

using namespace std::chrono_literals;

constexpr Instant kNow{1'795'248'000'000};

RegistryEntry entry(std::string_view id, std::string_view site, DeviceKind kind,
                    std::string_view valve = {}) {
    RegistryEntry entry;
    entry.device_id = id;
    entry.site = site;
    entry.kind = kind;
    entry.valve_device = valve;
    return entry;
}

const Registry& registry() {
    static const Registry kRegistry{{
        entry("d1", "s1", DeviceKind::leak_detector),
        entry("v1", "s1", DeviceKind::valve),
        entry("v2", "s1", DeviceKind::valve),
        entry("own", "s1", DeviceKind::leak_detector, "v2"),
        entry("cellar", "s2", DeviceKind::leak_detector, "v1"),
        entry("bare", "s3", DeviceKind::leak_detector),
    }};
    return kRegistry;
}

Reading reading(std::string_view site = "s1", std::string_view device = "d1", Instant at = kNow) {
    Reading reading;
    reading.site = site;
    reading.device = device;
    reading.received_at = at;
    return reading;
}

GuardRule gas_rule() {
    GuardRule rule;
    rule.name = "gas";
    rule.gas_lel_pct_min = 20.0;
    rule.policy = {5s, 2, 60s};
    return rule;
}

/// Steps as text: `send v1 attempt 1`, `end v1 done`.
std::vector<std::string> take(std::vector<GuardStep>& steps) {
    std::vector<std::string> texts;
    for (const GuardStep& step : steps) {
        std::string text = step.kind == GuardStep::Kind::send ? "send " : "end ";
        text += step.report.valve.str() + " ";
        text += step.kind == GuardStep::Kind::send ? step.report.detail
                                                   : std::string{to_string(step.report.outcome)};
        texts.push_back(text);
    }
    steps.clear();
    return texts;
}

using Texts = std::vector<std::string>;

class GuardTest : public testing::Test {
protected:
    Guard guard{{gas_rule()}};
    std::vector<GuardStep> steps;

    Texts leak(Reading one, double lel_pct = 25.0, std::string_view id = "m1") {
        guard.on_reading(one, lel_pct, registry(), id, steps);
        return take(steps);
    }
    Texts time(Instant now) {
        guard.on_time(now, steps);
        return take(steps);
    }
    bool answer(std::string_view valve, std::string_view id, bool done, Instant now = kNow) {
        return guard.on_answer("s1", valve, id, done, "stuck", Origin{1, 9, 0, Lane::emergency},
                               now, steps);
    }
};

TEST_F(GuardTest, ClosesEveryValveOfTheSite) {
    EXPECT_EQ(leak(reading()), (Texts{"send v1 attempt 1", "send v2 attempt 1"}));
    EXPECT_EQ(guard.pending(), 2U);
}

TEST_F(GuardTest, ClosesTheValveThatTheRegistryNames) {
    EXPECT_EQ(leak(reading("s1", "own")), (Texts{"send v2 attempt 1"}));
}

TEST_F(GuardTest, ClosesANamedValveAtTheValvesOwnSite) {
    guard.on_reading(reading("s2", "cellar"), 25.0, registry(), "m", steps);
    ASSERT_EQ(steps.size(), 1U);
    EXPECT_EQ(steps[0].command.site, "s1");
    EXPECT_EQ(steps[0].command.valve, "v1");
}

TEST_F(GuardTest, ClosesTheSitesValvesForAnUnregisteredDevice) {
    EXPECT_EQ(leak(reading("s1", "stranger")).size(), 2U);
    EXPECT_TRUE(leak(reading("s3", "own")).empty())
        << "a device of another site moves nothing here";
}

TEST_F(GuardTest, DoesNothingWithoutAValve) {
    EXPECT_TRUE(leak(reading("s3", "bare")).empty());
}

TEST_F(GuardTest, ActsAtTheSetPointAndNotBelow) {
    EXPECT_TRUE(leak(reading(), 19.999).empty());
    EXPECT_FALSE(leak(reading(), 20.0).empty());
}

TEST_F(GuardTest, NeverActsOnASelfTestOrWarmUp) {
    for (const Status status : {Status::self_test, Status::preheat}) {
        Reading one = reading();
        one.status.add(status);
        EXPECT_TRUE(leak(one, 60.0).empty()) << to_string(status);
    }
}

TEST_F(GuardTest, HoldsAllConditionsOfARule) {
    GuardRule rule;
    rule.name = "both";
    rule.co_ppm_min = 300.0;
    rule.status_any_of.add(Status::alarm_low);
    rule.status_any_of.add(Status::alarm_high);
    guard.set_rules({rule}, {});
    Reading one = reading();
    EXPECT_TRUE(leak(one, 60.0).empty());
    one.values.set(Quantity::co_ppm, 300.0);
    EXPECT_TRUE(leak(one).empty());
    one.status.add(Status::alarm_high);
    EXPECT_EQ(leak(one).size(), 2U);
}

TEST_F(GuardTest, SaysWhyAndNamesTheMessageThatCausedIt) {
    guard.on_reading(reading(), 25.0, registry(), "gw-7-b12", steps);
    EXPECT_EQ(steps[0].command.id, "gw-7-b12.1");
    EXPECT_EQ(steps[1].command.id, "gw-7-b12.2");
    EXPECT_EQ(steps[0].command.reason, "guard rule gas: device d1");
}

TEST_F(GuardTest, DoesNotCommandABusyValveAgain) {
    leak(reading());
    EXPECT_TRUE(leak(reading("s1", "d1", kNow + 1s), 40.0, "m2").empty());
}

TEST_F(GuardTest, AsksAgainUntilTheRetriesAreUsedUp) {
    leak(reading("s1", "own"));
    EXPECT_EQ(guard.next_deadline(), kNow + 5s);
    EXPECT_TRUE(time(kNow + Duration{4'999}).empty());
    EXPECT_EQ(time(kNow + 5s), (Texts{"send v2 attempt 2"}));
    EXPECT_EQ(time(kNow + 10s), (Texts{"send v2 attempt 3"}));
    EXPECT_EQ(time(kNow + 15s), (Texts{"end v2 no_answer"}));
    EXPECT_EQ(guard.pending(), 0U);
    EXPECT_FALSE(guard.next_deadline());
}

TEST_F(GuardTest, EndsWithTheValvesAnswer) {
    leak(reading());
    EXPECT_TRUE(answer("v1", "m1.1", true));
    EXPECT_EQ(take(steps), (Texts{"end v1 done"}));
    EXPECT_TRUE(answer("v2", "m1.2", false));
    ASSERT_EQ(steps.size(), 1U);
    EXPECT_EQ(steps[0].report.outcome, ValveOutcome::failed);
    EXPECT_EQ(steps[0].report.detail, "stuck");
    EXPECT_EQ(steps[0].origin.seq, 9U);
}

TEST_F(GuardTest, IgnoresAnAnswerOfAnotherValveOrToNothing) {
    leak(reading());
    EXPECT_FALSE(answer("v2", "m1.1", true));
    EXPECT_FALSE(answer("v1", "never", true));
    EXPECT_TRUE(answer("v1", "m1.1", true));
    EXPECT_FALSE(answer("v1", "m1.1", true)) << "once";
}

TEST_F(GuardTest, LeavesAnEndedValveAloneForTheCooldown) {
    leak(reading("s1", "own"));
    answer("v2", "m1.1", true, kNow + 1s);
    take(steps);
    EXPECT_TRUE(leak(reading("s1", "own", kNow + 60s), 25.0, "m2").empty());
    EXPECT_EQ(leak(reading("s1", "own", kNow + 61s), 25.0, "m3"), (Texts{"send v2 attempt 1"}));
}

TEST_F(GuardTest, AsksAgainAtNoCostWhenTheFieldIsBack) {
    leak(reading("s1", "own"));
    guard.on_field_connected(kNow + 2s, steps);
    EXPECT_EQ(take(steps), (Texts{"send v2 attempt 1"}));
    EXPECT_EQ(guard.next_deadline(), kNow + 7s);
}

TEST_F(GuardTest, DoesNotCommandAValveThatTheProcessorOrdersShut) {
    PendingCommand order;
    order.id = "order-1";
    order.site = "s1";
    order.valve = "v1";
    order.ticket = "t1";
    guard.on_order(order, kNow, steps);
    ASSERT_EQ(steps.size(), 1U);
    EXPECT_EQ(steps[0].report.ticket, "t1");
    EXPECT_EQ(take(steps), (Texts{"send v1 attempt 1"}));
    EXPECT_EQ(leak(reading()), (Texts{"send v2 attempt 1"})) << "v1 is busy already";
}

TEST_F(GuardTest, GoesOnWithARestoredCommand) {
    leak(reading("s1", "own"));
    Guard next{{gas_rule()}};
    PendingCommand command;
    command.id = "m1.1";
    command.site = "s1";
    command.valve = "v2";
    command.policy = {5s, 1, 60s};
    command.attempts = 1;
    command.next_at = kNow + 5s;
    next.restore(command);
    EXPECT_EQ(next.next_deadline(), kNow + 5s);
    next.on_reading(reading("s1", "own"), 25.0, registry(), "m2", steps);
    EXPECT_TRUE(steps.empty()) << "the valve is busy";
    next.on_time(kNow + 5s, steps);
    EXPECT_EQ(take(steps), (Texts{"send v2 attempt 2"}));
    next.on_time(kNow + 10s, steps);
    EXPECT_EQ(take(steps), (Texts{"end v2 no_answer"}));
}

TEST_F(GuardTest, DoesNotWaitLongerWhenTheClockIsSetBack) {
    leak(reading("s1", "own"));
    EXPECT_TRUE(time(kNow - 1h).empty());
    EXPECT_EQ(guard.next_deadline(), kNow - 1h + 5s);
}

}  // namespace
}  // namespace mercaptan::gateway
