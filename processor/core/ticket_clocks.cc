#include <algorithm>
#include <string>

#include "processor/core/texts.h"
#include "processor/core/ticket_book.h"

// What clocks ask for: lines in the history, pages, escalations, another crew.
namespace mercaptan::processor {
namespace {

constexpr std::string_view kSystem = "system";
/// What an action starts is due later than now; the loader has seen to it. A bound all the same.
constexpr int kRoundsMax = 16;

TicketEvent event_of(ClockNews::What what) {
    using What = ClockNews::What;
    switch (what) {
        case What::started:
            return TicketEvent::clock_started;
        case What::warned:
            return TicketEvent::clock_warned;
        case What::breached:
            return TicketEvent::clock_breached;
        case What::met:
            return TicketEvent::clock_met;
        case What::stopped:
            return TicketEvent::clock_stopped;
        case What::paused:
            return TicketEvent::clock_paused;
        case What::resumed:
            return TicketEvent::clock_resumed;
        case What::moved:
            return TicketEvent::clock_moved;
    }
    return TicketEvent::note;
}

}  // namespace

void TicketBook::tell(std::uint32_t index, const std::vector<ClockNews>& news,
                      std::string_view actor, Instant now) {
    for (const ClockNews& one : news) {
        const bool by_people = one.what == ClockNews::What::met;
        Line line{.event = event_of(one.what),
                  .at = one.at,
                  .actor = by_people ? actor : kSystem,
                  .clock = one.clock};
        line.note = one.note;
        if (one.what == ClockNews::What::breached) line.late = now - one.due_at;
        log(index, now, std::move(line));
        using What = ClockNews::What;
        if (one.what == What::started || one.what == What::moved) doubt_calendar(index, one, now);
    }
}

std::optional<int> TicketBook::missing_year(std::uint32_t index, std::string_view clock,
                                            Instant due_at) const {
    const ClockRule* rule = policy(index).clock(clock);
    const Calendar& known = calendar(index);
    const bool by_days = rule != nullptr && rule->within.unit != Span::Unit::exact;
    if (!by_days || known.last_year == 0 || due_at == kNever) return std::nullopt;
    const Day last = rulebook_->time_zone.day_of(due_at - Duration{1});
    return known.covers(last) ? std::nullopt : std::optional{year_of(last)};
}

void TicketBook::doubt_calendar(std::uint32_t index, const ClockNews& news, Instant now) {
    const auto year = missing_year(index, news.clock, news.due_at);
    if (!year) return;
    const std::string reason = reason_of_missing_year(*year, news.clock);
    log(index, now,
        {.event = TicketEvent::note,
         .at = now,
         .actor = kSystem,
         .clock = news.clock,
         .note = reason});
    if (beyond_calendar_.empty()) page(at(index), reason, now);
    beyond_calendar_.insert(index);
}

void TicketBook::settle(std::uint32_t index, Instant now) {
    for (int round = 0; round < kRoundsMax && is_open(at(index).state); ++round) {
        std::vector<ClockNews> news;
        const ClockContext counted = context(index);
        if (next_moment(at(index), policy(index), counted) > now) return;
        pass_time(change(index), policy(index), now, counted, news);
        for (const ClockNews& one : news) {
            tell(index, {one}, kSystem, now);
            act(index, one, now);
        }
    }
}

void TicketBook::act(std::uint32_t index, const ClockNews& news, Instant now) {
    Ticket& ticket = change(index);
    const bool breached = news.what == ClockNews::What::breached;
    const std::string reason = "clock " + news.clock + (breached ? " breached" : " warned");
    for (const BreachAction action : news.actions) {
        switch (action) {
            case BreachAction::page:
                page(ticket, reason, now);
                break;
            case BreachAction::escalate:
                escalate(index, reason, now);
                break;
            case BreachAction::redispatch:
                if (ticket.state.in_hand || sending(index) == nullptr) break;
                if (!ticket.assignee.empty()) ticket.tried.push_back(ticket.assignee);
                dispatch(index, now, kSystem, reason, now);
                break;
        }
    }
    const Duration every = policy(index).escalate_every;
    if (breached && every > Duration{0} && !ticket.state.in_hand && !ticket.escalate_at) {
        ticket.escalate_at = now + every;
    }
}

void TicketBook::on_clock_timer(std::uint32_t index, Instant now) {
    std::optional<Instant>& armed_for = entries_[index].armed_for;
    if (!armed_for || *armed_for > now) return;  // Another one took its place.
    armed_for.reset();
    if (!is_open(at(index).state)) return;
    settle(index, now);
    if (const auto& ends_at = at(index).shift_ends_at; ends_at && *ends_at <= now)
        on_shift_end(index, now);
    std::optional<Instant>& retry_at = entries_[index].retry_at;
    const bool look_again = !retry_at || *retry_at <= now;
    if (look_again && wants_crew(index)) {
        dispatch(index, now, kSystem, {}, now);
    } else if (look_again) {
        retry_at.reset();
    }
    arm(index);
    open_follow_ups(now);
}

void TicketBook::on_escalation_timer(std::uint32_t index, Instant now) {
    const Ticket& shown = at(index);
    const Duration every = policy(index).escalate_every;
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
    if (!ticket.escalation.empty()) {
        const std::size_t level = std::max<std::size_t>(ticket.escalation_level, 1);
        page.role = ticket.escalation[std::min(level, ticket.escalation.size()) - 1];
    }
    page.at = now;
    page.reason = reason;
    changes_.effects.emplace_back(std::move(page));
}

void TicketBook::arm(std::uint32_t index) {
    const Ticket& ticket = at(index);
    const bool beyond =
        is_open(ticket.state) &&
        std::any_of(ticket.clocks.begin(), ticket.clocks.end(), [&](const Clock& clock) {
            return clock.status == ClockStatus::running &&
                   missing_year(index, clock.name, clock.due_at);
        });
    if (beyond) {
        beyond_calendar_.insert(index);
    } else {
        beyond_calendar_.erase(index);
    }
    if (!is_open(ticket.state)) {
        if (ticket.closed_at)
            timers_.arm(*ticket.closed_at + kForgetAfter, TimerKind::forget_ticket, index);
        return;
    }
    arm_clocks(index);
    if (ticket.escalate_at) timers_.arm(*ticket.escalate_at, TimerKind::escalation, index);
}

/// One timer for whatever comes first: each that fires arms the next, so two would become four.
void TicketBook::arm_clocks(std::uint32_t index) {
    const Ticket& ticket = at(index);
    Entry& entry = entries_[index];
    Instant next = next_moment(ticket, policy(index), context(index));
    if (ticket.shift_ends_at) next = std::min(next, *ticket.shift_ends_at);
    if (entry.retry_at) next = std::min(next, *entry.retry_at);
    if (next == kNever || (entry.armed_for && *entry.armed_for <= next)) return;
    entry.armed_for = next;
    timers_.arm(next, TimerKind::clock, index);
}

}  // namespace mercaptan::processor
