// What becomes of publishes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <memory>
#include <thread>

#include "common/mqtt/client.h"
#include "tests/support/mosquitto.h"
#include "tests/unit/common/mqtt/recorder.h"

namespace mercaptan::mqtt {
namespace {

using test::eventually;
using test::Mosquitto;
using testing::Each;
using testing::ElementsAre;
using testing::Pair;

TEST(MqttPublish, IsUnavailableWhileNotConnected) {
    Client client{quick("tcp://127.0.0.1:" + std::to_string(test::free_port()), "a"), {}, {}};
    EXPECT_EQ(client.publish("t", "x", 1, false).error().code, ErrorCode::unavailable);
    client.start();
    EXPECT_EQ(client.publish("t", "x", 1, false).error().code, ErrorCode::unavailable);
    client.stop();
    EXPECT_EQ(client.publish("t", "x", 1, false).error().code, ErrorCode::unavailable);
    EXPECT_EQ(client.stats().publishes_refused, 3U);
}

TEST(MqttPublish, RefusesWhatMqttCannotCarry) {
    Client client{quick("tcp://127.0.0.1:1", "a"), {}, {}};
    const std::vector<std::string> bad_topics{
        "", "a/+", "a/#", std::string{"a\0b", 3}, "\xff", std::string(65'536, 'a')};
    for (const std::string& topic : bad_topics) {
        EXPECT_EQ(client.publish(topic, "x", 1, false).error().code, ErrorCode::invalid_input);
    }
    EXPECT_EQ(client.publish("t", "x", 2, false).error().code, ErrorCode::invalid_input);
}

TEST(MqttPublish, RefusesWhatTheBrokerSaidIsTooLarge) {
    Mosquitto broker{{"max_packet_size 1000"}};
    broker.start();
    Client client{quick(broker.uri(), "a"), {}, {}};
    client.start();
    ASSERT_TRUE(eventually([&] { return client.ready(); }));
    EXPECT_EQ(client.publish("t", std::string(1000, 'x'), 1, false).error().code,
              ErrorCode::invalid_input);
    EXPECT_TRUE(client.publish("t", std::string(900, 'x'), 1, false));
    EXPECT_TRUE(eventually([&] { return client.stats().inflight == 0; }));
    EXPECT_EQ(client.stats().losses, 0U);
}

TEST(MqttPublish, IsBoundedUntilTheBrokerAcknowledges) {
    Mosquitto broker;
    broker.start();
    Recorder saw;
    Options options = quick(broker.uri(), "bounded");
    options.max_inflight = 50;
    Client client{options, {}, saw.handlers()};
    client.start();
    ASSERT_TRUE(eventually([&] { return client.ready(); }));
    ::kill(broker.pid(), SIGSTOP);
    for (std::uint64_t token = 1; token <= 50; ++token) {
        ASSERT_TRUE(client.publish("t", "x", 1, false, token));
    }
    EXPECT_EQ(client.publish("t", "x", 1, false, 51).error().code, ErrorCode::unavailable);
    EXPECT_EQ(client.stats().inflight, 50U);
    ::kill(broker.pid(), SIGCONT);
    ASSERT_TRUE(eventually([&] { return saw.published().size() == 50; }));
    EXPECT_THAT(saw.published(), Each(Pair(testing::_, ElementsAre(true))));
    EXPECT_TRUE(client.publish("t", "x", 1, false, 51));
}

TEST(MqttPublish, IsBoundedInBytesButTakesOneOfAnySize) {
    Mosquitto broker;
    broker.start();
    Options options = quick(broker.uri(), "bounded");
    options.max_inflight_bytes = 1000;
    Client client{options, {}, {}};
    client.start();
    ASSERT_TRUE(eventually([&] { return client.ready(); }));
    ::kill(broker.pid(), SIGSTOP);
    EXPECT_TRUE(client.publish("t", std::string(5000, 'x'), 1, false));
    EXPECT_EQ(client.publish("t", "x", 1, false).error().code, ErrorCode::unavailable);
    ::kill(broker.pid(), SIGCONT);
    EXPECT_TRUE(eventually([&] { return client.stats().inflight == 0; }));
    EXPECT_TRUE(client.publish("t", "x", 1, false));
}

TEST(MqttPublish, EndsOnceAndFalseWhenTheConnectionIsLost) {
    Mosquitto broker;
    broker.start();
    Recorder saw;
    Client client{quick(broker.uri(), "unlucky"), {}, saw.handlers()};
    client.start();
    ASSERT_TRUE(eventually([&] { return client.ready(); }));
    ::kill(broker.pid(), SIGSTOP);
    for (std::uint64_t token = 1; token <= 200; ++token) {
        ASSERT_TRUE(client.publish("t", "x", 1, false, token));
    }
    broker.kill();
    ASSERT_TRUE(eventually([&] { return saw.published().size() == 200; }));
    broker.start();
    ASSERT_TRUE(eventually([&] { return client.ready(); }));
    ASSERT_TRUE(client.publish("t", "x", 1, false, 1000));
    ASSERT_TRUE(eventually([&] { return saw.published().size() == 201; }));
    auto published = saw.published();
    EXPECT_THAT(published.extract(1000).mapped(), ElementsAre(true));
    EXPECT_THAT(published, Each(Pair(testing::_, ElementsAre(false))));
    EXPECT_EQ(client.stats().publishes_failed, 200U);
}

TEST(MqttPublish, EndsFalseAtStopAndPause) {
    Mosquitto broker;
    broker.start();
    Recorder saw;
    Client client{quick(broker.uri(), "leaving"), {}, saw.handlers()};
    client.start();
    ASSERT_TRUE(eventually([&] { return client.ready(); }));
    ::kill(broker.pid(), SIGSTOP);
    ASSERT_TRUE(client.publish("t", "x", 1, false, 1));
    client.pause();
    EXPECT_TRUE(eventually([&] { return saw.published().size() == 1; }));
    ::kill(broker.pid(), SIGCONT);
    client.resume();
    ASSERT_TRUE(eventually([&] { return client.ready(); }));
    ::kill(broker.pid(), SIGSTOP);
    ASSERT_TRUE(client.publish("t", "x", 1, false, 2));
    client.stop();
    EXPECT_THAT(saw.published()[1], ElementsAre(false));
    EXPECT_THAT(saw.published()[2], ElementsAre(false));
    ::kill(broker.pid(), SIGCONT);
}

TEST(MqttPublish, EndsFalseWhenTheBrokerDeniesIt) {
    const test::TempDir directory;
    const std::string rules = directory.path() / "acl";
    std::ofstream{rules} << "topic readwrite allowed/#\n";
    Mosquitto broker{{"acl_file " + rules}};
    broker.start();
    Recorder saw;
    Client client{quick(broker.uri(), "denied"), {}, saw.handlers()};
    client.start();
    ASSERT_TRUE(eventually([&] { return client.ready(); }));
    ASSERT_TRUE(client.publish("forbidden", "x", 1, false, 1));
    ASSERT_TRUE(client.publish("allowed/t", "x", 1, false, 2));
    ASSERT_TRUE(eventually([&] { return saw.published().size() == 2; }));
    EXPECT_THAT(saw.published()[1], ElementsAre(false));
    EXPECT_THAT(saw.published()[2], ElementsAre(true));
}

TEST(MqttPublish, WorksFromHandlersAndManyThreads) {
    Mosquitto broker;
    broker.start();
    Recorder saw;
    Handlers handlers = saw.handlers();
    std::unique_ptr<Client> client;
    const auto record = handlers.on_message;
    handlers.on_message = [&](const Message& message) {
        record(message);
        if (message.topic == "ask") {
            EXPECT_TRUE(client->publish("answer", message.payload, 1, false));
        }
    };
    client = std::make_unique<Client>(quick(broker.uri(), "echo"),
                                      std::vector<Subscription>{{"ask"}, {"answer"}}, handlers);
    client->start();
    ASSERT_TRUE(eventually([&] { return client->ready(); }));
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&] {
            for (int i = 0; i < 100; ++i) {
                EXPECT_TRUE(client->publish("ask", std::to_string(i), 1, false));
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_TRUE(eventually([&] { return saw.message_count() == 800; }));
    EXPECT_TRUE(eventually([&] { return client->stats().inflight == 0; }));
    client->stop();
}

}  // namespace
}  // namespace mercaptan::mqtt
