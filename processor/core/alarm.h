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
    Instant since;       // Event time of the reading that raised this occurrence.
    Instant changed_at;  // Record time of the last change.
    std::optional<Instant>
        ended_at;  // Event time up to which evidence is of an earlier occurrence.
    std::uint64_t occurrences = 0;
    bool late = false;
    std::string ticket_id;
    std::string actor;  // Who acted last.
    bool operator==(const Alarm&) const = default;
};

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
