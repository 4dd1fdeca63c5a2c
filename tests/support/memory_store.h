#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/store/store.h"

namespace mercaptan::test {

/// A Store in memory with a power switch. Thread-safe, ordered like the real one; a scan asks for
/// one row after the other, so it sees what is written meanwhile.
///
/// It outlives what is tested: a crash is to drop the object under test and to go on with the same
/// store (the process died) or with the store after `lose_unsynced` (the power failed).
class MemoryStore final : public store::Store {
public:
    static constexpr std::size_t kTablesMax = 32;

    Result<void> write(const store::Batch& batch, store::Sync sync) override;
    Result<void> sync() override;
    Result<std::optional<std::string>> get(store::Table table, std::string_view key) const override;
    Result<void> scan(store::Table table, std::string_view from, std::string_view to,
                      const Visit& visit) const override;
    Result<void> scan_back(store::Table table, std::string_view from, std::string_view to,
                           const Visit& visit) const override;

    /// The power failed: of the batches written since the last sync the first `kept` survive, as a
    /// log that was cut at some place. A write that was reported as failed may be among them.
    void lose_unsynced(std::size_t kept = 0);
    /// Batches that `lose_unsynced` could take.
    [[nodiscard]] std::size_t unsynced() const;

    /// The next `write` (or `sync`) fails with an io error, once. If `applied`, the write has
    /// happened all the same: a failed write is unknown, not undone.
    void fail_next_write(bool applied = false);
    void fail_next_sync();

    /// What the real store does at a flush: rows that `droppable` names vanish.
    void drop(store::Table table, const std::function<bool(std::string_view key)>& droppable);

    [[nodiscard]] std::size_t size(store::Table table) const;
    [[nodiscard]] std::size_t writes() const;
    [[nodiscard]] std::size_t syncs() const;

private:
    using Rows = std::map<std::string, std::string, std::less<>>;
    using Tables = std::array<Rows, kTablesMax>;

    static void apply(const store::Batch& batch, Tables& tables);
    void settle();

    mutable std::mutex mutex_;
    Tables tables_;
    Tables durable_;
    std::vector<store::Batch> unsynced_;
    std::optional<bool> fail_write_;
    bool fail_sync_ = false;
    std::size_t writes_ = 0;
    std::size_t syncs_ = 0;
};

}  // namespace mercaptan::test
