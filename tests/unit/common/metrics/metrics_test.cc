#include "common/metrics/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace mercaptan::metrics {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Metrics, WritesThePrometheusText) {
    Registry registry;
    registry.counter("mercaptan_messages_total", "Messages.", {{"result", "ok"}}).inc();
    registry.counter("mercaptan_messages_total", "Messages.", {{"result", "bad"}}).inc(2);
    Gauge& gauge = registry.gauge("mercaptan_depth", "Depth.");
    gauge.set(5);
    gauge.inc(2);
    gauge.dec();
    const std::string text = registry.text();
    EXPECT_THAT(text, HasSubstr("# HELP mercaptan_messages_total Messages.\n"
                                "# TYPE mercaptan_messages_total counter\n"));
    EXPECT_THAT(text, HasSubstr("mercaptan_messages_total{result=\"ok\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("mercaptan_messages_total{result=\"bad\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("mercaptan_depth 6\n"));
}

TEST(Metrics, TheSameNameAndLabelsAreTheSameSeries) {
    Registry registry;
    Counter& counter = registry.counter("a_total", "A.", {{"x", "1"}});
    EXPECT_EQ(&registry.counter("a_total", "A.", {{"x", "1"}}), &counter);
    EXPECT_NE(&registry.counter("a_total", "A.", {{"x", "2"}}), &counter);
    counter.inc();
    counter.inc(-1);
    EXPECT_EQ(counter.value(), 1);
}

TEST(Metrics, CountsIntoBuckets) {
    Registry registry;
    Histogram& histogram =
        registry.histogram("wait_seconds", "Wait.", {{"lane", "emergency"}}, {0.1, 1.0});
    histogram.observe(0.05);
    histogram.observe(0.1);
    histogram.observe(0.5);
    histogram.observe(30);
    const std::string text = registry.text();
    EXPECT_THAT(text, HasSubstr("wait_seconds_bucket{lane=\"emergency\",le=\"0.1\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("wait_seconds_bucket{lane=\"emergency\",le=\"1\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("wait_seconds_bucket{lane=\"emergency\",le=\"+Inf\"} 4\n"));
    EXPECT_THAT(text, HasSubstr("wait_seconds_count{lane=\"emergency\"} 4\n"));
}

TEST(Metrics, LatencyBucketsRiseFromATenthOfAMillisecondToTenSeconds) {
    const auto buckets = latency_buckets();
    EXPECT_EQ(buckets.front(), 0.0001);
    EXPECT_EQ(buckets.back(), 10.0);
    EXPECT_TRUE(std::is_sorted(buckets.begin(), buckets.end()));
}

TEST(Metrics, AsksCallbacksAtEveryScrape) {
    Registry registry;
    double depth = 1;
    double total = 10;
    registry.gauge_callback("depth", "Depth.", {}, [&depth] { return depth; });
    registry.counter_callback("refused_total", "Refused.", {}, [&total] { return total; });
    EXPECT_THAT(registry.text(), HasSubstr("depth 1\n"));
    depth = 7;
    total = 12;
    const std::string text = registry.text();
    EXPECT_THAT(text, HasSubstr("depth 7\n"));
    EXPECT_THAT(text, HasSubstr("refused_total 12\n"));
    registry.drop_callbacks();
    depth = 9;
    EXPECT_THAT(registry.text(), HasSubstr("depth 7\n"));
}

TEST(Metrics, TellsTheVersion) {
    Registry registry;
    registry.build_info("1.2.3");
    EXPECT_THAT(registry.text(), HasSubstr("mercaptan_build_info{version=\"1.2.3\"} 1\n"));
}

TEST(Metrics, EscapesLabelValues) {
    Registry registry;
    registry.gauge("g", "G.", {{"x", "a\"b\\c\nd"}}).set(1);
    EXPECT_THAT(registry.text(), HasSubstr("g{x=\"a\\\"b\\\\c\\nd\"} 1\n"));
}

TEST(MetricsDeathTest, WrongNamesAreBrokenInvariants) {
    Registry registry;
    registry.counter("taken_total", "T.");
    EXPECT_DEATH(registry.counter("", "X."), "invariant");
    EXPECT_DEATH(registry.counter("1a", "X."), "invariant");
    EXPECT_DEATH(registry.counter("a-b", "X."), "invariant");
    EXPECT_DEATH(registry.counter("a", "X.", {{"le", "1"}}), "invariant");
    EXPECT_DEATH(registry.counter("a", "X.", {{"__a", "1"}}), "invariant");
    EXPECT_DEATH(registry.gauge("taken_total", "T."), "invariant");
    EXPECT_DEATH(registry.gauge("taken_total", "T.", {{"x", "1"}}), "invariant");
    EXPECT_DEATH(registry.histogram("h", "H.", {}, {2, 1}), "invariant");
}

}  // namespace
}  // namespace mercaptan::metrics
