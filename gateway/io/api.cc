#include "gateway/io/api.h"

#include <charconv>
#include <optional>
#include <string>

#include "common/domain/text.h"
#include "common/json/writer.h"
#include "gateway/io/encoding.h"

namespace mercaptan::gateway {
namespace {

constexpr std::uint64_t kPageDefault = 100;
constexpr std::uint64_t kPageMax = 1000;
/// A page ends early when it has so many bytes of payloads.
constexpr std::size_t kPageBytesMax = 8U << 20U;

/// The number in the query, `fallback` if it is absent, nullopt if it is none.
std::optional<std::uint64_t> number(const http::Request& request, const std::string& key,
                                    std::uint64_t fallback) {
    const auto found = request.query.find(key);
    if (found == request.query.end()) return fallback;
    std::uint64_t value = 0;
    const char* end = found->second.data() + found->second.size();
    const auto parsed = std::from_chars(found->second.data(), end, value);
    if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
    return value;
}

void write_entry(const QuarantinePage::Row& row, JsonWriter& json) {
    json.begin_object();
    json.member("id", std::to_string(row.id));
    json.member("received_at", row.entry.received_at);
    json.member("topic", row.entry.topic);
    const bool text = is_utf8(row.entry.payload);
    json.member("payload", text ? row.entry.payload : to_base64(row.entry.payload));
    json.member("encoding", text ? "utf8" : "base64");
    json.member("reason", row.entry.reason);
    json.end_object();
}

http::Response quarantine(const http::Request& request, const store::Store& store) {
    const auto limit = number(request, "limit", kPageDefault);
    if (!limit || *limit < 1 || *limit > kPageMax) {
        return http::problem(400, "Bad Request", "limit: expected a whole number from 1 to 1000",
                             "limit");
    }
    const bool continued = request.query.contains("cursor");
    const auto before = number(request, "cursor", 0);
    if (!before || (continued && *before == 0)) {
        return http::problem(400, "Bad Request", "cursor: expected one that a former page gave",
                             "cursor");
    }
    auto page = Quarantine::list(store, static_cast<std::size_t>(*limit), kPageBytesMax,
                                 continued ? before : std::nullopt);
    if (!page) return http::problem(page.error());
    std::string body;
    JsonWriter json{body};
    json.begin_object();
    json.key("items");
    json.begin_array();
    for (const QuarantinePage::Row& row : page->rows) write_entry(row, json);
    json.end_array();
    json.member("next_cursor",
                page->next ? std::optional{std::to_string(*page->next)} : std::nullopt);
    json.end_object();
    return http::json(200, std::move(body));
}

void write_lane(const LaneStatus& lane, JsonWriter& json) {
    json.begin_object();
    json.member("messages", lane.messages);
    json.member("bytes", lane.bytes);
    json.member("oldest_at", lane.oldest_at);
    json.member("epoch", lane.epoch);
    json.member("next_seq", lane.next_seq);
    json.member("watermark_seq", lane.watermark_seq);
    json.member("queued", lane.queued);
    json.member("intake_open", lane.intake_open);
    json.end_object();
}

http::Response outbox(const Status& status) {
    std::string body;
    JsonWriter json{body};
    json.begin_object();
    json.member("uplink_connected", status.central_connected);
    json.key("lanes");
    json.begin_object();
    for (const Lane lane : {Lane::emergency, Lane::bulk}) {
        json.key(to_string(lane));
        write_lane(status.lanes[static_cast<std::size_t>(lane)], json);
    }
    json.end_object();
    json.end_object();
    return http::json(200, std::move(body));
}

http::Response ready(const Status& status) {
    // The store is open, or we would not be here.
    if (!status.field_connected) {
        return http::problem(503, "Service Unavailable", "the field broker is not connected");
    }
    return http::json(200, R"({"status":"ready"})");
}

}  // namespace

void add_routes(http::Server& server, const Gateway& gateway, const store::Store& store,
                metrics::Registry& metrics) {
    server.route("GET", "/healthz", [](const http::Request&, const http::Respond& respond) {
        respond(http::json(200, R"({"status":"alive"})"));
    });
    server.route("GET", "/readyz", [&gateway](const http::Request&, const http::Respond& respond) {
        respond(ready(gateway.status()));
    });
    server.route("GET", "/metrics", [&metrics](const http::Request&, const http::Respond& respond) {
        http::Response response = http::text(200, metrics.text());
        response.content_type = "text/plain; version=0.0.4; charset=utf-8";
        respond(std::move(response));
    });
    server.route("GET", "/api/v1/quarantine",
                 [&store](const http::Request& request, const http::Respond& respond) {
                     respond(quarantine(request, store));
                 });
    server.route("GET", "/api/v1/outbox",
                 [&gateway](const http::Request&, const http::Respond& respond) {
                     respond(outbox(gateway.status()));
                 });
}

}  // namespace mercaptan::gateway
