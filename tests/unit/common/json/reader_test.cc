#include "common/json/reader.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "tests/unit/common/json/counted_new.h"

namespace mercaptan {
namespace {

std::string nested(std::size_t depth, const std::string& inner) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) text += R"({"a":)";
    text += inner;
    text.append(depth, '}');
    return text;
}

TEST(JsonReader, GivesFieldsInOrderWithTheirTypes) {
    JsonReader reader;
    ASSERT_EQ(reader.parse_object(R"({"ts":"2026-11-21T08:00:00.123Z","seq":41,"ch4_lel_pct":23.5,
        "ok":true,"off":false,"none":null,"status":["tamper","mute"],"more":{"a":[1,{"b":2}]}})"),
              JsonError::none);
    std::vector<std::string> keys;
    for (const auto& [key, value] : reader.root().fields()) keys.emplace_back(key);
    EXPECT_EQ(keys, (std::vector<std::string>{"ts", "seq", "ch4_lel_pct", "ok", "off", "none",
                                              "status", "more"}));
    const JsonValue root = reader.root();
    EXPECT_EQ(root.find("ts")->string(), "2026-11-21T08:00:00.123Z");
    EXPECT_EQ(root.find("seq")->int64(), 41);
    EXPECT_EQ(root.find("ch4_lel_pct")->number(), 23.5);
    EXPECT_EQ(root.find("ok")->boolean(), true);
    EXPECT_EQ(root.find("off")->boolean(), false);
    EXPECT_TRUE(root.find("none")->is_null());
    EXPECT_EQ(root.find("more")->find("a")->type(), JsonType::array);
    EXPECT_FALSE(root.find("absent").has_value());
    std::vector<std::string> status;
    for (const JsonValue element : root.find("status")->elements()) {
        status.emplace_back(*element.string());
    }
    EXPECT_EQ(status, (std::vector<std::string>{"tamper", "mute"}));
}

TEST(JsonReader, TypesAreNotConverted) {
    JsonReader reader;
    ASSERT_EQ(reader.parse(R"(["1",1,true,null,[],{}])"), JsonError::none);
    std::vector<JsonType> types;
    for (const JsonValue element : reader.root().elements()) {
        types.push_back(element.type());
        EXPECT_EQ(element.string().has_value(), element.type() == JsonType::string);
        EXPECT_EQ(element.number().has_value(), element.type() == JsonType::number);
        EXPECT_EQ(element.int64().has_value(), element.type() == JsonType::number);
        EXPECT_EQ(element.uint64().has_value(), element.type() == JsonType::number);
        EXPECT_EQ(element.boolean().has_value(), element.type() == JsonType::boolean);
        for ([[maybe_unused]] const JsonField& field : element.fields()) ADD_FAILURE();
        for ([[maybe_unused]] const JsonValue inner : element.elements()) ADD_FAILURE();
    }
    EXPECT_EQ(types, (std::vector{JsonType::string, JsonType::number, JsonType::boolean,
                                  JsonType::null, JsonType::array, JsonType::object}));
}

TEST(JsonReader, KeepsDuplicateAndEscapedKeys) {
    JsonReader reader;
    ASSERT_EQ(reader.parse_object("{\"a\\u0062\":1,\"ab\":2,\"\":3,\"\xE7\x87\x83\\n\":4}"),
              JsonError::none);
    std::vector<std::string> keys;
    for (const auto& [key, value] : reader.root().fields()) keys.emplace_back(key);
    EXPECT_EQ(keys, (std::vector<std::string>{"ab", "ab", "", "\xE7\x87\x83\n"}));
    EXPECT_EQ(reader.root().find("ab")->int64(), 1);
}

struct NumberCase {
    const char* text;
    std::optional<double> number;
    std::optional<std::int64_t> int64;
    std::optional<std::uint64_t> uint64;
};

TEST(JsonReader, ReadsNumbersExactly) {
    const NumberCase cases[] = {
        {"0", 0.0, 0, 0},
        {"-0", 0.0, 0, 0},
        {"41.0", 41.0, 41, 41},
        {"1.7e12", 1.7e12, 1'700'000'000'000, 1'700'000'000'000U},
        {"41.5", 41.5, std::nullopt, std::nullopt},
        {"-3", -3.0, -3, std::nullopt},
        {"9007199254740993", 9007199254740993.0, 9007199254740993, 9007199254740993U},
        {"9223372036854775807", 9223372036854775807.0, std::numeric_limits<std::int64_t>::max(),
         9223372036854775807U},
        {"-9223372036854775808", -9223372036854775808.0, std::numeric_limits<std::int64_t>::min(),
         std::nullopt},
        {"18446744073709551615", 18446744073709551615.0, std::nullopt, 18446744073709551615U},
        {"1e300", 1e300, std::nullopt, std::nullopt},
        {"5e-324", 5e-324, std::nullopt, std::nullopt},
    };
    JsonReader reader;
    for (const NumberCase& c : cases) {
        SCOPED_TRACE(c.text);
        ASSERT_EQ(reader.parse("[" + std::string{c.text} + "]"), JsonError::none);
        const JsonValue value = *reader.root().elements().begin();
        EXPECT_EQ(value.number(), c.number);
        EXPECT_EQ(value.int64(), c.int64);
        EXPECT_EQ(value.uint64(), c.uint64);
    }
}

struct RefusedCase {
    std::string text;
    JsonError error;
};

TEST(JsonReader, RefusesWhatIsNotAnObjectOfStrictJson) {
    const RefusedCase cases[] = {
        {"", JsonError::empty},
        {"   ", JsonError::empty},
        {"[1]", JsonError::not_an_object},
        {"41", JsonError::not_an_object},
        {"\"text\"", JsonError::not_an_object},
        {"{", JsonError::bad_syntax},
        {"{\"a\":1", JsonError::bad_syntax},
        {"{\"a\":1}}", JsonError::bad_syntax},
        {"{\"a\":1} x", JsonError::bad_syntax},
        {"{\"a\":1}{\"b\":2}", JsonError::bad_syntax},
        {"{\"a\":1,}", JsonError::bad_syntax},
        {"{\"a\" 1}", JsonError::bad_syntax},
        {"{a:1}", JsonError::bad_syntax},
        {"{'a':1}", JsonError::bad_syntax},
        {"{\"a\":NaN}", JsonError::bad_syntax},
        {"{\"a\":Infinity}", JsonError::bad_syntax},
        {"{\"a\":-Infinity}", JsonError::bad_number},
        {"{\"a\":nul}", JsonError::bad_syntax},
        {"{\"a\":True}", JsonError::bad_syntax},
        {"{\"a\":/*c*/1}", JsonError::bad_syntax},
        {"{\"skipped\":{\"deep\":[NaN]},\"a\":1}", JsonError::bad_syntax},
        {"{\"a\":1e999}", JsonError::bad_number},
        {"{\"a\":-1e999}", JsonError::bad_number},
        {"{\"a\":01}", JsonError::bad_number},
        {"{\"a\":1.}", JsonError::bad_number},
        {"{\"a\":-}", JsonError::bad_number},
        {"{\"a\":18446744073709551616}", JsonError::bad_number},
        {"{\"a\":+1}", JsonError::bad_syntax},
        {"{\"a\":.5}", JsonError::bad_syntax},
        {"{\"a\":\"\\x\"}", JsonError::bad_string},
        {"{\"a\":\"\\ud800\"}", JsonError::bad_string},
        {"{\"a\":\"open}", JsonError::bad_string},
        {"{\"a\":\"line\nend\"}", JsonError::bad_string},
        {"{\"a\":\"\xC0\xAF\"}", JsonError::not_utf8},
        {"{\"a\":\"\xFF\"}", JsonError::not_utf8},
        {"{\"a\":\"\xE7\x87\"}", JsonError::not_utf8},
        {std::string("{\"a\":1}\0", 8), JsonError::bad_syntax},
    };
    JsonReader reader;
    for (const RefusedCase& c : cases) {
        SCOPED_TRACE(c.text);
        EXPECT_EQ(to_string(reader.parse_object(c.text)), to_string(c.error));
    }
    EXPECT_EQ(reader.parse_object("{}"), JsonError::none);
}

TEST(JsonReader, EveryPrefixOfAMessageIsRefused) {
    const std::string text =
        R"({"ts":"2026-11-21T08:00:00.123Z","seq":41,"v":[1.5e3,true,null,{"a":"\u00e9"}]})";
    JsonReader reader;
    for (std::size_t size = 0; size < text.size(); ++size) {
        EXPECT_NE(reader.parse_object(text.substr(0, size)), JsonError::none) << size;
    }
    EXPECT_EQ(reader.parse_object(text), JsonError::none);
}

TEST(JsonReader, HoldsItsLimits) {
    JsonReader reader;
    EXPECT_EQ(reader.parse_object(nested(16, "1")), JsonError::none);
    EXPECT_EQ(reader.parse_object(nested(16, "[]")), JsonError::none);
    EXPECT_EQ(reader.parse_object(nested(17, "1")), JsonError::too_deep);
    EXPECT_EQ(reader.parse_object(nested(16, "[1]")), JsonError::too_deep);
    EXPECT_EQ(reader.parse(std::string(30'000, '[') + std::string(30'000, ']')),
              JsonError::too_deep);

    const std::string frame = R"({"a":""})";
    const std::string longest = R"({"a":")" + std::string(65'536 - frame.size(), 'x') + R"("})";
    ASSERT_EQ(longest.size(), JsonLimits{}.bytes_max);
    EXPECT_EQ(reader.parse_object(longest), JsonError::none);
    EXPECT_EQ(reader.parse_object(longest + " "), JsonError::too_long);

    JsonReader tight{{.bytes_max = 10, .depth_max = 1}};
    EXPECT_EQ(tight.parse_object(R"({"a":1})"), JsonError::none);
    EXPECT_EQ(tight.parse_object(R"({"a":[1]})"), JsonError::too_deep);
    EXPECT_EQ(tight.parse_object(R"({"a":1234})"), JsonError::none);
    EXPECT_EQ(tight.parse_object(R"({"a":12345})"), JsonError::too_long);
}

TEST(JsonReader, DoesNotAllocateOnceWarm) {
    JsonReader reader;
    const std::string text = R"({"seq":41,"ch4_lel_pct":23.5,"name":"\u6c14","status":["tamper"]})";
    ASSERT_EQ(reader.parse_object(text), JsonError::none);
    const std::size_t before = allocations();
    double sum = 0;
    for (int i = 0; i < 100; ++i) {
        if (reader.parse_object(text) != JsonError::none) break;
        for (const auto& [key, value] : reader.root().fields()) {
            sum += value.number().value_or(0) +
                   static_cast<double>(value.string().value_or("").size());
            for (const JsonValue element : value.elements()) {
                sum += static_cast<double>(element.string()->size());
            }
        }
    }
    EXPECT_EQ(allocations(), before);
    EXPECT_EQ(sum, 100 * (41 + 23.5 + 3 + 6));
}

TEST(JsonReaderDeathTest, HasNoRootAfterARefusedText) {
    JsonReader reader;
    ASSERT_EQ(reader.parse_object("{}"), JsonError::none);
    ASSERT_EQ(reader.parse_object("[]"), JsonError::not_an_object);
    EXPECT_DEATH((void)reader.root(), "broken invariant: tape_");
}

}  // namespace
}  // namespace mercaptan
