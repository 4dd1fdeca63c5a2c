#include "processor/io/time_zone_file.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "common/config/file.h"

namespace mercaptan::processor {
namespace {

constexpr const char* kZoneinfo = "/usr/share/zoneinfo";

Instant at(std::string_view text) {
    return parse_rfc3339(text).value();
}

std::string bytes_of(std::string_view name) {
    return config::read_file(std::filesystem::path{kZoneinfo} / name, 1U << 20U).value();
}

std::string error_of(const Result<TimeZone>& zone) {
    return zone ? "accepted" : zone.error().message;
}

TEST(TimeZoneFile, ReadsShanghai) {
    const auto zone = load_time_zone("Asia/Shanghai", kZoneinfo);
    ASSERT_TRUE(zone) << zone.error().message;
    EXPECT_EQ(zone->offset_s(at("2026-07-01T00:00:00Z")), 8 * 3600);
    EXPECT_EQ(zone->offset_s(at("2300-07-01T00:00:00Z")), 8 * 3600);
    EXPECT_EQ(zone->offset_s(at("1988-07-01T00:00:00Z")), 9 * 3600);  // It had summer time once.
    EXPECT_EQ(zone->offset_s(at("1850-01-01T00:00:00Z")), 29'143);    // Local mean time.
    EXPECT_EQ(to_rfc3339(zone->start_of(day_from_civil(2026, 11, 21))), "2026-11-20T16:00:00.000Z");
}

TEST(TimeZoneFile, ReadsDaylightSaving) {
    const auto zone = load_time_zone("America/New_York", kZoneinfo);
    ASSERT_TRUE(zone) << zone.error().message;
    EXPECT_EQ(zone->offset_s(at("2026-03-08T06:59:59.999Z")), -5 * 3600);
    EXPECT_EQ(zone->offset_s(at("2026-03-08T07:00:00Z")), -4 * 3600);
    EXPECT_EQ(to_rfc3339(zone->start_of(day_from_civil(2026, 3, 9))), "2026-03-09T04:00:00.000Z");
}

TEST(TimeZoneFile, ReadsAZoneWithoutTransitions) {
    const auto zone = load_time_zone("Etc/UTC", kZoneinfo);
    ASSERT_TRUE(zone) << zone.error().message;
    EXPECT_EQ(zone->offset_s(at("2026-03-08T07:00:00Z")), 0);
}

TEST(TimeZoneFile, RefusesNamesThatLeaveTheFolder) {
    for (const char* name : {"", "/etc/passwd", "../zoneinfo/UTC", "Asia/", "Asia/Shang hai"}) {
        EXPECT_EQ(error_of(load_time_zone(name, kZoneinfo)),
                  "expected a name such as Asia/Shanghai, got \"" + std::string{name} + "\"");
    }
    EXPECT_EQ(error_of(load_time_zone("Asia", kZoneinfo)),
              "expected the name of a zone under /usr/share/zoneinfo, got \"Asia\"");
}

TEST(TimeZoneFile, RefusesOtherFiles) {
    EXPECT_EQ(error_of(load_time_zone("zone.tab", "/usr/share/zoneinfo")),
              "expected a name such as Asia/Shanghai, got \"zone.tab\"");
    EXPECT_EQ(error_of(parse_tzif("")),
              "expected time zone data (TZif version 2 or later): the header");
    std::string first_version = bytes_of("Asia/Shanghai");
    first_version[4] = '\0';
    EXPECT_EQ(error_of(parse_tzif(first_version)),
              "expected time zone data (TZif version 2 or later): the header");
}

TEST(TimeZoneFile, RefusesADaylightSavingRuleWithoutTransitions) {
    // What the data says when it lists no transitions and leaves all to its last line.
    std::string slim = bytes_of("Etc/UTC");
    slim.resize(slim.rfind('\n', slim.size() - 2) + 1);
    slim += "EST5EDT,M3.2.0,M11.1.0\n";
    EXPECT_EQ(error_of(parse_tzif(slim)),
              "expected a time zone whose transitions are listed to 2037");
}

TEST(TimeZoneFile, RefusesEveryBeginningOfAFile) {
    const std::string whole = bytes_of("Asia/Shanghai");
    const std::size_t footer = whole.rfind('\n', whole.size() - 2);
    for (std::size_t size = 0; size < footer; ++size) {
        ASSERT_FALSE(parse_tzif(std::string_view{whole}.substr(0, size))) << size;
    }
    EXPECT_TRUE(parse_tzif(whole));
}

TEST(TimeZoneFile, SurvivesDamage) {
    std::mt19937_64 random{42};
    const std::string whole = bytes_of("Asia/Shanghai");
    for (int i = 0; i < 20'000; ++i) {
        std::string damaged = whole;
        for (int n = 0; n < 3; ++n) {
            damaged[random() % damaged.size()] = static_cast<char>(random());
        }
        const auto zone = parse_tzif(damaged);
        if (zone) {
            EXPECT_LE(std::abs(zone->offset_s(at("2026-01-01T00:00:00Z"))), 26 * 3600);
        }
    }
}

}  // namespace
}  // namespace mercaptan::processor
