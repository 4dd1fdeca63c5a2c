#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/domain/reading.h"
#include "processor/core/rulebook.h"

namespace mercaptan::bench {

/// How many devices are known: MERCAPTAN_BENCH_DEVICES, else a million.
[[nodiscard]] std::size_t device_count();

/// Resident memory of this process, in bytes.
[[nodiscard]] std::size_t resident_bytes();

/// The shipped rules, policies, calendar and roster with a registry of our own.
[[nodiscard]] processor::Rulebook shipped_rulebook(DeviceRegistry registry = {});

/// A city of detectors, meters, sensors and valves, each of which reports once a minute.
///
/// Most readings are quiet, as they are in life: one in two thousand has some gas in it (an alarm
/// without a ticket, which clears by itself), and one in a hundred of a CO detector some CO. The
/// time of the readings passes as a minute for a round of all devices.
class District {
public:
    static constexpr Instant kStart{1'795'248'000'000};  // 2026-11-21T08:00:00Z
    static constexpr Duration kEvery{60'000};

    explicit District(std::size_t devices, Instant start = kStart);

    [[nodiscard]] std::size_t size() const { return devices_; }
    [[nodiscard]] DeviceRegistry registry() const;
    [[nodiscard]] Name site_of(std::size_t device) const;
    [[nodiscard]] Name id_of(std::size_t device) const;
    [[nodiscard]] static DeviceKind kind_of(std::size_t device);

    /// The next readings, in an order without any locality.
    void next(std::span<Reading> out);
    /// When the last of them was received.
    [[nodiscard]] Instant now() const { return now_; }

private:
    void set_values(Reading& reading, std::size_t device);

    std::size_t devices_;
    std::size_t stride_;
    std::uint64_t taken_ = 0;
    std::uint64_t draw_ = 0x9e3779b97f4a7c15;
    Instant start_;
    Instant now_;
};

/// The telemetry message that the decoders are measured with.
inline constexpr std::string_view kTopic = "gas/v1/330106-0012345/867724031234567/telemetry";
inline constexpr std::string_view kPayload =
    R"({"ts":"2026-11-21T08:00:00.123Z","seq":41,"ch4_lel_pct":3.5,"temperature_c":21.4,)"
    R"("battery_pct":88,"rssi_dbm":-87,"status":["mute"]})";

}  // namespace mercaptan::bench
