// One native message to a Reading, beside hand-written simdjson on-demand of the same message.

#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <cstring>

#include "common/domain/check.h"
#include "gateway/profiles/native.h"
#include "tests/bench/district.h"

namespace mercaptan::bench {
namespace {

void native_decode(benchmark::State& state) {
    gateway::profiles::NativeProfile profile;
    gateway::profiles::Decoded decoded;
    for ([[maybe_unused]] auto _ : state) {
        profile.decode(kTopic, kPayload, decoded);
        benchmark::DoNotOptimize(decoded.readings.data());
        benchmark::ClobberMemory();
    }
    MERCAPTAN_CHECK(decoded.outcome == gateway::profiles::Outcome::readings);
    MERCAPTAN_CHECK(decoded.readings.front().values.size() == 4);
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(native_decode);

/// The least that has to be done, with a known order of fields and no care for bad input.
struct ByHand {
    simdjson::ondemand::parser parser;
    char padded[512 + simdjson::SIMDJSON_PADDING] = {};

    void decode(std::string_view topic, std::string_view payload, Reading& reading) {
        topic.remove_prefix(7);  // gas/v1/
        const std::size_t slash = topic.find('/');
        reading.site = Name{topic.substr(0, slash)};
        topic.remove_prefix(slash + 1);
        reading.device = Name{topic.substr(0, topic.find('/'))};
        std::memcpy(padded, payload.data(), payload.size());
        auto document = parser.iterate(padded, payload.size(), sizeof padded);
        reading.event_at = *parse_rfc3339(std::string_view{document["ts"]});
        reading.seq = std::uint64_t{document["seq"]};
        reading.values.set(Quantity::ch4_lel_pct, double{document["ch4_lel_pct"]});
        reading.values.set(Quantity::temperature_c, double{document["temperature_c"]});
        reading.values.set(Quantity::battery_pct, double{document["battery_pct"]});
        reading.values.set(Quantity::rssi_dbm, double{document["rssi_dbm"]});
        for (auto name : document["status"].get_array())
            if (const auto status = status_from(std::string_view{name}))
                reading.status.add(*status);
    }
};

void hand_written_decode(benchmark::State& state) {
    ByHand by_hand;
    Reading reading;
    for ([[maybe_unused]] auto _ : state) {
        by_hand.decode(kTopic, kPayload, reading);
        benchmark::DoNotOptimize(reading);
        benchmark::ClobberMemory();
    }
    MERCAPTAN_CHECK(reading.values.size() == 4 && reading.status.has(Status::mute));
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(hand_written_decode);

}  // namespace
}  // namespace mercaptan::bench
