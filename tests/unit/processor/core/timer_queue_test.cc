#include "processor/core/timer_queue.h"

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <set>

namespace mercaptan::processor {
namespace {

TEST(TimerQueue, IsEmptyAtFirst) {
    TimerQueue queue;
    EXPECT_FALSE(queue.next());
    EXPECT_FALSE(queue.take(kInstantMax));
}

TEST(TimerQueue, GivesWhatIsDueAndNoMore) {
    TimerQueue queue;
    queue.arm(Instant{5'000}, TimerKind::clock, 1);
    queue.arm(Instant{4'999}, TimerKind::silence, 2);
    EXPECT_EQ(queue.next(), Instant{4'999});
    EXPECT_FALSE(queue.take(Instant{4'998}));
    EXPECT_EQ(queue.take(Instant{4'999}), (Timer{Instant{4'999}, TimerKind::silence, 2}));
    EXPECT_FALSE(queue.take(Instant{4'999}));
    EXPECT_EQ(queue.take(Instant{9'999}), (Timer{Instant{5'000}, TimerKind::clock, 1}));
    EXPECT_FALSE(queue.next());
}

TEST(TimerQueue, OrdersEqualDeadlinesByKindAndSubject) {
    TimerQueue queue;
    queue.arm(Instant{1'500}, TimerKind::silence, 1);
    queue.arm(Instant{1'500}, TimerKind::clock, 7);
    queue.arm(Instant{1'500}, TimerKind::clock, 3);
    EXPECT_EQ(queue.take(Instant{2'000})->subject, 3U);
    EXPECT_EQ(queue.take(Instant{2'000})->subject, 7U);
    EXPECT_EQ(queue.take(Instant{2'000})->subject, 1U);
}

TEST(TimerQueue, AgreesWithASortedSetWhateverIsArmedWhen) {
    for (std::uint32_t seed = 1; seed <= 50; ++seed) {
        std::mt19937 random{seed};
        const auto draw = [&](std::int64_t below) {
            return std::uniform_int_distribution<std::int64_t>{0, below - 1}(random);
        };
        TimerQueue queue;
        std::multiset<Timer> sorted;
        Instant now{-20'000};
        for (int i = 0; i < 2'000; ++i) {
            const Timer timer{now + Duration{draw(8'000) - 1'500}, static_cast<TimerKind>(draw(5)),
                              static_cast<std::uint32_t>(i)};
            queue.arm(timer.due, timer.kind, timer.subject);
            sorted.insert(timer);
            if (draw(3) != 0) continue;
            now = now + Duration{draw(2'000)};
            while (const auto taken = queue.take(now)) {
                ASSERT_EQ(*taken, *sorted.begin()) << "seed " << seed;
                sorted.erase(sorted.begin());
            }
            const auto next = sorted.empty() ? std::nullopt : std::optional{sorted.begin()->due};
            ASSERT_EQ(queue.next(), next);
            ASSERT_TRUE(sorted.empty() || sorted.begin()->due > now) << "seed " << seed;
        }
    }
}

}  // namespace
}  // namespace mercaptan::processor
