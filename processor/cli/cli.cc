#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <exception>
#include <iostream>

#include "processor/cli/commands.h"
#include "processor/cli/display.h"
#include "processor/cli/exit_codes.h"

namespace mercaptan::cli {

void print_json(const boost::json::value& value) {
    std::cout << boost::json::serialize(value) << '\n';
}

void print_fields(const std::vector<std::pair<std::string, std::string>>& fields) {
    std::size_t width = 0;
    for (const auto& [name, value] : fields) width = std::max(width, display_width(name));
    for (const auto& [name, value] : fields) {
        std::cout << name << std::string(width - display_width(name) + 2, ' ') << printable(value)
                  << '\n';
    }
}

int run_cli(int argc, const char* const* argv) {
    CLI::App app{"The operators' command line of Mercaptan, over the processor's HTTP API."};
    app.name("mercaptan");
    app.footer(
        "Times are shown in local time. Exit codes: 0 fine, 1 failed, 2 bad usage.\n"
        "Start with: mercaptan tickets watch");
    app.set_version_flag("--version", MERCAPTAN_VERSION);
    app.require_subcommand(1);
    app.fallthrough();
    Context context;
    app.add_option("--server", context.server, "The processor's address")
        ->envname("MERCAPTAN_SERVER")
        ->capture_default_str();
    app.add_flag("--json", context.json, "Print JSON for programs");
    add_ticket_commands(app, context);
    add_alarm_commands(app, context);
    add_device_commands(app, context);
    add_policy_commands(app, context);
    add_figure_commands(app, context);
    add_replay_command(app, context);
    try {
        app.parse(argc, argv);
        context.run(Server{context.server});
        std::cout << std::flush;
        return std::cout ? kExitFine : kExitFailed;
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? kExitFine : kExitUsage;
    } catch (const Failed& error) {
        std::cerr << "mercaptan: " << error.what() << '\n';
        return error.exit_code();
    } catch (const std::exception& error) {
        std::cerr << "mercaptan: " << error.what() << '\n';
        return kExitFailed;
    }
}

}  // namespace mercaptan::cli
