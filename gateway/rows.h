#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/domain/reading.h"
#include "common/domain/result.h"
#include "common/store/store.h"
#include "gateway/core/guard.h"
#include "gateway/core/item.h"
#include "gateway/core/outbox.h"

/// The rows of the gateway's store. README.md has the grammar.
namespace mercaptan::gateway {

inline constexpr store::Table kInbox = 0;
inline constexpr store::Table kOutbox = 1;
inline constexpr store::Table kQuarantine = 2;
inline constexpr store::Table kCommands = 3;
inline constexpr store::Table kMeta = 4;
inline constexpr store::Table kEnded = 5;
inline constexpr std::array<std::string_view, 6> kTableNames{"inbox",    "outbox", "quarantine",
                                                             "commands", "meta",   "ended"};
inline constexpr std::uint64_t kFormatVersion = 1;

/// Inbox and outbox: lane, epoch, seq, big-endian, so that rows are in order.
inline constexpr std::size_t kRowKeySize = 17;
using RowKey = std::array<char, kRowKeySize>;
[[nodiscard]] RowKey row_key(Lane lane, const RowId& row);
/// The first key behind the lane.
[[nodiscard]] RowKey lane_end_key(Lane lane);
struct LaneRow {
    Lane lane;
    RowId row;
};
[[nodiscard]] std::optional<LaneRow> parse_row_key(std::string_view key);
[[nodiscard]] inline std::string_view view(const RowKey& key) {
    return {key.data(), key.size()};
}

/// A message as it came.
struct RawMessage {
    Lane lane = Lane::bulk;
    RowId row;
    Instant received_at;
    bool retained = false;
    bool redelivered = false;
    bool order = false;            // From the processor, not from the field.
    std::uint64_t size_bytes = 0;  // Of the payload; more than payload.size() if it was cut.
    std::string topic;
    std::string payload;
    std::uint64_t ticket = 0;  // Of the write that stored it (see Ledger); not stored.

    [[nodiscard]] bool cut() const { return size_bytes > payload.size(); }
};
void write_inbox_value(const RawMessage& message, std::string& value);
/// Fills all but lane, row and ticket. False if the bytes are not such a value.
[[nodiscard]] bool read_inbox_value(std::string_view value, RawMessage& message);

/// An uplink message and what the books need of it. The bytes lack what a message says of the
/// oldest, which changes.
struct OutboxRow {
    Instant created_at;
    std::uint64_t bytes_before = 0;  // Of all rows of the lane ever written before this one.
    std::uint32_t items = 0;
    std::string_view uplink;
};
void write_outbox_value(const OutboxRow& row, std::string& value);
[[nodiscard]] bool read_outbox_value(std::string_view value, OutboxRow& row);

[[nodiscard]] std::string quarantine_key(std::uint64_t id);
[[nodiscard]] std::optional<std::uint64_t> parse_quarantine_key(std::string_view key);
void write_quarantine_value(const QuarantineEntry& entry, std::string& value);
[[nodiscard]] bool read_quarantine_value(std::string_view value, QuarantineEntry& entry);

void write_command_value(const PendingCommand& command, std::string& value);
/// Fills all but the id, which is the key.
[[nodiscard]] bool read_command_value(std::string_view value, PendingCommand& command);
void write_ended_value(const EndedCommand& command, std::string& value);
/// Fills all but the id, which is the key.
[[nodiscard]] bool read_ended_value(std::string_view value, EndedCommand& command);

inline constexpr std::string_view kMetaFormat = "format";
inline constexpr std::string_view kMetaEpoch = "epoch";
[[nodiscard]] std::string_view cursor_key(Lane lane);
[[nodiscard]] std::string mark_key(Lane lane, std::uint64_t epoch);
[[nodiscard]] std::string mark_prefix(Lane lane);
[[nodiscard]] std::optional<std::uint64_t> parse_mark_key(std::string_view key, Lane lane);
[[nodiscard]] std::string u64_value(std::uint64_t number);
[[nodiscard]] std::optional<std::uint64_t> parse_u64_value(std::string_view value);
[[nodiscard]] std::string cursor_value(const RowId& row);
[[nodiscard]] std::optional<RowId> parse_cursor_value(std::string_view value);

}  // namespace mercaptan::gateway
