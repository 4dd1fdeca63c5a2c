#include "processor/core/meter.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace mercaptan::processor {
namespace {

constexpr std::array<std::string_view, kMeterRuleCount> kRuleNames{
    "excess_flow",  "sudden_increase",   "steady_flow", "never_still",
    "low_pressure", "closed_valve_flow", "index_back",  "index_frozen",
};

double hours(Duration duration) {
    return static_cast<double>(duration.count()) / 3'600'000;
}

std::optional<MeterFinding>& of(MeterFindings& findings, MeterRule rule) {
    return findings[static_cast<std::size_t>(rule)];
}

/// The graver of what is known and of this.
void find(MeterFindings& findings, MeterRule rule, bool holds, double value) {
    auto& finding = of(findings, rule);
    if (!finding || (holds && !finding->holds)) finding = MeterFinding{holds, value};
}

/// One reading on its way through the rules.
class Judgement {
public:
    Judgement(MeterState& state, const MeterReading& reading, std::optional<double> size,
              const MeterFigures& figures)
        : state_{state}, reading_{reading}, size_{size}, figures_{figures} {}

    MeterFindings run() {
        const bool newest = !state_.newest || reading_.at > *state_.newest;
        judge_itself();
        if (newest) judge_index_back();
        judge_neighbours();
        if (newest) {
            judge_course();
            state_.newest = reading_.at;
        }
        return findings_;
    }

private:
    /// More than an index may creep; a figure as 100.03 - 100 is not exact.
    [[nodiscard]] bool stepped(double m3) const { return m3 > figures_.index_step_m3 + 1e-9; }
    [[nodiscard]] bool flows(double m3h) const { return m3h > figures_.flow_min_m3h; }

    /// Whether so much can have passed in this time.
    [[nodiscard]] bool possible(double used_m3, Duration in) const {
        if (!size_) return true;
        const Duration least = std::max(in, figures_.index_over);
        return used_m3 / hours(least) <= figures_.possible_factor * *size_;
    }

    void judge_flow(double m3h) {
        if (!size_) return;
        const double most = figures_.of_size(*size_).total;
        find(findings_, MeterRule::excess_flow, m3h > most, m3h);
    }

    void judge_itself() {
        if (!reading_.flow_m3h) return;
        const double flow = *reading_.flow_m3h;
        judge_flow(flow);
        if (reading_.closed)
            find(findings_, MeterRule::closed_valve_flow, *reading_.closed && flows(flow), flow);
        if (reading_.pressure_kpa) {
            const bool low = *reading_.pressure_kpa < figures_.pressure_min_kpa && flows(flow);
            find(findings_, MeterRule::low_pressure, low, *reading_.pressure_kpa);
        }
    }

    /// Another count than before: nothing that was remembered can be compared with it.
    void judge_index_back() {
        if (!reading_.volume_m3 || state_.recent.empty()) return;
        const MeterPoint last = state_.recent.back();
        const double back = last.volume_m3 - *reading_.volume_m3;
        const bool holds = stepped(back) || !possible(-back, reading_.at - last.at);
        find(findings_, MeterRule::index_back, holds, back);
        if (!holds) return;
        const auto installed_on = state_.installed_on;
        state_ = MeterState{.installed_on = installed_on, .newest = state_.newest};
    }

    /// What the index says of the time to the reading before and to the one behind.
    void judge_neighbours() {
        if (!reading_.volume_m3) return;
        const MeterPoint point{reading_.at, *reading_.volume_m3, reading_.closed.value_or(false)};
        MeterPoints& recent = state_.recent;
        const std::size_t place = recent.place_of(point);
        const bool known = place < recent.size() && recent[place] == point;
        const std::size_t behind = known ? place + 1 : place;
        if (place > 0) judge_between(recent[place - 1], point);
        if (behind < recent.size()) judge_between(point, recent[behind]);
        if (!known) recent.add(point);
    }

    void judge_between(const MeterPoint& from, const MeterPoint& to) {
        const Duration apart = to.at - from.at;
        const double used = to.volume_m3 - from.volume_m3;
        if (apart < figures_.index_over || !possible(used, apart)) return;
        // A step of the index in a short time is no flow.
        judge_flow(std::max(0.0, used - figures_.index_step_m3) / hours(apart));
        if (from.closed && to.closed) {
            find(findings_, MeterRule::closed_valve_flow, stepped(used), used / hours(apart));
        }
    }

    void judge_course() {
        const bool gap = !state_.newest || reading_.at - *state_.newest > figures_.gap_max;
        if (gap) {
            state_.flow.reset();
            state_.steady_since.reset();
            state_.still_since.reset();
            state_.moving_since.reset();
            state_.frozen_since.reset();
        }
        judge_stillness();
        if (!reading_.flow_m3h) return;
        judge_increase(*reading_.flow_m3h);
        judge_steady(*reading_.flow_m3h);
        judge_frozen(*reading_.flow_m3h);
        state_.flow = reading_.flow_m3h;
    }

    void judge_increase(double flow) {
        if (!size_ || !state_.flow) return;
        const double more = flow - *state_.flow;
        find(findings_, MeterRule::sudden_increase, more > figures_.of_size(*size_).increase, more);
    }

    void judge_steady(double flow) {
        if (!size_) return;
        const bool same =
            state_.steady_since && state_.steady_flow &&
            std::abs(flow - *state_.steady_flow) <= figures_.steady_within * *state_.steady_flow;
        if (!same || !flows(flow)) {
            state_.steady_since.reset();
            if (flows(flow)) state_.steady_since = reading_.at;
            state_.steady_flow = flow;
        }
        bool holds = false;
        for (const SteadyLimit& limit : figures_.steady) {
            holds = holds || (state_.steady_since && flow >= limit.share * *size_ &&
                              reading_.at - *state_.steady_since > limit.longest);
        }
        find(findings_, MeterRule::steady_flow, holds, flow);
    }

    /// By the index, which forgets nothing between two readings.
    void judge_stillness() {
        if (!reading_.volume_m3 || state_.recent.size() < 2) return;
        const MeterPoint last = state_.recent[state_.recent.size() - 2];
        const bool apart = reading_.at - last.at > figures_.gap_max;
        const bool still = *reading_.volume_m3 <= last.volume_m3;
        if (!still) state_.still_since.reset();
        if (still && !state_.still_since) state_.still_since = last.at;
        if (!state_.moving_since || apart) state_.moving_since = last.at;
        if (state_.still_since && reading_.at - *state_.still_since >= figures_.still)
            state_.moving_since = reading_.at;
        const Duration moving = reading_.at - *state_.moving_since;
        find(findings_, MeterRule::never_still, moving >= figures_.never_still_for, hours(moving));
    }

    void judge_frozen(double flow) {
        if (!reading_.volume_m3 || state_.recent.size() < 2) return;
        const MeterPoint last = state_.recent[state_.recent.size() - 2];
        const bool frozen = flows(flow) && *reading_.volume_m3 == last.volume_m3;
        if (!frozen) state_.frozen_since.reset();
        if (frozen && !state_.frozen_since) state_.frozen_since = last.at;
        const Duration stood =
            state_.frozen_since ? reading_.at - *state_.frozen_since : Duration{0};
        find(findings_, MeterRule::index_frozen, stood >= figures_.frozen_for, hours(stood));
    }

    MeterState& state_;
    const MeterReading& reading_;
    std::optional<double> size_;
    const MeterFigures& figures_;
    MeterFindings findings_{};
};

}  // namespace

std::string_view to_string(MeterRule rule) {
    return kRuleNames[static_cast<std::size_t>(rule)];
}

std::string_view unit_of(MeterRule rule) {
    switch (rule) {
        case MeterRule::excess_flow:
        case MeterRule::sudden_increase:
        case MeterRule::steady_flow:
        case MeterRule::closed_valve_flow:
            return "m3/h";
        case MeterRule::never_still:
        case MeterRule::index_frozen:
            return "h";
        case MeterRule::low_pressure:
            return "kPa";
        case MeterRule::index_back:
            return "m3";
    }
    return {};
}

std::size_t MeterPoints::place_of(const MeterPoint& point) const {
    std::size_t place = size();
    while (place > 0 &&
           std::tie(point.at, point.volume_m3) <= std::tie(at_[place - 1], volume_m3_[place - 1]))
        --place;
    return place;
}

void MeterPoints::add(const MeterPoint& point) {
    std::size_t place = place_of(point);
    if (count_ < kMax) {
        for (std::size_t i = count_++; i > place; --i) put(i, (*this)[i - 1]);
    } else {
        if (place == 0) return;
        --place;
        for (std::size_t i = 0; i < place; ++i) put(i, (*this)[i + 1]);
    }
    put(place, point);
}

void MeterPoints::put(std::size_t i, const MeterPoint& point) {
    at_[i] = point.at;
    volume_m3_[i] = point.volume_m3;
    const auto bit = static_cast<std::uint8_t>(1U << i);
    closed_ = static_cast<std::uint8_t>(point.closed ? closed_ | bit : closed_ & ~bit);
}

bool MeterPoints::operator==(const MeterPoints& other) const {
    if (size() != other.size()) return false;
    for (std::size_t i = 0; i < size(); ++i)
        if ((*this)[i] != other[i]) return false;
    return true;
}

MeterLimits MeterFigures::of_size(double size) const {
    for (const MeterLimits& row : limits) {
        if (row.size == size) return row;
    }
    return {.size = size, .total = size * total_factor, .increase = size * increase_factor};
}

MeterReading MeterReading::of(const Reading& reading) {
    MeterReading told;
    told.at = reading.at();
    told.volume_m3 = reading.values.get(Quantity::volume_m3);
    told.flow_m3h = reading.values.get(Quantity::flow_m3h);
    told.pressure_kpa = reading.values.get(Quantity::pressure_kpa);
    if (const auto valve = reading.values.get(Quantity::valve_state)) told.closed = *valve == 0;
    if (reading.status.has(Status::valve_open)) told.closed = false;
    if (reading.status.has(Status::valve_closed)) told.closed = true;
    return told;
}

MeterFindings judge_meter(MeterState& state, const MeterReading& reading,
                          std::optional<double> size, const MeterFigures& figures) {
    return Judgement{state, reading, size, figures}.run();
}

}  // namespace mercaptan::processor
