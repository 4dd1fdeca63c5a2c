#include "processor/core/rulebook.h"

#include <algorithm>

namespace mercaptan::processor {

bool Roster::is_supervisor(std::string_view actor) const {
    return std::any_of(people.begin(), people.end(), [actor](const Person& person) {
        return person.role == Role::supervisor && person.id.view() == actor;
    });
}

const Crew* Roster::crew(std::string_view id) const {
    const auto found = std::find_if(crews.begin(), crews.end(),
                                    [id](const Crew& crew) { return crew.id.view() == id; });
    return found == crews.end() ? nullptr : &*found;
}

const Policy* Rulebook::policy_for(TicketKind kind, std::optional<TicketClass> ticket_class) const {
    const auto found =
        std::find_if(policies.begin(), policies.end(), [kind, ticket_class](const Policy& policy) {
            return policy.kind == kind && policy.ticket_class == ticket_class;
        });
    return found == policies.end() ? nullptr : &*found;
}

const Policy* Rulebook::policy_named(std::string_view name) const {
    const auto found = std::find_if(policies.begin(), policies.end(),
                                    [name](const Policy& policy) { return policy.name == name; });
    return found == policies.end() ? nullptr : &*found;
}

}  // namespace mercaptan::processor
