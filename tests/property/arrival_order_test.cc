// Whatever the order in which readings arrive, the emergencies of the event order are raised.
//
// The oracle knows nothing of the engine: it sorts by event time and looks for each emergency with
// the definition of the rule. Delivery is shuffled, repeated and skewed by up to a day.

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

struct Report {
    Duration event_after{0};  // After the start; the device's own time.
    double gas = 0;
    double co = 0;
    bool own_alarm = false;
    bool self_test = false;
    std::uint64_t seq = 0;
};

void showValue(const Report& report, std::ostream& out) {
    out << "{" << report.event_after.count() / 1000 << "s gas=" << report.gas << " co=" << report.co
        << (report.own_alarm ? " alarm" : "") << (report.self_test ? " test" : "") << " #"
        << report.seq << "}";
}

rc::Gen<Report> any_report() {
    return rc::gen::map(
        rc::gen::tuple(rc::gen::inRange(0, 24 * 3600), rc::gen::element(0, 4, 12, 19, 20, 30, 60),
                       rc::gen::element(0, 20, 49, 50, 99, 100, 299, 300), rc::gen::inRange(0, 12),
                       rc::gen::inRange(0, 12)),
        [](const auto& parts) {
            Report report;
            report.event_after = std::chrono::seconds{std::get<0>(parts)};
            report.gas = std::get<1>(parts);
            report.co = std::get<2>(parts);
            report.own_alarm = std::get<3>(parts) == 0;
            report.self_test = std::get<4>(parts) == 0;
            return report;
        });
}

/// A dose: not below `ppm` from one sample of at least that to another `hold` later.
bool dose_reached(const std::vector<Report>& in_order, double ppm, Duration hold) {
    for (std::size_t first = 0; first < in_order.size(); ++first) {
        if (in_order[first].self_test || in_order[first].co < ppm) continue;
        for (std::size_t last = first; last < in_order.size(); ++last) {
            if (in_order[last].self_test) continue;
            if (in_order[last].co < ppm) break;
            if (in_order[last].event_after - in_order[first].event_after >= hold) return true;
        }
    }
    return false;
}

std::set<std::string> oracle(std::vector<Report> reports) {
    std::stable_sort(reports.begin(), reports.end(), [](const Report& a, const Report& b) {
        return a.event_after < b.event_after;
    });
    std::set<std::string> raised;
    for (const Report& report : reports) {
        if (report.self_test) continue;
        if (report.gas >= 20) raised.insert("gas.alarm");
        if (report.gas >= 50) raised.insert("gas.critical");
        if (report.own_alarm) raised.insert("device.gas_alarm");
    }
    if (dose_reached(reports, 300, 0ms) || dose_reached(reports, 100, 10min) ||
        dose_reached(reports, 50, 60min)) {
        raised.insert("co.dose");
    }
    return raised;
}

std::set<std::string> engine_raises(const std::vector<Report>& arrivals) {
    EngineDriver district;
    district.wait(24h);
    for (const Report& report : arrivals) {
        std::vector<Status> status;
        if (report.own_alarm) status.push_back(Status::alarm_high);
        if (report.self_test) status.push_back(Status::self_test);
        district.wait(1s);
        (void)district.read(
            {.values = {{Quantity::ch4_lel_pct, report.gas}, {Quantity::co_ppm, report.co}},
             .status = status,
             .event_at = kStart + report.event_after,
             .seq = report.seq});
    }
    std::set<std::string> raised;
    for (const char* condition : {"gas.alarm", "gas.critical", "device.gas_alarm", "co.dose"}) {
        const auto alarm = district.alarm(condition);
        if (alarm && alarm->occurrences > 0) raised.insert(condition);
    }
    const bool any = !raised.empty();
    const auto tickets = district.tickets();
    const auto class1 = std::count_if(tickets.begin(), tickets.end(), [](const Ticket& ticket) {
        return ticket.ticket_class == TicketClass::one;
    });
    RC_ASSERT(class1 == (any ? 1 : 0));
    return raised;
}

/// Distinct event times, numbered in event order, as a device that stores and forwards sends them.
std::vector<Report> numbered(std::vector<Report> reports) {
    std::sort(reports.begin(), reports.end(),
              [](const Report& a, const Report& b) { return a.event_after < b.event_after; });
    reports.erase(std::unique(reports.begin(), reports.end(),
                              [](const Report& a, const Report& b) {
                                  return a.event_after == b.event_after;
                              }),
                  reports.end());
    for (std::size_t i = 0; i < reports.size(); ++i) reports[i].seq = i + 2;
    return reports;
}

rc::Gen<std::vector<Report>> any_history() {
    return rc::gen::map(rc::gen::resize(40, rc::gen::container<std::vector<Report>>(any_report())),
                        numbered);
}

/// Some order, with repeats.
std::vector<Report> delivered(const std::vector<Report>& history) {
    if (history.empty()) return {};
    const auto repeats = *rc::gen::resize(8, rc::gen::container<std::vector<std::size_t>>(
                                                 rc::gen::inRange<std::size_t>(0, history.size())));
    std::vector<Report> arrivals = history;
    for (const std::size_t i : repeats) arrivals.push_back(history[i]);
    for (std::size_t i = arrivals.size(); i > 1; --i) {
        std::swap(arrivals[i - 1], arrivals[*rc::gen::inRange<std::size_t>(0, i)]);
    }
    return arrivals;
}

RC_GTEST_PROP(ArrivalOrder, NoEmergencyOfTheEventOrderIsMissed, ()) {
    const auto history = *any_history();
    const auto raised = engine_raises(delivered(history));
    for (const std::string& expected : oracle(history)) RC_ASSERT(raised.count(expected) == 1U);
}

RC_GTEST_PROP(ArrivalOrder, WithoutADelayTheEmergenciesAreExactlyThose, ()) {
    auto history = *any_history();
    for (Report& report : history) report.co = report.co >= 300 ? 300 : 0;
    RC_ASSERT(engine_raises(delivered(history)) == oracle(history));
}

RC_GTEST_PROP(ArrivalOrder, InEventOrderTheEmergenciesAreExactlyThose, ()) {
    const auto history = *any_history();
    RC_ASSERT(engine_raises(history) == oracle(history));
}

// A contradiction that comes in later can't unsay what was said, so only what the readings that
// had arrived by then support is raised.
RC_GTEST_PROP(ArrivalOrder, NothingIsRaisedThatTheReadingsThenKnownDoNotSupport, ()) {
    auto history = *any_history();
    if (history.size() > Hold::kIdleSamplesMax) history.resize(Hold::kIdleSamplesMax);
    const auto arrivals = delivered(history);
    const auto raised = engine_raises(arrivals);
    std::set<std::string> supported;
    std::vector<Report> known;
    for (const Report& report : arrivals) {
        known.push_back(report);
        supported.merge(oracle(known));
    }
    RC_ASSERT(raised == supported);
}

}  // namespace
}  // namespace mercaptan::processor::test
