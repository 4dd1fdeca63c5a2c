#include "common/store/rocks_store.h"

#include <rocksdb/cache.h>
#include <rocksdb/compaction_filter.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/merge_operator.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <atomic>
#include <utility>

#include "common/domain/check.h"

namespace mercaptan::store {
namespace {

constexpr int kOpenTries = 5;  // Of a store that somebody else writes.

rocksdb::Slice slice(std::string_view bytes) {
    return {bytes.data(), bytes.size()};
}
std::string_view view(const rocksdb::Slice& bytes) {
    return {bytes.data(), bytes.size()};
}

Failure failure(const rocksdb::Status& status, std::string_view doing) {
    const ErrorCode code = status.IsCorruption() ? ErrorCode::corrupt : ErrorCode::io;
    return fail(code, std::string{doing} + ": " + status.ToString());
}

/// `put_if_absent`: what was there first stays.
class KeepFirst final : public rocksdb::AssociativeMergeOperator {
public:
    bool Merge(const rocksdb::Slice& /*key*/, const rocksdb::Slice* existing,
               const rocksdb::Slice& value, std::string* kept,
               rocksdb::Logger* /*logger*/) const override {
        const rocksdb::Slice& first = existing != nullptr ? *existing : value;
        kept->assign(first.data(), first.size());
        return true;
    }
    const char* Name() const override { return "mercaptan.KeepFirst"; }
};

/// Lets dead rows vanish when memory is flushed and when files are merged.
class DropFilter final : public rocksdb::CompactionFilter {
public:
    explicit DropFilter(const std::function<bool(std::string_view)>& droppable)
        : droppable_{droppable} {}
    bool Filter(int /*level*/, const rocksdb::Slice& key, const rocksdb::Slice& /*value*/,
                std::string* /*new_value*/, bool* /*value_changed*/) const override {
        return droppable_(view(key));
    }
    bool FilterMergeOperand(int /*level*/, const rocksdb::Slice& key,
                            const rocksdb::Slice& /*operand*/) const override {
        return droppable_(view(key));
    }
    bool IgnoreSnapshots() const override { return true; }
    const char* Name() const override { return "mercaptan.DropFilter"; }

private:
    const std::function<bool(std::string_view)>& droppable_;
};

class DropFilterFactory final : public rocksdb::CompactionFilterFactory {
public:
    explicit DropFilterFactory(std::function<bool(std::string_view)> droppable)
        : droppable_{std::move(droppable)} {}
    std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
        const rocksdb::CompactionFilter::Context& /*context*/) override {
        return std::make_unique<DropFilter>(droppable_);
    }
    bool ShouldFilterTableFileCreation(rocksdb::TableFileCreationReason reason) const override {
        return reason == rocksdb::TableFileCreationReason::kCompaction ||
               reason == rocksdb::TableFileCreationReason::kFlush;
    }
    const char* Name() const override { return "mercaptan.DropFilterFactory"; }

private:
    std::function<bool(std::string_view)> droppable_;
};

/// Reports the first background error; RocksDB's own resume stays off.
class FailureListener final : public rocksdb::EventListener {
public:
    explicit FailureListener(std::function<void(std::string_view)> on_failure)
        : on_failure_{std::move(on_failure)} {}
    void OnBackgroundError(rocksdb::BackgroundErrorReason /*reason*/,
                           rocksdb::Status* status) override {
        if (!told_.exchange(true)) on_failure_(status->ToString());
    }

private:
    std::function<void(std::string_view)> on_failure_;
    std::atomic<bool> told_{false};
};

/// The settings and why: deploy/README.md, "Store settings".
rocksdb::Options database_options(const RocksOptions& options) {
    rocksdb::Options db;
    db.create_if_missing = true;
    db.create_missing_column_families = true;
    db.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    db.max_total_wal_size = options.wal_bytes_max;
    db.recycle_log_file_num = 0;
    db.wal_bytes_per_sync = 0;
    db.bytes_per_sync = 1U << 20;  // Spreads the writing of table files; the WAL is not concerned.
    db.track_and_verify_wals_in_manifest = false;
    db.max_bgerror_resume_count = 0;
    db.paranoid_checks = true;
    db.max_background_jobs = 2;
    db.max_open_files = 512;
    db.keep_log_file_num = 4;
    db.max_log_file_size = 4U << 20;
    db.stats_dump_period_sec = 0;
    db.avoid_flush_during_shutdown = false;
    if (options.on_failure)
        db.listeners.push_back(std::make_shared<FailureListener>(options.on_failure));
    return db;
}

rocksdb::ColumnFamilyOptions table_options(const RocksOptions& options, const TableOptions& table,
                                           const std::shared_ptr<rocksdb::Cache>& cache) {
    rocksdb::ColumnFamilyOptions cf;
    cf.write_buffer_size = options.memtable_bytes;
    cf.max_write_buffer_number = 3;
    cf.compression = rocksdb::kLZ4Compression;
    cf.memtable_protection_bytes_per_key = 8;
    cf.paranoid_file_checks = false;
    cf.force_consistency_checks = true;
    cf.merge_operator = std::make_shared<KeepFirst>();
    rocksdb::BlockBasedTableOptions blocks;
    blocks.block_cache = cache;
    blocks.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    blocks.format_version = 5;
    cf.table_factory.reset(rocksdb::NewBlockBasedTableFactory(blocks));
    if (table.droppable) {
        cf.compaction_filter_factory = std::make_shared<DropFilterFactory>(table.droppable);
    }
    return cf;
}

class RocksStore final : public Store {
public:
    RocksStore(std::unique_ptr<rocksdb::DB> db, std::vector<rocksdb::ColumnFamilyHandle*> handles)
        : db_{std::move(db)}, handles_{std::move(handles)} {}
    RocksStore(const RocksStore&) = delete;
    RocksStore& operator=(const RocksStore&) = delete;
    ~RocksStore() override {
        for (auto* handle : handles_) db_->DestroyColumnFamilyHandle(handle);
        db_->Close();
    }

    Result<void> write(const Batch& batch, Sync sync) override {
        rocksdb::WriteBatch writes(batch.bytes() + batch.size() * 16 + 16);
        rocksdb::Status status;
        batch.for_each([&](const Batch::Write& w, std::string_view key, std::string_view value) {
            if (!status.ok()) return;
            status = add(writes, w, slice(key), slice(value));
        });
        if (!status.ok()) return failure(status, "assembling a batch");
        rocksdb::WriteOptions options;
        options.sync = sync == Sync::yes;
        status = db_->Write(options, &writes);
        if (!status.ok()) return failure(status, "writing to the store");
        return {};
    }

    Result<void> sync() override {
        const rocksdb::Status status = db_->SyncWAL();
        if (!status.ok()) return failure(status, "syncing the store");
        return {};
    }

    Result<std::optional<std::string>> get(Table table, std::string_view key) const override {
        std::string value;
        const rocksdb::Status status = db_->Get({}, handle(table), slice(key), &value);
        if (status.IsNotFound()) return std::nullopt;
        if (!status.ok()) return failure(status, "reading the store");
        return value;
    }

    Result<void> scan(Table table, std::string_view from, std::string_view to,
                      const Visit& visit) const override {
        rocksdb::ReadOptions options;
        const rocksdb::Slice bound = slice(to);
        if (!to.empty()) options.iterate_upper_bound = &bound;
        const std::unique_ptr<rocksdb::Iterator> it{db_->NewIterator(options, handle(table))};
        for (it->Seek(slice(from)); it->Valid(); it->Next()) {
            if (!visit(view(it->key()), view(it->value()))) return {};
        }
        if (!it->status().ok()) return failure(it->status(), "scanning the store");
        return {};
    }

    Result<void> scan_back(Table table, std::string_view from, std::string_view to,
                           const Visit& visit) const override {
        const std::unique_ptr<rocksdb::Iterator> it{db_->NewIterator({}, handle(table))};
        if (to.empty()) {
            it->SeekToLast();
        } else {
            it->SeekForPrev(slice(to));
            if (it->Valid() && view(it->key()) == to) it->Prev();
        }
        for (; it->Valid() && view(it->key()) >= from; it->Prev()) {
            if (!visit(view(it->key()), view(it->value()))) return {};
        }
        if (!it->status().ok()) return failure(it->status(), "scanning the store");
        return {};
    }

private:
    rocksdb::Status add(rocksdb::WriteBatch& writes, const Batch::Write& write,
                        const rocksdb::Slice& key, const rocksdb::Slice& value) const {
        switch (write.kind) {
            case Batch::Write::Kind::put:
                return writes.Put(handle(write.table), key, value);
            case Batch::Write::Kind::put_if_absent:
                return writes.Merge(handle(write.table), key, value);
            case Batch::Write::Kind::erase:
                return writes.Delete(handle(write.table), key);
        }
        return rocksdb::Status::InvalidArgument("unknown kind of write");
    }

    rocksdb::ColumnFamilyHandle* handle(Table table) const {
        MERCAPTAN_CHECK(static_cast<std::size_t>(table) + 1 < handles_.size());
        return handles_[static_cast<std::size_t>(table) + 1];  // The first is RocksDB's default.
    }

    std::unique_ptr<rocksdb::DB> db_;
    std::vector<rocksdb::ColumnFamilyHandle*> handles_;
};

rocksdb::Status open(const RocksOptions& options,
                     const std::vector<rocksdb::ColumnFamilyDescriptor>& families,
                     std::vector<rocksdb::ColumnFamilyHandle*>& handles, rocksdb::DB*& db) {
    rocksdb::Options settings = database_options(options);
    if (!options.read_only)
        return rocksdb::DB::Open(settings, options.path.string(), families, &handles, &db);
    settings.create_if_missing = false;
    settings.max_open_files = -1;  // All are held: the writer may unlink them meanwhile.
    rocksdb::Status status;
    for (int tries = 0; tries < kOpenTries; ++tries) {
        status =
            rocksdb::DB::OpenForReadOnly(settings, options.path.string(), families, &handles, &db);
        if (status.ok()) break;  // Else the writer may just have replaced a file.
    }
    return status;
}

}  // namespace

Result<std::unique_ptr<Store>> open_rocks_store(const RocksOptions& options) {
    std::error_code error;
    if (!options.read_only) std::filesystem::create_directories(options.path, error);
    if (error) {
        return fail(ErrorCode::io, "creating " + options.path.string() + ": " + error.message());
    }
    const auto cache = rocksdb::NewLRUCache(options.block_cache_bytes);
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    families.emplace_back(rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions{});
    for (const TableOptions& table : options.tables) {
        families.emplace_back(table.name, table_options(options, table, cache));
    }
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    const rocksdb::Status status = open(options, families, handles, db);
    if (!status.ok()) return failure(status, "opening the store " + options.path.string());
    return std::make_unique<RocksStore>(std::unique_ptr<rocksdb::DB>{db}, std::move(handles));
}

}  // namespace mercaptan::store
