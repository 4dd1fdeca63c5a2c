#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "processor/api/backend.h"
#include "processor/io/dry_run.h"
#include "processor/io/life_cycle_file.h"
#include "processor/io/render.h"
#include "processor/io/tables.h"
#include "tests/support/memory_store.h"
#include "tests/unit/processor/io/rows_samples.h"

namespace mercaptan::processor::api {

/// Counts the rows that are read from a store.
class CountedReads final : public store::Store {
public:
    explicit CountedReads(store::Store& store) : store_{store} {}

    Result<void> write(const store::Batch& batch, store::Sync sync) override {
        return store_.write(batch, sync);
    }
    Result<void> sync() override { return store_.sync(); }
    Result<std::optional<std::string>> get(store::Table table,
                                           std::string_view key) const override {
        ++count;
        return store_.get(table, key);
    }
    Result<void> scan(store::Table table, std::string_view from, std::string_view to,
                      const Visit& visit) const override {
        return store_.scan(table, from, to, counting(visit));
    }
    Result<void> scan_back(store::Table table, std::string_view from, std::string_view to,
                           const Visit& visit) const override {
        return store_.scan_back(table, from, to, counting(visit));
    }

    mutable std::atomic<std::size_t> count = 0;

private:
    Visit counting(const Visit& visit) const {
        return [this, &visit](std::string_view key, std::string_view value) {
            ++count;
            return visit(key, value);
        };
    }
    store::Store& store_;
};

/// A processor that remembers what it was asked and answers as the test says.
class FakeBackend final : public Backend {
public:
    struct Submitted {
        OperatorCommand command;
        std::optional<Reporter> reporter;
    };

    void submit(OperatorCommand command, std::optional<Reporter> reporter, Done done) override {
        CommandOutcome outcome;
        {
            const std::lock_guard lock{mutex_};
            submitted_.push_back({std::move(command), std::move(reporter)});
            outcome = answer_;
        }
        done(std::move(outcome));
    }
    const store::Store& store() const override { return reads; }
    std::shared_ptr<const Rulebook> rulebook() const override { return rules; }
    Result<DryRun> dry_run(const ProposedFiles& files) const override {
        return processor::dry_run(reads, *rules, files, now());
    }
    Instant now() const override { return samples::kAt + Duration{3'600'000}; }
    Readiness readiness() const override { return state; }
    std::string metrics_text() override { return "mercaptan_up 1\n"; }
    std::uint64_t feed_end() const override {
        const std::lock_guard lock{mutex_};
        return feed_end_;
    }
    void listen(FeedListener listener) override {
        const std::lock_guard lock{mutex_};
        listener_ = std::move(listener);
    }

    // What the test does.
    void answer(CommandOutcome outcome) {
        const std::lock_guard lock{mutex_};
        answer_ = std::move(outcome);
    }
    [[nodiscard]] Submitted last() const {
        const std::lock_guard lock{mutex_};
        return submitted_.back();
    }
    [[nodiscard]] std::size_t submissions() const {
        const std::lock_guard lock{mutex_};
        return submitted_.size();
    }
    void put(StoreTable name, std::string_view key, std::string_view value) {
        store::Batch batch;
        batch.put(table(name), key, value);
        (void)rows.write(batch, store::Sync::yes);
    }
    void put(const Ticket& ticket) {
        encode_ticket(value_, ticket);
        put(StoreTable::tickets, ticket.id, value_);
    }
    void put(const Alarm& alarm) {
        encode_alarm(value_, alarm);
        put(StoreTable::alarms, alarm.id, value_);
        alarm_order_key(key_, alarm.since, alarm.id);
        store::Batch batch;
        batch.put(table(StoreTable::alarm_order), key_, {});
        (void)rows.write(batch, store::Sync::yes);
    }
    void put(const DeviceRow& row) {
        device_key(key_, row.device, row.site);
        encode_device(value_, row);
        put(StoreTable::devices, key_, value_);
    }
    void put(const Reading& reading) {
        history_key(key_, reading);
        encode_history(value_, reading, reading.received_at, false);
        put(StoreTable::history, key_, value_);
    }
    void put(const LogEntry& entry) {
        log_key(key_, entry.ticket_id, entry.index);
        encode_log_entry(value_, entry);
        put(StoreTable::ticket_log, key_, value_);
    }
    /// A commit with one entry, told to the listener afterwards.
    void feed(std::string event, std::string json) {
        FeedEntry entry;
        entry.row = {std::move(event), std::move(json)};
        FeedListener listener;
        {
            const std::lock_guard lock{mutex_};
            entry.id = feed_end_ + 1;
            feed_key(key_, entry.id);
            encode_feed(value_, entry.row);
            put(StoreTable::feed, key_, value_);
            feed_end_ = entry.id;
            listener = listener_;
        }
        if (listener) listener(entry);
    }
    /// Rows of the feed up to `id` are no longer kept.
    void forget_feed(std::uint64_t id) {
        store::Batch batch;
        for (std::uint64_t i = 1; i <= id; ++i) {
            feed_key(key_, i);
            batch.erase(table(StoreTable::feed), key_);
        }
        (void)rows.write(batch, store::Sync::yes);
    }

    test::MemoryStore rows;
    CountedReads reads{rows};
    std::shared_ptr<const Rulebook> rules = [] {
        auto book = std::make_shared<Rulebook>();
        auto policy = std::make_shared<Policy>();
        policy->name = "repair.class1";
        policy->life_cycle = built_in_life_cycle();
        book->policies.push_back(std::move(policy));
        return book;
    }();
    Readiness state{true, true, true};

private:
    mutable std::mutex mutex_;
    std::vector<Submitted> submitted_;
    CommandOutcome answer_;
    FeedListener listener_;
    std::uint64_t feed_end_ = 0;
    std::string key_;
    std::string value_;
};

}  // namespace mercaptan::processor::api
