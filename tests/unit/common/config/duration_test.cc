#include "common/config/duration.h"

#include <gtest/gtest.h>

#include <string>

namespace mercaptan::config {
namespace {

using namespace std::chrono_literals;

TEST(Duration, ReadsEveryUnit) {
    using enum Span::Unit;
    const std::pair<const char*, Span> cases[] = {
        {"1ms", {exact, 1}},         {"500ms", {exact, 500}},
        {"3s", {exact, 3'000}},      {"30m", {exact, 1'800'000}},
        {"2h", {exact, 7'200'000}},  {"3d", {days, 3}},
        {"3bd", {business_days, 3}}, {"87672h", Span::of(kDurationMax)},
        {"3653d", {days, 3653}},     {"007s", {exact, 7'000}},
    };
    for (const auto& [text, span] : cases) {
        const Result<Span> read = parse_span(text);
        ASSERT_TRUE(read) << text;
        EXPECT_EQ(*read, span) << text;
    }
    EXPECT_EQ(parse_duration("90s"), 90s);
}

TEST(Duration, RefusesEverythingElse) {
    const std::string such = "expected a duration such as 500ms, 3s, 30m, 2h, 3d or 3bd";
    const std::string at_most = "expected a duration of at most ten years";
    const std::pair<const char*, std::string> cases[] = {
        {"", such},
        {"3", such},
        {"s", such},
        {"-3s", such},
        {"-0s", such},
        {"+3s", such},
        {" 3s", such},
        {"3s ", such},
        {"3 s", such},
        {"3.5s", such},
        {"1h30m", such},
        {"3S", such},
        {"3w", such},
        {"3min", such},
        {"0x3s", such},
        {"0s", "expected a duration above zero"},
        {"0bd", "expected a duration above zero"},
        {"87673h", at_most},
        {"3654d", at_most},
        {"3654bd", at_most},
        {"99999999999999999999ms", at_most},
        {"9223372036854775807h", at_most},
    };
    for (const auto& [text, message] : cases) {
        const Result<Span> read = parse_span(text);
        ASSERT_FALSE(read) << text;
        EXPECT_EQ(read.error().message, message) << text;
        EXPECT_EQ(read.error().code, ErrorCode::invalid_input);
    }
}

TEST(Duration, ExactOnlyRefusesDays) {
    for (const char* text : {"3d", "3bd", "3"}) {
        ASSERT_FALSE(parse_duration(text)) << text;
        EXPECT_EQ(parse_duration(text).error().message,
                  "expected a duration such as 500ms, 3s, 30m or 2h");
    }
}

TEST(Duration, TakesZeroWhereAllowed) {
    EXPECT_EQ(parse_duration("0s", Zero::allowed), 0ms);
    EXPECT_FALSE(parse_duration("0", Zero::allowed));
}

TEST(Duration, WritesTheShortestTextThatReadsBack) {
    const std::pair<Span, const char*> cases[] = {
        {Span::of(1ms), "1ms"},        {Span::of(1500ms), "1500ms"},
        {Span::of(90s), "90s"},        {Span::of(30min), "30m"},
        {Span::of(36h), "36h"},        {Span::of(0ms), "0s"},
        {{Span::Unit::days, 3}, "3d"}, {{Span::Unit::business_days, 5}, "5bd"},
    };
    for (const auto& [span, text] : cases) {
        EXPECT_EQ(to_string(span), text);
        EXPECT_EQ(parse_span(text, Zero::allowed), span);
    }
    EXPECT_EQ(to_string(2h), "2h");
}

}  // namespace
}  // namespace mercaptan::config
