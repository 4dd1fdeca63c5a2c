#include "gateway/profiles/native.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mercaptan::gateway::profiles {
namespace {

Decoded decode(std::string_view topic, std::string_view payload) {
    NativeProfile profile;
    Decoded decoded;
    profile.decode(topic, payload, decoded);
    return decoded;
}

Decoded telemetry(std::string_view payload) {
    return decode("gas/v1/s1/d1/telemetry", payload);
}
Decoded alarm(std::string_view payload) {
    return decode("gas/v1/s1/d1/alarm", payload);
}

TEST(NativeProfile, ReadsTheExampleOfTheContract) {
    const Decoded decoded = telemetry(
        R"({"ts":"2026-11-21T08:00:00.123Z","seq":41,"ch4_lel_pct":23.5,"battery_pct":88,"status":[]})");
    ASSERT_EQ(decoded.outcome, Outcome::readings);
    ASSERT_EQ(decoded.readings.size(), 1U);
    const Reading& reading = decoded.readings[0];
    EXPECT_EQ(reading.site, "s1");
    EXPECT_EQ(reading.device, "d1");
    EXPECT_EQ(reading.event_at, parse_rfc3339("2026-11-21T08:00:00.123Z").value());
    EXPECT_EQ(reading.seq, 41U);
    EXPECT_EQ(reading.values.get(Quantity::ch4_lel_pct), 23.5);
    EXPECT_EQ(reading.values.get(Quantity::battery_pct), 88.0);
    EXPECT_EQ(reading.values.size(), 2U);
    EXPECT_TRUE(reading.status.empty());
    EXPECT_FALSE(reading.urgent);
}

TEST(NativeProfile, ReadsEveryQuantityByItsName) {
    for (std::size_t i = 0; i < kQuantityCount; ++i) {
        const auto quantity = static_cast<Quantity>(i);
        const Decoded decoded = telemetry("{\"" + std::string{to_string(quantity)} + "\":-1.5}");
        ASSERT_EQ(decoded.outcome, Outcome::readings) << to_string(quantity) << decoded.reason;
        EXPECT_EQ(decoded.readings[0].values.get(quantity), -1.5) << to_string(quantity);
        EXPECT_EQ(decoded.readings[0].values.size(), 1U);
    }
}

TEST(NativeProfile, ReadsEveryStatusByItsName) {
    for (std::size_t i = 0; i < kStatusCount; ++i) {
        const auto status = static_cast<Status>(i);
        const Decoded decoded = alarm("{\"status\":[\"" + std::string{to_string(status)} + "\"]}");
        ASSERT_EQ(decoded.outcome, Outcome::readings) << to_string(status) << decoded.reason;
        EXPECT_EQ(decoded.readings[0].status.bits(), 1U << i) << to_string(status);
    }
}

struct TimeRow {
    std::string_view ts;
    std::int64_t ms;
};

TEST(NativeProfile, ReadsTimesInBothForms) {
    const std::vector<TimeRow> rows{
        {R"("2026-11-21T08:00:00.123Z")", 1795248000123},
        {R"("2026-11-21T16:00:00+08:00")", 1795248000000},
        {"1795248000123", 1795248000123},
        {"1795248000123.9", 1795248000123},
        {"1.795248e12", 1795248000000},
        {"-1", -1},
        {"1e300", kInstantMax.ms},
    };
    for (const TimeRow& row : rows) {
        const Decoded decoded = telemetry("{\"ts\":" + std::string{row.ts} + "}");
        ASSERT_EQ(decoded.outcome, Outcome::readings) << row.ts << decoded.reason;
        EXPECT_EQ(decoded.readings[0].event_at, Instant{row.ms}) << row.ts;
    }
}

TEST(NativeProfile, LeavesOutWhatADeviceDoesNotKnow) {
    const Decoded decoded = telemetry(
        R"({"ts":null,"seq":null,"status":null,"ch4_lel_pct":null,"co_ppm":3,"firmware":{"a":[1]}})");
    ASSERT_EQ(decoded.outcome, Outcome::readings) << decoded.reason;
    const Reading& reading = decoded.readings[0];
    EXPECT_FALSE(reading.event_at || reading.seq);
    EXPECT_EQ(reading.values.size(), 1U);
    EXPECT_EQ(reading.values.get(Quantity::co_ppm), 3.0);
}

TEST(NativeProfile, TakesASignOfLifeWithoutValues) {
    for (const auto* payload : {R"({"status":[]})", R"({"seq":1})", R"({"ts":1795248000123})"}) {
        EXPECT_EQ(telemetry(payload).outcome, Outcome::readings) << payload;
    }
}

struct BadRow {
    std::string topic;
    std::string payload;
    std::string reason;
};

TEST(NativeProfile, RejectsWithTheExactReason) {
    const std::string t = "gas/v1/s1/d1/telemetry";
    const std::string a = "gas/v1/s1/d1/alarm";
    const std::string number = "ch4_lel_pct: expected a number";
    const std::string seq = "seq: expected a whole number from 0 up";
    const std::string ts = "ts: expected an RFC 3339 time or epoch milliseconds";
    const std::string status = "status: expected an array of names";
    const std::vector<BadRow> rows{
        {t, "", "the payload is empty"},
        {t, "hello", "the payload is not well-formed JSON"},
        {t, "[1,2]", "the payload is not a JSON object"},
        {t, "42", "the payload is not a JSON object"},
        {t, "{\"ch4_lel_pct\":1", "the payload is not well-formed JSON"},
        {t, "{\"ch4_lel_pct\":1e999}", "the payload has a malformed or out-of-range number"},
        {t, "{\"ch4_lel_pct\":NaN}", "the payload is not well-formed JSON"},
        {t, "{\"x\":\"\xff\"}", "the payload is not UTF-8"},
        {t, R"({"ch4_lel_pct":"23.5"})", number},
        {t, R"({"ch4_lel_pct":true})", number},
        {t, R"({"ch4_lel_pct":{"a":1}})", number},
        {t, R"({"ch4_lel_pct":[1]})", number},
        {t, R"({"ch4_lel_pct":1,"seq":-1})", seq},
        {t, R"({"ch4_lel_pct":1,"seq":1.5})", seq},
        {t, R"({"ch4_lel_pct":1,"seq":"x"})", seq},
        {t, R"({"ch4_lel_pct":1,"ts":"yesterday"})", ts},
        {t, R"({"ch4_lel_pct":1,"ts":true})", ts},
        {t, R"({"ch4_lel_pct":1,"ts":"2026-13-01T00:00:00Z"})", ts},
        {t, R"({"ch4_lel_pct":1,"status":"alarm_high"})", status},
        {t, R"({"ch4_lel_pct":1,"status":[7]})", status},
        {t, R"({"colour":"red"})", "the payload has no field of a reading"},
        {t, "{}", "the payload has no field of a reading"},
        {a, R"({"status":["alarm_hihg"]})",
         "status: expected names from the list of the native profile"},
        {a, "{", "the payload is not well-formed JSON"},
        {"gas/v1/s1/d1/online", "maybe", "online: expected 1 or 0"},
        {"gas/v1/s1/d1/online", "10", "online: expected 1 or 0"},
        {"gas/v1/s1/d1/command/ack", "{}", "id: expected the id of the command"},
        {"gas/v1/s1/d1/command/ack", R"({"id":7,"result":"done"})",
         "id: expected the id of the command"},
        {"gas/v1/s1/d1/command/ack", R"({"id":"x"})", "result: expected \"done\" or \"failed\""},
        {"gas/v1/s1/d1/command/ack", R"({"id":"x","result":"so"})",
         "result: expected \"done\" or \"failed\""},
        {"gas/v1/s1/d1/weather", "{}",
         "the topic ends in none of telemetry, alarm, online, command/ack"},
        {"gas/v1/s1/alarm", "{}", "the topic is not gas/v1/{site}/{device}/..."},
        {"gas/v2/s1/d1/alarm", "{}", "the topic is not gas/v1/{site}/{device}/..."},
        {"gas/v1//d1/alarm", "{}", "the topic's site is not a name"},
        {"gas/v1/s1//alarm", "{}", "the topic's device is not a name"},
        {"gas/v1/" + std::string(64, 'x') + "/d1/alarm", "{}", "the topic's site is not a name"},
    };
    for (const BadRow& row : rows) {
        const Decoded decoded = decode(row.topic, row.payload);
        EXPECT_EQ(decoded.outcome, Outcome::rejected) << row.topic << " " << row.payload;
        EXPECT_EQ(decoded.reason, row.reason) << row.topic << " " << row.payload;
        EXPECT_EQ(decoded.on_alarm_topic, row.topic.ends_with("/alarm") &&
                                              row.topic != "gas/v1/s1/alarm" &&
                                              !row.topic.starts_with("gas/v2"))
            << row.topic;
    }
}

TEST(NativeProfile, KeepsWhatItCouldReadOfARejectedMessage) {
    const Decoded decoded =
        telemetry(R"({"battery_pct":"low","ch4_lel_pct":30,"status":["alarm_low"]})");
    ASSERT_EQ(decoded.outcome, Outcome::rejected);
    ASSERT_EQ(decoded.readings.size(), 1U);
    EXPECT_EQ(decoded.readings[0].values.get(Quantity::ch4_lel_pct), 30.0);
    EXPECT_TRUE(decoded.readings[0].status.has(Status::alarm_low));
}

TEST(NativeProfile, LeavesOutUnknownFlagsOfTelemetryAndCountsThem) {
    const Decoded decoded = telemetry(R"({"co_ppm":1,"status":["door_open","tamper"]})");
    ASSERT_EQ(decoded.outcome, Outcome::readings);
    EXPECT_EQ(decoded.unknown_flags, 1U);
    EXPECT_TRUE(decoded.readings[0].status.has(Status::tamper));
}

TEST(NativeProfile, MarksTheAlarmTopicAsUrgent) {
    const Decoded decoded = alarm(R"({"seq":1})");
    ASSERT_EQ(decoded.outcome, Outcome::readings);
    EXPECT_TRUE(decoded.on_alarm_topic);
    EXPECT_TRUE(decoded.readings[0].urgent);
}

TEST(NativeProfile, ReadsOnlineStates) {
    EXPECT_TRUE(decode("gas/v1/s1/d1/online", "1").online);
    EXPECT_EQ(decode("gas/v1/s1/d1/online", "1").outcome, Outcome::online);
    EXPECT_FALSE(decode("gas/v1/s1/d1/online", "0").online);
    EXPECT_EQ(decode("gas/v1/s1/d1/online", "0").outcome, Outcome::online);
    EXPECT_EQ(decode("gas/v1/s1/d1/online", "").outcome, Outcome::ignored);
}

TEST(NativeProfile, ReadsAValvesAnswer) {
    const Decoded done =
        decode("gas/v1/s1/v1/command/ack", R"({"id":"c1","result":"done","detail":"ok"})");
    ASSERT_EQ(done.outcome, Outcome::valve_answer);
    EXPECT_EQ(done.command_id, "c1");
    EXPECT_TRUE(done.command_done);
    EXPECT_EQ(done.detail, "ok");
    EXPECT_FALSE(
        decode("gas/v1/s1/v1/command/ack", R"({"id":"c1","result":"failed"})").command_done);
}

TEST(NativeProfile, IgnoresItsOwnWordsToDevices) {
    EXPECT_EQ(decode("gas/v1/s1/d1/command", "{}").outcome, Outcome::ignored);
    EXPECT_EQ(decode("gas/v1/s1/d1/ack", "{}").outcome, Outcome::ignored);
}

TEST(NativeProfile, RoutesEachTopicToOneLane) {
    using Route = NativeProfile::Route;
    EXPECT_EQ(NativeProfile::route("gas/v1/s1/d1/telemetry"), Route::bulk);
    EXPECT_EQ(NativeProfile::route("gas/v1/s1/d1/alarm"), Route::emergency);
    EXPECT_EQ(NativeProfile::route("gas/v1/s1/d1/online"), Route::emergency);
    EXPECT_EQ(NativeProfile::route("gas/v1/s1/d1/command/ack"), Route::emergency);
    EXPECT_EQ(NativeProfile::route("gas/v1/s1/d1/command"), Route::ours);
    EXPECT_EQ(NativeProfile::route("gas/v1/s1/d1/ack"), Route::ours);
    EXPECT_EQ(NativeProfile::route("gas/v1/s1/d1/alarm/extra"), Route::bulk);
    EXPECT_EQ(NativeProfile::route("gas/v1/s1/alarm"), Route::bulk);
}

TEST(KindOf, NamesTheGravest) {
    const std::vector<std::pair<std::string, std::string_view>> rows{
        {R"({"status":["alarm_high","sensor_fault"]})", "alarm"},
        {R"({"status":["alarm_high","self_test"]})", "test"},
        {R"({"status":["preheat"]})", "warmup"},
        {R"({"status":["sensor_fault","low_battery"]})", "fault"},
        {R"({"status":["end_of_life"]})", "fault"},
        {R"({"status":["low_battery"]})", "status"},
        {R"({"co_ppm":1})", "reading"},
    };
    for (const auto& [payload, kind] : rows) {
        const Decoded decoded = telemetry(payload);
        EXPECT_EQ(kind_of(decoded, decoded.readings.at(0)), kind) << payload;
    }
    const Decoded offline = decode("gas/v1/s1/d1/online", "0");
    EXPECT_EQ(kind_of(offline, Reading{}), "offline");
}

}  // namespace
}  // namespace mercaptan::gateway::profiles
