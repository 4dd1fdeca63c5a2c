#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <iostream>
#include <memory>

#include "processor/cli/commands.h"
#include "processor/cli/display.h"
#include "processor/cli/facts.h"

namespace mercaptan::cli {
namespace {

struct ListOptions {
    std::string site, zone, kind;
    bool unregistered = false;
    std::size_t limit = 100;
};

std::string state_of(const boost::json::value& device) {
    if (fact(device, "last_received_at") == "-") return "never heard";
    std::string out = truth(device, "offline")  ? "offline"
                      : truth(device, "silent") ? "SILENT"
                                                : "ok";
    if (truth(device, "unregistered")) out += ", unregistered";
    return out;
}

void list_devices(const Context& context, const Server& server, const ListOptions& options) {
    const auto list = server.list("/api/v1/devices",
                                  {{"site", options.site},
                                   {"zone", options.zone},
                                   {"kind", options.kind},
                                   {"unregistered", options.unregistered ? "true" : ""}},
                                  options.limit);
    if (context.json) return print_json(list);
    Table table{{"DEVICE", "KIND", "SITE", "ZONE", "LAST HEARD", "GATEWAY", "STATE"}};
    for (const auto& device : list.at("items").get_array()) {
        table.add({fact(device, "id"), fact(device, "kind"), fact(device, "site"),
                   fact(device, "zone"), time_fact(device, "last_received_at"),
                   fact(device, "gateway"), state_of(device)});
    }
    if (table.empty()) {
        std::cout << "There is no such device.\n";
        return;
    }
    table.print(std::cout);
    if (list.at("next_cursor").is_string()) std::cout << "… and more (--limit)\n";
}

/// `ch4_lel_pct=23.5 battery_pct=88`
std::string values_of(const boost::json::value& reading) {
    std::string out;
    const auto* values = reading.is_object() ? reading.get_object().if_contains("values") : nullptr;
    if (values == nullptr || !values->is_object()) return out;
    for (const auto& member : values->get_object()) {
        out += out.empty() ? "" : " ";
        out += std::string{member.key()} + '=' + fact(*values, member.key());
    }
    return out;
}

struct ShowOptions {
    std::string id, site;
};

void show_device(const Context& context, const Server& server, const ShowOptions& options) {
    const auto device =
        server.get(with_parameters(path_of("devices", options.id), {{"site", options.site}}));
    if (context.json) return print_json(device);
    std::vector<std::pair<std::string, std::string>> fields;
    for (const char* name : {"id", "kind", "site", "zone", "group", "location", "profile", "gas",
                             "valve_device", "installed_on", "expires_on", "expected_interval_s"}) {
        fields.emplace_back(name, fact(device, name));
    }
    fields.emplace_back("state", state_of(device));
    fields.emplace_back("last heard", time_fact(device, "last_received_at"));
    fields.emplace_back("gateway", fact(device, "gateway"));
    if (fact(device, "last_reading") != "-") {
        const auto& reading = device.get_object().at("last_reading");
        fields.emplace_back("last reading", time_fact(reading, "at") + "  " + values_of(reading) +
                                                "  " + fact(reading, "status"));
    }
    const auto* alarms = device.get_object().if_contains("alarms");
    if (alarms != nullptr && alarms->is_array()) {
        for (const auto& alarm : alarms->get_array()) {
            fields.emplace_back("alarm", fact(alarm, "condition") + " since " +
                                             time_fact(alarm, "since") + "  " + fact(alarm, "id"));
        }
    }
    print_fields(fields);
}

struct ReadingOptions {
    std::string device, site, from, to, step;
    bool newest = false;
    std::size_t limit = 100;
};

void list_readings(const Context& context, const Server& server, const ReadingOptions& options) {
    const auto list = server.list(path_of("devices", options.device, "/readings"),
                                  {{"site", options.site},
                                   {"from", time_argument(options.from, "--from")},
                                   {"to", time_argument(options.to, "--to")},
                                   {"step", options.step},
                                   {"order", options.newest ? "desc" : ""}},
                                  options.limit);
    if (context.json) return print_json(list);
    const bool stepped = !options.step.empty();
    Table table{
        {"AT", stepped ? "COUNT" : "SEQ", "QUALITY", "STATUS", stepped ? "MEANS" : "VALUES"}};
    for (const auto& reading : list.at("items").get_array()) {
        table.add({time_fact(reading, "at"), fact(reading, stepped ? "count" : "seq"),
                   fact(reading, "quality") + (truth(reading, "late") ? ", late" : ""),
                   fact(reading, "status"), values_of(reading)});
    }
    if (table.empty()) {
        std::cout << "There is no reading in that time.\n";
        return;
    }
    table.print(std::cout);
    if (list.at("next_cursor").is_string()) std::cout << "… and more (--limit)\n";
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

}  // namespace

void add_device_commands(CLI::App& app, Context& context) {
    auto& devices = *app.add_subcommand("devices", "Devices: registry and live state");
    devices.require_subcommand(0, 1);
    devices.callback([&context] {
        if (context.run) return;
        context.run = [&context](const Server& server) { list_devices(context, server, {}); };
    });
    auto& list = *devices.add_subcommand("list", "Registered devices and those that were heard");
    const auto listed = keep<ListOptions>(list, context, list_devices);
    list.add_option("--site", listed->site, "Only of this site");
    list.add_option("--zone", listed->zone, "Only of this zone");
    list.add_option("--kind", listed->kind,
                    "leak_detector, co_detector, gas_meter, pressure_sensor, valve");
    list.add_flag("--unregistered", listed->unregistered,
                  "Only those that are not in the registry");
    list.add_option("--limit", listed->limit, "Devices at most")
        ->capture_default_str()
        ->check(CLI::Range(1, 10'000'000));

    auto& show =
        *devices.add_subcommand("show", "One device, its newest reading and active alarms");
    const auto shown = keep<ShowOptions>(show, context, show_device);
    show.add_option("id", shown->id, "The device")->required();
    show.add_option("--site", shown->site, "Which, if several sites have a device of this name");

    auto& readings = *app.add_subcommand("readings", "The history of a device");
    readings.footer("Example: mercaptan readings det-0001 --from 2h --step 5m");
    const auto read = keep<ReadingOptions>(readings, context, list_readings);
    readings.add_option("device", read->device, "The device")->required();
    readings.add_option("--site", read->site, "Which, if several sites have a device of this name");
    readings.add_option("--from", read->from, "From then on: a time, or 2h for two hours ago");
    readings.add_option("--to", read->to, "Before then");
    readings.add_option("--step", read->step,
                        "Mean, min and max of each such stretch: 30s, 5m, 1h");
    readings.add_flag("--newest", read->newest, "Newest first");
    readings.add_option("--limit", read->limit, "Readings at most")
        ->capture_default_str()
        ->check(CLI::Range(1, 100'000'000));
}

}  // namespace mercaptan::cli
