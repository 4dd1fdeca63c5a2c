#include <algorithm>
#include <string>

#include "common/domain/check.h"
#include "processor/core/ticket_book.h"

namespace mercaptan::processor {
namespace {

constexpr std::string_view kSystem = "system";

const ClockRule* rule_of(const Policy& policy, std::string_view name) {
    for (const ClockRule& rule : policy.clocks) {
        if (rule.name == name) return &rule;
    }
    return nullptr;
}

}  // namespace

Instant TicketBook::due(Instant from, const Span& span, const Policy& policy) const {
    // Exact spans run around the clock; a business calendar concerns whole days only.
    static const Calendar kEveryDay;
    const bool calendar = policy.business_calendar || span.unit != Span::Unit::exact;
    return deadline(from, span, calendar ? rulebook_->calendar : kEveryDay, rulebook_->time_zone);
}

void TicketBook::start_clocks(std::uint32_t index, TicketState entered, Instant at, Instant now,
                              TicketState reached) {
    for (const ClockRule& rule : policy_of(this->at(index)).clocks) {
        if (rule.from == entered && rule.until <= reached) start_clock(index, rule, at, now);
    }
}

void TicketBook::start_clock(std::uint32_t index, const ClockRule& rule, Instant at, Instant now) {
    Ticket& ticket = change(index);
    std::uint32_t cycle = 1;
    for (std::size_t i = 0; i < ticket.clocks.size(); ++i) {
        if (ticket.clocks[i].name != rule.name) continue;
        if (ticket.clocks[i].status == ClockStatus::running) stop_clock(index, i, at, now);
        cycle = ticket.clocks[i].cycle + 1;
    }
    // The history keeps every run; the ticket shows the last one that ended and the present one.
    std::erase_if(ticket.clocks, [&](const Clock& clock) {
        return clock.name == rule.name && clock.cycle + 1 < cycle;
    });
    Clock clock;
    clock.name = rule.name;
    clock.cycle = cycle;
    clock.started_at = at;
    clock.due_at = due(at, rule.within, policy_of(ticket));
    ticket.clocks.push_back(clock);
    log(index, now,
        {.event = TicketEvent::clock_started, .at = at, .actor = kSystem, .clock = rule.name});
}

void TicketBook::stop_clock(std::uint32_t index, std::size_t clock, Instant at, Instant now) {
    Clock& stopped = change(index).clocks[clock];
    stopped.status = ClockStatus::stopped;
    stopped.ended_at = at;
    log(index, now,
        {.event = TicketEvent::clock_stopped, .at = at, .actor = kSystem, .clock = stopped.name});
}

void TicketBook::end_clocks(std::uint32_t index, TicketState entered, Instant at,
                            std::string_view actor, Instant now) {
    Ticket& ticket = change(index);
    const Policy& policy = policy_of(ticket);
    for (std::size_t i = 0; i < ticket.clocks.size(); ++i) {
        Clock& clock = ticket.clocks[i];
        if (clock.status != ClockStatus::running) continue;
        const ClockRule* rule = rule_of(policy, clock.name);
        // A step back, an end without the work, or a rule that is gone: there is nothing to meet.
        if (entered == TicketState::cancelled || rule == nullptr || entered < rule->from) {
            stop_clock(index, i, at, now);
        } else if (rule->until <= entered) {
            clock.status = ClockStatus::met;
            clock.ended_at = at;
            log(index, now,
                {.event = TicketEvent::clock_met, .at = at, .actor = actor, .clock = clock.name});
        }
    }
}

void TicketBook::change_policy(std::uint32_t index, const Policy& to, Instant at, Instant now) {
    Ticket& ticket = change(index);
    const Policy& from = policy_of(ticket);
    ticket.policy = to.name;
    const bool stricter =
        to.ticket_class && (!from.ticket_class || *to.ticket_class < *from.ticket_class);
    ticket.ticket_class = to.ticket_class;
    for (std::size_t i = 0; i < ticket.clocks.size(); ++i) {
        Clock& clock = ticket.clocks[i];
        if (clock.status != ClockStatus::running) continue;
        const ClockRule* rule = rule_of(to, clock.name);
        if (rule == nullptr) {
            stop_clock(index, i, at, now);
            continue;
        }
        // What makes it graver is what its time counts from; it never gets later by that.
        const Instant due_at = due(stricter ? at : clock.started_at, rule->within, to);
        clock.due_at = stricter ? std::min(clock.due_at, due_at) : due_at;
        clock.warnings = 0;
    }
    for (const ClockRule& rule : to.clocks) {
        const bool under_way = rule.from <= ticket.state && ticket.state < rule.until;
        const bool known = std::any_of(ticket.clocks.begin(), ticket.clocks.end(),
                                       [&](const Clock& clock) { return clock.name == rule.name; });
        if (under_way && !known) start_clock(index, rule, at, now);
    }
    changes_.emergency = changes_.emergency || ticket.ticket_class == TicketClass::one;
}

void TicketBook::on_clock_timer(std::uint32_t index, Instant now) {
    if (!is_open(at(index).state)) return;
    run_clocks(index, now);
    const auto& retry_at = entries_[index].retry_at;
    const bool look_again = !retry_at || *retry_at <= now;
    if (look_again && wants_crew(at(index))) dispatch(index, now, kSystem, {}, now);
    arm(index);
}

void TicketBook::run_clocks(std::uint32_t index, Instant now) {
    // Each turn gives one warning or ends one clock; what an action starts is due later than now.
    for (;;) {
        const Ticket& ticket = at(index);
        const Policy& policy = policy_of(ticket);
        std::size_t next = ticket.clocks.size();
        for (std::size_t i = 0; i < ticket.clocks.size(); ++i) {
            const Clock& clock = ticket.clocks[i];
            if (clock.status != ClockStatus::running) continue;
            const ClockRule* rule = rule_of(policy, clock.name);
            if (rule == nullptr) continue;
            if (clock.warnings < rule->warn_at.size() && clock.due_at > now &&
                due(clock.started_at, rule->warn_at[clock.warnings], policy) <= now) {
                warn(index, i, *rule, now);
            }
            const bool sooner =
                next == ticket.clocks.size() || clock.due_at < ticket.clocks[next].due_at;
            if (clock.due_at <= now && sooner) next = i;
        }
        if (next == ticket.clocks.size()) return;
        breach(index, next, *rule_of(policy, ticket.clocks[next].name), now);
    }
}

void TicketBook::warn(std::uint32_t index, std::size_t clock, const ClockRule& rule, Instant now) {
    Ticket& ticket = change(index);
    Clock& warned = ticket.clocks[clock];
    const Policy& policy = policy_of(ticket);
    // After a standstill several may be due; they are one warning.
    while (warned.warnings < rule.warn_at.size() &&
           due(warned.started_at, rule.warn_at[warned.warnings], policy) <= now) {
        ++warned.warnings;
    }
    log(index, now,
        {.event = TicketEvent::clock_warned, .at = now, .actor = kSystem, .clock = rule.name});
}

void TicketBook::breach(std::uint32_t index, std::size_t clock, const ClockRule& rule,
                        Instant now) {
    Ticket& ticket = change(index);
    Clock& breached = ticket.clocks[clock];
    breached.status = ClockStatus::breached;
    breached.ended_at = now;
    log(index, now,
        {.event = TicketEvent::clock_breached,
         .at = now,
         .actor = kSystem,
         .clock = rule.name,
         .late = now - breached.due_at});
    const std::string reason = "clock " + rule.name + " breached";
    for (const BreachAction action : rule.on_breach) {
        switch (action) {
            case BreachAction::page:
                page(ticket, reason, now);
                break;
            case BreachAction::escalate:
                escalate(index, reason, now);
                break;
            case BreachAction::redispatch:
                if (ticket.state > TicketState::dispatched) break;
                if (!ticket.assignee.empty()) ticket.tried.push_back(ticket.assignee);
                dispatch(index, now, kSystem, reason, now);
                break;
        }
    }
    const Duration every = policy_of(ticket).escalate_every;
    if (every > Duration{0} && ticket.state < TicketState::accepted && !ticket.escalate_at) {
        ticket.escalate_at = now + every;
    }
}

void TicketBook::on_escalation_timer(std::uint32_t index, Instant now) {
    const Ticket& shown = at(index);
    const Duration every = policy_of(shown).escalate_every;
    if (!shown.escalate_at || *shown.escalate_at > now || every <= Duration{0}) return;
    Ticket& ticket = change(index);
    escalate(index, "nobody has accepted", now);
    page(ticket, "nobody has accepted", now);
    ticket.escalate_at = now + every;
    arm(index);
}

void TicketBook::escalate(std::uint32_t index, std::string_view reason, Instant now) {
    Ticket& ticket = change(index);
    ++ticket.escalation_level;
    log(index, now, {.event = TicketEvent::escalated, .at = now, .actor = kSystem, .note = reason});
}

void TicketBook::page(const Ticket& ticket, std::string_view reason, Instant now) {
    Page page;
    page.page_id = ticket.id + "-" + std::to_string(ticket.log_size);
    page.ticket_id = ticket.id;
    page.ticket_class = ticket.ticket_class;
    page.site = ticket.site;
    page.zone = ticket.zone;
    page.level = ticket.escalation_level;
    page.at = now;
    page.reason = reason;
    changes_.effects.emplace_back(std::move(page));
}

void TicketBook::arm(std::uint32_t index) {
    const Ticket& ticket = at(index);
    if (!is_open(ticket.state)) {
        if (ticket.closed_at)
            timers_.arm(*ticket.closed_at + kForgetAfter, TimerKind::forget_ticket, index);
        return;
    }
    const Policy& policy = policy_of(ticket);
    std::optional<Instant> next;
    const auto consider = [&](Instant at) { next = next ? std::min(*next, at) : at; };
    for (const Clock& clock : ticket.clocks) {
        if (clock.status != ClockStatus::running) continue;
        const ClockRule* rule = rule_of(policy, clock.name);
        if (rule == nullptr) continue;
        consider(clock.due_at);
        if (clock.warnings < rule->warn_at.size()) {
            consider(due(clock.started_at, rule->warn_at[clock.warnings], policy));
        }
    }
    if (next) timers_.arm(*next, TimerKind::clock, index);
    if (ticket.escalate_at) timers_.arm(*ticket.escalate_at, TimerKind::escalation, index);
}

}  // namespace mercaptan::processor
