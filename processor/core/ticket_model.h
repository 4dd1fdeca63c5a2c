#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/instant.h"
#include "common/domain/text.h"

namespace mercaptan::processor {

enum class TicketKind : std::uint8_t { repair, complaint, hazard, inspection, callback };
enum class TicketClass : std::uint8_t { one = 1, two = 2, three = 3 };

/// In the order of the work; a later one implies the earlier. `cancelled` stands apart.
enum class TicketState : std::uint8_t {
    raised,
    dispatched,
    accepted,
    departed,
    on_site,
    made_safe,
    repaired,
    closed,
    cancelled,
};
inline constexpr std::size_t kTicketStateCount = 9;

/// What people and the system do to a ticket. The second group only the engine writes.
enum class TicketEvent : std::uint8_t {
    dispatch,
    accept,
    decline,
    depart,
    arrive,
    make_safe,
    repair,
    close,
    cancel,
    reopen,
    reclassify,
    note,
    raised,
    clock_started,
    clock_warned,
    clock_breached,
    clock_met,
    clock_stopped,
    escalated,
    joined,
};
inline constexpr std::size_t kOperatorEventCount = 12;

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
[[nodiscard]] std::string_view to_string(TicketState state);
[[nodiscard]] std::string_view to_string(TicketEvent event);
[[nodiscard]] std::string_view to_string(ClockStatus status);
[[nodiscard]] std::string_view to_string(Symptom symptom);
[[nodiscard]] std::optional<TicketKind> ticket_kind_from(std::string_view name);
[[nodiscard]] std::optional<TicketState> ticket_state_from(std::string_view name);
/// Of the events that an operator may send.
[[nodiscard]] std::optional<TicketEvent> operator_event_from(std::string_view name);
[[nodiscard]] std::optional<Symptom> symptom_from(std::string_view name);

/// True while there is work left: neither closed nor cancelled.
[[nodiscard]] constexpr bool is_open(TicketState state) {
    return state != TicketState::closed && state != TicketState::cancelled;
}

/// One run of a named deadline of a ticket.
struct Clock {
    std::string name;
    std::uint32_t cycle = 1;  // Rises each time the ticket enters the clock's first state again.
    Instant started_at;
    Instant due_at;
    ClockStatus status = ClockStatus::running;
    std::optional<Instant> ended_at;  // When it was met, breached or stopped.
    std::uint32_t warnings = 0;       // How many of the policy's warnings were given.
    bool operator==(const Clock&) const = default;
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

struct Ticket {
    std::string id;
    TicketKind kind = TicketKind::repair;
    std::optional<TicketClass> ticket_class;
    std::string policy;
    TicketState state = TicketState::raised;
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
    std::uint32_t attempt = 0;  // Dispatch orders so far.
    std::vector<Name> tried;    // Crews that declined or let the order lapse, in this round.
    std::uint32_t escalation_level = 0;
    std::optional<Instant> escalate_at;
    std::vector<Clock> clocks;
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
    bool operator==(const LogEntry&) const = default;
};

}  // namespace mercaptan::processor
