// What clocks do, line by line: each row is a history and what its clocks are at the end of it.
//
// A script is `minute event` with options: `12 go@10` was done at 10 and told at 12; `3 promise=90`
// promises minute 90. `class1` and `class3` change the class. Minute 0 is Saturday, 2026-11-21
// 08:00 UTC, the first line is `raised`, and the last number is when the clocks are looked at.
// Expected: `name status due ended`, in minutes; `#2` is the second run; a due time of a day or
// more later is its date.

#include <gtest/gtest.h>

#include <map>
#include <ostream>
#include <sstream>
#include <string>
#include <vector>

#include "common/domain/check.h"
#include "processor/core/clock_fold.h"
#include "processor/io/policy_file.h"

namespace mercaptan::processor {
namespace {

constexpr Instant kStart{1'795'248'000'000};

constexpr std::string_view kLife = R"(
life_cycle: work
states:
  new:     {zh: 新, en: new}
  going:   {zh: 去, en: going}
  held:    {zh: 停, en: held, category: waiting}
  done:    {zh: 完, en: done, category: done}
  dropped: {zh: 弃, en: dropped, category: void}
events:
  go:      {from: [new, held], to: going, zh: a, en: a}
  hold:    {from: [new, going], to: held, zh: a, en: a}
  finish:  {from: [new, going, held], to: done, zh: a, en: a}
  drop:    {from: open, to: dropped, zh: a, en: a}
  back:    {from: [going], to: new, takes_back: true, zh: a, en: a}
  again:   {from: [done, dropped], to: new, does: [restart], zh: a, en: a}
  ping:    {from: open, zh: a, en: a}
  promise: {from: open, zh: a, en: a, needs: [{field: promised_at, type: time}]}
  regrade: {from: open, does: [reclassify], zh: a, en: a}
)";

constexpr const char* kPlain = "- {name: c, from: new, until: going, within: 30m}";
constexpr const char* kTwo =
    "- {name: c, from: new, until: going, within: 30m}\n"
    "- {name: d, from: going, until: done, within: 10m}";
constexpr const char* kPaused =
    "- {name: c, start: new, stop: done, pause: held, resume: going, within: 60m, "
    "pause_max: 100m, pause_total_max: 150m, pause_reasons: [user]}";
constexpr const char* kDays =
    "- {name: c, start: new, stop: done, pause: held, resume: going, within: 3d, "
    "pause_max: 200h, pause_reasons: [user]}";
constexpr const char* kWorkdays =
    "- {name: c, start: new, stop: done, pause: held, resume: going, within: 3bd, "
    "pause_max: 200h, pause_reasons: [user]}";
constexpr const char* kPings =
    "- {name: c, start: {event: ping}, stop: going, reset: {event: ping}, cancel: done, "
    "within: 10m}";
constexpr const char* kPromised =
    "- {name: c, start: {event: promise}, reset: {event: promise}, stop: going, "
    "anchor: {field: promised_at}, within: at_anchor}";
constexpr const char* kWarned =
    "- {name: c, from: new, until: going, within: 60m, "
    "thresholds: [{at: 20m}, {percent: 50}, {left: 10m}]}";

struct Row {
    const char* source;
    const char* clocks;  // Of class 2.
    const char* script;
    const char* expected;
    const char* other = "";  // Of the class that it changes to.
};

std::ostream& operator<<(std::ostream& out, const Row& row) {
    return out << row.source << ": " << row.script;
}

class Script {
public:
    explicit Script(const Row& row) {
        auto life = parse_life_cycle(kLife, "work.yaml");
        MERCAPTAN_CHECK(life.has_value());
        cycles_["work"] = std::make_shared<const LifeCycle>(*std::move(life));
        add("2", row.clocks);
        const std::string other = row.other;
        if (!other.empty()) {
            add("1", other);
            add("3", other);
        }
        calendar_.first_year = 2026;
        calendar_.last_year = 2026;
        calendar_.holidays = {day_from_civil(2026, 11, 24)};  // A Tuesday, for the sake of it.
        std::istringstream script{row.script};
        line(0, "raised");
        for (int minute = 0; script >> minute;) {
            now_ = minute;
            std::string word;
            if (script >> word) line(minute, word);
        }
    }

    [[nodiscard]] std::string clocks() const {
        const VersionLookup versions{
            .policy = [this](std::string_view name, auto) -> const Policy* {
                const auto found = policies_.find(name);
                return found == policies_.end() ? nullptr : &found->second;
            },
            .calendar = [this](auto) { return &calendar_; }};
        const Ticket ticket = replay(log_, versions, {}, at(now_));
        std::string text;
        for (const Clock& clock : ticket.clocks) {
            text += (text.empty() ? "" : "; ") + clock.name;
            if (clock.cycle > 1) text += "#" + std::to_string(clock.cycle);
            const bool paused =
                clock.status == ClockStatus::running && pause_at(clock, at(now_)) != nullptr;
            text += " " + std::string{paused ? "paused" : to_string(clock.status)};
            text += " " + (clock.due_at == kNever ? std::string{"never"} : minutes(clock.due_at));
            if (clock.ended_at) text += " " + minutes(*clock.ended_at);
            if (clock.warnings > 0) text += " warned" + std::to_string(clock.warnings);
        }
        return text;
    }

private:
    static Instant at(int minute) { return kStart + std::chrono::minutes{minute}; }
    static std::string minutes(Instant instant) {
        const auto after = std::chrono::duration_cast<std::chrono::minutes>(instant - kStart);
        if (after < std::chrono::hours{24}) return std::to_string(after.count());
        return to_rfc3339(instant).substr(5, 11);
    }

    void add(const std::string& ticket_class, const std::string& clocks) {
        const std::string text = "policy: p" + ticket_class +
                                 "\nkind: complaint\nclass: " + ticket_class +
                                 "\nlife_cycle: work\nclocks:\n" + clocks + "\n";
        auto file = read_policy(text, "p.yaml", cycles_);
        if (!file) ADD_FAILURE() << file.error().message;
        MERCAPTAN_CHECK(file.has_value());
        policies_["p" + ticket_class] = file->policy;
    }

    /// `go`, `go@10`, `promise=90`, `class1`.
    void line(int minute, std::string word) {
        LogEntry entry;
        entry.ticket_id = "T";
        entry.index = log_.size();
        entry.recorded_at = at(minute);
        entry.at = entry.recorded_at;
        if (const auto mark = word.find('='); mark != std::string::npos) {
            const Instant promised = at(std::stoi(word.substr(mark + 1)));
            entry.fields = {{"promised_at", to_rfc3339(promised)}};
            word.resize(mark);
        }
        if (const auto mark = word.find('@'); mark != std::string::npos) {
            entry.at = at(std::stoi(word.substr(mark + 1)));
            word.resize(mark);
        }
        if (word.starts_with("class")) {
            entry.policy = "p" + word.substr(5);
            word = "regrade";
        }
        entry.event.name = word;
        const LifeCycle& life = *cycles_.at("work");
        if (word == "raised") {
            entry.policy = "p2";
            entry.to = life.states.front().state;
        } else {
            const auto event = life.event(word);
            MERCAPTAN_CHECK(event.has_value());
            const auto& to = life.events[*event].to;
            if (to) entry.to = life.states[*to].state;
        }
        log_.push_back(std::move(entry));
    }

    LifeCycles cycles_;
    std::map<std::string, Policy, std::less<>> policies_;
    Calendar calendar_;
    std::vector<LogEntry> log_;
    int now_ = 0;
};

class ClockTable : public testing::TestWithParam<Row> {};

/// What the rows stand on, and where that is written: P is config/policies/README.md, C is
/// processor/core/README.md; 001 to 004 are the sources that P names.
const std::map<std::string, const char*> kRules{
    {"contract", "P, `from` and `until`"},
    {"within", "P, `within`"},
    {"anchor", "P, `anchor`"},
    {"pause", "P, `pause` and `resume`"},
    {"pause_max", "P, `pause_max`: then the clock runs on"},
    {"pause_total_max", "P, `pause_total_max`"},
    {"reset", "P, `reset`"},
    {"precedence", "P: cancel, stop, reset, pause, resume, start"},
    {"at once",
     "C: all that ends does so before anything begins; due at the very millisecond is missed"},
    {"told late", "C: a deadline told late was missed if it was noticed before"},
    {"verdict", "C: a verdict never changes"},
    {"takes_back", "P, `takes_back`: clocks that run go on"},
    {"restart", "P, `does: [restart]`"},
    {"thresholds", "P, `thresholds`: each is passed once per ticket, clock and run"},
    {"class change", "P, `on_class_change`"},
    {"forward", "P, `on_class_change: forward`"},
    {"retro", "P, `on_class_change: retro_anchor`"},
    {"reset class", "P, `on_class_change: reset`"},
    {"never later", "P: a stricter class never gets a later deadline"},
    {"Civil Code 201", "the starting day is not counted"},
    {"Civil Code 203", "a last day that is a holiday moves"},
    {"001 P11", "more time for complex cases, told beforehand"},
    {"002 (2)(4)", "a visit is moved with the user's consent"},
    {"003 article 6.1", "depart within 30 minutes of the report"},
    {"003 article 7", "an order is confirmed or given back"},
    {"004 4.4.4", "arrive within the promised time"},
    {"004 5.3.4", "a leak is not left overnight"},
};

TEST_P(ClockTable, IsKept) {
    const std::string source = GetParam().source;
    EXPECT_TRUE(kRules.contains(source.substr(0, source.find(": ")))) << "a row names its rule";
    EXPECT_EQ(Script{GetParam()}.clocks(), GetParam().expected) << GetParam();
}

// Events of one minute, deadlines of one minute, and both.
INSTANTIATE_TEST_SUITE_P(
    AtOnce, ClockTable,
    testing::Values(
        Row{"at once: a clock starts and stops in one minute", kPlain, "0 go 0", "c met 30 0"},
        Row{"at once: two lines of one minute, in the order in which they were made", kTwo,
            "5 go 5 finish 5", "c met 30 5; d met 15 5"},
        Row{"at once: done, begun again and done in one minute", kPlain, "5 finish 5 again 5 go 5",
            "c met 30 5; c#2 met 35 5"},
        Row{"at once: two deadlines of one minute are both missed",
            "- {name: c, from: new, until: going, within: 30m}\n"
            "- {name: d, from: new, until: done, within: 30m}",
            "30 finish 30", "c breached 30 30; d breached 30 30"},
        Row{"at once: a pause at the deadline comes too late", kPaused, "60 hold 61",
            "c breached 60 60"},
        Row{"at once: a minute before it does not", kPaused, "59 hold 61", "c paused 160"},
        Row{"at once: a pause that ends at its limit and is resumed then", kPaused,
            "10 hold 110 go 110", "c running 160"},
        Row{"at once: a pause of no length moves nothing", kPaused, "10 hold 10 go 11",
            "c running 60"},
        Row{"at once: a warning and the deadline of one minute",
            "- {name: c, from: new, until: going, within: 30m, thresholds: [{at: 29m}]}", "30",
            "c breached 30 30 warned1"},
        Row{"at once: a reset at the deadline is a run after a breach", kPings, "5 ping 15 ping 15",
            "c breached 15 15; c#2 running 25"},
        Row{"at once: a class change at the deadline finds it missed", kPlain, "30 class1 30",
            "c breached 30 30", "- {name: c, from: new, until: going, within: 60m}"},
        Row{"at once: a class change and the end in one minute", kPlain, "5 class1 5 go 5",
            "c met 15 5", "- {name: c, from: new, until: going, within: 10m}"}));

INSTANTIATE_TEST_SUITE_P(
    Life, ClockTable,
    testing::Values(
        Row{"contract: starts when from is entered", kPlain, "5", "c running 30"},
        Row{"contract: met when until is entered", kPlain, "10 go 10", "c met 30 10"},
        Row{"contract: met by any later state", kPlain, "10 finish 20", "c met 30 10"},
        Row{"contract: breached at due_at", kPlain, "30", "c breached 30 30"},
        Row{"contract: not a minute sooner", kPlain, "29", "c running 30"},
        Row{"contract: a breach stays when the work is done", kPlain, "45 go 50",
            "c breached 30 30"},
        Row{"contract: cancelled work meets nothing", kPlain, "10 drop 20", "c stopped 30 10"},
        Row{"contract: entering from again is the next run", kPlain, "5 finish 8 again 9",
            "c met 30 5; c#2 running 38"},
        Row{"verdict: of a closed ticket it never changes", kPlain, "5 drop 999", "c stopped 30 5"},
        Row{"at once: one ends as the other begins", kTwo, "5 go 6", "c met 30 5; d running 15"},
        Row{"at once: one clock never hides another's breach", kTwo, "5 go 20",
            "c met 30 5; d breached 15 15"},
        Row{"at once: the late end and the next start", kTwo, "31 go 31",
            "c breached 30 30; d running 41"},
        Row{"at once: both ended by one event", kTwo, "5 go 9 finish 9", "c met 30 5; d met 15 9"},
        Row{"told late: an end that was still in time when it was told", kPlain, "12 go@10 12",
            "c met 30 10"},
        Row{"told late: an end told after the deadline is a breach; what was noticed stands",
            kPlain, "31 go@29 31", "c breached 30 30"},
        Row{"told late: a start counts from when it was", kTwo, "12 go@4 12",
            "c met 30 4; d running 14"},
        Row{"told late: a start whose deadline is past", kTwo, "20 go@4 20",
            "c met 30 4; d breached 14 14"},
        Row{"at once: at the very millisecond the deadline wins", kPlain, "30 go 30",
            "c breached 30 30"}));

INSTANTIATE_TEST_SUITE_P(
    StepsBack, ClockTable,
    testing::Values(Row{"003 article 7: a crew that gives back wins no time", kTwo, "5 go 7 back 8",
                        "c met 30 5; d stopped 15 7; c#2 running 37"},
                    Row{"takes_back: what was not reached goes on",
                        "- {name: c, from: new, until: done, within: 30m}", "5 go 7 back 8",
                        "c running 30"},
                    Row{"takes_back: what was breached and not reached stays so",
                        "- {name: c, from: new, until: done, within: 6m}", "5 go 7 back 8",
                        "c breached 6 6"},
                    Row{"takes_back: breached, reached late, and given back counts anew", kPlain,
                        "35 go 40 back 41", "c breached 30 30; c#2 running 70"},
                    Row{"restart: it counts anew", kTwo, "5 go 6 finish 9 again 10 go 11",
                        "c met 30 5; d met 15 6; c#2 met 39 10; d#2 running 20"},
                    Row{"restart: dropped and begun again", kPlain, "5 drop 20 again 21",
                        "c stopped 30 5; c#2 running 50"}));

INSTANTIATE_TEST_SUITE_P(
    Precedence, ClockTable,
    testing::Values(
        Row{"precedence: cancel before stop",
            "- {name: c, start: new, stop: done, cancel: {event: finish}, within: 30m}",
            "5 finish 6", "c stopped 30 5"},
        Row{"precedence: stop before reset",
            "- {name: c, start: new, stop: going, reset: {event: go}, within: 30m}", "5 go 6",
            "c met 30 5"},
        Row{"precedence: reset before pause",
            "- {name: c, start: new, stop: done, reset: {event: hold}, pause: held, pause_max: 1h, "
            "pause_reasons: [x], within: 30m}",
            "5 hold 6", "c stopped 30 5; c#2 running 35"},
        Row{"precedence: pause before resume",
            "- {name: c, start: new, stop: done, pause: {state: held, event: ping}, resume: "
            "{event: "
            "ping}, pause_max: 60m, pause_reasons: [x], within: 30m}",
            "5 ping 6 ping 10 ping 11", "c paused 90"},
        Row{"precedence: stop forbids a start in the same step",
            "- {name: c, start: {state: going}, stop: {event: go, state: done}, within: 30m}",
            "5 go 6", ""},
        Row{"precedence: pause forbids a start in the same step",
            "- {name: c, start: [new, held], stop: done, cancel: going, pause: {event: hold}, "
            "pause_max: 1h, pause_reasons: [x], within: 30m}",
            "5 go 6 hold 7", "c stopped 30 5"},
        Row{"reset: of a clock that does not run it starts nothing", kPings, "5 go 6", ""},
        Row{"reset: each is a run of its own", kPings, "5 ping 8 ping 9 ping 10",
            "c#2 stopped 18 9; c#3 running 19"},
        Row{"reset: after a breach it is a start", kPings, "5 ping 20 ping 21",
            "c breached 15 15; c#2 running 30"},
        Row{"verdict: a cancel leaves a breach alone", kPings, "5 ping 20 finish 21",
            "c breached 15 15"}));

INSTANTIATE_TEST_SUITE_P(
    Pauses, ClockTable,
    testing::Values(
        Row{"001 P11: a pause moves the deadline by its length", kPaused, "10 hold 30 go 31",
            "c running 80"},
        Row{"pause_max: while paused the deadline is that of the longest pause", kPaused,
            "10 hold 20", "c paused 160"},
        Row{"pause_max: a pause ends by itself at its limit", kPaused, "10 hold 111",
            "c running 160"},
        Row{"pause_max: and the clock breaches after it", kPaused, "10 hold 160",
            "c breached 160 160"},
        Row{"pause: solved time is not counted as pending", kPaused, "10 hold 20 finish 30",
            "c met 70 20"},
        Row{"pause: two add up", kPaused, "10 hold 30 go 40 hold 50 go 51", "c running 90"},
        Row{"pause_total_max: together they have a limit", kPaused, "10 hold 100 go 110 hold 120",
            "c paused 210"},
        Row{"pause_total_max: after it there is no pause left", kPaused,
            "10 hold 100 go 110 hold 175 go 176 hold 177", "c running 210"},
        Row{"told late: a pause that had begun", kPaused, "20 hold@10 30 go 31", "c running 80"},
        Row{"pause: over a weekend it costs a day count no weekend", kWorkdays, "10 hold 60 go 61",
            "c running 11-27T00:00"},
        Row{"pause: over midnight it costs calendar days one day", kDays, "10 hold 1000 go 1001",
            "c running 11-26T00:00"},
        Row{"pause: within a day it costs a day count nothing", kDays, "10 hold 60 go 61",
            "c running 11-26T00:00"},
        Row{"pause: over Monday's end it costs one workday", kWorkdays, "2800 hold 4000 go 4001",
            "c running 11-28T00:00"}));

INSTANTIATE_TEST_SUITE_P(
    Days, ClockTable,
    testing::Values(
        Row{"Civil Code 201: the starting day is not counted",
            "- {name: c, from: new, until: done, within: 1d}", "1", "c running 11-23T00:00"},
        Row{"Civil Code 203: a holiday moves the end to the day after",
            "- {name: c, from: new, until: done, within: 3d}", "1", "c running 11-26T00:00"},
        Row{"within: workdays leave out the weekend",
            "- {name: c, from: new, until: done, within: 1bd}", "1", "c running 11-24T00:00"},
        Row{"within: workdays leave out the holiday",
            "- {name: c, from: new, until: done, within: 2bd}", "1", "c running 11-26T00:00"},
        Row{"004 5.3.4: not overnight, the same day ends at midnight",
            "- {name: c, from: new, until: done, within: same_day}", "1", "c running 960"},
        Row{"within: hours run through the night and the weekend",
            "- {name: c, from: new, until: done, within: 24h}", "1", "c running 11-22T08:00"}));

INSTANTIATE_TEST_SUITE_P(
    Anchors, ClockTable,
    testing::Values(Row{"004 4.4.4: a promised time is the deadline", kPromised, "5 promise=90 6",
                        "c running 90"},
                    Row{"002 (2)(4): a visit moved with consent is the next run", kPromised,
                        "5 promise=90 10 promise=200 11", "c stopped 90 10; c#2 running 200"},
                    Row{"004 4.4.4: a promise of a time that has passed", kPromised,
                        "50 promise=20 50", "c breached 20 20"},
                    Row{"anchor: an event",
                        "- {name: c, start: going, stop: done, anchor: {event: ping}, within: 30m}",
                        "3 ping 20 go 21", "c running 33"},
                    Row{"anchor: an event that has not been, so the start",
                        "- {name: c, start: going, stop: done, anchor: {event: ping}, within: 30m}",
                        "20 go 21", "c running 50"},
                    Row{"003 article 6.1: counted from the receipt of the report",
                        "- {name: c, start: going, stop: done, anchor: received, within: 30m}",
                        "20 go 21", "c running 30"}));

INSTANTIATE_TEST_SUITE_P(
    Thresholds, ClockTable,
    testing::Values(Row{"thresholds: none passed", kWarned, "19", "c running 60"},
                    Row{"thresholds: elapsed", kWarned, "20", "c running 60 warned1"},
                    Row{"thresholds: percent", kWarned, "30", "c running 60 warned2"},
                    Row{"thresholds: remaining", kWarned, "50", "c running 60 warned3"},
                    Row{"thresholds: each once, whatever happens in between", kWarned,
                        "25 ping 26 ping 27", "c running 60 warned1"},
                    Row{"thresholds: a new run has them anew", kWarned, "25 finish 30 again 55",
                        "c met 60 25 warned1; c#2 running 90 warned1"}));

constexpr const char* kSooner = "- {name: c, from: new, until: going, within: 10m}";
constexpr const char* kLater = "- {name: c, from: new, until: going, within: 60m}";

INSTANTIATE_TEST_SUITE_P(
    ClassChanges, ClockTable,
    testing::Values(
        Row{"forward: a stricter limit counts from the change", kPlain, "5 class1 6",
            "c running 15", kSooner},
        Row{"never later: forward would win time", kPlain, "25 class1 26", "c running 30", kSooner},
        Row{"never later: the stricter class has the longer time", kPlain, "5 class1 6",
            "c running 30", kLater},
        Row{"retro: from the anchor", kPlain, "5 class1 6", "c running 10",
            "- {name: c, from: new, until: going, within: 10m, on_class_change: retro_anchor}"},
        Row{"retro: it may be over already", kPlain, "15 class1 15", "c breached 10 10",
            "- {name: c, from: new, until: going, within: 10m, on_class_change: retro_anchor}"},
        Row{"reset class: a run of its own", kPlain, "5 class1 6", "c stopped 30 5; c#2 running 15",
            "- {name: c, from: new, until: going, within: 10m, on_class_change: reset}"},
        Row{"reset class: not if it won time", kPlain, "25 class1 26", "c running 30",
            "- {name: c, from: new, until: going, within: 10m, on_class_change: reset}"},
        Row{"forward: a laxer class counts from the anchor", kPlain, "25 class3 26", "c running 60",
            kLater},
        Row{"class change: a clock that the new class has not", kPlain, "5 class1 6",
            "c stopped 30 5", "- {name: x, from: going, until: done, within: 10m}"},
        Row{"class change: a clock that only the new class has", kPlain, "5 class1 6",
            "c stopped 30 5; x running 15", "- {name: x, from: new, until: done, within: 10m}"},
        Row{"retro: it does not reach back unless it says so", kPlain, "5 class1 6",
            "c stopped 30 5; x running 10",
            "- {name: x, from: new, until: done, within: 10m, on_class_change: retro_anchor}"},
        Row{"class change: a pause is not lost by it", kPaused, "10 hold 30 go 31 class3 32",
            "c running 140", "- {name: c, start: new, stop: done, within: 120m}"},
        Row{"verdict: a breach stays whatever the class", kPlain, "31 class3 32",
            "c breached 30 30", kLater},
        Row{"verdict: what is met stays met", kPlain, "5 go 6 class1 7", "c met 30 5", kSooner},
        Row{"thresholds: an old notice is not given again by a class change", kWarned,
            "25 class1 26", "c running 60 warned1",
            "- {name: c, from: new, until: going, within: 60m, thresholds: [{at: 20m}]}"},
        Row{"never later: up, down and up wins nothing", kPlain, "5 class1 6 class3 7 class1 8",
            "c running 10", kSooner}));

}  // namespace
}  // namespace mercaptan::processor
