#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string_view>
#include <vector>

#include "common/domain/reading.h"
#include "gateway/core/outbox.h"

namespace mercaptan::gateway {

/// Tells the store which inbox and outbox rows nobody needs any more, so that they vanish when it
/// flushes or merges. It exists before the store and outlives it; thread-safe. Until it is armed
/// nothing is dead, so that opening a store cannot drop what recovery has to see.
class DeadRows {
public:
    /// Rows of a lane are dead `remembered` rows behind the cursor. Only a cursor that survives a
    /// power cut may be given: rows behind it are the last copy of what a lost cursor comes back
    /// to.
    void set_inbox(Lane lane, const RowId& durable_cursor, std::size_t remembered);
    /// What is not live and not newer than these extents is dead: the processor has it.
    void set_outbox(Lane lane, const std::deque<OutboxLane::Extent>& extents);
    void arm();

    [[nodiscard]] bool inbox_droppable(std::string_view key) const;
    [[nodiscard]] bool outbox_droppable(std::string_view key) const;

private:
    struct LaneState {
        RowId cursor;
        std::size_t remembered = 0;
        std::vector<OutboxLane::Extent> extents;
    };
    mutable std::mutex mutex_;
    bool armed_ = false;
    std::array<LaneState, 2> lanes_;
};

}  // namespace mercaptan::gateway
