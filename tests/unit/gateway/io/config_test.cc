#include "gateway/io/config.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "tests/support/temp_dir.h"

namespace mercaptan::gateway {
namespace {

using namespace std::chrono_literals;

class ConfigTest : public testing::Test {
protected:
    std::filesystem::path write(const std::string& name, const std::string& text) {
        const auto path = folder.path() / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream{path} << text;
        return path;
    }
    std::string gateway_yaml() const {
        return "gateway_id: gw1\ndata_dir: data\nfield_mqtt: {uri: tcp://localhost:1883}\n"
               "central_mqtt: {uri: ssl://central:8883}\nhttp: {listen: 127.0.0.1:0}\nprofiles: "
               "profiles\n"
               "registry: registry.csv\nguard: guard.yaml\n";
    }
    std::string guard_error(const std::string& text) {
        Rulebook rules;
        const auto loaded = load_guard(write("guard.yaml", text), rules);
        return loaded ? "" : loaded.error().message;
    }
    test::TempDir folder;
};

TEST_F(ConfigTest, TakesDefaultsAndPathsRelativeToTheFile) {
    const auto config = load_gateway_config(write("gateway.yaml", gateway_yaml()));
    ASSERT_TRUE(config.has_value()) << config.error().message;
    EXPECT_EQ(config->settings.core.gateway_id, "gw1");
    EXPECT_EQ(config->data_dir, folder.path() / "data");
    EXPECT_EQ(config->paths.guard, folder.path() / "guard.yaml");
    EXPECT_EQ(config->central.uri, "ssl://central:8883");
    EXPECT_EQ(config->sync_interval, 2ms);
    EXPECT_EQ(config->settings.batch.readings_max, 256U);
    EXPECT_EQ(config->settings.core.set_points.gas_lel_pct, 20.0);
    EXPECT_EQ(config->log_level, "info");
}

TEST_F(ConfigTest, TakesOverrides) {
    const auto config = load_gateway_config(write("gateway.yaml", gateway_yaml()),
                                            {{"outbox.sync_interval", "5ms"},
                                             {"set_points.lel_vol_pct.lpg", "2.1"},
                                             {"log.level", "debug"},
                                             {"admission.event_time_min", "2024-01-01T00:00:00Z"}});
    ASSERT_TRUE(config.has_value()) << config.error().message;
    EXPECT_EQ(config->sync_interval, 5ms);
    EXPECT_EQ(config->settings.core.set_points.lel_vol_pct[1], 2.1);
    EXPECT_EQ(config->settings.core.admission.event_time_min.ms, 1'704'067'200'000);
    EXPECT_EQ(config->log_level, "debug");
}

TEST_F(ConfigTest, RefusesWhatIsWrongWithItsPlace) {
    struct Row {
        std::string key;
        std::string value;
        std::string message;
    };
    const std::vector<Row> rows{
        {"gateway_id", "a/b", "gateway_id: expected"},
        {"field_mqtt.uri", "localhost",
         "field_mqtt.uri: expected tcp://host:port or ssl://host:port"},
        {"field_mqtt.password_file", "secret",
         "field_mqtt.password_file: expected a username with it"},
        {"field_mqtt.cert_file", "cert",
         "field_mqtt.cert_file: expected cert_file and key_file together"},
        {"http.listen", "nowhere", "http.listen: expected host:port"},
        {"http.listen", "host:65536", "http.listen: expected host:port"},
        {"outbox.reserve_bytes", "4294967296",
         "outbox.reserve_bytes: expected less than bytes_max"},
        {"outbox.sync_interval", "2", "outbox.sync_interval: expected a duration"},
        {"admission.event_time_min", "long ago",
         "admission.event_time_min: expected an RFC 3339 time"},
        {"set_points.gas_lel_pct", "0", "set_points.gas_lel_pct: expected a number"},
        {"log.level", "loud", "log.level: expected debug, info, warn or error"},
        {"field_mqtt.password", "secret", "field_mqtt.password: expected a known key"},
        {"batch.readings_max", "0", "batch.readings_max: expected an integer"},
    };
    const auto file = write("gateway.yaml", gateway_yaml());
    for (const Row& row : rows) {
        const auto config = load_gateway_config(file, {{row.key, row.value}});
        ASSERT_FALSE(config.has_value()) << row.key;
        EXPECT_NE(config.error().message.find(row.message), std::string::npos)
            << config.error().message;
    }
}

TEST_F(ConfigTest, ReadsGuardRules) {
    Rulebook rules;
    const auto loaded =
        load_guard(write("guard.yaml",
                         "command: {ack_within: 2s, retries: 1, cooldown: 10s}\n"
                         "rules:\n"
                         "  - rule: a\n"
                         "    when: {gas_lel_pct: {at_least: 20}}\n"
                         "    action: close_valve\n"
                         "  - rule: b\n"
                         "    when: {co_ppm: {at_least: 300}, status: {any_of: [alarm_high]}}\n"
                         "    action: close_valve\n"
                         "    retries: 9\n"),
                   rules);
    ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
    ASSERT_EQ(rules.guard.size(), 2U);
    EXPECT_EQ(rules.orders, (CommandPolicy{2s, 1, 10s}));
    EXPECT_EQ(rules.guard[0].gas_lel_pct_min, 20.0);
    EXPECT_EQ(rules.guard[0].policy, (CommandPolicy{2s, 1, 10s}));
    EXPECT_EQ(rules.guard[1].co_ppm_min, 300.0);
    EXPECT_TRUE(rules.guard[1].status_any_of.has(Status::alarm_high));
    EXPECT_EQ(rules.guard[1].policy, (CommandPolicy{2s, 9, 10s}));
}

TEST_F(ConfigTest, RefusesAGuardThatWouldDoAnythingButCloseValves) {
    const std::string rule = "rules:\n  - rule: a\n    when: {gas_lel_pct: {at_least: 20}}\n";
    EXPECT_NE(guard_error(rule + "    action: open_valve\n").find("guard.yaml:4:"),
              std::string::npos);
    EXPECT_NE(guard_error(rule + "    action: open_valve\n").find("action: expected close_valve"),
              std::string::npos);
    EXPECT_NE(guard_error(rule).find("action: expected"), std::string::npos);
    EXPECT_NE(guard_error(rule + "    action: close_valve\nopen_valve: true\n").find("open_valve"),
              std::string::npos);
}

TEST_F(ConfigTest, RefusesGuardRulesThatSayNothingOrTheSameTwice) {
    EXPECT_NE(guard_error("rules:\n  - {rule: a, when: {}, action: close_valve}\n")
                  .find("when: expected"),
              std::string::npos);
    EXPECT_NE(
        guard_error(
            "rules:\n  - {rule: a, when: {status: {any_of: [alarm_hihg]}}, action: close_valve}\n")
            .find("any_of: expected"),
        std::string::npos);
    const std::string one = "  - {rule: a, when: {co_ppm: {at_least: 1}}, action: close_valve}\n";
    EXPECT_NE(guard_error("rules:\n" + one + one).find("a name that no other rule has"),
              std::string::npos);
}

TEST_F(ConfigTest, ReadsTheFolderOfProfiles) {
    write("profiles/native.yaml", "profile: native\ndecoder: native\n");
    write("profiles/notes.txt", "not a profile");
    const auto profiles = load_profiles(folder.path() / "profiles", 65'536);
    ASSERT_TRUE(profiles.has_value()) << profiles.error().message;
    EXPECT_EQ(profiles->size(), 1U);
    EXPECT_EQ(profiles->name(0), "native");
    EXPECT_EQ(profiles->name(1), "none");
    write("profiles/other.yaml", "profile: other\ndecoder: magic\n");
    const auto refused = load_profiles(folder.path() / "profiles", 65'536);
    ASSERT_FALSE(refused.has_value());
    EXPECT_NE(refused.error().message.find("other.yaml:2:"), std::string::npos)
        << refused.error().message;
    EXPECT_FALSE(load_profiles(folder.path() / "nowhere", 65'536).has_value());
}

TEST_F(ConfigTest, AcceptsTheShippedFiles) {
    const std::filesystem::path shipped = MERCAPTAN_CONFIG_DIR;
    const auto config = load_gateway_config(shipped / "gateway.yaml");
    ASSERT_TRUE(config.has_value()) << config.error().message;
    EXPECT_TRUE(load_rulebook(config->paths).has_value());
    EXPECT_TRUE(load_profiles(config->paths.profiles, 65'536).has_value());
    // What the sample file spells out are the defaults.
    const auto plain = load_gateway_config(write("gateway.yaml", gateway_yaml()));
    EXPECT_EQ(config->settings.core.set_points.lel_vol_pct,
              plain->settings.core.set_points.lel_vol_pct);
    EXPECT_EQ(config->settings.outbox.bytes_max, plain->settings.outbox.bytes_max);
    EXPECT_EQ(config->settings.intake.queue_max, plain->settings.intake.queue_max);
}

}  // namespace
}  // namespace mercaptan::gateway
