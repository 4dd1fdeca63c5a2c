#include <algorithm>
#include <string>

#include "processor/core/ticket_book.h"

// Whether a ticket takes an event: its state, who sends it, and what it must bring.
namespace mercaptan::processor {
namespace {

constexpr Duration kClockTolerance{5'000};  // People's clocks are not quite ours.

bool lowers(std::optional<TicketClass> from, std::optional<TicketClass> to) {
    return from && (!to || *to > *from);
}

std::string listed(const std::vector<Name>& names, std::string_view last) {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0) text += i + 1 == names.size() ? std::string{last} : ", ";
        text += names[i].view();
    }
    return text;
}

const Field* given(const std::vector<Field>& fields, const Name& name) {
    for (const Field& field : fields) {
        if (field.name == name) return &field;
    }
    return nullptr;
}

bool has_pauses(const Policy& policy) {
    return std::any_of(policy.clocks.begin(), policy.clocks.end(),
                       [](const ClockRule& clock) { return !clock.pause.empty(); });
}

bool declared(const Policy& policy, const Name& name) {
    if (name == kPauseReason && has_pauses(policy)) return true;
    for (const EventRule& event : policy.life_cycle->events) {
        for (const FieldRule& field : event.needs) {
            if (field.name == name) return true;
        }
    }
    return false;
}

std::string listed(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

std::string time_of(int minute) {
    const auto two = [](int n) { return (n < 10 ? "0" : "") + std::to_string(n); };
    return two(minute / 60) + ":" + two(minute % 60);
}

}  // namespace

bool TicketBook::may_happen(std::uint32_t index, const EventRule& rule) const {
    const Ticket& ticket = at(index);
    const auto state = life_of(index).state(ticket.state.name);
    if (!state) return false;
    StateMask from = rule.from;
    if (ticket.ticket_class != TicketClass::one) from |= rule.from_below_class_1;
    if ((from & state_bit(*state)) == 0) return false;
    return !rule.does(Action::restart) || successor(ticket) == nullptr;
}

std::vector<TicketEvent> TicketBook::allowed_events(std::uint32_t index) const {
    std::vector<TicketEvent> allowed;
    for (const EventRule& rule : life_of(index).events) {
        if (may_happen(index, rule)) allowed.push_back(rule.event);
    }
    if (may_migrate(index)) allowed.push_back(TicketEvent::migrate);
    return allowed;
}

const Ticket* TicketBook::successor(const Ticket& ticket) const {
    const auto open = open_for(ticket.hazard_key);
    return open && at(*open).id != ticket.id ? &at(*open) : nullptr;
}

Result<void> TicketBook::permit(std::uint32_t index, const TicketCommand& command,
                                std::string_view actor, Instant now) const {
    const Ticket& ticket = at(index);
    if (command.if_version && *command.if_version != ticket.version) {
        return fail(ErrorCode::precondition_failed,
                    "the ticket is at version " + std::to_string(ticket.version) + ", not " +
                        std::to_string(*command.if_version) + "; read it again");
    }
    if (command.event == TicketEvent::migrate) return permit_migration(index, command, actor);
    const auto event = life_of(index).event(command.event.name);
    const EventRule* rule = event ? &life_of(index).events[*event] : nullptr;
    if (const Ticket* open = successor(ticket);
        open != nullptr && rule != nullptr && rule->does(Action::restart)) {
        return fail(ErrorCode::conflict, "its place has the open ticket " + open->id, "event");
    }
    if (rule == nullptr || !may_happen(index, *rule)) {
        return fail(ErrorCode::conflict,
                    "a ticket that is " + std::string{to_string(ticket.state)} +
                        " takes no event " + std::string{to_string(command.event)},
                    "event");
    }
    if (command.at && (*command.at > now + kClockTolerance || *command.at < ticket.opened_at)) {
        return fail(ErrorCode::invalid_input, "must lie between the ticket's opening and now",
                    "at");
    }
    const bool reclassify = rule->does(Action::reclassify);
    if (rule->needs_note && command.note.empty() && !reclassify) {
        return fail(ErrorCode::invalid_input, "say why: a note is required", "note");
    }
    if (auto allowed = permit_actor(ticket, *rule, actor); !allowed) return allowed;
    const bool refers = rule->notice && rule->notice->message != NoticeRule::Message::alert;
    if (refers && ticket.notices.empty()) {
        return fail(ErrorCode::conflict, "there is no notice before it that it could refer to",
                    "event");
    }
    if (auto allowed = permit_crew(ticket, *rule, command.crew); !allowed) return allowed;
    if (reclassify) return permit_class(index, *rule, command, actor);
    if (auto timely = permit_hours(ticket, *rule); !timely) return timely;
    if (auto told = permit_fields(index, *rule, command); !told) return told;
    return permit_pause(index, *rule, command, now);
}

Result<void> TicketBook::permit_hours(const Ticket& ticket, const EventRule& rule) const {
    if (!rule.reported) return {};
    if (rule.reported->contains(rulebook_->time_zone.minute_of_day(ticket.opened_at))) return {};
    return fail(ErrorCode::conflict,
                "only what was reported between " + time_of(rule.reported->from_minute) + " and " +
                    time_of(rule.reported->to_minute) + " takes " + rule.event.name.str(),
                "event");
}

Result<void> TicketBook::permit_pause(std::uint32_t index, const EventRule& rule,
                                      const TicketCommand& command, Instant now) const {
    if (!has_pauses(policy(index))) return {};
    LogEntry line;
    line.event = rule.event;
    line.at = std::min(command.at.value_or(now), now);
    if (rule.to) line.to = life_of(index).states[*rule.to].state;
    line.note = command.note;
    line.fields = command.fields;
    Ticket tried = at(index);
    std::vector<ClockNews> news;
    take(tried, policy(index), line, nullptr, context(index), news);
    for (const ClockNews& one : news) {
        if (one.what != ClockNews::What::paused) continue;
        const std::vector<std::string>& reasons = policy(index).clock(one.clock)->pause_reasons;
        if (std::find(reasons.begin(), reasons.end(), reason_of(line)) != reasons.end()) continue;
        return fail(
            ErrorCode::invalid_input,
            "expected why clock " + one.clock + " is to stand still, one of " + listed(reasons),
            "fields." + std::string{kPauseReason});
    }
    return {};
}

Result<void> TicketBook::permit_actor(const Ticket& ticket, const EventRule& rule,
                                      std::string_view actor) const {
    const bool emergency = ticket.ticket_class == TicketClass::one && !rule.who_class_1.empty();
    const std::vector<Name>& who = emergency ? rule.who_class_1 : rule.who;
    const auto& roster = rulebook_->roster;
    const bool may = who.empty() || std::any_of(who.begin(), who.end(), [&](const Name& role) {
                         return roster.has_role(actor, role);
                     });
    if (may) return {};
    return fail(ErrorCode::forbidden,
                "only a " + listed(who, " or ") + " may send " + rule.event.name.str() +
                    (emergency ? " to a Class 1 ticket" : ""),
                "actor");
}

Result<void> TicketBook::permit_crew(const Ticket& ticket, const EventRule& rule,
                                     const Name& crew) const {
    const bool hands_over = rule.does(Action::hand_over);
    if (crew.empty() && hands_over)
        return fail(ErrorCode::invalid_input, "expected the crew that takes over", "crew");
    if (crew.empty()) return {};
    if (rulebook_->roster.crew(crew.view()) == nullptr) {
        return fail(ErrorCode::invalid_input, "there is no crew " + crew.str() + " in the roster",
                    "crew");
    }
    if (hands_over && crew == ticket.assignee)
        return fail(ErrorCode::invalid_input, crew.str() + " has it already", "crew");
    return {};
}

Result<void> TicketBook::permit_fields(std::uint32_t index, const EventRule& rule,
                                       const TicketCommand& command) const {
    for (const Field& field : command.fields) {
        if (!declared(policy(index), field.name)) {
            return fail(ErrorCode::invalid_input, "there is no such field in this kind of ticket",
                        "fields." + field.name.str());
        }
    }
    for (const FieldRule& needed : rule.needs) {
        const Field* field = given(command.fields, needed.name);
        // What was recorded before and still holds need not be told again.
        const std::string* known = field_of(at(index), needed.name.view());
        const bool holds = known != nullptr && check_field(needed, *known);
        const bool spared = holds || needed.optional || !policy(index).evidence_required;
        if (field == nullptr && spared && !needed.always) continue;
        const std::string_view value = field == nullptr ? std::string_view{} : field->value;
        if (auto good = check_field(needed, value); !good) return good;
    }
    return {};
}

Result<void> TicketBook::permit_class(std::uint32_t index, const EventRule& rule,
                                      const TicketCommand& command, std::string_view actor) const {
    const Ticket& ticket = at(index);
    if (!command.ticket_class) return fail(ErrorCode::invalid_input, "expected 1, 2 or 3", "class");
    const Policy* to = rulebook_->policy_for(ticket.kind, command.ticket_class);
    if (to == nullptr || !to->life_cycle->state(ticket.state.name)) {
        return fail(ErrorCode::invalid_input, "there is no policy for this class", "class");
    }
    if (command.note.empty())
        return fail(ErrorCode::invalid_input, "say why: a note is required", "note");
    const auto& roster = rulebook_->roster;
    const bool may = rule.who_lowers.empty() ||
                     std::any_of(rule.who_lowers.begin(), rule.who_lowers.end(),
                                 [&](const Name& role) { return roster.has_role(actor, role); });
    if (lowers(ticket.ticket_class, command.ticket_class) && !may) {
        return fail(ErrorCode::forbidden,
                    "only a " + listed(rule.who_lowers, " or ") + " lowers the class of a ticket",
                    "actor");
    }
    return {};
}

}  // namespace mercaptan::processor
