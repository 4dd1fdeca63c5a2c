#include <gtest/gtest.h>

#include <optional>

#include "gateway/core/outbox.h"

namespace mercaptan::gateway {
namespace {

using namespace std::chrono_literals;

constexpr Instant kNow{1'795'248'000'000};

class OutboxLaneTest : public testing::Test {
protected:
    UplinkLimits limits;
    OutboxLane lane{3, limits};

    void append(int rows) {
        for (int i = 0; i < rows; ++i) lane.release(lane.append());
    }
    /// Sends what may be sent and returns how many rows that were.
    int send(Instant now = kNow) {
        int sent = 0;
        while (const auto row = lane.next_to_send()) {
            lane.mark_sent(*row, now);
            ++sent;
        }
        return sent;
    }
};

TEST_F(OutboxLaneTest, NumbersRowsFromOneWithoutGaps) {
    lane.begin_epoch(7);
    EXPECT_EQ(lane.append(), (RowId{7, 1}));
    EXPECT_EQ(lane.append(), (RowId{7, 2}));
    EXPECT_EQ(lane.rows(), 2U);
}

TEST_F(OutboxLaneTest, SendsOnlyWhatWasReleased) {
    lane.begin_epoch(7);
    const RowId first = lane.append();
    EXPECT_FALSE(lane.next_to_send());
    EXPECT_FALSE(lane.has_unsent());
    lane.release(first);
    EXPECT_EQ(lane.next_to_send(), first);
}

TEST_F(OutboxLaneTest, SendsAWindowAheadOfTheWatermark) {
    lane.begin_epoch(7);
    append(5);
    EXPECT_EQ(send(), 3);
    EXPECT_TRUE(lane.has_unsent());
    EXPECT_TRUE(lane.acknowledge(7, 2, kNow));
    EXPECT_EQ(lane.rows(), 3U);
    EXPECT_EQ(lane.oldest(), (RowId{7, 3}));
    EXPECT_EQ(send(), 2);
    EXPECT_FALSE(lane.has_unsent());
}

TEST_F(OutboxLaneTest, GoesBackBehindTheWatermarkWhenItStandsStill) {
    lane.begin_epoch(7);
    append(3);
    send();
    lane.acknowledge(7, 1, kNow + 1s);
    EXPECT_EQ(lane.next_deadline(), kNow + 6s);
    EXPECT_FALSE(lane.on_time(kNow + Duration{5'999}));
    EXPECT_TRUE(lane.on_time(kNow + 6s));
    EXPECT_EQ(lane.next_to_send(), (RowId{7, 2}));
    EXPECT_EQ(send(kNow + 6s), 2);
}

TEST_F(OutboxLaneTest, DoublesTheWaitWhileNothingMoves) {
    lane.begin_epoch(7);
    append(1);
    Instant now = kNow;
    for (const Duration wait : {Duration{5s}, Duration{10s}, Duration{20s}, Duration{40s},
                                Duration{60s}, Duration{60s}}) {
        send(now);
        EXPECT_EQ(lane.next_deadline(), now + wait);
        now = now + wait;
        EXPECT_TRUE(lane.on_time(now));
    }
    send(now);
    lane.heard(now);
    EXPECT_EQ(lane.next_deadline(), now + 5s) << "the processor is there";
}

TEST_F(OutboxLaneTest, WaitsForNothingWhenNothingIsInFlight) {
    lane.begin_epoch(7);
    append(1);
    EXPECT_FALSE(lane.next_deadline());
    send();
    lane.acknowledge(7, 1, kNow);
    EXPECT_FALSE(lane.next_deadline());
}

TEST_F(OutboxLaneTest, SendsAllAgainAfterARewind) {
    lane.begin_epoch(7);
    append(2);
    EXPECT_EQ(send(), 2);
    lane.rewind();
    EXPECT_EQ(send(), 2);
}

TEST_F(OutboxLaneTest, SendsFormerEpochsFirstUnderTheirOwnNames) {
    lane.restore({5, 3, 4});
    lane.begin_epoch(7);
    append(1);
    EXPECT_EQ(lane.next_to_send(), (RowId{5, 3}));
    EXPECT_EQ(send(), 3);
    EXPECT_EQ(lane.oldest_seq(5), 3U);
    EXPECT_TRUE(lane.acknowledge(7, 1, kNow));
    EXPECT_EQ(lane.oldest(), (RowId{5, 3})) << "each epoch has a watermark of its own";
    EXPECT_TRUE(lane.acknowledge(5, 4, kNow));
    EXPECT_EQ(lane.rows(), 0U);
    EXPECT_FALSE(lane.oldest());
}

TEST_F(OutboxLaneTest, BelievesAWatermarkBeyondAFormerEpochButNotBeyondItsOwn) {
    lane.restore({5, 1, 4});
    lane.begin_epoch(7);
    append(2);
    EXPECT_FALSE(lane.acknowledge(7, 3, kNow));
    EXPECT_EQ(lane.rows(), 6U);
    EXPECT_TRUE(lane.acknowledge(5, 9, kNow)) << "a power cut took what the processor has";
    EXPECT_EQ(lane.rows(), 2U);
    EXPECT_TRUE(lane.acknowledge(4, 1, kNow)) << "forgotten long ago";
}

TEST_F(OutboxLaneTest, IgnoresAWatermarkThatGoesBack) {
    lane.begin_epoch(7);
    append(3);
    lane.acknowledge(7, 2, kNow);
    EXPECT_TRUE(lane.acknowledge(7, 1, kNow));
    EXPECT_EQ(lane.oldest(), (RowId{7, 3}));
}

TEST_F(OutboxLaneTest, SkipsRowsCommittedBeforeTheyWereSent) {
    lane.restore({5, 1, 9});
    lane.begin_epoch(7);
    EXPECT_TRUE(lane.acknowledge(5, 6, kNow));
    EXPECT_EQ(lane.next_to_send(), (RowId{5, 7}));
}

TEST_F(OutboxLaneTest, KnowsWhatIsLive) {
    lane.restore({5, 3, 4});
    lane.begin_epoch(7);
    append(1);
    EXPECT_TRUE(lane.is_live({5, 3}) && lane.is_live({5, 4}) && lane.is_live({7, 1}));
    EXPECT_FALSE(lane.is_live({5, 2}) || lane.is_live({5, 5}) || lane.is_live({6, 1}) ||
                 lane.is_live({7, 2}));
}

TEST(OutboxLane, AnOlderEpochIsSentAgainThoughANewerOneIsCovered) {
    OutboxLane lane{64, UplinkLimits{}};
    lane.restore({.epoch = 1, .first = 1, .last = 3});
    lane.begin_epoch(2);
    lane.release(lane.append());
    while (const auto row = lane.next_to_send()) lane.mark_sent(*row, Instant{0});
    lane.rewind();  // The connection was new; of the older epoch something was lost on its way.
    EXPECT_TRUE(lane.acknowledge(2, 1, Instant{1}));
    EXPECT_EQ(lane.next_to_send(), (RowId{1, 1}));
}

}  // namespace
}  // namespace mercaptan::gateway
