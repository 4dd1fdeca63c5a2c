// The processor without brokers: uplink batches in, history synced to RocksDB out.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/domain/check.h"
#include "common/metrics/metrics.h"
#include "common/store/rocks_store.h"
#include "processor/io/runtime.h"
#include "processor/io/tables.h"
#include "processor/processor.h"
#include "tests/bench/uplinks.h"
#include "tests/support/temp_dir.h"

namespace mercaptan::bench {
namespace {

using Clock = std::chrono::steady_clock;

/// As many as a real district sends a minute, but never more than the benchmark has time for.
std::size_t known_devices() {
    return std::min<std::size_t>(device_count(), 200'000);
}

std::size_t message_count() {
    return std::max<std::size_t>(4, known_devices() * 10 / kUplinkReadings);
}

Instant wall_now() {
    const auto now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
    return Instant{now.time_since_epoch().count()};
}

struct Rig {
    explicit Rig(Instant start) : district{known_devices(), start} {
        store::RocksOptions options;
        options.path = folder.path() / "store";
        options.tables = processor::store_tables();
        auto opened = store::open_rocks_store(options);
        MERCAPTAN_CHECK(opened.has_value());
        store = std::move(*opened);
        Uplinks uplinks{district};
        const std::size_t count = message_count();
        messages.reserve(count);
        while (messages.size() < count) messages.push_back(uplinks.next());
        auto made = processor::Processor::open(
            {}, std::make_shared<const processor::Rulebook>(shipped_rulebook(district.registry())),
            *store, start);
        MERCAPTAN_CHECK(made.has_value());
        processor = std::move(*made);
    }
    [[nodiscard]] std::int64_t readings() const {
        return static_cast<std::int64_t>(messages.size() * kUplinkReadings);
    }

    test::TempDir folder;
    District district;
    std::unique_ptr<store::Store> store;
    std::vector<std::string> messages;
    std::unique_ptr<processor::Processor> processor;
};

/// One thread that steps, encodes, writes and syncs in turn.
void processor_one_thread(benchmark::State& state) {
    for ([[maybe_unused]] auto _ : state) {
        Rig rig{District::kStart};
        // The messages' own pace; a city's minute passes in a second or two.
        const std::int64_t ms_each = 600'000 / static_cast<std::int64_t>(rig.messages.size());
        Instant now = District::kStart;
        std::size_t commits = 0;
        const auto begun = Clock::now();
        for (const std::string& message : rig.messages) {
            now = now + Duration{ms_each};
            rig.processor->on_uplink(kUplinkTopic, message, now);
            if (!rig.processor->urgent() && &message != &rig.messages.back()) continue;
            auto commit = rig.processor->close(now);
            MERCAPTAN_CHECK(rig.store->write(commit->batch, store::Sync::yes).has_value());
            rig.processor->recycle(std::move(commit));
            ++commits;
        }
        state.SetIterationTime(std::chrono::duration<double>(Clock::now() - begun).count());
        state.SetItemsProcessed(rig.readings());
        state.counters["commits"] = static_cast<double>(commits);
    }
}
BENCHMARK(processor_one_thread)->UseManualTime()->Iterations(1)->Unit(benchmark::kMillisecond);

/// A broker that takes everything, and that answers when it is asked to.
class Broker {
public:
    Result<void> publish(const processor::EffectRow& row, std::uint64_t token) {
        if (token != 0) {
            const std::lock_guard lock{mutex_};
            taken_.push_back(token);
            return {};
        }
        wire::Watermark watermark;
        MERCAPTAN_CHECK(watermark.ParseFromString(row.payload));
        for (const auto& mark : watermark.marks()) confirmed_ = mark.seq();
        return {};
    }
    void answer(processor::Runtime& runtime) {
        std::vector<std::uint64_t> tokens;
        {
            const std::lock_guard lock{mutex_};
            tokens.swap(taken_);
        }
        for (const std::uint64_t token : tokens) runtime.on_published(token, true);
    }
    /// The processor's watermark: the last message whose readings are on disk.
    [[nodiscard]] std::uint64_t confirmed() const { return confirmed_; }

private:
    std::mutex mutex_;
    std::vector<std::uint64_t> taken_;
    std::atomic<std::uint64_t> confirmed_{0};
};

/// As in the program: one thread steps while another one syncs.
void processor_pipelined(benchmark::State& state) {
    for ([[maybe_unused]] auto _ : state) {
        Rig rig{wall_now()};
        metrics::Registry metrics;
        Broker broker;
        processor::Runtime runtime{
            {.processor = std::move(rig.processor),
             .store = *rig.store,
             .metrics = metrics,
             .publish = [&](const processor::EffectRow& row,
                            std::uint64_t token) { return broker.publish(row, token); },
             .on_feed = {}}};
        runtime.start();
        runtime.on_ready();
        const auto begun = Clock::now();
        for (const std::string& message : rig.messages)
            runtime.on_uplink(Lane::bulk, kUplinkTopic, message);
        while (broker.confirmed() < rig.messages.size()) {
            MERCAPTAN_CHECK(Clock::now() - begun < std::chrono::minutes{2});
            broker.answer(runtime);
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
        }
        state.SetIterationTime(std::chrono::duration<double>(Clock::now() - begun).count());
        runtime.stop();
        state.SetItemsProcessed(rig.readings());
    }
}
BENCHMARK(processor_pipelined)->UseManualTime()->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mercaptan::bench
