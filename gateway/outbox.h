#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "common/domain/result.h"
#include "common/store/store.h"
#include "common/wire/uplink.pb.h"
#include "gateway/core/outbox.h"
#include "gateway/dead_rows.h"
#include "gateway/ledger.h"
#include "gateway/ports.h"
#include "gateway/settings.h"
#include "gateway/status.h"

namespace mercaptan::gateway {

/// The uplink: rows that wait in the store until the processor has committed them, and their way to
/// the central broker. Belongs to the loop.
///
/// Nothing is sent that a power cut could still take back for good: bulk rows wait for a sync, and
/// what the caller commits as an emergency it would decide once more. A number means the same bytes
/// for ever, because each run counts in an epoch of its own. Memory is bounded: a backlog stays on
/// disk and is read a little ahead.
class Outbox {
public:
    Outbox(store::Store& store, const Ledger& ledger, DeadRows& dead_rows, CentralPort& central,
           const Settings& settings, std::uint64_t epoch);

    /// Finds what former runs left.
    [[nodiscard]] Result<void> recover();

    /// Adds rows with the items to the batch.
    void add(Lane lane, std::span<const Item> items, Instant now, store::Batch& batch);
    /// Adds what the watermarks say to the batch.
    void put_marks(store::Batch& batch);
    [[nodiscard]] bool has_marks() const;
    /// The batch with everything added so far was written; with `synced` also to the disk. Its
    /// emergencies may leave.
    void committed(std::uint64_t ticket, bool synced);

    /// False if the bytes are no watermark, or one that cannot be true.
    [[nodiscard]] bool on_watermark(std::string_view bytes, Instant now);
    void on_connection(bool connected);
    void on_published(std::uint64_t token);

    /// Sends what may be sent now, emergencies first.
    [[nodiscard]] Result<void> pump(Instant now);
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    [[nodiscard]] std::uint64_t bytes() const { return bytes(lanes_[0]) + bytes(lanes_[1]); }
    void fill(std::array<LaneStatus, 2>& status) const;

private:
    struct Row {
        RowId id;
        Instant created_at;
        std::uint64_t bytes_before = 0;
        std::string uplink;
    };
    /// What the oldest live row tells of the whole backlog.
    struct Head {
        RowId id;
        Instant created_at;
        std::uint64_t bytes_before = 0;
    };
    struct LaneState {
        Lane lane;
        OutboxLane books;
        std::string topic;
        std::deque<Row> ahead{};   // Rows in order, to be sent next.
        bool ahead_to_end = true;  // `ahead` reaches the newest row, so new ones can follow.
        std::size_t ahead_bytes = 0;
        std::deque<Head> sent{};  // Of the rows in flight.
        std::optional<Head> head{};
        std::uint64_t bytes_written = 0;
        std::map<std::uint64_t, std::uint64_t> marks_changed{};  // Epoch to watermark.
        std::deque<std::pair<std::uint64_t, RowId>>
            in_doubt{};                // Ticket, newest row; not synced yet.
        std::optional<RowId> added{};  // Newest row of the open batch.
        std::uint64_t sent_total = 0;
        std::uint64_t rewinds = 0;
    };

    LaneState& lane_state(Lane lane) { return lanes_[static_cast<std::size_t>(lane)]; }
    [[nodiscard]] static std::uint64_t bytes(const LaneState& lane);
    Result<void> recover_lane(LaneState& lane);
    Result<void> drop_old_marks(LaneState& lane, std::span<const std::uint64_t> epochs_with_rows);
    Result<std::optional<OutboxLane::Extent>> find_extent(LaneState& lane,
                                                          std::uint64_t from_epoch);
    void add_row(LaneState& lane, std::span<const Item> items, Instant now, store::Batch& batch);
    void add_ahead(LaneState& lane, Row row);
    void take_synced();
    void rewind(LaneState& lane);
    Result<void> read_ahead(LaneState& lane, const RowId& from);
    Result<Row*> fetch(LaneState& lane, const RowId& wanted);
    Result<bool> send_next(LaneState& lane, const RowId& wanted, Instant now);
    Result<void> find_head(LaneState& lane);

    store::Store* store_;
    const Ledger* ledger_;
    DeadRows* dead_rows_;
    CentralPort* central_;
    std::string gateway_id_;
    OutboxLimits limits_;
    BatchLimits batch_limits_;
    std::uint64_t epoch_;
    std::array<LaneState, 2> lanes_;
    bool connected_ = false;
    std::size_t bulk_unacked_ = 0;
    std::uint64_t connection_ = 0;  // Counts connections: tokens of a former one are void.
    std::optional<Instant> blocked_until_;
    wire::Uplink scratch_;
    std::string encoded_;
    std::string value_;
};

}  // namespace mercaptan::gateway
