// On-delay, deadband, n of m, rate of rise and off-delay under late, repeated, skewed and
// clock-stepped delivery, against an oracle that sorts by event time and knows nothing of the
// engine.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "tests/support/engine_driver.h"

namespace mercaptan::processor::test {
namespace {

using namespace std::chrono_literals;

struct Sent {
    Duration at{0};  // By the device's clock, after the start.
    double value = 0;
    std::uint64_t seq = 0;
};

void showValue(const Sent& sent, std::ostream& out) {
    out << "{" << sent.at.count() / 1000 << "s " << sent.value << " #" << sent.seq << "}";
}

constexpr double kSet = 10;
constexpr double kClear = 7;
constexpr Duration kOnDelay = 10min;
constexpr Duration kOffDelay = 8min;
constexpr double kRise = 12;
constexpr Duration kRiseWithin = 5min;
constexpr int kOf = 5;
constexpr int kCount = 3;

Condition emergency(const char* id, Band band) {
    Condition condition;
    condition.id = id;
    condition.input = Input::quantity;
    condition.quantity = Quantity::pressure_kpa;
    condition.bands = {band};
    condition.ticket = TicketClass::one;
    condition.hazard = Hazard::leak;
    condition.latched = true;
    return condition;
}

Rulebook rules() {
    Rulebook rulebook = standard_rulebook();
    Condition off = emergency("off", {.set = kSet, .clear = kClear});
    off.ticket.reset();
    off.latched = false;
    off.off_delay = kOffDelay;
    rulebook.rules.conditions = {
        emergency("held", {.set = kSet, .clear = kClear, .on_delay = kOnDelay}),
        emergency("count", {.set = kSet, .clear = kClear, .count = {kCount, kOf}}),
        emergency("rise", {.set = kRise, .clear = kRise, .rise_within = kRiseWithin}), off};
    return rulebook;
}

using Course = std::vector<Sent>;  // In event order for the oracle.

bool held(const Course& course) {
    for (std::size_t first = 0; first < course.size(); ++first) {
        if (course[first].value < kSet) continue;
        for (std::size_t last = first; last < course.size() && course[last].value >= kClear; ++last)
            if (course[last].at - course[first].at >= kOnDelay) return true;
    }
    return false;
}

bool counted(const Course& course) {
    for (std::size_t last = 0; last < course.size(); ++last) {
        int high = 0;
        for (std::size_t i = last + 1 - std::min<std::size_t>(last + 1, kOf); i <= last; ++i)
            high += course[i].value >= kSet ? 1 : 0;
        if (high >= kCount) return true;
    }
    return false;
}

bool rose(const Course& course) {
    for (const Sent& a : course) {
        for (const Sent& b : course) {
            if (b.at > a.at && b.at - a.at <= kRiseWithin && b.value - a.value >= kRise)
                return true;
        }
    }
    return false;
}

std::set<std::string> oracle(Course known) {
    std::sort(known.begin(), known.end(), [](const Sent& a, const Sent& b) { return a.at < b.at; });
    std::set<std::string> raised;
    if (held(known)) raised.insert("held");
    if (counted(known)) raised.insert("count");
    if (rose(known)) raised.insert("rise");
    return raised;
}

/// Whether the condition with the off-delay is true after the last reading of an ordered course.
bool off_delay_present(const Course& course) {
    bool present = false;
    bool low = false;
    Duration low_since{0};
    for (const Sent& sent : course) {
        if (sent.value >= kSet) {
            present = true;
            low = false;
        } else if (sent.value < kClear) {
            if (!low) low_since = sent.at;
            low = true;
            if (sent.at - low_since >= kOffDelay) present = false;
        }
    }
    return present;
}

/// A device's day: up to 30 readings a while apart, its clock off by up to a day and stepped once.
rc::Gen<Course> any_course() {
    const auto reading = rc::gen::pair(rc::gen::element(20, 60, 90, 150, 240, 600),
                                       rc::gen::element(0, 3, 7, 8, 10, 12, 15, 20));
    return rc::gen::map(
        rc::gen::tuple(
            rc::gen::resize(30, rc::gen::container<std::vector<std::pair<int, int>>>(reading)),
            rc::gen::inRange(-24 * 3600, 24 * 3600), rc::gen::inRange(0, 30),
            rc::gen::element(0, 0, -3600, -97, 3600, 24 * 3600, -24 * 3600)),
        [](const auto& parts) {
            const auto& [steps, skew, stepped_at, step] = parts;
            Course course;
            int second = skew;
            std::set<int> taken;
            for (std::size_t i = 0; i < steps.size(); ++i) {
                second += steps[i].first;
                if (static_cast<int>(i) == stepped_at) second += step;
                while (!taken.insert(second).second) ++second;
                course.push_back({.at = std::chrono::seconds{second},
                                  .value = static_cast<double>(steps[i].second),
                                  .seq = i + 1});
            }
            return course;
        });
}

/// Some order, with repeats.
Course delivered(const Course& course) {
    if (course.empty()) return {};
    Course arrivals = course;
    for (const std::size_t i :
         *rc::gen::resize(8, rc::gen::container<std::vector<std::size_t>>(
                                 rc::gen::inRange<std::size_t>(0, course.size()))))
        arrivals.push_back(course[i]);
    for (std::size_t i = arrivals.size(); i > 1; --i)
        std::swap(arrivals[i - 1], arrivals[*rc::gen::inRange<std::size_t>(0, i)]);
    return arrivals;
}

class Device {
public:
    Device() { district_.wait(48h); }
    void send(const Sent& sent) {
        district_.wait(1s);
        (void)district_.read({.values = {{Quantity::pressure_kpa, sent.value}},
                              .event_at = kStart + sent.at,
                              .seq = sent.seq});
    }
    std::set<std::string> raised() const {
        std::set<std::string> raised;
        for (const char* id : {"held", "count", "rise"}) {
            const auto alarm = district_.alarm(id);
            if (alarm && alarm->occurrences > 0) raised.insert(id);
        }
        return raised;
    }
    bool off_present() const {
        const auto alarm = district_.alarm("off");
        return alarm && alarm->present;
    }
    void restart() { district_.restart(); }

private:
    EngineDriver district_{rules()};
};

RC_GTEST_PROP(Delays, NoEmergencyOfTheEventOrderIsMissed, ()) {
    const Course course = *any_course();
    Device device;
    for (const Sent& sent : delivered(course)) device.send(sent);
    for (const std::string& expected : oracle(course))
        RC_ASSERT(device.raised().contains(expected));
}

RC_GTEST_PROP(Delays, InEventOrderTheEmergenciesAreExactlyThose, ()) {
    Course course = *any_course();
    std::sort(course.begin(), course.end(),
              [](const Sent& a, const Sent& b) { return a.at < b.at; });
    Device device;
    for (const Sent& sent : course) device.send(sent);
    RC_ASSERT(device.raised() == oracle(course));
}

// A contradiction that comes in later can't unsay what was said, so what is raised is what the
// readings that had arrived by then support. While nothing is high only so many are remembered.
RC_GTEST_PROP(Delays, NothingIsRaisedThatTheReadingsThenKnownDoNotSupport, ()) {
    Course course = *any_course();
    if (course.size() > Hold::kIdleSamplesMax) course.resize(Hold::kIdleSamplesMax);
    Device device;
    std::set<std::string> supported;
    Course known;
    for (const Sent& sent : delivered(course)) {
        device.send(sent);
        const bool again = std::any_of(known.begin(), known.end(),
                                       [&](const Sent& other) { return other.at == sent.at; });
        if (!again) known.push_back(sent);
        supported.merge(oracle(known));
    }
    RC_ASSERT(device.raised() == supported);
}

// A restart forgets readings that were not high, no others: it may judge more gravely, never less.
RC_GTEST_PROP(Delays, ARestartAnywhereLosesNoEmergencyAndNoOffDelay, ()) {
    const Course arrivals = delivered(*any_course());
    const auto at = *rc::gen::inRange<std::size_t>(0, arrivals.size() + 1);
    Device once;
    Device twice;
    for (std::size_t i = 0; i < arrivals.size(); ++i) {
        if (i == at) twice.restart();
        once.send(arrivals[i]);
        twice.send(arrivals[i]);
        for (const std::string& raised : once.raised()) RC_ASSERT(twice.raised().contains(raised));
        RC_ASSERT(once.off_present() == twice.off_present());
    }
}

RC_GTEST_PROP(Delays, InEventOrderTheOffDelayIsExact, ()) {
    Course course = *any_course();
    std::sort(course.begin(), course.end(),
              [](const Sent& a, const Sent& b) { return a.at < b.at; });
    Device device;
    Course known;
    for (const Sent& sent : course) {
        device.send(sent);
        known.push_back(sent);
        RC_ASSERT(device.off_present() == off_delay_present(known));
    }
}

RC_GTEST_PROP(Delays, AnOlderReadingClearsNothing, ()) {
    Device device;
    std::optional<Duration> newest;
    for (const Sent& sent : delivered(*any_course())) {
        const bool before = device.off_present();
        device.send(sent);
        if (newest && sent.at < *newest && before) RC_ASSERT(device.off_present());
        newest = std::max(newest.value_or(sent.at), sent.at);
    }
}

}  // namespace
}  // namespace mercaptan::processor::test
