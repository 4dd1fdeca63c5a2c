#include <sys/statvfs.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <ctime>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "common/config/cli_options.h"
#include "common/config/registry.h"
#include "common/http/server.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "common/store/rocks_store.h"
#include "common/wire/quiet.h"
#include "gateway/dead_rows.h"
#include "gateway/gateway.h"
#include "gateway/io/api.h"
#include "gateway/io/central_link.h"
#include "gateway/io/clock.h"
#include "gateway/io/config.h"
#include "gateway/io/decode_command.h"
#include "gateway/io/exporter.h"
#include "gateway/io/field_link.h"
#include "gateway/io/runner.h"
#include "gateway/rows.h"

namespace mercaptan::gateway {
namespace {

/// Between two looks at the free space of the disk.
constexpr time_t kDiskCheckEvery_s = 5;

struct DecodeOptions {
    std::filesystem::path profiles;
    std::filesystem::path registry;
};

int refuse(const Error& error) {
    std::cerr << error.message << '\n';
    return config::kExitUsage;
}

int decode(const DecodeOptions& options) {
    auto profiles = load_profiles(options.profiles, IntakeLimits{}.payload_bytes_max);
    if (!profiles) return refuse(profiles.error());
    Registry registry;
    if (!options.registry.empty()) {
        auto entries = config::load_registry(options.registry);
        if (!entries) return refuse(entries.error());
        registry = Registry{*entries};
    }
    run_decode(std::cin, std::cout, *profiles, registry, SetPoints{});
    return config::kExitFine;
}

Result<std::unique_ptr<store::Store>> open_store(const GatewayConfig& config, DeadRows& dead_rows) {
    store::RocksOptions options;
    options.path = config.data_dir / "store";
    for (const std::string_view name : kTableNames) options.tables.push_back({std::string{name}});
    options.tables[kInbox].droppable = [&dead_rows](std::string_view key) {
        return dead_rows.inbox_droppable(key);
    };
    options.tables[kOutbox].droppable = [&dead_rows](std::string_view key) {
        return dead_rows.outbox_droppable(key);
    };
    options.on_failure = [](std::string_view reason) {
        Runner::fail({ErrorCode::io, std::string{reason}});
    };
    return store::open_rocks_store(options);
}

/// Reads everything that SIGHUP reloads. A bad file is refused and the old one stays.
void reload(const GatewayConfig& config, Gateway& gateway, metrics::Registry& metrics) {
    auto rules = load_rulebook(config.paths);
    const auto profiles =
        load_profiles(config.paths.profiles, config.settings.intake.payload_bytes_max);
    const Error* error = nullptr;
    if (!rules) error = &rules.error();
    if (!profiles) error = &profiles.error();
    if (error != nullptr) {
        log::error("reload refused: {}", error->message);
        metrics.counter("mercaptan_gateway_reloads_refused_total", "Reloads refused for a bad file")
            .inc();
        return;
    }
    gateway.reload(std::move(*rules));
    log::info("reloaded registry, guard and profiles");
}

void look_at_disk(const GatewayConfig& config, Gateway& gateway) {
    struct statvfs disk {};
    if (statvfs(config.data_dir.c_str(), &disk) != 0) return;
    gateway.on_disk_free(static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize);
}

/// Until SIGTERM or SIGINT.
void serve(const GatewayConfig& config, Gateway& gateway, metrics::Registry& metrics,
           const sigset_t& signals) {
    while (true) {
        look_at_disk(config, gateway);
        const timespec patience{kDiskCheckEvery_s, 0};
        const int signal = sigtimedwait(&signals, nullptr, &patience);
        if (signal == SIGHUP) reload(config, gateway, metrics);
        if (signal == SIGTERM || signal == SIGINT) {
            log::info("stopping signal={}", signal);
            return;
        }
    }
}

std::vector<std::string> names_of(const profiles::ProfileSet& profiles) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i <= profiles.size(); ++i) names.emplace_back(profiles.name(i));
    return names;
}

struct Loaded {
    GatewayConfig config;
    Rulebook rules;
    profiles::ProfileSet profiles;
};

Result<Loaded> load(const config::ProgramOptions& options) {
    auto config = load_gateway_config(options.config, options.overrides);
    if (!config) return Failure{config.error()};
    auto rules = load_rulebook(config->paths);
    if (!rules) return Failure{rules.error()};
    auto profiles =
        load_profiles(config->paths.profiles, config->settings.intake.payload_bytes_max);
    if (!profiles) return Failure{profiles.error()};
    return Loaded{std::move(*config), std::move(*rules), std::move(*profiles)};
}

int fail_to_start(const Error& error) {
    log::error("can't start: {}", error.message);
    return error.code == ErrorCode::invalid_input ? config::kExitUsage : config::kExitFailed;
}

int run(Loaded loaded, const sigset_t& signals) {
    const GatewayConfig& config = loaded.config;
    Clock clock;
    metrics::Registry metrics;
    metrics.build_info(MERCAPTAN_VERSION);
    DeadRows dead_rows;
    FieldLink field{config.field, config.settings.core.gateway_id, clock, metrics};
    CentralLink central{config.central, config.settings.core.gateway_id, clock};
    if (auto sound = field.check(); !sound) return fail_to_start(sound.error());
    if (auto sound = central.check(); !sound) return fail_to_start(sound.error());

    auto store = open_store(config, dead_rows);
    if (!store) return fail_to_start(store.error());
    const std::vector<std::string> profile_names = names_of(loaded.profiles);
    auto opened =
        Gateway::open(config.settings, std::move(loaded.rules), std::move(loaded.profiles),
                      {**store, dead_rows, field, central}, clock.now());
    if (!opened) return fail_to_start(opened.error());
    Gateway& gateway = **opened;
    export_metrics(metrics, gateway, clock, profile_names);
    Runner runner{gateway, clock, config.sync_interval, metrics};
    http::Options http_options;
    http_options.listen = config.http_listen;
    http::Server server{http_options};
    add_routes(server, gateway, **store, metrics);
    if (auto listening = server.start(); !listening) return fail_to_start(listening.error());

    look_at_disk(config, gateway);
    field.start(gateway, runner);
    central.start(gateway, runner);
    runner.start();
    log::info("gateway runs id={} epoch={} http_port={}", config.settings.core.gateway_id.view(),
              gateway.epoch(), server.port());
    serve(config, gateway, metrics, signals);

    field.stop();
    runner.stop();
    central.stop();
    server.stop();
    metrics.drop_callbacks();
    log::info("stopped");
    return config::kExitFine;
}

/// Blocked before any thread starts, so that only `serve` gets them.
sigset_t block_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    return signals;
}

int run_program(int argc, char** argv) {
    CLI::App app{
        "Mercaptan's gateway: keeps what devices say safe, closes valves, tells the processor"};
    config::ProgramOptions options;
    config::add_program_options(app, options, "mercaptan-gateway " MERCAPTAN_VERSION);
    DecodeOptions decode_options;
    CLI::App* decode_command =
        app.add_subcommand("decode", "Decode messages from standard input, line by line");
    decode_command->add_option("--profiles", decode_options.profiles, "Folder of profiles")
        ->required();
    decode_command->add_option("--registry", decode_options.registry, "Device registry (CSV)");
    if (const auto exit_code = config::parse_command_line(app, argc, argv)) return *exit_code;
    if (decode_command->parsed()) return decode(decode_options);

    auto loaded = load(options);
    if (!loaded) return refuse(loaded.error());
    if (options.check) {
        std::cout << options.config.string() << ": the configuration is sound\n";
        return config::kExitFine;
    }
    const auto level = log::parse_level(loaded->config.log_level);
    log::init(level.value_or(log::Level::info), "gateway");
    return run(std::move(*loaded), block_signals());
}

}  // namespace
}  // namespace mercaptan::gateway

int main(int argc, char** argv) {
    mercaptan::wire::keep_quiet();
    return mercaptan::gateway::run_program(argc, argv);
}
