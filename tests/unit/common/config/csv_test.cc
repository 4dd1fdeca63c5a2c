#include "common/config/csv.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mercaptan::config {
namespace {

using Fields = std::vector<std::string>;

/// All records of a text with a header, each as its fields; fails the test on an error.
std::vector<Fields> records(std::string_view text) {
    std::vector<Fields> all;
    Result<CsvReader> reader = CsvReader::open(text, "t.csv");
    EXPECT_TRUE(reader) << reader.error().message;
    while (reader) {
        const Result<bool> some = reader->next();
        EXPECT_TRUE(some) << some.error().message;
        if (!some || !*some) break;
        all.emplace_back(reader->fields().begin(), reader->fields().end());
    }
    return all;
}

std::string refusal(std::string_view text) {
    const Result<CsvTable> table = parse_csv(text, "t.csv");
    if (table) return "accepted";
    EXPECT_EQ(table.error().code, ErrorCode::invalid_input);
    return table.error().message;
}

TEST(Csv, ReadsRecords) {
    const std::pair<std::string, std::vector<Fields>> cases[] = {
        {"a,b\n", {}},
        {"a,b", {}},
        {"a,b\n1,2\n", {{"1", "2"}}},
        {"a,b\n1,2", {{"1", "2"}}},
        {"a,b\r\n1,2\r\n", {{"1", "2"}}},
        {"\xEF\xBB\xBF"
         "a,b\n1,2\n",
         {{"1", "2"}}},
        {"a,b\n\n1,2\n\r\n\n3,4\n\n", {{"1", "2"}, {"3", "4"}}},
        {"a,b\n,\n", {{"", ""}}},
        {"a,b\n1,", {{"1", ""}}},
        {"a,b\n\"1\",\"\"\n", {{"1", ""}}},
        {"a,b\n\"x, y\",\"line\nend\r\n.\"\n", {{"x, y", "line\nend\r\n."}}},
        {"a,b\n\"say \"\"gas\"\"\",\"\"\"\"\n", {{"say \"gas\"", "\""}}},
        {"a,b\n\"\"\"x\",\"y\"\"\"\n1,2\n", {{"\"x", "y\""}, {"1", "2"}}},
        {"a,b\n 1 ,\t2\n", {{" 1 ", "\t2"}}},
        {"a\n\"\"\nx\n", {{""}, {"x"}}},
        {"a,b\n燃气,泄漏\n", {{"燃气", "泄漏"}}},
    };
    for (const auto& [text, expected] : cases) EXPECT_EQ(records(text), expected) << text;
}

TEST(Csv, GivesColumnsByNameAndLines) {
    const Result<CsvTable> table = parse_csv("\nid,note\n\n1,\"two\nlines\"\n2,plain\n", "t.csv");
    ASSERT_TRUE(table) << table.error().message;
    EXPECT_EQ(table->header(), (Fields{"id", "note"}));
    ASSERT_EQ(table->size(), 2U);
    const auto rows = table->rows();
    EXPECT_EQ(rows[0]["note"], "two\nlines");
    EXPECT_EQ(rows[0].line(), 4U);
    EXPECT_EQ(rows[1]["id"], "2");
    EXPECT_EQ(rows[1]["absent"], "");
    EXPECT_EQ(rows[1].line(), 6U);
    EXPECT_EQ(table->located(rows[1], "id: wrong"), "t.csv:6: id: wrong");
    EXPECT_EQ(table->expect_columns({"x"}).error().message.substr(0, 8), "t.csv:2:");
}

TEST(Csv, RefusesWithFileAndLine) {
    const std::pair<std::string, std::string> cases[] = {
        {"", "t.csv:1: expected a header line, got nothing"},
        {"\n\n", "t.csv:3: expected a header line, got nothing"},
        {"a,b\n1\n", "t.csv:2: expected 2 columns, got 1"},
        {"a,b\n1,2\n1,2,3\n", "t.csv:3: expected 2 columns, got 3"},
        {"a,b\n1,x\"y\n", "t.csv:2: expected quotes around the whole field, got one inside"},
        {"a,b\n\"1\"x,2\n",
         "t.csv:2: expected a comma or the end of the line after a quoted field"},
        {"a,b\n1,2\n\"open,2\n3,4\n", "t.csv:3: expected a closing quote, got the end of the file"},
        {"a,b\n1,2\r3,4\n", "t.csv:2: expected a line feed after a carriage return"},
        {"a,b\n1,2\r", "t.csv:2: expected a line feed after a carriage return"},
        {"a,b\n1,2\n1,\xFF\n", "t.csv:3: expected UTF-8 text"},
        {"a,\xC0\xAF\n", "t.csv:1: expected UTF-8 text"},
    };
    for (const auto& [text, message] : cases) EXPECT_EQ(refusal(text), message) << text;
}

TEST(Csv, HoldsItsLimits) {
    const std::string columns_max = std::string(63, ',') + "\n";
    EXPECT_EQ(refusal(columns_max), "accepted");
    EXPECT_EQ(refusal("," + columns_max), "t.csv:1: expected at most 64 columns");
    const std::string longest(kCsvRecordBytesMax - 3, 'x');  // With `,` and CRLF.
    EXPECT_EQ(refusal("a,b\r\n" + longest + ",\r\n"), "accepted");
    EXPECT_EQ(refusal("a,b\r\n" + longest + "x,\r\n"),
              "t.csv:2: expected at most 1048576 bytes in a record");
}

TEST(Csv, OnlyTheEndFollowsAnError) {
    Result<CsvReader> reader = CsvReader::open("a,b\n1\n2,3\n", "t.csv");
    ASSERT_TRUE(reader);
    EXPECT_FALSE(reader->next());
    const Result<bool> some = reader->next();
    ASSERT_TRUE(some);
    EXPECT_FALSE(*some);
}

TEST(Csv, KeepsFieldsWhenMoved) {
    Result<CsvReader> reader = CsvReader::open("\"h\"\"1\",b\n", "t.csv");
    ASSERT_TRUE(reader);
    EXPECT_EQ(reader->header(), (Fields{"h\"1", "b"}));
}

TEST(Csv, ExpectsColumns) {
    const auto problems = [](std::string_view header) {
        const Result<CsvTable> table = parse_csv(header, "t.csv");
        const Result<void> ok = table->expect_columns({"id", "site"}, {"zone"});
        return ok ? std::string{} : ok.error().message;
    };
    EXPECT_EQ(problems("site,id"), "");
    EXPECT_EQ(problems("id,site,zone"), "");
    EXPECT_EQ(problems("id,zone"), "t.csv:1: expected a column \"site\", got none");
    EXPECT_EQ(problems("id,site,colour"), "t.csv:1: expected a known column, got \"colour\"");
    EXPECT_EQ(problems("id,sites,id"),
              "t.csv:1: expected a known column, got \"sites\" (did you mean \"site\"?)\n"
              "t.csv:1: expected each column once, got a second \"id\"\n"
              "t.csv:1: expected a column \"site\", got none");
}

}  // namespace
}  // namespace mercaptan::config
