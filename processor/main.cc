// Wires the processor: store, brokers, loop, HTTP. The only place that names concrete adapters.

#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "common/config/cli_options.h"
#include "common/http/server.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "common/mqtt/client.h"
#include "common/store/rocks_store.h"
#include "common/wire/quiet.h"
#include "processor/api/api.h"
#include "processor/config.h"
#include "processor/io/dry_run.h"
#include "processor/io/rulebook_files.h"
#include "processor/io/rulebook_loader.h"
#include "processor/io/runtime.h"
#include "processor/io/starts.h"
#include "processor/io/tables.h"
#include "processor/io/version_rows.h"

namespace mercaptan::processor {
namespace {

Instant wall_now() {
    const auto now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
    return Instant{now.time_since_epoch().count()};
}

void say_error(const Error& error) {
    std::fprintf(stderr, "%s\n", error.message.c_str());
}

mqtt::Options broker_options(const ProcessorConfig& config, std::string_view lane) {
    mqtt::Options options;
    options.uri = config.mqtt.uri;
    options.client_id =
        "mercaptan-processor-" + config.processor_id.str() + "-" + std::string{lane};
    options.username = config.mqtt.username;
    options.password_file = config.mqtt.password_file;
    options.ca_file = config.mqtt.ca_file;
    options.cert_file = config.mqtt.cert_file;
    options.key_file = config.mqtt.key_file;
    return options;
}

/// The running processor, and what the API sees of it.
class Service final : public Backend {
public:
    explicit Service(ProcessorConfig config) : config_{std::move(config)} {}

    Result<void> open(LoadedRulebook loaded);
    Result<void> start();
    void stop();
    void reload();
    /// Lets history that is older than the retention go.
    void age() {
        const auto today = day_of(wall_now());
        const auto kept = static_cast<std::uint32_t>(config_.history_retention_days);
        retention_.first_day = today > kept ? today - kept : 0;
        if (!store_) return;
        const Duration replayed = std::chrono::days{config_.journal_retention_days};
        if (auto aged = age_journal(*store_, wall_now() - replayed, retention_); !aged)
            log::error("journal not aged reason={}", log::quote(aged.error().message));
    }

    void submit(OperatorCommand command, std::optional<Reporter> reporter, Done done) override {
        runtime_->submit(std::move(command), std::move(reporter), std::move(done));
    }
    const store::Store& store() const override { return *store_; }
    std::shared_ptr<const Rulebook> rulebook() const override {
        const std::lock_guard lock{mutex_};
        return rulebook_;
    }
    Result<DryRun> dry_run(const ProposedFiles& files) const override {
        return processor::dry_run(*store_, *rulebook(), files, wall_now());
    }
    Instant now() const override { return wall_now(); }
    Readiness readiness() const override {
        return {.store_open = store_ != nullptr,
                .broker_connected = emergency_->ready() && bulk_->ready(),
                .caught_up = runtime_->caught_up()};
    }
    std::string metrics_text() override { return metrics_.text(); }
    std::uint64_t feed_end() const override { return runtime_->feed_end(); }
    void listen(FeedListener listener) override {
        const std::lock_guard lock{listener_mutex_};
        listener_ = std::move(listener);
    }

private:
    void connect();
    void hear(const FeedEntry& entry) {
        const std::lock_guard lock{listener_mutex_};
        if (listener_) listener_(entry);
    }

    ProcessorConfig config_;
    metrics::Registry metrics_;
    Retention retention_;
    mutable std::mutex mutex_;
    std::shared_ptr<const Rulebook> rulebook_;
    std::mutex listener_mutex_;
    FeedListener listener_;
    // Made in this order and gone in the reverse.
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<Runtime> runtime_;
    std::unique_ptr<mqtt::Client> emergency_;  // Sends everything, and hears the emergency lane.
    std::unique_ptr<mqtt::Client> bulk_;
    std::unique_ptr<http::Server> server_;
    std::unique_ptr<api::Api> api_;
};

Result<void> Service::open(LoadedRulebook loaded) {
    rulebook_ = loaded.rulebook;
    metrics_.build_info(MERCAPTAN_VERSION);
    age();
    store::RocksOptions options;
    options.path = config_.data_dir / "store";
    options.tables = store_tables(&retention_);
    options.on_failure = [](std::string_view reason) {
        log::error("store failed, ending the process reason={}", log::quote(reason));
        ::_exit(Runtime::kExitStoreFailed);
    };
    auto store = store::open_rocks_store(options);
    if (!store) return tl::unexpected{store.error()};
    store_ = std::move(*store);
    ProcessorSettings settings;
    settings.readings_per_commit_max = config_.commit_batch_readings_max;
    settings.program = MERCAPTAN_VERSION;
    const auto begun = std::chrono::steady_clock::now();
    std::vector<std::string> unread;
    const auto earlier = load_versions(*store_, &unread);
    if (!earlier) return tl::unexpected{earlier.error()};
    for (const std::string& reason : unread)
        log::warn("a stored version can't be read, its tickets go under the newest reason={}",
                  log::quote(reason));
    if (auto kept = keep_rulebook(*store_, loaded.files); !kept) return kept;
    if (auto kept = keep_start(*store_, wall_now()); !kept) return kept;
    auto processor =
        Processor::open(settings, std::move(loaded.rulebook), *store_, wall_now(), *earlier);
    if (!processor) return tl::unexpected{processor.error()};
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    log::info("recovered devices={} effects={} seconds={:.3f}",
              (*processor)->engine().device_count(), (*processor)->unsent(), took.count());
    runtime_ = std::make_unique<Runtime>(Runtime::Parts{
        .processor = std::move(*processor),
        .store = *store_,
        .metrics = metrics_,
        .publish =
            [this](const EffectRow& row, std::uint64_t token) {
                return emergency_->publish(row.topic, row.payload, row.qos, row.retain, token);
            },
        .on_feed = [this](const FeedEntry& entry) { hear(entry); }});
    return {};
}

void Service::connect() {
    const auto up = [this](Lane lane) {
        return [this, lane](const mqtt::Message& message) {
            runtime_->on_uplink(lane, message.topic, message.payload);
        };
    };
    const auto lost = [](std::string_view reason) {
        log::warn("central broker lost reason={}", log::quote(reason));
    };
    mqtt::Handlers emergency{
        .on_message = up(Lane::emergency),
        .on_ready =
            [this](bool session) {
                log::info("central broker connected session={}", session);
                runtime_->on_ready();
            },
        .on_lost = lost,
        .on_published = [this](std::uint64_t token,
                               bool ok) { runtime_->on_published(token, ok); }};
    mqtt::Handlers bulk{
        .on_message = up(Lane::bulk), .on_ready = {}, .on_lost = {}, .on_published = {}};
    emergency_ = std::make_unique<mqtt::Client>(
        broker_options(config_, "emergency"),
        std::vector<mqtt::Subscription>{{.filter = "mercaptan/v1/up/+/emergency", .qos = 1}},
        std::move(emergency));
    bulk_ = std::make_unique<mqtt::Client>(
        broker_options(config_, "bulk"),
        std::vector<mqtt::Subscription>{{.filter = "mercaptan/v1/up/+/bulk", .qos = 1}},
        std::move(bulk));
}

Result<void> Service::start() {
    for (const std::string_view lane : {"emergency", "bulk"}) {
        if (auto sound = mqtt::check(broker_options(config_, lane), {}); !sound) return sound;
    }
    connect();
    http::Options options;
    options.listen = config_.http_listen;
    options.body_max_bytes = api::kFilesBytesMax;
    server_ = std::make_unique<http::Server>(options);
    api_ = std::make_unique<api::Api>(*this, *server_);
    if (auto listening = server_->start(); !listening) return listening;
    log::info("listening http={} port={}", config_.http_listen, server_->port());
    runtime_->start();
    emergency_->start();
    bulk_->start();
    return {};
}

void Service::stop() {
    if (bulk_) bulk_->stop();
    if (runtime_) runtime_->stop();
    if (emergency_) emergency_->stop();
    if (server_) server_->stop();
    api_.reset();
}

void Service::reload() {
    auto loaded = load_rulebook_with_files(config_.rulebook);
    if (!loaded) {
        log::error("reload refused, the old rules stay in force\n{}", loaded.error().message);
        return;
    }
    if (auto kept = keep_rulebook(*store_, loaded->files); !kept) {
        log::error("store failed, ending the process reason={}", log::quote(kept.error().message));
        log::flush();
        ::_exit(Runtime::kExitStoreFailed);
    }
    {
        const std::lock_guard lock{mutex_};
        rulebook_ = loaded->rulebook;
    }
    log::info("reloaded rules={}", loaded->rulebook->rules.version);
    runtime_->reload(std::move(loaded->rulebook));
}

/// Runs until SIGTERM or SIGINT; SIGHUP reloads.
void serve(Service& service, const sigset_t& signals) {
    const timespec hour{.tv_sec = 3600, .tv_nsec = 0};
    for (;;) {
        const int signal = ::sigtimedwait(&signals, nullptr, &hour);
        if (signal == SIGTERM || signal == SIGINT) return;
        if (signal == SIGHUP) service.reload();
        service.age();
    }
}

int run(const config::ProgramOptions& options) {
    auto config = load_processor_config(options.config, options.overrides);
    if (!config) {
        say_error(config.error());
        return config::kExitUsage;
    }
    std::vector<std::string> warnings;
    auto loaded = load_rulebook_with_files(config->rulebook, &warnings);
    if (!loaded) {
        say_error(loaded.error());
        return config::kExitUsage;
    }
    for (const std::string& warning : warnings)
        std::fprintf(stderr, "warning: %s\n", warning.c_str());
    if (options.check) return config::kExitFine;

    log::init(log::parse_level(config->log_level).value_or(log::Level::info), "processor");
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    signal(SIGPIPE, SIG_IGN);

    Service service{std::move(*config)};
    if (auto opened = service.open(*std::move(loaded)); !opened) {
        say_error(opened.error());
        return config::kExitFailed;
    }
    if (auto started = service.start(); !started) {
        say_error(started.error());
        service.stop();
        return config::kExitFailed;
    }
    serve(service, signals);
    log::info("stopping");
    service.stop();
    return config::kExitFine;
}

}  // namespace
}  // namespace mercaptan::processor

int main(int argc, char** argv) {
    mercaptan::wire::keep_quiet();
    CLI::App app{
        "Mercaptan's processor: decides what is an alarm, raises tickets, runs every deadline."};
    mercaptan::config::ProgramOptions options;
    mercaptan::config::add_program_options(app, options, MERCAPTAN_VERSION);
    if (const auto exit_code = mercaptan::config::parse_command_line(app, argc, argv))
        return *exit_code;
    return mercaptan::processor::run(options);
}
