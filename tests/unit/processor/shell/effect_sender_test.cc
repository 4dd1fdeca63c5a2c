#include "processor/io/effect_sender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace mercaptan::processor {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

/// A broker that takes what it is given while `connected`, and answers when told to.
struct Broker {
    bool connected = true;
    std::vector<std::pair<std::string, std::uint64_t>> taken;  // Payload and token, in order.
    std::vector<std::pair<std::string, std::uint64_t>> sent;   // Key and generation.
    EffectSender sender{[this](const EffectRow& message, std::uint64_t token) -> Result<void> {
                            if (!connected) return fail(ErrorCode::unavailable, "not connected");
                            taken.emplace_back(message.payload, token);
                            return {};
                        },
                        [this](std::string key, std::uint64_t generation) {
                            sent.emplace_back(std::move(key), generation);
                        }};

    void perform(std::string key, std::uint64_t generation, std::string payload) {
        std::vector<Outgoing> messages(1);
        messages[0] = {.key = std::move(key),
                       .generation = generation,
                       .message = {.topic = "t", .payload = std::move(payload)}};
        sender.perform(std::move(messages));
    }
    [[nodiscard]] std::vector<std::string> payloads() const {
        std::vector<std::string> all;
        for (const auto& [payload, token] : taken) all.push_back(payload);
        return all;
    }
};

TEST(EffectSender, AnAcknowledgedMessageIsDone) {
    Broker broker;
    broker.perform("k", 1, "one");
    EXPECT_EQ(broker.sender.pending(), 1U);
    broker.sender.on_published(broker.taken.at(0).second, true);
    EXPECT_THAT(broker.sent, ElementsAre(Pair("k", 1)));
    EXPECT_EQ(broker.sender.pending(), 0U);
}

TEST(EffectSender, WhatTheBrokerDidNotTakeIsSentWhenItIsBack) {
    Broker broker;
    broker.connected = false;
    broker.perform("a", 1, "one");
    broker.perform("b", 1, "two");
    EXPECT_THAT(broker.taken, IsEmpty());
    broker.connected = true;
    broker.sender.on_ready();
    EXPECT_THAT(broker.payloads(), ElementsAre("one", "two"));
}

TEST(EffectSender, WhatWasOnItsWayWhenTheLinkBrokeIsSentAgain) {
    Broker broker;
    broker.perform("a", 1, "one");
    broker.sender.on_published(broker.taken.at(0).second, false);
    EXPECT_THAT(broker.sent, IsEmpty());
    broker.sender.on_ready();
    EXPECT_THAT(broker.payloads(), ElementsAre("one", "one"));
    broker.sender.on_published(broker.taken.at(1).second, true);
    EXPECT_THAT(broker.sent, ElementsAre(Pair("a", 1)));
}

TEST(EffectSender, AnOlderMessageNeverFollowsANewerOne) {
    Broker broker;
    broker.perform("ticket", 1, "raised");
    broker.connected = false;
    broker.perform("ticket", 2, "dispatched");
    broker.perform("ticket", 3, "accepted");
    broker.sender.on_published(broker.taken.at(0).second, false);
    broker.connected = true;
    broker.sender.on_ready();
    EXPECT_THAT(broker.payloads(), ElementsAre("raised", "accepted"));
    broker.sender.on_published(broker.taken.at(1).second, true);
    EXPECT_THAT(broker.sent, ElementsAre(Pair("ticket", 3)));
}

TEST(EffectSender, AnAnswerToAnOlderMessageIsNotTheNewersAnswer) {
    Broker broker;
    broker.perform("ticket", 1, "raised");
    broker.perform("ticket", 2, "dispatched");
    broker.sender.on_published(broker.taken.at(0).second, true);
    EXPECT_THAT(broker.sent, IsEmpty());
    EXPECT_EQ(broker.sender.pending(), 1U);
}

}  // namespace
}  // namespace mercaptan::processor
