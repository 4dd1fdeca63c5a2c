#include "processor/core/calendar.h"

#include <algorithm>
#include <chrono>

#include "common/domain/check.h"

namespace mercaptan::processor {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kMinuteMs = 60'000;

constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) {
    return a / b - (a % b < 0 ? 1 : 0);
}

std::chrono::sys_days sys_days_of(Day day) {
    return std::chrono::sys_days{std::chrono::days{day}};
}

/// The last day of a span of business days; the starting day is not counted.
Day last_business_day(Day start, std::int64_t count, const Calendar& calendar) {
    Day day = start;
    for (std::int64_t left = count; left > 0;) {
        ++day;
        if (calendar.is_business_day(day)) --left;
    }
    return day;
}

/// The last day of a span of days. One that would end on a public holiday ends on the first day
/// after it; an ordinary weekend does not move it.
Day last_day(Day start, std::int64_t count, const Calendar& calendar) {
    Day day = start + static_cast<Day>(count);
    while (calendar.holidays.contains(day)) ++day;
    return day;
}

}  // namespace

std::int32_t TimeZone::offset_s(Instant at) const {
    MERCAPTAN_CHECK(!transitions_.empty());
    const auto after = std::upper_bound(
        transitions_.begin(), transitions_.end(), at,
        [](Instant instant, const Transition& transition) { return instant < transition.at; });
    return after == transitions_.begin() ? after->offset_s : std::prev(after)->offset_s;
}

Day TimeZone::day_of(Instant at) const {
    return static_cast<Day>(floor_div(at.ms + offset_s(at) * std::int64_t{1000}, kDayMs));
}

int TimeZone::minute_of_day(Instant at) const {
    const std::int64_t local = at.ms + offset_s(at) * std::int64_t{1000};
    return static_cast<int>((local - floor_div(local, kDayMs) * kDayMs) / kMinuteMs);
}

Instant TimeZone::start_of(Day day) const {
    const std::int64_t midnight = day * kDayMs;
    // The first instant whose local time is at or past midnight: where a transition skips midnight,
    // that is the transition itself.
    for (std::size_t i = 0; i < transitions_.size(); ++i) {
        const Instant shifted{midnight - transitions_[i].offset_s * std::int64_t{1000}};
        const Instant start = i == 0 ? shifted : std::max(transitions_[i].at, shifted);
        if (i + 1 == transitions_.size() || start < transitions_[i + 1].at) return start;
    }
    MERCAPTAN_CHECK(false);  // The last transition holds for ever.
    return {};
}

bool Calendar::is_business_day(Day day) const {
    if (holidays.contains(day)) return false;
    return weekday_of(day) <= 5 || workdays.contains(day);
}

bool Calendar::covers(Day day) const {
    const int year = static_cast<int>(std::chrono::year_month_day{sys_days_of(day)}.year());
    return first_year <= year && year <= last_year;
}

int weekday_of(Day day) {
    return static_cast<int>(std::chrono::weekday{sys_days_of(day)}.iso_encoding());
}

Day day_from_civil(int year, unsigned month, unsigned day) {
    const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                                           std::chrono::day{day}};
    return static_cast<Day>(std::chrono::sys_days{date}.time_since_epoch().count());
}

Instant deadline(Instant from, const Span& span, const Calendar& calendar, const TimeZone& zone) {
    switch (span.unit) {
        case Span::Unit::exact:
            return from + Duration{span.count};
        case Span::Unit::days:
            return zone.start_of(last_day(zone.day_of(from), span.count, calendar) + 1);
        case Span::Unit::business_days:
            return zone.start_of(last_business_day(zone.day_of(from), span.count, calendar) + 1);
    }
    MERCAPTAN_CHECK(false);  // A Span has one of the units above.
    return {};
}

}  // namespace mercaptan::processor
