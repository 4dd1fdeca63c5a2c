// Three years of hourly rows of a commercial meter, through the shipped rules. The rows are made by
// a generator with the shapes of real ones (hourly telemetry of three commercial meters of a
// Chinese city, 2018 to 2021): gas flows by day, two thirds of the rows show none, hours are
// missing and sometimes months, a second record some minutes after 08:00 bears an alarm code on
// half of the days, on it the index may step back by 0.02 to 0.03 m3, and once it is reset to
// nought.

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
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

Rulebook shipped_rules(double size) {
    const std::filesystem::path config = std::filesystem::path{MERCAPTAN_SOURCE_DIR} / "config";
    auto loaded = load_rulebook(load_processor_config(config / "processor.yaml")->rulebook);
    EXPECT_TRUE(loaded);
    Rulebook rulebook = **loaded;
    RegistryEntry meter = registered("site-1", "meter-1", DeviceKind::gas_meter);
    meter.profile = "commercial";
    rulebook.registry = {meter};
    rulebook.rules.meter_sizes = {{"commercial", size}};
    return rulebook;
}

constexpr double kSize = 25;      // Its highest flow in all that time was 31 m3/h.
constexpr double kTooSmall = 16;  // As meters are sold; 1.82 times that is 29.1 m3/h.

/// One meter for three years.
class MeterYears : public testing::Test {
protected:
    /// Until there is a Class 1 ticket. `burst_at`: the hour in which a pipe behind the meter is
    /// broken.
    void run(double size, std::optional<int> burst_at = std::nullopt) {
        district_ = std::make_unique<EngineDriver>(shipped_rules(size));
        Generator dice;
        std::size_t gap = 0;
        for (int hour = 0; hour < kHours; ++hour) {
            district_->wait(1h);
            if (hour % 24 == 0 && !raised(TicketClass::one).empty()) return;
            if (hour == kHours / 2) index_ = 0;
            if (gap < std::size(kGapDays) && hour == static_cast<int>(gap + 1) * 4000) {
                district_->wait(std::chrono::hours{24 * kGapDays[gap]});
                index_ += 24 * kGapDays[gap] * 0.9;
                ++gap;
            }
            const Hour now = hour_of_day(hour % 24);
            double flow = dice.chance(now.busy) ? now.flow * 2 * dice.share() : 0;
            if (flow > 0 && dice.chance(0.0005)) flow = 31.3;
            index_ += flow * (0.5 + 0.5 * dice.share());
            if (hour == burst_at) index_ += 120;
            if (dice.chance(0.03) && hour != burst_at) continue;  // The row is missing.
            read(flow, false, dice);
            if (hour % 24 != 8) continue;
            district_->wait(7min + 34s);
            const bool back = dice.chance(0.002);
            if (back) index_ -= 0.02 + 0.01 * dice.share();
            read(flow, dice.chance(0.6), dice);
        }
    }
    [[nodiscard]] std::map<std::string, int> raised(TicketClass ticket_class) const {
        std::map<std::string, int> causes;
        for (const Ticket& ticket : district_->tickets())
            if (ticket.ticket_class == ticket_class) ++causes[ticket.cause.condition];
        return causes;
    }
    [[nodiscard]] const EngineDriver& district() const { return *district_; }
    [[nodiscard]] std::size_t rows() const { return rows_; }

private:
    void read(double flow, bool code, Generator& dice) {
        std::vector<Status> status;
        if (code) status.push_back(Status::alarm_low);
        (void)district_->read({.device = "meter-1",
                               .values = {{Quantity::volume_m3, index_},
                                          {Quantity::flow_m3h, flow},
                                          {Quantity::temperature_c, 20 + 5 * dice.share()},
                                          {Quantity::pressure_kpa, 380 + 60 * dice.share()}},
                               .status = status});
        ++rows_;
    }

    std::unique_ptr<EngineDriver> district_;
    double index_ = 86.293751;
    std::size_t rows_ = 0;
};

TEST_F(MeterYears, ThreeYearsOfHourlyRowsRaiseNoClassOne) {
    run(kSize);
    EXPECT_GT(rows(), 25'000U);
    EXPECT_EQ(raised(TicketClass::one), (std::map<std::string, int>{}));
    for (const TicketClass other : {TicketClass::two, TicketClass::three}) {
        const auto causes = raised(other);
        EXPECT_FALSE(causes.contains("meter.never_still"));
        EXPECT_FALSE(causes.contains("meter.low_pressure"));
        EXPECT_FALSE(causes.contains("meter.index_frozen"));
    }
    const auto back = district().alarm("meter.index_back", "meter-1");
    ASSERT_TRUE(back) << "the reset to nought is told";
    EXPECT_EQ(back->occurrences, 1U) << "the small steps are not";
}

// What they do not say, they could have said.

TEST_F(MeterYears, TheSameRowsExceedASmallerMeter) {
    run(kTooSmall);
    EXPECT_TRUE(raised(TicketClass::one).contains("meter.excess_flow"));
}

TEST_F(MeterYears, ABurstBetweenTwoRowsIsToldByTheIndex) {
    run(kSize, kHours / 4);
    EXPECT_EQ(raised(TicketClass::one), (std::map<std::string, int>{{"meter.excess_flow", 1}}));
}

}  // namespace
}  // namespace mercaptan::processor::test
