#include "common/json/writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "common/json/reader.h"

namespace mercaptan {
namespace {

template <class T>
std::string written(const T& value) {
    std::string out;
    JsonWriter writer{out};
    writer.value(value);
    EXPECT_TRUE(writer.complete());
    return out;
}

TEST(JsonWriter, WritesObjectsAndArrays) {
    std::string out = "seen: ";
    JsonWriter writer{out};
    writer.begin_object();
    writer.member("id", "t-1");
    writer.member("class", 1);
    writer.member("value", 23.5);
    writer.member("open", true);
    writer.member("closed_at", std::optional<Instant>{});
    writer.member("opened_at", Instant{1'795'248'000'123});
    writer.key("clocks");
    writer.begin_array();
    writer.begin_object();
    writer.end_object();
    writer.value(nullptr);
    writer.raw(R"({"a":1})");
    writer.value(std::uint64_t{18446744073709551615U});
    writer.end_array();
    EXPECT_FALSE(writer.complete());
    writer.end_object();
    EXPECT_TRUE(writer.complete());
    EXPECT_EQ(out, R"(seen: {"id":"t-1","class":1,"value":23.5,"open":true,"closed_at":null,)"
                   R"("opened_at":"2026-11-21T08:00:00.123Z",)"
                   R"("clocks":[{},null,{"a":1},18446744073709551615]})");
}

TEST(JsonWriter, WritesNumbersThatReadBack) {
    EXPECT_EQ(written(0.1), "0.1");
    EXPECT_EQ(written(5.0), "5");
    EXPECT_EQ(written(1e22), "1e+22");
    EXPECT_EQ(written(-0.0), "-0");
    EXPECT_EQ(written(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
    EXPECT_EQ(written(std::uint8_t{7}), "7");
    EXPECT_EQ(written(std::nan("")), "null");
    EXPECT_EQ(written(std::numeric_limits<double>::infinity()), "null");
    JsonReader reader;
    for (const double number : {0.1, 1.0 / 3, 1e-7, 5e-324, 1.7976931348623157e308, -23.45}) {
        ASSERT_EQ(reader.parse("[" + written(number) + "]"), JsonError::none);
        EXPECT_EQ((*reader.root().elements().begin()).number(), number);
    }
}

TEST(JsonWriter, EscapesText) {
    EXPECT_EQ(written("say \"gas\" \\ \n\r\t\x01\x1F/"), R"("say \"gas\" \\ \n\r\t\u0001\u001f/")");
    EXPECT_EQ(written(std::string_view{"a\0b", 3}), R"("a\u0000b")");
    EXPECT_EQ(written("燃气泄漏"), "\"燃气泄漏\"");
    EXPECT_EQ(written("a\xFF"
                      "b\xE7\x87"),
              "\"a\xEF\xBF\xBD"
              "b\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST(JsonWriter, TextReadsBack) {
    std::string all;
    for (int byte = 0; byte < 128; ++byte) all += static_cast<char>(byte);
    all += "气\xF0\x9F\x94\xA5";
    JsonReader reader;
    ASSERT_EQ(reader.parse("[" + written(all) + "]"), JsonError::none);
    EXPECT_EQ((*reader.root().elements().begin()).string(), all);
}

TEST(JsonWriterDeathTest, RefusesAWrongOrder) {
    std::string out;
    EXPECT_DEATH(JsonWriter{out}.end_object(), "broken invariant");
    EXPECT_DEATH(JsonWriter{out}.key("a"), "broken invariant");
    EXPECT_DEATH(
        {
            JsonWriter writer{out};
            writer.begin_object();
            writer.value(1);
        },
        "broken invariant");
    EXPECT_DEATH(
        {
            JsonWriter writer{out};
            writer.begin_object();
            writer.key("a");
            writer.end_object();
        },
        "broken invariant");
    EXPECT_DEATH(
        {
            JsonWriter writer{out};
            writer.begin_array();
            writer.end_object();
        },
        "broken invariant");
    EXPECT_DEATH(
        {
            JsonWriter writer{out};
            writer.value(1);
            writer.value(2);
        },
        "broken invariant");
    EXPECT_DEATH(
        {
            JsonWriter writer{out};
            for (std::size_t i = 0; i <= JsonWriter::kDepthMax; ++i) writer.begin_array();
        },
        "broken invariant");
}

}  // namespace
}  // namespace mercaptan
