#include "tests/fleet/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <utility>

#include "tests/fleet/mqtt_connection.h"

namespace mercaptan::fleet {
namespace {

constexpr double kRateMax = 200'000;
constexpr double kDurationMax = 24.0 * 3600;
constexpr std::uint64_t kCountMax = 1'000'000'000;
constexpr std::size_t kDevicesMax = 5'000'000;
constexpr std::size_t kConnectionsMax = 200;
constexpr std::size_t kRandomLeaksMax = 100'000;

constexpr const char* kAbout =
    "Simulates a district of gas detectors, meters and valves on a few MQTT connections\n"
    "(MQTT 3.1.1, QoS 1, native profile), with leaks, faults of the link and a list of what was\n"
    "sent. --seed settles the district, the places of the leaks and every draw; timing is real.\n"
    "Ends with one line of JSON on standard output; exit 0 when every message was acknowledged.";

void add_district(CLI::App& app, Options& o) {
    app.add_option("--registry", o.registry, "take the native devices of this registry CSV")
        ->group("District");
    app.add_option("--devices", o.devices, "or generate this many")
        ->check(CLI::Range(std::size_t{1}, kDevicesMax))
        ->capture_default_str()
        ->group("District");
    app.add_option("--sites", o.sites, "over this many sites; default: a fifth of the devices")
        ->group("District");
    app.add_option("--zones", o.zones, "over this many zones")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str()
        ->group("District");
    app.add_option("--id-prefix", o.id_prefix, "of generated sites and devices")->group("District");
    app.add_option("--write-registry", o.write_registry, "write the devices as a registry CSV")
        ->group("District");
    app.add_option("--expected-interval", o.expected_interval_s,
                   "expected_interval_s in it; default: the true interval")
        ->group("District");
    app.add_flag("--no-online", o.no_online, "don't announce the devices on …/online")
        ->group("District");
    app.add_flag("--registry-only", o.registry_only, "write the registry and end")
        ->group("District");
}

void add_broker(CLI::App& app, Options& o) {
    app.add_option("--host", o.host, "field broker")->capture_default_str()->group("Broker");
    app.add_option("--port", o.port, "its port")->capture_default_str()->group("Broker");
    app.add_option("--username", o.username, "login")->group("Broker");
    app.add_option("--password-file", o.password_file, "file whose first line is the password")
        ->group("Broker");
    app.add_option("--client-id", o.client_id, "client ids are this, the process id and a number")
        ->capture_default_str()
        ->group("Broker");
    app.add_option("--connections", o.connections, "that share the devices")
        ->check(CLI::Range(std::size_t{1}, kConnectionsMax))
        ->capture_default_str()
        ->group("Broker");
    app.add_option("--window", o.window, "unacknowledged messages of a connection")
        ->check(CLI::Range(std::size_t{1}, MqttConnection::kWindowMax))
        ->capture_default_str()
        ->group("Broker");
}

void add_pace(CLI::App& app, Options& o) {
    app.add_option("--rate", o.rate_per_s,
                   "messages a second of all devices; 0: as fast as the windows allow; default: "
                   "devices / interval")
        ->check(CLI::Range(0.0, kRateMax))
        ->group("Pace");
    app.add_option("--interval", o.interval_s, "seconds between two messages of a device")
        ->check(CLI::Range(0.001, kDurationMax))
        ->capture_default_str()
        ->group("Pace");
    app.add_option("--duration", o.duration_s, "seconds of sending")
        ->check(CLI::Range(0.0, kDurationMax))
        ->capture_default_str()
        ->group("Pace");
    app.add_option("--count", o.count, "messages of the round, then end; leaks come on top")
        ->check(CLI::Range(std::uint64_t{0}, kCountMax))
        ->group("Pace");
    app.add_option("--drain", o.drain_s, "seconds to wait for acknowledgements at the end")
        ->capture_default_str()
        ->group("Pace");
    app.add_option("--speed", o.speed, "how many times faster than real the meters' day passes")
        ->check(CLI::Range(0.0, 100'000.0))
        ->capture_default_str()
        ->group("Pace");
    app.add_option("--start-hour", o.start_hour, "of the meters' day")
        ->check(CLI::Range(0.0, 24.0))
        ->capture_default_str()
        ->group("Pace");
    app.add_option("--seed", o.seed, "of every draw")->capture_default_str()->group("Pace");
}

void add_leaks(CLI::App& app, Options& o, std::vector<std::string>& leaks) {
    app.add_option("--leak", leaks,
                   "at=5s,kind=slow|sudden|rooms|main[,site=S][,zone=Z][,peak=60][,over=30s]"
                   "[,sites=10]; repeatable")
        ->group("Leaks");
    app.add_option("--scenario", o.scenario, "YAML file with `leaks:`, a list of such mappings")
        ->group("Leaks");
    app.add_option("--leaks", o.random_leaks, "sudden leaks at sites of their own, evenly spread")
        ->check(CLI::Range(std::size_t{0}, kRandomLeaksMax))
        ->group("Leaks");
    app.add_option("--leaks-within", o.random_leaks_within_s,
                   "seconds in which these begin; default: the first four fifths of the duration")
        ->check(CLI::Range(0.0, kDurationMax))
        ->group("Leaks");
    app.add_option("--leak-interval", o.leak_interval_s, "seconds between a leaking one's reports")
        ->check(CLI::Range(0.001, 3600.0))
        ->capture_default_str()
        ->group("Leaks");
    app.add_flag("--leak-on-telemetry", o.leak_on_telemetry,
                 "leaking devices use the telemetry topic, not the alarm topic")
        ->group("Leaks");
    app.add_flag("--leak-once", o.leak_once, "one alarm message for each leaking detector")
        ->group("Leaks");
    app.add_flag("--certain", o.certain, "repeat an alarm until the gateway's …/ack comes")
        ->group("Leaks");
    app.add_option("--certain-interval", o.certain_interval_s, "seconds between repeats")
        ->check(CLI::Range(0.01, 3600.0))
        ->capture_default_str()
        ->group("Leaks");
    app.add_option("--valve-delay", o.valve_delay_s, "seconds a valve takes to close")
        ->check(CLI::Range(0.0, 3600.0))
        ->capture_default_str()
        ->group("Leaks");
    app.add_flag("--valves-fail", o.valves_fail, "valves answer `failed` and stay open")
        ->group("Leaks");
}

void add_troubles(CLI::App& app, Options& o) {
    const auto fraction = [&](const char* name, double& value, const char* help) {
        app.add_option(name, value, help)->check(CLI::Range(0.0, 1.0))->group("Troubles");
    };
    const auto seconds = [&](const char* name, double& value, const char* help) {
        app.add_option(name, value, help)
            ->check(CLI::Range(0.0, kDurationMax))
            ->capture_default_str()
            ->group("Troubles");
    };
    fraction("--drop", o.drop, "fraction of messages that are lost on the way (a gap in `seq`)");
    fraction("--duplicate", o.duplicate, "fraction of messages sent twice");
    fraction("--late", o.late, "fraction of messages held back, so that they come out of order");
    seconds("--late-by", o.late_by_s, "at most this many seconds");
    fraction("--skew", o.skew, "fraction of devices whose clock is wrong");
    seconds("--skew-by", o.skew_by_s, "by at most this many seconds, either way");
    fraction("--dropout", o.dropout, "fraction of devices that go silent once");
    seconds("--dropout-for", o.dropout_for_s, "for this many seconds");
}

Result<void> finish(Options& options, const std::vector<std::string>& leaks) {
    for (const std::string& text : leaks) {
        auto leak = parse_leak(text);
        if (!leak) return Failure{leak.error()};
        options.leaks.push_back(std::move(*leak));
    }
    if (!options.scenario.empty()) {
        auto more = read_scenario(options.scenario);
        if (!more) return Failure{more.error()};
        options.leaks.insert(options.leaks.end(), more->begin(), more->end());
    }
    if (options.sites == 0) options.sites = std::max<std::size_t>(1, options.devices / 5);
    if (options.registry_only && options.write_registry.empty()) {
        return fail(ErrorCode::invalid_input, "--registry-only needs --write-registry");
    }
    return {};
}

}  // namespace

std::optional<Options> parse_command_line(int argc, char** argv, int* exit_code) {
    constexpr int kBadUsage = 2;
    CLI::App app{kAbout, "mercaptan-fleet"};
    Options options;
    std::vector<std::string> leaks;
    add_broker(app, options);
    add_district(app, options);
    add_pace(app, options);
    add_leaks(app, options, leaks);
    add_troubles(app, options);
    app.add_option("--manifest", options.manifest, "write what was sent to this file, JSON lines")
        ->group("Report");
    app.add_flag("--quiet", options.quiet, "no progress on standard error")->group("Report");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        *exit_code = app.exit(error) == 0 ? 0 : kBadUsage;
        return std::nullopt;
    }
    const auto done = finish(options, leaks);
    if (!done) {
        std::cerr << "mercaptan-fleet: " << done.error().message << '\n';
        *exit_code = kBadUsage;
        return std::nullopt;
    }
    return options;
}

}  // namespace mercaptan::fleet
