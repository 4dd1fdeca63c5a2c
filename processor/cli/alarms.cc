#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json/array.hpp>
#include <iostream>
#include <memory>

#include "processor/cli/commands.h"
#include "processor/cli/display.h"
#include "processor/cli/facts.h"

namespace mercaptan::cli {
namespace {

struct ListOptions {
    bool all = false;
    bool unacked = false;
    std::string zone, site, device, condition;
    std::size_t limit = 100;
};

/// `active, acked` as one word list.
std::string state_of(const boost::json::value& alarm) {
    std::string out = truth(alarm, "active") ? "active" : "ended";
    if (truth(alarm, "active") && !truth(alarm, "present")) out += " (latched)";
    out += truth(alarm, "acked") ? ", acked" : ", UNACKED";
    if (truth(alarm, "shelved")) out += ", shelved";
    if (truth(alarm, "suppressed")) out += ", suppressed";
    if (truth(alarm, "out_of_service")) out += ", out of service";
    if (const std::string window = fact(alarm, "window"); window != "-")
        out += ", window " + window;
    return out;
}

void add_row(Table& table, const boost::json::value& alarm) {
    std::string value = fact(alarm, "value");
    if (const std::string unit = fact(alarm, "unit"); value != "-" && unit != "-")
        value += ' ' + unit;
    table.add({fact(alarm, "id"), fact(alarm, "condition"), fact(alarm, "severity"),
               fact(alarm, "site"), fact(alarm, "device"), value, time_fact(alarm, "since"),
               fact(alarm, "ticket_id"), state_of(alarm)});
}

const std::vector<std::string> kHeader{"ALARM", "CONDITION", "SEVERITY", "SITE", "DEVICE",
                                       "VALUE", "SINCE",     "TICKET",   "STATE"};

void list_alarms(const Context& context, const Server& server, const ListOptions& options) {
    const auto list = server.list("/api/v1/alarms",
                                  {{"active", options.all ? "" : "true"},
                                   {"acked", options.unacked ? "false" : ""},
                                   {"zone", options.zone},
                                   {"site", options.site},
                                   {"device", options.device},
                                   {"condition", options.condition}},
                                  options.limit);
    if (context.json) return print_json(list);
    Table table{kHeader};
    for (const auto& alarm : list.at("items").get_array()) add_row(table, alarm);
    if (table.empty()) {
        std::cout << "There is no such alarm"
                  << (options.all ? ".\n" : " active. (--all shows ended ones too.)\n");
        return;
    }
    table.print(std::cout);
    if (list.at("next_cursor").is_string()) std::cout << "… and more (--limit)\n";
}

struct ActionOptions {
    std::string id, actor, note, until;
};

void act(const Context& context, const Server& server, const std::string& action,
         const ActionOptions& options) {
    boost::json::object body{{"actor", options.actor}};
    if (!options.note.empty()) body["note"] = options.note;
    if (!options.until.empty()) body["until"] = options.until;
    std::string verb = action;
    std::replace(verb.begin(), verb.end(), '-', '_');
    const auto alarm = server.post(path_of("alarms", options.id, "/" + verb), body);
    if (context.json) return print_json(alarm);
    Table table{kHeader};
    add_row(table, alarm);
    table.print(std::cout);
}

void add_action(CLI::App& alarms, Context& context, const std::string& name,
                const std::string& help) {
    auto& command = *alarms.add_subcommand(name, help);
    auto options = std::make_shared<ActionOptions>();
    command.add_option("id", options->id, "The alarm")->required();
    command.add_option("--actor", options->actor, "Who does it")->required();
    command.add_option("--note", options->note, "Why");
    if (name == "shelve" || name == "shelve-once") {
        command.add_option("--until", options->until,
                           "2026-11-21T10:00:00Z; by default an hour from now, for shelve-once "
                           "the longest time that the rules allow");
    }
    command.callback([&context, options, name] {
        context.run = [&context, options, name](const Server& server) {
            act(context, server, name, *options);
        };
    });
}

}  // namespace

void add_alarm_commands(CLI::App& app, Context& context) {
    auto& alarms = *app.add_subcommand("alarms", "Alarms: what devices say is wrong");
    alarms.require_subcommand(0, 1);
    alarms.callback([&context] {
        if (context.run) return;
        context.run = [&context](const Server& server) { list_alarms(context, server, {}); };
    });
    auto& list = *alarms.add_subcommand("list", "Active alarms, newest first");
    auto options = std::make_shared<ListOptions>();
    list.add_flag("--all", options->all, "Ended ones too");
    list.add_flag("--unacked", options->unacked, "Only those that nobody has acknowledged");
    list.add_option("--zone", options->zone, "Only of this zone");
    list.add_option("--site", options->site, "Only of this site");
    list.add_option("--device", options->device, "Only of this device");
    list.add_option("--condition", options->condition, "Only of this condition, as gas.alarm");
    list.add_option("--limit", options->limit, "Alarms at most")
        ->capture_default_str()
        ->check(CLI::Range(1, 1'000'000));
    list.callback([&context, options] {
        context.run = [&context, options](const Server& server) {
            list_alarms(context, server, *options);
        };
    });
    add_action(alarms, context, "ack", "Acknowledge: you have seen it");
    add_action(alarms, context, "confirm", "Confirm: it was dealt with");
    add_action(alarms, context, "reset", "End a latched alarm, after its place was made safe");
    add_action(alarms, context, "shelve", "Put it aside for a time (never an emergency)");
    add_action(alarms, context, "shelve-once", "Put it aside until this occurrence ends");
    add_action(alarms, context, "unshelve", "End the shelving");
    add_action(alarms, context, "suppress",
               "Suppress it until further notice (never an emergency)");
    add_action(alarms, context, "unsuppress", "End the suppression");
    add_action(alarms, context, "out-of-service",
               "Take it out of service for maintenance (never an emergency)");
    add_action(alarms, context, "in-service", "Put it back in service");
}

}  // namespace mercaptan::cli
