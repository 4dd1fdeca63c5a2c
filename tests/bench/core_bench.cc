// What one reading costs in the core when a million devices are known, beside the lookup alone.

#include <benchmark/benchmark.h>
#include <time.h>

#include <array>
#include <memory>
#include <vector>

#include "processor/core/engine.h"
#include "tests/bench/district.h"

namespace mercaptan::bench {
namespace {

/// Of this thread, so that a busy machine shows less.
double cpu_seconds() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

constexpr std::size_t kChunk =
    256;                           // Readings made at once, untimed: hot, as freshly decoded ones.
constexpr int kWarmUpRounds = 12;  // Until the supervision timers come and go as they always will.
const Name kGateway{"gateway-1"};

/// An engine that has heard every device for some minutes.
struct City {
    City() : district{device_count()} {
        const std::size_t before = resident_bytes();
        rulebook =
            std::make_shared<const processor::Rulebook>(shipped_rulebook(district.registry()));
        const std::size_t with_registry = resident_bytes();
        engine = std::make_unique<processor::Engine>(rulebook, District::kStart);
        engine->recovered(District::kStart);
        for (std::size_t n = 0; n < kWarmUpRounds * district.size(); n += kChunk) {
            district.next(readings);
            step();
        }
        const auto per_device = [&](std::size_t from, std::size_t to) {
            return static_cast<double>(to - from) / static_cast<double>(district.size());
        };
        registry_bytes = per_device(before, with_registry);
        engine_bytes = per_device(with_registry, resident_bytes());
    }

    /// As the processor does with the readings of one message.
    void step() {
        keys.clear();
        for (const Reading& reading : readings) keys.push_back({reading.site, reading.device});
        engine->foresee(keys);
        for (const Reading& reading : readings) {
            benchmark::DoNotOptimize(engine->step(reading.received_at, kGateway, reading));
        }
        engine->clear_changes();
    }

    District district;
    std::array<Reading, kChunk> readings;
    std::vector<processor::DeviceTable::Key> keys;
    std::shared_ptr<const processor::Rulebook> rulebook;
    std::unique_ptr<processor::Engine> engine;
    double registry_bytes = 0;
    double engine_bytes = 0;
};

City& city() {
    static City city;
    return city;
}

void core_step(benchmark::State& state) {
    City& c = city();
    for ([[maybe_unused]] auto _ : state) {
        c.district.next(c.readings);
        const double begun = cpu_seconds();
        c.step();
        state.SetIterationTime(cpu_seconds() - begun);
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kChunk));
    state.counters["engine_bytes_per_device"] = c.engine_bytes;
    state.counters["registry_bytes_per_device"] = c.registry_bytes;
}
BENCHMARK(core_step)->UseManualTime();

void device_lookup_alone(benchmark::State& state) {
    District district{device_count()};
    processor::DeviceTable table;
    for (std::size_t i = 0; i < district.size(); ++i)
        (void)table.find_or_add(district.site_of(i), district.id_of(i));
    std::array<Reading, kChunk> readings;
    for ([[maybe_unused]] auto _ : state) {
        district.next(readings);
        const double begun = cpu_seconds();
        for (const Reading& reading : readings) {
            const auto found = table.find(reading.site, reading.device);
            benchmark::DoNotOptimize(found);
        }
        state.SetIterationTime(cpu_seconds() - begun);
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kChunk));
}
BENCHMARK(device_lookup_alone)->UseManualTime();

}  // namespace
}  // namespace mercaptan::bench
