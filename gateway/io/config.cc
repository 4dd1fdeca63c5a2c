#include "gateway/io/config.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "common/config/wording.h"
#include "common/config/yaml.h"
#include "common/domain/registry.h"

namespace mercaptan::gateway {
namespace {

using config::Document;
using config::Section;

constexpr std::array<std::string_view, 4> kSchemes{"tcp://", "mqtt://", "ssl://", "mqtts://"};
constexpr std::array<std::string_view, 4> kLogLevels{"debug", "info", "warn", "error"};
constexpr std::int64_t kGibibyte = std::int64_t{1} << 30U;
constexpr std::int64_t kMebibyte = std::int64_t{1} << 20U;

bool is_broker_uri(std::string_view uri) {
    return std::any_of(kSchemes.begin(), kSchemes.end(), [uri](std::string_view scheme) {
        return uri.starts_with(scheme) && uri.size() > scheme.size();
    });
}

/// `127.0.0.1:8081`, `[::1]:0`; the server looks closer when it binds.
bool is_listen_address(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    const auto port = config::parse_integer(text.substr(colon + 1));
    return port && *port >= 0 && *port <= 65'535;
}

BrokerConfig read_broker(Section section) {
    const auto path = [&section](std::string_view key) {
        return section.optional_path(key).value_or(std::filesystem::path{});
    };
    BrokerConfig broker;
    broker.uri = section.required_string("uri");
    if (section.has("uri") && !is_broker_uri(broker.uri)) {
        section.error("uri",
                      config::expected_got("tcp://host:port or ssl://host:port", broker.uri));
    }
    broker.username = section.string_or("username", "");
    broker.password_file = path("password_file");
    broker.ca_file = path("ca_file");
    broker.cert_file = path("cert_file");
    broker.key_file = path("key_file");
    if (!broker.password_file.empty() && broker.username.empty()) {
        section.error("password_file", "expected a username with it");
    }
    if (broker.cert_file.empty() != broker.key_file.empty()) {
        section.error(broker.cert_file.empty() ? "key_file" : "cert_file",
                      "expected cert_file and key_file together");
    }
    return broker;
}

template <class Number>
Number count(Section& section, std::string_view key, std::int64_t min, std::int64_t max,
             Number fallback) {
    return static_cast<Number>(section.integer(key, min, max, static_cast<std::int64_t>(fallback)));
}

SetPoints read_set_points(Section section) {
    SetPoints points;
    points.gas_lel_pct = section.number("gas_lel_pct", 0.1, 100.0, points.gas_lel_pct);
    points.co_ppm = section.number("co_ppm", 1.0, 10'000.0, points.co_ppm);
    Section base = section.section("lel_vol_pct");
    for (std::size_t gas = 0; gas < kGasNames.size(); ++gas) {
        points.lel_vol_pct[gas] = base.number(kGasNames[gas], 0.1, 100.0, points.lel_vol_pct[gas]);
    }
    return points;
}

void read_admission(Section section, AdmissionLimits& limits) {
    using namespace std::chrono_literals;
    limits.messages_per_s = section.number("messages_per_s", 0.01, 1e6, limits.messages_per_s);
    limits.burst = section.number("burst", 1.0, 1e9, limits.burst);
    limits.devices_max = count(section, "devices_max", 1, 100'000'000, limits.devices_max);
    limits.redelivery_window =
        count(section, "redelivery_window", 1, 1'000'000, limits.redelivery_window);
    limits.event_time_ahead_max =
        section.duration("event_time_ahead_max", 1s, 240h, limits.event_time_ahead_max);
    limits.retained_fresh_max =
        section.duration("retained_fresh_max", 1s, 24h, limits.retained_fresh_max);
    if (const auto text = section.optional_string("event_time_min")) {
        const auto at = parse_rfc3339(*text);
        if (at) {
            limits.event_time_min = *at;
        } else {
            section.error("event_time_min", at.error().message);
        }
    }
}

void read_intake(Section section, IntakeLimits& limits) {
    limits.payload_bytes_max =
        count(section, "payload_bytes_max", 256, 16 * kMebibyte, limits.payload_bytes_max);
    limits.queue_max = count(section, "queue_max", 1024, 10'000'000, limits.queue_max);
    limits.remembered = count(section, "remembered", 0, 10'000'000, limits.remembered);
}

void read_batch(Section section, BatchLimits& limits) {
    using namespace std::chrono_literals;
    limits.readings_max = count(section, "readings_max", 1, 4096, limits.readings_max);
    limits.linger = section.duration("linger", 0ms, 1s, limits.linger);
}

void read_outbox(Section section, GatewayConfig& config) {
    using namespace std::chrono_literals;
    OutboxLimits& outbox = config.settings.outbox;
    UplinkLimits& uplink = config.settings.uplink;
    outbox.bytes_max = count(section, "bytes_max", kMebibyte, 4096 * kGibibyte, outbox.bytes_max);
    outbox.reserve_bytes =
        count(section, "reserve_bytes", 0, 1024 * kGibibyte, outbox.reserve_bytes);
    outbox.disk_free_bytes_min =
        count(section, "disk_free_bytes_min", 0, 1024 * kGibibyte, outbox.disk_free_bytes_min);
    outbox.bulk_unacked_max = count(section, "bulk_unacked_max", 1, 1000, outbox.bulk_unacked_max);
    outbox.read_ahead_bytes =
        count(section, "read_ahead_bytes", 65'536, kGibibyte, outbox.read_ahead_bytes);
    uplink.emergency_window =
        count(section, "emergency_window", 1, 10'000, uplink.emergency_window);
    uplink.bulk_window = count(section, "bulk_window", 1, 10'000, uplink.bulk_window);
    uplink.resend_after = section.duration("resend_after", 100ms, 1h, uplink.resend_after);
    uplink.resend_after_max =
        section.duration("resend_after_max", 100ms, 24h, uplink.resend_after_max);
    config.sync_interval = section.duration("sync_interval", 0ms, 1s, config.sync_interval);
    if (outbox.reserve_bytes >= outbox.bytes_max) {
        section.error("reserve_bytes", "expected less than bytes_max");
    }
}

void read_quarantine(Section section, QuarantineLimits& limits) {
    limits.entries_max = count(section, "entries_max", 1, 100'000'000, limits.entries_max);
    limits.bytes_max = count(section, "bytes_max", kMebibyte, 1024 * kGibibyte, limits.bytes_max);
}

std::string read_listen(Section section) {
    std::string listen = section.required_string("listen");
    if (section.has("listen") && !is_listen_address(listen)) {
        section.error("listen", config::expected_got("host:port", listen));
    }
    return listen;
}

}  // namespace

Result<GatewayConfig> load_gateway_config(
    const std::filesystem::path& file,
    const std::vector<std::pair<std::string, std::string>>& overrides) {
    auto document = Document::load(file);
    if (!document) return Failure{document.error()};
    for (const auto& [key, value] : overrides) document->override_key(key, value);
    Section root = document->root();
    GatewayConfig config;
    config.settings.core.gateway_id = root.name("gateway_id");
    config.data_dir = root.path("data_dir");
    config.field = read_broker(root.section("field_mqtt"));
    config.central = read_broker(root.section("central_mqtt"));
    config.http_listen = read_listen(root.section("http"));
    config.paths.profiles = root.path("profiles");
    config.paths.registry = root.path("registry");
    config.paths.guard = root.path("guard");
    for (const auto* key : {"profiles", "registry", "guard"})
        config.paths.where.emplace(key, root.where(key));
    config.settings.core.set_points = read_set_points(root.section("set_points"));
    read_admission(root.section("admission"), config.settings.core.admission);
    read_intake(root.section("intake"), config.settings.intake);
    read_batch(root.section("batch"), config.settings.batch);
    read_outbox(root.section("outbox"), config);
    read_quarantine(root.section("quarantine"), config.settings.quarantine);
    config.log_level = kLogLevels[root.section("log").choice_index("level", kLogLevels, 1)];
    if (auto sound = document->finish(); !sound) return Failure{sound.error()};
    return config;
}

}  // namespace mercaptan::gateway
