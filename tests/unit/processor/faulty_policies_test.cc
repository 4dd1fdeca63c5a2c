// Loading is compiling: every mistake in a life cycle or a policy that a reader could make and that
// would only show at night, with the place and the words in which it is refused.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>
#include <string_view>

#include "processor/io/calendar_file.h"
#include "processor/io/policy_file.h"
#include "processor/io/roster_file.h"
#include "tests/support/temp_dir.h"

namespace mercaptan::processor {
namespace {

struct Fault {
    const char* name;
    const char* text;
    const char* error;  // The whole of it.
};

std::ostream& operator<<(std::ostream& out, const Fault& fault) {
    return out << fault.name;
}

std::string name_of(const testing::TestParamInfo<Fault>& info) {
    return info.param.name;
}

template <class T>
std::string error_of(const Result<T>& result) {
    return result ? "accepted" : result.error().message;
}

constexpr std::string_view kLife =
    "life_cycle: work\n"
    "states:\n"
    "  new:     {zh: 新, en: new}\n"
    "  held:    {zh: 停, en: held, category: waiting}\n"
    "  done:    {zh: 完, en: done, category: done}\n"
    "  dropped: {zh: 弃, en: dropped, category: void}\n"
    "events:\n"
    "  send:   {from: [new], to: held, does: [send_crew], zh: a, en: a}\n"
    "  wait:   {from: [new], to: held, zh: a, en: a}\n"
    "  go_on:  {from: [held], to: new, zh: a, en: a}\n"
    "  finish: {from: [new, held], to: done, zh: a, en: a}\n"
    "  drop:   {from: open, to: dropped, zh: a, en: a}\n"
    "  ask:    {from: open, zh: a, en: a, needs: [{field: by, type: time}, {field: what}]}\n";

class FaultyLifeCycle : public testing::TestWithParam<Fault> {};

TEST_P(FaultyLifeCycle, IsRefused) {
    EXPECT_EQ(error_of(parse_life_cycle(GetParam().text, "l.yaml")), GetParam().error);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, FaultyLifeCycle,
    testing::Values(
        Fault{"one_state", "life_cycle: l\nstates: {a: {zh: a, en: a}}\nevents: {}\n",
              "l.yaml:2:9: states: expected 2 to 24 states, got 1"},
        Fault{"no_end",
              "life_cycle: l\nstates:\n  a: {zh: a, en: a}\n  b: {zh: b, en: b, category: void}\n"
              "events: {e: {from: [a], to: b, zh: e, en: e}}\n",
              "l.yaml:3:3: states: expected at least one state of category done"},
        Fault{"begins_at_its_end",
              "life_cycle: l\nstates:\n  a: {zh: a, en: a, category: done}\n  b: {zh: b, en: b}\n"
              "events: {e: {from: [b], to: a, zh: e, en: e}}\n",
              "l.yaml:3:6: states.a: expected the first state, in which tickets begin, to be open "
              "or waiting\nl.yaml:4:6: states.b: expected an event that leads here: no ticket can "
              "reach it"},
        Fault{"unreachable",
              "life_cycle: l\nstates:\n  a: {zh: a, en: a}\n  b: {zh: b, en: b}\n"
              "  c: {zh: c, en: c, category: done}\n"
              "events: {e: {from: [a, b], to: c, zh: e, en: e}}\n",
              "l.yaml:4:6: states.b: expected an event that leads here: no ticket can reach it"},
        Fault{"dead_end",
              "life_cycle: l\nstates:\n  a: {zh: a, en: a}\n  b: {zh: b, en: b}\n"
              "  c: {zh: c, en: c, category: done}\n"
              "events:\n  e: {from: [a], to: c, zh: e, en: e}\n  f: {from: [a], to: b, zh: f, en: "
              "f}\n",
              "l.yaml:4:6: states.b: expected a way from here to an end: a ticket would stay"},
        Fault{"unknown_state_from",
              "life_cycle: l\nstates:\n  a: {zh: a, en: a}\n  c: {zh: c, en: c, category: done}\n"
              "events: {e: {from: [a, b], to: c, zh: e, en: e}}\n",
              "l.yaml:5:20: events.e.from: expected a or c, got \"b\""},
        Fault{"unknown_state_to",
              "life_cycle: l\nstates:\n  a: {zh: a, en: a}\n  c: {zh: c, en: c, category: done}\n"
              "events:\n  e: {from: [a], to: c, zh: e, en: e}\n  f: {from: [a], to: d, zh: f, en: "
              "f}\n",
              "l.yaml:7:22: events.f.to: expected a or c, got \"d\""},
        Fault{
            "unknown_word",
            "life_cycle: l\nstates:\n  a: {zh: a, en: a}\n  c: {zh: c, en: c, category: done}\n"
            "events: {e: {from: all, to: c, zh: e, en: e}}\n",
            "l.yaml:3:6: states.a: expected a way from here to an end: a ticket would "
            "stay\nl.yaml:4:6: states.c: expected an event that leads here: no ticket can reach "
            "it\nl.yaml:5:20: events.e.from: expected open, any or a list of states, got \"all\""},
        Fault{"unknown_category",
              "life_cycle: l\nstates:\n  a: {zh: a, en: a}\n  c: {zh: c, en: c, category: ended}\n"
              "events: {e: {from: [a], to: c, zh: e, en: e}}\n",
              "l.yaml:3:3: states: expected at least one state of category done\nl.yaml:3:6: "
              "states.a: expected a way from here to an end: a ticket would stay\nl.yaml:4:6: "
              "states.c: expected a way from here to an end: a ticket would stay\nl.yaml:4:31: "
              "states.c.category: expected open, waiting, done or void, got \"ended\""},
        Fault{"unknown_action",
              "life_cycle: l\nstates:\n  a: {zh: a, en: a}\n  c: {zh: c, en: c, category: done}\n"
              "events: {e: {from: [a], to: c, does: [fly], zh: e, en: e}}\n",
              "l.yaml:5:38: events.e.does: expected send_crew, take_on, next_crew, restart, "
              "reclassify or hand_over, got \"fly\""},
        Fault{"crew_to_nowhere",
              "life_cycle: l\nstates:\n  a: {zh: a, en: a}\n  c: {zh: c, en: c, category: done}\n"
              "events:\n  e: {from: [a], to: c, zh: e, en: e}\n"
              "  f: {from: [a], does: [send_crew], zh: f, en: f}\n",
              "l.yaml:7:6: events.f.to: expected the state that this action leads into"},
        Fault{"handed_over_elsewhere",
              "life_cycle: l\nstates:\n  a: {zh: a, en: a}\n  c: {zh: c, en: c, category: done}\n"
              "events:\n  e: {from: [a], to: c, does: [hand_over], zh: e, en: e}\n",
              "l.yaml:6:22: events.e.to: expected none: work is handed over in the state that it "
              "is in"},
        Fault{"notice_without_its_fields",
              "life_cycle: l\nstates:\n  a: {zh: a, en: a}\n  c: {zh: c, en: c, category: done}\n"
              "events:\n  e: {from: [a], to: c, needs: [{field: area}, {field: status}], zh: e, "
              "en: e,\n"
              "    notice: {message: alert, category: infra, urgency: past, severity: minor, "
              "certainty: likely, response: none, zh: {headline: a, instruction: a}, "
              "en: {headline: a, instruction: a}}}\n",
              "l.yaml:7:13: events.e.notice: expected the fields area and status, one of actual, "
              "exercise and test, among what the event needs"},
        Fault{
            "notice_of_an_unknown_urgency",
            "life_cycle: l\nstates:\n  a: {zh: a, en: a}\n  c: {zh: c, en: c, category: done}\n"
            "events:\n  e: {from: [a], to: c, needs: [{field: area}, {field: status, type: choice, "
            "one_of: [actual, exercise, test]}], zh: e, en: e,\n"
            "    notice: {message: alert, category: infra, urgency: soon, severity: minor, "
            "certainty: likely, response: none, zh: {headline: a, instruction: a}, "
            "en: {headline: a, instruction: a}}}\n",
            "l.yaml:7:56: events.e.notice.urgency: expected immediate, expected, future, past or "
            "unknown, got \"soon\""},
        Fault{"leaves_an_end",
              "life_cycle: l\nstates:\n  a: {zh: a, en: a}\n  c: {zh: c, en: c, category: done}\n"
              "events:\n  e: {from: [a], to: c, zh: e, en: e}\n  f: {from: [c], to: a, zh: f, en: "
              "f}\n",
              "l.yaml:7:6: events.f.does: expected restart: the event leads out of a state that is "
              "an end"},
        Fault{"reserved_event",
              "life_cycle: l\nstates:\n  a: {zh: a, en: a}\n  c: {zh: c, en: c, category: done}\n"
              "events: {clock_met: {from: [a], to: c, zh: e, en: e}}\n",
              "l.yaml:5:21: events.clock_met: expected another name: only the engine writes this "
              "event"},
        Fault{"choice_of_nothing",
              "life_cycle: l\nstates:\n  a: {zh: a, en: a}\n  c: {zh: c, en: c, category: done}\n"
              "events:\n  e: {from: [a], to: c, zh: e, en: e, needs: [{field: x, type: choice}]}\n",
              "l.yaml:6:47: events.e.needs.0.one_of: expected what may be chosen"},
        Fault{
            "bound_of_a_text",
            "life_cycle: l\nstates:\n  a: {zh: a, en: a}\n  c: {zh: c, en: c, category: done}\n"
            "events:\n  e: {from: [a], to: c, zh: e, en: e, needs: [{field: x, below: 20}]}\n",
            "l.yaml:6:47: events.e.needs.0.type: expected number where below or at_least is given"},
        Fault{"no_time_of_day",
              "life_cycle: l\nstates:\n  a: {zh: a, en: a}\n  c: {zh: c, en: c, category: done}\n"
              "events:\n  e: {from: [a], to: c, reported: night, zh: e, en: e}\n",
              "l.yaml:6:35: events.e.reported: expected HH:MM-HH:MM, got \"night\""},
        Fault{"optional_and_always",
              "life_cycle: l\nstates:\n  a: {zh: a, en: a}\n  c: {zh: c, en: c, category: done}\n"
              "events:\n  e: {from: [a], to: c, zh: e, en: e, needs: [{field: x, optional: true, "
              "always: true}]}\n",
              "l.yaml:6:82: events.e.needs.0.always: expected either optional or always"},
        Fault{"event_of_the_engine",
              "life_cycle: l\nstates:\n  a: {zh: a, en: a}\n  c: {zh: c, en: c, category: done}\n"
              "events: {migrate: {from: [a], to: c, zh: e, en: e}}\n",
              "l.yaml:5:19: events.migrate: expected another name: only the engine writes this "
              "event"},
        Fault{"no_chinese",
              "life_cycle: l\nstates:\n  a: {en: a}\n  c: {zh: c, en: c, category: done}\n"
              "events: {e: {from: [a], to: c, zh: e, en: e}}\n",
              "l.yaml:3:6: states.a.zh: expected text, got nothing"}),
    name_of);

/// The head stands on lines 1 to 4, the fault from line 5 on.
class FaultyLongPolicy : public testing::TestWithParam<Fault> {};

TEST_P(FaultyLongPolicy, IsRefused) {
    auto life = parse_life_cycle(kLife, "work.yaml");
    ASSERT_TRUE(life) << life.error().message;
    const LifeCycles cycles{{"work", std::make_shared<const LifeCycle>(*std::move(life))}};
    const std::string head = "policy: p\nkind: complaint\nclass: 2\nlife_cycle: work\n";
    EXPECT_EQ(error_of(read_policy(head + GetParam().text, "p.yaml", cycles)), GetParam().error);
}

INSTANTIATE_TEST_SUITE_P(
    Clocks, FaultyLongPolicy,
    testing::Values(
        Fault{"never_starts", "clocks:\n- {name: c, stop: done, within: 1h}\n",
              "p.yaml:6:3: clocks.0.start: expected a state or an event that starts it"},
        Fault{"never_stops", "clocks:\n- {name: c, start: new, within: 1h}\n",
              "p.yaml:6:3: clocks.0.stop: expected something that can happen after start: the "
              "clock would never stop"},
        Fault{"stops_only_before_it_starts",
              "clocks:\n- {name: c, start: dropped, stop: done, within: 1h}\n",
              "p.yaml:6:20: clocks.0.start: expected no part of cancel: what ends a clock doesn't "
              "start it"},
        Fault{"starts_by_its_stop",
              "clocks:\n- {name: c, start: [new, done], stop: done, within: 1h}\n",
              "p.yaml:6:20: clocks.0.start: expected no part of stop: what ends a clock doesn't "
              "start it"},
        Fault{"starts_by_its_cancel",
              "clocks:\n- {name: c, start: [new, held], stop: done, cancel: held, within: 1h}\n",
              "p.yaml:6:20: clocks.0.start: expected no part of cancel: what ends a clock doesn't "
              "start it"},
        Fault{"unknown_state", "clocks:\n- {name: c, start: news, stop: done, within: 1h}\n",
              "p.yaml:6:20: clocks.0.start: expected new, held, done or dropped, got \"news\""},
        Fault{"unknown_event",
              "clocks:\n- {name: c, start: {event: begin}, stop: done, within: 1h}\n",
              "p.yaml:6:28: clocks.0.start.event: expected send, wait, go_on, finish, drop or ask, "
              "got \"begin\""},
        Fault{"unknown_anchor",
              "clocks:\n- {name: c, start: new, stop: done, anchor: birth, within: 1h}\n",
              "p.yaml:6:45: clocks.0.anchor: expected start, received or opened, got \"birth\""},
        Fault{"anchor_event",
              "clocks:\n- {name: c, start: new, stop: done, anchor: {event: begin}, within: 1h}\n",
              "p.yaml:6:53: clocks.0.anchor.event: expected send, wait, go_on, finish, drop or "
              "ask, got \"begin\""},
        Fault{"anchor_state",
              "clocks:\n- {name: c, start: new, stop: done, anchor: {state: begun}, within: 1h}\n",
              "p.yaml:6:53: clocks.0.anchor.state: expected new, held, done or dropped, got "
              "\"begun\""},
        Fault{"anchor_field_that_is_no_time",
              "clocks:\n- {name: c, start: new, stop: done, anchor: {field: what}, within: 1h}\n",
              "p.yaml:6:53: clocks.0.anchor.field: expected a field of type time that an event "
              "needs, got \"what\""},
        Fault{
            "at_no_anchor", "clocks:\n- {name: c, start: new, stop: done, within: at_anchor}\n",
            "p.yaml:6:45: clocks.0.within: expected an anchor that is a field: what was promised"},
        Fault{"none_without_a_word", "clocks:\n- {name: c, within: none}\n",
              "p.yaml:6:3: clocks.0.because: expected text, got nothing"},
        Fault{"none_and_no_reason", "clocks:\n- {name: c, start: new, stop: done, within: none}\n",
              "p.yaml:6:3: clocks.0.because: expected text, got nothing"},
        Fault{"unknown_mode",
              "clocks:\n- {name: c, start: new, stop: done, within: 1h, on_class_change: keep}\n",
              "p.yaml:6:66: clocks.0.on_class_change: expected forward, retro_anchor or reset, got "
              "\"keep\""}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Pauses, FaultyLongPolicy,
    testing::Values(
        Fault{
            "pause_without_limit",
            "clocks:\n- {name: c, start: new, stop: done, pause: held, within: 1h, pause_reasons: "
            "[x]}\n",
            "p.yaml:6:3: clocks.0.pause_max: expected a duration from 1s to 8784h, got nothing"},
        Fault{"pause_without_reasons",
              "clocks:\n- {name: c, start: new, stop: done, pause: held, within: 1h, pause_max: "
              "1h}\n",
              "p.yaml:6:3: clocks.0.pause_reasons: expected the reasons that may be given"},
        Fault{
            "total_below_one_pause",
            "clocks:\n- {name: c, start: new, stop: done, pause: held, within: 1h, pause_max: 2h, "
            "pause_total_max: 1h, pause_reasons: [x]}\n",
            "p.yaml:6:94: clocks.0.pause_total_max: expected a duration from 2h to 8784h, got "
            "\"1h\""},
        Fault{"pause_in_every_open_state",
              "clocks:\n- {name: c, start: {event: ask}, stop: done, pause: [new, held], within: "
              "1h, pause_max: 1h, pause_reasons: [x]}\n",
              "p.yaml:6:53: clocks.0.pause: expected an open state in which the clock runs: this "
              "is all of them"},
        Fault{"pause_of_all_starts",
              "clocks:\n- {name: c, start: held, stop: done, pause: held, within: 1h, pause_max: "
              "1h, pause_reasons: [x]}\n",
              "p.yaml:6:45: clocks.0.pause: expected less than all of start: the clock would never "
              "start"},
        Fault{"resume_of_nothing",
              "clocks:\n- {name: c, start: new, stop: done, resume: new, within: 1h}\n",
              "p.yaml:6:45: clocks.0.resume: expected pause beside it"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Thresholds, FaultyLongPolicy,
    testing::Values(
        Fault{"warned_after_the_breach",
              "clocks:\n- {name: c, start: new, stop: done, within: 1h, thresholds: [{at: 2h}]}\n",
              "p.yaml:6:67: clocks.0.thresholds.0.at: expected a time before within: it would be "
              "warned of afterwards"},
        Fault{"more_left_than_there_is",
              "clocks:\n- {name: c, start: new, stop: done, within: 1h, thresholds: [{left: "
              "2h}]}\n",
              "p.yaml:6:69: clocks.0.thresholds.0.left: expected less than within"},
        Fault{"all_percent",
              "clocks:\n- {name: c, start: new, stop: done, within: 1h, thresholds: [{percent: "
              "100}]}\n",
              "p.yaml:6:72: clocks.0.thresholds.0.percent: expected an integer from 1 to 99, got "
              "\"100\""},
        Fault{"one_twice",
              "clocks:\n- {name: c, start: new, stop: done, within: 1h, warn_at: [5m], thresholds: "
              "[{at: 5m}]}\n",
              "p.yaml:6:76: clocks.0.thresholds: expected each threshold once, got 5m again"},
        Fault{"resets_itself_by_a_warning",
              "clocks:\n- {name: c, start: held, reset: held, stop: done, within: 1h, thresholds: "
              "[{at: 5m, do: [redispatch]}]}\n",
              "p.yaml:6:75: clocks.0.thresholds: expected no redispatch: it resets the clock, "
              "which could never breach"},
        Fault{"breaches_for_ever",
              "clocks:\n- {name: c, start: held, stop: done, anchor: received, within: 1h, "
              "on_breach: [redispatch]}\n",
              "p.yaml:6:79: clocks.0.on_breach: expected no redispatch: it starts the clock again "
              "at its anchor, and it would breach at once, for ever"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Heads, FaultyLongPolicy,
    testing::Values(
        Fault{"unknown_evidence_mode", "evidence: maybe\n",
              "p.yaml:5:11: evidence: expected required or asked, got \"maybe\""},
        Fault{"unknown_choice", "chosen: never\n",
              "p.yaml:5:9: chosen: expected always, if_no_other or by_name, got \"never\""},
        Fault{"unknown_change", "when_changed: later\n",
              "p.yaml:5:15: when_changed: expected pin or migrate, got \"later\""},
        Fault{"no_class_without_a_word", "without_class: [{class: 3}]\n",
              "p.yaml:5:17: without_class.0.because: expected text, got nothing"},
        Fault{"version", "version: 0\n",
              "p.yaml:5:10: version: expected an integer from 1 to 1000000, got \"0\""},
        Fault{"title_in_one_language", "title: {en: x}\n",
              "p.yaml:5:8: title.zh: expected text, got nothing"},
        Fault{"follow_up_without_when", "follow_ups: [{open: p, because: x}]\n",
              "p.yaml:5:14: follow_ups.0.on: expected a state or an event"},
        Fault{"follow_up_at_once", "follow_ups: [{on: new, open: p, because: x}]\n",
              "p.yaml:5:19: follow_ups.0.on: expected a later state: a ticket would open another "
              "one before anything happened to it"},
        Fault{"follow_up_of_an_unknown_state", "follow_ups: [{on: closed, open: p, because: x}]\n",
              "p.yaml:5:19: follow_ups.0.on: expected new, held, done or dropped, got \"closed\""}),
    name_of);

TEST(FaultyLongPolicy, NamesALifeCycleThatIsThere) {
    EXPECT_EQ(error_of(read_policy("policy: p\nkind: complaint\nlife_cycle: wrok\n", "p.yaml",
                                   {{"work", nullptr}})),
              "p.yaml:3:13: life_cycle: expected work, got \"wrok\"");
}

TEST(FaultyLongPolicy, AClassOneClockNeverStandsStill) {
    const LifeCycles cycles{
        {"work", std::make_shared<const LifeCycle>(*parse_life_cycle(kLife, "work.yaml"))}};
    EXPECT_EQ(error_of(read_policy(
                  "policy: p\nkind: complaint\nclass: 1\nlife_cycle: work\nclocks:\n"
                  "- {name: c, start: new, stop: done, pause: held, within: 1h, pause_max: 1h, "
                  "pause_reasons: [x]}\n",
                  "p.yaml", cycles)),
              "p.yaml:6:44: clocks.0.pause: expected none for class 1: its clocks never stand "
              "still");
}

/// A folder of two policies that no mistake of their own have.
class FaultyFolder : public testing::Test {
protected:
    void SetUp() override {
        std::filesystem::create_directory(dir_.path() / "life_cycles");
        write("life_cycles/work.yaml", std::string{kLife});
        write("a.yaml", policy("a", 1, "1h") + "without_class: [{class: 3, because: x}]\n");
        write("b.yaml", policy("b", 2, "2h"));
    }
    static std::string policy(const std::string& name, int ticket_class, const std::string& within,
                              const std::string& more = {}) {
        return "policy: " + name + "\nkind: complaint\nclass: " + std::to_string(ticket_class) +
               "\nlife_cycle: work\n" + more +
               "clocks:\n- {name: c, from: new, until: done, within: " + within + "}\n";
    }
    void write(const std::string& name, const std::string& text) const {
        std::ofstream{dir_.path() / name} << text;
    }
    [[nodiscard]] std::string path(const std::string& name) const {
        return (dir_.path() / name).string();
    }
    [[nodiscard]] std::string error() const {
        std::vector<std::string> warnings;
        return error_of(load_policies(dir_.path(), warnings));
    }
    [[nodiscard]] std::string error_against(const std::string& roster,
                                            const std::string& calendar) const {
        std::vector<std::string> warnings;
        const auto folder = load_policies(dir_.path(), warnings);
        if (!folder) return folder.error().message;
        return check_against(*folder, *parse_roster(roster, "r.yaml"),
                             *parse_calendar(calendar, "c.yaml"));
    }

    mercaptan::test::TempDir dir_;
};

TEST_F(FaultyFolder, IsSoundAsItIs) {
    EXPECT_EQ(error(), "accepted");
    EXPECT_EQ(error_against("{}", "years: {2026: {}}"), "");
}

TEST_F(FaultyFolder, AHoleBetweenTheClasses) {
    write("b.yaml", "policy: b\nkind: complaint\nclass: 2\nlife_cycle: work\nclocks: []\n");
    EXPECT_EQ(error(), path("b.yaml") +
                           ":5:9: clocks: expected a clock \"c\", or that it is none ({name: c, "
                           "within: none, because: …}): a has one");
    write("b.yaml",
          "policy: b\nkind: complaint\nclass: 2\nlife_cycle: work\nclocks:\n"
          "- {name: c, within: none, because: there is no number}\n");
    EXPECT_EQ(error(), "accepted");
}

TEST_F(FaultyFolder, AKindThatLacksAClassAndDoesNotSaySo) {
    write("a.yaml", policy("a", 1, "1h"));
    EXPECT_EQ(error(), path("a.yaml") +
                           ":1:9: policy: expected a policy of kind complaint and class 3, or that "
                           "there is none (without_class: [{class: 3, because: …}])");
    write("b.yaml", policy("b", 2, "2h", "chosen: by_name\n"));
    write("c.yaml", policy("c", 3, "3h"));
    EXPECT_EQ(error(), "accepted");
}

TEST_F(FaultyFolder, AStricterClassWithALaterDeadline) {
    write("a.yaml", policy("a", 1, "3h") + "without_class: [{class: 3, because: x}]\n");
    EXPECT_EQ(error(),
              path("a.yaml") +
                  ":6:45: clocks.0.within: expected no later deadline than that of b, "
                  "which is less grave (if the rules want it so, say why in later_because)");
}

TEST_F(FaultyFolder, AShadowedRow) {
    write("a.yaml", policy("a", 1, "1h") +
                        "without_class: [{class: 2, because: x}, {class: 3, because: x}]\n");
    write("b.yaml", policy("b", 1, "2h"));
    EXPECT_EQ(error(), path("b.yaml") +
                           ":1:9: policy: expected chosen: by_name: a comes first for its kind and "
                           "class, so nothing would choose it");
    write("b.yaml", policy("b", 1, "2h", "chosen: by_name\n"));
    EXPECT_EQ(error(), "accepted");
}

TEST_F(FaultyFolder, AFollowUpThatIsNotThere) {
    write("b.yaml", policy("b", 2, "2h", "follow_ups: [{on: done, open: d, because: x}]\n"));
    EXPECT_EQ(error(), path("b.yaml") +
                           ":5:31: follow_ups.0.open: expected a policy of this folder, got \"d\"");
}

TEST_F(FaultyFolder, TwoLifeCyclesOfOneName) {
    write("life_cycles/x.yaml", std::string{kLife});
    EXPECT_EQ(error(), path("life_cycles/x.yaml") +
                           ": life_cycle: expected a name of its own, got \"work\", which another "
                           "file has");
}

TEST_F(FaultyFolder, AnEscalationToNobody) {
    write("b.yaml", policy("b", 2, "2h", "escalation: [dispatcher, manager]\n"));
    EXPECT_EQ(error_against("roles: [manager]\npeople: [{id: anna, role: dispatcher}]\n",
                            "years: {2026: {}}"),
              path("b.yaml") +
                  ":5:13: escalation: expected a role that somebody in the roster has, "
                  "got \"manager\"\n");
}

TEST_F(FaultyFolder, AnEventThatNobodyMaySend) {
    std::string life{kLife};
    life += "  judge: {from: open, who: [judge], zh: a, en: a}\n";
    write("life_cycles/work.yaml", life);
    EXPECT_EQ(error_against("people: [{id: anna, role: dispatcher}]\n", "years: {2026: {}}"),
              path("life_cycles/work.yaml") +
                  ":14:28: events.judge.who: expected a role that somebody in the roster has, got "
                  "\"judge\"\n");
}

TEST_F(FaultyFolder, ACalendarThatEndsBeforeTheLongestDeadline) {
    write("b.yaml", policy("b", 2, "400d"));
    EXPECT_EQ(error_against("{}", "years: {2026: {}}"),
              path("b.yaml") +
                  ":6:45: clocks.0.within: expected at most 365 days: the calendar "
                  "ends before a longer deadline does\n");
}

}  // namespace
}  // namespace mercaptan::processor
