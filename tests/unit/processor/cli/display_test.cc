#include "processor/cli/display.h"

#include <gtest/gtest.h>

#include <sstream>

#include "processor/cli/facts.h"
#include "processor/cli/server.h"

namespace mercaptan::cli {
namespace {

TEST(Display, WidthIsInColumns) {
    EXPECT_EQ(display_width(""), 0U);
    EXPECT_EQ(display_width("abc"), 3U);
    EXPECT_EQ(display_width("中山路1号"), 9U);
    EXPECT_EQ(display_width("e\u0301"), 1U);
    EXPECT_EQ(display_width("🔥"), 2U);
    EXPECT_EQ(display_width("→"), 1U);
    EXPECT_EQ(display_width("\xFF\xC3"), 2U);
}

TEST(Display, CutsWithoutSplittingACharacter) {
    EXPECT_EQ(cut("abc", 3), "abc");
    EXPECT_EQ(cut("abcd", 3), "ab…");
    EXPECT_EQ(cut("中山路", 4), "中…");
}

TEST(Display, NothingThatWouldSteerTheTerminal) {
    EXPECT_EQ(printable("a\x1B[2Jb\nc"), "a [2Jb c");
    EXPECT_EQ(printable("\u0090x"), " x");
    EXPECT_EQ(printable("中"), "中");
}

TEST(Display, TableColumnsAlignAcrossScripts) {
    Table table{{"SITE", "STATE"}};
    table.add({"中山路", "raised"});
    table.add({"s1", "closed"});
    std::ostringstream out;
    table.print(out);
    EXPECT_EQ(out.str(), "SITE    STATE\n中山路  raised\ns1      closed\n");
}

TEST(Facts, Spans) {
    EXPECT_EQ(span(Duration{0}), "0:00");
    EXPECT_EQ(span(Duration{299'999}), "4:59");
    EXPECT_EQ(span(Duration{3'600'000}), "1:00:00");
    EXPECT_EQ(span(Duration{2 * 86'400'000 + 3'600'000}), "2d 01:00:00");
}

TEST(Facts, TimesOfTheCommandLine) {
    EXPECT_EQ(time_argument("", "--from"), "");
    EXPECT_EQ(time_argument("1795248000123", "--from"), "1795248000123");
    EXPECT_EQ(time_argument("2026-11-21T08:00:00Z", "--from"), "2026-11-21T08:00:00Z");
    const Duration away = wall_now() - parse_rfc3339(time_argument("2h", "--from")).value();
    EXPECT_NEAR(static_cast<double>(away.count()), 7'200'000, 5000);
    try {
        (void)time_argument("soon", "--from");
        FAIL() << "was taken";
    } catch (const Failed& error) {
        EXPECT_EQ(error.exit_code(), 2);
        EXPECT_NE(std::string{error.what()}.find("--from"), std::string::npos);
    }
}

TEST(Targets, AreEncoded) {
    EXPECT_EQ(path_of("tickets", "a/b c", "/history"), "/api/v1/tickets/a%2Fb%20c/history");
    EXPECT_EQ(with_parameters("/x", {{"a", ""}, {"b", "1&2"}, {"c", "d"}}), "/x?b=1%262&c=d");
}

}  // namespace
}  // namespace mercaptan::cli
