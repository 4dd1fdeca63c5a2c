#include "processor/core/clock_runs.h"

#include <algorithm>
#include <string>
#include <utility>

namespace mercaptan::processor {
namespace {

void close_pause(Clock& clock, Instant at) {
    if (clock.pauses.empty() || clock.pauses.back().resumed) return;
    Pause& last = clock.pauses.back();
    last.resumed = true;
    last.until = std::clamp(at, last.from, last.until);
}

std::string text_of_due(Instant due) {
    return due == kNever ? "never" : to_rfc3339(due);
}

}  // namespace

Clock* latest(Ticket& ticket, std::string_view name) {
    Clock* found = nullptr;
    for (Clock& clock : ticket.clocks) {
        if (clock.name == name) found = &clock;
    }
    return found;
}

void ClockRuns::tell(What what, const Clock& clock, Instant at, std::vector<BreachAction> actions) {
    news_.push_back({.what = what,
                     .clock = clock.name,
                     .cycle = clock.cycle,
                     .at = at,
                     .due_at = clock.due_at,
                     .actions = std::move(actions),
                     .note = {}});
}

void ClockRuns::end(Clock& clock, ClockStatus status, Instant at) {
    clock.status = status;
    clock.ended_at = at;
    if (status == ClockStatus::met) clock.reached_at = at;
    close_pause(clock, at);
    clock.due_at = due(clock, clock.due_at == kNever);
    tell(status == ClockStatus::met ? What::met : What::stopped, clock, at);
}

void ClockRuns::start(const ClockRule& rule, Instant at) {
    std::uint32_t cycle = 1;
    if (const Clock* last = latest(ticket_, rule.name)) cycle = last->cycle + 1;
    // The history keeps every run; the ticket shows the last one that ended and the present.
    std::erase_if(ticket_.clocks, [&](const Clock& clock) {
        return clock.name == rule.name && clock.cycle + 1 < cycle;
    });
    Clock clock;
    clock.name = rule.name;
    clock.cycle = cycle;
    clock.started_at = anchor_of(rule, at);
    clock.counted_from = clock.started_at;
    clock.within = rule.within;
    clock.due_at = due(clock, rule.unlimited);
    ticket_.clocks.push_back(std::move(clock));
    const Clock& started = ticket_.clocks.back();
    tell(What::started, started, started.started_at);
}

void ClockRuns::pause(Clock& clock, const ClockRule& rule, Instant at, std::string_view reason) {
    close_pause(clock, at);
    Duration used{0};
    for (const Pause& pause : clock.pauses) used += pause.until - pause.from;
    const Duration left = std::min(rule.pause_max, rule.pause_total_max - used);
    if (left <= Duration{0}) return;
    Instant from = std::max(at, clock.counted_from);
    if (!clock.pauses.empty()) from = std::max(from, clock.pauses.back().until);
    clock.pauses.push_back({from, from + left, false, std::string{reason}});
    clock.due_at = due(clock, rule.unlimited);
    tell(What::paused, clock, from);
    news_.back().note = "until " + to_rfc3339(from + left);
    if (!reason.empty()) news_.back().note += ": " + std::string{reason};
}

void ClockRuns::resume(Clock& clock, const ClockRule& rule, Instant at) {
    close_pause(clock, at);
    clock.due_at = due(clock, rule.unlimited);
    tell(What::resumed, clock, at);
}

void ClockRuns::end_pause_without_limit(Clock& clock, const ClockRule& rule, Instant at) {
    if (rule.pause_max > Duration{0}) return;
    if (clock.pauses.empty() || clock.pauses.back().resumed) return;
    close_pause(clock, at);
    tell(What::resumed, clock, at);
}

void ClockRuns::change_class(Clock& clock, const ClockRule& rule, Instant at, bool stricter) {
    const Clock before = clock;
    const bool from_change = stricter && rule.on_class_change == OnClassChange::forward;
    clock.counted_from = from_change ? at : clock.started_at;
    clock.within = rule.within;
    end_pause_without_limit(clock, rule, at);
    clock.due_at = due(clock, rule.unlimited);
    const bool later = clock.due_at > before.due_at;
    if (!stricter || !later) return;
    clock.counted_from = before.counted_from;
    clock.within = before.within;
    clock.due_at = std::min(due(clock, false), before.due_at);
}

void ClockRuns::migrate(Clock& clock, const ClockRule* before, const ClockRule& rule, Instant at) {
    const Instant was_due = clock.due_at;
    const bool of_its_rule = before == nullptr || clock.within == before->within;
    end_pause_without_limit(clock, rule, at);
    const Span left_standing = clock.within;
    clock.within = rule.within;
    clock.due_at = due(clock, rule.unlimited);
    if (!of_its_rule) {
        Clock as_it_was = clock;
        as_it_was.within = left_standing;
        as_it_was.due_at = due(as_it_was, false);
        if (as_it_was.due_at < clock.due_at) clock = std::move(as_it_was);
    }
    if (clock.due_at == was_due) return;
    tell(What::moved, clock, at);
    news_.back().note = "from " + text_of_due(was_due) + " to " + text_of_due(clock.due_at);
}

Instant ClockRuns::due(const Clock& clock, bool unlimited) const {
    if (unlimited) return kNever;
    return due_of(clock.counted_from, clock.within, clock.pauses, context_);
}

Instant ClockRuns::anchor_of(const ClockRule& rule, Instant at) const {
    switch (rule.anchor.from) {
        case Anchor::From::start:
            return at;
        case Anchor::From::received:
            return ticket_.opened_at;
        case Anchor::From::opened:
            return ticket_.recorded_at;
        case Anchor::From::stamp:
            return stamp_of(ticket_, rule.anchor.name).value_or(at);
        case Anchor::From::field: {
            const std::string* text = field_of(ticket_, rule.anchor.name);
            if (text == nullptr) return at;
            return parse_rfc3339(*text).value_or(at);
        }
    }
    return at;
}

}  // namespace mercaptan::processor
