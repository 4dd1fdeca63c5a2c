#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "processor/core/calendar.h"
#include "processor/core/policy.h"
#include "processor/core/ticket_model.h"

// The one place where clocks move. A ticket's clocks are a fold over the lines of its history that
// people and the system made (not those that say what clocks did), and over time:
//
//     for each line: pass_time(ticket, line.recorded_at); take(ticket, line);  then pass_time(now)
//
// The ticket book does that line by line as they are made; `replay` does it over a whole history.
// Nothing else is remembered, so both always agree.
namespace mercaptan::processor {

/// What deadlines are counted with.
struct ClockContext {
    const Calendar& calendar;
    const TimeZone& zone;
};

/// A line that people or the system made: not one that says what a clock did, or who was told.
[[nodiscard]] bool is_life_line(const LogEntry& line);

/// The field that says why a clock is to stand still; without it the note does.
inline constexpr std::string_view kPauseReason = "reason";
[[nodiscard]] std::string_view reason_of(const LogEntry& line);

/// What a clock did, for the history and for the actions that follow.
struct ClockNews {
    enum class What : std::uint8_t {
        started,
        warned,
        breached,
        met,
        stopped,
        paused,
        resumed,
        moved,  // It has another deadline, by another version of its policy or calendar.
    };
    What what = What::started;
    std::string clock;
    std::uint32_t cycle = 1;
    Instant at;
    Instant due_at;
    std::vector<BreachAction> actions;
    std::string note;  // Of a pause: until when, and why. Of a move: from when to when.
};

/// When a run is over that counts from `from` and stands still in the pauses. A day counts if its
/// end is not within a pause.
[[nodiscard]] Instant due_of(Instant from, const Span& span, const std::vector<Pause>& pauses,
                             const ClockContext& context);

/// When a threshold of a clock is passed.
[[nodiscard]] Instant moment_of(const Threshold& threshold, const Clock& clock,
                                const ClockContext& context);

/// Takes a line of the ticket's history: its state, fields and stamps, then each clock by the
/// strongest of its conditions that holds: cancel before stop before reset before pause before
/// resume before start. A line that begins the work again forgets the fields: they were evidence of
/// the first work. `policy` is the one in force; `changed_to`, if the line changes the class or
/// moves the ticket to another version: then `context` is that of the new version.
void take(Ticket& ticket, const Policy& policy, const LogEntry& line, const Policy* changed_to,
          const ClockContext& context, std::vector<ClockNews>& news);

/// Passes thresholds and deadlines up to `now`; breaches in the order in which they were due.
void pass_time(Ticket& ticket, const Policy& policy, Instant now, const ClockContext& context,
               std::vector<ClockNews>& news);

/// What a history names, or nullptr.
struct VersionLookup {
    std::function<const Policy*(std::string_view name, std::string_view version)> policy;
    std::function<const Calendar*(std::string_view version)> calendar;
};

/// The ticket that a history makes: policy, state, fields, stamps and clocks as of `now`. The lines
/// are all of one ticket, in order. Nothing else of it is filled in but what its first line says.
[[nodiscard]] Ticket replay(std::span<const LogEntry> lines, const VersionLookup& versions,
                            const TimeZone& zone, Instant now);

/// What another version of its policy or calendar would make of one of a ticket's clocks.
struct ClockMove {
    std::string clock;
    std::optional<Instant> old_due_at;  // Absent: it has not run so far.
    Instant new_due_at;
    ClockStatus verdict = ClockStatus::running;
};

/// What `migrate` would change of the ticket's clocks as of `now`; what is decided stays as it is.
/// `context` has the new calendar.
[[nodiscard]] std::vector<ClockMove> moves_of(const Ticket& ticket, const Policy& from,
                                              const Policy& to, const ClockContext& context,
                                              Instant now);

/// When `pass_time` next has something to do; kNever: not before the next line.
[[nodiscard]] Instant next_moment(const Ticket& ticket, const Policy& policy,
                                  const ClockContext& context);

/// How long a run has counted by `now`: from its anchor to its end, less its pauses.
[[nodiscard]] Duration elapsed_of(const Clock& clock, Instant now);

/// The pause that a clock stands still in at `at`, or nullptr.
[[nodiscard]] const Pause* pause_at(const Clock& clock, Instant at);

[[nodiscard]] std::optional<Instant> stamp_of(const Ticket& ticket, std::string_view what);
[[nodiscard]] const std::string* field_of(const Ticket& ticket, std::string_view name);

}  // namespace mercaptan::processor
