#include <algorithm>
#include <array>
#include <string>

#include "common/domain/check.h"
#include "processor/core/ticket_book.h"

namespace mercaptan::processor {
namespace {

constexpr std::string_view kSystem = "system";
constexpr Duration kClockTolerance{5'000};  // People's clocks are not quite ours.

using StateMask = std::uint16_t;
constexpr StateMask mask(TicketState state) {
    return static_cast<StateMask>(1U << static_cast<unsigned>(state));
}
template <class... States>
constexpr StateMask masks(States... states) {
    return static_cast<StateMask>((0U | ... | mask(states)));
}
using S = TicketState;
constexpr StateMask kOpenStates = masks(S::raised, S::dispatched, S::accepted, S::departed,
                                        S::on_site, S::made_safe, S::repaired);
constexpr StateMask kAllStates = masks(S::closed, S::cancelled) | kOpenStates;

/// The transition table of the work; processor/core/README.md shows it to readers.
struct Transition {
    TicketEvent event{};
    StateMask from{};
    std::optional<TicketState> to;
};
constexpr std::array<Transition, kOperatorEventCount> kTransitions{{
    {TicketEvent::dispatch, masks(S::raised, S::dispatched, S::accepted, S::departed),
     S::dispatched},
    {TicketEvent::accept, masks(S::dispatched), S::accepted},
    {TicketEvent::decline, masks(S::dispatched, S::accepted), S::dispatched},
    {TicketEvent::depart, masks(S::accepted), S::departed},
    {TicketEvent::arrive, masks(S::departed), S::on_site},
    {TicketEvent::make_safe, masks(S::on_site), S::made_safe},
    {TicketEvent::repair, masks(S::made_safe), S::repaired},
    {TicketEvent::close, masks(S::repaired), S::closed},
    {TicketEvent::cancel, kOpenStates, S::cancelled},
    {TicketEvent::reopen, masks(S::made_safe, S::repaired, S::closed, S::cancelled), S::raised},
    {TicketEvent::reclassify, kOpenStates, std::nullopt},
    {TicketEvent::note, kAllStates, std::nullopt},
}};

const Transition& transition_of(TicketEvent event) {
    for (const Transition& row : kTransitions) {
        if (row.event == event) return row;
    }
    MERCAPTAN_CHECK(false);
}

bool may_happen(const Ticket& ticket, TicketEvent event) {
    StateMask from = transition_of(event).from;
    // Without danger to life there need not be anything to make safe before the repair.
    if (event == TicketEvent::repair && ticket.ticket_class != TicketClass::one)
        from |= mask(S::on_site);
    return (from & mask(ticket.state)) != 0;
}

bool lowers(std::optional<TicketClass> from, std::optional<TicketClass> to) {
    return from && (!to || *to > *from);
}

}  // namespace

std::vector<TicketEvent> TicketBook::allowed_events(const Ticket& ticket) const {
    std::vector<TicketEvent> allowed;
    for (const Transition& row : kTransitions) {
        if (row.event == TicketEvent::reopen && successor(ticket) != nullptr) continue;
        if (may_happen(ticket, row.event)) allowed.push_back(row.event);
    }
    return allowed;
}

const Ticket* TicketBook::successor(const Ticket& ticket) const {
    const auto open = open_for(ticket.hazard_key);
    return open && at(*open).id != ticket.id ? &at(*open) : nullptr;
}

Result<void> TicketBook::permit(const Ticket& ticket, const TicketCommand& command,
                                std::string_view actor, Instant now) const {
    if (command.if_version && *command.if_version != ticket.version) {
        return fail(ErrorCode::precondition_failed,
                    "the ticket is at version " + std::to_string(ticket.version) + ", not " +
                        std::to_string(*command.if_version) + "; read it again");
    }
    if (!may_happen(ticket, command.event)) {
        return fail(ErrorCode::conflict,
                    "a ticket that is " + std::string{to_string(ticket.state)} +
                        " takes no event " + std::string{to_string(command.event)},
                    "event");
    }
    if (const Ticket* open = successor(ticket);
        open != nullptr && command.event == TicketEvent::reopen) {
        return fail(ErrorCode::conflict, "its place has the open ticket " + open->id, "event");
    }
    if (command.at && (*command.at > now + kClockTolerance || *command.at < ticket.opened_at)) {
        return fail(ErrorCode::invalid_input, "must lie between the ticket's opening and now",
                    "at");
    }
    const bool needs_note =
        command.event == TicketEvent::cancel || command.event == TicketEvent::note;
    if (needs_note && command.note.empty()) {
        return fail(ErrorCode::invalid_input, "say why: a note is required", "note");
    }
    const bool supervisor = rulebook_->roster.is_supervisor(actor);
    if (command.event == TicketEvent::cancel && ticket.ticket_class == TicketClass::one &&
        !supervisor) {
        return fail(ErrorCode::forbidden, "only a supervisor cancels a Class 1 ticket", "actor");
    }
    if (command.event != TicketEvent::reclassify) return {};
    if (!command.ticket_class) return fail(ErrorCode::invalid_input, "expected 1, 2 or 3", "class");
    if (rulebook_->policy_for(ticket.kind, command.ticket_class) == nullptr) {
        return fail(ErrorCode::invalid_input, "there is no policy for this class", "class");
    }
    if (command.note.empty())
        return fail(ErrorCode::invalid_input, "say why: a note is required", "note");
    if (lowers(ticket.ticket_class, command.ticket_class) && !supervisor) {
        return fail(ErrorCode::forbidden, "only a supervisor lowers the class of a ticket",
                    "actor");
    }
    return {};
}

Result<void> TicketBook::apply(std::uint32_t index, const TicketCommand& command,
                               std::string_view actor, Instant now) {
    if (auto permitted = permit(at(index), command, actor, now); !permitted) return permitted;
    perform(index, command, actor, std::min(command.at.value_or(now), now), now);
    arm(index);
    return {};
}

void TicketBook::perform(std::uint32_t index, const TicketCommand& command, std::string_view actor,
                         Instant at, Instant now) {
    Ticket& ticket = change(index);
    switch (command.event) {
        case TicketEvent::dispatch:
            if (!command.crew.empty()) {
                dispatch_to(index, command.crew, at, actor, command.note, now);
            } else {
                dispatch(index, at, actor, command.note, now);
            }
            return;
        case TicketEvent::decline:
            if (!ticket.assignee.empty()) ticket.tried.push_back(ticket.assignee);
            if (anybody_on_duty(ticket, now)) {
                log(index, now,
                    {.event = command.event, .at = at, .actor = actor, .note = command.note});
            } else {
                enter(index, TicketState::raised, command.event, at, actor, command.note, now);
            }
            dispatch(index, now, kSystem, "declined", now);
            return;
        case TicketEvent::reclassify:
            log(index, now,
                {.event = TicketEvent::note, .at = at, .actor = actor, .note = command.note});
            raise_class(index, *command.ticket_class, at, actor, now);
            return;
        case TicketEvent::note:
            log(index, now,
                {.event = TicketEvent::note, .at = at, .actor = actor, .note = command.note});
            return;
        case TicketEvent::reopen:
            enter(index, TicketState::raised, TicketEvent::reopen, at, actor, command.note, now);
            if (policy_of(ticket).auto_dispatch) dispatch(index, now, kSystem, {}, now);
            return;
        case TicketEvent::accept:
            if (rulebook_->roster.crew(actor) != nullptr) assign(ticket, Name{actor});
            ticket.tried.clear();
            ticket.escalate_at.reset();
            [[fallthrough]];
        case TicketEvent::depart:
        case TicketEvent::arrive:
        case TicketEvent::make_safe:
        case TicketEvent::repair:
        case TicketEvent::close:
        case TicketEvent::cancel:
            enter(index, *transition_of(command.event).to, command.event, at, actor, command.note,
                  now);
            return;
        case TicketEvent::raised:
        case TicketEvent::clock_started:
        case TicketEvent::clock_warned:
        case TicketEvent::clock_breached:
        case TicketEvent::clock_met:
        case TicketEvent::clock_stopped:
        case TicketEvent::escalated:
        case TicketEvent::joined:
            MERCAPTAN_CHECK(false);  // `permit` lets only operators' events through.
    }
}

void TicketBook::enter(std::uint32_t index, TicketState state, TicketEvent event, Instant at,
                       std::string_view actor, std::string_view note, Instant now) {
    Ticket& ticket = change(index);
    const TicketState from = ticket.state;
    ticket.state = state;
    entries_[index].retry_at.reset();
    log(index, now,
        {.event = event, .at = at, .actor = actor, .from = from, .to = state, .note = note});
    if (is_open(state) && !is_open(from)) {
        ticket.closed_at.reset();
        open_by_hazard_.try_emplace(ticket.hazard_key, index);
    }
    if (state == TicketState::raised) assign(ticket, {});
    if (state >= TicketState::accepted) ticket.escalate_at.reset();
    end_clocks(index, state, at, actor, now);
    // A crew that declines takes back what was reached; it wins no time for what was not.
    start_clocks(index, state, at, now,
                 event == TicketEvent::decline ? from : TicketState::cancelled);
    if (!is_open(state)) end(index, at);
}

void TicketBook::dispatch(std::uint32_t index, Instant at, std::string_view actor,
                          std::string_view note, Instant now) {
    const Ticket& ticket = this->at(index);
    std::vector<Name> tried = ticket.tried;
    const int minute = rulebook_->time_zone.minute_of_day(now);
    const Crew* crew = choose_crew(rulebook_->roster, ticket.zone, minute, loads_, tried);
    if (crew == nullptr && !tried.empty()) {
        // Everybody was asked: begin anew, with another than the last if there is one.
        tried.assign(ticket.assignee.empty() ? 0 : 1, ticket.assignee);
        crew = choose_crew(rulebook_->roster, ticket.zone, minute, loads_, tried);
        if (crew == nullptr) {
            tried.clear();
            crew = choose_crew(rulebook_->roster, ticket.zone, minute, loads_, tried);
        }
    }
    if (crew != nullptr) {
        change(index).tried = std::move(tried);
        dispatch_to(index, crew->id, at, actor, note, now);
    } else {
        await_crew(index, at, actor, now);
    }
}

void TicketBook::await_crew(std::uint32_t index, Instant at, std::string_view actor, Instant now) {
    Entry& entry = entries_[index];
    const bool first = !entry.retry_at;
    if (wants_crew(entry.ticket)) {
        entry.retry_at = now + kRetryDispatch;
        timers_.arm(*entry.retry_at, TimerKind::clock, index);
    }
    if (first || actor != kSystem) {
        log(index, now,
            {.event = TicketEvent::note, .at = at, .actor = actor, .note = "no crew on duty"});
    }
    const Duration every = policy_of(entry.ticket).escalate_every;
    if (!first || entry.ticket.state >= TicketState::accepted || every <= Duration{0}) return;
    page(entry.ticket, "no crew on duty", now);
    Ticket& ticket = change(index);
    if (!ticket.escalate_at) ticket.escalate_at = now + every;
}

bool TicketBook::wants_crew(const Ticket& ticket) const {
    // Its crew let the order lapse and nobody else was there to have it.
    const bool lapsed =
        ticket.state == TicketState::dispatched &&
        std::find(ticket.tried.begin(), ticket.tried.end(), ticket.assignee) != ticket.tried.end();
    return lapsed || (ticket.state == TicketState::raised && policy_of(ticket).auto_dispatch);
}

bool TicketBook::anybody_on_duty(const Ticket& ticket, Instant now) const {
    const int minute = rulebook_->time_zone.minute_of_day(now);
    return choose_crew(rulebook_->roster, ticket.zone, minute, loads_, {}) != nullptr;
}

void TicketBook::dispatch_to(std::uint32_t index, const Name& crew, Instant at,
                             std::string_view actor, std::string_view note, Instant now) {
    Ticket& ticket = change(index);
    std::erase(ticket.tried, crew);  // It has another chance.
    assign(ticket, crew);
    const std::string text =
        note.empty() ? "to " + crew.str() : "to " + crew.str() + ": " + std::string{note};
    enter(index, TicketState::dispatched, TicketEvent::dispatch, at, actor, text, now);
    send_order(ticket, now);
}

void TicketBook::send_order(const Ticket& ticket, Instant now) {
    Ticket& own = change(*find(ticket.id));
    ++own.attempt;
    DispatchOrder order;
    order.order_id = ticket.id + "-" + std::to_string(own.attempt);
    order.ticket_id = ticket.id;
    order.ticket_class = ticket.ticket_class;
    order.site = ticket.site;
    order.zone = ticket.zone;
    order.crew = ticket.assignee;
    order.attempt = own.attempt;
    order.issued_at = now;
    order.cause = ticket.cause;
    const Policy& policy = policy_of(ticket);
    for (const Clock& clock : ticket.clocks) {
        if (clock.status != ClockStatus::running) continue;
        for (const ClockRule& rule : policy.clocks) {
            if (rule.name != clock.name) continue;
            if (rule.until == TicketState::accepted) order.accept_by = clock.due_at;
            if (rule.until == TicketState::departed) order.depart_by = clock.due_at;
        }
    }
    changes_.effects.emplace_back(std::move(order));
}

void TicketBook::assign(Ticket& ticket, const Name& crew) {
    if (ticket.assignee == crew) return;
    if (const auto load = loads_.find(ticket.assignee); load != loads_.end() && load->second > 0) {
        --load->second;
    }
    ticket.assignee = crew;
    if (!crew.empty()) ++loads_[crew];
}

void TicketBook::end(std::uint32_t index, Instant at) {
    Ticket& ticket = change(index);
    ticket.closed_at = at;
    ticket.escalate_at.reset();
    if (const auto load = loads_.find(ticket.assignee); load != loads_.end() && load->second > 0) {
        --load->second;
    }
    if (const auto open = open_by_hazard_.find(ticket.hazard_key);
        open != open_by_hazard_.end() && open->second == index) {
        open_by_hazard_.erase(open);
    }
}

void TicketBook::on_forget_timer(std::uint32_t index, Instant now) {
    const Ticket& ticket = at(index);
    if (is_open(ticket.state) || !ticket.closed_at || *ticket.closed_at + kForgetAfter > now)
        return;
    changes_.effects.emplace_back(ForgetTicket{ticket.id});
}

}  // namespace mercaptan::processor
