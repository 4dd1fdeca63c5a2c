// Recorded history once more: alone, and beside other rules.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <memory>

#include "common/domain/check.h"
#include "common/store/rocks_store.h"
#include "processor/io/starts.h"
#include "processor/io/tables.h"
#include "processor/io/what_if.h"
#include "processor/processor.h"
#include "tests/bench/uplinks.h"
#include "tests/support/temp_dir.h"

namespace mercaptan::bench {
namespace {

using processor::Processor;
using processor::Rulebook;

/// A store of ten minutes of a district, as a processor left it.
class History {
public:
    History() {
        District district{std::min<std::size_t>(device_count(), 100'000)};
        store::RocksOptions options;
        options.path = folder_.path() / "store";
        options.tables = processor::store_tables();
        store_ = store::open_rocks_store(options).value();
        rulebook_ = std::make_shared<const Rulebook>(shipped_rulebook(district.registry()));
        MERCAPTAN_CHECK(processor::keep_start(*store_, District::kStart).has_value());
        auto processor = Processor::open({}, rulebook_, *store_, District::kStart).value();
        Uplinks uplinks{district};
        const std::size_t messages =
            std::max<std::size_t>(4, district.size() * 10 / kUplinkReadings);
        for (std::size_t i = 0; i < messages; ++i) {
            const std::string message = uplinks.next();
            processor->on_uplink(kUplinkTopic, message, district.now());
            if (!processor->urgent() && i + 1 < messages) continue;
            auto commit = processor->close(district.now());
            count(commit->batch);
            MERCAPTAN_CHECK(store_->write(commit->batch, store::Sync::no).has_value());
            processor->recycle(std::move(commit));
        }
    }

    [[nodiscard]] std::uint64_t replay(bool beside_other) const {
        const processor::RulebookSource rules =
            [this](const std::string&) -> Result<std::shared_ptr<const Rulebook>> {
            return rulebook_;
        };
        processor::WhatIfOptions options{.from = kInstantMin, .to = kInstantMax, .recorded = rules};
        if (beside_other) options.other = rules;
        const auto result = processor::replay_what_if(*store_, options);
        MERCAPTAN_CHECK(result.has_value() && result->commits_other == 0);
        return result->readings;
    }

    /// Of its rows of a reading: what the journal costs beside the history, before compression.
    [[nodiscard]] double bytes_per_reading(processor::StoreTable of) const {
        return static_cast<double>(bytes_[processor::table(of)]) / static_cast<double>(readings_);
    }

private:
    void count(const store::Batch& batch) {
        batch.for_each(
            [&](const store::Batch::Write& write, std::string_view key, std::string_view value) {
                bytes_[write.table] += key.size() + value.size();
                if (write.table == processor::table(processor::StoreTable::history)) ++readings_;
            });
    }

    std::array<std::uint64_t, processor::kStoreTableCount> bytes_{};
    std::uint64_t readings_ = 0;
    test::TempDir folder_;
    std::unique_ptr<store::Store> store_;
    std::shared_ptr<const Rulebook> rulebook_;
};

void replay(benchmark::State& state) {
    static const History history;
    std::uint64_t readings = 0;
    for ([[maybe_unused]] auto _ : state) readings += history.replay(state.range(0) != 0);
    state.SetItemsProcessed(static_cast<std::int64_t>(readings));
    state.counters["journal_bytes"] = history.bytes_per_reading(processor::StoreTable::journal);
    state.counters["history_bytes"] = history.bytes_per_reading(processor::StoreTable::history);
}
BENCHMARK(replay)->ArgName("other")->Arg(0)->Arg(1)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mercaptan::bench
