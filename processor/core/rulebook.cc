#include "processor/core/rulebook.h"

#include <algorithm>

namespace mercaptan::processor {
namespace {

constexpr std::string_view kSupervisor = "supervisor";
constexpr std::string_view kUsualRoles[] = {"crew", "dispatcher", kSupervisor};

}  // namespace

bool Roster::is_supervisor(std::string_view actor) const {
    return has_role(actor, Name{kSupervisor});
}

bool Roster::has_role(std::string_view actor, const Name& role) const {
    if (role == "crew" && crew(actor) != nullptr) return true;
    return std::any_of(people.begin(), people.end(), [&](const Person& person) {
        return person.role == role && person.id.view() == actor;
    });
}

bool Roster::knows_role(const Name& role) const {
    return std::find(std::begin(kUsualRoles), std::end(kUsualRoles), role.view()) !=
               std::end(kUsualRoles) ||
           std::find(roles.begin(), roles.end(), role) != roles.end();
}

bool Roster::is_staffed(const Name& role) const {
    if (role == "crew" && !crews.empty()) return true;
    return std::any_of(people.begin(), people.end(),
                       [&](const Person& person) { return person.role == role; });
}

const Crew* Roster::crew(std::string_view id) const {
    const auto found = std::find_if(crews.begin(), crews.end(),
                                    [id](const Crew& crew) { return crew.id.view() == id; });
    return found == crews.end() ? nullptr : &*found;
}

const Policy* Rulebook::policy_for(TicketKind kind, std::optional<TicketClass> ticket_class) const {
    for (const Chosen chosen : {Chosen::always, Chosen::if_no_other}) {
        for (const auto& policy : policies) {
            if (policy->kind == kind && policy->ticket_class == ticket_class &&
                policy->chosen == chosen) {
                return policy.get();
            }
        }
    }
    return nullptr;
}

const Policy* Rulebook::policy_named(std::string_view name) const {
    const auto found = std::find_if(policies.begin(), policies.end(),
                                    [name](const auto& policy) { return policy->name == name; });
    return found == policies.end() ? nullptr : found->get();
}

bool Rulebook::knows_state(std::string_view name) const {
    return std::any_of(policies.begin(), policies.end(), [name](const auto& policy) {
        return policy->life_cycle->state(name).has_value();
    });
}

bool Rulebook::knows_event(std::string_view name) const {
    return std::any_of(policies.begin(), policies.end(), [name](const auto& policy) {
        return policy->life_cycle->event(name).has_value();
    });
}

}  // namespace mercaptan::processor
