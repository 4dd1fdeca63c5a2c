#include "gateway/core/emergency.h"

#include <gtest/gtest.h>

#include <vector>

namespace mercaptan::gateway {
namespace {

struct Row {
    const char* name;
    std::vector<std::pair<Quantity, double>> values;
    std::vector<Status> status;
    Gas gas;
    bool emergency;
};

TEST(Emergency, IsGasOrCoAtTheSetPointOrTheDevicesOwnAlarm) {
    using enum Quantity;
    using enum Status;
    const Gas natural = Gas::natural_gas;
    const std::vector<Row> rows{
        {"below", {{ch4_lel_pct, 19.9}}, {}, natural, false},
        {"at the set-point", {{ch4_lel_pct, 20.0}}, {}, natural, true},
        {"lpg", {{lpg_lel_pct, 20.0}}, {}, Gas::lpg, true},
        {"ppm below", {{ch4_ppm, 9'999.0}}, {}, natural, false},
        {"ppm at 20 %LEL of 5 vol%", {{ch4_ppm, 10'000.0}}, {}, natural, true},
        {"the same ppm of lpg is more", {{ch4_ppm, 3'600.0}}, {}, Gas::lpg, true},
        {"vol%", {{ch4_vol_pct, 1.0}}, {}, natural, true},
        {"vol% below", {{ch4_vol_pct, 0.9}}, {}, natural, false},
        {"the highest counts", {{ch4_lel_pct, 1.0}, {ch4_vol_pct, 2.0}}, {}, natural, true},
        {"co below", {{co_ppm, 99.0}}, {}, natural, false},
        {"co", {{co_ppm, 100.0}}, {}, natural, true},
        {"own low alarm", {}, {alarm_low}, natural, true},
        {"own high alarm", {}, {alarm_high}, natural, true},
        {"own alarm, muted", {}, {alarm_high, mute}, natural, true},
        {"own alarm in a self-test", {}, {alarm_high, self_test}, natural, false},
        {"gas in a self-test", {{ch4_lel_pct, 60.0}}, {self_test}, natural, false},
        {"gas while warming up", {{ch4_lel_pct, 60.0}}, {preheat}, natural, false},
        {"faults are none",
         {},
         {sensor_fault, end_of_life, tamper, power_lost, mute},
         natural,
         false},
        {"unknown concentration", {{ch4_ppm, -1.0}}, {}, natural, false},
        {"nothing", {}, {}, natural, false},
    };
    for (const Row& row : rows) {
        Reading reading;
        for (const auto& [quantity, number] : row.values) reading.values.set(quantity, number);
        for (const Status status : row.status) reading.status.add(status);
        EXPECT_EQ(is_emergency(reading, row.gas, SetPoints{}), row.emergency) << row.name;
    }
}

TEST(Emergency, UsesTheConfiguredBase) {
    Reading reading;
    reading.values.set(Quantity::ch4_vol_pct, 0.88);
    SetPoints points;
    EXPECT_FALSE(is_emergency(reading, Gas::natural_gas, points));
    points.lel_vol_pct[0] = 4.4;
    EXPECT_TRUE(is_emergency(reading, Gas::natural_gas, points));
}

}  // namespace
}  // namespace mercaptan::gateway
