// The packed form of quiet devices says the same as a hold of each band would.

#include "processor/core/hold_table.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <vector>

namespace mercaptan::processor::test {
namespace {

constexpr std::array<double, 2> kSet{100, 50};
constexpr std::array<Duration, 2> kDelay{Duration{600'000}, Duration{3'600'000}};

struct Said {
    std::int64_t at = 0;
    double value = 0;
};

Level level(double value, std::size_t band) {
    if (value >= kSet[band]) return Level::high;
    return value < kSet[band] - 10 ? Level::low : Level::between;
}

rc::Gen<std::vector<Said>> any_said() {
    const auto one = rc::gen::construct<Said>(
        rc::gen::map(rc::gen::inRange<std::int64_t>(-200, 200),
                     [](std::int64_t minutes) { return minutes * 60'000; }),
        // Mostly low: that is what is packed.
        rc::gen::weightedOneOf<double>(
            {{9, rc::gen::just(0.0)}, {1, rc::gen::element(45.0, 60.0, 95.0, 120.0)}}));
    return rc::gen::container<std::vector<Said>>(one);
}

RC_GTEST_PROP(HoldTable, SaysWhatAHoldOfEachBandSays, ()) {
    HoldTable table;
    std::array<Hold, 2> plain;
    for (const Said& said : *any_said()) {
        const Instant at{said.at};
        std::array<Level, 2> levels{level(said.value, 0), level(said.value, 1)};
        std::array<bool, 2> held{};
        ConditionHolds& holds = table.at(7, 1);
        const bool low = levels[0] == Level::low && levels[1] == Level::low;
        const bool packed = low && holds.add_low(at);
        for (std::size_t band = 0; band < 2; ++band) {
            if (!packed) {
                held[band] =
                    holds.of(static_cast<std::uint8_t>(band)).add({at, levels[band]}, kDelay[band]);
            }
            RC_ASSERT(held[band] == plain[band].add({at, levels[band]}, kDelay[band]));
        }
    }
    table.for_each(7, [&](std::uint8_t condition, std::uint8_t band, const Hold& hold) {
        RC_ASSERT(condition == 1);
        RC_ASSERT(hold.samples() == plain[band].samples());
    });
}

TEST(RecentTimes, KeepsTheNewestInOrderAndEachOnce) {
    constexpr std::int64_t kDay = 86'400'000;
    struct Row {
        const char* why;
        std::vector<std::int64_t> added;
        std::vector<std::int64_t> kept;
    };
    const std::vector<Row> rows = {
        {"in order", {1, 2, 3}, {1, 2, 3}},
        {"out of order", {3, 1, 2}, {1, 2, 3}},
        {"a repeat", {5, 5, 4, 5}, {4, 5}},
        {"more than fit: the oldest goes", {1, 2, 3, 4, 5, 6, 7, 8, 9}, {2, 3, 4, 5, 6, 7, 8, 9}},
        {"an older one than all that fit", {2, 3, 4, 5, 6, 7, 8, 9, 1}, {2, 3, 4, 5, 6, 7, 8, 9}},
        {"49 days are kept", {0, 49 * kDay}, {0, 49 * kDay}},
        {"50 days are not", {0, 50 * kDay}, {50 * kDay}},
        {"nor when the old one comes late", {50 * kDay, 0}, {50 * kDay}},
    };
    for (const Row& row : rows) {
        RecentTimes times;
        for (const std::int64_t at : row.added) times.add(Instant{at});
        std::vector<std::int64_t> kept;
        times.for_each([&](Instant at) { kept.push_back(at.ms); });
        EXPECT_EQ(kept, row.kept) << row.why;
    }
}

}  // namespace
}  // namespace mercaptan::processor::test
