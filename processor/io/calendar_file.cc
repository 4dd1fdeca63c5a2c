#include "processor/io/calendar_file.h"

#include <charconv>
#include <chrono>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "common/config/file.h"
#include "common/config/wording.h"
#include "common/config/yaml.h"
#include "processor/core/ids.h"

namespace mercaptan::processor {
namespace {

using config::Document;
using config::Section;

constexpr int kYearMin = 2000;
constexpr int kYearMax = 2199;
constexpr Day kHolidayDaysMax = 31;  // Longer is a slip of the pen.
constexpr std::string_view kRangeMark = "..";

std::optional<int> digits(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    return whole && value >= 0 ? std::optional{value} : std::nullopt;
}

/// `2026-10-01`, and in the given year.
std::optional<Day> date_in(int year, std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    const auto y = digits(text.substr(0, 4));
    const auto m = digits(text.substr(5, 2));
    const auto d = digits(text.substr(8, 2));
    if (!y || !m || !d || *y != year) return std::nullopt;
    const auto month = static_cast<unsigned>(*m);
    const auto day = static_cast<unsigned>(*d);
    const std::chrono::year_month_day date{std::chrono::year{*y}, std::chrono::month{month},
                                           std::chrono::day{day}};
    if (!date.ok()) return std::nullopt;
    return day_from_civil(*y, month, day);
}

struct Days {
    Day first = 0;
    Day last = 0;
};

/// `2026-10-01` or `2026-10-01..2026-10-07`.
std::optional<Days> days_in(int year, std::string_view text) {
    const std::size_t mark = text.find(kRangeMark);
    const auto first = date_in(year, text.substr(0, mark));
    if (!first) return std::nullopt;
    if (mark == std::string_view::npos) return Days{*first, *first};
    const auto last = date_in(year, text.substr(mark + kRangeMark.size()));
    if (!last || *last < *first || *last - *first >= kHolidayDaysMax) return std::nullopt;
    return Days{*first, *last};
}

void read_holidays(Section section, int year, std::set<Day>& holidays) {
    for (const std::string& text : section.strings("holidays")) {
        const auto days = days_in(year, text);
        if (!days) {
            section.error("holidays", "expected a date of " + std::to_string(year) +
                                          " or two joined by .., at most 31 days, got " +
                                          config::quote(text));
            continue;
        }
        for (Day day = days->first; day <= days->last; ++day) {
            if (holidays.insert(day).second) continue;
            section.error("holidays",
                          "expected each day once, got " + config::quote(text) + " again");
            break;
        }
    }
}

/// After the year's holidays.
void read_workdays(Section section, int year, Calendar& calendar) {
    for (const std::string& text : section.strings("workdays")) {
        const auto day = date_in(year, text);
        if (!day || weekday_of(*day) < 6) {
            section.error("workdays", "expected a Saturday or Sunday of " + std::to_string(year) +
                                          ", got " + config::quote(text));
        } else if (calendar.holidays.contains(*day)) {
            section.error("workdays", config::expected_got("no holiday", text));
        } else if (!calendar.workdays.insert(*day).second) {
            section.error("workdays",
                          "expected each day once, got " + config::quote(text) + " again");
        }
    }
}

/// The years of the file; they must follow each other without a gap.
std::set<int> read_years(Section root) {
    std::set<int> years;
    Section section = root.section("years");
    const std::vector<std::string> keys = section.keys();
    for (const std::string& key : keys) {
        const auto year = digits(key);
        if (year && kYearMin <= *year && *year <= kYearMax && key.size() == 4) {
            years.insert(*year);
        } else {
            section.error(key, "expected a year from 2000 to 2199");
        }
    }
    if (keys.empty()) {
        root.error("years", "expected at least one year");
    } else if (!years.empty() &&
               *years.rbegin() - *years.begin() != static_cast<int>(years.size()) - 1) {
        root.error("years", "expected consecutive years");
    }
    return years;
}

}  // namespace

Result<Calendar> parse_calendar(std::string_view text, std::string file_name) {
    auto document = Document::parse(text, std::move(file_name));
    if (!document) return Failure{document.error()};
    Section root = document->root();
    Calendar calendar;
    const std::set<int> years = read_years(root);
    for (const int year : years) {
        Section section = root.section("years").section(std::to_string(year));
        read_holidays(section, year, calendar.holidays);
        read_workdays(section, year, calendar);
    }
    if (auto sound = document->finish(); !sound) return Failure{sound.error()};
    calendar.first_year = *years.begin();
    calendar.last_year = *years.rbegin();
    calendar.version = content_version("c-", {text});
    calendar.text = text;
    return calendar;
}

Result<Calendar> load_calendar(const std::filesystem::path& file) {
    auto text = config::read_file(file, config::kYamlBytesMax);
    if (!text) return Failure{text.error()};
    return parse_calendar(*text, file.string());
}

}  // namespace mercaptan::processor
