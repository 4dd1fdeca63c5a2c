#include "processor/config.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/temp_dir.h"

namespace mercaptan::processor {
namespace {

constexpr std::string_view kMinimal = R"(processor_id: p-1
data_dir: data
mqtt: {uri: "tcp://broker:1883"}
http: {listen: "127.0.0.1:0"}
rules: rules.yaml
policies: policies
calendar: calendar.yaml
registry: /srv/registry.csv
roster: roster.yaml
)";

class ProcessorConfigFile : public testing::Test {
protected:
    using Overrides = std::vector<std::pair<std::string, std::string>>;

    [[nodiscard]] Result<ProcessorConfig> load(std::string_view text,
                                               const Overrides& overrides = {}) const {
        std::ofstream{file_} << text;
        return load_processor_config(file_, overrides);
    }
    /// Of the minimal file with one override.
    [[nodiscard]] std::string error(const std::string& key, const std::string& value) const {
        const auto config = load(kMinimal, {{key, value}});
        return config ? "accepted" : config.error().message;
    }

    mercaptan::test::TempDir dir_;
    std::filesystem::path file_ = dir_.path() / "processor.yaml";
};

TEST_F(ProcessorConfigFile, HasDefaults) {
    const auto config = load(kMinimal);
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->processor_id, Name{"p-1"});
    EXPECT_EQ(config->data_dir, dir_.path() / "data");
    EXPECT_EQ(config->mqtt.uri, "tcp://broker:1883");
    EXPECT_EQ(config->mqtt.username, "");
    EXPECT_EQ(config->mqtt.password_file, "");
    EXPECT_EQ(config->http_listen, "127.0.0.1:0");
    EXPECT_EQ(config->rulebook.rules, dir_.path() / "rules.yaml");
    EXPECT_EQ(config->rulebook.registry, "/srv/registry.csv");
    EXPECT_EQ(config->rulebook.time_zone, "Asia/Shanghai");
    EXPECT_EQ(config->rulebook.where.at("calendar"), file_.string() + ":7:11: calendar");
    EXPECT_EQ(config->history_retention_days, 400);
    EXPECT_EQ(config->journal_retention_days, 400);
    EXPECT_EQ(config->commit_batch_readings_max, 2048U);
    EXPECT_EQ(config->log_level, "info");
}

TEST_F(ProcessorConfigFile, HoldsEveryKey) {
    const auto config =
        load(std::string{kMinimal} +
                 "time_zone: Asia/Urumqi\nhistory: {retention_days: 30}\n"
                 "commit: {batch_readings_max: 64}\nlog: {level: debug}\n",
             {{"mqtt.username", "u"}, {"mqtt.password_file", "pw"}, {"mqtt.ca_file", "/ca"}});
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->rulebook.time_zone, "Asia/Urumqi");
    EXPECT_EQ(config->history_retention_days, 30);
    EXPECT_EQ(config->commit_batch_readings_max, 64U);
    EXPECT_EQ(config->log_level, "debug");
    EXPECT_EQ(config->mqtt.username, "u");
    EXPECT_EQ(config->mqtt.ca_file, "/ca");
    EXPECT_EQ(config->mqtt.password_file.filename(), "pw");
}

TEST_F(ProcessorConfigFile, RefusesWrongValues) {
    EXPECT_EQ(error("mqtt.uri", "broker:1883"),
              "--set mqtt.uri: expected tcp://host:port or ssl://host:port, got \"broker:1883\"");
    EXPECT_EQ(error("http.listen", "8080"), "--set http.listen: expected host:port, got \"8080\"");
    EXPECT_EQ(error("http.listen", "127.0.0.1:70000"),
              "--set http.listen: expected host:port, got \"127.0.0.1:70000\"");
    EXPECT_EQ(error("mqtt.password_file", "pw"),
              "--set mqtt.password_file: expected a username with it");
    EXPECT_EQ(error("mqtt.cert_file", "cert.pem"),
              "--set mqtt.cert_file: expected cert_file and key_file together");
    EXPECT_EQ(error("processor_id", "a/b"),
              "--set processor_id: expected a name of 1 to 63 bytes without control characters, /, "
              "+ or #, got \"a/b\"");
    EXPECT_EQ(error("journal.retention_days", "36501"),
              "--set journal.retention_days: expected an integer from 1 to 36500, got \"36501\"");
    EXPECT_EQ(error("history.retention_days", "0"),
              "--set history.retention_days: expected an integer from 1 to 36500, got \"0\"");
    EXPECT_EQ(error("commit.batch_readings_max", "1e6"),
              "--set commit.batch_readings_max: expected an integer from 1 to 65536, got \"1e6\"");
    EXPECT_EQ(error("log.level", "loud"),
              "--set log.level: expected debug, info, warn or error, got \"loud\"");
    EXPECT_EQ(error("mqtt.password", "secret"),
              "--set mqtt.password: expected a known key, got \"password\"");
}

TEST_F(ProcessorConfigFile, NamesEverythingThatIsMissing) {
    const auto config = load("processor_id: p-1\n");
    ASSERT_FALSE(config);
    const std::string at = file_.string() + ":1:1: ";
    EXPECT_EQ(config.error().message, at + "data_dir: expected a path, got nothing\n" + at +
                                          "mqtt.uri: expected text, got nothing\n" + at +
                                          "http.listen: expected text, got nothing\n" + at +
                                          "rules: expected a path, got nothing\n" + at +
                                          "policies: expected a path, got nothing\n" + at +
                                          "calendar: expected a path, got nothing\n" + at +
                                          "registry: expected a path, got nothing\n" + at +
                                          "roster: expected a path, got nothing");
}

}  // namespace
}  // namespace mercaptan::processor
