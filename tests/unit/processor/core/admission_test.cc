// Which readings are taken for what: duplicates, gaps, late ones.

#include <gtest/gtest.h>

#include "tests/support/engine_driver.h"

namespace mercaptan::processor::test {
namespace {

using namespace std::chrono_literals;

struct Arrival {
    std::string_view gateway;
    std::uint64_t seq;
    Duration event_after;  // Event time after the start.
    bool seen;
    bool late;
    std::uint64_t gaps_after;
};

void expect_all(std::initializer_list<Arrival> arrivals) {
    EngineDriver district;
    district.wait(1h);
    for (const Arrival& arrival : arrivals) {
        SCOPED_TRACE(std::to_string(arrival.seq) + " over " + std::string{arrival.gateway});
        const auto verdict = district.read({.values = {{Quantity::ch4_lel_pct, 1}},
                                            .event_at = kStart + arrival.event_after,
                                            .seq = arrival.seq,
                                            .gateway = arrival.gateway});
        EXPECT_EQ(verdict.numbering == Numbering::seen, arrival.seen);
        EXPECT_EQ(verdict.late, arrival.late);
        EXPECT_EQ(district.engine().counts().sequence_gaps, arrival.gaps_after);
    }
}

TEST(Admission, NumbersInOrder) {
    expect_all({{"a", 10, 0s, false, false, 0},
                {"a", 11, 1s, false, false, 0},
                {"a", 12, 2s, false, false, 0}});
}
TEST(Admission, TheSameNumberOverAnotherGatewayWasSeen) {
    expect_all({{"a", 10, 0s, false, false, 0},
                {"b", 10, 0s, true, false, 0},
                {"b", 11, 1s, false, false, 0},
                {"a", 11, 1s, true, false, 0},
                {"a", 10, 0s, true, true, 0}});
}
TEST(Admission, AGapIsCountedAndALateOneStillTaken) {
    expect_all({{"a", 10, 0s, false, false, 0},
                {"a", 13, 3s, false, false, 2},
                {"a", 11, 1s, false, true, 2},
                {"b", 11, 1s, true, true, 2}});
}
TEST(Admission, ARestartedDeviceCountsFromTheBeginning) {
    expect_all({{"a", 40, 0s, false, false, 0},
                {"a", 0, 10s, false, false, 0},
                {"a", 1, 11s, false, false, 0},
                {"a", 2, 12s, false, false, 0}});
}
TEST(Admission, ANumberOutOfOrderWithALaterTimeIsNoRepeat) {
    expect_all({{"a", 40, 0s, false, false, 0}, {"a", 39, 1s, false, false, 0}});
}

// The gateway has already thrown repeats away; what it passes on was said anew.
TEST(Admission, ADeviceWithoutAClockThatCountsAnewIsHeard) {
    EngineDriver district;
    for (const std::uint64_t seq : {20U, 21U, 22U}) {
        district.read({.values = {{Quantity::ch4_lel_pct, 1}}, .event_at = Instant{0}, .seq = seq});
        district.wait(10s);
    }
    district.read({.values = {{Quantity::ch4_lel_pct, 30}}, .event_at = Instant{0}, .seq = 20});
    EXPECT_EQ(district.only_ticket().ticket_class, TicketClass::one);
}

TEST(Admission, ACopyWithoutATimeDecidesNothing) {
    EngineDriver district;
    const ReadingSpec quiet{
        .values = {{Quantity::ch4_lel_pct, 1}}, .event_at = Instant{0}, .seq = 7};
    EXPECT_FALSE(district.read(quiet).duplicate);
    ReadingSpec copy = quiet;
    copy.gateway = "gw-2";
    EXPECT_TRUE(district.read(copy).duplicate);
}

// The numbers of a new count may come in any order, and by then look like copies.
TEST(Admission, ANumberThatWasSeenIsJudgedAllTheSame) {
    EngineDriver district;
    district.wait(1min);
    district.read({.values = {{Quantity::ch4_lel_pct, 1}}, .seq = 0});
    district.wait(10s);
    district.read({.values = {{Quantity::ch4_lel_pct, 1}}, .seq = 1});
    const auto verdict = district.read(
        {.values = {{Quantity::ch4_lel_pct, 30}}, .event_at = kStart + 65s, .seq = 0});
    EXPECT_EQ(verdict.numbering, Numbering::seen);
    EXPECT_TRUE(district.only_ticket().late);
}

TEST(Admission, AnOlderReadingNeverClears) {
    EngineDriver district;
    district.wait(1min);
    district.read({.status = {{Status::low_battery}}});
    district.read({.status = std::vector<Status>{}, .event_at = kStart});
    EXPECT_TRUE(district.alarm("device.low_battery")->active);
}

TEST(Admission, ALateLeakIsToldAndMarked) {
    EngineDriver district;
    district.wait(1h);
    district.gas(0);
    district.read({.values = {{Quantity::ch4_lel_pct, 30}}, .event_at = kStart});
    EXPECT_TRUE(district.only_ticket().late);
    EXPECT_TRUE(district.alarm("gas.alarm")->late);
    EXPECT_FALSE(district.alarm("gas.alarm")->present) << "the newest word was: no gas";
    EXPECT_TRUE(district.alarm("gas.alarm")->active);
}

TEST(Admission, TheSameDeviceNameAtAnotherSiteIsAnotherDevice) {
    EngineDriver district;
    district.gas(30, "det-1", "site-1");
    district.gas(30, "det-1", "site-2");
    EXPECT_EQ(district.tickets().size(), 2U);
}

}  // namespace
}  // namespace mercaptan::processor::test
