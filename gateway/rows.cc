#include "gateway/rows.h"

#include <utility>

#include "common/domain/check.h"

namespace mercaptan::gateway {
namespace {

constexpr std::uint8_t kRetained = 1;
constexpr std::uint8_t kRedelivered = 2;
constexpr std::uint8_t kOrder = 4;

template <std::size_t Size>
void store_big_endian(char* to, std::uint64_t number) {
    for (std::size_t i = 0; i < Size; ++i) {
        to[i] = static_cast<char>((number >> (8 * (Size - 1 - i))) & 0xFFU);
    }
}

class Writer {
public:
    explicit Writer(std::string& out) : out_{&out} { out.clear(); }
    void u8(std::uint8_t number) { out_->push_back(static_cast<char>(number)); }
    void u32(std::uint32_t number) { fixed<4>(number); }
    void u64(std::uint64_t number) { fixed<8>(number); }
    void instant(Instant at) { u64(static_cast<std::uint64_t>(at.ms)); }
    void text(std::string_view text) {
        u32(static_cast<std::uint32_t>(text.size()));
        out_->append(text);
    }
    void rest(std::string_view bytes) { out_->append(bytes); }

private:
    template <std::size_t Size>
    void fixed(std::uint64_t number) {
        char bytes[Size];
        store_big_endian<Size>(bytes, number);
        out_->append(bytes, Size);
    }
    std::string* out_;
};

/// Reads what Writer wrote; once something is missing everything reads as empty and ok() is false.
class Reader {
public:
    explicit Reader(std::string_view bytes) : rest_{bytes} {}
    std::uint8_t u8() { return static_cast<std::uint8_t>(fixed(1)); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(fixed(4)); }
    std::uint64_t u64() { return fixed(8); }
    Instant instant() { return Instant{static_cast<std::int64_t>(u64())}; }
    Duration duration() { return Duration{static_cast<std::int64_t>(u64())}; }
    std::string_view text() { return take(u32()); }
    Name name() {
        const std::string_view bytes = text();
        ok_ = ok_ && Name::fits(bytes);
        return ok_ ? Name{bytes} : Name{};
    }
    std::string_view rest() { return take(rest_.size()); }
    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] bool more() const { return ok_ && !rest_.empty(); }
    [[nodiscard]] bool done() const { return ok_ && rest_.empty(); }

private:
    std::string_view take(std::size_t size) {
        if (!ok_ || rest_.size() < size) {
            ok_ = false;
            return {};
        }
        const std::string_view bytes = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return bytes;
    }
    std::uint64_t fixed(std::size_t size) {
        std::uint64_t number = 0;
        for (const char c : take(size)) number = (number << 8U) | static_cast<unsigned char>(c);
        return number;
    }
    std::string_view rest_;
    bool ok_ = true;
};

}  // namespace

RowKey row_key(Lane lane, const RowId& row) {
    RowKey key{};
    key[0] = static_cast<char>(lane);
    store_big_endian<8>(key.data() + 1, row.epoch);
    store_big_endian<8>(key.data() + 9, row.seq);
    return key;
}

RowKey lane_end_key(Lane lane) {
    RowKey key{};
    key[0] = static_cast<char>(static_cast<std::uint8_t>(lane) + 1);
    return key;
}

std::optional<LaneRow> parse_row_key(std::string_view key) {
    if (key.size() != kRowKeySize) return std::nullopt;
    Reader reader{key};
    const std::uint8_t lane = reader.u8();
    if (lane > static_cast<std::uint8_t>(Lane::bulk)) return std::nullopt;
    const std::uint64_t epoch = reader.u64();
    return LaneRow{static_cast<Lane>(lane), {epoch, reader.u64()}};
}

void write_inbox_value(const RawMessage& message, std::string& value) {
    Writer writer{value};
    writer.u8(static_cast<std::uint8_t>((message.retained ? kRetained : 0) |
                                        (message.redelivered ? kRedelivered : 0) |
                                        (message.order ? kOrder : 0)));
    writer.instant(message.received_at);
    writer.u64(message.size_bytes);
    writer.text(message.topic);
    writer.rest(message.payload);
}

bool read_inbox_value(std::string_view value, RawMessage& message) {
    Reader reader{value};
    const std::uint8_t flags = reader.u8();
    message.retained = (flags & kRetained) != 0;
    message.redelivered = (flags & kRedelivered) != 0;
    message.order = (flags & kOrder) != 0;
    message.received_at = reader.instant();
    message.size_bytes = reader.u64();
    message.topic = reader.text();
    message.payload = reader.rest();
    return reader.ok();
}

void write_outbox_value(const OutboxRow& row, std::string& value) {
    Writer writer{value};
    writer.instant(row.created_at);
    writer.u64(row.bytes_before);
    writer.u32(row.items);
    writer.rest(row.uplink);
}

bool read_outbox_value(std::string_view value, OutboxRow& row) {
    Reader reader{value};
    row.created_at = reader.instant();
    row.bytes_before = reader.u64();
    row.items = reader.u32();
    row.uplink = reader.rest();
    return reader.ok();
}

std::string quarantine_key(std::uint64_t id) {
    return u64_value(id);
}

std::optional<std::uint64_t> parse_quarantine_key(std::string_view key) {
    return parse_u64_value(key);
}

void write_quarantine_value(const QuarantineEntry& entry, std::string& value) {
    Writer writer{value};
    writer.instant(entry.received_at);
    writer.text(entry.topic);
    writer.text(entry.reason);
    writer.rest(entry.payload);
}

bool read_quarantine_value(std::string_view value, QuarantineEntry& entry) {
    Reader reader{value};
    entry.received_at = reader.instant();
    entry.topic = reader.text();
    entry.reason = reader.text();
    entry.payload = reader.rest();
    return reader.ok();
}

void write_command_value(const PendingCommand& command, std::string& value) {
    Writer writer{value};
    writer.text(command.site);
    writer.text(command.valve);
    writer.text(command.reason);
    writer.text(command.ticket);
    writer.u64(static_cast<std::uint64_t>(command.policy.ack_within.count()));
    writer.u32(command.policy.retries);
    writer.u64(static_cast<std::uint64_t>(command.policy.cooldown.count()));
    writer.u32(command.attempts);
    writer.instant(command.next_at);
    writer.instant(command.caused_at);
    for (const JoinedOrder& order : command.joined) {
        writer.text(order.id);
        writer.text(order.reason);
        writer.text(order.ticket);
    }
}

bool read_command_value(std::string_view value, PendingCommand& command) {
    Reader reader{value};
    command.site = reader.name();
    command.valve = reader.name();
    command.reason = reader.text();
    command.ticket = reader.text();
    command.policy.ack_within = reader.duration();
    command.policy.retries = reader.u32();
    command.policy.cooldown = reader.duration();
    command.attempts = reader.u32();
    command.next_at = reader.instant();
    command.caused_at = reader.instant();
    command.joined.clear();
    while (reader.more()) {
        JoinedOrder& order = command.joined.emplace_back();
        order.id = reader.text();
        order.reason = reader.text();
        order.ticket = reader.text();
    }
    return reader.done();
}

void write_ended_value(const EndedCommand& command, std::string& value) {
    Writer writer{value};
    writer.text(command.site);
    writer.text(command.valve);
    writer.u8(static_cast<std::uint8_t>(command.outcome));
    writer.u8(command.shut ? 1 : 0);
    writer.instant(command.ended_at);
    writer.text(command.detail);
}

bool read_ended_value(std::string_view value, EndedCommand& command) {
    Reader reader{value};
    command.site = reader.name();
    command.valve = reader.name();
    const std::uint8_t outcome = reader.u8();
    if (outcome > static_cast<std::uint8_t>(ValveOutcome::no_answer)) return false;
    command.outcome = static_cast<ValveOutcome>(outcome);
    command.shut = reader.u8() != 0;
    command.ended_at = reader.instant();
    command.detail = reader.text();
    return reader.done();
}

std::string_view cursor_key(Lane lane) {
    return lane == Lane::emergency ? "cursor/emergency" : "cursor/bulk";
}

std::string mark_prefix(Lane lane) {
    return lane == Lane::emergency ? "mark/emergency/" : "mark/bulk/";
}

std::string mark_key(Lane lane, std::uint64_t epoch) {
    return mark_prefix(lane) + u64_value(epoch);
}

std::optional<std::uint64_t> parse_mark_key(std::string_view key, Lane lane) {
    const std::string prefix = mark_prefix(lane);
    if (!key.starts_with(prefix)) return std::nullopt;
    return parse_u64_value(key.substr(prefix.size()));
}

std::string u64_value(std::uint64_t number) {
    std::string value(8, '\0');
    store_big_endian<8>(value.data(), number);
    return value;
}

std::optional<std::uint64_t> parse_u64_value(std::string_view value) {
    if (value.size() != 8) return std::nullopt;
    return Reader{value}.u64();
}

std::string cursor_value(const RowId& row) {
    return u64_value(row.epoch) + u64_value(row.seq);
}

std::optional<RowId> parse_cursor_value(std::string_view value) {
    if (value.size() != 16) return std::nullopt;
    Reader reader{value};
    const std::uint64_t epoch = reader.u64();
    return RowId{epoch, reader.u64()};
}

}  // namespace mercaptan::gateway
