#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <iostream>
#include <memory>

#include "processor/cli/commands.h"
#include "processor/cli/display.h"
#include "processor/cli/exit_codes.h"
#include "processor/cli/facts.h"

namespace mercaptan::cli {
namespace {

struct ListOptions {
    std::string state, ticket_class, kind, zone, site;
    bool all = false;
    std::size_t limit = 100;
};

void list_tickets(const Context& context, const Server& server, const ListOptions& options) {
    const bool open_only = !options.all && options.state.empty();
    const boost::json::object list = server.list("/api/v1/tickets",
                                                 {{"state", options.state},
                                                  {"class", options.ticket_class},
                                                  {"kind", options.kind},
                                                  {"zone", options.zone},
                                                  {"site", options.site},
                                                  {"open", open_only ? "true" : ""}},
                                                 options.limit);
    if (context.json) return print_json(list);
    Table table{
        {"TICKET", "CLASS", "STATE", "SITE", "ZONE", "CREW", "OPENED", "DEADLINE", "CAUSE"}};
    for (const auto& ticket : list.at("items").get_array()) {
        table.add({fact(ticket, "id"), fact(ticket, "class"), fact(ticket, "state"),
                   fact(ticket, "site"), fact(ticket, "zone"), fact(ticket, "assignee"),
                   time_fact(ticket, "opened_at"), next_deadline(ticket, wall_now()),
                   cause_of(ticket)});
    }
    if (table.empty()) {
        std::cout << (open_only ? "There is no open ticket. (--all shows ended ones too.)\n"
                                : "No ticket is like that.\n");
        return;
    }
    table.print(std::cout);
    if (list.at("next_cursor").is_string()) std::cout << "… and more (--limit)\n";
}

void print_ticket(const boost::json::value& ticket) {
    std::vector<std::pair<std::string, std::string>> fields;
    for (const char* name : {"id", "kind", "class", "policy", "state", "site", "zone", "devices"}) {
        fields.emplace_back(name, fact(ticket, name));
    }
    fields.emplace_back("cause", cause_of(ticket));
    fields.emplace_back("since", time_fact(ticket, "cause.at"));
    fields.emplace_back("opened", time_fact(ticket, "opened_at"));
    fields.emplace_back("closed", time_fact(ticket, "closed_at"));
    for (const char* name : {"assignee", "escalation_level", "channel", "symptom", "description",
                             "unregistered", "late", "version"}) {
        fields.emplace_back(name, fact(ticket, name));
    }
    for (const char* name : {"name", "phone", "account", "address"}) {
        const std::string value = fact(ticket, std::string{"reporter."} + name);
        if (value != "-") fields.emplace_back(std::string{"reporter "} + name, value);
    }
    print_fields(fields);
    const auto* clocks = ticket.get_object().if_contains("clocks");
    if (clocks == nullptr || !clocks->is_array() || clocks->get_array().empty()) return;
    std::cout << '\n';
    Table table{{"CLOCK", "STATUS", "STARTED", "DUE", "ENDED"}};
    for (const auto& clock : clocks->get_array()) {
        table.add({fact(clock, "name"), fact(clock, "status"), time_fact(clock, "started_at"),
                   time_fact(clock, "due_at"), time_fact(clock, "ended_at")});
    }
    table.print(std::cout);
}

void show_history(const Context& context, const Server& server, const std::string& id,
                  std::size_t limit) {
    const auto list = server.list(path_of("tickets", id, "/history"), {}, limit);
    if (context.json) return print_json(list);
    Table table{{"AT", "VERSION", "WHO", "EVENT", "CLOCK", "STATE", "LATE", "NOTE"}};
    for (const auto& item : list.at("items").get_array()) {
        const std::string to = fact(item, "to");
        const std::string late = fact(item, "late_s");
        table.add({time_fact(item, "at"), fact(item, "version"), fact(item, "actor"),
                   fact(item, "event"), fact(item, "clock"),
                   to == "-" ? to : fact(item, "from") + " → " + to,
                   late == "-" ? late : late + " s", fact(item, "note")});
    }
    table.print(std::cout);
}

struct ActOptions {
    std::string id, event, actor, note, at, crew, key;
    int ticket_class = 0;
    std::string if_version;
};

void act(const Context& context, const Server& server, const ActOptions& options) {
    boost::json::object body{{"event", options.event}, {"actor", options.actor}};
    if (!options.note.empty()) body["note"] = options.note;
    if (!options.crew.empty()) body["crew"] = options.crew;
    if (!options.at.empty()) body["at"] = time_argument(options.at, "--at");
    if (options.ticket_class != 0) body["class"] = options.ticket_class;
    Headers headers;
    if (!options.if_version.empty()) headers["if-match"] = options.if_version;
    if (!options.key.empty()) headers["idempotency-key"] = options.key;
    const auto ticket = server.post(path_of("tickets", options.id, "/events"), body, headers);
    if (context.json) return print_json(ticket);
    std::cout << change_line(ticket, wall_now()) << '\n';
}

struct ReportOptions {
    std::string kind = "repair", channel = "counter";
    std::string site, zone, symptom, description, occurred_at, received_at, actor, policy, key;
    std::string name, phone, account, address;
    int ticket_class = 0;
};

void report(const Context& context, const Server& server, const ReportOptions& options) {
    boost::json::object body{{"kind", options.kind}, {"channel", options.channel}};
    const std::pair<const char*, const std::string&> texts[] = {
        {"site", options.site},   {"zone", options.zone},     {"symptom", options.symptom},
        {"actor", options.actor}, {"policy", options.policy}, {"description", options.description}};
    for (const auto& [name, value] : texts) {
        if (!value.empty()) body[name] = value;
    }
    if (!options.occurred_at.empty())
        body["occurred_at"] = time_argument(options.occurred_at, "--occurred-at");
    if (!options.received_at.empty())
        body["received_at"] = time_argument(options.received_at, "--received-at");
    if (options.ticket_class != 0) body["class"] = options.ticket_class;
    boost::json::object reporter;
    const std::pair<const char*, const std::string&> person[] = {{"name", options.name},
                                                                 {"phone", options.phone},
                                                                 {"account", options.account},
                                                                 {"address", options.address}};
    for (const auto& [name, value] : person) {
        if (!value.empty()) reporter[name] = value;
    }
    if (!reporter.empty()) body["reporter"] = std::move(reporter);
    Headers headers;
    if (!options.key.empty()) headers["idempotency-key"] = options.key;
    const auto ticket = server.post("/api/v1/tickets", body, headers);
    if (context.json) return print_json(ticket);
    std::cout << (truth(ticket, "joined") ? "joined " : "raised ")
              << change_line(ticket, wall_now()) << "\n\nTell the caller:\n  "
              << printable(fact(ticket, "guidance.zh")) << "\n  "
              << printable(fact(ticket, "guidance.en")) << '\n';
}

template <class Options>
std::shared_ptr<Options> keep(CLI::App& command, Context& context,
                              void (*run)(const Context&, const Server&, const Options&)) {
    auto options = std::make_shared<Options>();
    command.callback([&context, options, run] {
        context.run = [&context, options, run](const Server& server) {
            run(context, server, *options);
        };
    });
    return options;
}

void add_list(CLI::App& tickets, Context& context) {
    auto& list = *tickets.add_subcommand("list", "Open tickets, newest first");
    const auto options = keep<ListOptions>(list, context, list_tickets);
    list.add_flag("--all", options->all, "Closed and cancelled ones too");
    list.add_option("--state", options->state, "Only in these states, comma-separated");
    list.add_option("--class", options->ticket_class, "Only of these classes: 1,2,3");
    list.add_option(
        "--kind", options->kind,
        "repair, complaint, hazard, inspection, callback, planned_work, ledger, emergency_plan");
    list.add_option("--zone", options->zone, "Only of this zone");
    list.add_option("--site", options->site, "Only of this site");
    list.add_option("--limit", options->limit, "Tickets at most")
        ->capture_default_str()
        ->check(CLI::Range(1, 1'000'000));
}

void add_act(CLI::App& tickets, Context& context) {
    auto& command = *tickets.add_subcommand("act", "Do something to a ticket");
    command.footer(
        "Events: dispatch accept decline hand_over depart arrive make_safe repair close cancel "
        "reopen reclassify note\nExample: mercaptan tickets act T01ABC accept --actor crew-7");
    const auto options = keep<ActOptions>(command, context, act);
    command.add_option("id", options->id, "The ticket")->required();
    command.add_option("event", options->event, "What happened")->required();
    command.add_option("--actor", options->actor, "Who did it")->required();
    command.add_option("--note", options->note, "Why; required for cancel, reclassify and note");
    command.add_option("--at", options->at, "When, if not now: a time, or 10m for ten minutes ago");
    command.add_option("--crew", options->crew,
                       "To whom: for hand_over, and for dispatch if not as the processor chooses");
    command.add_option("--class", options->ticket_class, "For reclassify")->check(CLI::Range(1, 3));
    command.add_option("--if-version", options->if_version,
                       "Only if the ticket is still at this version");
    command.add_option("--key", options->key,
                       "Idempotency key: repeating the command does it once");
}

void add_report(CLI::App& tickets, Context& context) {
    auto& command =
        *tickets.add_subcommand("report", "Report a fault for somebody who called or came");
    command.footer(
        "Symptoms: gas_smell leak pipe_break fire explosion no_gas abnormal_flame meter_fault "
        "valve_fault appliance_fault other\n"
        "Example: mercaptan tickets report --site home-003 --symptom gas_smell --phone "
        "13800000000");
    const auto options = keep<ReportOptions>(command, context, report);
    command
        .add_option(
            "--kind", options->kind,
            "repair, complaint, hazard, inspection, callback, planned_work, ledger, emergency_plan")
        ->capture_default_str();
    command.add_option("--class", options->ticket_class, "If not by the symptom")
        ->check(CLI::Range(1, 3));
    command.add_option("--channel", options->channel, "hotline, web, app, wechat, counter, …")
        ->capture_default_str();
    command.add_option("--site", options->site, "Where");
    command.add_option("--zone", options->zone, "Which zone it belongs to");
    command.add_option("--symptom", options->symptom, "What is wrong");
    command.add_option("--description", options->description, "In the caller's words");
    command.add_option("--occurred-at", options->occurred_at,
                       "When it began: a time, or 10m for ten minutes ago");
    command.add_option("--received-at", options->received_at,
                       "When the report came in, if not now");
    command.add_option("--policy", options->policy, "Which policy, if there are several");
    command.add_option("--name", options->name, "The reporter's name");
    command.add_option("--phone", options->phone, "The reporter's phone");
    command.add_option("--account", options->account, "The reporter's account");
    command.add_option("--address", options->address, "The reporter's address");
    command.add_option("--actor", options->actor, "Who types this in");
    command.add_option("--key", options->key,
                       "Idempotency key: repeating the command does it once");
}

struct IdOptions {
    std::string id;
    std::size_t limit = 10'000;
};

void add_show(CLI::App& tickets, Context& context) {
    auto& show = *tickets.add_subcommand("show", "One ticket, with its clocks and who reported");
    const auto shown = keep<IdOptions>(
        show, context, [](const Context& c, const Server& server, const IdOptions& o) {
            const auto ticket = server.get(path_of("tickets", o.id));
            c.json ? print_json(ticket) : print_ticket(ticket);
        });
    show.add_option("id", shown->id, "The ticket")->required();
    auto& explain =
        *tickets.add_subcommand("explain", "Where the time went: each run of each clock");
    const auto explained = keep<IdOptions>(
        explain, context, [](const Context& c, const Server& server, const IdOptions& o) {
            explain_ticket(c, server, o.id);
        });
    explain.add_option("id", explained->id, "The ticket")->required();
    auto& history = *tickets.add_subcommand("history", "Every change: who, when, why");
    const auto past = keep<IdOptions>(
        history, context, [](const Context& c, const Server& server, const IdOptions& o) {
            show_history(c, server, o.id, o.limit);
        });
    history.add_option("id", past->id, "The ticket")->required();
    history.add_option("--limit", past->limit, "Items at most")
        ->capture_default_str()
        ->check(CLI::Range(1, 1'000'000));
}

}  // namespace

void add_ticket_commands(CLI::App& app, Context& context) {
    auto& tickets = *app.add_subcommand("tickets", "Tickets: the work to be done");
    tickets.require_subcommand(0, 1);
    // Without a subcommand: the list.
    tickets.callback([&context] {
        if (context.run) return;
        context.run = [&context](const Server& server) { list_tickets(context, server, {}); };
    });
    add_list(tickets, context);
    add_show(tickets, context);
    add_act(tickets, context);
    add_report(tickets, context);
    auto& watch = *tickets.add_subcommand("watch", "Open tickets, then every change as it happens");
    const auto options = keep<WatchOptions>(watch, context, watch_tickets);
    watch.add_option("--site", options->site, "Only of this site");
    watch.add_option("--zone", options->zone, "Only of this zone");
    watch.add_option("--count", options->count, "End after so many changes (0: never)")
        ->capture_default_str();
}

}  // namespace mercaptan::cli
