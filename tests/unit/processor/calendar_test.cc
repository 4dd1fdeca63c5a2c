#include "processor/core/calendar.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "processor/core/clock_fold.h"

namespace mercaptan::processor {
namespace {

using std::chrono::hours;

const TimeZone kShanghai{{{kInstantMin, 8 * 3600}}};

Instant at(std::string_view text) {
    return parse_rfc3339(text).value();
}
Day day(int year, unsigned month, unsigned d) {
    return day_from_civil(year, month, d);
}

void add(std::set<Day>& days, Day first, Day last) {
    for (Day d = first; d <= last; ++d) days.insert(d);
}

/// The State Council's calendars of 2025 and 2026, written here once more, apart from the file that
/// we ship.
Calendar china() {
    Calendar c;
    c.first_year = 2025;
    c.last_year = 2026;
    add(c.holidays, day(2025, 1, 1), day(2025, 1, 1));
    add(c.holidays, day(2025, 1, 28), day(2025, 2, 4));
    add(c.holidays, day(2025, 4, 4), day(2025, 4, 6));
    add(c.holidays, day(2025, 5, 1), day(2025, 5, 5));
    add(c.holidays, day(2025, 5, 31), day(2025, 6, 2));
    add(c.holidays, day(2025, 10, 1), day(2025, 10, 8));
    add(c.holidays, day(2026, 1, 1), day(2026, 1, 3));
    add(c.holidays, day(2026, 2, 15), day(2026, 2, 23));
    add(c.holidays, day(2026, 4, 4), day(2026, 4, 6));
    add(c.holidays, day(2026, 5, 1), day(2026, 5, 5));
    add(c.holidays, day(2026, 6, 19), day(2026, 6, 21));
    add(c.holidays, day(2026, 9, 25), day(2026, 9, 27));
    add(c.holidays, day(2026, 10, 1), day(2026, 10, 7));
    c.workdays = {day(2025, 1, 26),  day(2025, 2, 8),  day(2025, 4, 27), day(2025, 9, 28),
                  day(2025, 10, 11), day(2026, 1, 4),  day(2026, 2, 14), day(2026, 2, 28),
                  day(2026, 5, 9),   day(2026, 9, 20), day(2026, 10, 10)};
    return c;
}

TEST(Calendar, KnowsWeekdays) {
    EXPECT_EQ(weekday_of(0), 4);  // 1970-01-01 was a Thursday.
    EXPECT_EQ(weekday_of(-1), 3);
    EXPECT_EQ(weekday_of(day(2026, 11, 21)), 6);
    EXPECT_EQ(weekday_of(day(2026, 11, 22)), 7);
    EXPECT_EQ(weekday_of(day(2026, 11, 23)), 1);
    EXPECT_EQ(day(1970, 1, 1), 0);
    EXPECT_EQ(day(2000, 3, 1), 11'017);
}

TEST(Calendar, CountsTheWorkdaysOfAYear) {
    const Calendar calendar = china();
    for (const int year : {2025, 2026}) {
        int workdays = 0;
        for (Day d = day(year, 1, 1); d <= day(year, 12, 31); ++d) {
            workdays += calendar.is_business_day(d) ? 1 : 0;
        }
        EXPECT_EQ(workdays, 248) << year;
    }
}

TEST(Calendar, CoversWholeYears) {
    const Calendar calendar = china();
    EXPECT_FALSE(calendar.covers(day(2024, 12, 31)));
    EXPECT_TRUE(calendar.covers(day(2025, 1, 1)));
    EXPECT_TRUE(calendar.covers(day(2026, 12, 31)));
    EXPECT_FALSE(calendar.covers(day(2027, 1, 1)));
    // Outside, days count by weekday: 2027-01-01 is a Friday.
    EXPECT_TRUE(calendar.is_business_day(day(2027, 1, 1)));
    EXPECT_FALSE(calendar.is_business_day(day(2027, 1, 2)));
}

struct DeadlineCase {
    const char* from;
    Span span;
    const char* due;  // Shanghai is eight hours ahead: its midnight is 16:00Z of the day before.
};

std::ostream& operator<<(std::ostream& out, const DeadlineCase& c) {
    return out << c.from << " + " << c.span.count << " " << static_cast<int>(c.span.unit);
}

constexpr Span exact(Duration d) {
    return {Span::Unit::exact, d.count()};
}
constexpr Span days(std::int64_t n) {
    return {Span::Unit::days, n};
}
constexpr Span business_days(std::int64_t n) {
    return {Span::Unit::business_days, n};
}

class Deadline : public testing::TestWithParam<DeadlineCase> {};

TEST_P(Deadline, EndsWhenTheLawSays) {
    const auto& [from, span, due] = GetParam();
    EXPECT_EQ(to_rfc3339(due_of(at(from), span, {}, {china(), kShanghai})), due);
}

INSTANTIATE_TEST_SUITE_P(
    Exact, Deadline,
    testing::Values(
        DeadlineCase{"2026-11-21T08:00:00.123Z", exact(Duration{500}), "2026-11-21T08:00:00.623Z"},
        DeadlineCase{"2026-11-21T08:00:00.123Z", exact(std::chrono::minutes{30}),
                     "2026-11-21T08:30:00.123Z"},
        // Hours run through nights and holidays.
        DeadlineCase{"2026-09-30T10:00:00.000Z", exact(hours{48}), "2026-10-02T10:00:00.000Z"}));

INSTANTIATE_TEST_SUITE_P(
    Days, Deadline,
    testing::Values(
        // The starting day is not counted, whether it has just begun or is almost over.
        DeadlineCase{"2026-11-20T16:00:00.000Z", days(3), "2026-11-24T16:00:00.000Z"},
        DeadlineCase{"2026-11-21T15:59:59.999Z", days(3), "2026-11-24T16:00:00.000Z"},
        DeadlineCase{"2026-11-21T16:00:00.000Z", days(3), "2026-11-25T16:00:00.000Z"},
        // An ordinary weekend does not move the end: 2026-11-22 is a Sunday.
        DeadlineCase{"2026-11-20T02:00:00.000Z", days(2), "2026-11-22T16:00:00.000Z"},
        // A public holiday does: 30 September and 3 days would end on 3 October.
        DeadlineCase{"2026-09-30T02:00:00.000Z", days(3), "2026-10-08T16:00:00.000Z"},
        DeadlineCase{"2026-09-30T02:00:00.000Z", days(8), "2026-10-08T16:00:00.000Z"},
        // One within the span does not.
        DeadlineCase{"2026-09-30T02:00:00.000Z", days(15), "2026-10-15T16:00:00.000Z"},
        DeadlineCase{"2026-12-31T02:00:00.000Z", days(1), "2027-01-01T16:00:00.000Z"}));

INSTANTIATE_TEST_SUITE_P(
    BusinessDays, Deadline,
    testing::Values(
        // 2026-02-13 is a Friday, the 14th a worked Saturday before the Spring Festival.
        DeadlineCase{"2026-02-13T02:00:00.000Z", business_days(1), "2026-02-14T16:00:00.000Z"},
        DeadlineCase{"2026-02-13T02:00:00.000Z", business_days(3), "2026-02-25T16:00:00.000Z"},
        DeadlineCase{"2026-09-30T02:00:00.000Z", business_days(3), "2026-10-10T16:00:00.000Z"},
        DeadlineCase{"2026-09-30T02:00:00.000Z", business_days(5), "2026-10-13T16:00:00.000Z"},
        DeadlineCase{"2026-09-30T02:00:00.000Z", business_days(7), "2026-10-15T16:00:00.000Z"},
        DeadlineCase{"2025-01-27T02:00:00.000Z", business_days(3), "2025-02-07T16:00:00.000Z"},
        DeadlineCase{"2025-09-30T02:00:00.000Z", business_days(3), "2025-10-11T16:00:00.000Z"},
        // From a Saturday to the worked Sunday after it.
        DeadlineCase{"2026-09-19T02:00:00.000Z", business_days(1), "2026-09-20T16:00:00.000Z"},
        // The local day counts: 17:00Z on Friday is Saturday in Shanghai.
        DeadlineCase{"2026-11-20T17:00:00.000Z", business_days(1), "2026-11-23T16:00:00.000Z"},
        DeadlineCase{"2026-11-20T15:00:00.000Z", business_days(1), "2026-11-23T16:00:00.000Z"}));

/// Counts day by day with nothing but the civil date, independent of the calendar under test.
Instant oracle(Instant from, std::int64_t count, bool business, const Calendar& calendar) {
    using namespace std::chrono;
    sys_days local = floor<std::chrono::days>(sys_time<milliseconds>{milliseconds{from.ms}} + 8h);
    const auto number = [](sys_days d) { return static_cast<Day>(d.time_since_epoch().count()); };
    const auto worked = [&](sys_days d) {
        const weekday w{d};
        const bool weekend = w == Saturday || w == Sunday;
        if (calendar.workdays.count(number(d)) == 1) return true;
        return !weekend && calendar.holidays.count(number(d)) == 0;
    };
    while (count > 0) {
        local += std::chrono::days{1};
        if (!business || worked(local)) --count;
    }
    while (!business && calendar.holidays.count(number(local)) == 1) local += std::chrono::days{1};
    const sys_time<milliseconds> end = local + std::chrono::days{1} - 8h;
    return {end.time_since_epoch().count()};
}

TEST(Deadline, AgreesWithADayByDayOracle) {
    const Calendar calendar = china();
    std::mt19937_64 random{20'261'121};
    std::uniform_int_distribution<std::int64_t> start{at("2024-12-01T00:00:00Z").ms,
                                                      at("2027-02-01T00:00:00Z").ms};
    std::uniform_int_distribution<std::int64_t> length{1, 60};
    for (int i = 0; i < 2000; ++i) {
        const Instant from{start(random)};
        const std::int64_t n = length(random);
        ASSERT_EQ(due_of(from, days(n), {}, {calendar, kShanghai}),
                  oracle(from, n, false, calendar))
            << to_rfc3339(from) << " + " << n << "d";
        ASSERT_EQ(due_of(from, business_days(n), {}, {calendar, kShanghai}),
                  oracle(from, n, true, calendar))
            << to_rfc3339(from) << " + " << n << "bd";
    }
}

TEST(TimeZone, IsUtcByDefault) {
    const TimeZone utc;
    EXPECT_EQ(utc.offset_s(at("1960-01-01T00:00:00Z")), 0);
    EXPECT_EQ(utc.day_of(Instant{-1}), -1);
    EXPECT_EQ(utc.minute_of_day(Instant{-1}), 1439);
    EXPECT_EQ(utc.start_of(-1), Instant{-86'400'000});
}

TEST(TimeZone, SplitsLocalTime) {
    EXPECT_EQ(kShanghai.day_of(at("2026-11-20T15:59:59.999Z")), day(2026, 11, 20));
    EXPECT_EQ(kShanghai.day_of(at("2026-11-20T16:00:00Z")), day(2026, 11, 21));
    EXPECT_EQ(kShanghai.minute_of_day(at("2026-11-20T15:59:59.999Z")), 1439);
    EXPECT_EQ(kShanghai.minute_of_day(at("2026-11-20T16:00:00Z")), 0);
    EXPECT_EQ(kShanghai.minute_of_day(at("2026-11-21T00:31:59Z")), 511);
}

/// Sao Paulo skipped the midnight of 2018-11-04 and had the hour before that of 2019-02-17 twice.
const TimeZone kSaoPaulo{{{kInstantMin, -3 * 3600},
                          {at("2018-11-04T03:00:00Z"), -2 * 3600},
                          {at("2019-02-17T02:00:00Z"), -3 * 3600}}};

TEST(TimeZone, BeginsADayWithoutMidnightAtTheTransition) {
    EXPECT_EQ(to_rfc3339(kSaoPaulo.start_of(day(2018, 11, 3))), "2018-11-03T03:00:00.000Z");
    EXPECT_EQ(to_rfc3339(kSaoPaulo.start_of(day(2018, 11, 4))), "2018-11-04T03:00:00.000Z");
    EXPECT_EQ(kSaoPaulo.minute_of_day(at("2018-11-04T03:00:00Z")), 60);
    EXPECT_EQ(to_rfc3339(kSaoPaulo.start_of(day(2018, 11, 5))), "2018-11-05T02:00:00.000Z");
}

TEST(TimeZone, BeginsTheDayAfterARepeatedHourOnce) {
    EXPECT_EQ(to_rfc3339(kSaoPaulo.start_of(day(2019, 2, 17))), "2019-02-17T03:00:00.000Z");
    EXPECT_EQ(kSaoPaulo.day_of(at("2019-02-17T02:59:59Z")), day(2019, 2, 16));
}

TEST(TimeZone, EveryDayStartsWhereItsFirstMomentLies) {
    for (Day d = day(2018, 1, 1); d < day(2020, 1, 1); ++d) {
        const Instant start = kSaoPaulo.start_of(d);
        ASSERT_EQ(kSaoPaulo.day_of(start), d);
        ASSERT_EQ(kSaoPaulo.day_of(start - Duration{1}), d - 1);
    }
}

}  // namespace
}  // namespace mercaptan::processor
