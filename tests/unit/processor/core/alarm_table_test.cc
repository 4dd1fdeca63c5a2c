// The alarm's state model as a specification: the table itself, what holds in every state that it
// can lead to, and that the documentation shows it as it is.

#include <gtest/gtest.h>

#include <deque>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "processor/core/alarm.h"

namespace mercaptan::processor {
namespace {

using A = AlarmEvent;
using S = AlarmState;

Alarm make(bool active, bool acked, bool confirmed, bool latched, bool present) {
    Alarm a;
    a.active = active;
    a.acked = acked;
    a.confirmed = confirmed;
    a.latched = latched;
    a.present = present;
    return a;
}
template <class F>
Alarm with(Alarm alarm, F change) {
    change(alarm);
    return alarm;
}

AlarmChange change(A event, bool emergency = false, bool made_safe = false, bool latches = false) {
    AlarmChange c;
    c.event = event;
    c.emergency = emergency;
    c.made_safe = made_safe;
    c.latches = latches;
    c.at = Instant{100};
    if (event == A::shelve || event == A::shelve_once) c.until = Instant{200};
    return c;
}

const Alarm kNormal = make(false, true, true, false, false);
const Alarm kUnacked = make(true, false, false, false, true);
const Alarm kAcked = make(true, true, false, false, true);
const Alarm kConfirmed = make(true, true, true, false, true);
const Alarm kReturned = make(false, false, false, false, false);
const Alarm kLatched = make(true, true, true, true, false);
const Alarm kLatchedUnacked = make(true, false, false, true, false);
const Alarm kLatchedPresent = make(true, true, true, true, true);
const Alarm kShelved = with(kUnacked, [](Alarm& a) { a.shelved_until = Instant{500}; });
const Alarm kShelvedOnce = with(kShelved, [](Alarm& a) { a.shelved_once = true; });
const Alarm kSuppressed = with(kUnacked, [](Alarm& a) { a.suppressed = true; });
const Alarm kByDesign = with(kUnacked, [](Alarm& a) { a.suppressed_by_design = true; });
const Alarm kOut = with(kUnacked, [](Alarm& a) { a.out_of_service = true; });

TEST(AlarmTable, EachEventInEachState) {
    const struct {
        const char* source;
        const char* name;
        Alarm before;
        AlarmChange with;
        const char* refusal;  // nullptr: it is taken,
        S after = S::normal;  // and leads here.
    } rows[] = {
        {"ISA-18.2 A-B", "raise", kNormal, change(A::raise), nullptr, S::unacknowledged},
        {"ISA-18.2 B-C", "ack", kUnacked, change(A::ack), nullptr, S::acknowledged},
        {"ISA-18.2 C-A", "clear of acknowledged", kAcked, change(A::clear), nullptr, S::normal},
        {"ISA-18.2 B-D", "clear of unacknowledged", kUnacked, change(A::clear), nullptr,
         S::returned_unacknowledged},
        {"ISA-18.2 D-A", "ack after return", kReturned, change(A::ack), nullptr, S::normal},
        {"ISA-18.2 D-B", "raise after return", kReturned, change(A::raise), nullptr,
         S::unacknowledged},
        {"ISA-18.2 C-B", "re-alarm", kAcked, change(A::re_alarm), nullptr, S::unacknowledged},
        {"Part 9 Acknowledge", "ack twice", kAcked, change(A::ack), "is acknowledged already"},
        {"Part 9 Confirm", "before ack", kUnacked, change(A::confirm),
         "must be acknowledged first"},
        {"Part 9 Confirm", "after ack", kAcked, change(A::confirm), nullptr, S::acknowledged},
        {"Part 9 Confirm", "twice", kConfirmed, change(A::confirm), "is confirmed already"},
        {"Part 9 LatchedState", "raise", kNormal, change(A::raise, true, false, true), nullptr,
         S::unacknowledged},
        {"Part 9 LatchedState", "clear", kLatchedPresent, change(A::clear, true), nullptr,
         S::latched_acknowledged},
        {"Part 9 LatchedState", "ack", kLatchedUnacked, change(A::ack, true), nullptr,
         S::latched_acknowledged},
        {"Part 9 Reset", "of what does not latch", kConfirmed, change(A::reset, false, true),
         "is not latched"},
        {"Part 9 Reset", "while present", kLatchedPresent, change(A::reset, true, true),
         "is still present"},
        {"design rule 2", "reset before the place is safe", kLatched, change(A::reset, true),
         "can be reset only after the place was made safe"},
        {"Part 9 Reset", "after", kLatched, change(A::reset, true, true), nullptr, S::normal},
        {"Part 9 Reset", "of normal", kNormal, change(A::reset, false, true), "is not active"},
        {"Part 9 TimedShelve", "shelve", kUnacked, change(A::shelve), nullptr, S::shelved},
        {"ISA-18.2: from any state", "shelve a normal one", kNormal, change(A::shelve), nullptr,
         S::shelved},
        {"Part 9 TimedShelve", "shelve twice", kShelved, change(A::shelve_once),
         "is shelved already"},
        {"Part 9 OneShotShelve", "shelve once", kUnacked, change(A::shelve_once), nullptr,
         S::shelved},
        {"Part 9 OneShotShelve", "ends with its occurrence", kShelvedOnce, change(A::clear),
         nullptr, S::returned_unacknowledged},
        {"Part 9 TimedShelve", "outlasts its occurrence", kShelved, change(A::clear), nullptr,
         S::shelved},
        {"Part 9 UnshelveTime", "time is up", kShelved, change(A::expire), nullptr,
         S::unacknowledged},
        {"Part 9 MaxTimeShelved", "time is up", kShelvedOnce, change(A::expire), nullptr,
         S::unacknowledged},
        {"Part 9 Unshelve", "shelved", kShelved, change(A::unshelve), nullptr, S::unacknowledged},
        {"Part 9 Unshelve", "shelved once", kShelvedOnce, change(A::unshelve), nullptr,
         S::unacknowledged},
        {"Part 9 Unshelve", "what is not", kUnacked, change(A::unshelve), "is not shelved"},
        {"design rule 7", "shelve an emergency", kUnacked, change(A::shelve, true),
         "is an emergency: nothing may keep it quiet"},
        {"design rule 7", "shelve an emergency once", kUnacked, change(A::shelve_once, true),
         "is an emergency: nothing may keep it quiet"},
        {"Part 9 Suppress", "suppress", kUnacked, change(A::suppress), nullptr, S::suppressed},
        {"Part 9 Suppress", "twice", kSuppressed, change(A::suppress), "is suppressed already"},
        {"design rule 7", "suppress an emergency", kUnacked, change(A::suppress, true),
         "is an emergency: nothing may keep it quiet"},
        {"Part 9 Unsuppress", "suppressed", kSuppressed, change(A::unsuppress), nullptr,
         S::unacknowledged},
        {"Part 9 Unsuppress", "what is not", kUnacked, change(A::unsuppress), "is not suppressed"},
        {"ISA-18.2 H", "a window opens", kUnacked, change(A::enter_window), nullptr, S::suppressed},
        {"design rule 7", "a window opens over an emergency", kUnacked,
         change(A::enter_window, true), nullptr, S::unacknowledged},
        {"ISA-18.2 H", "the window closes", kByDesign, change(A::leave_window), nullptr,
         S::unacknowledged},
        {"ISA-18.2 I", "out of service", kUnacked, change(A::out_of_service), nullptr,
         S::out_of_service},
        {"ISA-18.2 I", "twice", kOut, change(A::out_of_service), "is out of service already"},
        {"design rule 7", "take an emergency out", kUnacked, change(A::out_of_service, true),
         "is an emergency: nothing may keep it quiet"},
        {"ISA-18.2 I", "back in service", kOut, change(A::in_service), nullptr, S::unacknowledged},
        {"ISA-18.2 I", "back without having been out", kUnacked, change(A::in_service),
         "is not out of service"},
        {"Part 9 ReAlarmTime", "re-alarm of shelved",
         with(kAcked, [](Alarm& a) { a.shelved_until = Instant{500}; }), change(A::re_alarm),
         "is shelved already"},
        {"design rule 7", "the rules make it Class 1", kShelved, change(A::promote, true), nullptr,
         S::unacknowledged},
        {"design", "its ticket ended, danger over", kUnacked, change(A::release), nullptr,
         S::unacknowledged},
        {"design", "its ticket ended, nothing present", kLatched, change(A::release), nullptr,
         S::normal},
        {"design", "danger again after its ticket", kConfirmed, change(A::renew), nullptr,
         S::unacknowledged},
        {"design", "the same of a latching one", kLatchedPresent,
         change(A::renew, true, false, true), nullptr, S::unacknowledged},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(std::string{row.source} + ": " + row.name);
        Alarm after = row.before;
        const auto applied = apply(after, row.with);
        EXPECT_EQ(applied.has_value(), row.refusal == nullptr);
        if (applied) {
            EXPECT_EQ(to_string(state_of(after)), to_string(row.after));
        } else {
            EXPECT_EQ(after, row.before);
            EXPECT_EQ(applied.error().code, ErrorCode::conflict);
            EXPECT_EQ(applied.error().message, " of  " + std::string{row.refusal});
        }
    }
}

TEST(AlarmTable, ShelvingNeedsATimeAhead) {
    Alarm alarm = kUnacked;
    AlarmChange shelve = change(A::shelve);
    shelve.until = shelve.at;
    EXPECT_FALSE(apply(alarm, shelve));
    shelve.until.reset();
    EXPECT_FALSE(apply(alarm, shelve));
}

/// Every state that any sequence of events leads to, for one kind of condition.
class Reachable {
public:
    Reachable(bool emergency, bool latches) {
        visit(kNormal);
        while (!open_.empty()) {
            const Alarm alarm = open_.front();
            open_.pop_front();
            for (std::size_t i = 0; i < kAlarmEventCount; ++i) {
                for (const bool made_safe : {false, true}) {
                    AlarmChange c = change(static_cast<A>(i), emergency, made_safe, latches);
                    if (c.event == A::promote && !emergency) continue;
                    Alarm after = alarm;
                    if (!apply(after, c)) continue;
                    steps.push_back({alarm, c, after});
                    visit(after);
                }
            }
        }
    }
    struct Step {
        Alarm before;
        AlarmChange with;
        Alarm after;
    };
    std::vector<Step> steps;
    std::size_t states() const { return seen_.size(); }

private:
    void visit(Alarm alarm) {
        alarm.past.clear();
        alarm.since = alarm.first_evidence = Instant{};
        alarm.occurrences = 0;
        const auto key = std::tuple{alarm.present,
                                    alarm.active,
                                    alarm.acked,
                                    alarm.confirmed,
                                    alarm.latched,
                                    alarm.suppressed,
                                    alarm.suppressed_by_design,
                                    alarm.out_of_service,
                                    alarm.shelved_until.has_value(),
                                    alarm.shelved_once};
        if (seen_.insert(key).second) open_.push_back(alarm);
    }
    std::set<std::tuple<bool, bool, bool, bool, bool, bool, bool, bool, bool, bool>> seen_;
    std::deque<Alarm> open_;
};

TEST(AlarmTable, NoSequenceOfEventsKeepsAnEmergencyQuietOrEndsIt) {
    const Reachable emergency{/*emergency=*/true, /*latches=*/true};
    EXPECT_GT(emergency.steps.size(), 50U);
    for (const auto& step : emergency.steps) {
        EXPECT_FALSE(is_quiet(step.after));
        if (step.before.active && !step.after.active) {
            EXPECT_FALSE(step.before.present) << to_string(step.with.event);
            EXPECT_TRUE(step.with.event == A::release ||
                        (step.with.event == A::reset && step.with.made_safe))
                << to_string(step.with.event);
        }
    }
}

TEST(AlarmTable, WhatHoldsInEveryState) {
    for (const bool latches : {false, true}) {
        const Reachable any{/*emergency=*/false, latches};
        EXPECT_GT(any.states(), 100U);
        for (const auto& step : any.steps) {
            SCOPED_TRACE(to_string(step.with.event));
            EXPECT_TRUE(!step.after.present || step.after.active);
            EXPECT_TRUE(!step.after.confirmed || step.after.acked);
            EXPECT_TRUE(!step.after.shelved_once || step.after.shelved_until);
            EXPECT_TRUE(!step.after.latched || step.after.active);
            if (!step.before.acked && step.after.acked) {
                EXPECT_EQ(step.with.event, A::ack);
            }
            // What keeps it quiet never touches what the readings say.
            if (step.with.event >= A::shelve) {
                EXPECT_EQ(step.before.active, step.after.active);
                EXPECT_EQ(step.before.present, step.after.present);
            }
        }
    }
}

TEST(AlarmTable, EveryRowIsTaken) {
    std::set<const AlarmTransition*> taken;
    for (const bool emergency : {false, true}) {
        for (std::uint32_t bits = 0; bits < 1U << kAlarmFactCount; ++bits) {
            AlarmFacts facts;
            for (std::size_t i = 0; i < kAlarmFactCount; ++i)
                facts.set(static_cast<AlarmFact>(i), (bits >> i & 1U) != 0);
            facts.set(AlarmFact::emergency, emergency);
            for (std::size_t i = 0; i < kAlarmEventCount; ++i) {
                const auto event = static_cast<A>(i);
                const auto* row = transition_for(event, facts);
                taken.insert(row);
                if (row == nullptr) {
                    EXPECT_FALSE(objection_to(event, facts).empty()) << to_string(event);
                }
            }
        }
    }
    for (const AlarmTransition& row : alarm_transitions())
        EXPECT_TRUE(taken.contains(&row)) << to_string(row.event);
}

std::string words(AlarmFacts facts) {
    std::string out;
    for (std::size_t i = 0; i < kAlarmFactCount; ++i) {
        const auto fact = static_cast<AlarmFact>(i);
        if (!facts.has(fact)) continue;
        if (!out.empty()) out += ", ";
        out += to_string(fact);
    }
    return out;
}

std::string as_markdown() {
    std::string out =
        "| event | needs | not if | becomes | ceases | occurrence |\n|---|---|---|---|---|---|\n";
    for (const AlarmTransition& row : alarm_transitions()) {
        const char* occurrence = row.occurrence == Occurrence::begins ? "begins"
                                 : row.occurrence == Occurrence::ends ? "ends"
                                                                      : "";
        out += "| " + std::string{to_string(row.event)} + " | " + words(row.needs) + " | " +
               words(row.forbids) + " | " + words(row.sets) + " | " + words(row.clears) + " | " +
               occurrence + " |\n";
    }
    return out;
}

TEST(AlarmTable, IsWhatTheDocumentationShows) {
    std::ifstream file{MERCAPTAN_SOURCE_DIR "/processor/core/ALARMS.md"};
    std::ostringstream all;
    all << file.rdbuf();
    const std::string text = all.str();
    const auto begin = text.find("| event | needs |");
    ASSERT_NE(begin, std::string::npos);
    const auto end = text.find("\n\n", begin) + 1;
    EXPECT_EQ(text.substr(begin, end - begin), as_markdown());
}

}  // namespace
}  // namespace mercaptan::processor
