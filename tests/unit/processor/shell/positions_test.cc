#include "processor/positions.h"

#include <gtest/gtest.h>

namespace mercaptan::processor {
namespace {

using V = Positions::Verdict;

struct Step {
    std::uint64_t seq;
    std::uint64_t oldest;
    V verdict;
    std::uint64_t watermark_after;
};

void expect_all(Positions& positions, std::initializer_list<Step> steps) {
    for (const Step& step : steps) {
        EXPECT_EQ(positions.take(
                      {.gateway = "gw", .epoch = 7, .seq = step.seq, .oldest_seq = step.oldest}),
                  step.verdict)
            << "seq " << step.seq;
        EXPECT_EQ(positions.of("gw").at(0).seq, step.watermark_after) << "seq " << step.seq;
    }
}

TEST(Positions, InOrderEachIsTakenOnce) {
    Positions positions;
    expect_all(positions, {{1, 1, V::taken, 1},
                           {2, 1, V::taken, 2},
                           {1, 1, V::duplicate, 2},
                           {2, 2, V::duplicate, 2}});
    EXPECT_EQ(positions.missing(), 0U);
}

TEST(Positions, WhatOvertakesIsTakenAndTheWatermarkWaits) {
    Positions positions;
    expect_all(positions, {{1, 1, V::taken, 1},
                           {4, 1, V::taken, 1},
                           {3, 1, V::taken, 1},
                           {4, 1, V::duplicate, 1},
                           {3, 1, V::duplicate, 1},
                           {2, 1, V::taken, 4}});
}

TEST(Positions, ANewProcessorBeginsWithTheOldestThatIsHeld) {
    Positions positions;
    expect_all(positions, {{501, 500, V::taken, 499}, {500, 500, V::taken, 501}});
    EXPECT_EQ(positions.missing(), 0U);
}

TEST(Positions, WhatTheGatewayNoLongerHoldsIsCounted) {
    Positions positions;
    expect_all(
        positions,
        {{1, 1, V::taken, 1}, {10, 8, V::taken, 7}, {8, 8, V::taken, 8}, {9, 8, V::taken, 10}});
    EXPECT_EQ(positions.missing(), 6U);
}

TEST(Positions, TooFarAheadHasToBeSentAgain) {
    Positions positions;
    ASSERT_EQ(positions.take({.gateway = "gw", .seq = 1, .oldest_seq = 1}), V::taken);
    std::uint64_t seq = 1;
    for (std::size_t i = 0; i < Positions::kAheadMax; ++i) {
        seq += 2;
        ASSERT_EQ(positions.take({.gateway = "gw", .seq = seq, .oldest_seq = 1}), V::taken);
    }
    EXPECT_EQ(positions.take({.gateway = "gw", .seq = seq + 2, .oldest_seq = 1}), V::refused);
    EXPECT_EQ(positions.take({.gateway = "gw", .seq = 2, .oldest_seq = 1}), V::taken)
        << "the hole itself is welcome";
    EXPECT_EQ(positions.take({.gateway = "gw", .seq = seq + 2, .oldest_seq = 1}), V::taken);
}

TEST(Positions, LanesEpochsAndGatewaysAreApart) {
    Positions positions;
    EXPECT_EQ(
        positions.take({.gateway = "a", .lane = Lane::bulk, .epoch = 1, .seq = 1, .oldest_seq = 1}),
        V::taken);
    EXPECT_EQ(positions.take(
                  {.gateway = "a", .lane = Lane::emergency, .epoch = 1, .seq = 1, .oldest_seq = 1}),
              V::taken);
    EXPECT_EQ(
        positions.take({.gateway = "a", .lane = Lane::bulk, .epoch = 2, .seq = 1, .oldest_seq = 1}),
        V::taken);
    EXPECT_EQ(
        positions.take({.gateway = "b", .lane = Lane::bulk, .epoch = 1, .seq = 1, .oldest_seq = 1}),
        V::taken);
    EXPECT_EQ(positions.of("a").size(), 3U);
}

TEST(Positions, OldEpochsAreForgotten) {
    Positions positions;
    for (std::uint64_t epoch = 1; epoch <= 20; ++epoch) {
        ASSERT_EQ(positions.take({.gateway = "a", .epoch = epoch, .seq = 1, .oldest_seq = 1}),
                  V::taken);
    }
    const auto rows = positions.of("a");
    ASSERT_EQ(rows.size(), Positions::kEpochsMax);
    EXPECT_EQ(rows.back().epoch, 20U);
}

TEST(Positions, ARestoredRowGoesOnWhereItWas) {
    Positions before;
    expect_all(before, {{1, 1, V::taken, 1}, {5, 1, V::taken, 1}});
    Positions after;
    for (PositionRow& row : before.take_changed()) after.restore(std::move(row));
    expect_all(
        after,
        {{5, 1, V::duplicate, 1}, {2, 1, V::taken, 2}, {3, 1, V::taken, 3}, {4, 1, V::taken, 5}});
}

}  // namespace
}  // namespace mercaptan::processor
