#include "tests/support/memory_store.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "common/domain/check.h"

namespace mercaptan::test {

void MemoryStore::apply(const store::Batch& batch, Tables& tables) {
    batch.for_each(
        [&](const store::Batch::Write& write, std::string_view key, std::string_view value) {
            MERCAPTAN_CHECK(write.table < kTablesMax);
            Rows& rows = tables[write.table];
            switch (write.kind) {
                case store::Batch::Write::Kind::put:
                    rows.insert_or_assign(std::string{key}, std::string{value});
                    break;
                case store::Batch::Write::Kind::put_if_absent:
                    rows.emplace(key, value);
                    break;
                case store::Batch::Write::Kind::erase:
                    if (const auto found = rows.find(key); found != rows.end()) rows.erase(found);
                    break;
            }
        });
}

void MemoryStore::settle() {
    for (const store::Batch& batch : unsynced_) apply(batch, durable_);
    unsynced_.clear();
    ++syncs_;
}

Result<void> MemoryStore::write(const store::Batch& batch, store::Sync sync) {
    const std::lock_guard lock{mutex_};
    ++writes_;
    const std::optional<bool> failing = std::exchange(fail_write_, std::nullopt);
    if (!failing || *failing) {
        apply(batch, tables_);
        unsynced_.push_back(batch);
    }
    if (failing) return fail(ErrorCode::io, "the disk failed");
    if (sync == store::Sync::yes) settle();
    return {};
}

Result<void> MemoryStore::sync() {
    const std::lock_guard lock{mutex_};
    if (std::exchange(fail_sync_, false)) return fail(ErrorCode::io, "the disk failed");
    settle();
    return {};
}

Result<std::optional<std::string>> MemoryStore::get(store::Table table,
                                                    std::string_view key) const {
    const std::lock_guard lock{mutex_};
    const auto found = tables_.at(table).find(key);
    if (found == tables_.at(table).end()) return std::nullopt;
    return found->second;
}

Result<void> MemoryStore::scan(store::Table table, std::string_view from, std::string_view to,
                               const Visit& visit) const {
    std::unique_lock lock{mutex_};
    const Rows& rows = tables_.at(table);
    std::string last;
    for (auto row = rows.lower_bound(from); row != rows.end(); row = rows.upper_bound(from)) {
        if (!to.empty() && row->first >= to) break;
        const auto [key, value] = *row;
        lock.unlock();  // The visitor may ask the store for more.
        if (!visit(key, value)) break;
        lock.lock();
        last = key;
        from = last;
    }
    return {};
}

Result<void> MemoryStore::scan_back(store::Table table, std::string_view from, std::string_view to,
                                    const Visit& visit) const {
    std::unique_lock lock{mutex_};
    const Rows& rows = tables_.at(table);
    std::string end{to};
    auto row = to.empty() ? rows.end() : rows.lower_bound(end);
    while (row != rows.begin()) {
        --row;
        if (row->first < from) break;
        const auto [key, value] = *row;
        lock.unlock();
        if (!visit(key, value)) break;
        lock.lock();
        end = key;
        row = rows.lower_bound(end);
    }
    return {};
}

void MemoryStore::lose_unsynced(std::size_t kept) {
    const std::lock_guard lock{mutex_};
    kept = std::min(kept, unsynced_.size());
    for (std::size_t i = 0; i < kept; ++i) apply(unsynced_[i], durable_);
    unsynced_.clear();
    tables_ = durable_;
}

std::size_t MemoryStore::unsynced() const {
    const std::lock_guard lock{mutex_};
    return unsynced_.size();
}

void MemoryStore::fail_next_write(bool applied) {
    const std::lock_guard lock{mutex_};
    fail_write_ = applied;
}

void MemoryStore::fail_next_sync() {
    const std::lock_guard lock{mutex_};
    fail_sync_ = true;
}

void MemoryStore::drop(store::Table table,
                       const std::function<bool(std::string_view key)>& droppable) {
    const std::lock_guard lock{mutex_};
    for (Tables* tables : {&tables_, &durable_}) {
        std::erase_if(tables->at(table), [&](const auto& row) { return droppable(row.first); });
    }
}

std::size_t MemoryStore::size(store::Table table) const {
    const std::lock_guard lock{mutex_};
    return tables_.at(table).size();
}

std::size_t MemoryStore::writes() const {
    const std::lock_guard lock{mutex_};
    return writes_;
}

std::size_t MemoryStore::syncs() const {
    const std::lock_guard lock{mutex_};
    return syncs_;
}

}  // namespace mercaptan::test
