#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/store/store.h"

namespace mercaptan::store {

struct TableOptions {
    std::string name;
    /// Keys for which this returns true are dead to their owner and may vanish at any flush or
    /// compaction, which costs no delete. Called on background threads; empty: nothing vanishes.
    std::function<bool(std::string_view key)> droppable{};
};

struct RocksOptions {
    std::filesystem::path path;
    std::vector<TableOptions> tables;        // A Table is the index in this list.
    std::size_t memtable_bytes = 32U << 20;  // Per table.
    std::size_t wal_bytes_max = 64U << 20;   // Bounds what a restart has to replay.
    std::size_t block_cache_bytes = 64U << 20;
    /// Another process may have it open for writing: what it wrote before the opening is seen.
    bool read_only = false;
    /// Called once, on a background thread, when the disk failed underneath. The store refuses
    /// writes from then on; the owner must end the process.
    std::function<void(std::string_view reason)> on_failure{};
};

/// Opens or creates a store. A damaged one is `corrupt`, and is not opened.
[[nodiscard]] Result<std::unique_ptr<Store>> open_rocks_store(const RocksOptions& options);

}  // namespace mercaptan::store
