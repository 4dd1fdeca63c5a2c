#include "processor/core/alarm_figures.h"

#include <algorithm>
#include <map>
#include <utility>

namespace mercaptan::processor {
namespace {

std::uint64_t window_of(Instant at, const Period& period) {
    return static_cast<std::uint64_t>((at - period.from).count() / AlarmFigures::kWindow.count());
}

void judge_windows(AlarmFigures& figures, const std::map<std::uint64_t, std::uint64_t>& windows,
                   const Period& period) {
    const std::int64_t length = (period.to - period.from).count();
    const std::int64_t window = AlarmFigures::kWindow.count();
    if (length <= 0) return;
    figures.flood.of = static_cast<std::uint64_t>((length + window - 1) / window);
    figures.mean_per_window_hundredths =
        (2 * figures.raised * 100 * static_cast<std::uint64_t>(window) +
         static_cast<std::uint64_t>(length)) /
        (2 * static_cast<std::uint64_t>(length));
    bool flood = false;
    std::uint64_t expected = 0;
    for (const auto& [index, count] : windows) {
        if (index != expected) flood = false;  // A window without an alarm was between them.
        expected = index + 1;
        figures.peak_per_window = std::max(figures.peak_per_window, count);
        if (count > AlarmFigures::kFloodAbove) flood = true;
        if (count < AlarmFigures::kFloodBelow) flood = false;
        if (flood) ++figures.flood.count;
    }
}

bool chatters(const std::vector<Instant>& times) {
    for (std::size_t i = AlarmFigures::kChatter - 1; i < times.size(); ++i) {
        const Instant first = times[i - (AlarmFigures::kChatter - 1)];
        if (times[i] - first <= AlarmFigures::kChatterWithin) return true;
    }
    return false;
}

void rank(AlarmFigures& figures, const std::map<std::string, AlarmFigures::Top>& by_alarm) {
    figures.top.reserve(by_alarm.size());
    for (const auto& [alarm, top] : by_alarm) figures.top.push_back(top);
    std::stable_sort(figures.top.begin(), figures.top.end(),
                     [](const auto& a, const auto& b) { return a.raised > b.raised; });
    if (figures.top.size() > AlarmFigures::kTop) figures.top.resize(AlarmFigures::kTop);
    for (const AlarmFigures::Top& top : figures.top) figures.top_raised += top.raised;
}

/// An occurrence, known by when it began, and when it was over; it may still stand.
using Occurrences = std::map<std::pair<std::string, Instant>, Instant>;

std::uint64_t count_stale(const Occurrences& occurrences, const Period& period) {
    return static_cast<std::uint64_t>(
        std::count_if(occurrences.begin(), occurrences.end(), [&](const auto& occurrence) {
            const Instant since = occurrence.first.second;
            const Instant end = std::min(occurrence.second, period.to);
            return end > period.from && end - since > AlarmFigures::kStaleAfter;
        }));
}

}  // namespace

AlarmFigures fold_alarms(std::span<const AlarmMoment> facts, std::span<const AlarmMoment> standing,
                         const Period& period) {
    AlarmFigures figures;
    std::map<std::uint64_t, std::uint64_t> windows;
    std::map<std::string, std::vector<Instant>> times;
    std::map<std::string, AlarmFigures::Top> by_alarm;
    Occurrences occurrences;
    for (const AlarmMoment& fact : facts) {
        // The first change that says it is over is its end.
        if (!fact.active) occurrences.try_emplace({fact.alarm, fact.since}, fact.at);
        if (fact.raised == 0 || !period.holds(fact.at)) continue;
        figures.raised += fact.raised;
        windows[window_of(fact.at, period)] += fact.raised;
        std::uint64_t& priority = fact.severity >= AlarmFigures::kHighFrom     ? figures.high
                                  : fact.severity >= AlarmFigures::kMediumFrom ? figures.medium
                                                                               : figures.low;
        priority += fact.raised;
        auto& raised_at = times[fact.alarm];
        raised_at.insert(raised_at.end(), fact.raised, fact.at);
        AlarmFigures::Top& top = by_alarm[fact.alarm];
        top = {.alarm = fact.alarm,
               .device = fact.device,
               .condition = fact.condition,
               .raised = top.raised + fact.raised};
    }
    for (const AlarmMoment& fact : standing)
        occurrences.try_emplace({fact.alarm, fact.since}, period.as_of);
    judge_windows(figures, windows, period);
    figures.chattering = static_cast<std::uint64_t>(std::count_if(
        times.begin(), times.end(), [](const auto& alarm) { return chatters(alarm.second); }));
    figures.stale = count_stale(occurrences, period);
    rank(figures, by_alarm);
    return figures;
}

}  // namespace mercaptan::processor
