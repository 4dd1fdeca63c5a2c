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

}  // namespace

bool HoursOfDay::contains(int minute_of_day) const {
    const bool after_start = minute_of_day >= from_minute;
    const bool before_end = minute_of_day < to_minute;
    return to_minute <= from_minute ? after_start || before_end : after_start && before_end;
}

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
    const int year = year_of(day);
    return first_year <= year && year <= last_year;
}

int year_of(Day day) {
    return static_cast<int>(std::chrono::year_month_day{sys_days_of(day)}.year());
}

int weekday_of(Day day) {
    return static_cast<int>(std::chrono::weekday{sys_days_of(day)}.iso_encoding());
}

Day day_from_civil(int year, unsigned month, unsigned day) {
    const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                                           std::chrono::day{day}};
    return static_cast<Day>(std::chrono::sys_days{date}.time_since_epoch().count());
}

}  // namespace mercaptan::processor
