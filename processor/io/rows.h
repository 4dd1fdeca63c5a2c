#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/instant.h"
#include "common/domain/reading.h"
#include "common/domain/result.h"
#include "processor/core/alarm.h"
#include "processor/core/device.h"
#include "processor/core/ticket_model.h"

// Keys and values of the processor's store; the grammar is in processor/io/README.md.
//
// Every `encode_*` and `*_key` that takes `out` replaces its content and keeps its memory. Every
// `decode_*` fails with corrupt, and only so, on bytes that were not written by its counterpart.
namespace mercaptan::processor {

namespace bytes {
class Reader;
}

/// How far a reading can be trusted, by what the device says of itself; words as OPC UA.
enum class Quality : std::uint8_t { good, uncertain, bad };

[[nodiscard]] std::string_view to_string(Quality quality);
/// bad: sensor fault. uncertain: warming up, in self-test or past its life. good: the rest.
[[nodiscard]] Quality quality_of(const Reading& reading);

/// A reading as it is kept.
struct HistoryRow {
    Reading reading;      // Its origin is kept in the journal, and in history if it has no seq.
    Instant recorded_at;  // When the processor had it.
    bool late = false;    // Older than what had been seen of the device.
    Quality quality = Quality::good;
};

// --- history: a day can be dropped whole.

/// Days since 1970 (UTC) of an instant, not below zero.
[[nodiscard]] std::uint32_t day_of(Instant at);

void history_key(std::string& out, const Reading& reading);
/// A lower bound of the day's rows of the device at or after `at`; for one site of it or all.
void history_seek(std::string& out, std::uint32_t day, std::string_view device);
void history_seek(std::string& out, std::uint32_t day, std::string_view device,
                  std::string_view site, Instant at);
/// The day of a history key, without a look at the rest. Corrupt: zero, so the oldest.
[[nodiscard]] std::uint32_t history_key_day(std::string_view key);

void encode_history(std::string& out, const Reading& reading, Instant recorded_at, bool late);
[[nodiscard]] Result<HistoryRow> decode_history(std::string_view key, std::string_view value);

// --- journal: all records of one commit in one value; see journal.h.

void journal_key(std::string& out, std::uint64_t commit);
[[nodiscard]] Result<std::uint64_t> decode_journal_key(std::string_view key);
/// Appends one reading.
void encode_journal_reading(std::string& out, const Reading& reading, Instant recorded_at,
                            bool late);
/// Reads one; if it is damaged, the reader has failed.
void take_journal_reading(bytes::Reader& in, HistoryRow& row);

// --- devices

void device_key(std::string& out, std::string_view device, std::string_view site);
/// The first key of a device at any site; its keys are those that start with it.
void device_prefix(std::string& out, std::string_view device);
void encode_device(std::string& out, const DeviceRow& row);
[[nodiscard]] Result<DeviceRow> decode_device(std::string_view key, std::string_view value);

// --- alarms and tickets: the key is the id

void encode_alarm(std::string& out, const Alarm& alarm);
[[nodiscard]] Result<Alarm> decode_alarm(std::string_view value);
/// A key of the index that lists alarms newest first, then by id.
void alarm_order_key(std::string& out, Instant since, std::string_view alarm_id);
/// The alarm's id in such a key; empty if it is none.
[[nodiscard]] std::string_view alarm_of_order_key(std::string_view key);

void encode_ticket(std::string& out, const Ticket& ticket);
[[nodiscard]] Result<Ticket> decode_ticket(std::string_view value);

void log_key(std::string& out, std::string_view ticket_id, std::uint64_t index);
/// The keys of a ticket's log are those that start with this.
void log_prefix(std::string& out, std::string_view ticket_id);
void encode_log_entry(std::string& out, const LogEntry& entry);
[[nodiscard]] Result<LogEntry> decode_log_entry(std::string_view value);

// --- versions: the files of policies and calendars that tickets are pinned to

struct VersionRow {
    std::string policy{};  // Its name; empty: of a calendar.
    std::string version{};
    std::string text{};
    std::string life_cycle{};  // Of a policy: its text.
    bool operator==(const VersionRow&) const = default;
};

void version_key(std::string& out, std::string_view policy, std::string_view version);
void encode_version(std::string& out, const VersionRow& row);
[[nodiscard]] Result<VersionRow> decode_version(std::string_view key, std::string_view value);

// --- effects: what is still to be sent, by the receiver's de-duplication key

struct EffectRow {
    std::string topic{};
    std::string payload{};
    int qos = 1;
    bool retain = false;
    Instant created_at{};
    bool operator==(const EffectRow&) const = default;
};

void encode_effect(std::string& out, const EffectRow& row);
[[nodiscard]] Result<EffectRow> decode_effect(std::string_view value);

// --- notices: what the public was told, by the notice's id

struct NoticeRow {
    std::string ticket_id{};
    Name zone{};
    Instant sent_at{};
    std::string status{};   // Actual, Exercise or Test.
    std::string message{};  // Alert, Update or Cancel.
    std::string area{};
    std::string headline_zh{};
    std::string headline_en{};
    std::string cap{};  // The CAP 1.2 document as it was sent.
    bool operator==(const NoticeRow&) const = default;
};

void encode_notice(std::string& out, const NoticeRow& notice);
[[nodiscard]] Result<NoticeRow> decode_notice(std::string_view value);

// --- positions: up to where a gateway's lane has been committed

struct PositionRow {
    struct Range {
        std::uint64_t first = 0;
        std::uint64_t last = 0;  // Inclusive.
        bool operator==(const Range&) const = default;
    };
    Name gateway{};
    Lane lane = Lane::bulk;
    std::uint64_t epoch = 0;
    std::uint64_t seq = 0;       // All up to and including it.
    std::vector<Range> ahead{};  // Committed beyond a hole, ascending, disjoint.
    bool operator==(const PositionRow&) const = default;
};

void position_key(std::string& out, const PositionRow& row);
void encode_position(std::string& out, const PositionRow& row);
[[nodiscard]] Result<PositionRow> decode_position(std::string_view key, std::string_view value);

// --- people: personal data, nowhere else

/// Who reported. Shown with the single ticket only: never in lists, MQTT, events or logs.
struct Reporter {
    std::string name{};
    std::string phone{};
    std::string account{};
    std::string address{};
    bool operator==(const Reporter&) const = default;
};

/// `version` is the ticket's after the report, so that joined reports each keep their reporter.
void people_key(std::string& out, std::string_view ticket_id, std::uint64_t version);
/// The keys of a ticket's reporters are those that start with this.
void people_prefix(std::string& out, std::string_view ticket_id);
void encode_reporter(std::string& out, const Reporter& reporter);
[[nodiscard]] Result<Reporter> decode_reporter(std::string_view value);

// --- feed: what the event stream sends, so that a client can resume

struct FeedRow {
    std::string event;  // `ticket`, `alarm`, `device`.
    std::string json;
    bool operator==(const FeedRow&) const = default;
};

void feed_key(std::string& out, std::uint64_t id);
[[nodiscard]] Result<std::uint64_t> decode_feed_key(std::string_view key);
void encode_feed(std::string& out, const FeedRow& row);
[[nodiscard]] Result<FeedRow> decode_feed(std::string_view value);

/// The least key above all keys that start with `prefix`; empty if there is none.
[[nodiscard]] std::string after_prefix(std::string prefix);

}  // namespace mercaptan::processor
