// Connecting, coming back and going away, against a real broker.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "common/mqtt/client.h"
#include "tests/support/mosquitto.h"
#include "tests/unit/common/mqtt/fake_broker.h"
#include "tests/unit/common/mqtt/recorder.h"

namespace mercaptan::mqtt {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using test::eventually;
using test::Mosquitto;
using testing::ElementsAre;

// How long `action` takes.
template <class Action>
milliseconds duration_of(Action action) {
    const auto begin = steady_clock::now();
    action();
    return std::chrono::duration_cast<milliseconds>(steady_clock::now() - begin);
}

constexpr milliseconds kPromptly{1000};

TEST(MqttConnection, DeliversAMessageToASubscriber) {
    Mosquitto broker;
    broker.start();
    Recorder receiver_saw;
    Recorder sender_saw;
    Client receiver{quick(broker.uri(), "receiver"), {{"gas/+/x"}}, receiver_saw.handlers()};
    Client sender{quick(broker.uri(), "sender"), {}, sender_saw.handlers()};
    receiver.start();
    sender.start();
    ASSERT_TRUE(eventually([&] { return receiver.ready() && sender.ready(); }));
    const std::string payload{"\0\xff binary", 9};
    ASSERT_TRUE(sender.publish("gas/a/x", payload, 1, false, 7));
    ASSERT_TRUE(sender.publish("gas/b/x", "", 0, false, 8));
    ASSERT_TRUE(eventually([&] { return receiver_saw.message_count() == 2; }));
    EXPECT_EQ(receiver_saw.messages()[0].topic, "gas/a/x");
    EXPECT_EQ(receiver_saw.messages()[0].payload, payload);
    EXPECT_EQ(receiver_saw.messages()[0].qos, 1);
    EXPECT_EQ(receiver_saw.messages()[1].payload, "");
    ASSERT_TRUE(eventually([&] { return sender_saw.published().size() == 2; }));
    EXPECT_THAT(sender_saw.published()[7], ElementsAre(true));
    EXPECT_THAT(sender_saw.published()[8], ElementsAre(true));
    EXPECT_EQ(sender.stats().protocol, 5);
    EXPECT_EQ(sender.stats().inflight, 0U);
    EXPECT_THAT(receiver_saw.sessions(), ElementsAre(false));
}

TEST(MqttConnection, HandsOnALargeMessage) {
    Mosquitto broker;
    broker.start();
    Recorder saw;
    Client client{quick(broker.uri(), "both"), {{"big"}}, saw.handlers()};
    client.start();
    ASSERT_TRUE(eventually([&] { return client.ready(); }));
    const std::string payload(4 << 20, 'x');
    ASSERT_TRUE(client.publish("big", payload, 1, false));
    ASSERT_TRUE(eventually([&] { return saw.message_count() == 1; }));
    EXPECT_EQ(saw.messages()[0].payload, payload);
}

TEST(MqttConnection, ASessionQueuesWhileItsClientIsAway) {
    Mosquitto broker;
    broker.start();
    Recorder before;
    {
        Client client{quick(broker.uri(), "sleeper"), {{"t"}}, before.handlers()};
        client.start();
        ASSERT_TRUE(eventually([&] { return client.ready(); }));
    }
    Client sender{quick(broker.uri(), "sender"), {}, {}};
    sender.start();
    ASSERT_TRUE(eventually([&] { return sender.ready(); }));
    ASSERT_TRUE(sender.publish("t", "while away", 1, false));
    Recorder after;
    ASSERT_TRUE(eventually([&] { return sender.stats().inflight == 0; }));
    Client client{quick(broker.uri(), "sleeper"), {{"t"}}, after.handlers()};
    client.start();
    ASSERT_TRUE(eventually([&] { return after.message_count() == 1; }));
    ASSERT_TRUE(eventually([&] { return client.ready(); }));
    EXPECT_THAT(after.sessions(), ElementsAre(true));
}

TEST(MqttConnection, ConnectsOnceTheBrokerIsThere) {
    Mosquitto broker;
    Recorder saw;
    Client client{quick(broker.uri(), "early"), {{"t"}}, saw.handlers()};
    client.start();
    ASSERT_TRUE(eventually([&] { return client.stats().connect_failures >= 2; }));
    EXPECT_FALSE(client.ready());
    broker.start();
    EXPECT_TRUE(eventually([&] { return client.ready(); }));
    EXPECT_TRUE(saw.losses().empty());
}

TEST(MqttConnection, ComesBackAfterTheBrokerWasRestarted) {
    Mosquitto broker;
    broker.start();
    Recorder saw;
    Client client{quick(broker.uri(), "steady"), {{"t"}}, saw.handlers()};
    client.start();
    ASSERT_TRUE(eventually([&] { return client.ready(); }));
    broker.stop();
    ASSERT_TRUE(eventually([&] { return saw.losses().size() == 1; }));
    EXPECT_FALSE(client.ready());
    broker.start();
    ASSERT_TRUE(eventually([&] { return client.ready(); }));
    EXPECT_THAT(saw.sessions(), ElementsAre(false, true));
    broker.kill();
    ASSERT_TRUE(eventually([&] { return saw.losses().size() == 2; }));
    broker.start();
    ASSERT_TRUE(eventually([&] { return client.ready(); }));
    ASSERT_TRUE(client.publish("t", "still subscribed", 1, false));
    EXPECT_TRUE(eventually([&] { return saw.message_count() == 1; }));
    EXPECT_EQ(client.stats().losses, 2U);
    EXPECT_EQ(client.stats().connects, 3U);
}

TEST(MqttConnection, NoticesASilentBrokerByKeepAlive) {
    Mosquitto broker;
    broker.start();
    Recorder saw;
    Options options = quick(broker.uri(), "watchful");
    options.keep_alive = std::chrono::seconds{1};
    Client client{options, {}, saw.handlers()};
    client.start();
    ASSERT_TRUE(eventually([&] { return client.ready(); }));
    ::kill(broker.pid(), SIGSTOP);
    EXPECT_TRUE(eventually([&] { return saw.losses().size() == 1; }));
    ::kill(broker.pid(), SIGCONT);
    EXPECT_TRUE(eventually([&] { return client.ready(); }));
}

TEST(MqttConnection, PauseLetsTheBrokerQueue) {
    Mosquitto broker;
    broker.start();
    Recorder saw;
    Client client{quick(broker.uri(), "paused"), {{"t"}}, saw.handlers()};
    Client sender{quick(broker.uri(), "sender"), {}, {}};
    client.start();
    sender.start();
    ASSERT_TRUE(eventually([&] { return client.ready() && sender.ready(); }));
    client.pause();
    ASSERT_TRUE(eventually([&] { return !client.ready(); }));
    // Only once the broker has seen it go, a message is surely queued.
    ASSERT_TRUE(eventually(
        [&] { return broker.log().find("Client paused disconnected") != std::string::npos; }));
    ASSERT_TRUE(sender.publish("t", "queued", 1, false));
    ASSERT_TRUE(eventually([&] { return sender.stats().inflight == 0; }));
    std::this_thread::sleep_for(milliseconds{300});
    EXPECT_EQ(saw.message_count(), 0U);
    EXPECT_FALSE(client.ready());
    client.resume();
    EXPECT_TRUE(eventually([&] { return saw.message_count() == 1; }));
    ASSERT_TRUE(eventually([&] { return client.ready(); }));
    EXPECT_TRUE(saw.losses().empty());
    EXPECT_EQ(client.stats().losses, 0U);
}

TEST(MqttConnection, TheWillIsSentForALostClientAndNotForAStoppedOne) {
    Mosquitto broker;
    broker.start();
    Recorder watcher_saw;
    Client watcher{quick(broker.uri(), "watcher"), {{"will/#"}}, watcher_saw.handlers()};
    watcher.start();
    Options options = quick(broker.uri(), "mortal");
    options.will = Will{"will/mortal", "gone", 1, false};
    {
        Client stopped{options, {}, {}};
        stopped.start();
        ASSERT_TRUE(eventually([&] { return watcher.ready() && stopped.ready(); }));
    }
    Recorder mortal_saw;
    Client mortal{options, {}, mortal_saw.handlers()};
    mortal.start();
    ASSERT_TRUE(eventually([&] { return mortal.ready(); }));
    EXPECT_EQ(watcher_saw.message_count(), 0U);
    Options thief_options = quick(broker.uri(), "mortal");
    thief_options.clean_start = true;
    Client thief{thief_options, {}, {}};
    thief.start();
    ASSERT_TRUE(eventually([&] { return watcher_saw.message_count() >= 1; }));
    EXPECT_EQ(watcher_saw.messages()[0].payload, "gone");
    EXPECT_TRUE(eventually([&] { return !mortal_saw.losses().empty(); }));
}

TEST(MqttConnection, StopIsPromptWhateverTheBrokerDoes) {
    {
        Client closed{quick("tcp://127.0.0.1:" + std::to_string(test::free_port()), "a"), {}, {}};
        closed.start();
        ASSERT_TRUE(eventually([&] { return closed.stats().connect_failures >= 1; }));
        EXPECT_LT(duration_of([&] { closed.stop(); }), kPromptly);
    }
    {
        const FakeBroker silent{
            [](std::uint8_t, const std::string&) { return FakeBroker::Answer{}; }};
        Client waiting{quick(silent.uri(), "b"), {}, {}};
        waiting.start();
        std::this_thread::sleep_for(milliseconds{300});
        EXPECT_LT(duration_of([&] { waiting.stop(); }), kPromptly);
    }
    {
        Client unroutable{quick("tcp://192.0.2.1:1883", "c"), {}, {}};  // TEST-NET-1.
        unroutable.start();
        std::this_thread::sleep_for(milliseconds{300});
        EXPECT_LT(duration_of([&] { unroutable.stop(); }), kPromptly);
    }
    Mosquitto broker;
    broker.start();
    Client connected{quick(broker.uri(), "d"), {}, {}};
    connected.start();
    ASSERT_TRUE(eventually([&] { return connected.ready(); }));
    ::kill(broker.pid(), SIGSTOP);
    EXPECT_LT(duration_of([&] { connected.stop(); }), kPromptly);
    EXPECT_FALSE(connected.ready());
    ::kill(broker.pid(), SIGCONT);
}

TEST(MqttConnection, StopIsPromptAndFinalUnderAFlood) {
    Mosquitto broker;
    broker.start();
    std::atomic<std::uint64_t> seen{0};
    Handlers count;
    count.on_message = [&seen](const Message&) { ++seen; };
    Client receiver{quick(broker.uri(), "receiver"), {{"flood"}}, count};
    Client sender{quick(broker.uri(), "sender"), {}, {}};
    receiver.start();
    sender.start();
    ASSERT_TRUE(eventually([&] { return receiver.ready() && sender.ready(); }));
    std::atomic<bool> enough{false};
    std::thread flood{[&] {
        while (!enough) {
            if (!sender.publish("flood", "x", 0, false)) {
                std::this_thread::yield();
            }
        }
    }};
    EXPECT_TRUE(eventually([&] { return seen > 1000; }));
    EXPECT_LT(duration_of([&] { receiver.stop(); }), kPromptly);
    const std::uint64_t at_stop = seen;
    std::this_thread::sleep_for(milliseconds{100});
    EXPECT_EQ(seen, at_stop);
    EXPECT_LT(duration_of([&] { sender.stop(); }), kPromptly);
    enough = true;
    flood.join();
}

}  // namespace
}  // namespace mercaptan::mqtt
