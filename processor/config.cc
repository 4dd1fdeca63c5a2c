#include "processor/config.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "common/config/wording.h"
#include "common/config/yaml.h"

namespace mercaptan::processor {
namespace {

using config::Document;
using config::Section;

constexpr std::int64_t kRetentionDaysMax = 36'500;
constexpr std::int64_t kBatchReadingsMax = 65'536;
constexpr std::array<std::string_view, 4> kSchemes{"tcp://", "mqtt://", "ssl://", "mqtts://"};
constexpr std::array<std::string_view, 4> kLogLevels{"debug", "info", "warn", "error"};

bool is_broker_uri(std::string_view uri) {
    return std::any_of(kSchemes.begin(), kSchemes.end(), [uri](std::string_view scheme) {
        return uri.starts_with(scheme) && uri.size() > scheme.size();
    });
}

/// `127.0.0.1:8080`, `[::1]:0`; the server looks closer when it binds.
bool is_listen_address(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    const std::string_view port = text.substr(colon + 1);
    if (port.empty() || port.size() > 5) return false;
    int number = 0;
    for (const char c : port) {
        if (c < '0' || c > '9') return false;
        number = number * 10 + (c - '0');
    }
    return number <= 65'535;
}

MqttConfig read_mqtt(Section section) {
    const auto path = [&section](std::string_view key) {
        return section.optional_path(key).value_or(std::filesystem::path{});
    };
    MqttConfig mqtt;
    mqtt.uri = section.required_string("uri");
    if (section.has("uri") && !is_broker_uri(mqtt.uri)) {
        section.error("uri", config::expected_got("tcp://host:port or ssl://host:port", mqtt.uri));
    }
    mqtt.username = section.string_or("username", "");
    mqtt.password_file = path("password_file");
    mqtt.ca_file = path("ca_file");
    mqtt.cert_file = path("cert_file");
    mqtt.key_file = path("key_file");
    if (!mqtt.password_file.empty() && mqtt.username.empty()) {
        section.error("password_file", "expected a username with it");
    }
    if (mqtt.cert_file.empty() != mqtt.key_file.empty()) {
        section.error(mqtt.cert_file.empty() ? "key_file" : "cert_file",
                      "expected cert_file and key_file together");
    }
    return mqtt;
}

std::string read_listen(Section section) {
    std::string listen = section.required_string("listen");
    if (section.has("listen") && !is_listen_address(listen)) {
        section.error("listen", config::expected_got("host:port", listen));
    }
    return listen;
}

RulebookPaths read_rulebook_paths(Section root) {
    RulebookPaths paths;
    paths.rules = root.path("rules");
    paths.policies = root.path("policies");
    paths.calendar = root.path("calendar");
    paths.registry = root.path("registry");
    paths.roster = root.path("roster");
    paths.windows = root.optional_path("windows").value_or(std::filesystem::path{});
    paths.time_zone = root.string_or("time_zone", paths.time_zone);
    for (const auto* key :
         {"rules", "policies", "calendar", "registry", "roster", "windows", "time_zone"}) {
        paths.where.emplace(key, root.where(key));
    }
    return paths;
}

}  // namespace

Result<ProcessorConfig> load_processor_config(
    const std::filesystem::path& file,
    const std::vector<std::pair<std::string, std::string>>& overrides) {
    auto document = Document::load(file);
    if (!document) return Failure{document.error()};
    for (const auto& [key, value] : overrides) document->override_key(key, value);
    Section root = document->root();
    ProcessorConfig config;
    config.processor_id = root.name("processor_id");
    config.data_dir = root.path("data_dir");
    config.mqtt = read_mqtt(root.section("mqtt"));
    config.http_listen = read_listen(root.section("http"));
    config.rulebook = read_rulebook_paths(root);
    config.history_retention_days = static_cast<int>(root.section("history").integer(
        "retention_days", 1, kRetentionDaysMax, config.history_retention_days));
    config.journal_retention_days = static_cast<int>(root.section("journal").integer(
        "retention_days", 1, kRetentionDaysMax, config.journal_retention_days));
    config.commit_batch_readings_max = static_cast<std::size_t>(root.section("commit").integer(
        "batch_readings_max", 1, kBatchReadingsMax,
        static_cast<std::int64_t>(config.commit_batch_readings_max)));
    config.log_level = kLogLevels[root.section("log").choice_index("level", kLogLevels, 1)];
    if (auto sound = document->finish(); !sound) return Failure{sound.error()};
    return config;
}

}  // namespace mercaptan::processor
