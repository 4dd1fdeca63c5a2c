// The parts that need no broker: options, addresses, the outbox, waits.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

#include "common/mqtt/backoff.h"
#include "common/mqtt/client.h"
#include "common/mqtt/endpoint.h"
#include "common/mqtt/outbox.h"

namespace mercaptan::mqtt {
namespace {

using testing::ElementsAre;

TEST(MqttEndpoint, ReadsUris) {
    struct Row {
        const char* uri;
        const char* out;  // Empty: refused.
    };
    const std::vector<Row> rows{
        {"tcp://broker:1884", "tcp://broker:1884"},
        {"tcp://broker", "tcp://broker:1883"},
        {"mqtt://10.0.0.1", "tcp://10.0.0.1:1883"},
        {"ssl://b.example", "ssl://b.example:8883"},
        {"mqtts://b:1", "ssl://b:1"},
        {"tcp://[::1]:1883", "tcp://[::1]:1883"},
        {"ssl://[fe80::1]", "ssl://[fe80::1]:8883"},
        {"", ""},
        {"broker:1883", ""},
        {"http://broker", ""},
        {"tcp://", ""},
        {"tcp://:1883", ""},
        {"tcp://broker:", ""},
        {"tcp://broker:0", ""},
        {"tcp://broker:65536", ""},
        {"tcp://broker:12a", ""},
        {"tcp://::1:1883", ""},
        {"tcp://[::1", ""},
        {"tcp://[::1]1883", ""},
        {"tcp://user@broker", ""},
        {"tcp://broker/path", ""},
        {"tcp://[]:1883", ""},
    };
    for (const Row& row : rows) {
        const auto endpoint = parse_uri(row.uri);
        EXPECT_EQ(endpoint ? endpoint->uri(endpoint->host) : "", row.out) << row.uri;
    }
}

TEST(MqttResolver, FindsNamesAndNumbers) {
    Resolver resolver;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    const auto never = [] { return false; };
    EXPECT_THAT(resolver.resolve(*parse_uri("tcp://127.0.0.1"), deadline, never),
                ElementsAre("127.0.0.1"));
    EXPECT_EQ(resolver.resolve(*parse_uri("tcp://localhost"), deadline, never).at(0), "127.0.0.1");
}

TEST(MqttResolver, GivesUpWhenCancelled) {
    Resolver resolver;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::hours{1};
    EXPECT_TRUE(
        resolver.resolve(*parse_uri("tcp://name.invalid"), deadline, [] { return true; }).empty());
}

TEST(MqttOptions, NameTheFieldThatIsWrong) {
    Options good;
    good.uri = "tcp://broker";
    good.client_id = "a";
    EXPECT_TRUE(check(good, {{"a/+/#", 1}}));
    const auto field = [&good](auto change) {
        Options bad = good;
        change(bad);
        const auto result = check(bad, {});
        return result ? std::string{"accepted"} : result.error().field;
    };
    EXPECT_EQ(field([](Options& o) { o.uri = "broker"; }), "uri");
    EXPECT_EQ(field([](Options& o) { o.client_id = ""; }), "client_id");
    EXPECT_EQ(field([](Options& o) { o.cert_file = "c"; }), "cert_file");
    EXPECT_EQ(field([](Options& o) { o.password_file = "p"; }), "username");
    EXPECT_EQ(field([](Options& o) { o.keep_alive = std::chrono::seconds{0}; }), "keep_alive");
    EXPECT_EQ(field([](Options& o) { o.backoff_max = Duration{1}; }), "backoff_min");
    EXPECT_EQ(field([](Options& o) { o.max_inflight = 0; }), "max_inflight");
    EXPECT_EQ(field([](Options& o) { o.will = Will{"a/#", "x"}; }), "will");
    EXPECT_EQ(field([](Options& o) { o.protocol = 3; }), "protocol");
    EXPECT_EQ(check(good, {{"a", 2}}).error().field, "subscriptions");
}

TEST(MqttOutbox, HandsOverInOrderWithinItsWindow) {
    Outbox outbox{10, 1000};
    outbox.open(2, 1000);
    for (std::uint64_t token = 100; token < 104; ++token) {
        ASSERT_TRUE(outbox.put("t", "x", 1, false, token));
    }
    const auto first = outbox.take();
    const auto second = outbox.take();
    ASSERT_TRUE(first && second);
    EXPECT_FALSE(outbox.take());
    EXPECT_EQ(outbox.end(second->sequence), 101U);
    EXPECT_EQ(outbox.end(second->sequence), std::nullopt);
    EXPECT_TRUE(outbox.take());
    EXPECT_FALSE(outbox.can_take());
    EXPECT_THAT(outbox.clear(), ElementsAre(100, 102, 103));
    EXPECT_EQ(outbox.end(first->sequence), std::nullopt);
    EXPECT_EQ(outbox.put("t", "x", 1, false, 1).error().code, ErrorCode::unavailable);
    EXPECT_EQ(outbox.counts().inflight, 0U);
    EXPECT_EQ(outbox.counts().refused, 1U);
}

TEST(MqttBackoff, IsJitteredUpToABoundThatDoubles) {
    Backoff backoff{Duration{100}, Duration{350}, 1};
    for (int round = 0; round < 100; ++round) {
        backoff.reset();
        for (const Duration bound : {Duration{100}, Duration{200}, Duration{350}, Duration{350}}) {
            const Duration wait = backoff.next();
            EXPECT_GE(wait, Duration{0});
            EXPECT_LE(wait, bound);
        }
    }
}

using SeedSource =
    std::independent_bits_engine<std::mt19937, std::numeric_limits<std::uint32_t>::digits,
                                 std::uint32_t>;

TEST(MqttBackoff, ByDefaultTriesAtOnceAndNeverWaitsLong) {
    const Options options;
    SeedSource seeds{1};
    Duration longest{0};
    for (int client = 0; client < 1000; ++client) {
        Backoff backoff{options.backoff_min, options.backoff_max, seeds()};
        EXPECT_LE(backoff.next(), Duration{100});
        for (int attempt = 0; attempt < 20; ++attempt) longest = std::max(longest, backoff.next());
    }
    EXPECT_LE(longest, Duration{3'000});
    EXPECT_GT(longest, Duration{2'500}) << "the whole of it is used";
}

TEST(MqttBackoff, SpreadsTheClientsOfABrokerThatComesBack) {
    constexpr int kClients = 5'000;
    constexpr Duration kSlot{100};
    const Options options;
    for (const Duration away : {Duration{5'000}, Duration{60'000}}) {
        SeedSource seeds{1};
        std::vector<int> arrivals(static_cast<std::size_t>(options.backoff_max / kSlot) +
                                  1);  // Of each slot.
        for (int client = 0; client < kClients; ++client) {
            // All lost it at 0, and every attempt until it is back is refused at once.
            Backoff backoff{options.backoff_min, options.backoff_max, seeds()};
            Duration at = backoff.next();
            while (at < away) at += std::max(backoff.next(), Duration{1});
            ++arrivals.at(static_cast<std::size_t>((at - away) / kSlot));
        }
        EXPECT_LT(*std::max_element(arrivals.begin(), arrivals.end()), kClients / 10)
            << "away for " << away.count() << " ms";
    }
}

}  // namespace
}  // namespace mercaptan::mqtt
