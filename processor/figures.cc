#include "processor/figures.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <utility>

#include "processor/io/alarm_log.h"
#include "processor/io/rows.h"
#include "processor/io/tables.h"

namespace mercaptan::processor {
namespace {

/// What the reporter said of safety, in the words of the API: the valve is shut.
bool is_controlled(const Ticket& ticket) {
    return ticket.safety.find("\"valve_closed\":true") != std::string::npos;
}

bool counts(const Ticket& ticket, const Period& period) {
    if (ticket.opened_at >= period.to + kRepeatWindow) return false;
    return !ticket.closed_at || *ticket.closed_at >= period.from || ticket.opened_at >= period.from;
}

Result<std::vector<LogEntry>> history_of(const store::Store& store, const std::string& ticket) {
    std::vector<LogEntry> lines;
    std::string from;
    log_prefix(from, ticket);
    Result<void> outcome;
    const auto scanned = store.scan(table(StoreTable::ticket_log), from, after_prefix(from),
                                    [&](std::string_view, std::string_view value) {
                                        auto line = decode_log_entry(value);
                                        if (line) {
                                            lines.push_back(*std::move(line));
                                        } else {
                                            outcome = Failure{line.error()};
                                        }
                                        return outcome.has_value();
                                    });
    if (!scanned) return Failure{scanned.error()};
    if (!outcome) return Failure{outcome.error()};
    return lines;
}

AlarmMoment fact_of(const AlarmLogRow& row) {
    return {.at = row.at,
            .alarm = row.alarm,
            .device = row.device.str(),
            .condition = row.condition,
            .severity = row.severity,
            .raised = row.raised,
            .active = row.active,
            .since = row.since};
}

/// Years and months of the civil calendar from days since 1970 (H. Hinnant, chrono-compatible
/// low-level date algorithms).
std::pair<int, unsigned> year_and_month(Day day) {
    const int z = day + 719'468;
    const int era = (z >= 0 ? z : z - 146'096) / 146'097;
    const auto of_era = static_cast<unsigned>(z - era * 146'097);
    const unsigned year = (of_era - of_era / 1460 + of_era / 36'524 - of_era / 146'096) / 365;
    const unsigned of_year = of_era - (365 * year + year / 4 - year / 100);
    const unsigned shifted = (5 * of_year + 2) / 153;
    const unsigned month = shifted < 10 ? shifted + 3 : shifted - 9;
    return {static_cast<int>(year) + era * 400 + (month <= 2 ? 1 : 0), month};
}

std::string group_of(const WorkFacts& facts, GroupBy by, const TimeZone& zone) {
    switch (by) {
        case GroupBy::none:
            return {};
        case GroupBy::ticket_class:
            return facts.ticket_class ? std::to_string(static_cast<int>(*facts.ticket_class))
                                      : "none";
        case GroupBy::zone:
            return facts.zone.str();
        case GroupBy::policy:
            return facts.policy;
        case GroupBy::month:
            return month_of(facts.received, zone);
    }
    return {};
}

}  // namespace

std::optional<GroupBy> group_by_from(std::string_view name) {
    if (name == "class") return GroupBy::ticket_class;
    if (name == "zone") return GroupBy::zone;
    if (name == "policy") return GroupBy::policy;
    if (name == "month") return GroupBy::month;
    return std::nullopt;
}

Result<std::vector<WorkFacts>> collect_work(const store::Store& store, const Period& period) {
    std::vector<WorkFacts> work;
    Result<void> outcome;
    const auto take = [&](std::string_view value) -> Result<void> {
        const auto ticket = decode_ticket(value);
        if (!ticket) return Failure{ticket.error()};
        if (!counts(*ticket, period)) return {};
        if (work.size() >= kFigureTicketsMax) {
            return fail(ErrorCode::limit_reached,
                        "more than " + std::to_string(kFigureTicketsMax) +
                            " tickets in this time; ask for a shorter one");
        }
        const auto history = history_of(store, ticket->id);
        if (!history) return Failure{history.error()};
        work.push_back(facts_of(*ticket, *history, is_controlled(*ticket)));
        return {};
    };
    const auto scanned = store.scan(table(StoreTable::tickets), {}, {},
                                    [&](std::string_view, std::string_view value) {
                                        outcome = take(value);
                                        return outcome.has_value();
                                    });
    if (!scanned) return Failure{scanned.error()};
    if (!outcome) return Failure{outcome.error()};
    return work;
}

std::vector<ServiceGroup> group_service(const std::vector<WorkFacts>& work, const Period& period,
                                        GroupBy by, const TimeZone& zone) {
    std::map<std::string, std::vector<const WorkFacts*>> groups;
    if (by == GroupBy::none) groups[{}];
    for (const WorkFacts& facts : work) {
        const bool counted = period.holds(facts.received) ||
                             (facts.repaired && period.holds(*facts.repaired)) ||
                             (facts.call_back.answered && period.holds(*facts.call_back.answered));
        if (counted) groups[group_of(facts, by, zone)].push_back(&facts);
    }
    std::vector<ServiceGroup> out;
    out.reserve(groups.size());
    for (const auto& [name, members] : groups)
        out.push_back({.name = name, .figures = fold_service(members, work, period)});
    return out;
}

Result<AlarmFigures> collect_alarms(const store::Store& store, const Period& period) {
    std::vector<AlarmMoment> facts;
    std::string from;
    alarm_log_seek(from, period.from);
    Result<void> outcome;
    auto scanned = store.scan(
        table(StoreTable::alarm_log), from, {}, [&](std::string_view key, std::string_view value) {
            const auto row = decode_alarm_log(key, value);
            if (!row) {
                outcome = Failure{row.error()};
            } else if (facts.size() >= kFigureAlarmsMax) {
                outcome = fail(ErrorCode::limit_reached,
                               "more than " + std::to_string(kFigureAlarmsMax) +
                                   " changes of alarms in this time; ask for a shorter one");
            } else {
                facts.push_back(fact_of(*row));
            }
            return outcome.has_value();
        });
    if (!scanned) return Failure{scanned.error()};
    if (!outcome) return Failure{outcome.error()};
    std::vector<AlarmMoment> standing;
    scanned = store.scan(
        table(StoreTable::alarms), {}, {}, [&](std::string_view, std::string_view value) {
            const auto alarm = decode_alarm(value);
            if (!alarm) outcome = Failure{alarm.error()};
            if (alarm && alarm->active)
                standing.push_back(
                    fact_of(alarm_log_row(*alarm, alarm->occurrences, /*commit=*/0)));
            return outcome.has_value();
        });
    if (!scanned) return Failure{scanned.error()};
    if (!outcome) return Failure{outcome.error()};
    return fold_alarms(facts, standing, period);
}

Result<Period> month_period(std::string_view month, Instant as_of, const TimeZone& zone) {
    int year = 0;
    unsigned number = 0;
    const bool shaped = month.size() == 7 && month[4] == '-';
    const auto read = [&](std::string_view digits, auto& into) {
        const char* end = digits.data() + digits.size();
        const auto parsed = std::from_chars(digits.data(), end, into);
        return parsed.ec == std::errc{} && parsed.ptr == end;
    };
    if (!shaped || !read(month.substr(0, 4), year) || !read(month.substr(5), number) ||
        year < 1971 || number < 1 || number > 12) {
        return fail(ErrorCode::invalid_input, "expected a month as 2026-10", "month");
    }
    const bool last = number == 12;
    return Period{
        .from = zone.start_of(day_from_civil(year, number, 1)),
        .to = zone.start_of(day_from_civil(last ? year + 1 : year, last ? 1 : number + 1, 1)),
        .as_of = as_of};
}

std::string month_of(Instant at, const TimeZone& zone) {
    const auto [year, month] = year_and_month(zone.day_of(at));
    return std::to_string(year) + (month < 10 ? "-0" : "-") + std::to_string(month);
}

}  // namespace mercaptan::processor
