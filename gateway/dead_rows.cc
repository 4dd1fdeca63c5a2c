#include "gateway/dead_rows.h"

#include <deque>

#include "gateway/rows.h"

namespace mercaptan::gateway {

void DeadRows::set_inbox(Lane lane, const RowId& durable_cursor, std::size_t remembered) {
    const std::lock_guard lock{mutex_};
    lanes_[static_cast<std::size_t>(lane)].cursor = durable_cursor;
    lanes_[static_cast<std::size_t>(lane)].remembered = remembered;
}

void DeadRows::set_outbox(Lane lane, const std::deque<OutboxLane::Extent>& extents) {
    const std::lock_guard lock{mutex_};
    lanes_[static_cast<std::size_t>(lane)].extents.assign(extents.begin(), extents.end());
}

void DeadRows::arm() {
    const std::lock_guard lock{mutex_};
    armed_ = true;
}

bool DeadRows::inbox_droppable(std::string_view key) const {
    const auto parsed = parse_row_key(key);
    const std::lock_guard lock{mutex_};
    if (!armed_ || !parsed) return false;
    const LaneState& lane = lanes_[static_cast<std::size_t>(parsed->lane)];
    if (lane.cursor.seq <= lane.remembered) return false;
    // Rows of an older epoch count as remembered until this epoch has enough of its own.
    return parsed->row <= RowId{lane.cursor.epoch, lane.cursor.seq - lane.remembered};
}

bool DeadRows::outbox_droppable(std::string_view key) const {
    const auto parsed = parse_row_key(key);
    const std::lock_guard lock{mutex_};
    if (!armed_ || !parsed) return false;
    const LaneState& lane = lanes_[static_cast<std::size_t>(parsed->lane)];
    if (lane.extents.empty() || parsed->row.epoch > lane.extents.back().epoch) return false;
    for (const OutboxLane::Extent& extent : lane.extents) {
        if (extent.epoch == parsed->row.epoch) return parsed->row.seq < extent.first;
    }
    return true;
}

}  // namespace mercaptan::gateway
