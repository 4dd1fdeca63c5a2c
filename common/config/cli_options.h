#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/config/yaml.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's name.
class App;
}

namespace mercaptan::config {

/// How our programs end.
inline constexpr int kExitFine = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;  // Bad usage or config.

/// The options that gateway and processor share.
struct ProgramOptions {
    std::filesystem::path config;
    std::vector<std::pair<std::string, std::string>> overrides;  // `--set key=value`, in order.
    bool check = false;
};

/// Adds `--config FILE`, `--set KEY=VALUE`, `--check` and `--version`. `options` must outlive the
/// app. `--config` is required unless a subcommand is used.
void add_program_options(CLI::App& app, ProgramOptions& options, const std::string& version);

/// Parses the command line. An exit code if the program is to end now: help or version was printed
/// to standard output (0), or the usage was wrong and standard error says how (2).
[[nodiscard]] std::optional<int> parse_command_line(CLI::App& app, int argc,
                                                    const char* const* argv);

/// Loads `options.config` with its overrides applied.
[[nodiscard]] Result<Document> load_config(const ProgramOptions& options);

}  // namespace mercaptan::config
