#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json/array.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <vector>

#include "common/config/file.h"
#include "processor/cli/commands.h"
#include "processor/cli/display.h"
#include "processor/cli/exit_codes.h"
#include "processor/cli/facts.h"

// Changed policies: first what they would do to open tickets, then the doing.
namespace mercaptan::cli {
namespace {

constexpr std::size_t kFileBytesMax = 1U << 20U;

struct DiffOptions {
    std::string policies, calendar;
};

std::string text_of(const std::filesystem::path& file) {
    auto text = config::read_file(file, kFileBytesMax);
    if (!text) throw Failed{kExitUsage, text.error().message};
    return *std::move(text);
}

/// The `*.yaml` of a folder under their names, after `prefix`.
void add_files(boost::json::object& files, const std::filesystem::path& folder,
               const std::string& prefix) {
    std::error_code failed;
    for (std::filesystem::directory_iterator entry{folder, failed}, end; !failed && entry != end;
         entry.increment(failed)) {
        if (entry->path().extension() != ".yaml") continue;
        files[prefix + entry->path().filename().string()] = text_of(entry->path());
    }
    if (failed) throw Failed{kExitUsage, folder.string() + " can't be read: " + failed.message()};
}

boost::json::object proposed(const DiffOptions& options) {
    boost::json::object body;
    if (!options.policies.empty()) {
        boost::json::object files;
        const std::filesystem::path folder{options.policies};
        add_files(files, folder, "");
        if (std::filesystem::exists(folder / "life_cycles"))
            add_files(files, folder / "life_cycles", "life_cycles/");
        body["policies"] = std::move(files);
    }
    if (!options.calendar.empty()) body["calendar"] = text_of(options.calendar);
    return body;
}

void print_moves(const boost::json::value& answer) {
    Table table{{"TICKET", "POLICY", "STATE", "CLOCK", "DUE", "NEW DUE", "THEN"}};
    std::size_t moved = 0;
    std::size_t held = 0;
    const auto& items = answer.at("items").get_array();
    for (const auto& ticket : items) {
        const auto& clocks = ticket.at("clocks").get_array();
        if (!ticket.at("obstacle").is_null()) {
            ++held;
            table.add({fact(ticket, "ticket_id"), fact(ticket, "policy"), fact(ticket, "state"),
                       "-", "-", "-", "stays: " + fact(ticket, "obstacle")});
        }
        if (!clocks.empty()) ++moved;
        for (const auto& clock : clocks) {
            table.add({fact(ticket, "ticket_id"), fact(ticket, "policy"), fact(ticket, "state"),
                       fact(clock, "name"), time_fact(clock, "old_due_at"),
                       time_fact(clock, "new_due_at"), fact(clock, "verdict")});
        }
    }
    if (!table.empty()) table.print(std::cout);
    std::cout << fact(answer, "open_tickets") << " open tickets, " << items.size()
              << " of another version, " << moved << " with other deadlines";
    if (held > 0) std::cout << ", " << held << " that can't be migrated";
    std::cout << ".\n";
    if (fact(answer, "left_off") != "0")
        std::cout << fact(answer, "left_off") << " more are not listed.\n";
}

void diff(const Context& context, const Server& server, const DiffOptions& options) {
    const auto answer = server.post("/api/v1/policies/dry-run", proposed(options));
    context.json ? print_json(answer) : print_moves(answer);
}

struct MigrateOptions {
    std::string actor, reason, policy;
};

/// Each ticket by itself: one that cannot be moved does not keep the others.
void migrate(const Context& context, const Server& server, const MigrateOptions& options) {
    const auto answer = server.post("/api/v1/policies/dry-run", {});
    std::size_t migrated = 0;
    std::vector<std::string> failures;
    for (const auto& ticket : answer.at("items").get_array()) {
        if (!options.policy.empty() && fact(ticket, "policy") != options.policy) continue;
        const std::string id = fact(ticket, "ticket_id");
        if (!ticket.at("obstacle").is_null()) {
            failures.push_back(id + ": " + fact(ticket, "obstacle"));
            continue;
        }
        try {
            (void)server.post(
                path_of("tickets", id, "/events"),
                {{"event", "migrate"}, {"actor", options.actor}, {"note", options.reason}});
            ++migrated;
        } catch (const Failed& failed) {
            failures.push_back(id + ": " + failed.what());
        }
    }
    if (context.json) {
        print_json(boost::json::object{
            {"migrated", migrated},
            {"failures", boost::json::array(failures.begin(), failures.end())}});
    } else {
        std::cout << migrated << " tickets migrated.\n";
    }
    for (const std::string& failure : failures) std::cerr << printable(failure) << '\n';
    if (!failures.empty())
        throw Failed{kExitFailed, std::to_string(failures.size()) + " tickets stay as they are"};
}

}  // namespace

void add_policy_commands(CLI::App& app, Context& context) {
    auto& policies = *app.add_subcommand("policies", "Changed policies and open tickets");
    policies.require_subcommand(1);
    auto& diff_command = *policies.add_subcommand(
        "diff", "Which open tickets would have other deadlines under other files");
    diff_command.footer(
        "Without options: under the files that are in force now.\n"
        "Example: mercaptan policies diff --policies /etc/mercaptan/policies");
    const auto diff_options = std::make_shared<DiffOptions>();
    diff_command.add_option("--policies", diff_options->policies, "The folder of policies");
    diff_command.add_option("--calendar", diff_options->calendar, "The calendar file");
    diff_command.callback([&context, diff_options] {
        context.run = [&context, diff_options](const Server& server) {
            diff(context, server, *diff_options);
        };
    });
    auto& migrate_command = *policies.add_subcommand(
        "migrate", "Put open tickets under the files that are in force now");
    migrate_command.footer(
        "Look at `mercaptan policies diff` first. A clock that was met or missed stays so.");
    const auto migrate_options = std::make_shared<MigrateOptions>();
    migrate_command.add_option("--actor", migrate_options->actor, "A supervisor or admin")
        ->required();
    migrate_command
        .add_option("--reason", migrate_options->reason, "Why; it stands in the history")
        ->required();
    migrate_command.add_option("--policy", migrate_options->policy, "Only tickets of this policy");
    migrate_command.callback([&context, migrate_options] {
        context.run = [&context, migrate_options](const Server& server) {
            migrate(context, server, *migrate_options);
        };
    });
}

}  // namespace mercaptan::cli
