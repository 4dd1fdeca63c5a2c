#include "gateway/core/ended_commands.h"

#include <gtest/gtest.h>

#include <string>

namespace mercaptan::gateway {
namespace {

using namespace std::chrono_literals;

constexpr Instant kNow{1'795'248'000'000};

EndedCommand shut(std::string id, Instant at, std::string_view valve = "v1") {
    return {std::move(id), "s1", valve, ValveOutcome::done, "", at, true};
}

TEST(EndedCommands, FindsTheNewestThatShutTheValveInAnInterval) {
    EndedCommands ended;
    ended.add(shut("a", kNow));
    ended.add(shut("b", kNow + 1min));
    ended.add(shut("other", kNow + 2min, "v2"));
    const auto last = [&](Instant from, Instant to) {
        const EndedCommand* found = ended.last_shut("s1", "v1", from, to);
        return found == nullptr ? std::string{} : found->id;
    };
    EXPECT_EQ(last(kNow, kNow + 5min), "b");
    EXPECT_EQ(last(kNow, kNow + 1min), "b");
    EXPECT_EQ(last(kNow, kNow + 1min - 1ms), "a");
    EXPECT_EQ(last(kNow + 1ms, kNow + 1min - 1ms), "");
    EXPECT_FALSE(ended.doubt("b").shut);
    EXPECT_FALSE(ended.find("b")->shut);
    EXPECT_EQ(last(kNow, kNow + 5min), "a");
    EXPECT_EQ(ended.last_shut("s2", "v1", kNow, kNow + 5min), nullptr);
}

TEST(EndedCommands, ReplacesTheSameIdAndForgetsTheOldest) {
    EndedCommands ended;
    for (std::size_t i = 0; i < EndedCommands::kMax; ++i) {
        EXPECT_EQ(ended.add(shut(std::to_string(i), kNow + Duration{i})), "");
    }
    EXPECT_EQ(ended.add(shut("0", kNow + 1h)), "") << "the same one";
    EXPECT_EQ(ended.add(shut("new", kNow + 2h)), "1");
    EXPECT_EQ(ended.find("1"), nullptr);
    ASSERT_NE(ended.find("0"), nullptr);
    EXPECT_EQ(ended.find("0")->ended_at, kNow + 1h);
    EXPECT_EQ(ended.add(shut("older", kNow)), "older") << "there is no room for what is older";
}

}  // namespace
}  // namespace mercaptan::gateway
