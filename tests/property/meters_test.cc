// The meter rules that can be emergencies, under late and repeated delivery, against an oracle that
// sorts by event time.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

#include "processor/core/meter.h"

namespace mercaptan::processor::test {
namespace {

constexpr double kSize = 6;

rc::Gen<std::vector<MeterReading>> any_course() {
    const auto hour = rc::gen::tuple(rc::gen::inRange(1, 90), rc::gen::element(0, 2, 10, 12, 30),
                                     rc::gen::inRange(0, 3));
    return rc::gen::map(
        rc::gen::resize(static_cast<int>(MeterState::kRecentMax),
                        rc::gen::container<std::vector<std::tuple<int, int, int>>>(hour)),
        [](const auto& steps) {
            std::vector<MeterReading> course;
            int minute = 0;
            double volume = 100;
            for (const auto& [minutes, flow, valve] : steps) {
                minute += minutes;
                volume += flow * minutes / 60.0;
                course.push_back({.at = Instant{minute * 60'000},
                                  .volume_m3 = volume,
                                  .flow_m3h = {},
                                  .pressure_kpa = {},
                                  .closed = valve == 0});
            }
            if (course.size() > MeterState::kRecentMax) course.resize(MeterState::kRecentMax);
            return course;
        });
}

struct Emergencies {
    bool excess = false;
    bool closed = false;
    bool operator==(const Emergencies&) const = default;
};

Emergencies oracle(std::vector<MeterReading> known, const MeterFigures& figures) {
    std::sort(known.begin(), known.end(),
              [](const MeterReading& a, const MeterReading& b) { return a.at < b.at; });
    Emergencies found;
    for (std::size_t i = 1; i < known.size(); ++i) {
        const double used = *known[i].volume_m3 - *known[i - 1].volume_m3;
        const double hours = static_cast<double>((known[i].at - known[i - 1].at).count()) / 3.6e6;
        found.excess = found.excess || (used - 0.03) / hours > figures.of_size(kSize).total;
        found.closed =
            found.closed || (*known[i].closed && *known[i - 1].closed && used > 0.03 + 1e-9);
    }
    return found;
}

RC_GTEST_PROP(Meters, EmergenciesDoNotDependOnTheOrderOfArrival, ()) {
    const auto course = *any_course();
    std::vector<MeterReading> arrivals = course;
    if (!course.empty())
        arrivals.push_back(course[*rc::gen::inRange<std::size_t>(0, course.size())]);
    for (std::size_t i = arrivals.size(); i > 1; --i)
        std::swap(arrivals[i - 1], arrivals[*rc::gen::inRange<std::size_t>(0, i)]);
    const MeterFigures figures;
    MeterState state;
    std::vector<MeterReading> known;
    Emergencies raised;
    Emergencies supported;
    for (const MeterReading& reading : arrivals) {
        const MeterFindings found = judge_meter(state, reading, kSize, figures);
        const auto holds = [&](MeterRule rule) {
            const auto& finding = found[static_cast<std::size_t>(rule)];
            return finding && finding->holds;
        };
        raised.excess = raised.excess || holds(MeterRule::excess_flow);
        raised.closed = raised.closed || holds(MeterRule::closed_valve_flow);
        const bool again = std::any_of(known.begin(), known.end(), [&](const MeterReading& other) {
            return other.at == reading.at;
        });
        if (!again) known.push_back(reading);
        const Emergencies now = oracle(known, figures);
        supported.excess = supported.excess || now.excess;
        supported.closed = supported.closed || now.closed;
    }
    const Emergencies wanted = oracle(course, figures);
    RC_ASSERT(raised.excess || !wanted.excess);
    RC_ASSERT(raised.closed || !wanted.closed);
    RC_ASSERT(raised == supported);
}

}  // namespace
}  // namespace mercaptan::processor::test
