#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/instant.h"
#include "common/domain/result.h"
#include "common/domain/text.h"

namespace mercaptan::processor {

/// An occurrence of an alarm that is over.
struct PastOccurrence {
    Instant first;  // Event times of its first evidence, and of the newest reading at its end.
    Instant last;
    Instant ended_at;  // Record time.
    bool operator==(const PastOccurrence&) const = default;
};

/// A device's condition as operators see it; names as OPC UA Part 9.
struct Alarm {
    std::string id;  // Of site, device and condition: the same for every occurrence.
    Name site;
    Name zone;
    Name device;
    std::string condition;
    bool present = false;  // What the readings say now, whatever people did.
    bool active = false;   // For a latched alarm: until reset.
    bool acked = true;
    bool confirmed = true;
    bool latched = false;
    bool suppressed = false;
    std::optional<Instant> shelved_until;
    std::uint16_t severity = 0;
    std::optional<double> value;  // At the last change.
    std::string unit;
    Instant since;                     // Event time of the reading that raised this occurrence.
    Instant first_evidence;            // The same, or of an older one that came later.
    Instant changed_at;                // Record time of the last change.
    std::vector<PastOccurrence> past;  // Oldest first.
    std::uint64_t occurrences = 0;
    bool late = false;
    std::string ticket_id;
    std::string actor;  // Who acted last.
    bool operator==(const Alarm&) const = default;

    static constexpr std::size_t kPastMax = 16;  // Beyond, the oldest two become one.
};

/// The present occurrence is over: `last` is the event time of the newest reading. Again for the
/// same occurrence, it moves its end.
void end_occurrence(Alarm& alarm, Instant last, Instant now);

/// True for evidence of an occurrence that is over: of its time, and received before its end. What
/// is received later is news, whatever time the device gives it: its clock may have stepped back.
[[nodiscard]] bool belongs_to_past(const Alarm& alarm, Instant at, Instant received_at);

enum class AlarmEvent : std::uint8_t {
    raise,  // The condition came true.
    clear,  // The condition came false.
    ack,
    confirm,
    reset,
    shelve,
    unshelve,
    suppress,
    unsuppress,
};

inline constexpr std::size_t kAlarmEventCount = 9;

[[nodiscard]] std::string_view to_string(AlarmEvent event);
/// Of the events that an operator may send.
[[nodiscard]] std::optional<AlarmEvent> alarm_event_from(std::string_view name);

struct AlarmChange {
    AlarmEvent event = AlarmEvent::raise;
    Instant at;                    // Event time for raise and clear, record time for the rest.
    Instant now;                   // Record time.
    std::optional<Instant> until;  // For shelve.
    std::string actor;
    bool emergency = false;  // A Class 1 condition: can't be shelved or suppressed.
    bool latches = false;    // With raise: it stays active until reset.
    bool made_safe = false;  // The ticket's place was made safe, or there is no ticket.
};

/// Applies one row of the transition table (processor/core/README.md). Fails with conflict and
/// leaves the alarm as it was when the event is not allowed in its state.
[[nodiscard]] Result<void> apply(Alarm& alarm, const AlarmChange& change);

/// The operator events that `apply` would take now.
[[nodiscard]] std::vector<AlarmEvent> allowed_events(const Alarm& alarm, bool emergency,
                                                     bool made_safe);

}  // namespace mercaptan::processor
