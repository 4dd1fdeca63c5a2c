#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/instant.h"
#include "common/domain/result.h"
#include "common/domain/text.h"
#include "processor/core/alarm_table.h"

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
    bool suppressed = false;               // By an operator.
    bool suppressed_by_design = false;     // By the window that is open at its site.
    bool out_of_service = false;           // Under maintenance, by an operator.
    std::optional<Instant> shelved_until;  // Empty: unshelved. Comes back by itself.
    bool shelved_once = false;             // And comes back earlier, when the occurrence ends.
    std::string window;                    // Open at its site: suppresses it, or explains it.
    std::uint16_t severity = 0;
    std::optional<double> value;  // At the last change.
    std::string unit;
    Instant since;                     // Event time of the reading that raised this occurrence.
    Instant first_evidence;            // The same, or of an older one that came later.
    Instant changed_at;                // Record time of the last change.
    std::vector<PastOccurrence> past;  // Oldest first.
    std::uint64_t occurrences = 0;
    std::optional<Instant> re_alarm_at;  // Record time; then it wants to be acknowledged again.
    std::uint32_t re_alarms = 0;         // Of this occurrence.
    bool late = false;
    std::string ticket_id;
    std::string actor;  // Who acted last,
    std::string note;   // and why.
    bool operator==(const Alarm&) const = default;

    static constexpr std::size_t kPastMax = 16;  // Beyond, the oldest two become one.
};

/// The states of ISA-18.2, and those of a latched alarm whose condition is over. What keeps an
/// alarm quiet comes before what it would else be.
enum class AlarmState : std::uint8_t {
    normal,
    unacknowledged,
    acknowledged,
    returned_unacknowledged,
    latched_unacknowledged,
    latched_acknowledged,
    shelved,
    suppressed,
    out_of_service,
};
inline constexpr std::size_t kAlarmStateCount = 9;

[[nodiscard]] std::string_view to_string(AlarmState state);
[[nodiscard]] AlarmState state_of(const Alarm& alarm);

/// Shelved, suppressed or out of service: it is judged and kept as ever, but calls nobody.
[[nodiscard]] bool is_quiet(const Alarm& alarm);

/// The present occurrence is over: `last` is the event time of the newest reading. Again for the
/// same occurrence, it moves its end.
void end_occurrence(Alarm& alarm, Instant last, Instant now);

/// True for evidence of an occurrence that is over: of its time, and received before its end. What
/// is received later is news, whatever time the device gives it: its clock may have stepped back.
[[nodiscard]] bool belongs_to_past(const Alarm& alarm, Instant at, Instant received_at);

struct AlarmChange {
    AlarmEvent event = AlarmEvent::raise;
    Instant at;                    // Event time for raise, clear and release, else record time.
    Instant now;                   // Record time.
    std::optional<Instant> until;  // For shelve and shelve_once.
    std::string actor;
    std::string note;
    bool emergency = false;  // A Class 1 condition: nothing can keep it quiet.
    bool latches = false;    // With raise and renew: it stays active until reset.
    bool made_safe = false;  // The ticket's place was made safe, or there is no ticket.
};

/// Applies one row of the transition table (alarm_table.h). Fails with conflict and leaves the
/// alarm as it was when no row of the event fits.
[[nodiscard]] Result<void> apply(Alarm& alarm, const AlarmChange& change);

/// The operator events that `apply` would take now.
[[nodiscard]] std::vector<AlarmEvent> allowed_events(const Alarm& alarm, bool emergency,
                                                     bool made_safe);

}  // namespace mercaptan::processor
