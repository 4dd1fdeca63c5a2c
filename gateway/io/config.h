#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/domain/instant.h"
#include "common/domain/result.h"
#include "gateway/profiles/profile_set.h"
#include "gateway/settings.h"

namespace mercaptan::gateway {

/// How to reach a broker. Secrets are named as files, never given.
struct BrokerConfig {
    std::string uri;       // tcp://host:1883 or ssl://host:8883
    std::string username;  // Empty: none is sent.
    std::filesystem::path password_file;
    std::filesystem::path ca_file;
    std::filesystem::path cert_file;
    std::filesystem::path key_file;
};

/// Where the files lie that a reload reads again.
struct RulebookPaths {
    std::filesystem::path profiles;  // A folder; every `*.yaml` in it is one profile.
    std::filesystem::path registry;
    std::filesystem::path guard;
    /// Where each key was given, as errors name it: `gateway.yaml:7:8: guard`. May be empty.
    std::map<std::string, std::string, std::less<>> where{};
};

/// All of gateway.yaml. Paths are already resolved against the file that named them.
struct GatewayConfig {
    Settings settings;
    std::filesystem::path data_dir;
    BrokerConfig field;
    BrokerConfig central;
    std::string http_listen;  // host:port; port 0 takes any free one.
    RulebookPaths paths;
    Duration sync_interval{2};  // Bounds what a power cut can take of bulk messages.
    std::string log_level = "info";
};

/// Reads gateway.yaml with `--set key=value` overrides applied in order. Fails with invalid_input
/// and every error found, one per line: `file:line:column: key: expected ...`.
[[nodiscard]] Result<GatewayConfig> load_gateway_config(
    const std::filesystem::path& file,
    const std::vector<std::pair<std::string, std::string>>& overrides = {});

/// Reads guard.yaml and the registry. Fails like load_gateway_config.
[[nodiscard]] Result<Rulebook> load_rulebook(const RulebookPaths& paths);

/// Reads guard.yaml into rules and the policy for the processor's orders.
[[nodiscard]] Result<void> load_guard(const std::filesystem::path& file, Rulebook& rules);

/// Reads every `*.yaml` of the folder, in the order of the names.
[[nodiscard]] Result<profiles::ProfileSet> load_profiles(const std::filesystem::path& folder,
                                                         std::size_t payload_bytes_max);

}  // namespace mercaptan::gateway
