#include "gateway/core/admission.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace mercaptan::gateway {
namespace {

using namespace std::chrono_literals;

constexpr Instant kNow{1'795'248'000'000};  // 2026-11-21T08:00:00Z

Reading reading(std::optional<std::uint64_t> seq, double lel_pct = 1.0) {
    Reading reading;
    reading.site = "s1";
    reading.device = "d1";
    reading.seq = seq;
    reading.received_at = kNow;
    reading.values.set(Quantity::ch4_lel_pct, lel_pct);
    return reading;
}

MessageFacts facts(Instant at = kNow) {
    MessageFacts facts;
    facts.received_at = at;
    return facts;
}

struct Step {
    std::uint64_t seq;
    double lel_pct;
    Verdict verdict;
    std::uint64_t missing = 0;
    bool restarted = false;
};

/// Runs the steps as one device's messages.
void expect_steps(const std::vector<Step>& steps) {
    Admission admission{AdmissionLimits{}};
    for (std::size_t i = 0; i < steps.size(); ++i) {
        Reading one = reading(steps[i].seq, steps[i].lel_pct);
        const Admitted admitted = admission.admit(one, facts(), 0);
        EXPECT_EQ(admitted.verdict, steps[i].verdict) << "step " << i;
        EXPECT_EQ(admitted.missing, steps[i].missing) << "step " << i;
        EXPECT_EQ(admitted.counter_restarted, steps[i].restarted) << "step " << i;
    }
}

TEST(Admission, TakesEachNumberOnce) {
    expect_steps({{1, 1, Verdict::accepted},
                  {1, 1, Verdict::duplicate},
                  {2, 1, Verdict::accepted},
                  {1, 1, Verdict::duplicate},
                  {2, 1, Verdict::duplicate},
                  {3, 1, Verdict::accepted}});
}

TEST(Admission, CountsGapsAndTakesLateNumbersOnce) {
    expect_steps({{10, 1, Verdict::accepted},
                  {14, 1, Verdict::accepted, 3},
                  {12, 1, Verdict::accepted},
                  {12, 1, Verdict::duplicate},
                  {15, 1, Verdict::accepted}});
}

TEST(Admission, RemembersSixtyFourNumbers) {
    expect_steps({{1, 1, Verdict::accepted},
                  {64, 1, Verdict::accepted, 62},
                  {1, 1, Verdict::duplicate},
                  {65, 1, Verdict::accepted},
                  {1, 1, Verdict::accepted, 0, true}});
}

TEST(Admission, TakesTheSameNumberWithOtherContentForARestartedCount) {
    expect_steps({{1, 1, Verdict::accepted},
                  {2, 1, Verdict::accepted},
                  {3, 1, Verdict::accepted},
                  {1, 25, Verdict::accepted, 0, true},
                  {2, 25, Verdict::accepted},
                  {1, 25, Verdict::duplicate}});
}

TEST(Admission, TakesANumberFarBehindOrAheadForARestartedCount) {
    expect_steps({{5'000, 1, Verdict::accepted},
                  {1, 1, Verdict::accepted, 0, true},
                  {2, 1, Verdict::accepted},
                  {5'000'000, 1, Verdict::accepted, 0, true},
                  {5'000'001, 1, Verdict::accepted}});
}

TEST(Admission, TakesTheGreatestNumberThereIs) {
    constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
    expect_steps({{kMax, 1, Verdict::accepted},
                  {kMax, 1, Verdict::duplicate},
                  {0, 1, Verdict::accepted, 0, true}});
}

TEST(Admission, NeverTakesAnUrgentReadingForItsQuietTwin) {
    Admission admission{AdmissionLimits{}};
    Reading quiet = reading(7);
    Reading urgent = reading(7);
    urgent.urgent = true;
    EXPECT_EQ(admission.admit(quiet, facts(), 0).verdict, Verdict::accepted);
    EXPECT_EQ(admission.admit(urgent, facts(), 0).verdict, Verdict::accepted);
}

TEST(Admission, TakesAnEmergencyForACopyOnlyWithTheSameTime) {
    Admission admission{AdmissionLimits{}};
    MessageFacts emergency = facts();
    emergency.emergency = true;
    const auto admit = [&](std::optional<Duration> ago) {
        Reading one = reading(1, 25.0);
        if (ago) one.event_at = kNow - *ago;
        return admission.admit(one, emergency, 0);
    };
    EXPECT_EQ(admit(24h).verdict, Verdict::accepted);
    EXPECT_EQ(admit(24h).verdict, Verdict::duplicate);
    const Admitted again = admit(1h);
    EXPECT_EQ(again.verdict, Verdict::accepted) << "the count and the values began again";
    EXPECT_TRUE(again.counter_restarted);
    EXPECT_EQ(admit(1h).verdict, Verdict::duplicate);
    EXPECT_EQ(admit(std::nullopt).verdict, Verdict::accepted);
    EXPECT_EQ(admit(std::nullopt).verdict, Verdict::duplicate);
}

TEST(Admission, TakesTelemetryThatWasStampedAnewForACopy) {
    Admission admission{AdmissionLimits{}};
    Reading first = reading(1);
    first.event_at = kNow - 1h;
    Reading again = reading(1);
    again.event_at = kNow;
    EXPECT_EQ(admission.admit(first, facts(), 0).verdict, Verdict::accepted);
    EXPECT_EQ(admission.admit(again, facts(), 0).verdict, Verdict::duplicate);
}

TEST(Admission, ComparesTheTimeThatTheDeviceSentEvenIfItIsAbsurd) {
    Admission admission{AdmissionLimits{}};
    const auto admit = [&](Instant event_at, Instant received_at) {
        Reading one = reading(1, 25.0);
        one.event_at = event_at;
        MessageFacts emergency = facts(received_at);
        emergency.emergency = true;
        return admission.admit(one, emergency, 0).verdict;
    };
    EXPECT_EQ(admit(Instant{1'000}, kNow), Verdict::accepted);
    EXPECT_EQ(admit(Instant{2'000}, kNow), Verdict::accepted) << "counted from another start";
    EXPECT_EQ(admit(kNow + 25h, kNow), Verdict::accepted);
    EXPECT_EQ(admit(kNow + 25h, kNow + 2h), Verdict::duplicate) << "not absurd any more";
}

TEST(Admission, TakesAnEmergencyWithoutATimeForACopyOnlySoonAfterTheLast) {
    AdmissionLimits limits;
    limits.repeat_max = 10min;
    Admission admission{limits};
    const auto admit = [&](Duration after, bool redelivered = false) {
        Reading one = reading(1, 25.0);
        MessageFacts emergency = facts(kNow + after);
        emergency.emergency = true;
        emergency.redelivered = redelivered;
        return admission.admit(one, emergency, 0).verdict;
    };
    EXPECT_EQ(admit(0min), Verdict::accepted);
    EXPECT_EQ(admit(10min), Verdict::duplicate);
    EXPECT_EQ(admit(20min), Verdict::duplicate) << "the device goes on repeating";
    EXPECT_EQ(admit(30min + 1ms), Verdict::accepted) << "the number began again";
    EXPECT_EQ(admit(24h, true), Verdict::duplicate) << "the broker says that it is a copy";
    EXPECT_EQ(admit(1h), Verdict::accepted) << "the clock was set back";
}

TEST(Admission, TellsReadingsOfOneNumberApartByTheirContent) {
    constexpr int kReadings = 500'000;
    AdmissionLimits limits;
    limits.burst = kReadings;
    Admission admission{limits};
    for (int i = 0; i < kReadings; ++i) {
        Reading one = reading(1, std::sqrt(i));
        ASSERT_EQ(admission.admit(one, facts(), 0).verdict, Verdict::accepted) << i;
    }
}

TEST(Admission, KeepsDevicesOfDifferentSitesApart) {
    Admission admission{AdmissionLimits{}};
    Reading here = reading(1);
    Reading there = reading(1);
    there.site = "s2";
    EXPECT_EQ(admission.admit(here, facts(), 0).verdict, Verdict::accepted);
    EXPECT_EQ(admission.admit(there, facts(), 0).verdict, Verdict::accepted);
    EXPECT_EQ(admission.devices(), 2U);
}

TEST(Admission, ComparesUnnumberedMessagesOnlyWithARedelivery) {
    Admission admission{AdmissionLimits{}};
    const std::uint64_t content = content_hash("gas/v1/s1/d1/telemetry", "{}");
    Reading one = reading(std::nullopt);
    EXPECT_EQ(admission.admit(one, facts(), content).verdict, Verdict::accepted);
    EXPECT_EQ(admission.admit(one, facts(), content).verdict, Verdict::accepted)
        << "the same values again";
    MessageFacts redelivered = facts();
    redelivered.redelivered = true;
    EXPECT_EQ(admission.admit(one, redelivered, content).verdict, Verdict::duplicate);
    EXPECT_EQ(admission.admit(one, redelivered, content + 1).verdict, Verdict::accepted)
        << "never came before";
}

TEST(Admission, ForgetsUnnumberedMessagesBeyondTheWindow) {
    AdmissionLimits limits;
    limits.redelivery_window = 2;
    Admission admission{limits};
    MessageFacts redelivered = facts();
    redelivered.redelivered = true;
    for (const std::uint64_t content : {1U, 2U, 3U})
        EXPECT_FALSE(admission.seen_before(facts(), content));
    EXPECT_TRUE(admission.seen_before(redelivered, 2));
    EXPECT_FALSE(admission.seen_before(redelivered, 1));
}

TEST(Admission, DropsAnAbsurdEventTimeAndKeepsTheReading) {
    struct Row {
        std::int64_t event_ms;
        bool refused;
    };
    const std::vector<Row> rows{
        {kNow.ms, false},
        {kNow.ms - 3'600'000, false},
        {kNow.ms + 86'400'000, false},
        {kNow.ms + 86'400'001, true},
        {1'577'836'800'000, false},  // 2020-01-01
        {1'577'836'799'999, true},
        {0, true},
        {std::numeric_limits<std::int64_t>::min(), true},
        {std::numeric_limits<std::int64_t>::max(), true},
    };
    for (const Row& row : rows) {
        Admission admission{AdmissionLimits{}};
        Reading one = reading(1);
        one.event_at = Instant{row.event_ms};
        const Admitted admitted = admission.admit(one, facts(), 0);
        EXPECT_EQ(admitted.verdict, Verdict::accepted);
        EXPECT_EQ(admitted.event_time_refused, row.refused) << row.event_ms;
        EXPECT_EQ(one.event_at.has_value(), !row.refused) << row.event_ms;
        EXPECT_EQ(one.at(), row.refused ? kNow : Instant{row.event_ms});
    }
}

TEST(Admission, BelievesARetainedMessageOnlyWithARecentTime) {
    struct Row {
        std::optional<std::int64_t> event_ms;
        Verdict verdict;
    };
    const std::vector<Row> rows{
        {std::nullopt, Verdict::stale},
        {kNow.ms - 300'001, Verdict::stale},
        {kNow.ms - 300'000, Verdict::accepted},
        {kNow.ms + 1'000, Verdict::accepted},
        {0, Verdict::stale},
    };
    for (const Row& row : rows) {
        Admission admission{AdmissionLimits{}};
        Reading one = reading(1);
        if (row.event_ms) one.event_at = Instant{*row.event_ms};
        MessageFacts retained = facts();
        retained.retained = true;
        EXPECT_EQ(admission.admit(one, retained, 0).verdict, row.verdict)
            << row.event_ms.value_or(-1);
    }
}

TEST(Admission, LimitsADevicesRateButNeverItsEmergencies) {
    AdmissionLimits limits;
    limits.messages_per_s = 1.0;
    limits.burst = 2.0;
    Admission admission{limits};
    const auto verdict = [&](std::uint64_t seq, Instant at, bool emergency = false) {
        Reading one = reading(seq);
        MessageFacts when = facts(at);
        when.emergency = emergency;
        return admission.admit(one, when, 0).verdict;
    };
    EXPECT_EQ(verdict(1, kNow), Verdict::accepted);
    EXPECT_EQ(verdict(2, kNow), Verdict::accepted);
    EXPECT_EQ(verdict(3, kNow), Verdict::rate_limited);
    EXPECT_EQ(verdict(4, kNow, true), Verdict::accepted);
    EXPECT_EQ(verdict(5, kNow + Duration{999}), Verdict::rate_limited);
    EXPECT_EQ(verdict(5, kNow + Duration{1999}), Verdict::accepted)
        << "a refused message may be repeated";
    EXPECT_EQ(verdict(6, kNow - Duration{5000}), Verdict::rate_limited) << "the clock was set back";
    EXPECT_EQ(verdict(6, kNow - Duration{4000}), Verdict::accepted);
}

TEST(Admission, ServesMoreDevicesThanItRemembers) {
    AdmissionLimits limits;
    limits.devices_max = 1;
    Admission admission{limits};
    Reading known = reading(1);
    Reading more = reading(1);
    more.device = "d2";
    EXPECT_FALSE(admission.admit(known, facts(), 0).untracked);
    for (int i = 0; i < 2; ++i) {
        const Admitted admitted = admission.admit(more, facts(), 0);
        EXPECT_TRUE(admitted.untracked);
        EXPECT_EQ(admitted.verdict, Verdict::accepted);
    }
}

TEST(Admission, KnowsARedeliveryAfterTheDeviceBeganToCountAnew) {
    Admission admission{AdmissionLimits{}};
    const auto admit = [&](std::uint64_t seq, std::uint64_t content, bool redelivered) {
        Reading one = reading(seq, static_cast<double>(content));
        MessageFacts came = facts();
        came.redelivered = redelivered;
        return admission.admit(one, came, content).verdict;
    };
    EXPECT_EQ(admit(16, 75, false), Verdict::accepted);
    EXPECT_EQ(admit(0, 78, false), Verdict::accepted) << "the device was restarted";
    EXPECT_EQ(admit(16, 75, true), Verdict::duplicate);
    EXPECT_EQ(admit(1, 79, false), Verdict::accepted);
}

}  // namespace
}  // namespace mercaptan::gateway
