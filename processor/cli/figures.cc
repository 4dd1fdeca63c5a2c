#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <iostream>
#include <memory>
#include <string>

#include "processor/cli/commands.h"
#include "processor/cli/display.h"
#include "processor/cli/exit_codes.h"
#include "processor/cli/facts.h"

namespace mercaptan::cli {
namespace {

struct FigureOptions {
    std::string from, to, month, group_by, csv;
};

Parameters parameters_of(const FigureOptions& options) {
    return {{"from", time_argument(options.from, "--from")},
            {"to", time_argument(options.to, "--to")},
            {"month", options.month},
            {"group_by", options.group_by}};
}

/// `30 of 32, 93.75 %`
std::string share(const boost::json::value& group, const std::string& path) {
    const std::string pct = fact(group, path + ".pct");
    const std::string counts = fact(group, path + ".count") + " of " + fact(group, path + ".of");
    return pct == "-" ? counts : counts + ", " + pct + " %";
}

std::string length(const boost::json::value& value, const std::string& path) {
    const std::string ms = fact(value, path);
    return ms == "-" ? ms : span(Duration{std::stoll(ms)});
}

void print_group(const boost::json::value& group) {
    if (fact(group, "group") != "-") std::cout << "\n" << fact(group, "group") << "\n";
    Table timeliness{{"CLASS", "DEADLINE", "MET", "MISSED", "RUNNING", "MET %"}};
    for (const auto& row : group.at("timeliness").as_array()) {
        timeliness.add({fact(row, "class"), fact(row, "clock"), fact(row, "met"),
                        fact(row, "missed"), fact(row, "running"), fact(row, "met_pct")});
    }
    if (!timeliness.empty()) timeliness.print(std::cout);
    Table times{{"CLASS", "UNTIL", "TICKETS", "MEAN", "90 % WITHIN", "LONGEST"}};
    for (const auto& row : group.at("times").as_array()) {
        times.add({fact(row, "class"), fact(row, "stage"), fact(row, "count"),
                   length(row, "mean_ms"), length(row, "p90_ms"), length(row, "max_ms")});
    }
    if (!times.empty()) times.print(std::cout);
    print_fields({{"tickets received", fact(group, "received")},
                  {"repaired the first time", share(group, "first_time_fix")},
                  {"  of these within 30 days", fact(group, "first_time_fix_provisional")},
                  {"satisfaction, 1 to 5", fact(group, "satisfaction.mean")},
                  {"complaints per repair", share(group, "complaints.per_repair")},
                  {"UK: escapes within 1 h", share(group, "attendance.uk_uncontrolled_1h")},
                  {"UK: controlled within 2 h", share(group, "attendance.uk_controlled_2h")},
                  {"UK: 97 % met", fact(group, "attendance.uk_met")},
                  {"DC: mean response", length(group, "attendance.response.mean_ms")},
                  {"DC: over 50 min", share(group, "attendance.dc_over_50min")},
                  {"DC: over 2 h", fact(group, "attendance.dc_over_2h")},
                  {"DC: met", fact(group, "attendance.dc_met")},
                  {"NY: within 30 min", share(group, "attendance.ny_within_30min")},
                  {"NY: within 45 min", share(group, "attendance.ny_within_45min")},
                  {"NY: within 60 min", share(group, "attendance.ny_within_60min")},
                  {"NY: met", fact(group, "attendance.ny_met")}});
}

void print_alarms(const boost::json::value& alarms) {
    std::cout << "\nAlarms (ISA-18.2)\n";
    print_fields(
        {{"raised", fact(alarms, "raised")},
         {"mean in 10 minutes", fact(alarms, "mean_per_10min")},
         {"most in 10 minutes", fact(alarms, "peak_per_10min")},
         {"10 minutes in flood", share(alarms, "flood")},
         {"chattering", fact(alarms, "chattering")},
         {"standing over a day", fact(alarms, "stale")},
         {"high, medium, low", fact(alarms, "high.pct") + " %, " + fact(alarms, "medium.pct") +
                                   " %, " + fact(alarms, "low.pct") + " %"},
         {"the ten most frequent", share(alarms, "top_ten")}});
    Table top{{"DEVICE", "CONDITION", "RAISED"}};
    for (const auto& row : alarms.at("top").as_array())
        top.add({fact(row, "device"), fact(row, "condition"), fact(row, "raised")});
    if (!top.empty()) top.print(std::cout);
}

void show_figures(const Context& context, const Server& server, const FigureOptions& options) {
    if (!options.csv.empty()) {
        std::cout << server.text(
            with_parameters("/api/v1/reports/" + options.csv + ".csv", parameters_of(options)));
        return;
    }
    const auto figures = server.get(with_parameters("/api/v1/kpi", parameters_of(options)));
    if (context.json) return print_json(figures);
    std::cout << "From " << time_fact(figures, "from") << " to " << time_fact(figures, "to")
              << "\n";
    for (const auto& group : figures.at("groups").as_array()) print_group(group);
    print_alarms(figures.at("alarms"));
}

}  // namespace

void add_figure_commands(CLI::App& app, Context& context) {
    auto& command = *app.add_subcommand("figures", "Service and alarm figures of a time");
    command.alias("kpi");
    command.footer("Example: mercaptan figures --month 2026-10 --csv call_backs > call_backs.csv");
    auto options = std::make_shared<FigureOptions>();
    command.add_option("--from", options->from, "From then on: a time, or 30d for 30 days ago");
    command.add_option("--to", options->to, "Before then");
    command.add_option("--month", options->month,
                       "Instead of both: a month as 2026-10; default: the present one");
    command.add_option("--group-by", options->group_by, "class, zone, policy or month");
    command
        .add_option("--csv", options->csv,
                    "A report as CSV: service, alarms, new_york, new_york_log, call_backs")
        ->check(CLI::IsMember({"service", "alarms", "new_york", "new_york_log", "call_backs"}));
    command.callback([&context, options] {
        context.run = [&context, options](const Server& server) {
            show_figures(context, server, *options);
        };
    });
}

}  // namespace mercaptan::cli
