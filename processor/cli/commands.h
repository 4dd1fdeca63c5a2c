#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "common/domain/instant.h"
#include "processor/cli/server.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's name.
class App;
}

namespace mercaptan::cli {

/// What every command can use once the command line was read.
struct Context {
    std::string server = "http://127.0.0.1:8080";
    bool json = false;
    std::function<void(const Server&)> run;  // Set by the command that was named.
};

// Each adds a command with its subcommands to the app; the context must outlive it.
void add_ticket_commands(CLI::App& app, Context& context);
void add_alarm_commands(CLI::App& app, Context& context);
void add_device_commands(CLI::App& app, Context& context);
void add_policy_commands(CLI::App& app, Context& context);
void add_figure_commands(CLI::App& app, Context& context);
void add_replay_command(CLI::App& app, Context& context);

/// One JSON document and a line end on standard output.
void print_json(const boost::json::value& value);
/// `name  value` lines.
void print_fields(const std::vector<std::pair<std::string, std::string>>& fields);

/// Every run of each of the ticket's clocks: from when, until when, how it ended, and their sum.
void explain_ticket(const Context& context, const Server& server, const std::string& id);

/// Shows changes as they come, for ever or for `count` events (0: for ever).
struct WatchOptions {
    std::string site;
    std::string zone;
    std::size_t count = 0;
};
void watch_tickets(const Context& context, const Server& server, const WatchOptions& options);

/// The line that tells of a ticket's change.
[[nodiscard]] std::string change_line(const boost::json::value& ticket, Instant now);

/// The whole program; its exit code.
[[nodiscard]] int run_cli(int argc, const char* const* argv);

}  // namespace mercaptan::cli
