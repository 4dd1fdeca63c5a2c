#pragma once

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/wire/uplink.pb.h"
#include "gateway/gateway.h"
#include "gateway/profiles/native.h"
#include "gateway/uplink_codec.h"
#include "tests/support/memory_store.h"

namespace mercaptan::gateway {

class FakeField final : public FieldPort {
public:
    struct Sent {
        std::string topic;
        std::string payload;
    };
    bool publish(std::string_view topic, std::string_view payload) override {
        if (!connected) return false;
        sent.push_back({std::string{topic}, std::string{payload}});
        return true;
    }
    bool publish_command(std::string_view topic, std::string_view payload,
                         std::optional<Instant> caused_at) override {
        if (caused_at) caused.push_back(*caused_at);
        return publish(topic, payload);
    }
    void set_intake(Lane lane, bool open) override {
        intake_open[static_cast<std::size_t>(lane)] = open;
    }

    [[nodiscard]] std::vector<std::string> on_topic(std::string_view topic) const {
        std::vector<std::string> payloads;
        for (const Sent& one : sent) {
            if (one.topic == topic) payloads.push_back(one.payload);
        }
        return payloads;
    }

    bool connected = true;
    std::vector<Sent> sent;
    std::vector<Instant> caused;  // Of the commands that were new.
    std::array<bool, 2> intake_open{true, true};
};

class FakeCentral final : public CentralPort {
public:
    bool publish(std::string_view topic, std::string_view payload, std::uint64_t token) override {
        if (full) return false;
        wire::Uplink message;
        EXPECT_TRUE(message.ParseFromArray(payload.data(), static_cast<int>(payload.size())));
        EXPECT_EQ(topic, uplink_topic(message.gateway(),
                                      message.emergency() ? Lane::emergency : Lane::bulk));
        sent.push_back(message);
        tokens.push_back(token);
        return true;
    }

    bool full = false;
    std::vector<wire::Uplink> sent;
    std::vector<std::uint64_t> tokens;  // Not acknowledged yet.
};

/// A gateway over a store in memory, with a hand on its clock, its connections and its power.
class GatewayHarness {
public:
    GatewayHarness() {
        settings.core.gateway_id = "gw1";
        rules.registry = std::make_shared<const Registry>(
            DeviceRegistry{entry("d1", DeviceKind::leak_detector),
                           entry("d2", DeviceKind::leak_detector), entry("v1", DeviceKind::valve)});
        GuardRule rule;
        rule.name = "set-point";
        rule.gas_lel_pct_min = 20.0;
        rules.guard.push_back(rule);
    }

    static RegistryEntry entry(std::string_view id, DeviceKind kind) {
        RegistryEntry entry;
        entry.device_id = id;
        entry.site = "s1";
        entry.kind = kind;
        return entry;
    }

    /// Opens the gateway, again after `crash`. The central side is not connected.
    Gateway& open() {
        dead_rows = std::make_unique<DeadRows>();
        profiles::ProfileSet profiles;
        profiles.add(std::make_unique<profiles::NativeProfile>(settings.intake.payload_bytes_max));
        auto opened = Gateway::open(settings, rules, std::move(profiles),
                                    {store, *dead_rows, field, central}, now);
        EXPECT_TRUE(opened.has_value()) << (opened ? "" : opened.error().message);
        gateway = std::move(*opened);
        return *gateway;
    }
    /// The process died; what the central side was told stays with it.
    void crash() { gateway.reset(); }

    void receive(Lane lane, std::string_view topic, std::string_view payload,
                 MessageFlags flags = {}) {
        const auto stored = gateway->on_field_message(lane, topic, payload, flags, now);
        ASSERT_TRUE(stored.has_value()) << stored.error().message;
    }
    void telemetry(std::string_view payload, std::string_view device = "d1",
                   MessageFlags flags = {}) {
        receive(Lane::bulk, "gas/v1/s1/" + std::string{device} + "/telemetry", payload, flags);
    }
    void alarm(std::string_view payload, std::string_view device = "d1", MessageFlags flags = {}) {
        receive(Lane::emergency, "gas/v1/s1/" + std::string{device} + "/alarm", payload, flags);
    }

    void round() {
        const auto done = gateway->round(now);
        ASSERT_TRUE(done.has_value()) << done.error().message;
    }
    /// Lets everything come to rest: commits, syncs and sends what can be sent.
    void settle() {
        for (int i = 0; i < 50; ++i) {
            round();
            ASSERT_TRUE(gateway->sync().has_value());
            acknowledge();
            now = now + Duration{2};
        }
    }
    /// The central broker acknowledges everything.
    void acknowledge() {
        for (const std::uint64_t token : std::exchange(central.tokens, {}))
            gateway->on_published(token, true);
    }
    void connect_central() {
        gateway->on_central_connection(true);
        round();
    }
    void watermark(Lane lane, std::uint64_t epoch, std::uint64_t seq) {
        wire::Watermark watermark;
        watermark.set_version(1);
        wire::Watermark::Mark& mark = *watermark.add_marks();
        mark.set_emergency(lane == Lane::emergency);
        mark.set_epoch(epoch);
        mark.set_seq(seq);
        const auto taken = gateway->on_central_message(watermark_topic("gw1"),
                                                       watermark.SerializeAsString(), {}, now);
        ASSERT_TRUE(taken.has_value());
        round();
    }
    [[nodiscard]] LaneStatus lane(Lane lane) const {
        return gateway->status().lanes[static_cast<std::size_t>(lane)];
    }
    [[nodiscard]] std::uint64_t count(MessageResult result) const {
        std::uint64_t sum = 0;
        for (const auto& row : gateway->status().messages)
            sum += row[static_cast<std::size_t>(result)];
        return sum;
    }
    /// Every item that was sent on the lane, repetitions included, as `device:seq`,
    /// `valve:outcome`...
    [[nodiscard]] std::vector<std::string> items(Lane lane) const {
        std::vector<std::string> items;
        for (const wire::Uplink& message : central.sent) {
            if (message.emergency() != (lane == Lane::emergency)) continue;
            for (const wire::Item& item : message.items()) items.push_back(text(item));
        }
        return items;
    }
    /// The readings of all messages, each message once, and each reading of one time once: what the
    /// processor's history holds.
    [[nodiscard]] std::multiset<std::string> history() const {
        std::set<std::string> seen;
        std::set<std::pair<std::string, std::int64_t>> rows;
        std::multiset<std::string> texts;
        for (const wire::Uplink& message : central.sent) {
            // The processor drops a message whose sequence number it has.
            const std::string name = std::to_string(message.epoch()) +
                                     (message.emergency() ? "e" : "b") +
                                     std::to_string(message.seq());
            if (!seen.insert(name).second) continue;
            for (const wire::Item& item : message.items()) {
                if (!item.has_reading()) continue;
                if (rows.emplace(text(item), item.received_at_ms()).second)
                    texts.insert(text(item));
            }
        }
        return texts;
    }
    static std::string text(const wire::Item& item) {
        switch (item.body_case()) {
            case wire::Item::kReading:
                return item.reading().device() + ":" + std::to_string(item.reading().seq());
            case wire::Item::kOnline:
                return item.online().device() + (item.online().online() ? ":online" : ":offline");
            case wire::Item::kUnreadable:
                return item.unreadable().device() + ":unreadable:" + item.unreadable().reason();
            case wire::Item::kValve:
                return item.valve().valve() + ":" +
                       wire::ValveReport::Outcome_Name(item.valve().outcome());
            case wire::Item::BODY_NOT_SET:
                break;
        }
        return "empty";
    }

    Settings settings;
    Rulebook rules;
    test::MemoryStore store;
    FakeField field;
    FakeCentral central;
    std::unique_ptr<DeadRows> dead_rows;
    std::unique_ptr<Gateway> gateway;
    Instant now{1'795'248'000'000};  // 2026-11-21T08:00:00Z
};

}  // namespace mercaptan::gateway
