#include <algorithm>

#include "processor/core/clock_runs.h"

// A ticket goes under another policy: that of another class, or another version of its own.
namespace mercaptan::processor {
namespace {

/// What the new policy would be waiting for now, and the old one had no clock for. `from_stamp`:
/// counted from when it would have begun, not from the change.
template <class FromStamp>
void start_missing(ClockRuns& runs, Ticket& ticket, const Policy& to, Instant at,
                   FromStamp&& from_stamp) {
    const auto state = to.life_cycle->state(ticket.state.name);
    for (const ClockRule& rule : to.clocks) {
        if (latest(ticket, rule.name) != nullptr || rule.until.name.empty() || !state) continue;
        const auto begin = to.life_cycle->state(rule.from.name);
        const auto end = to.life_cycle->state(rule.until.name);
        if (!begin || !end || *state < *begin || *state >= *end) continue;
        runs.start(rule, from_stamp(rule) ? stamp_of(ticket, rule.from.name).value_or(at) : at);
    }
}

}  // namespace

void change_class(Ticket& ticket, const Policy& from, const Policy& to, Instant at,
                  const ClockContext& context, std::vector<ClockNews>& news) {
    const bool stricter =
        to.ticket_class && (!from.ticket_class || *to.ticket_class < *from.ticket_class);
    ClockRuns runs{ticket, context, news};
    std::vector<const ClockRule*> anew;
    for (Clock& clock : ticket.clocks) {
        if (clock.status != ClockStatus::running) continue;
        const ClockRule* rule = to.clock(clock.name);
        if (rule == nullptr) {
            runs.end(clock, ClockStatus::stopped, at);
        } else if (rule->on_class_change == OnClassChange::reset) {
            Clock anew_clock;
            anew_clock.counted_from = at;
            anew_clock.within = rule->within;
            const Instant due = runs.due(anew_clock, rule->unlimited);
            if (stricter && due > clock.due_at) continue;  // It would win time by that.
            runs.end(clock, ClockStatus::stopped, at);
            anew.push_back(rule);
        } else {
            runs.change_class(clock, *rule, at, stricter);
        }
    }
    for (const ClockRule* rule : anew) runs.start(*rule, at);
    start_missing(runs, ticket, to, at, [](const ClockRule& rule) {
        return rule.on_class_change == OnClassChange::retro_anchor;
    });
}

void migrate(Ticket& ticket, const Policy& from, const Policy& to, Instant at,
             const ClockContext& context, std::vector<ClockNews>& news) {
    const auto state = to.life_cycle->state(ticket.state.name);
    if (state) ticket.state = to.life_cycle->states[*state].state;  // Its meaning may be new.
    ClockRuns runs{ticket, context, news};
    for (Clock& clock : ticket.clocks) {
        if (clock.status != ClockStatus::running) continue;  // A verdict stands.
        const ClockRule* rule = to.clock(clock.name);
        if (rule == nullptr) {
            runs.end(clock, ClockStatus::stopped, at);
        } else {
            runs.migrate(clock, from.clock(clock.name), *rule, at);
        }
    }
    start_missing(runs, ticket, to, at, [](const ClockRule&) { return true; });
}

std::vector<ClockMove> moves_of(const Ticket& ticket, const Policy& from, const Policy& to,
                                const ClockContext& context, Instant now) {
    Ticket moved = ticket;
    std::vector<ClockNews> news;
    migrate(moved, from, to, now, context, news);
    pass_time(moved, to, now, context, news);
    std::vector<ClockMove> moves;
    for (const Clock& after : moved.clocks) {
        const auto before =
            std::find_if(ticket.clocks.begin(), ticket.clocks.end(), [&](const Clock& clock) {
                return clock.name == after.name && clock.cycle == after.cycle;
            });
        const bool known = before != ticket.clocks.end();
        if (known && before->status != ClockStatus::running) continue;
        if (known && before->due_at == after.due_at && before->status == after.status) continue;
        moves.push_back({.clock = after.name,
                         .old_due_at = known ? std::optional{before->due_at} : std::nullopt,
                         .new_due_at = after.due_at,
                         .verdict = after.status});
    }
    return moves;
}

}  // namespace mercaptan::processor
