#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "common/domain/result.h"
#include "common/store/store.h"
#include "gateway/core/item.h"
#include "gateway/settings.h"

namespace mercaptan::gateway {

struct QuarantinePage {
    struct Row {
        std::uint64_t id = 0;
        QuarantineEntry entry;
    };
    std::vector<Row> rows;              // Newest first.
    std::optional<std::uint64_t> next;  // Ask for ids below this one; nullopt at the end.
};

/// What could not be taken, kept for people, bounded: the oldest makes room for the newest.
class Quarantine {
public:
    Quarantine(store::Store& store, const QuarantineLimits& limits)
        : store_{&store}, limits_{limits} {}

    [[nodiscard]] Result<void> recover();
    /// Adds the entry, and the removal of older ones if need be, to the batch.
    void add(const QuarantineEntry& entry, store::Batch& batch);

    [[nodiscard]] std::uint64_t entries() const { return sizes_.size(); }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

    /// From any thread: at most `limit` entries below the id `before`, newest first; fewer once
    /// they have `bytes_max` together.
    [[nodiscard]] static Result<QuarantinePage> list(const store::Store& store, std::size_t limit,
                                                     std::size_t bytes_max,
                                                     std::optional<std::uint64_t> before);

private:
    void drop_oldest(store::Batch& batch);

    store::Store* store_;
    QuarantineLimits limits_;
    std::uint64_t first_ = 1;
    std::deque<std::uint32_t> sizes_;  // Of the entries from first_ on.
    std::uint64_t bytes_ = 0;
    std::uint64_t dropped_ = 0;
    std::string value_;
};

}  // namespace mercaptan::gateway
