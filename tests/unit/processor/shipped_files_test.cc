// The files under config/ say what the product promises by default.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/io/rulebook_loader.h"
#include "tests/support/repair_names.h"

namespace mercaptan::processor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::filesystem::path kConfig = std::filesystem::path{MERCAPTAN_SOURCE_DIR} / "config";

class ShippedFiles : public testing::Test {
protected:
    ShippedFiles() {
        auto config = load_processor_config(kConfig / "processor.yaml");
        EXPECT_TRUE(config) << config.error().message;
        auto book = load_rulebook(config->rulebook, &warnings_);
        EXPECT_TRUE(book) << book.error().message;
        book_ = *std::move(book);
    }

    [[nodiscard]] const Condition& condition(std::string_view id) const {
        const auto& all = book_->rules.conditions;
        const auto found =
            std::find_if(all.begin(), all.end(), [id](const Condition& c) { return c.id == id; });
        EXPECT_NE(found, all.end()) << id;
        return *found;
    }
    [[nodiscard]] Band band(std::string_view id) const { return condition(id).bands.at(0); }
    [[nodiscard]] const ClockRule& clock(std::string_view policy, std::string_view name) const {
        const auto& all = book_->policy_named(policy)->clocks;
        const auto found =
            std::find_if(all.begin(), all.end(), [name](const auto& c) { return c.name == name; });
        EXPECT_NE(found, all.end()) << policy << " " << name;
        return *found;
    }

    std::vector<std::string> warnings_;
    std::shared_ptr<const Rulebook> book_;
};

TEST_F(ShippedFiles, FitTogether) {
    EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(ShippedFiles, GiveEachConditionItsClass) {
    constexpr auto kOne = TicketClass::one;
    constexpr auto kTwo = TicketClass::two;
    constexpr auto kThree = TicketClass::three;
    const std::map<std::string, std::optional<TicketClass>> expected{
        {"gas.notice", std::nullopt},
        {"gas.warn", kTwo},
        {"gas.alarm", kOne},
        {"gas.critical", kOne},
        {"device.gas_alarm", kOne},
        {"device.meter_alarm", kTwo},
        {"co.dose", kOne},
        {"device.unreadable_alarm", kOne},
        {"gateway.silent", kTwo},
        {"valve.failed", kTwo},
        {"device.offline", kTwo},
        {"device.sensor_fault", kTwo},
        {"device.tamper", kTwo},
        {"device.meter_silent", kThree},
        {"meter.excess_flow", kOne},
        {"meter.closed_valve_flow", kOne},
        {"meter.sudden_increase", kTwo},
        {"meter.steady_flow", std::nullopt},
        {"meter.never_still", kTwo},
        {"meter.low_pressure", kTwo},
        {"meter.index_back", kThree},
        {"meter.index_frozen", kThree},
        {"device.low_battery", kThree},
        {"device.battery_level", kThree},
        {"device.end_of_life", kThree},
        {"device.power_lost", std::nullopt},
    };
    std::map<std::string, std::optional<TicketClass>> found;
    for (const Condition& c : book_->rules.conditions) {
        found[c.id] = c.ticket;
        const bool emergency = c.ticket == kOne;
        EXPECT_EQ(c.latched, emergency) << c.id;
        const bool leak = emergency || c.id == "gas.warn";
        EXPECT_EQ(c.hazard, leak ? Hazard::leak : Hazard::device) << c.id;
    }
    EXPECT_EQ(found, expected);
}

TEST_F(ShippedFiles, SetTheGasLevels) {
    EXPECT_EQ(band("gas.notice").set, 5);
    EXPECT_EQ(band("gas.notice").clear, 3);
    EXPECT_EQ(band("gas.warn").set, 10);
    EXPECT_EQ(band("gas.warn").clear, 8);
    EXPECT_EQ(band("gas.alarm").set, 20);
    EXPECT_EQ(band("gas.alarm").clear, 17);
    EXPECT_EQ(band("gas.critical").set, 50);
    EXPECT_EQ(band("gas.critical").clear, 47);
    EXPECT_THAT(book_->rules.lel_vol_pct, ElementsAre(5.0, 1.8, 4.0));
}

TEST_F(ShippedFiles, DoseCarbonMonoxide) {
    const Condition& dose = condition("co.dose");
    EXPECT_EQ(dose.quantity, Quantity::co_ppm);
    ASSERT_EQ(dose.bands.size(), 3U);
    EXPECT_EQ(dose.bands[0].set, 300);
    EXPECT_EQ(dose.bands[0].on_delay, Duration{0});
    EXPECT_EQ(dose.bands[1].set, 100);
    EXPECT_EQ(dose.bands[1].on_delay, std::chrono::minutes{10});
    EXPECT_EQ(dose.bands[2].set, 50);
    EXPECT_EQ(dose.bands[2].on_delay, std::chrono::minutes{60});
}

/// Minutes of a constant exposure until the hold of one of the bands is reached.
std::optional<int> minutes_until_alarm(const std::vector<Band>& bands, double ppm, int minutes) {
    std::vector<Hold> holds(bands.size());
    for (int half = 0; half <= 2 * minutes; ++half) {
        for (std::size_t b = 0; b < bands.size(); ++b) {
            const Level level = ppm >= bands[b].set ? Level::high : Level::low;
            if (holds[b].add({Instant{std::int64_t{half} * 30'000}, level}, bands[b].on_delay))
                return half / 2;
        }
    }
    return std::nullopt;
}

TEST_F(ShippedFiles, CarbonMonoxideAlarmsWhenTheStandardsSay) {
    struct Row {
        const char* standard;
        double ppm;
        int from;  // Minutes; no alarm before,
        int to;    // alarm by then. Equal: no alarm so far.
    };
    const Row rows[] = {
        {"EN 50291", 30, 120, 120},
        {"EN 50291", 50, 60, 90},
        {"EN 50291", 100, 10, 40},
        {"EN 50291", 300, 0, 3},
        {"UL 2034", 30, 30 * 1440, 30 * 1440},
        {"UL 2034", 70, 60, 240},
        {"UL 2034", 150, 10, 50},
        {"UL 2034", 400, 4, 15},
    };
    const Condition& dose = condition("co.dose");
    ASSERT_EQ(dose.variants.size(), 1U);
    for (const Row& row : rows) {
        SCOPED_TRACE(std::string{row.standard} + " " + std::to_string(row.ppm));
        const bool en = std::string_view{row.standard} == "EN 50291";
        const auto at =
            minutes_until_alarm(en ? dose.bands : dose.variants[0].bands, row.ppm, row.to);
        EXPECT_EQ(at.has_value(), row.from != row.to);
        if (at) {
            EXPECT_GE(*at, row.from);
            EXPECT_LE(*at, row.to);
        }
    }
}

TEST_F(ShippedFiles, TellDetectorsFromMeters) {
    EXPECT_THAT(condition("device.gas_alarm").kinds,
                ElementsAre(DeviceKind::leak_detector, DeviceKind::co_detector));
    EXPECT_TRUE(condition("device.gas_alarm").any_of.has(Status::alarm_low));
    EXPECT_TRUE(condition("device.gas_alarm").any_of.has(Status::alarm_high));
    EXPECT_EQ(condition("device.gas_alarm").any_of, condition("device.meter_alarm").any_of);
    EXPECT_THAT(condition("device.meter_alarm").kinds,
                ElementsAre(DeviceKind::gas_meter, DeviceKind::pressure_sensor, DeviceKind::valve));
    EXPECT_EQ(condition("device.battery_level").compare, Compare::at_most);
}

TEST_F(ShippedFiles, ClassReportsBySymptom) {
    for (std::size_t i = 0; i < kSymptomCount; ++i) {
        const auto symptom = static_cast<Symptom>(i);
        const auto expected = symptom <= Symptom::explosion ? TicketClass::one
                              : symptom == Symptom::other   ? TicketClass::three
                                                            : TicketClass::two;
        EXPECT_EQ(book_->rules.symptom_class[i], expected) << to_string(symptom);
    }
}

TEST_F(ShippedFiles, RunClassOneByTheMinute) {
    using std::chrono::hours;
    using std::chrono::minutes;
    const auto exact = [](Duration d) { return Span{Span::Unit::exact, d.count()}; };
    EXPECT_EQ(clock("repair.class1", "dispatch").within, exact(minutes{1}));
    EXPECT_EQ(clock("repair.class1", "accept").within, exact(minutes{10}));
    EXPECT_EQ(clock("repair.class1", "depart").within, exact(minutes{30}));
    EXPECT_EQ(clock("repair.class1", "depart").from, RepairState::raised);
    EXPECT_EQ(clock("repair.class1", "arrive").within, exact(minutes{60}));
    EXPECT_EQ(clock("repair.class1", "arrive").from, RepairState::raised);
    EXPECT_EQ(clock("repair.class1", "callback").within, exact(hours{48}));
    EXPECT_EQ(book_->policy_named("repair.class1")->escalate_every, minutes{10});
    EXPECT_EQ(clock("repair.class2", "dispatch").within, exact(hours{2}));
    EXPECT_EQ(clock("repair.class2", "arrive").within, exact(hours{8}));
    EXPECT_EQ(clock("repair.class2", "arrive").from, RepairState::dispatched);
    ASSERT_EQ(clock("repair.class2", "arrive").thresholds.size(), 1U);
    EXPECT_EQ(clock("repair.class2", "arrive").thresholds[0].at, exact(hours{4}));
    EXPECT_EQ(clock("repair.class2", "callback").within, exact(hours{24}));
    EXPECT_EQ(clock("repair.class3", "accept").within, exact(minutes{10}));
    EXPECT_EQ(clock("repair.class3", "callback").within, exact(hours{24}));
    EXPECT_FALSE(book_->policy_named("repair.class3")->auto_dispatch);
}

TEST_F(ShippedFiles, CountTheWorkdaysOfChina) {
    for (const int year : {2025, 2026}) {
        int workdays = 0;
        for (Day d = day_from_civil(year, 1, 1); d <= day_from_civil(year, 12, 31); ++d) {
            workdays += book_->calendar.is_business_day(d) ? 1 : 0;
        }
        EXPECT_EQ(workdays, 248) << year;
    }
    EXPECT_TRUE(book_->calendar.is_business_day(day_from_civil(2026, 10, 10)));
    EXPECT_FALSE(book_->calendar.is_business_day(day_from_civil(2026, 10, 7)));
}

TEST_F(ShippedFiles, HaveTwoCrewsForEachZone) {
    std::map<Name, int> crews;
    for (const Crew& crew : book_->roster.crews) {
        for (const Name& zone : crew.zones) ++crews[zone];
    }
    for (std::size_t i = 0; i < book_->registry.size(); ++i) {
        EXPECT_GE(crews[book_->registry.zone(i)], 2) << book_->registry.zone(i);
    }
    EXPECT_TRUE(book_->roster.is_supervisor("supervisor"));
    EXPECT_FALSE(book_->roster.is_supervisor("dispatcher-1"));
}

}  // namespace
}  // namespace mercaptan::processor
