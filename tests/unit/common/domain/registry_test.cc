#include "common/domain/registry.h"

#include <gtest/gtest.h>

#include <string>

namespace mercaptan {
namespace {

RegistryEntry full() {
    RegistryEntry entry;
    entry.device_id = "det-1";
    entry.site = "site-1";
    entry.zone = "north";
    entry.group = "riser-3";
    entry.kind = DeviceKind::co_detector;
    entry.gas = Gas::lpg;
    entry.ack_telemetry = true;
    entry.valve_device = "valve-1";
    entry.profile = "goldcard";
    entry.location = std::string(300, 'k');
    entry.installed_on = Instant{1'700'000'000'123};
    entry.expires_on = Instant{-1};
    entry.expected_interval = Duration{90'500};
    return entry;
}

TEST(DeviceRegistry, UnpacksWhatWasPacked) {
    RegistryEntry bare;
    bare.device_id = "det-2";
    bare.site = "site-1";
    const DeviceRegistry registry{full(), bare, full()};
    ASSERT_EQ(registry.size(), 3U);
    EXPECT_EQ(registry[0], full());
    EXPECT_EQ(registry[1], bare);
    EXPECT_EQ(registry[2],
              full());  // As it was given; whether ids are unique is the file's affair.
}

TEST(DeviceRegistry, TellsNamesWithoutUnpacking) {
    const DeviceRegistry registry{full()};
    EXPECT_EQ(registry.device_id(0), "det-1");
    EXPECT_EQ(registry.site(0), "site-1");
    EXPECT_EQ(registry.zone(0), "north");
    EXPECT_EQ(registry.valve_device(0), "valve-1");
    EXPECT_EQ(registry.profile(0), "goldcard");
    EXPECT_EQ(registry.installed_on(0), Instant{1'700'000'000'123});
}

}  // namespace
}  // namespace mercaptan
