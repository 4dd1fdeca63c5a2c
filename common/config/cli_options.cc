#include "common/config/cli_options.h"

#include <CLI/CLI.hpp>
#include <iostream>

namespace mercaptan::config {

void add_program_options(CLI::App& app, ProgramOptions& options, const std::string& version) {
    app.set_version_flag("--version", version, "Print the version and exit");
    app.add_option("--config", options.config, "The configuration file (YAML)")->type_name("FILE");
    app.add_option_function<std::vector<std::string>>(
           "--set",
           [&options](const std::vector<std::string>& settings) {
               for (const std::string& setting : settings) {
                   const std::size_t equals = setting.find('=');
                   if (equals == std::string::npos || equals == 0) {
                       throw CLI::ValidationError{
                           "--set", "expected dotted.key=value, got \"" + setting + "\""};
                   }
                   options.overrides.emplace_back(setting.substr(0, equals),
                                                  setting.substr(equals + 1));
               }
           },
           "Override one setting; may be given several times")
        ->type_name("KEY=VALUE")
        ->expected(1)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    app.add_flag("--check", options.check, "Check the configuration and exit");
    app.final_callback([&app, &options] {
        if (app.get_subcommands().empty() && options.config.empty()) {
            throw CLI::RequiredError{"--config"};
        }
    });
}

std::optional<int> parse_command_line(CLI::App& app, int argc, const char* const* argv) {
    try {
        app.parse(argc, argv);
        return std::nullopt;
    } catch (const CLI::ParseError& end) {
        // Help and version come this way, too, with exit code 0.
        return app.exit(end, std::cout, std::cerr) == 0 ? kExitFine : kExitUsage;
    }
}

Result<Document> load_config(const ProgramOptions& options) {
    Result<Document> document = Document::load(options.config);
    if (!document) return document;
    for (const auto& [key, value] : options.overrides) document->override_key(key, value);
    return document;
}

}  // namespace mercaptan::config
