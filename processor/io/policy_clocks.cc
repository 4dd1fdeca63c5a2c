#include "processor/io/policy_clocks.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "common/config/wording.h"

namespace mercaptan::processor {
namespace {

using config::Section;
using config::Shape;

constexpr std::array<std::string_view, 3> kActionNames{"page", "escalate", "redispatch"};
constexpr std::array<std::string_view, 3> kAnchorNames{"start", "received", "opened"};
constexpr std::array<std::string_view, 3> kChangeNames{"forward", "retro_anchor", "reset"};
constexpr Duration kPauseMax = std::chrono::hours{24 * 366};
constexpr std::int64_t kDayMs = 86'400'000;

Span core_span(const config::Span& span) {
    switch (span.unit) {
        case config::Span::Unit::exact:
            return {Span::Unit::exact, span.count};
        case config::Span::Unit::days:
            return {Span::Unit::days, span.count};
        case config::Span::Unit::business_days:
            return {Span::Unit::business_days, span.count};
    }
    return {};
}

std::vector<std::string_view> state_names(const LifeCycle& life) {
    std::vector<std::string_view> names;
    for (const StateRule& rule : life.states) names.push_back(rule.state.name.view());
    return names;
}

std::vector<std::string_view> event_names(const LifeCycle& life) {
    std::vector<std::string_view> names;
    for (const EventRule& rule : life.events) names.push_back(rule.event.name.view());
    return names;
}

void add_state(Section section, std::string_view key, const std::string& name,
               const LifeCycle& life, When& when) {
    if (const auto state = life.state(name)) {
        when.entered |= state_bit(*state);
    } else {
        section.error(key, config::expected_got(config::listed(state_names(life)), name));
    }
}

/// Of a key that holds a name or a list of names.
std::vector<std::string> one_or_more(Section section, std::string_view key) {
    if (section.shape(key) != Shape::scalar) return section.strings(key);
    return {section.required_string(key)};
}

std::vector<BreachAction> read_actions(Section section, std::string_view key) {
    std::vector<BreachAction> actions;
    for (const std::string& name : section.strings(key)) {
        const auto found = std::find(kActionNames.begin(), kActionNames.end(), name);
        if (found == kActionNames.end()) {
            section.error(key, config::expected_got("page, escalate or redispatch", name));
            continue;
        }
        const auto action = static_cast<BreachAction>(found - kActionNames.begin());
        if (std::count(actions.begin(), actions.end(), action) > 0) {
            section.error(key, "expected each action once, got " + name + " again");
        }
        actions.push_back(action);
    }
    return actions;
}

void read_warnings(Section section, ClockRule& clock) {
    std::optional<Span> last;
    for (const config::Span& at : section.spans("warn_at")) {
        const Span span = core_span(at);
        const std::string text = config::to_string(at);
        if (last && !surely_before(*last, span)) {
            section.error("warn_at", "expected times in rising order, got " + text);
        } else if (!clock.unlimited && !surely_before(span, clock.within)) {
            section.error("warn_at", "expected times before within, got " + text);
        }
        last = span;
        clock.thresholds.push_back({Threshold::Unit::elapsed, span, {}, text});
    }
}

Threshold read_threshold(Section section, const ClockRule& clock) {
    Threshold threshold;
    const bool at = section.has("at");
    const bool left = section.has("left");
    if (at) {
        const config::Span span = section.span("at");
        threshold.at = core_span(span);
        threshold.key = config::to_string(span);
        if (!clock.unlimited && !surely_before(threshold.at, clock.within))
            section.error("at", "expected a time before within: it would be warned of afterwards");
    } else if (left) {
        const Duration before = section.duration("left", Duration{1}, kPauseMax);
        threshold.unit = Threshold::Unit::remaining;
        threshold.at = {Span::Unit::exact, before.count()};
        threshold.key = "-" + config::to_string(before);
        if (clock.unlimited || !surely_before(threshold.at, clock.within))
            section.error("left", "expected less than within");
    } else {
        threshold.unit = Threshold::Unit::percent;
        threshold.at.count = section.integer("percent", 1, 99);
        threshold.key = std::to_string(threshold.at.count) + "%";
        if (clock.unlimited) section.error("percent", "expected a clock with a deadline");
    }
    threshold.actions = read_actions(section, "do");
    return threshold;
}

void read_thresholds(Section section, ClockRule& clock) {
    for (Section one : section.sections("thresholds")) {
        Threshold threshold = read_threshold(one, clock);
        const bool taken =
            std::any_of(clock.thresholds.begin(), clock.thresholds.end(),
                        [&](const Threshold& other) { return other.key == threshold.key; });
        if (taken) {
            section.error("thresholds",
                          "expected each threshold once, got " + threshold.key + " again");
        }
        clock.thresholds.push_back(std::move(threshold));
    }
}

/// `none`, `same_day`, `at_anchor`, or a span.
void read_within(Section section, ClockRule& clock) {
    const auto word = section.shape("within") == Shape::scalar ? section.optional_string("within")
                                                               : std::optional<std::string>{};
    if (word == "none") {
        clock.unlimited = true;
    } else if (word == "same_day") {
        clock.within = {Span::Unit::days, 0};
    } else if (word == "at_anchor") {
        clock.within = {Span::Unit::exact, 0};
        if (clock.anchor.from != Anchor::From::field)
            section.error("within", "expected an anchor that is a field: what was promised");
    } else {
        clock.within = core_span(section.span("within"));
    }
}

void read_anchor(Section section, ClockRule& clock, const LifeCycle& life) {
    if (section.shape("anchor") != Shape::section) {
        clock.anchor.from =
            section.choice<Anchor::From>("anchor", kAnchorNames, Anchor::From::start);
        return;
    }
    Section anchor = section.section("anchor");
    const auto name_of = [&](std::string_view key, Anchor::From from) {
        clock.anchor.from = from;
        clock.anchor.name = anchor.name(key);
    };
    if (anchor.has("event")) {
        name_of("event", Anchor::From::stamp);
        if (!life.event(clock.anchor.name))
            anchor.error("event", config::expected_got(config::listed(event_names(life)),
                                                       clock.anchor.name.view()));
    } else if (anchor.has("state")) {
        name_of("state", Anchor::From::stamp);
        if (!life.state(clock.anchor.name))
            anchor.error("state", config::expected_got(config::listed(state_names(life)),
                                                       clock.anchor.name.view()));
    } else {
        name_of("field", Anchor::From::field);
        const bool is_time =
            std::any_of(life.events.begin(), life.events.end(), [&](const EventRule& event) {
                return std::any_of(event.needs.begin(), event.needs.end(), [&](const auto& need) {
                    return need.name == clock.anchor.name && need.type == FieldType::time;
                });
            });
        if (!is_time)
            anchor.error("field", "expected a field of type time that an event needs, got \"" +
                                      clock.anchor.name.str() + "\"");
    }
}

StateMask from_rank(const LifeCycle& life, std::size_t rank) {
    StateMask mask = 0;
    for (std::size_t i = rank; i < life.states.size(); ++i) mask |= state_bit(i);
    return mask & ~life.states_of(StateCategory::voided);
}

/// `from` and `until`: it starts when the ticket enters `from`, is met when it enters `until` or a
/// later state, and is cancelled by a step back to before `from`. False if that makes no sense.
bool read_short_form(Section section, ClockRule& clock, const LifeCycle& life) {
    std::vector<std::string_view> names;
    std::vector<std::size_t> ranks;
    for (std::size_t i = 0; i < life.states.size(); ++i) {
        if (life.states[i].state.category == StateCategory::voided) continue;
        names.push_back(life.states[i].state.name.view());
        ranks.push_back(i);
    }
    const auto known = [&](std::string_view key) {
        const auto text = section.optional_string(key);
        return text && std::find(names.begin(), names.end(), *text) != names.end();
    };
    const std::size_t from = ranks[section.choice_index("from", names)];
    const std::size_t until = ranks[section.choice_index("until", names)];
    clock.from = life.states[from].state;
    clock.until = life.states[until].state;
    const bool both_known = known("from") && known("until");
    if (until <= from && both_known) {
        section.error("until", "expected a state after " + clock.from.name.str());
    }
    clock.start.entered = clock.reset.entered = state_bit(from);
    clock.stop.entered = from_rank(life, until);
    clock.cancel.entered = (state_bit(from) - 1) & ~clock.stop.entered;
    return both_known && from < until;
}

StateMask after(const EventRule& rule, StateMask before) {
    const StateMask from = rule.from | rule.from_below_class_1;
    if ((from & before) == 0) return 0;
    return rule.to ? state_bit(*rule.to) : from & before;
}

/// Something that stops the clock can happen once it has started.
bool can_end(const ClockRule& clock, const LifeCycle& life) {
    StateMask reached = clock.start.entered;
    const StateMask all = (StateMask{1} << life.states.size()) - 1;
    for (std::size_t i = 0; i < life.events.size(); ++i) {
        if ((clock.start.happened & event_bit(i)) != 0) reached |= after(life.events[i], all);
    }
    for (std::size_t round = 0; round <= life.states.size(); ++round) {
        for (std::size_t i = 0; i < life.events.size(); ++i) {
            const StateMask to = after(life.events[i], reached);
            if (to == 0) continue;
            if ((to & clock.stop.entered) != 0 && life.events[i].to) return true;
            if ((clock.stop.happened & event_bit(i)) != 0) return true;
            reached |= to;
        }
    }
    return false;
}

void check_conditions(Section section, const ClockRule& clock, const LifeCycle& life) {
    if (!section.has("start") && !section.has("from"))
        section.error("start", "expected a state or an event that starts it");
    if (clock.start.overlaps(clock.stop)) {
        section.error("start", "expected no part of stop: what ends a clock doesn't start it");
    } else if (clock.start.overlaps(clock.cancel)) {
        section.error("start", "expected no part of cancel: what ends a clock doesn't start it");
    } else if (!clock.start.empty() && !can_end(clock, life)) {
        section.error("stop",
                      "expected something that can happen after start: the clock would "
                      "never stop");
    }
    const StateMask starts_unpaused = clock.start.entered & ~clock.pause.entered;
    const EventMask begins_unpaused = clock.start.happened & ~clock.pause.happened;
    if (!clock.start.empty() && starts_unpaused == 0 && begins_unpaused == 0) {
        section.error("pause", "expected less than all of start: the clock would never start");
    }
}

void read_pause(Section section, ClockRule& clock, const Policy& policy) {
    const LifeCycle& life = *policy.life_cycle;
    clock.pause = read_when(section, "pause", life);
    clock.resume = read_when(section, "resume", life);
    if (clock.pause.empty()) {
        if (!clock.resume.empty()) section.error("resume", "expected pause beside it");
        return;
    }
    if (policy.ticket_class == TicketClass::one)
        section.error("pause", "expected none for class 1: its clocks never stand still");
    clock.pause_max = section.duration("pause_max", std::chrono::seconds{1}, kPauseMax);
    clock.pause_total_max =
        section.duration("pause_total_max", clock.pause_max, kPauseMax, clock.pause_max);
    clock.pause_reasons = section.strings("pause_reasons");
    if (clock.pause_reasons.empty())
        section.error("pause_reasons", "expected the reasons that may be given");
    if ((life.open_states() & ~clock.pause.entered) == 0)
        section.error("pause",
                      "expected an open state in which the clock runs: this is all of them");
}

/// Breaches and warnings that start the clock itself anew.
void check_loops(Section section, const ClockRule& clock, const LifeCycle& life) {
    const EventRule* sends = life.event_doing(Action::send_crew);
    if (sends == nullptr || !sends->to) return;
    const auto redispatches = [](const std::vector<BreachAction>& actions) {
        return std::count(actions.begin(), actions.end(), BreachAction::redispatch) > 0;
    };
    const auto index = life.event(sends->event.name);
    const When line{state_bit(*sends->to), event_bit(*index)};
    if (!clock.reset.overlaps(line) && !clock.start.overlaps(line)) return;
    const bool by_warning =
        std::any_of(clock.thresholds.begin(), clock.thresholds.end(),
                    [&](const Threshold& threshold) { return redispatches(threshold.actions); });
    if (by_warning && clock.reset.overlaps(line)) {
        section.error("thresholds",
                      "expected no redispatch: it resets the clock, which could never breach");
    }
    if (redispatches(clock.on_breach) && clock.anchor.from != Anchor::From::start) {
        section.error("on_breach",
                      "expected no redispatch: it starts the clock again at its "
                      "anchor, and it would breach at once, for ever");
    }
}

void read_conditions(Section section, ClockRule& clock, const Policy& policy) {
    const LifeCycle& life = *policy.life_cycle;
    bool sound = true;
    if (!section.has("start") && !section.has("stop")) {
        sound = read_short_form(section, clock, life);
    } else {
        clock.start = read_when(section, "start", life);
        clock.stop = read_when(section, "stop", life);
        clock.reset = read_when(section, "reset", life);
    }
    const When cancel = read_when(section, "cancel", life);
    clock.cancel.entered |= cancel.entered;
    clock.cancel.happened |= cancel.happened;
    // Work that is given up meets no deadline, unless giving up is what the clock waits for.
    clock.cancel.entered |= life.states_of(StateCategory::voided) & ~clock.stop.entered;
    read_pause(section, clock, policy);
    if (sound) check_conditions(section, clock, life);
}

/// Absent if the file says that there is none.
std::optional<ClockRule> read_clock(Section section, const Policy& policy, PolicyMarks& marks) {
    ClockRule clock;
    clock.name = section.name("name").str();
    const bool timed = section.has("from") || section.has("start") || section.has("until");
    if (!timed && section.optional_string("within") == "none") {
        static_cast<void>(section.required_string("because"));
        marks.none.insert(clock.name);
        return std::nullopt;
    }
    read_conditions(section, clock, policy);
    read_anchor(section, clock, *policy.life_cycle);
    read_within(section, clock);
    read_warnings(section, clock);
    read_thresholds(section, clock);
    clock.on_breach = read_actions(section, "on_breach");
    clock.on_class_change =
        section.choice<OnClassChange>("on_class_change", kChangeNames, OnClassChange::forward);
    check_loops(section, clock, *policy.life_cycle);
    marks.within[clock.name] = section.where("within");
    if (section.optional_string("later_because")) marks.later.insert(clock.name);
    if (clock.unlimited) static_cast<void>(section.required_string("because"));
    // For readers of the file: the article that sets the deadline.
    static_cast<void>(section.optional_string("source"));
    return clock;
}

}  // namespace

bool surely_before(const Span& a, const Span& b) {
    if (a.unit == b.unit) return a.count < b.count;
    if (a.unit == Span::Unit::exact) return a.count < b.count * kDayMs;
    return a.unit == Span::Unit::days && b.unit == Span::Unit::business_days && a.count < b.count;
}

When read_when(Section section, std::string_view key, const LifeCycle& life) {
    When when;
    if (section.shape(key) != Shape::section) {
        if (!section.has(key)) return when;
        for (const std::string& name : one_or_more(section, key))
            add_state(section, key, name, life, when);
        return when;
    }
    Section inner = section.section(key);
    for (const std::string& name : one_or_more(inner, "state"))
        add_state(inner, "state", name, life, when);
    for (const std::string& name : one_or_more(inner, "event")) {
        if (const auto event = life.event(name)) {
            when.happened |= event_bit(*event);
        } else {
            inner.error("event", config::expected_got(config::listed(event_names(life)), name));
        }
    }
    return when;
}

void read_clocks(Section root, Policy& policy, PolicyMarks& marks) {
    marks.clocks = root.where("clocks");
    for (Section section : root.sections("clocks")) {
        std::optional<ClockRule> clock = read_clock(section, policy, marks);
        if (!clock) continue;
        if (policy.clock(clock->name) != nullptr || marks.none.contains(clock->name)) {
            section.error("name", "expected a name of its own, got \"" + clock->name + "\" again");
        }
        policy.clocks.push_back(*std::move(clock));
    }
    if (policy.clocks.size() > kClocksPerPolicyMax) {
        root.error("clocks", "expected at most " + std::to_string(kClocksPerPolicyMax) +
                                 " clocks, got " + std::to_string(policy.clocks.size()));
    }
}

}  // namespace mercaptan::processor
