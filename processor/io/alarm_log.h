#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/domain/instant.h"
#include "common/domain/result.h"
#include "processor/core/alarm.h"

// What alarms did, one row for each alarm that a commit changed: what the alarm figures are counted
// from.
namespace mercaptan::processor {

struct AlarmLogRow {
    Instant at;                // Record time.
    std::uint64_t commit = 0;  // Tells rows of one millisecond apart.
    std::string alarm{};       // Its id.
    Name site{};
    Name zone{};
    Name device{};
    std::string condition{};
    std::uint16_t severity = 0;
    std::uint64_t raised = 0;  // Occurrences that began since the alarm's last row.
    bool active = false;       // After the change, as the next three.
    bool acked = false;
    bool shelved = false;
    bool suppressed = false;
    Instant since{};  // Event time of the newest occurrence.
    bool operator==(const AlarmLogRow&) const = default;
};

/// Of an alarm that had begun `occurrences` times when its last row was written.
[[nodiscard]] AlarmLogRow alarm_log_row(const Alarm& alarm, std::uint64_t occurrences,
                                        std::uint64_t commit);

/// `day` u32 of `at`, `at` u64 ms with the sign bit flipped, commit u64, alarm id.
void alarm_log_key(std::string& out, const AlarmLogRow& row);
/// The first key at or after `at`.
void alarm_log_seek(std::string& out, Instant at);
void encode_alarm_log(std::string& out, const AlarmLogRow& row);
[[nodiscard]] Result<AlarmLogRow> decode_alarm_log(std::string_view key, std::string_view value);

}  // namespace mercaptan::processor
