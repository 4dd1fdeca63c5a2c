#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/domain/result.h"
#include "common/domain/text.h"

namespace mercaptan::processor {

/// Where everything lies that a Rulebook is made of; a reload reads the same places again.
struct RulebookPaths {
    std::filesystem::path rules;
    std::filesystem::path policies;  // A folder; every `*.yaml` in it is one policy.
    std::filesystem::path calendar;
    std::filesystem::path registry;
    std::filesystem::path roster;
    std::filesystem::path windows{};  // Empty: none.
    std::string time_zone = "Asia/Shanghai";
    std::filesystem::path zoneinfo = "/usr/share/zoneinfo";  // No key of the file: Debian's place.
    /// Where each key was given, as errors name it: `processor.yaml:7:8: rules`. May be empty.
    std::map<std::string, std::string, std::less<>> where{};
};

/// How to reach the central broker. Secrets are named as files, never given.
struct MqttConfig {
    std::string uri;       // tcp://host:1883 or ssl://host:8883
    std::string username;  // Empty: none is sent.
    std::filesystem::path password_file;
    std::filesystem::path ca_file;
    std::filesystem::path cert_file;
    std::filesystem::path key_file;
};

/// All of processor.yaml. Paths are already resolved against the file that named them.
struct ProcessorConfig {
    Name processor_id;
    std::filesystem::path data_dir;
    MqttConfig mqtt;
    std::string http_listen;  // host:port; port 0 takes any free one.
    RulebookPaths rulebook;
    int history_retention_days = 400;              // Readings older than this may be dropped.
    int journal_retention_days = 400;              // What is younger than this can be replayed.
    std::size_t commit_batch_readings_max = 2048;  // A commit that holds this many starts its sync.
    std::string log_level = "info";                // debug, info, warn or error.
};

/// Reads processor.yaml with `--set key=value` overrides applied in order. Fails with invalid_input
/// and every error found, one per line: `file:line:column: key: expected ...`.
[[nodiscard]] Result<ProcessorConfig> load_processor_config(
    const std::filesystem::path& file,
    const std::vector<std::pair<std::string, std::string>>& overrides = {});

}  // namespace mercaptan::processor
