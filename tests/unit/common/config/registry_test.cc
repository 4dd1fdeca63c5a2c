#include "common/config/registry.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/common/config/scratch_dir.h"

namespace mercaptan::config {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kHeader =
    "device_id,site,zone,group,kind,profile,gas,location,valve_device,installed_on,expires_on,"
    "expected_interval_s,ack_telemetry\n";

std::string with_header(std::string_view rows) {
    return std::string{kHeader}.append(rows);
}

std::string refusal(std::string_view text) {
    const auto entries = parse_registry(text, "r.csv");
    return entries ? "accepted" : entries.error().message;
}

TEST(Registry, ReadsEveryColumn) {
    const auto entries = parse_registry(
        with_header("d1,s1,z1,riser-3,co_detector,goldcard,lpg,\"Kitchen, 2nd floor\",v1,"
                    "2024-02-29,2029-03-01T08:00:00+08:00,3600,yes\n"
                    "v1,s1,,,valve,,,,,,,,no\n"),
        "r.csv");
    ASSERT_TRUE(entries) << entries.error().message;
    ASSERT_EQ(entries->size(), 2U);
    const RegistryEntry entry = (*entries)[0];
    EXPECT_EQ(entry.device_id.view(), "d1");
    EXPECT_EQ(entry.site.view(), "s1");
    EXPECT_EQ(entry.zone.view(), "z1");
    EXPECT_EQ(entry.group.view(), "riser-3");
    EXPECT_EQ(entry.kind, DeviceKind::co_detector);
    EXPECT_EQ(entry.profile, "goldcard");
    EXPECT_EQ(entry.gas, Gas::lpg);
    EXPECT_EQ(entry.location, "Kitchen, 2nd floor");
    EXPECT_EQ(entry.valve_device.view(), "v1");
    EXPECT_EQ(to_rfc3339(*entry.installed_on), "2024-02-29T00:00:00.000Z");
    EXPECT_EQ(to_rfc3339(*entry.expires_on), "2029-03-01T00:00:00.000Z");
    EXPECT_EQ(entry.expected_interval, 3600s);
    EXPECT_TRUE(entry.ack_telemetry);
    EXPECT_EQ((*entries)[1].kind, DeviceKind::valve);
}

TEST(Registry, NeedsOnlyDeviceAndSite) {
    const auto entries = parse_registry("site,device_id\ns1,d1\n", "r.csv");
    ASSERT_TRUE(entries) << entries.error().message;
    const RegistryEntry entry = (*entries)[0];
    EXPECT_TRUE(entry.zone.empty());
    EXPECT_TRUE(entry.group.empty());
    EXPECT_EQ(entry.kind, DeviceKind::leak_detector);
    EXPECT_EQ(entry.profile, "native");
    EXPECT_EQ(entry.gas, Gas::natural_gas);
    EXPECT_TRUE(entry.valve_device.empty());
    EXPECT_FALSE(entry.installed_on || entry.expires_on || entry.expected_interval);
    EXPECT_FALSE(entry.ack_telemetry);
}

TEST(Registry, KnowsEveryKindAndGas) {
    for (const std::string_view name : kDeviceKindNames) {
        const std::string row = "d1,s1,,," + std::string{name} + ",,,,,,,,\n";
        const auto entries = parse_registry(with_header(row), "r.csv");
        ASSERT_TRUE(entries) << entries.error().message;
        EXPECT_EQ(to_string((*entries)[0].kind), name);
        EXPECT_EQ(device_kind_from(name), (*entries)[0].kind);
    }
    for (const std::string_view name : kGasNames) {
        const std::string row = "d1,s1,,,,," + std::string{name} + ",,,,,,\n";
        const auto entries = parse_registry(with_header(row), "r.csv");
        ASSERT_TRUE(entries) << entries.error().message;
        EXPECT_EQ(to_string((*entries)[0].gas), name);
        EXPECT_EQ(gas_from(name), (*entries)[0].gas);
    }
    EXPECT_FALSE(device_kind_from("") || gas_from("air"));
}

TEST(Registry, NamesFileLineColumnAndWhatWasExpected) {
    const std::string a_name = "a name of 1 to 63 bytes without control characters, /, + or #";
    const std::string a_date = "a date as 2026-11-21 or a time as 2026-11-21T08:00:00Z";
    const std::pair<std::string, std::string> cases[] = {
        {",s1,,,,,,,,,,,", "device_id: expected " + a_name + ", got \"\""},
        {"d1,,,,,,,,,,,,", "site: expected " + a_name + ", got \"\""},
        {"a/b,s1,,,,,,,,,,,", "device_id: expected " + a_name + ", got \"a/b\""},
        {"d1,s+,,,,,,,,,,,", "site: expected " + a_name + ", got \"s+\""},
        {"d1,s1,#,,,,,,,,,,", "zone: expected " + a_name + ", got \"#\""},
        {"d1,s1,,a/b,,,,,,,,,", "group: expected " + a_name + ", got \"a/b\""},
        {"d1,s1,,,,a/b,,,,,,,", "profile: expected " + a_name + ", got \"a/b\""},
        {"d1,s1,,,,,,,a/b,,,,", "valve_device: expected " + a_name + ", got \"a/b\""},
        {"d1,s1,,,valv,,,,,,,,",
         "kind: expected leak_detector, co_detector, gas_meter, pressure_sensor or valve, "
         "got \"valv\" (did you mean \"valve\"?)"},
        {"d1,s1,,,,,air,,,,,,", "gas: expected natural_gas, lpg or town_gas, got \"air\""},
        {"d1,s1,,,,,,,,2026-02-30,,,", "installed_on: expected " + a_date + ", got \"2026-02-30\""},
        {"d1,s1,,,,,,,,,21.11.2026,,", "expires_on: expected " + a_date + ", got \"21.11.2026\""},
        {"d1,s1,,,,,,,,,,0,",
         "expected_interval_s: expected an integer from 1 to 315619200, got \"0\""},
        {"d1,s1,,,,,,,,,,1.5,",
         "expected_interval_s: expected an integer from 1 to 315619200, got \"1.5\""},
        {"d1,s1,,,,,,,,,,315619201,",
         "expected_interval_s: expected an integer from 1 to 315619200, got \"315619201\""},
        {"d1,s1,,,,,,,,,,,maybe", "ack_telemetry: expected no or yes, got \"maybe\""},
        {"d1,s1,,,,,,,v9,,,,",
         "valve_device: expected the device_id of a row of this file, got \"v9\""},
        {"d0,s1,,,,,,,,,,,",
         "device_id: expected each device once, got a second \"d0\" (the first is on line 2)"},
    };
    for (const auto& [row, message] : cases) {
        EXPECT_EQ(refusal(with_header("d0,s0,,,,,,,,,,,\n" + row + "\n")), "r.csv:3: " + message);
    }
    EXPECT_EQ(refusal("device_id,zone,colour\n"),
              "r.csv:1: expected a known column, got \"colour\"\n"
              "r.csv:1: expected a column \"site\", got none");
    EXPECT_EQ(refusal("device_id,site\nd1\n"), "r.csv:2: expected 2 columns, got 1");
    EXPECT_EQ(refusal(""), "r.csv:1: expected a header line, got nothing");
}

TEST(Registry, ReportsManyErrorsButNotAll) {
    std::string rows;
    for (int i = 0; i < 25; ++i) rows += "d" + std::to_string(i) + ",\n";
    const std::string message = refusal("device_id,site\n" + rows);
    EXPECT_TRUE(message.starts_with("r.csv:2: site: ")) << message;
    EXPECT_NE(message.find("\nr.csv:21: site: "), std::string::npos) << message;
    EXPECT_EQ(message.find("r.csv:22"), std::string::npos) << message;
    EXPECT_TRUE(message.ends_with("\nr.csv: and 5 more")) << message;
}

TEST(Registry, LoadsAFileOfManyDevices) {
    constexpr std::size_t kDevices = 20'000;
    std::string text{kHeader};
    for (std::size_t i = 0; i < kDevices; ++i) {
        const std::string number = std::to_string(i);
        text += "det-" + number + ",site-" + number +
                ",z,g,leak_detector,native,natural_gas,Kitchen,det-" +
                std::to_string(kDevices - 1 - i) + ",2024-01-01,2029-01-01,60,\r\n";
    }
    const ScratchDir dir;
    const auto entries = load_registry(dir.write("r.csv", text));
    ASSERT_TRUE(entries) << entries.error().message;
    ASSERT_EQ(entries->size(), kDevices);
    EXPECT_EQ(entries->device_id(kDevices - 1), "det-19999");
    const auto absent = load_registry(dir.path() / "absent.csv");
    ASSERT_FALSE(absent);
    EXPECT_EQ(absent.error().message,
              (dir.path() / "absent.csv").string() +
                  ": expected a readable file, got \"No such file or directory\"");
}

}  // namespace
}  // namespace mercaptan::config
