// The codecs between the programs and between processor and store, per reading.

#include <benchmark/benchmark.h>

#include <array>
#include <string>

#include "common/domain/check.h"
#include "common/wire/uplink.pb.h"
#include "processor/io/rows.h"
#include "tests/bench/uplinks.h"

namespace mercaptan::bench {
namespace {

void uplink_parse(benchmark::State& state) {
    District district{device_count()};
    Uplinks uplinks{district};
    const std::string message = uplinks.next();
    wire::Uplink uplink;
    for ([[maybe_unused]] auto _ : state) {
        MERCAPTAN_CHECK(uplink.ParseFromString(message));
        benchmark::ClobberMemory();
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kUplinkReadings));
    state.counters["bytes_per_reading"] =
        static_cast<double>(message.size()) / static_cast<double>(kUplinkReadings);
}
BENCHMARK(uplink_parse);

/// Key and value of the history row, and the entry of the journal: all that a reading leaves.
void history_encode(benchmark::State& state) {
    District district{device_count()};
    std::array<Reading, kUplinkReadings> readings;
    district.next(readings);
    std::string key;
    std::string value;
    std::string journal;
    std::size_t bytes = 0;
    for ([[maybe_unused]] auto _ : state) {
        journal.clear();
        bytes = 0;
        for (const Reading& reading : readings) {
            processor::history_key(key, reading);
            processor::encode_history(value, reading, district.now(), false);
            processor::encode_journal_reading(journal, reading, district.now(), false);
            bytes += key.size() + value.size();
            benchmark::DoNotOptimize(value.data());
        }
        benchmark::ClobberMemory();
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(readings.size()));
    state.counters["bytes_per_reading"] =
        static_cast<double>(bytes + journal.size()) / static_cast<double>(readings.size());
}
BENCHMARK(history_encode);

}  // namespace
}  // namespace mercaptan::bench
