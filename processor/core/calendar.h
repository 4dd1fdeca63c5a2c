#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/domain/instant.h"
#include "common/domain/result.h"

namespace mercaptan::processor {

/// A length of time as policies state it. `exact` is milliseconds; `days` and `business_days` do
/// not count the starting day and end at 24:00 local time of the last (Civil Code 201 to 203).
struct Span {
    enum class Unit : std::uint8_t { exact, days, business_days };
    Unit unit = Unit::exact;
    std::int64_t count = 0;
    auto operator<=>(const Span&) const = default;
};

/// A part of the day in local time, minutes after midnight; `to` at or before `from` runs past
/// midnight.
struct HoursOfDay {
    std::uint16_t from_minute = 0;
    std::uint16_t to_minute = 1440;

    [[nodiscard]] bool contains(int minute_of_day) const;
};

/// Days since 1970-01-01, local.
using Day = std::int32_t;

/// Local time as UTC offsets and when each came into force; ascending, the first holds before too.
class TimeZone {
public:
    struct Transition {
        Instant at;
        std::int32_t offset_s = 0;
    };
    TimeZone() = default;  // UTC.
    /// `transitions` must be ascending and not empty.
    explicit TimeZone(std::vector<Transition> transitions) : transitions_{std::move(transitions)} {}

    [[nodiscard]] std::int32_t offset_s(Instant at) const;
    [[nodiscard]] Day day_of(Instant at) const;
    /// Minutes after local midnight, 0 to 1439.
    [[nodiscard]] int minute_of_day(Instant at) const;
    /// The first instant of a local day.
    [[nodiscard]] Instant start_of(Day day) const;

private:
    std::vector<Transition> transitions_{{Instant{0}, 0}};
};

/// Public holidays and make-up workdays, as data. Days outside the covered years count by weekday.
struct Calendar {
    std::string version{};  // Of its content.
    std::string text{};     // Its file, to be read again for tickets that are pinned to it.
    std::set<Day> holidays;
    std::set<Day> workdays;  // Saturdays and Sundays that are worked.
    std::int32_t first_year = 0;
    std::int32_t last_year = 0;

    [[nodiscard]] bool is_business_day(Day day) const;
    [[nodiscard]] bool covers(Day day) const;
};

[[nodiscard]] int year_of(Day day);
/// Monday is 1, Sunday is 7.
[[nodiscard]] int weekday_of(Day day);
[[nodiscard]] Day day_from_civil(int year, unsigned month, unsigned day);

}  // namespace mercaptan::processor
