#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/instant.h"
#include "common/domain/text.h"
#include "processor/core/calendar.h"

namespace mercaptan::processor {

enum class TicketKind : std::uint8_t {
    repair,
    complaint,
    hazard,
    inspection,
    callback,
    planned_work,
    ledger,
    emergency_plan,
};
inline constexpr std::size_t kTicketKindCount = 8;
enum class TicketClass : std::uint8_t { one = 1, two = 2, three = 3 };

/// What a state means to the engine; what it is called is the life cycle's affair.
enum class StateCategory : std::uint8_t { open, waiting, done, voided };

/// A state of a ticket, as its life cycle declares it: the name tells states apart, the rest says
/// what the engine must know of it without the life cycle at hand.
struct TicketState {
    Name name;
    StateCategory category = StateCategory::open;
    bool in_hand = false;   // Somebody has taken it on: nobody need be looked for.
    bool safe = false;      // The place is safe: its alarms may be reset.
    bool en_route = false;  // A crew is on its way.

    friend bool operator==(const TicketState& a, const TicketState& b) { return a.name == b.name; }
    friend auto operator<=>(const TicketState& a, const TicketState& b) {
        return a.name <=> b.name;
    }
};

/// What happens to a ticket. People send those that its life cycle declares; these few only the
/// engine writes, into every history.
struct TicketEvent {
    Name name;

    friend bool operator==(const TicketEvent& a, const TicketEvent& b) { return a.name == b.name; }
    friend auto operator<=>(const TicketEvent& a, const TicketEvent& b) {
        return a.name <=> b.name;
    }

    static const TicketEvent raised;
    static const TicketEvent joined;
    static const TicketEvent note;  // People send it, too.
    static const TicketEvent clock_started;
    static const TicketEvent clock_warned;
    static const TicketEvent clock_breached;
    static const TicketEvent clock_met;
    static const TicketEvent clock_stopped;
    static const TicketEvent clock_paused;
    static const TicketEvent clock_resumed;
    static const TicketEvent clock_moved;
    static const TicketEvent escalated;
    /// The ticket goes under another version of its policy. People send it to any open ticket.
    static const TicketEvent migrate;
};
inline constexpr TicketEvent TicketEvent::raised{"raised"};
inline constexpr TicketEvent TicketEvent::joined{"joined"};
inline constexpr TicketEvent TicketEvent::note{"note"};
inline constexpr TicketEvent TicketEvent::clock_started{"clock_started"};
inline constexpr TicketEvent TicketEvent::clock_warned{"clock_warned"};
inline constexpr TicketEvent TicketEvent::clock_breached{"clock_breached"};
inline constexpr TicketEvent TicketEvent::clock_met{"clock_met"};
inline constexpr TicketEvent TicketEvent::clock_stopped{"clock_stopped"};
inline constexpr TicketEvent TicketEvent::clock_paused{"clock_paused"};
inline constexpr TicketEvent TicketEvent::clock_resumed{"clock_resumed"};
inline constexpr TicketEvent TicketEvent::clock_moved{"clock_moved"};
inline constexpr TicketEvent TicketEvent::escalated{"escalated"};
inline constexpr TicketEvent TicketEvent::migrate{"migrate"};

enum class ClockStatus : std::uint8_t { running, met, breached, stopped };

enum class Symptom : std::uint8_t {
    gas_smell,
    leak,
    pipe_break,
    fire,
    explosion,
    no_gas,
    abnormal_flame,
    meter_fault,
    valve_fault,
    appliance_fault,
    other,
};
inline constexpr std::size_t kSymptomCount = 11;

[[nodiscard]] std::string_view to_string(TicketKind kind);
[[nodiscard]] inline std::string_view to_string(const TicketState& state) {
    return state.name.view();
}
[[nodiscard]] inline std::string_view to_string(const TicketEvent& event) {
    return event.name.view();
}
[[nodiscard]] std::string_view to_string(StateCategory category);
[[nodiscard]] std::string_view to_string(ClockStatus status);
[[nodiscard]] std::string_view to_string(Symptom symptom);
[[nodiscard]] std::optional<TicketKind> ticket_kind_from(std::string_view name);
/// No life cycle declares events of this name: the engine knows what they are.
[[nodiscard]] bool is_reserved_event(std::string_view name);
[[nodiscard]] std::optional<Symptom> symptom_from(std::string_view name);

/// True while there is work left: neither done nor void.
[[nodiscard]] inline bool is_open(const TicketState& state) {
    return state.category == StateCategory::open || state.category == StateCategory::waiting;
}

/// A time in which a clock stood still. Its end is known from the beginning, because every pause
/// has a limit; who resumes sooner moves it.
struct Pause {
    Instant from;
    Instant until;
    bool resumed = false;
    std::string reason;
    bool operator==(const Pause&) const = default;
};

/// A clock without a deadline, where the rules give none, is due then.
inline constexpr Instant kNever = kInstantMax;

/// One run of a named deadline of a ticket. All of it follows from the ticket's history and its
/// policy (clock_fold.h).
struct Clock {
    std::string name;
    std::uint32_t cycle = 1;  // Rises with each run.
    Instant started_at;       // Its anchor.
    Instant due_at;
    ClockStatus status = ClockStatus::running;
    std::optional<Instant> ended_at;      // When it was met or stopped; breached: when it was due.
    std::uint32_t warnings = 0;           // How many thresholds were passed.
    std::optional<Instant> reached_at{};  // When what it waited for happened, after a breach too.
    Instant counted_from{};               // `within` runs from here: the anchor, or a class change.
    Span within{};
    std::vector<std::string> fired{};  // The thresholds passed, by key.
    std::vector<Pause> pauses{};
    bool operator==(const Clock&) const = default;
};

/// When a state was last entered or an event last happened.
struct Stamp {
    Name what;
    Instant at;
    bool operator==(const Stamp&) const = default;
};

/// What was recorded with an event: a reading, a signature, a promised time.
struct Field {
    Name name;
    std::string value;
    bool operator==(const Field&) const = default;
};

/// The evidence that opened a ticket.
struct Cause {
    std::string condition;  // `gas.alarm`, or `report.gas_smell` for a person's report.
    Name device;            // Empty for a report.
    std::optional<double> value;
    std::string unit;
    Instant at;
    bool operator==(const Cause&) const = default;
};

/// A public notice that a ticket has sent, as later ones refer to it.
struct NoticeRef {
    std::string id;
    Instant sent_at;
    bool operator==(const NoticeRef&) const = default;
};

struct Ticket {
    std::string id;
    TicketKind kind = TicketKind::repair;
    std::optional<TicketClass> ticket_class;
    std::string policy;
    std::string policy_version;  // Of content; as it was when the ticket opened, changed its class
    std::string calendar_version;  // or was migrated.
    TicketState state;
    Name site;
    Name zone;
    std::string hazard_key;
    std::vector<Name> devices;
    Cause cause;
    Instant opened_at;    // What its first clocks count from: when the gateway or a person had it.
    Instant recorded_at;  // When the processor had it.
    Instant touched_at;   // When evidence last came in.
    std::optional<Instant> closed_at;
    Name assignee;
    std::optional<Instant> shift_ends_at;  // Of the assignee; until that was acted on.
    std::uint32_t attempt = 0;             // Dispatch orders so far.
    std::vector<Name> tried;  // Crews that declined or let the order lapse, in this round.
    std::uint32_t escalation_level = 0;
    std::optional<Instant> escalate_at;
    std::vector<Name> escalation;  // Roles by level, frozen at opening; the last one stays.
    std::vector<Clock> clocks;
    std::vector<Stamp> stamps;
    std::vector<Field> fields;        // The newest value of each.
    std::vector<Name> evidence_owed;  // Fields that an event should have brought and did not.
    std::uint32_t reopened = 0;
    std::vector<NoticeRef> notices;  // The newest TicketBook::kNoticesMax.
    std::string channel;
    std::string symptom;      // Of a report.
    std::string description;  // Of a report.
    std::string safety;       // Of a report: JSON object as given.
    bool unregistered = false;
    bool late = false;  // The evidence was older than what had been seen of the device.
    std::string rule_version;
    std::uint64_t version = 0;
    std::uint64_t log_size = 0;
    std::vector<std::string> source_events;  // What opened it, then the newest; each once.
    std::uint64_t source_count = 0;          // Of all, also those not named any more.
    bool operator==(const Ticket&) const = default;
};

/// One line of a ticket's history; never changed once written.
struct LogEntry {
    std::string ticket_id;
    std::uint64_t index = 0;    // Dense from 0 within the ticket.
    std::uint64_t version = 0;  // Of the ticket after it.
    Instant at;                 // When it happened.
    Instant recorded_at;        // When the processor had it.
    std::string actor;          // A person, a crew, or `system`.
    TicketEvent event = TicketEvent::note;
    std::string clock;
    std::optional<TicketState> from;
    std::optional<TicketState> to;
    std::optional<Duration> late;  // For clock_breached: fired minus due.
    std::string note;
    std::string policy{};  // Where it came into force: raised, the class changed, migrated.
    std::string policy_version{};
    std::string calendar_version{};  // Raised, migrated.
    std::vector<Field> fields{};
    bool operator==(const LogEntry&) const = default;
};

}  // namespace mercaptan::processor
