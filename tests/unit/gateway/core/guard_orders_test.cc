// The processor's orders, beside the guard's own commands.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "gateway/core/guard.h"

namespace mercaptan::gateway {
namespace {

using namespace std::chrono_literals;

constexpr Instant kNow{1'795'248'000'000};

class GuardOrdersTest : public testing::Test {
protected:
    using Texts = std::vector<std::string>;

    /// Steps as text: `send a`, `join a`, `end a done`, `answer b done by command a: `...
    Texts take() {
        static constexpr const char* kKinds[] = {"send", "join", "end", "answer", "doubt"};
        Texts texts;
        for (const GuardStep& step : steps) {
            std::string text = kKinds[static_cast<std::size_t>(step.kind)];
            const bool doubt = step.kind == GuardStep::Kind::doubt;
            text += " " + (doubt ? step.ended->id : step.command.id);
            if (step.kind == GuardStep::Kind::end || step.kind == GuardStep::Kind::answer) {
                EXPECT_EQ(step.report.command_id, step.command.id);
                text += " " + std::string{to_string(step.report.outcome)};
                if (!step.report.detail.empty()) text += " " + step.report.detail;
            }
            texts.push_back(text);
        }
        steps.clear();
        return texts;
    }
    /// What the guard does on its own: the command has the id `own.1`.
    Texts leak(Instant now = kNow, std::string_view id = "own") {
        Reading reading;
        reading.site = "s1";
        reading.device = "d1";
        reading.received_at = now;
        guard.on_reading(reading, 25.0, registry, id, steps);
        return take();
    }
    Texts order(const std::string& id, Instant now = kNow, std::string_view valve = "v1") {
        PendingCommand order;
        order.id = id;
        order.site = "s1";
        order.valve = valve;
        order.ticket = "t-" + id;
        first = guard.on_order(order, now, steps);
        return take();
    }
    Texts answer(std::string_view id, bool done, Instant now = kNow) {
        EXPECT_TRUE(guard.on_answer("s1", "v1", id, done, done ? "shut" : "stuck",
                                    Origin{1, 9, 0, Lane::emergency}, now, steps));
        return take();
    }
    Texts open(Instant at) {
        guard.on_valve_open("s1", "v1", at, steps);
        return take();
    }
    static GuardRule gas_rule() {
        GuardRule rule;
        rule.name = "gas";
        rule.gas_lel_pct_min = 20.0;
        rule.policy = {5s, 1, 60s};
        return rule;
    }
    static RegistryEntry entry(std::string_view id, DeviceKind kind) {
        RegistryEntry entry;
        entry.device_id = id;
        entry.site = "s1";
        entry.kind = kind;
        return entry;
    }

    Registry registry{{entry("d1", DeviceKind::leak_detector), entry("v1", DeviceKind::valve)}};
    Guard guard{{gas_rule()}, {5s, 1, 60s}};
    std::vector<GuardStep> steps;
    bool first = false;  // Of the last order.
};

TEST_F(GuardOrdersTest, JoinsTheCommandThatIsThereAndSharesItsEnd) {
    EXPECT_EQ(leak(), (Texts{"send own.1"}));
    EXPECT_EQ(order("a"), (Texts{"join own.1"}));
    EXPECT_TRUE(first);
    EXPECT_EQ(order("a"), (Texts{"join own.1"}));
    EXPECT_FALSE(first);
    EXPECT_EQ(order("b"), (Texts{"join own.1"}));
    EXPECT_EQ(guard.pending(), 1U);
    EXPECT_EQ(
        answer("own.1", true),
        (Texts{"end own.1 done shut", "answer a done by command own.1: shut",
               "answer a done by command own.1: shut", "answer b done by command own.1: shut"}));
    EXPECT_EQ(order("a", kNow + 1h), (Texts{"answer a done by command own.1: shut"}));
}

TEST_F(GuardOrdersTest, ReportsToTheOrdersOwnTicket) {
    leak();
    order("a");
    guard.on_time(kNow + 5s, steps);
    EXPECT_EQ(take(), (Texts{"send own.1"}));
    guard.on_time(kNow + 10s, steps);
    ASSERT_EQ(steps.size(), 2U);
    EXPECT_EQ(steps[0].report.ticket, "");
    EXPECT_EQ(steps[1].report.ticket, "t-a");
    EXPECT_EQ(steps[1].report.outcome, ValveOutcome::no_answer);
    EXPECT_EQ(steps[1].report.site, "s1");
    EXPECT_EQ(steps[1].report.valve, "v1");
    EXPECT_EQ(steps[1].origin.seq, 0U) << "two reports need two names";
}

TEST_F(GuardOrdersTest, AnswersEachArrivalOfAnOrderOnce) {
    EXPECT_EQ(order("a"), (Texts{"send a"}));
    EXPECT_EQ(order("a"), (Texts{"join a"}));
    EXPECT_EQ(answer("a", false), (Texts{"end a failed stuck", "answer a failed stuck"}));
    EXPECT_EQ(order("a", kNow + 48h), (Texts{"answer a failed stuck"})) << "never sent again";
    EXPECT_FALSE(first);
}

TEST_F(GuardOrdersTest, LeavesAShutValveAlone) {
    leak();
    answer("own.1", true);
    EXPECT_EQ(order("a", kNow + Guard::kShutFor), (Texts{"answer a done by command own.1: shut"}));
    EXPECT_EQ(order("b", kNow + Guard::kShutFor + 1ms), (Texts{"send b"}))
        << "an answer from the memory shuts nothing";
}

TEST_F(GuardOrdersTest, TriesAfreshAfterAFailure) {
    leak();
    answer("own.1", false);
    EXPECT_EQ(order("a"), (Texts{"send a"}));
    guard.on_time(kNow + 5s, steps);
    guard.on_time(kNow + 10s, steps);
    take();
    EXPECT_EQ(order("b", kNow + 10s), (Texts{"send b"}));
}

TEST_F(GuardOrdersTest, AFailureSpeaksAgainstAnEarlierSuccess) {
    order("a");
    answer("a", true);
    EXPECT_EQ(leak(kNow + 61s), (Texts{"send own.1"}));
    EXPECT_EQ(answer("own.1", false, kNow + 62s), (Texts{"doubt a", "end own.1 failed stuck"}));
    EXPECT_EQ(order("b", kNow + 63s), (Texts{"send b"}));
}

TEST_F(GuardOrdersTest, ClosesAValveThatWasSeenOpen) {
    order("a");
    answer("a", true, kNow + 1s);
    EXPECT_EQ(open(kNow + Duration{999}), Texts{}) << "what it was before";
    EXPECT_EQ(order("b", kNow + 2s), (Texts{"answer b done by command a: shut"}));
    EXPECT_EQ(open(kNow + 3s), (Texts{"doubt a"}));
    EXPECT_EQ(order("c", kNow + 4s), (Texts{"send c"}));
    EXPECT_EQ(order("a", kNow + 4s), (Texts{"answer a done shut"})) << "it had its one command";
}

TEST_F(GuardOrdersTest, ClosesTwiceRatherThanNotWhenTheClockIsSetBack) {
    order("a");
    answer("a", true);
    EXPECT_EQ(order("b", kNow - 1h), (Texts{"send b"}));
}

TEST_F(GuardOrdersTest, RefusesAnIdThatBelongsToAnotherValve) {
    order("a");
    EXPECT_EQ(order("a", kNow, "v2"),
              (Texts{"answer a failed the id is that of a command to another valve"}));
    answer("a", true);
    EXPECT_EQ(order("a", kNow, "v2"), (Texts{"send a"})) << "that one was never asked";
}

TEST_F(GuardOrdersTest, GoesOnWithWhatAFormerRunLeft) {
    PendingCommand pending;
    pending.id = "own.1";
    pending.site = "s1";
    pending.valve = "v1";
    pending.policy = {5s, 1, 60s};
    pending.attempts = 1;
    pending.next_at = kNow + 5s;
    pending.joined = {{"a", "leak", "t-a"}};
    guard.restore(pending);
    guard.restore(EndedCommand{"old", "s1", "v2", ValveOutcome::done, "shut", kNow, true});
    EXPECT_EQ(order("b", kNow, "v2"), (Texts{"answer b done by command old: shut"}));
    EXPECT_EQ(order("c"), (Texts{"join own.1"}));
    EXPECT_EQ(answer("own.1", true),
              (Texts{"end own.1 done shut", "answer a done by command own.1: shut",
                     "answer c done by command own.1: shut"}));
}

}  // namespace
}  // namespace mercaptan::gateway
