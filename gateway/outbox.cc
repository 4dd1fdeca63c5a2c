#include "gateway/outbox.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "common/log/log.h"
#include "gateway/rows.h"
#include "gateway/uplink_codec.h"

namespace mercaptan::gateway {
namespace {

/// How long to wait after the connection took no more.
constexpr Duration kBlockedWait{20};
/// Rows read from the store at once.
constexpr std::size_t kReadAheadRows = 64;

/// Bulk tokens are counted, so they differ from those of emergencies.
constexpr std::uint64_t kBulkToken = 1;

}  // namespace

Outbox::Outbox(store::Store& store, const Ledger& ledger, DeadRows& dead_rows, CentralPort& central,
               const Settings& settings, std::uint64_t epoch)
    : store_{&store},
      ledger_{&ledger},
      dead_rows_{&dead_rows},
      central_{&central},
      gateway_id_{settings.core.gateway_id.str()},
      limits_{settings.outbox},
      batch_limits_{settings.batch},
      epoch_{epoch},
      lanes_{
          LaneState{Lane::emergency, OutboxLane{settings.uplink.emergency_window, settings.uplink},
                    uplink_topic(settings.core.gateway_id, Lane::emergency)},
          LaneState{Lane::bulk, OutboxLane{settings.uplink.bulk_window, settings.uplink},
                    uplink_topic(settings.core.gateway_id, Lane::bulk)}} {}

Result<void> Outbox::recover() {
    for (LaneState& lane : lanes_) {
        if (auto recovered = recover_lane(lane); !recovered) return recovered;
        lane.books.begin_epoch(epoch_);
        dead_rows_->set_outbox(lane.lane, lane.books.extents());
    }
    return {};
}

Result<void> Outbox::recover_lane(LaneState& lane) {
    std::uint64_t from_epoch = 0;
    std::vector<std::uint64_t> epochs;
    while (true) {
        auto extent = find_extent(lane, from_epoch);
        if (!extent) return Failure{extent.error()};
        if (!*extent) break;
        epochs.push_back((*extent)->epoch);
        if ((*extent)->first <= (*extent)->last) {
            lane.books.restore(**extent);
            lane.ahead_to_end = false;
        }
        from_epoch = (*extent)->epoch + 1;
    }
    const RowKey end = lane_end_key(lane.lane);
    auto scanned = store_->scan_back(kOutbox, view(row_key(lane.lane, {})), view(end),
                                     [&](std::string_view, std::string_view value) {
                                         OutboxRow row;
                                         if (read_outbox_value(value, row)) {
                                             lane.bytes_written = row.bytes_before + value.size();
                                         }
                                         return false;
                                     });
    if (!scanned) return scanned;
    if (auto dropped = drop_old_marks(lane, epochs); !dropped) return dropped;
    return find_head(lane);
}

/// Forgets the marks of epochs whose rows have all vanished.
Result<void> Outbox::drop_old_marks(LaneState& lane,
                                    std::span<const std::uint64_t> epochs_with_rows) {
    store::Batch batch;
    const std::string prefix = mark_prefix(lane.lane);
    auto scanned = store_->scan(kMeta, prefix, {}, [&](std::string_view key, std::string_view) {
        if (!key.starts_with(prefix)) return false;
        const auto epoch = parse_mark_key(key, lane.lane);
        if (epoch &&
            !std::binary_search(epochs_with_rows.begin(), epochs_with_rows.end(), *epoch)) {
            batch.erase(kMeta, key);
        }
        return true;
    });
    if (!scanned || batch.empty()) return scanned;
    return store_->write(batch, store::Sync::no);
}

/// The rows of the first epoch from `from_epoch` on, without those that the stored mark covers.
Result<std::optional<OutboxLane::Extent>> Outbox::find_extent(LaneState& lane,
                                                              std::uint64_t from_epoch) {
    const RowKey lane_end = lane_end_key(lane.lane);
    std::optional<RowId> row;
    const auto first_row = [&](std::string_view key, std::string_view) {
        if (const auto parsed = parse_row_key(key)) row = parsed->row;
        return false;
    };
    auto scanned =
        store_->scan(kOutbox, view(row_key(lane.lane, {from_epoch, 0})), view(lane_end), first_row);
    if (!scanned) return Failure{scanned.error()};
    if (!row) return std::nullopt;
    OutboxLane::Extent extent{row->epoch, 1, 0};

    auto stored = store_->get(kMeta, mark_key(lane.lane, extent.epoch));
    if (!stored) return Failure{stored.error()};
    const std::uint64_t mark = *stored ? parse_u64_value(**stored).value_or(0) : 0;
    const RowKey epoch_end = row_key(lane.lane, {extent.epoch + 1, 0});
    row.reset();
    scanned = store_->scan(kOutbox, view(row_key(lane.lane, {extent.epoch, mark + 1})),
                           view(epoch_end), first_row);
    if (!scanned) return Failure{scanned.error()};
    if (!row) return extent;  // All of it is committed.
    extent.first = row->seq;
    scanned = store_->scan_back(kOutbox, view(row_key(lane.lane, {extent.epoch, 0})),
                                view(epoch_end), first_row);
    if (!scanned) return Failure{scanned.error()};
    extent.last = row->seq;
    return extent;
}

std::uint64_t Outbox::bytes(const LaneState& lane) {
    return lane.head ? lane.bytes_written - lane.head->bytes_before : 0;
}

void Outbox::add(Lane lane, std::span<const Item> items, Instant now, store::Batch& batch) {
    while (!items.empty()) {
        const std::size_t count = std::min(items.size(), batch_limits_.readings_max);
        add_row(lane_state(lane), items.first(count), now, batch);
        items = items.subspan(count);
    }
}

void Outbox::add_row(LaneState& lane, std::span<const Item> items, Instant now,
                     store::Batch& batch) {
    const RowId id = lane.books.append();
    encode_uplink(gateway_id_, lane.lane, id, items, scratch_, encoded_);
    const OutboxRow stored{now, lane.bytes_written, static_cast<std::uint32_t>(items.size()),
                           encoded_};
    write_outbox_value(stored, value_);
    batch.put(kOutbox, view(row_key(lane.lane, id)), value_);
    if (!lane.head) lane.head = Head{id, now, lane.bytes_written};
    if (lane.ahead_to_end) add_ahead(lane, Row{id, now, lane.bytes_written, encoded_});
    lane.bytes_written += value_.size();
    lane.added = id;
}

void Outbox::add_ahead(LaneState& lane, Row row) {
    if (lane.ahead_bytes + row.uplink.size() > limits_.read_ahead_bytes && !lane.ahead.empty()) {
        lane.ahead_to_end = false;  // The rest is read from the store when its turn comes.
        return;
    }
    lane.ahead_bytes += row.uplink.size();
    lane.ahead.push_back(std::move(row));
}

void Outbox::put_marks(store::Batch& batch) {
    for (LaneState& lane : lanes_) {
        // A mark stays as long as rows it covers may: they vanish when the store likes.
        for (const auto& [epoch, seq] : lane.marks_changed) {
            batch.put(kMeta, mark_key(lane.lane, epoch), u64_value(seq));
        }
        lane.marks_changed.clear();
    }
}

bool Outbox::has_marks() const {
    return std::any_of(lanes_.begin(), lanes_.end(),
                       [](const LaneState& lane) { return !lane.marks_changed.empty(); });
}

void Outbox::committed(std::uint64_t ticket, bool synced) {
    for (LaneState& lane : lanes_) {
        if (!lane.added) continue;
        lane.in_doubt.emplace_back(ticket, *lane.added);
        lane.added.reset();
        // Writes reach the disk in their order.
        if (synced || lane.lane == Lane::emergency) {
            lane.books.release(lane.in_doubt.back().second);
            lane.in_doubt.clear();
        }
    }
}

void Outbox::take_synced() {
    const std::uint64_t synced = ledger_->synced();
    for (LaneState& lane : lanes_) {
        while (!lane.in_doubt.empty() && lane.in_doubt.front().first <= synced) {
            lane.books.release(lane.in_doubt.front().second);
            lane.in_doubt.pop_front();
        }
    }
}

bool Outbox::on_watermark(std::string_view bytes, Instant now) {
    wire::Watermark watermark;
    if (!watermark.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
    if (watermark.version() != kWireVersion) return false;
    bool believed = true;
    for (const wire::Watermark::Mark& mark : watermark.marks()) {
        LaneState& lane = lane_state(mark.emergency() ? Lane::emergency : Lane::bulk);
        const auto before = lane.books.oldest();
        if (!lane.books.acknowledge(mark.epoch(), mark.seq(), now)) {
            believed = false;
        } else if (lane.books.oldest() != before) {
            lane.marks_changed[mark.epoch()] = mark.seq();
            dead_rows_->set_outbox(lane.lane, lane.books.extents());
        }
    }
    for (LaneState& lane : lanes_) lane.books.heard(now);
    return believed;
}

void Outbox::on_connection(bool connected) {
    connected_ = connected;
    ++connection_;
    bulk_unacked_ = 0;
    blocked_until_.reset();
    for (LaneState& lane : lanes_) rewind(lane);
}

void Outbox::on_published(std::uint64_t token) {
    // Whether it arrived or not, it does not occupy the connection any more; what did not arrive is
    // sent again because the watermark does not move.
    if (token >> 1U == connection_ && (token & 1U) == kBulkToken && bulk_unacked_ > 0)
        --bulk_unacked_;
}

void Outbox::rewind(LaneState& lane) {
    lane.books.rewind();
    ++lane.rewinds;
    lane.sent.clear();
    lane.ahead.clear();
    lane.ahead_bytes = 0;
    lane.ahead_to_end = !lane.books.oldest().has_value();
}

Result<void> Outbox::read_ahead(LaneState& lane, const RowId& from) {
    lane.ahead.clear();
    lane.ahead_bytes = 0;
    bool to_end = true;
    const RowKey end = lane_end_key(lane.lane);
    auto scanned = store_->scan(
        kOutbox, view(row_key(lane.lane, from)), view(end),
        [&](std::string_view key, std::string_view value) {
            if (lane.ahead.size() >= kReadAheadRows ||
                lane.ahead_bytes >= limits_.read_ahead_bytes) {
                to_end = false;
                return false;
            }
            const auto parsed = parse_row_key(key);
            OutboxRow row;
            if (!parsed || !read_outbox_value(value, row) || !lane.books.is_live(parsed->row))
                return true;
            lane.ahead_bytes += row.uplink.size();
            lane.ahead.push_back(
                {parsed->row, row.created_at, row.bytes_before, std::string{row.uplink}});
            return true;
        });
    lane.ahead_to_end = to_end;
    return scanned;
}

/// The first row from `wanted` on; null if there is none, which only lost rows can explain.
Result<Outbox::Row*> Outbox::fetch(LaneState& lane, const RowId& wanted) {
    while (!lane.ahead.empty() && lane.ahead.front().id < wanted) {
        lane.ahead_bytes -= lane.ahead.front().uplink.size();
        lane.ahead.pop_front();
    }
    // In front is the wanted row, or the next one there is; unless the wanted one was passed over.
    if (lane.ahead.empty() || lane.ahead.front().id != wanted) {
        if (auto read = read_ahead(lane, wanted); !read) return Failure{read.error()};
    }
    return lane.ahead.empty() ? nullptr : &lane.ahead.front();
}

/// False if nothing more can be sent now.
Result<bool> Outbox::send_next(LaneState& lane, const RowId& wanted, Instant now) {
    auto fetched = fetch(lane, wanted);
    if (!fetched) return Failure{fetched.error()};
    Row* row = *fetched;
    if (row == nullptr) {
        log::error("outbox rows are missing in the store lane={} epoch={} from={}",
                   to_string(lane.lane), wanted.epoch, wanted.seq);
        lane.books.mark_sent({wanted.epoch, std::numeric_limits<std::uint64_t>::max() - 1}, now);
        return true;
    }
    encoded_ = row->uplink;
    const RowId oldest = lane.books.oldest().value_or(row->id);
    append_oldest(lane.books.oldest_seq(row->id.epoch), oldest.epoch, encoded_);
    const std::uint64_t token = connection_ << 1U | (lane.lane == Lane::bulk ? kBulkToken : 0);
    if (!central_->publish(lane.topic, encoded_, token)) {
        blocked_until_ = now + kBlockedWait;
        return false;
    }
    if (lane.lane == Lane::bulk) ++bulk_unacked_;
    ++lane.sent_total;
    lane.books.mark_sent(row->id, now);
    lane.sent.push_back({row->id, row->created_at, row->bytes_before});
    lane.ahead_bytes -= row->uplink.size();
    lane.ahead.pop_front();
    return true;
}

Result<void> Outbox::pump(Instant now) {
    take_synced();
    for (LaneState& lane : lanes_) {
        if (auto found = find_head(lane); !found) return found;
        if (connected_ && lane.books.on_time(now)) rewind(lane);
    }
    if (!connected_ || (blocked_until_ && now < *blocked_until_)) return {};
    blocked_until_.reset();
    LaneState& emergency = lane_state(Lane::emergency);
    LaneState& bulk = lane_state(Lane::bulk);
    while (const auto wanted = emergency.books.next_to_send()) {
        auto sent = send_next(emergency, *wanted, now);
        if (!sent) return Failure{sent.error()};
        if (!*sent) return {};
    }
    if (emergency.books.has_unsent())
        return {};  // Its window is full; bulk has to wait for it too.
    while (bulk_unacked_ < limits_.bulk_unacked_max) {
        const auto wanted = bulk.books.next_to_send();
        if (!wanted) break;
        auto sent = send_next(bulk, *wanted, now);
        if (!sent) return Failure{sent.error()};
        if (!*sent) return {};
    }
    return {};
}

Result<void> Outbox::find_head(LaneState& lane) {
    const auto oldest = lane.books.oldest();
    if (!oldest) {
        lane.head.reset();
        lane.sent.clear();
        return {};
    }
    if (lane.head && lane.head->id >= *oldest) return {};
    while (!lane.sent.empty() && lane.sent.front().id < *oldest) lane.sent.pop_front();
    if (!lane.sent.empty()) {
        lane.head = lane.sent.front();
        return {};
    }
    const auto in_memory = std::find_if(lane.ahead.begin(), lane.ahead.end(),
                                        [&](const Row& row) { return row.id >= *oldest; });
    if (in_memory != lane.ahead.end()) {
        lane.head = Head{in_memory->id, in_memory->created_at, in_memory->bytes_before};
        return {};
    }
    lane.head.reset();
    const RowKey end = lane_end_key(lane.lane);
    return store_->scan(kOutbox, view(row_key(lane.lane, *oldest)), view(end),
                        [&](std::string_view key, std::string_view value) {
                            const auto parsed = parse_row_key(key);
                            OutboxRow row;
                            if (parsed && read_outbox_value(value, row)) {
                                lane.head = Head{parsed->row, row.created_at, row.bytes_before};
                            }
                            return false;
                        });
}

std::optional<Instant> Outbox::next_deadline() const {
    if (!connected_) return std::nullopt;
    std::optional<Instant> next = blocked_until_;
    for (const LaneState& lane : lanes_) {
        const auto deadline = lane.books.next_deadline();
        if (deadline && (!next || *deadline < *next)) next = deadline;
    }
    return next;
}

void Outbox::fill(std::array<LaneStatus, 2>& status) const {
    for (const LaneState& lane : lanes_) {
        LaneStatus& out = status[static_cast<std::size_t>(lane.lane)];
        out.messages = lane.books.rows();
        out.bytes = bytes(lane);
        out.oldest_at = lane.head ? std::optional{lane.head->created_at} : std::nullopt;
        out.epoch = epoch_;
        out.next_seq = lane.books.last_seq() + 1;
        out.watermark_seq = lane.books.watermark_seq();
        out.sent = lane.sent_total;
        out.rewinds = lane.rewinds;
    }
}

}  // namespace mercaptan::gateway
