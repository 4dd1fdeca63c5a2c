#include <algorithm>

#include "processor/core/clock_runs.h"

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

/// The class changes, new thresholds may be those of before: a key passed once stays passed.
bool passed(const Clock& clock, const Threshold& threshold) {
    return std::find(clock.fired.begin(), clock.fired.end(), threshold.key) != clock.fired.end();
}

/// True if the line ended the clock, or forbids its start.
bool end_by(ClockRuns& runs, Clock* clock, const ClockRule& rule, const LifeLine& line) {
    const bool cancels = holds(rule.cancel, line);
    if (!cancels && !holds(rule.stop, line)) return false;
    if (clock == nullptr) return true;
    if (clock->status == ClockStatus::running) {
        runs.end(*clock, cancels ? ClockStatus::stopped : ClockStatus::met, line.at);
    } else if (clock->status == ClockStatus::breached && !cancels && !clock->reached_at) {
        clock->reached_at = line.at;
    }
    return true;
}

/// Of a clock that runs. The line ends nothing of it.
void move_running(ClockRuns& runs, Clock& clock, const ClockRule& rule, const LifeLine& line) {
    const bool paused = pause_at(clock, line.at) != nullptr;
    if (!line.takes_back && holds(rule.reset, line)) {
        runs.end(clock, ClockStatus::stopped, line.at);
        runs.start(rule, line.at);
    } else if (holds(rule.pause, line)) {
        if (!paused) runs.pause(clock, rule, line.at, line.reason);
    } else if (paused && holds(rule.resume, line)) {
        runs.resume(clock, rule, line.at);
    }
}

void begin_by(ClockRuns& runs, Ticket& ticket, const ClockRule& rule, const LifeLine& line) {
    Clock* clock = latest(ticket, rule.name);
    if (clock != nullptr && clock->status == ClockStatus::running)
        return move_running(runs, *clock, rule, line);
    if (holds(rule.pause, line) || !holds(rule.start, line)) return;
    // A step back wins no time for what had not been reached.
    if (line.takes_back && (clock == nullptr || !clock->reached_at)) return;
    runs.start(rule, line.at);
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
void warn(ClockRuns& runs, Clock& clock, const ClockRule& rule, Instant now,
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
    if (any && clock.due_at > now) runs.tell(What::warned, clock, now, std::move(actions));
}

void move_clocks(Ticket& ticket, const Policy& policy, const LifeLine& line,
                 const ClockContext& context, std::vector<ClockNews>& news) {
    ClockRuns runs{ticket, context, news};
    // All that ends does so before anything begins: a clock never hides another's end.
    std::vector<bool> settled;
    for (const ClockRule& rule : policy.clocks)
        settled.push_back(end_by(runs, latest(ticket, rule.name), rule, line));
    for (std::size_t i = 0; i < policy.clocks.size(); ++i) {
        if (!settled[i]) begin_by(runs, ticket, policy.clocks[i], line);
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
    if (line.event == TicketEvent::migrate) {
        ticket.calendar_version = line.calendar_version;
        migrate(ticket, policy, *changed_to, line.at, context, news);
    } else {
        change_class(ticket, policy, *changed_to, line.at, context, news);
    }
}

Ticket replay(std::span<const LogEntry> lines, const VersionLookup& versions, const TimeZone& zone,
              Instant now) {
    static const Calendar kNoCalendar;
    Ticket ticket;
    const Policy* policy = nullptr;
    const Calendar* calendar = &kNoCalendar;
    std::vector<ClockNews> news;
    for (const LogEntry& line : lines) {
        if (!is_life_line(line)) continue;
        const Policy* named =
            line.policy.empty() ? nullptr : versions.policy(line.policy, line.policy_version);
        const bool first = policy == nullptr;
        if (first) {
            if (named == nullptr) continue;  // The history was cut off before its beginning.
            policy = named;
            ticket.id = line.ticket_id;
            ticket.kind = policy->kind;
            ticket.policy = policy->name;
            ticket.policy_version = policy->version;
            ticket.calendar_version = line.calendar_version;
            ticket.ticket_class = policy->ticket_class;
            ticket.opened_at = line.at;
            ticket.recorded_at = line.recorded_at;
            named = nullptr;
        }
        pass_time(ticket, *policy, line.recorded_at, {*calendar, zone}, news);
        if (first || line.event == TicketEvent::migrate) {
            const Calendar* other = versions.calendar(line.calendar_version);
            calendar = other == nullptr ? calendar : other;
        }
        take(ticket, *policy, line, named, {*calendar, zone}, news);
        if (named != nullptr) policy = named;
    }
    if (policy != nullptr) pass_time(ticket, *policy, now, {*calendar, zone}, news);
    return ticket;
}

void pass_time(Ticket& ticket, const Policy& policy, Instant now, const ClockContext& context,
               std::vector<ClockNews>& news) {
    if (!is_open(ticket.state)) return;  // A verdict stands.
    ClockRuns runs{ticket, context, news};
    struct Over {
        Clock* clock;
        const ClockRule* rule;
    };
    std::vector<Over> over;
    for (Clock& clock : ticket.clocks) {
        if (clock.status != ClockStatus::running) continue;
        const ClockRule* rule = policy.clock(clock.name);
        if (rule == nullptr) continue;
        warn(runs, clock, *rule, now, context);
        if (clock.due_at <= now) over.push_back({&clock, rule});
    }
    std::stable_sort(over.begin(), over.end(), [](const Over& a, const Over& b) {
        return a.clock->due_at < b.clock->due_at;
    });
    for (const auto& [clock, rule] : over) {
        clock->status = ClockStatus::breached;
        clock->ended_at = clock->due_at;
        runs.tell(What::breached, *clock, now, rule->on_breach);
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
