#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "common/store/rocks_store.h"
#include "processor/cli/commands.h"
#include "processor/cli/display.h"
#include "processor/cli/exit_codes.h"
#include "processor/cli/facts.h"
#include "processor/io/replay_rulebooks.h"
#include "processor/io/what_if.h"

namespace mercaptan::cli {
namespace {

namespace fs = std::filesystem;
using boost::json::object;
using processor::OpenedTicket;
using processor::RunTally;
using processor::WhatIf;

struct ReplayOptions {
    std::string data = "data/processor";
    std::string rules, policies, from, to;
};

/// A folder of our own that goes with us.
class ScratchFolder {
public:
    ScratchFolder() {
        std::string pattern = (fs::temp_directory_path() / "mercaptan-replay-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr)
            throw Failed{kExitFailed, "can't make a folder in " +
                                          fs::temp_directory_path().string() + "; set TMPDIR"};
        path_ = pattern;
    }
    ~ScratchFolder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    [[nodiscard]] const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

/// A data folder of a processor, which may be running, or the store itself, or a copy of it.
std::unique_ptr<store::Store> open_store(const std::string& data) {
    std::error_code error;
    fs::path path = data;
    if (fs::exists(path / "store" / "CURRENT", error)) path /= "store";
    if (!fs::exists(path / "CURRENT", error))
        throw Failed{kExitUsage,
                     "--data: expected the data folder of a processor, or a copy of "
                     "its store, got " +
                         data};
    store::RocksOptions options;
    options.path = path;
    options.tables = processor::store_tables();
    options.read_only = true;
    auto opened = store::open_rocks_store(options);
    if (!opened) throw Failed{kExitFailed, opened.error().message};
    return *std::move(opened);
}

Instant moment(const std::string& text, std::string_view option, Instant otherwise) {
    if (text.empty()) return otherwise;
    const auto at = parse_rfc3339(time_argument(text, option));
    if (!at) throw Failed{kExitUsage, std::string{option} + ": expected a time"};
    return *at;
}

std::string class_of(const OpenedTicket& ticket) {
    return ticket.ticket_class ? std::to_string(static_cast<int>(*ticket.ticket_class)) : "-";
}

object ticket_json(const OpenedTicket& ticket) {
    object out;
    out["id"] = ticket.id;
    out["kind"] = processor::to_string(ticket.kind);
    if (ticket.ticket_class) {
        out["class"] = static_cast<int>(*ticket.ticket_class);
    } else {
        out["class"] = nullptr;
    }
    out["policy"] = ticket.policy;
    out["site"] = ticket.site.view();
    out["zone"] = ticket.zone.view();
    out["condition"] = ticket.condition;
    out["at"] = to_rfc3339(ticket.at);
    return out;
}

object tally_json(const RunTally& tally) {
    object clocks;
    for (const auto& [name, clock] : tally.clocks)
        clocks[name] = object{{"met", clock.met}, {"breached", clock.breached}};
    object conditions;
    for (const auto& [name, count] : tally.alarms_by_condition) conditions[name] = count;
    return {{"tickets", tally.tickets},
            {"alarms", tally.alarms},
            {"alarms_peak_10min", tally.alarms_peak},
            {"orders", tally.orders},
            {"pages", tally.pages},
            {"valve_commands", tally.valve_commands},
            {"alarms_by_condition", std::move(conditions)},
            {"clocks", std::move(clocks)}};
}

boost::json::array tickets_json(const std::vector<OpenedTicket>& tickets) {
    boost::json::array out;
    for (const OpenedTicket& ticket : tickets) out.push_back(ticket_json(ticket));
    return out;
}

object what_if_json(const WhatIf& result, double seconds) {
    object reproduced{{"commits", result.commits},
                      {"different", result.commits_other},
                      {"program", result.program}};
    if (result.first_other) {
        reproduced["first_different"] = *result.first_other;
        reproduced["first_different_at"] = to_rfc3339(*result.first_other_at);
    }
    object out{{"from", to_rfc3339(result.from)},
               {"to", to_rfc3339(result.to)},
               {"replayed_from", to_rfc3339(result.start.at)},
               {"readings", result.readings},
               {"seconds", seconds},
               {"reproduced", std::move(reproduced)},
               {"recorded", tally_json(result.recorded)}};
    if (!result.compared) return out;
    out["other"] = tally_json(result.other);
    out["tickets_more"] = tickets_json(result.more);
    out["tickets_fewer"] = tickets_json(result.fewer);
    boost::json::array changed;
    for (const auto& [was, would_be] : result.changed) {
        changed.push_back(object{{"recorded", ticket_json(was)},
                                 {"other", ticket_json(would_be)},
                                 {"later_ms", (would_be.at - was.at).count()}});
    }
    out["tickets_changed"] = std::move(changed);
    out["commands"] = object{{"taken", result.commands},
                             {"without_ticket", result.commands_lost},
                             {"refused", result.commands_refused}};
    return out;
}

std::string how_changed(const OpenedTicket& was, const OpenedTicket& would_be) {
    std::string out;
    if (would_be.at < was.at) out = span(was.at - would_be.at) + " earlier";
    if (would_be.at > was.at) out = span(would_be.at - was.at) + " later";
    if (would_be.ticket_class != was.ticket_class)
        out += (out.empty() ? "" : ", ") + ("class " + class_of(was) + " -> " + class_of(would_be));
    return out;
}

void print_tallies(const RunTally& recorded, const RunTally* other) {
    Table table{other != nullptr ? std::vector<std::string>{"", "RECORDED", "OTHER", "DIFFERENCE"}
                                 : std::vector<std::string>{"", "RECORDED"}};
    const auto row = [&](std::string name, std::uint64_t was, std::uint64_t would_be) {
        std::vector<std::string> cells{std::move(name), std::to_string(was)};
        if (other != nullptr) {
            const auto more = static_cast<std::int64_t>(would_be) - static_cast<std::int64_t>(was);
            cells.push_back(std::to_string(would_be));
            cells.push_back((more > 0 ? "+" : "") + std::to_string(more));
        }
        table.add(std::move(cells));
    };
    const RunTally& same = other != nullptr ? *other : recorded;
    row("tickets", recorded.tickets, same.tickets);
    row("alarms", recorded.alarms, same.alarms);
    row("alarms, most in 10 minutes", recorded.alarms_peak, same.alarms_peak);
    row("dispatch orders", recorded.orders, same.orders);
    row("pages", recorded.pages, same.pages);
    row("valve commands", recorded.valve_commands, same.valve_commands);
    auto conditions = recorded.alarms_by_condition;
    for (const auto& [name, count] : same.alarms_by_condition) conditions.try_emplace(name, 0);
    for (const auto& [name, count] : conditions) {
        const auto would_be = same.alarms_by_condition.find(name);
        const bool gone = would_be == same.alarms_by_condition.end();
        row("alarms " + name, count, gone ? 0 : would_be->second);
    }
    auto clocks = recorded.clocks;
    for (const auto& [name, clock] : same.clocks) clocks.try_emplace(name);
    for (const auto& [name, clock] : clocks) {
        const auto would_be = same.clocks.find(name);
        const bool gone = would_be == same.clocks.end();
        row("deadlines missed: " + name, clock.breached, gone ? 0 : would_be->second.breached);
    }
    table.print(std::cout);
}

void print_tickets(const WhatIf& result) {
    Table table{{"TICKET", "CLASS", "AT", "SITE", "CONDITION", "WHAT"}};
    const auto row = [&](const OpenedTicket& ticket, std::string what) {
        table.add({ticket.id, class_of(ticket), local_time(to_rfc3339(ticket.at)),
                   ticket.site.str(), ticket.condition, std::move(what)});
    };
    for (const OpenedTicket& ticket : result.more) row(ticket, "more");
    for (const OpenedTicket& ticket : result.fewer) row(ticket, "would not be");
    for (const auto& [was, would_be] : result.changed) row(was, how_changed(was, would_be));
    if (table.empty()) {
        std::cout << "No ticket would be different.\n";
        return;
    }
    table.print(std::cout);
}

void print_what_if(const WhatIf& result) {
    std::cout << "From " << local_time(to_rfc3339(result.from)) << " to "
              << local_time(to_rfc3339(std::min(result.to, result.last))) << ": " << result.readings
              << " readings, " << result.commits << " commits replayed.\n";
    if (result.commits_other == 0)
        std::cout << "Every decision came out as it was recorded, byte for byte.\n";
    print_tallies(result.recorded, result.compared ? &result.other : nullptr);
    if (!result.compared) return;
    print_tickets(result);
    std::cout << result.commands << " commands of people; " << result.commands_lost
              << " would have had no ticket or alarm, " << result.commands_refused
              << " would have been refused.\n";
}

/// A line every two seconds, on standard error.
class Progress {
public:
    void operator()(Instant at, std::uint64_t readings) {
        const auto now = std::chrono::steady_clock::now();
        if (now - told_ < std::chrono::seconds{2}) return;
        told_ = now;
        std::cerr << "replayed to " << local_time(to_rfc3339(at)) << ", " << readings
                  << " readings\n";
    }

private:
    std::chrono::steady_clock::time_point told_ = std::chrono::steady_clock::now();
};

void replay(const Context& context, const ReplayOptions& options) {
    const auto store = open_store(options.data);
    const ScratchFolder scratch;
    processor::ReplayRulebooks recorded{*store, scratch.path() / "recorded", {}};
    processor::ReplayRulebooks other{
        *store, scratch.path() / "other", {.rules = options.rules, .policies = options.policies}};
    processor::WhatIfOptions what_if;
    what_if.from = moment(options.from, "--from", kInstantMin);
    what_if.to = moment(options.to, "--to", kInstantMax);
    if (what_if.from >= what_if.to) throw Failed{kExitUsage, "--to: expected a time after --from"};
    what_if.recorded = [&](const std::string& content) { return recorded.of(content); };
    if (!options.rules.empty() || !options.policies.empty())
        what_if.other = [&](const std::string& content) { return other.of(content); };
    what_if.progress = Progress{};
    const auto begun = std::chrono::steady_clock::now();
    const auto result = processor::replay_what_if(*store, what_if);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    if (!result) {
        const bool usage = result.error().code == ErrorCode::invalid_input;
        throw Failed{usage ? kExitUsage : kExitFailed, result.error().message};
    }
    if (context.json) {
        print_json(what_if_json(*result, took.count()));
    } else {
        print_what_if(*result);
    }
    if (result->commits_other == 0) return;
    throw Failed{kExitFailed, std::to_string(result->commits_other) + " of " +
                                  std::to_string(result->commits) +
                                  " commits did not come out as recorded, the first at " +
                                  to_rfc3339(*result->first_other_at) + "; recorded by version " +
                                  result->program};
}

}  // namespace

void add_replay_command(CLI::App& app, Context& context) {
    auto& command = *app.add_subcommand(
        "replay",
        "Recorded history once more: with the same rules, as a proof; with others, to "
        "see what would have been different");
    command.footer(
        "Works on the store itself, beside a running processor too, or on a copy of it.\n"
        "Example: mercaptan replay --rules new.yaml --policies policies --from 30d");
    auto options = std::make_shared<ReplayOptions>();
    command
        .add_option("--data", options->data, "The processor's data folder, or a copy of a store")
        ->envname("MERCAPTAN_DATA")
        ->capture_default_str();
    command.add_option("--rules", options->rules, "Other rules, a file as rules.yaml")
        ->check(CLI::ExistingFile);
    command.add_option("--policies", options->policies, "Other policies, a folder as policies/")
        ->check(CLI::ExistingDirectory);
    command.add_option("--from", options->from,
                       "From then on: a time, or 2h for two hours ago; default: all that is kept");
    command.add_option("--to", options->to, "Before then");
    command.callback([&context, options] {
        context.run = [&context, options](const Server&) { replay(context, *options); };
    });
}

}  // namespace mercaptan::cli
