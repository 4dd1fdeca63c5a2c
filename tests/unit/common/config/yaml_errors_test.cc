#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "common/config/yaml.h"

namespace mercaptan::config {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, 3> kLevels{"low", "high", "urgent"};

using Overrides = std::vector<std::pair<std::string, std::string>>;

/// All errors of a text that `read` reads, or "" if there are none.
std::string errors(std::string_view text, const std::function<void(Section&)>& read,
                   const Overrides& overrides = {}) {
    Result<Document> document = Document::parse(text, "g.yaml");
    if (!document) return document.error().message;
    for (const auto& [key, value] : overrides) document->override_key(key, value);
    Section root = document->root();
    read(root);
    const Result<void> ok = document->finish();
    if (ok) return {};
    EXPECT_EQ(ok.error().code, ErrorCode::invalid_input);
    return ok.error().message;
}

/// Each line: the text of a value, and the error that reading `a: <text>` must give.
struct ValueCase {
    std::string text;
    std::string error;
};

void expect_value_errors(const std::vector<ValueCase>& cases,
                         const std::function<void(Section&)>& read) {
    for (const ValueCase& c : cases) {
        EXPECT_EQ(errors("a: " + c.text + "\n", read), "g.yaml:1:4: a: " + c.error) << c.text;
    }
    EXPECT_TRUE(errors("b: 1\n", [&](Section& root) {
                    (void)root.has("b");
                    read(root);
                }).ends_with(", got nothing"));
}

TEST(YamlErrors, Integers) {
    const std::string range = "expected an integer from 1 to 100";
    expect_value_errors({{"0", range + ", got \"0\""},
                         {"101", range + ", got \"101\""},
                         {"-5", range + ", got \"-5\""},
                         {"5.0", range + ", got \"5.0\""},
                         {"5e1", range + ", got \"5e1\""},
                         {"+5", range + ", got \"+5\""},
                         {"007", range + ", got \"007\""},
                         {"0o7", range + ", got \"0o7\""},
                         {"0x10", range + ", got \"0x10\""},
                         {"1_0", range + ", got \"1_0\""},
                         {"99999999999999999999", range + ", got \"99999999999999999999\""},
                         {"five", range + ", got \"five\""},
                         {"'5'", range + ", got the text \"5\""},
                         {"true", range + ", got \"true\""},
                         {"[5]", range + ", got a list"},
                         {"{b: 5}", range + ", got a section"},
                         {"[~]", range + ", got a list"}},
                        [](Section& root) { EXPECT_EQ(root.integer("a", 1, 100), 1); });
}

TEST(YamlErrors, OpenRanges) {
    using Limits = std::numeric_limits<std::int64_t>;
    EXPECT_EQ(errors("{a: x, b: x, c: x}",
                     [](Section& root) {
                         (void)root.integer("a", Limits::min(), Limits::max());
                         (void)root.integer("b", 1, Limits::max());
                         (void)root.integer("c", Limits::min(), 9);
                     }),
              "g.yaml:1:5: a: expected an integer, got \"x\"\n"
              "g.yaml:1:11: b: expected an integer of at least 1, got \"x\"\n"
              "g.yaml:1:17: c: expected an integer of at most 9, got \"x\"");
}

TEST(YamlErrors, Numbers) {
    const std::string range = "expected a number from 0 to 99.5";
    expect_value_errors({{"-0.1", range + ", got \"-0.1\""},
                         {"99.6", range + ", got \"99.6\""},
                         {".5", range + ", got \".5\""},
                         {"5.", range + ", got \"5.\""},
                         {"+5", range + ", got \"+5\""},
                         {"05", range + ", got \"05\""},
                         {"1e999", range + ", got \"1e999\""},
                         {".inf", range + ", got \".inf\""},
                         {".nan", range + ", got \".nan\""},
                         {"nan", range + ", got \"nan\""},
                         {"0x1p3", range + ", got \"0x1p3\""},
                         {"5 %", range + ", got \"5 %\""},
                         {"\"5\"", range + ", got the text \"5\""},
                         {"[]", range + ", got a list"}},
                        [](Section& root) { EXPECT_EQ(root.number("a", 0, 99.5), 0); });
}

TEST(YamlErrors, Booleans) {
    const std::string truth = "expected true or false";
    expect_value_errors({{"yes", truth + ", got \"yes\""},
                         {"on", truth + ", got \"on\""},
                         {"True", truth + ", got \"True\""},
                         {"1", truth + ", got \"1\""},
                         {"'true'", truth + ", got the text \"true\""},
                         {"{}", truth + ", got a section"}},
                        [](Section& root) { EXPECT_FALSE(root.boolean("a")); });
}

TEST(YamlErrors, Durations) {
    const std::string range = "expected a duration from 1s to 10m";
    const std::string such = "expected a duration such as 500ms, 3s, 30m or 2h";
    expect_value_errors({{"500ms", range + ", got \"500ms\""},
                         {"11m", range + ", got \"11m\""},
                         {"5", such + ", got \"5\""},
                         {"3d", such + ", got \"3d\""},
                         {"0s", "expected a duration above zero, got \"0s\""},
                         {"999999h", "expected a duration of at most ten years, got \"999999h\""},
                         {"[3s]", range + ", got a list"}},
                        [](Section& root) { EXPECT_EQ(root.duration("a", 1s, 10min), 1s); });
    expect_value_errors(
        {{"soon", "expected a duration such as 500ms, 3s, 30m, 2h, 3d or 3bd, got \"soon\""},
         {"{}", "expected a duration such as 3s, 30m, 2h, 3d or 3bd, got a section"}},
        [](Section& root) { (void)root.span("a"); });
}

TEST(YamlErrors, TextNamesAndPaths) {
    expect_value_errors(
        {{"''", "expected text, got the text \"\""}, {"[x]", "expected text, got a list"}},
        [](Section& root) { EXPECT_EQ(root.required_string("a"), ""); });
    const std::string name =
        "expected a name of 1 to 63 bytes without control characters, /, + or #";
    expect_value_errors({{"a/b", name + ", got \"a/b\""},
                         {std::string(64, 'x'), name + ", got \"" + std::string(60, 'x') + "...\""},
                         {"{}", name + ", got a section"}},
                        [](Section& root) { EXPECT_TRUE(root.name("a").empty()); });
    expect_value_errors(
        {{"''", "expected text, got the text \"\""}, {"[x]", "expected a path, got a list"}},
        [](Section& root) { EXPECT_TRUE(root.path("a").empty()); });
}

TEST(YamlErrors, KeysWithoutValueAreNamedWhereTheyStand) {
    EXPECT_EQ(errors("a:\n\n# a comment\nb: ~\nc: null\n",
                     [](Section& root) {
                         (void)root.required_string("a");
                         (void)root.integer("b", 0, 9, 5);
                         (void)root.optional_path("c");
                     }),
              "g.yaml:1:1: a: expected text, got nothing\n"
              "g.yaml:4:1: b: expected an integer from 0 to 9, got nothing\n"
              "g.yaml:5:1: c: expected a path, got nothing");
}

TEST(YamlErrors, Choices) {
    const std::string levels = "expected low, high or urgent";
    expect_value_errors({{"hihg", levels + ", got \"hihg\" (did you mean \"high\"?)"},
                         {"hig", levels + ", got \"hig\" (did you mean \"high\"?)"},
                         {"urgnet", levels + ", got \"urgnet\" (did you mean \"urgent\"?)"},
                         {"High", levels + ", got \"High\" (did you mean \"high\"?)"},
                         {"5", levels + ", got \"5\""},
                         {"[low]", levels + ", got a list"}},
                        [](Section& root) { EXPECT_EQ(root.choice_index("a", kLevels), 0U); });
}

TEST(YamlErrors, ListsAndSections) {
    const auto read = [](Section& root) {
        (void)root.strings("strings");
        (void)root.numbers("numbers", 0, 9);
        (void)root.names("names");
        (void)root.spans("spans");
        for (Section& section : root.sections("sections")) (void)section.integer("x", 0, 9);
        (void)root.section("section").required_string("deep");
        (void)root.section("section").section("deeper").required_string("deepest");
    };
    EXPECT_EQ(
        errors("strings: x\nnumbers: {}\nnames: 5\nspans: 5s\nsections: {}\nsection: [1]\n", read),
        "g.yaml:1:10: strings: expected a list, got \"x\"\n"
        "g.yaml:2:10: numbers: expected a list, got a section\n"
        "g.yaml:3:8: names: expected a list, got \"5\"\n"
        "g.yaml:4:8: spans: expected a list, got \"5s\"\n"
        "g.yaml:5:11: sections: expected a list, got a section\n"
        "g.yaml:6:10: section: expected a section, got a list");
    EXPECT_EQ(errors("strings: [a, [], '']\nnumbers: [1, 10]\nnames: [a, b/c]\nspans: [5s, 0s]\n"
                     "sections:\n  - x: 1\n  - 5\n  -\n  - x: 10\n  - {}\n"
                     "section: {deep: y, deeper: {deepest: z}}\n",
                     read),
              "g.yaml:1:14: strings.1: expected text, got a list\n"
              "g.yaml:1:18: strings.2: expected text, got the text \"\"\n"
              "g.yaml:2:14: numbers.1: expected a number from 0 to 9, got \"10\"\n"
              "g.yaml:3:12: names.1: expected a name of 1 to 63 bytes without control characters, "
              "/, + or #, got \"b/c\"\n"
              "g.yaml:4:13: spans.1: expected a duration above zero, got \"0s\"\n"
              "g.yaml:6:3: sections.2: expected a section, got nothing\n"
              "g.yaml:7:5: sections.1: expected a section, got \"5\"\n"
              "g.yaml:9:8: sections.3.x: expected an integer from 0 to 9, got \"10\"\n"
              "g.yaml:10:5: sections.4.x: expected an integer from 0 to 9, got nothing");
}

TEST(YamlErrors, MissingKeysAreReportedWhereTheirSectionIs) {
    EXPECT_EQ(errors("id: g\nhttp:\n  body: 1\n",
                     [](Section& root) {
                         (void)root.required_string("id");
                         (void)root.section("http").integer("body", 0, 9);
                         (void)root.section("http").required_string("listen");
                         (void)root.section("mqtt").required_string("uri");
                     }),
              "g.yaml:1:1: mqtt.uri: expected text, got nothing\n"
              "g.yaml:3:3: http.listen: expected text, got nothing");
}

TEST(YamlErrors, UnknownAndDuplicateKeys) {
    const auto read = [](Section& root) {
        (void)root.string_or("gateway_id", "");
        Section http = root.section("http");
        (void)http.string_or("listen", "");
        (void)http.integer("body_max_bytes", 0, 9, 1);
    };
    EXPECT_EQ(errors("gateway_ib: g\nhttp:\n  lisen: a\n  colour: red\n", read),
              "g.yaml:1:1: gateway_ib: expected a known key, got \"gateway_ib\" (did you mean "
              "\"gateway_id\"?)\n"
              "g.yaml:3:3: http.lisen: expected a known key, got \"lisen\" (did you mean "
              "\"listen\"?)\n"
              "g.yaml:4:3: http.colour: expected a known key, got \"colour\"");
    EXPECT_EQ(errors("gateway_id: g\nhttp:\n  listen: a\n  'listen': b\ngateway_id: h\n", read),
              "g.yaml:4:3: http.listen: expected each key once, got a second \"listen\" (the first "
              "is on line 3)\n"
              "g.yaml:5:1: gateway_id: expected each key once, got a second \"gateway_id\" (the "
              "first is on line 1)");
}

TEST(YamlErrors, OfTheCaller) {
    EXPECT_EQ(errors("a: {low: 9, high: 5}\n",
                     [](Section& root) {
                         Section a = root.section("a");
                         if (a.integer("low", 0, 9) > a.integer("high", 0, 9)) {
                             a.error("high", "expected more than low (9), got \"5\"");
                         }
                         a.error("none", "expected something else");
                     }),
              "g.yaml:1:4: a.none: expected something else\n"
              "g.yaml:1:19: a.high: expected more than low (9), got \"5\"");
}

TEST(YamlErrors, OfOverridesNameTheOption) {
    const auto read = [](Section& root) {
        (void)root.section("http").integer("port", 1, 9, 1);
        (void)root.section("http").string_or("listen", "");
        (void)root.strings("list");
        (void)root.optional_section("new");
    };
    const std::string text = "http: {listen: a}\nlist: [x]\n";
    const auto with = [&](std::string key, std::string value) {
        return errors(text, read, {{std::move(key), std::move(value)}});
    };
    EXPECT_EQ(with("http.port", "10"),
              "--set http.port: expected an integer from 1 to 9, got \"10\"");
    EXPECT_EQ(with("http.prot", "5"),
              "--set http.prot: expected a known key, got \"prot\" (did you mean \"port\"?)");
    EXPECT_EQ(with("htpp.port", "5"), "--set htpp.port: htpp: expected a known key, got \"htpp\"");
    EXPECT_EQ(with("http", "5"), "--set http: expected a section, got \"5\"");
    EXPECT_EQ(with("http.listen.host", "5"),
              "--set http.listen.host: expected a section to set \"host\" in, got \"a\"");
    EXPECT_EQ(with("list.1", "5"), "--set list.1: expected an index below 1, got \"1\"");
    EXPECT_EQ(with("list.first", "5"),
              "--set list.first: expected an index below 1, got \"first\"");
    EXPECT_EQ(with("", "5"), "--set : expected a dotted key such as http.listen, got \"\"");
    EXPECT_EQ(with("http..port", "5"),
              "--set http..port: expected a dotted key such as http.listen, got \"http..port\"");
    EXPECT_EQ(with("http.listen", "\xFF"),
              "--set http.listen: expected UTF-8 text without control characters");
    EXPECT_EQ(with("http.port", ""), "--set http.port: expected an integer from 1 to 9, got \"\"");
}

TEST(YamlErrors, TextsThatAreNotTaken) {
    const auto nothing = [](Section&) {};
    const std::pair<std::string, std::string> cases[] = {
        {"a: 1\nb:\n\tc: 2\n", "g.yaml:3:1: expected spaces as indentation, got a tab"},
        {"a:\n  b: 1\n \tc: 2\n", "g.yaml:3:2: expected spaces as indentation, got a tab"},
        {"a: [1, 2\n", "g.yaml:1:9: expected YAML: end of sequence flow not found"},
        {"a: 1\n b: 2\n", "g.yaml:2:3: expected YAML: illegal map value"},
        {"a: 'open\n", "g.yaml:1:9: expected YAML: illegal EOF in scalar"},
        {"a: \"open\nb: 2\n\n", "g.yaml:2:5: expected YAML: illegal EOF in scalar"},
        {"a: *none\n", "g.yaml:1:4: expected YAML: the referenced anchor is not defined"},
        {"a: &x [*x]\n", "g.yaml:1:8: expected an alias of a finished value, got one of its own"},
        {"a: 1\n---\nb: 2\n", "g.yaml:2:1: expected one document, got a second"},
        {"a: 1\nb: \xFF\n", "g.yaml:2:1: expected UTF-8 text without control characters"},
        {std::string("a: 1\nb: \0\n", 10),
         "g.yaml:2:1: expected UTF-8 text without control characters"},
        {"a: \x1B[31m\n", "g.yaml:1:1: expected UTF-8 text without control characters"},
        {"a: !secret x\n", "g.yaml:1:4: expected no tag, got \"!secret\""},
        {"a: !!int 5\n", "g.yaml:1:4: expected no tag, got \"tag:yaml.org,2002:int\""},
        {"{[1]: 2}\n", "g.yaml:1:2: expected a name as key"},
        {"? \n: 2\n", "g.yaml:2:1: expected a name as key"},
        {"just text\n", "g.yaml:1:1: expected keys with values, got \"just text\""},
        {"- 1\n- 2\n", "g.yaml:1:1: expected keys with values, got a list"},
    };
    for (const auto& [text, message] : cases) EXPECT_EQ(errors(text, nothing), message) << text;
}

std::string nested(std::size_t depth) {
    return "a: " + std::string(depth, '[') + std::string(depth, ']');
}

TEST(YamlErrors, Limits) {
    const auto all = [](Section& root) { (void)root.keys(); };
    EXPECT_EQ(errors(nested(kYamlDepthMax - 1), all), "");
    EXPECT_EQ(errors(nested(kYamlDepthMax), all), "g.yaml:1:67: expected at most 64 levels");
    EXPECT_TRUE(errors("a: " + std::string(1'000'000, '['), all).ends_with("at most 64 levels"));
    EXPECT_EQ(errors(std::string(kYamlBytesMax - 1, '#') + "\n", all), "");
    EXPECT_EQ(errors(std::string(kYamlBytesMax, '#') + "\n", all),
              "g.yaml: expected at most 4194304 bytes");

    // The billion laughs: ten levels of ten aliases each.
    std::string laughs = "l0: &l0 [x]\n";
    for (int level = 1; level <= 10; ++level) {
        const std::string alias = "*l" + std::to_string(level - 1);
        std::string list = alias;
        for (int i = 1; i < 10; ++i) list.append(", ").append(alias);
        const std::string key = "l" + std::to_string(level);
        laughs += key + ": &" + key + " [" + list + "]\n";
    }
    EXPECT_TRUE(errors(laughs, all).ends_with(": expected at most 200000 values"))
        << errors(laughs, all);

    std::string many;
    for (int i = 0; i < 60; ++i) many += "key" + std::to_string(i) + ": 1\n";
    const std::string message = errors(many, [](Section&) {});
    EXPECT_NE(message.find("\ng.yaml:50:1: key49: "), std::string::npos);
    EXPECT_TRUE(message.ends_with("\ng.yaml: and more errors")) << message;
}

TEST(YamlErrors, EveryPrefixOfAFileIsTakenOrRefused) {
    const std::string text =
        "a: &x {b: [1, \"two\\n\", 'it''s'], c: >\n  folded\n  text\n}\nd: *x\n# end\ne: |\n  x\n";
    for (std::size_t size = 0; size <= text.size(); ++size) {
        const Result<Document> document = Document::parse(text.substr(0, size), "g.yaml");
        if (!document) {
            EXPECT_TRUE(document.error().message.starts_with("g.yaml:")) << size;
        }
    }
}

}  // namespace
}  // namespace mercaptan::config
