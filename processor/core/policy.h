#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/text.h"
#include "processor/core/calendar.h"
#include "processor/core/life_cycle.h"
#include "processor/core/ticket_model.h"

namespace mercaptan::processor {

enum class BreachAction : std::uint8_t { page, escalate, redispatch };

/// One of a clock's six conditions: true of a line of the history that enters one of these states
/// or is one of these events.
struct When {
    StateMask entered = 0;
    EventMask happened = 0;

    [[nodiscard]] bool empty() const { return entered == 0 && happened == 0; }
    [[nodiscard]] bool overlaps(const When& other) const {
        return (entered & other.entered) != 0 || (happened & other.happened) != 0;
    }
};

/// What a clock counts from.
struct Anchor {
    enum class From : std::uint8_t {
        start,     // The line that started it.
        received,  // When the report or the reading came in.
        opened,    // When it was recorded.
        stamp,     // When an event last happened, or a state was last entered.
        field,     // A time that was recorded: what was promised.
    };
    From from = From::start;
    Name name;  // Of the event, state or field.
};

/// A point on the way to the deadline. It is passed once per ticket, clock and cycle.
struct Threshold {
    enum class Unit : std::uint8_t { elapsed, remaining, percent };
    Unit unit = Unit::elapsed;
    Span at;  // Of `percent`: exact, 0 to 100 in `count`.
    std::vector<BreachAction> actions;
    std::string key;  // `15m`, `-5m`, `50%`: what it is known by across policies.
};

/// What becomes of a running clock when the ticket's class changes. A stricter class never gets a
/// later deadline by any of them.
enum class OnClassChange : std::uint8_t {
    forward,       // A stricter limit counts from the change; a laxer one from the anchor.
    retro_anchor,  // The new limit counts from the anchor.
    reset,         // The run ends and a new one begins at the change.
};

struct ClockRule {
    std::string name;
    TicketState from;   // As the short form names it; else empty.
    TicketState until;  // Likewise.
    When start;
    When pause;
    When resume;
    When stop;
    When cancel;
    When reset;
    Anchor anchor;
    Span within;
    bool unlimited = false;  // The rules give no deadline: `within: none`.
    std::vector<Threshold> thresholds;
    std::vector<BreachAction> on_breach;
    OnClassChange on_class_change = OnClassChange::forward;
    Duration pause_max{0};        // One pause at most.
    Duration pause_total_max{0};  // All of a run together.
    std::vector<std::string> pause_reasons;
};

/// A ticket that an event of this one opens by itself.
struct FollowUp {
    When when;
    std::string policy;
    std::string because;
};

/// Which policy a report gets that names none.
enum class Chosen : std::uint8_t {
    always,       // The first one of its kind and class.
    if_no_other,  // Unless another one is there.
    by_name,      // Never.
};

/// What becomes of open tickets when a policy's file is changed.
enum class WhenChanged : std::uint8_t {
    pin,      // They keep the version that they have, until somebody migrates them.
    migrate,  // They go under the new version at once.
};

/// How one kind and class of ticket is run. Times: see `Span`.
struct Policy {
    std::string name;     // `repair.class1`; unique.
    std::string version;  // Of its content and its life cycle's.
    std::string text;     // Its file, to be read again for tickets that are pinned to it.
    WhenChanged when_changed = WhenChanged::pin;
    TicketKind kind = TicketKind::repair;
    std::optional<TicketClass> ticket_class;
    Chosen chosen = Chosen::always;
    bool business_calendar = false;
    bool auto_dispatch = true;
    std::vector<Name> skills;       // Crews that have them are sent before others.
    bool evidence_required = true;  // Else what an event lacks is noted and owed.
    /// After a breach, until somebody has accepted: escalate and page again this often. Zero:
    /// never.
    Duration escalate_every{0};
    Duration repeat_window{0};     // Reopened this soon, the first repair did not hold.
    std::vector<Name> escalation;  // Roles by level.
    std::shared_ptr<const LifeCycle> life_cycle;
    std::vector<ClockRule> clocks;
    std::vector<FollowUp> follow_ups;
    std::string zh;
    std::string en;

    [[nodiscard]] const ClockRule* clock(std::string_view clock_name) const {
        for (const ClockRule& rule : clocks) {
            if (rule.name == clock_name) return &rule;
        }
        return nullptr;
    }
};

/// A ticket in this state can be run by the policy: it has the state, and it is no end there.
[[nodiscard]] inline bool knows_open_state(const Policy& policy, const TicketState& state) {
    const auto found = policy.life_cycle->state(state.name);
    return found && is_open(policy.life_cycle->states[*found].state);
}

}  // namespace mercaptan::processor
