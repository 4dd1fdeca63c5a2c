// How a connection begins: version, password, certificates, subscriptions.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>

#include "common/mqtt/client.h"
#include "tests/support/mosquitto.h"
#include "tests/unit/common/mqtt/fake_broker.h"
#include "tests/unit/common/mqtt/recorder.h"

namespace mercaptan::mqtt {
namespace {

using test::eventually;
using test::Mosquitto;
using testing::ElementsAre;

constexpr std::uint8_t kConnect = 0x10;
constexpr std::uint8_t kPublish = 0x32;  // QoS 1.
constexpr std::uint8_t kSubscribe = 0x82;
constexpr std::uint8_t kPingRequest = 0xC0;
constexpr std::size_t kProtocolLevelAt = 6;  // After the length and the four letters of `MQTT`.

std::string bytes(std::initializer_list<int> values) {
    std::string result;
    for (const int value : values) {
        result.push_back(static_cast<char>(value));
    }
    return result;
}

void run(const std::vector<std::string>& command, const test::TempDir& directory) {
    test::Process process{command, directory.path() / "command.log"};
    ASSERT_EQ(process.wait(std::chrono::seconds{60}), 0);
}

// A 3.1.1 broker that grants every subscription with `granted`, and refuses MQTT 5 as `refusal`.
FakeBroker::Script broker_311(FakeBroker::Answer refusal, int granted) {
    return [refusal, granted](std::uint8_t first, const std::string& rest) {
        switch (first) {
            case kConnect:
                if (rest.at(kProtocolLevelAt) == 5) {
                    return refusal;
                }
                return FakeBroker::Answer{bytes({0x20, 2, 0, 0})};
            case kSubscribe:
                return FakeBroker::Answer{bytes({0x90, 3, rest.at(0), rest.at(1), granted})};
            case kPingRequest:
                return FakeBroker::Answer{bytes({0xD0, 0})};
            default:
                return FakeBroker::Answer{};
        }
    };
}

TEST(MqttHandshake, FallsBackTo311WhenMqtt5IsRefused) {
    const FakeBroker broker{broker_311({bytes({0x20, 3, 0, 0x84, 0}), true}, 1)};
    Recorder saw;
    Client client{quick(broker.uri(), "old"), {{"t"}}, saw.handlers()};
    client.start();
    ASSERT_TRUE(eventually([&] { return client.ready(); }));
    EXPECT_EQ(client.stats().protocol, 4);
    EXPECT_EQ(client.stats().connect_failures, 1U);
}

TEST(MqttHandshake, FallsBackTo311WhenMqtt5IsNotAnswered) {
    const FakeBroker broker{broker_311({"", true}, 1)};
    Client client{quick(broker.uri(), "old"), {{"t"}}, {}};
    client.start();
    ASSERT_TRUE(eventually([&] { return client.ready(); }));
    EXPECT_EQ(client.stats().protocol, 4);
}

TEST(MqttHandshake, TellsWhyTheBrokerDisconnected) {
    const FakeBroker broker{[](std::uint8_t first, const std::string&) {
        switch (first) {
            case kConnect:
                return FakeBroker::Answer{bytes({0x20, 3, 0, 0, 0})};
            case kPublish:
                return FakeBroker::Answer{bytes({0xE0, 1, 0x8B})};
            default:
                return FakeBroker::Answer{};
        }
    }};
    Recorder saw;
    Client client{quick(broker.uri(), "told"), {}, saw.handlers()};
    client.start();
    ASSERT_TRUE(eventually([&] { return client.ready(); }));
    ASSERT_TRUE(client.publish("t", "x", 1, false, 1));
    ASSERT_TRUE(eventually([&] { return saw.published().size() == 1; }));
    EXPECT_THAT(saw.losses().at(0), testing::HasSubstr("139"));  // Server shutting down.
    EXPECT_THAT(saw.published()[1], ElementsAre(false));
    EXPECT_TRUE(eventually([&] { return client.ready(); }));
}

TEST(MqttHandshake, Speaks311AloneWhenTold) {
    Mosquitto broker;
    broker.start();
    Recorder saw;
    Options options = quick(broker.uri(), "old");
    options.protocol = 4;
    for (int round = 0; round < 2; ++round) {
        Client client{options, {{"a"}, {"b"}}, saw.handlers()};
        client.start();
        ASSERT_TRUE(eventually([&] { return client.ready(); }));
        EXPECT_EQ(client.stats().protocol, 4);
        ASSERT_TRUE(client.publish("b", "x", 1, false, 1));
        ASSERT_TRUE(eventually([&] { return client.stats().inflight == 0; }));
    }
    EXPECT_THAT(saw.sessions(), ElementsAre(false, true));
    EXPECT_THAT(saw.published()[1], ElementsAre(true, true));
}

TEST(MqttHandshake, IsNotReadyWithoutEverySubscription) {
    for (const int granted : {0x80, 0}) {  // Refused, and less than was asked for.
        const FakeBroker broker{broker_311({}, granted)};
        Recorder saw;
        Options options = quick(broker.uri(), "refused");
        options.protocol = 4;
        Client client{options, {{"t"}}, saw.handlers()};
        client.start();
        EXPECT_TRUE(eventually([&] { return client.stats().connect_failures >= 2; }));
        client.stop();
        EXPECT_TRUE(saw.sessions().empty());
        EXPECT_TRUE(saw.losses().empty());
    }
}

TEST(MqttHandshake, ReadsThePasswordAnewForEachAttempt) {
    const test::TempDir secrets;
    const std::string users = secrets.path() / "users";
    run({"mosquitto_passwd", "-b", "-c", users, "gateway", "right"}, secrets);
    Mosquitto broker{{"allow_anonymous false", "password_file " + users}};
    broker.start();
    Options options = quick(broker.uri(), "secret");
    options.username = "gateway";
    options.password_file = secrets.path() / "password";
    std::ofstream{options.password_file} << "wrong\n";
    Client client{options, {}, {}};
    client.start();
    ASSERT_TRUE(eventually([&] { return client.stats().connect_failures >= 1; }));
    std::ofstream{options.password_file} << "right\n";
    EXPECT_TRUE(eventually([&] { return client.ready(); }));
}

// A certificate authority `name` and a certificate for localhost signed by it.
void make_certificates(const test::TempDir& directory, const std::string& name) {
    const std::string base = directory.path() / name;
    run({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=" + name, "-keyout", base + "-ca.key", "-out", base + "-ca.crt"},
        directory);
    run({"openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=broker", "-keyout",
         base + ".key", "-out", base + ".csr"},
        directory);
    std::ofstream{base + ".ext"} << "subjectAltName=IP:127.0.0.1\n";
    run({"openssl", "x509", "-req", "-in", base + ".csr", "-CA", base + "-ca.crt", "-CAkey",
         base + "-ca.key", "-CAcreateserial", "-days", "2", "-extfile", base + ".ext", "-out",
         base + ".crt"},
        directory);
}

TEST(MqttHandshake, TrustsOnlyTheAuthorityItWasGiven) {
    const test::TempDir certificates;
    make_certificates(certificates, "ours");
    make_certificates(certificates, "theirs");
    const std::string ours = certificates.path() / "ours";
    const std::string theirs = certificates.path() / "theirs";
    Mosquitto broker{{"cafile " + ours + "-ca.crt", "certfile " + ours + ".crt",
                      "keyfile " + ours + ".key", "require_certificate true"}};
    broker.start();
    const std::string port = std::to_string(broker.port());
    Options good = quick("ssl://127.0.0.1:" + port, "good");
    good.ca_file = ours + "-ca.crt";
    good.cert_file = ours + ".crt";
    good.key_file = ours + ".key";
    Options wrong_authority = good;
    wrong_authority.client_id = "wrong-authority";
    wrong_authority.ca_file = theirs + "-ca.crt";
    Options wrong_host = good;
    wrong_host.client_id = "wrong-host";
    wrong_host.uri = "ssl://127.1:" + port;  // The same address under another name.
    Options no_certificate = good;
    no_certificate.client_id = "no-certificate";
    no_certificate.cert_file.clear();
    no_certificate.key_file.clear();

    Client client{good, {{"t"}}, {}};
    client.start();
    EXPECT_TRUE(eventually([&] { return client.ready(); }));
    for (const Options& bad : {wrong_authority, wrong_host, no_certificate}) {
        Client refused{bad, {{"t"}}, {}};
        refused.start();
        EXPECT_TRUE(eventually([&] { return refused.stats().connect_failures >= 1; }))
            << bad.client_id;
        EXPECT_EQ(refused.stats().connects, 0U) << bad.client_id;
    }
    EXPECT_TRUE(client.ready());
}

}  // namespace
}  // namespace mercaptan::mqtt
