// Three years of hourly rows of a commercial meter, through the shipped rules. The rows are made by
// a generator with the shapes of real ones (hourly telemetry of three commercial meters of a
// Chinese city, 2018 to 2021): gas flows by day, two thirds of the rows show none, hours are
// missing and sometimes months, a second record some minutes after 08:00 bears an alarm code on
// half of the days, on it the index may step back by 0.02 to 0.03 m3, and once it is reset to
// nought.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "processor/io/rulebook_loader.h"
#include "tests/support/engine_driver.h"

namespace mercaptan::processor::test {
namespace {

using namespace std::chrono_literals;

constexpr int kHours = 3 * 365 * 24;
constexpr int kGapDays[] = {124, 248, 294};

class Generator {
public:
    double share() {  // From 0 to 1.
        state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
        return static_cast<double>(state_ >> 11U) / 9007199254740992.0;
    }
    bool chance(double p) { return share() < p; }

private:
    std::uint64_t state_ = 15;
};

/// Share of hours with flow and the usual flow in m3/h, by local hour of the day.
struct Hour {
    double busy;
    double flow;
};
constexpr Hour hour_of_day(int hour) {
    if (hour < 5 || hour > 21) return {0.02, 0.3};
    if (hour < 7) return {0.31, 4.0};
    if (hour < 20) return {0.54, 3.0};
    return {0.05, 0.7};
}

Rulebook shipped_rules() {
    const std::filesystem::path config = std::filesystem::path{MERCAPTAN_SOURCE_DIR} / "config";
    auto loaded = load_rulebook(load_processor_config(config / "processor.yaml")->rulebook);
    EXPECT_TRUE(loaded);
    Rulebook rulebook = **loaded;
    RegistryEntry meter = registered("site-1", "meter-1", DeviceKind::gas_meter);
    meter.profile = "commercial";
    rulebook.registry = {meter};
    // Its highest flow in all that time was 31 m3/h: a meter for 25, as they are sold, or larger.
    rulebook.rules.meter_sizes = {{"commercial", 25.0}};
    return rulebook;
}

TEST(MeterYears, ThreeYearsOfHourlyRowsRaiseNoClassOne) {
    EngineDriver district{shipped_rules()};
    Generator dice;
    double index = 86.293751;
    std::map<std::string, std::uint64_t> raised;
    const auto read = [&](double flow, bool code) {
        std::vector<Status> status;
        if (code) status.push_back(Status::alarm_low);
        (void)district.read({.device = "meter-1",
                             .values = {{Quantity::volume_m3, index},
                                        {Quantity::flow_m3h, flow},
                                        {Quantity::temperature_c, 20 + 5 * dice.share()},
                                        {Quantity::pressure_kpa, 380 + 60 * dice.share()}},
                             .status = status});
    };
    std::size_t rows = 0;
    std::size_t gap = 0;
    for (int hour = 0; hour < kHours; ++hour) {
        district.wait(1h);
        if (hour == kHours / 2) index = 0;
        if (gap < std::size(kGapDays) && hour == static_cast<int>(gap + 1) * 4000) {
            district.wait(std::chrono::hours{24 * kGapDays[gap]});
            index += 24 * kGapDays[gap] * 0.9;
            ++gap;
        }
        const Hour now = hour_of_day(hour % 24);
        double flow = dice.chance(now.busy) ? now.flow * 2 * dice.share() : 0;
        if (flow > 0 && dice.chance(0.0005)) flow = 31.3;
        index += flow * (0.5 + 0.5 * dice.share());
        if (dice.chance(0.03)) continue;  // The row is missing.
        read(flow, false);
        ++rows;
        if (hour % 24 != 8) continue;
        district.wait(7min + 34s);
        const bool back = dice.chance(0.002);
        if (back) index -= 0.02 + 0.01 * dice.share();
        read(flow, dice.chance(0.6));
        ++rows;
    }
    EXPECT_GT(rows, 25'000U);
    for (const Ticket& ticket : district.tickets()) {
        EXPECT_NE(ticket.ticket_class, TicketClass::one) << ticket.cause.condition;
        raised[ticket.cause.condition] += 1;
    }
    EXPECT_EQ(raised["meter.never_still"], 0U);
    EXPECT_EQ(raised["meter.low_pressure"], 0U);
    EXPECT_EQ(raised["meter.index_frozen"], 0U);
    const auto back = district.alarm("meter.index_back", "meter-1");
    ASSERT_TRUE(back) << "the reset to nought is told";
    EXPECT_EQ(back->occurrences, 1U) << "the small steps are not";
}

}  // namespace
}  // namespace mercaptan::processor::test
