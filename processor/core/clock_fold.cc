#include "processor/core/clock_fold.h"

#include <algorithm>

namespace mercaptan::processor {
namespace {

using What = ClockNews::What;

/// A line of a history as clocks see it.
struct LifeLine {
    std::optional<std::uint8_t> event;    // Of the life cycle; absent: raised, joined.
    std::optional<std::uint8_t> entered;  // The state that it led into.
    Instant at;
    std::string_view reason;  // Of a pause.
    bool takes_back = false;
    bool restarts = false;
};

bool holds(const When& when, const LifeLine& line) {
    const bool entered = line.entered && (when.entered & state_bit(*line.entered)) != 0;
    const bool happened = line.event && (when.happened & event_bit(*line.event)) != 0;
    return entered || happened;
}

/// The clock's present or last run; runs of one clock stand in the order of their cycles.
Clock* latest(Ticket& ticket, std::string_view name) {
    Clock* found = nullptr;
    for (Clock& clock : ticket.clocks) {
        if (clock.name == name) found = &clock;
    }
    return found;
}

/// The class changes, new thresholds may be those of before: a key passed once stays passed.
bool passed(const Clock& clock, const Threshold& threshold) {
    return std::find(clock.fired.begin(), clock.fired.end(), threshold.key) != clock.fired.end();
}

class Fold {
public:
    Fold(Ticket& ticket, const ClockContext& context, std::vector<ClockNews>& news)
        : ticket_{ticket}, context_{context}, news_{news} {}

    void tell(What what, const Clock& clock, Instant at, std::vector<BreachAction> actions = {}) {
        news_.push_back({.what = what,
                         .clock = clock.name,
                         .cycle = clock.cycle,
                         .at = at,
                         .due_at = clock.due_at,
                         .actions = std::move(actions),
                         .note = {}});
    }

    void end(Clock& clock, ClockStatus status, Instant at) {
        clock.status = status;
        clock.ended_at = at;
        if (status == ClockStatus::met) clock.reached_at = at;
        close_pause(clock, at);
        clock.due_at = due(clock, clock.due_at == kNever);
        tell(status == ClockStatus::met ? What::met : What::stopped, clock, at);
    }

    void start(const ClockRule& rule, Instant at) {
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

    void pause(Clock& clock, const ClockRule& rule, const LifeLine& line) {
        close_pause(clock, line.at);
        Duration used{0};
        for (const Pause& pause : clock.pauses) used += pause.until - pause.from;
        const Duration left = std::min(rule.pause_max, rule.pause_total_max - used);
        if (left <= Duration{0}) return;
        Instant from = std::max(line.at, clock.counted_from);
        if (!clock.pauses.empty()) from = std::max(from, clock.pauses.back().until);
        clock.pauses.push_back({from, from + left, false, std::string{line.reason}});
        clock.due_at = due(clock, rule.unlimited);
        tell(What::paused, clock, from);
        news_.back().note = "until " + to_rfc3339(from + left);
        if (!line.reason.empty()) news_.back().note += ": " + std::string{line.reason};
    }

    void resume(Clock& clock, const ClockRule& rule, Instant at) {
        close_pause(clock, at);
        clock.due_at = due(clock, rule.unlimited);
        tell(What::resumed, clock, at);
    }

    /// A stricter class counts by the mode and never ends later than the run would have; a laxer
    /// one wins no time by the change itself.
    void change_rule(Clock& clock, const ClockRule& rule, Instant at, bool stricter) {
        const Clock before = clock;
        const bool from_change = stricter && rule.on_class_change == OnClassChange::forward;
        clock.counted_from = from_change ? at : clock.started_at;
        clock.within = rule.within;
        // A pause without limit in the new policy, as Class 1 has none, ends with the change.
        if (rule.pause_max <= Duration{0} && !clock.pauses.empty() &&
            !clock.pauses.back().resumed) {
            close_pause(clock, at);
            tell(What::resumed, clock, at);
        }
        clock.due_at = due(clock, rule.unlimited);
        const bool later = clock.due_at > before.due_at;
        if (!stricter || !later) return;
        clock.counted_from = before.counted_from;
        clock.within = before.within;
        clock.due_at = std::min(due(clock, false), before.due_at);
    }

    Instant due(const Clock& clock, bool unlimited) const {
        if (unlimited) return kNever;
        return due_of(clock.counted_from, clock.within, clock.pauses, context_);
    }

    Instant anchor_of(const ClockRule& rule, Instant at) const {
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

private:
    static void close_pause(Clock& clock, Instant at) {
        if (clock.pauses.empty() || clock.pauses.back().resumed) return;
        Pause& last = clock.pauses.back();
        last.resumed = true;
        last.until = std::clamp(at, last.from, last.until);
    }

    Ticket& ticket_;
    const ClockContext& context_;
    std::vector<ClockNews>& news_;
};

/// True if the line ended the clock, or forbids its start.
bool end_by(Fold& fold, Clock* clock, const ClockRule& rule, const LifeLine& line) {
    const bool cancels = holds(rule.cancel, line);
    if (!cancels && !holds(rule.stop, line)) return false;
    if (clock == nullptr) return true;
    if (clock->status == ClockStatus::running) {
        fold.end(*clock, cancels ? ClockStatus::stopped : ClockStatus::met, line.at);
    } else if (clock->status == ClockStatus::breached && !cancels && !clock->reached_at) {
        clock->reached_at = line.at;
    }
    return true;
}

/// Of a clock that runs. The line ends nothing of it.
void move_running(Fold& fold, Clock& clock, const ClockRule& rule, const LifeLine& line) {
    const bool paused = pause_at(clock, line.at) != nullptr;
    if (!line.takes_back && holds(rule.reset, line)) {
        fold.end(clock, ClockStatus::stopped, line.at);
        fold.start(rule, line.at);
    } else if (holds(rule.pause, line)) {
        if (!paused) fold.pause(clock, rule, line);
    } else if (paused && holds(rule.resume, line)) {
        fold.resume(clock, rule, line.at);
    }
}

void begin_by(Fold& fold, Ticket& ticket, const ClockRule& rule, const LifeLine& line) {
    Clock* clock = latest(ticket, rule.name);
    if (clock != nullptr && clock->status == ClockStatus::running)
        return move_running(fold, *clock, rule, line);
    if (holds(rule.pause, line) || !holds(rule.start, line)) return;
    // A step back wins no time for what had not been reached.
    if (line.takes_back && (clock == nullptr || !clock->reached_at)) return;
    fold.start(rule, line.at);
}

void stamp(Ticket& ticket, const Name& what, Instant at) {
    for (Stamp& known : ticket.stamps) {
        if (known.what != what) continue;
        known.at = at;
        return;
    }
    ticket.stamps.push_back({what, at});
}

/// Passes the thresholds up to `now` and says so once, however many they are.
void warn(Fold& fold, Clock& clock, const ClockRule& rule, Instant now,
          const ClockContext& context) {
    std::vector<BreachAction> actions;
    bool any = false;
    for (const Threshold& threshold : rule.thresholds) {
        const Instant moment = moment_of(threshold, clock, context);
        if (passed(clock, threshold) || moment > now || moment >= clock.due_at) continue;
        any = true;
        ++clock.warnings;
        // In an order that does not tell in how many steps they were passed.
        clock.fired.insert(std::upper_bound(clock.fired.begin(), clock.fired.end(), threshold.key),
                           threshold.key);
        for (const BreachAction action : threshold.actions) {
            if (std::find(actions.begin(), actions.end(), action) == actions.end())
                actions.push_back(action);
        }
    }
    // What is missed already is not warned of.
    if (any && clock.due_at > now) fold.tell(What::warned, clock, now, std::move(actions));
}

Day last_counted_day(Day start, const Span& span, const std::vector<Pause>& pauses,
                     const ClockContext& context) {
    const auto stands_still = [&](Day day) {
        const Instant end = context.zone.start_of(day + 1);
        return std::any_of(pauses.begin(), pauses.end(), [end](const Pause& pause) {
            return pause.from < end && end <= pause.until;
        });
    };
    const bool business = span.unit == Span::Unit::business_days;
    Day day = start;
    for (std::int64_t left = span.count; left > 0;) {
        ++day;
        if (business && !context.calendar.is_business_day(day)) continue;
        if (!stands_still(day)) --left;
    }
    // Civil Code 203: a last day that is a public holiday moves to the day after it. The same day
    // has no other.
    while (!business && span.count > 0 && context.calendar.holidays.contains(day)) ++day;
    return day;
}

void move_clocks(Ticket& ticket, const Policy& policy, const LifeLine& line,
                 const ClockContext& context, std::vector<ClockNews>& news) {
    Fold fold{ticket, context, news};
    // All that ends does so before anything begins: a clock never hides another's end.
    std::vector<bool> settled;
    for (const ClockRule& rule : policy.clocks)
        settled.push_back(end_by(fold, latest(ticket, rule.name), rule, line));
    for (std::size_t i = 0; i < policy.clocks.size(); ++i) {
        if (!settled[i]) begin_by(fold, ticket, policy.clocks[i], line);
    }
}

void change_class(Ticket& ticket, const Policy& from, const Policy& to, Instant at,
                  const ClockContext& context, std::vector<ClockNews>& news) {
    const bool stricter =
        to.ticket_class && (!from.ticket_class || *to.ticket_class < *from.ticket_class);
    Fold fold{ticket, context, news};
    std::vector<const ClockRule*> anew;
    for (Clock& clock : ticket.clocks) {
        if (clock.status != ClockStatus::running) continue;
        const ClockRule* rule = to.clock(clock.name);
        if (rule == nullptr) {
            fold.end(clock, ClockStatus::stopped, at);
        } else if (rule->on_class_change == OnClassChange::reset) {
            Clock anew_clock;
            anew_clock.counted_from = at;
            anew_clock.within = rule->within;
            const Instant due = fold.due(anew_clock, rule->unlimited);
            if (stricter && due > clock.due_at) continue;  // It would win time by that.
            fold.end(clock, ClockStatus::stopped, at);
            anew.push_back(rule);
        } else {
            fold.change_rule(clock, *rule, at, stricter);
        }
    }
    for (const ClockRule* rule : anew) fold.start(*rule, at);
    // What the new policy would be waiting for now, and the old one had no clock for.
    const auto state = to.life_cycle->state(ticket.state.name);
    for (const ClockRule& rule : to.clocks) {
        if (latest(ticket, rule.name) != nullptr || rule.until.name.empty() || !state) continue;
        const auto begin = to.life_cycle->state(rule.from.name);
        const auto end = to.life_cycle->state(rule.until.name);
        if (!begin || !end || *state < *begin || *state >= *end) continue;
        const bool retro = rule.on_class_change == OnClassChange::retro_anchor;
        fold.start(rule, retro ? stamp_of(ticket, rule.from.name).value_or(at) : at);
    }
}

void remember_fields(Ticket& ticket, const std::vector<Field>& fields) {
    for (const Field& field : fields) {
        const auto known = std::find_if(ticket.fields.begin(), ticket.fields.end(),
                                        [&](const Field& f) { return f.name == field.name; });
        if (known == ticket.fields.end()) {
            ticket.fields.push_back(field);
        } else {
            known->value = field.value;
        }
    }
}

/// The work begins again: what was recorded of the first work is no evidence for the second. The
/// history keeps it.
void begin_again(Ticket& ticket, const Policy& policy, Instant at) {
    ticket.fields.clear();
    const auto state = policy.life_cycle->state(ticket.state.name);
    if (!state || !policy.life_cycle->states[*state].is_finished()) return;
    const auto finished_at = stamp_of(ticket, ticket.state.name);
    const bool soon = finished_at && at - *finished_at <= policy.repeat_window;
    if (soon && policy.repeat_window > Duration{0}) ++ticket.reopened;
}

LifeLine seen_by(const LifeCycle& life, const LogEntry& line) {
    LifeLine seen;
    seen.event = life.event(line.event.name);
    if (line.to) seen.entered = life.state(line.to->name);
    seen.at = line.at;
    seen.reason = reason_of(line);
    if (!seen.event) return seen;
    seen.takes_back = life.events[*seen.event].takes_back;
    seen.restarts = life.events[*seen.event].does(Action::restart);
    return seen;
}

}  // namespace

std::string_view reason_of(const LogEntry& line) {
    for (const Field& field : line.fields) {
        if (field.name == kPauseReason) return field.value;
    }
    return line.note;
}

Instant due_of(Instant from, const Span& span, const std::vector<Pause>& pauses,
               const ClockContext& context) {
    if (span.unit != Span::Unit::exact) {
        const Day start = context.zone.day_of(from);
        return context.zone.start_of(last_counted_day(start, span, pauses, context) + 1);
    }
    Instant due = from + Duration{span.count};
    for (const Pause& pause : pauses) {
        const Instant begin = std::max(pause.from, from);
        if (begin < due && begin < pause.until) due = due + (pause.until - begin);
    }
    return due;
}

Instant moment_of(const Threshold& threshold, const Clock& clock, const ClockContext& context) {
    switch (threshold.unit) {
        case Threshold::Unit::elapsed:
            return due_of(clock.counted_from, threshold.at, clock.pauses, context);
        case Threshold::Unit::remaining:
            return clock.due_at - Duration{threshold.at.count};
        case Threshold::Unit::percent: {
            const bool exact = clock.within.unit == Span::Unit::exact;
            const std::int64_t whole =
                exact ? clock.within.count : (clock.due_at - clock.counted_from).count();
            const Duration part{whole / 100 * threshold.at.count +
                                whole % 100 * threshold.at.count / 100};
            if (!exact) return clock.counted_from + part;
            return due_of(clock.counted_from, {Span::Unit::exact, part.count()}, clock.pauses,
                          context);
        }
    }
    return kNever;
}

bool is_life_line(const LogEntry& line) {
    return line.clock.empty() && line.event != TicketEvent::escalated;
}

void take(Ticket& ticket, const Policy& policy, const LogEntry& line, const Policy* changed_to,
          const ClockContext& context, std::vector<ClockNews>& news) {
    const LifeCycle& life = *policy.life_cycle;
    const LifeLine seen = seen_by(life, line);
    if (seen.restarts) begin_again(ticket, policy, line.at);
    remember_fields(ticket, line.fields);
    if (seen.event) stamp(ticket, line.event.name, line.at);
    if (line.to) {
        if (seen.entered) ticket.state = life.states[*seen.entered].state;
        stamp(ticket, line.to->name, line.at);
    }
    move_clocks(ticket, policy, seen, context, news);
    if (changed_to == nullptr) return;
    ticket.policy = changed_to->name;
    ticket.policy_version = changed_to->version;
    ticket.ticket_class = changed_to->ticket_class;
    change_class(ticket, policy, *changed_to, line.at, context, news);
}

Ticket replay(std::span<const LogEntry> lines, const PolicyLookup& policies,
              const ClockContext& context, Instant now) {
    Ticket ticket;
    const Policy* policy = nullptr;
    std::vector<ClockNews> news;
    for (const LogEntry& line : lines) {
        if (!is_life_line(line)) continue;
        const Policy* named =
            line.policy.empty() ? nullptr : policies(line.policy, line.policy_version);
        if (policy == nullptr) {
            if (named == nullptr) continue;  // The history was cut off before its beginning.
            policy = named;
            ticket.id = line.ticket_id;
            ticket.kind = policy->kind;
            ticket.policy = policy->name;
            ticket.policy_version = policy->version;
            ticket.ticket_class = policy->ticket_class;
            ticket.opened_at = line.at;
            ticket.recorded_at = line.recorded_at;
            named = nullptr;
        }
        pass_time(ticket, *policy, line.recorded_at, context, news);
        take(ticket, *policy, line, named, context, news);
        if (named != nullptr) policy = named;
    }
    if (policy != nullptr) pass_time(ticket, *policy, now, context, news);
    return ticket;
}

void pass_time(Ticket& ticket, const Policy& policy, Instant now, const ClockContext& context,
               std::vector<ClockNews>& news) {
    if (!is_open(ticket.state)) return;  // A verdict stands.
    Fold fold{ticket, context, news};
    struct Over {
        Clock* clock;
        const ClockRule* rule;
    };
    std::vector<Over> over;
    for (Clock& clock : ticket.clocks) {
        if (clock.status != ClockStatus::running) continue;
        const ClockRule* rule = policy.clock(clock.name);
        if (rule == nullptr) continue;
        warn(fold, clock, *rule, now, context);
        if (clock.due_at <= now) over.push_back({&clock, rule});
    }
    std::stable_sort(over.begin(), over.end(), [](const Over& a, const Over& b) {
        return a.clock->due_at < b.clock->due_at;
    });
    for (const auto& [clock, rule] : over) {
        clock->status = ClockStatus::breached;
        clock->ended_at = clock->due_at;
        fold.tell(What::breached, *clock, now, rule->on_breach);
    }
}

Instant next_moment(const Ticket& ticket, const Policy& policy, const ClockContext& context) {
    Instant next = kNever;
    if (!is_open(ticket.state)) return next;
    for (const Clock& clock : ticket.clocks) {
        if (clock.status != ClockStatus::running) continue;
        const ClockRule* rule = policy.clock(clock.name);
        if (rule == nullptr) continue;
        next = std::min(next, clock.due_at);
        for (const Threshold& threshold : rule->thresholds) {
            if (passed(clock, threshold)) continue;
            const Instant moment = moment_of(threshold, clock, context);
            if (moment < clock.due_at) next = std::min(next, moment);
        }
    }
    return next;
}

Duration elapsed_of(const Clock& clock, Instant now) {
    const Instant end = clock.ended_at.value_or(now);
    Duration elapsed = end - clock.started_at;
    for (const Pause& pause : clock.pauses) {
        const Instant until = std::min(pause.until, end);
        if (pause.from < until) elapsed -= until - pause.from;
    }
    return elapsed;
}

const Pause* pause_at(const Clock& clock, Instant at) {
    if (clock.pauses.empty()) return nullptr;
    const Pause& last = clock.pauses.back();
    return !last.resumed && at < last.until ? &last : nullptr;
}

std::optional<Instant> stamp_of(const Ticket& ticket, std::string_view what) {
    for (const Stamp& stamp : ticket.stamps) {
        if (stamp.what == what) return stamp.at;
    }
    return std::nullopt;
}

const std::string* field_of(const Ticket& ticket, std::string_view name) {
    for (const Field& field : ticket.fields) {
        if (field.name == name) return &field.value;
    }
    return nullptr;
}

}  // namespace mercaptan::processor
