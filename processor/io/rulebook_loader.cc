#include "processor/io/rulebook_loader.h"

#include <algorithm>
#include <bitset>
#include <cstddef>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "common/config/registry.h"
#include "common/config/wording.h"
#include "processor/io/calendar_file.h"
#include "processor/io/policy_file.h"
#include "processor/io/roster_file.h"
#include "processor/io/rules_file.h"
#include "processor/io/time_zone_file.h"
#include "processor/io/windows_file.h"

namespace mercaptan::processor {
namespace {

constexpr std::size_t kMinutesPerDay = 1440;

std::string where(const RulebookPaths& paths, std::string_view key) {
    const auto found = paths.where.find(key);
    return found == paths.where.end() ? std::string{key} : found->second;
}

/// Moves the value out, or notes why there is none.
template <class T>
void take(Result<T> result, T& into, std::string& errors) {
    if (result) {
        into = *std::move(result);
    } else {
        errors += result.error().message + "\n";
    }
}

/// Loads what a key names; if that isn't there at all, it is the key that is wrong.
template <class Load, class T>
void take_path(const RulebookPaths& paths, std::string_view key, const std::filesystem::path& path,
               Load load, T& into, std::string& errors) {
    std::error_code failed;
    if (std::filesystem::exists(path, failed)) {
        take<T>(load(path), into, errors);
    } else {
        errors += where(paths, key) + ": expected a path that exists, got " +
                  config::quote(path.string()) + "\n";
    }
}

/// Every class that a condition or a report can give a ticket must have a policy that runs it.
void check_policies(const Rulebook& book, const RulebookPaths& paths, std::string& errors) {
    std::set<TicketClass> needed;
    for (const Condition& condition : book.rules.conditions) {
        if (condition.ticket) needed.insert(*condition.ticket);
    }
    for (const auto& ticket_class : book.rules.symptom_class) {
        if (ticket_class) needed.insert(*ticket_class);
    }
    for (const TicketClass ticket_class : needed) {
        if (book.policy_for(TicketKind::repair, ticket_class) != nullptr) continue;
        errors += paths.policies.string() + ": expected a policy of kind repair and class " +
                  std::to_string(static_cast<int>(ticket_class)) + ", which " +
                  paths.rules.string() + " needs\n";
    }
}

using Minutes = std::bitset<kMinutesPerDay>;

Minutes on_duty(const Crew& crew) {
    Minutes minutes;
    if (crew.shifts.empty()) minutes.set();
    for (const HoursOfDay& shift : crew.shifts) {
        const std::size_t length =
            (shift.to_minute + kMinutesPerDay - shift.from_minute - 1) % kMinutesPerDay + 1;
        for (std::size_t i = 0; i < length; ++i) {
            minutes.set((shift.from_minute + i) % kMinutesPerDay);
        }
    }
    return minutes;
}

bool serves(const Crew& crew, const Name& zone) {
    return crew.zones.empty() ||
           std::find(crew.zones.begin(), crew.zones.end(), zone) != crew.zones.end();
}

/// Nor is an order that asks for a skill which nobody has: some crew is sent.
void check_skills(const Rulebook& book, std::vector<std::string>& warnings) {
    std::set<Name> had;
    for (const Crew& crew : book.roster.crews) had.insert(crew.skills.begin(), crew.skills.end());
    for (const auto& policy : book.policies) {
        for (const Name& skill : policy->skills) {
            if (had.contains(skill)) continue;
            warnings.push_back("policy " + policy->name + " wants crews with the skill " +
                               skill.str() + ", which no crew has");
        }
    }
}

std::string clock_time(std::size_t minute) {
    const auto two = [](std::size_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
    return two(minute / 60) + ":" + two(minute % 60);
}

/// A zone without anybody to send is not refused: the ticket is raised all the same and escalates.
void check_zone(const Roster& roster, const Name& zone, std::vector<std::string>& warnings) {
    Minutes minutes;
    bool served = false;
    for (const Crew& crew : roster.crews) {
        if (!serves(crew, zone)) continue;
        served = true;
        minutes |= on_duty(crew);
    }
    if (!served) {
        warnings.push_back("no crew serves zone " + zone.str());
    } else if (!minutes.all()) {
        std::size_t gap = 0;
        while (minutes.test(gap)) ++gap;
        warnings.push_back("no crew is on duty in zone " + zone.str() + " at " + clock_time(gap));
    }
}

void check_roster(const Rulebook& book, std::vector<std::string>& warnings) {
    std::set<Name> zones;
    for (std::size_t i = 0; i < book.registry.size(); ++i) {
        if (const Name zone = book.registry.zone(i); !zone.empty()) zones.insert(zone);
    }
    for (const Name& zone : zones) check_zone(book.roster, zone, warnings);
    check_skills(book, warnings);
    for (const Crew& crew : book.roster.crews) {
        for (const Name& zone : crew.zones) {
            if (zones.contains(zone)) continue;
            warnings.push_back("crew " + crew.id.str() + " serves zone " + zone.str() +
                               ", where the registry has no device");
        }
    }
    const auto& people = book.roster.people;
    const bool supervised = std::any_of(people.begin(), people.end(), [](const Person& person) {
        return person.role == "supervisor";
    });
    if (!supervised) warnings.emplace_back("the roster has no supervisor to cancel a Class 1");
}

}  // namespace

Result<std::shared_ptr<const Rulebook>> load_rulebook(const RulebookPaths& paths,
                                                      std::vector<std::string>* warnings,
                                                      std::string content) {
    auto book = std::make_shared<Rulebook>();
    book->content = std::move(content);
    std::vector<std::string> notes;
    std::string errors;
    PolicyFolder folder;
    const auto policies_of = [&notes](const std::filesystem::path& path) {
        return load_policies(path, notes);
    };
    take_path(paths, "rules", paths.rules, load_rules, book->rules, errors);
    take_path(paths, "policies", paths.policies, policies_of, folder, errors);
    book->policies = folder.policies;
    take_path(paths, "calendar", paths.calendar, load_calendar, book->calendar, errors);
    take_path(paths, "roster", paths.roster, load_roster, book->roster, errors);
    take_path(paths, "registry", paths.registry, config::load_registry, book->registry, errors);
    if (!paths.windows.empty())
        take_path(paths, "windows", paths.windows, load_windows, book->windows, errors);
    take(load_time_zone(paths.time_zone, paths.zoneinfo).map_error([&](Error error) {
        error.message = where(paths, "time_zone") + ": " + error.message;
        return error;
    }),
         book->time_zone, errors);
    if (errors.empty()) check_policies(*book, paths, errors);
    if (errors.empty()) errors = check_against(folder, book->roster, book->calendar);
    if (!errors.empty()) {
        errors.pop_back();  // The last line end.
        return fail(ErrorCode::invalid_input, std::move(errors));
    }
    check_roster(*book, notes);
    if (warnings != nullptr) *warnings = std::move(notes);
    return book;
}

}  // namespace mercaptan::processor
