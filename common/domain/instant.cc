#include "common/domain/instant.h"

#include <array>
#include <charconv>
#include <cstdio>

#include "common/domain/check.h"

namespace mercaptan {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::sys_days;
using std::chrono::sys_time;

/// Takes exactly `digits` decimal digits off the front, or fails.
bool take_number(std::string_view& text, std::size_t digits, int& number) {
    if (text.size() < digits) return false;
    number = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        if (text[i] < '0' || text[i] > '9') return false;
        number = number * 10 + (text[i] - '0');
    }
    text.remove_prefix(digits);
    return true;
}

bool take_char(std::string_view& text, char upper) {
    if (text.empty() || (text[0] != upper && text[0] != (upper | 0x20))) return false;
    text.remove_prefix(1);
    return true;
}

bool take_exact(std::string_view& text, char c) {
    if (text.empty() || text[0] != c) return false;
    text.remove_prefix(1);
    return true;
}

/// `.123456789`, cut to milliseconds; absent is zero.
bool take_fraction(std::string_view& text, int& milliseconds) {
    milliseconds = 0;
    if (!take_exact(text, '.')) return true;
    std::size_t digits = 0;
    int scale = 100;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
        milliseconds += (text[digits] - '0') * scale;
        scale /= 10;
        ++digits;
    }
    text.remove_prefix(digits);
    return digits >= 1 && digits <= 9;
}

bool take_offset(std::string_view& text, int& minutes) {
    minutes = 0;
    if (take_char(text, 'Z')) return true;
    const bool plus = take_exact(text, '+');
    if (!plus && !take_exact(text, '-')) return false;
    int hour = 0;
    int minute = 0;
    if (!take_number(text, 2, hour) || !take_exact(text, ':') || !take_number(text, 2, minute))
        return false;
    if (hour > 23 || minute > 59) return false;
    minutes = (plus ? 1 : -1) * (hour * 60 + minute);
    return true;
}

}  // namespace

std::string to_rfc3339(Instant at) {
    MERCAPTAN_CHECK(at >= kInstantMin && at <= kInstantMax);
    const sys_time<Duration> time{Duration{at.ms}};
    const sys_days day = floor<days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{time - day};
    std::array<char, 40> text{};
    const int size = std::snprintf(
        text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
        static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
        static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
        static_cast<int>(clock.subseconds().count()));
    return {text.data(), static_cast<std::size_t>(size)};
}

Result<Instant> parse_rfc3339(std::string_view text) {
    const auto bad = [&] {
        return fail(ErrorCode::invalid_input,
                    "expected an RFC 3339 time like 2026-11-21T08:00:00.123Z, got \"" +
                        std::string{text.substr(0, 40)} + "\"");
    };
    std::string_view rest = text;
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, milliseconds = 0,
        offset = 0;
    if (!take_number(rest, 4, year) || !take_exact(rest, '-') || !take_number(rest, 2, month) ||
        !take_exact(rest, '-') || !take_number(rest, 2, day)) {
        return bad();
    }
    if (!take_char(rest, 'T') && !take_exact(rest, ' ')) return bad();
    if (!take_number(rest, 2, hour) || !take_exact(rest, ':') || !take_number(rest, 2, minute) ||
        !take_exact(rest, ':') || !take_number(rest, 2, second) ||
        !take_fraction(rest, milliseconds) || !take_offset(rest, offset) || !rest.empty()) {
        return bad();
    }
    const std::chrono::year_month_day date{std::chrono::year{year},
                                           std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok() || hour > 23 || minute > 59 || second > 60) return bad();
    const auto time = sys_days{date} + std::chrono::hours{hour} +
                      std::chrono::minutes{minute - offset} + std::chrono::seconds{second} +
                      Duration{milliseconds};
    const Instant at{std::chrono::duration_cast<Duration>(time.time_since_epoch()).count()};
    if (at < kInstantMin || at > kInstantMax) return bad();
    return at;
}

}  // namespace mercaptan
