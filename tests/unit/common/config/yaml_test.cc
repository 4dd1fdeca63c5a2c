#include "common/config/yaml.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "tests/unit/common/config/scratch_dir.h"

namespace mercaptan::config {
namespace {

using namespace std::chrono_literals;
using Strings = std::vector<std::string>;

Document parsed(std::string_view text) {
    Result<Document> document = Document::parse(text, "/etc/mercaptan/g.yaml");
    EXPECT_TRUE(document) << document.error().message;
    return std::move(*document);
}

std::string finish(Document& document) {
    const Result<void> ok = document.finish();
    return ok ? std::string{} : ok.error().message;
}

enum class Level { low, high };
constexpr std::array<std::string_view, 2> kLevels{"low", "high"};

TEST(Yaml, ReadsEveryType) {
    Document document = parsed(R"(
gateway_id: g-1
note: "燃气 # not a comment"
empty: ""
port: 1883
offset: -5
ratio: 0.25
whole: 3
big: 1e3
on: true
off: false
wait: 250ms
none: 0s
within: 3bd
level: high
rules: rules.yaml
absolute: /srv/rules.yaml
http: {listen: "127.0.0.1:0", tls: {cert: c.pem}}
clocks:
  - name: accept
  - name: depart
tags: [a, 'b', 3]
crews: [crew-1, crew-2]
bands: [1, 2.5]
warn_at: [15m, 1d]
)");
    Section root = document.root();
    EXPECT_EQ(root.name("gateway_id").view(), "g-1");
    EXPECT_EQ(root.required_string("note"), "燃气 # not a comment");
    EXPECT_EQ(root.string_or("empty", "x"), "");
    EXPECT_EQ(root.integer("port", 1, 65535), 1883);
    EXPECT_EQ(root.integer("offset", -5, -5), -5);
    EXPECT_EQ(root.number("ratio", 0, 1), 0.25);
    EXPECT_EQ(root.number("whole", 0, 10), 3);
    EXPECT_EQ(root.number("big", 0, 1000), 1000);
    EXPECT_TRUE(root.boolean("on"));
    EXPECT_FALSE(root.boolean("off", true));
    EXPECT_EQ(root.duration("wait", 1ms, 1s), 250ms);
    EXPECT_EQ(root.duration("none", 0ms, 1s), 0ms);
    EXPECT_EQ(root.span("within"), (Span{Span::Unit::business_days, 3}));
    EXPECT_EQ(root.choice<Level>("level", kLevels), Level::high);
    EXPECT_EQ(root.path("rules"), "/etc/mercaptan/rules.yaml");
    EXPECT_EQ(root.path("absolute"), "/srv/rules.yaml");
    EXPECT_EQ(root.section("http").section("tls").path("cert"), "/etc/mercaptan/c.pem");
    EXPECT_EQ(root.section("http").required_string("listen"), "127.0.0.1:0");
    Strings names;
    for (Section& clock : root.sections("clocks")) names.push_back(clock.required_string("name"));
    EXPECT_EQ(names, (Strings{"accept", "depart"}));
    EXPECT_EQ(root.strings("tags"), (Strings{"a", "b", "3"}));
    EXPECT_EQ(root.names("crews"), (std::vector<Name>{"crew-1", "crew-2"}));
    EXPECT_EQ(root.numbers("bands", 0, 10), (std::vector{1.0, 2.5}));
    EXPECT_EQ(root.spans("warn_at"), (std::vector{Span::of(15min), Span{Span::Unit::days, 1}}));
    EXPECT_EQ(finish(document), "");
    EXPECT_EQ(document.file_name(), "/etc/mercaptan/g.yaml");
}

TEST(Yaml, AbsentKeysGiveTheirFallbacks) {
    for (const char* text : {"", "# only a comment\n", "---\n...\n", "{}\n"}) {
        Document document = parsed(text);
        Section root = document.root();
        EXPECT_FALSE(root.has("a"));
        EXPECT_EQ(root.string_or("a", "x"), "x");
        EXPECT_EQ(root.integer("b", 0, 9, 7), 7);
        EXPECT_EQ(root.number("c", 0, 9, 7.5), 7.5);
        EXPECT_TRUE(root.boolean("d", true));
        EXPECT_EQ(root.duration("e", 1s, 9s, 7s), 7s);
        EXPECT_EQ(root.span("f", Span::of(7s)), Span::of(7s));
        EXPECT_EQ(root.choice<Level>("g", kLevels, Level::high), Level::high);
        EXPECT_FALSE(root.optional_string("h") || root.optional_name("i") ||
                     root.optional_integer("j", 0, 1) || root.optional_number("k", 0, 1) ||
                     root.optional_boolean("l") || root.optional_duration("m", 0s, 1s) ||
                     root.optional_span("n") || root.optional_path("o") ||
                     root.optional_section("p"));
        EXPECT_TRUE(root.strings("q").empty() && root.sections("r").empty() &&
                    root.names("s").empty() && root.numbers("t", 0, 1).empty() &&
                    root.spans("u").empty());
        EXPECT_EQ(root.section("v").section("w").integer("x", 0, 9, 3), 3);
        EXPECT_EQ(finish(document), "");
    }
}

TEST(Yaml, OptionalKeysGiveTheirValues) {
    Document document =
        parsed("{a: x, b: n, c: 1, d: 0.5, e: true, f: 1s, g: 1d, h: p, i: {j: 1}}");
    Section root = document.root();
    EXPECT_EQ(root.optional_string("a"), "x");
    EXPECT_EQ(root.optional_name("b"), Name{"n"});
    EXPECT_EQ(root.optional_integer("c", 0, 1), 1);
    EXPECT_EQ(root.optional_number("d", 0, 1), 0.5);
    EXPECT_EQ(root.optional_boolean("e"), true);
    EXPECT_EQ(root.optional_duration("f", 1s, 1s), 1s);
    EXPECT_EQ(root.optional_span("g"), (Span{Span::Unit::days, 1}));
    EXPECT_EQ(root.optional_path("h"), "/etc/mercaptan/p");
    EXPECT_EQ(root.optional_section("i")->integer("j", 0, 1), 1);
    EXPECT_EQ(finish(document), "");
}

TEST(Yaml, SectionsAndListsWithoutContentAreEmpty) {
    Document document = parsed("http:\nclocks:\ntags: ~\nopt:\n");
    Section root = document.root();
    EXPECT_EQ(root.section("http").integer("port", 0, 9, 8), 8);
    EXPECT_TRUE(root.sections("clocks").empty());
    EXPECT_TRUE(root.strings("tags").empty());
    EXPECT_FALSE(root.optional_section("opt"));
    EXPECT_FALSE(root.has("http"));
    EXPECT_EQ(finish(document), "");
}

TEST(Yaml, TellsShapesKeysAndPlaces) {
    Document document = parsed("a: x\nb: [1]\nc: {d: 1}\ne:\n");
    Section root = document.root();
    EXPECT_EQ(root.shape("a"), Shape::scalar);
    EXPECT_EQ(root.shape("b"), Shape::list);
    EXPECT_EQ(root.shape("c"), Shape::section);
    EXPECT_EQ(root.shape("e"), Shape::missing);
    EXPECT_EQ(root.shape("f"), Shape::missing);
    EXPECT_EQ(root.keys(), (Strings{"a", "b", "c", "e"}));
    EXPECT_EQ(root.mark("b").line, 2);
    EXPECT_EQ(root.mark("b").column, 4);
    Section c = root.section("c");
    EXPECT_EQ(c.dotted_path(), "c");
    EXPECT_EQ(c.keys(), Strings{"d"});
    EXPECT_EQ(c.where("d"), "/etc/mercaptan/g.yaml:3:8: c.d");
    EXPECT_EQ(finish(document), "");
}

TEST(Yaml, AliasesShareValuesButNotOverrides) {
    Document document = parsed("a: &x {host: h, port: 1}\nb: *x\nc: [*x, *x]\nd: &y 5s\ne: *y\n");
    document.override_key("b.port", "2");
    document.override_key("c.1.port", "3");
    Section root = document.root();
    const auto port = [](Section section) {
        EXPECT_EQ(section.required_string("host"), "h");
        return section.integer("port", 1, 9);
    };
    EXPECT_EQ(port(root.section("a")), 1);
    EXPECT_EQ(port(root.section("b")), 2);
    const std::vector<Section> sections = root.sections("c");
    ASSERT_EQ(sections.size(), 2U);
    EXPECT_EQ(port(sections[0]), 1);
    EXPECT_EQ(port(sections[1]), 3);
    EXPECT_EQ(root.duration("d", 1s, 9s), 5s);
    EXPECT_EQ(root.duration("e", 1s, 9s), 5s);
    EXPECT_EQ(finish(document), "");
}

TEST(Yaml, OverridesReplaceAddAndMakeParents) {
    Document document = parsed("http: {listen: a}\nempty:\nlist: [x, y]\nrules: r.yaml\n");
    document.override_key("http.listen", "b");
    document.override_key("http.body_max", "5");
    document.override_key("http.body_max", "6");
    document.override_key("empty.key", "c");
    document.override_key("new.deep.key", "d");
    document.override_key("list.1", "z");
    document.override_key("rules", "here.yaml");
    document.override_key("text", "[not: yaml]");
    Section root = document.root();
    EXPECT_EQ(root.section("http").required_string("listen"), "b");
    EXPECT_EQ(root.section("http").integer("body_max", 1, 9), 6);
    EXPECT_EQ(root.section("empty").required_string("key"), "c");
    EXPECT_EQ(root.section("new").section("deep").required_string("key"), "d");
    EXPECT_EQ(root.strings("list"), (Strings{"x", "z"}));
    EXPECT_EQ(root.path("rules"), "here.yaml");  // As the one who typed it sees it.
    EXPECT_EQ(root.required_string("text"), "[not: yaml]");
    EXPECT_EQ(finish(document), "");
}

TEST(Yaml, LoadsAFile) {
    const ScratchDir dir;
    const auto file = dir.write("g.yaml", "rules: ../r.yaml\r\nid: g\r\n");
    Result<Document> document = Document::load(file);
    ASSERT_TRUE(document) << document.error().message;
    EXPECT_EQ(document->root().path("rules"), dir.path().parent_path() / "r.yaml");
    EXPECT_EQ(document->root().required_string("id"), "g");
    EXPECT_EQ(finish(*document), "");
    const Result<Document> absent = Document::load(dir.path() / "absent.yaml");
    ASSERT_FALSE(absent);
    EXPECT_EQ(absent.error().message,
              (dir.path() / "absent.yaml").string() +
                  ": expected a readable file, got \"No such file or directory\"");
}

}  // namespace
}  // namespace mercaptan::config
