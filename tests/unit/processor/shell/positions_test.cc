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

/// A gateway that restarts and says nothing of what it holds, or that it holds all from an epoch
/// on.
V live(Positions& positions, std::uint64_t epoch, std::uint64_t oldest_epoch,
       std::uint64_t seq = 1) {
    return positions.take({.gateway = "a",
                           .epoch = epoch,
                           .seq = seq,
                           .oldest_seq = 1,
                           .oldest_epoch = oldest_epoch});
}

TEST(Positions, AnEpochThatIsHeldIsNeverForgotten) {
    Positions positions;
    for (std::uint64_t epoch = 1; epoch <= 1000; ++epoch)
        ASSERT_EQ(live(positions, epoch, epoch % 2), V::taken);  // Every second says nothing.
    EXPECT_EQ(positions.of("a").size(), 1000U);
    EXPECT_EQ(live(positions, 1, 1), V::duplicate);
    EXPECT_TRUE(positions.take_forgotten().empty());
}

TEST(Positions, AnEpochIsForgottenSomeLivesAfterItIsHeldNoMore) {
    Positions positions;
    for (std::uint64_t epoch = 1; epoch <= 1000; ++epoch)
        ASSERT_EQ(live(positions, epoch, epoch), V::taken);
    const auto forgotten = positions.take_forgotten();
    ASSERT_EQ(forgotten.size(), 1000 - Positions::kEpochsKept - 1);
    EXPECT_EQ(forgotten.front().gateway, "a");
    EXPECT_EQ(forgotten.front().epoch, 1U);
    EXPECT_EQ(forgotten.back().epoch, 1000 - Positions::kEpochsKept - 1);
    EXPECT_TRUE(positions.take_forgotten().empty()) << "told once";
    const auto changed = positions.take_changed();
    ASSERT_EQ(changed.size(), Positions::kEpochsKept + 1) << "what is forgotten has no row";
    EXPECT_EQ(changed.front().epoch, forgotten.back().epoch + 1);
    EXPECT_EQ(live(positions, changed.front().epoch, changed.front().epoch), V::duplicate)
        << "a copy that comes late";
}

TEST(Positions, AGatewayIsToldOfWhatItHolds) {
    Positions positions;
    for (std::uint64_t epoch = 1; epoch <= 5; ++epoch)
        ASSERT_EQ(live(positions, epoch, epoch), V::taken);
    ASSERT_EQ(positions.of("a").size(), 1U);
    EXPECT_EQ(positions.of("a")[0].epoch, 5U);
    // A power cut took the gateway's mark of epoch 3: it holds the rows again.
    EXPECT_EQ(live(positions, 3, 3), V::duplicate);
    ASSERT_EQ(positions.of("a").size(), 3U);
    EXPECT_EQ(positions.of("a")[0].epoch, 3U);
}

TEST(Positions, HolesOfAForgottenEpochAreMissing) {
    Positions positions;
    ASSERT_EQ(live(positions, 1, 1, 1), V::taken);
    ASSERT_EQ(live(positions, 1, 1, 4), V::taken);
    ASSERT_EQ(live(positions, 1, 1, 6), V::taken);
    for (std::uint64_t epoch = 2; epoch <= Positions::kEpochsKept + 2; ++epoch) {
        ASSERT_EQ(positions.missing(), 0U);
        ASSERT_EQ(live(positions, epoch, epoch), V::taken);
    }
    EXPECT_EQ(positions.missing(), 3U) << "2, 3 and 5";
}

TEST(Positions, TooManyEpochsAreRefusedUntilTheGatewayHoldsFewer) {
    Positions positions;
    for (std::uint64_t epoch = 1; epoch <= Positions::kEpochsMax; ++epoch)
        ASSERT_EQ(live(positions, epoch, 1), V::taken);
    const std::uint64_t next = Positions::kEpochsMax + 1;
    EXPECT_EQ(live(positions, next, 1), V::refused);
    EXPECT_EQ(positions.epochs_refused(), 1U);
    EXPECT_EQ(live(positions, next - 1, 1, 2), V::taken) << "a known epoch goes on";
    EXPECT_EQ(live(positions, 1, 1), V::duplicate) << "nothing was forgotten for it";
    EXPECT_EQ(live(positions, next, Positions::kEpochsKept + 2), V::taken);
    EXPECT_EQ(positions.take_forgotten().size(), 1U);
    EXPECT_EQ(positions.epochs_refused(), 1U);
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
