#include <algorithm>

#include "processor/io/policy_file.h"

// What no single file shows: holes between the classes of a kind, a stricter class with more time,
// a role that nobody has, a deadline beyond the calendar.
namespace mercaptan::processor {
namespace {

constexpr int kDaysPerYear = 365;

/// Policies of one kind that differ by class and are both in the long form.
bool are_siblings(const PolicyFolder& folder, std::size_t a, std::size_t b) {
    const Policy& one = *folder.policies[a];
    const Policy& other = *folder.policies[b];
    return a != b && one.kind == other.kind && one.ticket_class && other.ticket_class &&
           one.ticket_class != other.ticket_class && folder.marks[a].names_life_cycle &&
           folder.marks[b].names_life_cycle && one.life_cycle == other.life_cycle;
}

void check_holes(const PolicyFolder& folder, std::size_t a, std::size_t b, std::string& errors) {
    for (const ClockRule& clock : folder.policies[b]->clocks) {
        if (folder.policies[a]->clock(clock.name) != nullptr) continue;
        if (folder.marks[a].none.contains(clock.name)) continue;
        const std::string line = folder.marks[a].clocks + ": expected a clock \"" + clock.name +
                                 "\", or that it is none ({name: " + clock.name +
                                 ", within: none, because: …}): " + folder.policies[b]->name +
                                 " has one\n";
        if (errors.find(line.substr(0, line.find("): "))) == std::string::npos) errors += line;
    }
}

bool starts_alike(const ClockRule& a, const ClockRule& b) {
    return a.start.entered == b.start.entered && a.start.happened == b.start.happened &&
           a.anchor.from == b.anchor.from && a.anchor.name == b.anchor.name;
}

void check_stricter(const PolicyFolder& folder, std::size_t strict, std::size_t lax,
                    std::string& errors) {
    if (*folder.policies[strict]->ticket_class > *folder.policies[lax]->ticket_class) return;
    for (const ClockRule& clock : folder.policies[strict]->clocks) {
        const ClockRule* other = folder.policies[lax]->clock(clock.name);
        const bool comparable =
            other != nullptr && !other->unlimited && starts_alike(clock, *other);
        if (!comparable || folder.marks[strict].later.contains(clock.name)) continue;
        if (!clock.unlimited && !surely_before(other->within, clock.within)) continue;
        errors += folder.marks[strict].within.at(clock.name) +
                  ": expected no later deadline than that of " + folder.policies[lax]->name +
                  ", which is less grave (if the rules want it so, say why in later_because)\n";
    }
}

void check_follow_ups(const PolicyFolder& folder, std::size_t i, std::string& errors) {
    for (const auto& [name, where] : folder.marks[i].opens) {
        const bool known =
            std::any_of(folder.policies.begin(), folder.policies.end(),
                        [&wanted = name](const auto& policy) { return policy->name == wanted; });
        if (!known) errors += where + ": expected a policy of this folder, got \"" + name + "\"\n";
    }
}

void check_roles(const std::vector<RoleMention>& mentions, const Roster& roster,
                 std::string& errors) {
    for (const RoleMention& mention : mentions) {
        if (roster.is_staffed(mention.role)) continue;
        errors += mention.where + ": expected a role that somebody in the roster has, got \"" +
                  mention.role.str() + "\"\n";
    }
}

}  // namespace

std::string check_together(const PolicyFolder& folder) {
    std::string errors;
    for (std::size_t a = 0; a < folder.policies.size(); ++a) {
        check_follow_ups(folder, a, errors);
        for (std::size_t b = 0; b < folder.policies.size(); ++b) {
            if (!are_siblings(folder, a, b)) continue;
            check_holes(folder, a, b, errors);
            check_stricter(folder, a, b, errors);
        }
    }
    return errors;
}

std::string check_against(const PolicyFolder& folder, const Roster& roster,
                          const Calendar& calendar) {
    std::string errors;
    check_roles(folder.life_cycle_roles, roster, errors);
    const std::int64_t covered =
        std::int64_t{kDaysPerYear} * (calendar.last_year - calendar.first_year + 1);
    for (std::size_t i = 0; i < folder.policies.size(); ++i) {
        check_roles(folder.marks[i].roles, roster, errors);
        for (const ClockRule& clock : folder.policies[i]->clocks) {
            const bool by_days = clock.within.unit != Span::Unit::exact && !clock.unlimited;
            if (!by_days || clock.within.count <= covered) continue;
            errors += folder.marks[i].within.at(clock.name) + ": expected at most " +
                      std::to_string(covered) +
                      " days: the calendar ends before a longer deadline does\n";
        }
    }
    return errors;
}

}  // namespace mercaptan::processor
