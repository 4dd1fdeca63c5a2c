#include <algorithm>
#include <utility>
#include <vector>

#include "gateway/gateway.h"
#include "gateway/rows.h"

// How a gateway continues what another run left in the store: Gateway::open and its steps.
namespace mercaptan::gateway {
namespace {

/// A number that no former run can have had: one more than the last, and the time, so that even a
/// lost data directory does not bring an old number back.
Result<std::uint64_t> begin_epoch(store::Store& store, Instant now) {
    auto format = store.get(kMeta, kMetaFormat);
    if (!format) return Failure{format.error()};
    if (*format && parse_u64_value(**format) != kFormatVersion) {
        return fail(ErrorCode::corrupt, "the store has another format than this program's (1)");
    }
    auto last = store.get(kMeta, kMetaEpoch);
    if (!last) return Failure{last.error()};
    const std::uint64_t known = *last ? parse_u64_value(**last).value_or(0) : 0;
    const auto seconds = static_cast<std::uint64_t>(std::max<std::int64_t>(now.ms / 1000, 0));
    const std::uint64_t epoch = std::max(known + 1, seconds);
    store::Batch batch;
    batch.put(kMeta, kMetaFormat, u64_value(kFormatVersion));
    batch.put(kMeta, kMetaEpoch, u64_value(epoch));
    if (auto written = store.write(batch, store::Sync::yes); !written)
        return Failure{written.error()};
    return epoch;
}

}  // namespace

Result<std::unique_ptr<Gateway>> Gateway::open(const Settings& settings, Rulebook rules,
                                               profiles::ProfileSet profiles, Parts parts,
                                               Instant now) {
    auto epoch = begin_epoch(parts.store, now);
    if (!epoch) return Failure{epoch.error()};
    std::unique_ptr<Gateway> gateway{
        new Gateway(settings, std::move(rules), std::move(profiles), parts, *epoch)};
    if (auto recovered = gateway->recover(); !recovered) return Failure{recovered.error()};
    return gateway;
}

Result<void> Gateway::recover() {
    if (auto recovered = quarantine_.recover(); !recovered) return recovered;
    if (auto recovered = outbox_.recover(); !recovered) return recovered;
    if (auto recovered = recover_commands(); !recovered) return recovered;
    std::vector<RawMessage> dealt_with;
    for (const Lane lane : {Lane::emergency, Lane::bulk}) {
        if (auto recovered = recover_inbox(lane, dealt_with); !recovered) return recovered;
    }
    // As they came: a device's numbers run through both lanes.
    std::stable_sort(
        dealt_with.begin(), dealt_with.end(),
        [](const RawMessage& a, const RawMessage& b) { return a.received_at < b.received_at; });
    for (const RawMessage& message : dealt_with) remember(message);
    dead_rows_.arm();
    publish_status();
    return {};
}

Result<void> Gateway::recover_commands() {
    auto scanned = store_.scan(kEnded, {}, {}, [&](std::string_view key, std::string_view value) {
        EndedCommand command;
        command.id = key;
        if (read_ended_value(value, command)) core_.restore(std::move(command));
        return true;
    });
    if (!scanned) return scanned;
    return store_.scan(kCommands, {}, {}, [&](std::string_view key, std::string_view value) {
        PendingCommand command;
        command.id = key;
        if (read_command_value(value, command)) core_.restore(std::move(command));
        return true;
    });
}

/// Queues the messages that were not dealt with, and names those that were, as far as they are
/// still there.
Result<void> Gateway::recover_inbox(Lane lane, std::vector<RawMessage>& dealt_with) {
    auto stored = store_.get(kMeta, cursor_key(lane));
    if (!stored) return Failure{stored.error()};
    const RowId cursor = *stored ? parse_cursor_value(**stored).value_or(RowId{}) : RowId{};
    cursors_[static_cast<std::size_t>(lane)] = cursor;

    RowKey from = row_key(lane, {cursor.epoch, cursor.seq + 1});
    std::size_t remembered = 0;
    auto scanned = store_.scan_back(kInbox, view(row_key(lane, {})), view(from),
                                    [&](std::string_view key, std::string_view) {
                                        std::copy(key.begin(), key.end(), from.begin());
                                        return ++remembered < settings_.intake.remembered;
                                    });
    if (!scanned) return scanned;
    const RowKey end = lane_end_key(lane);
    return store_.scan(kInbox, view(from), view(end),
                       [&](std::string_view key, std::string_view value) {
                           const auto parsed = parse_row_key(key);
                           RawMessage message;
                           if (!parsed || !read_inbox_value(value, message)) return true;
                           message.lane = lane;
                           message.row = parsed->row;
                           if (parsed->row > cursor) {
                               intake_.restore(std::move(message));
                           } else {
                               dealt_with.push_back(std::move(message));
                           }
                           return true;
                       });
}

void Gateway::remember(const RawMessage& message) {
    MessageRef ref;
    ref.origin = Origin{message.row.epoch, message.row.seq, 0, message.lane};
    ref.facts = MessageFacts{message.received_at, message.retained, message.redelivered};
    ref.topic = message.topic;
    ref.payload = message.payload;
    if (message.order) return core_.remember(ref);
    profiles_.decode(message.topic, message.payload, decoded_);
    if (decoded_.outcome == profiles::Outcome::readings) {
        for (std::uint32_t part = 0; part < decoded_.readings.size(); ++part) {
            core_.remember(ref, decoded_.readings[part], part);
        }
    } else {
        core_.remember(ref);
    }
}

}  // namespace mercaptan::gateway
