#include "processor/api/api.h"

#include <utility>

#include "common/json/writer.h"
#include "processor/api/answers.h"
#include "processor/api/assets.h"
#include "processor/api/query.h"
#include "processor/api/streams.h"

namespace mercaptan::processor::api {
namespace {

/// Only our own files may run or be shown, and nobody may frame the page.
constexpr std::string_view kContentPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

http::Response page(std::string_view content_type, std::string_view body) {
    http::Response response;
    response.content_type = content_type;
    response.headers = {{"content-security-policy", std::string{kContentPolicy}},
                        {"referrer-policy", "no-referrer"},
                        {"cache-control", "no-cache"}};
    response.body = body;
    return response;
}

http::Response readiness(const Readiness& state) {
    std::string body;
    JsonWriter json{body};
    json.begin_object();
    json.member("ready", state.ready());
    json.member("store_open", state.store_open);
    json.member("broker_connected", state.broker_connected);
    json.member("caught_up", state.caught_up);
    json.end_object();
    return http::json(state.ready() ? 200 : 503, std::move(body));
}

}  // namespace

Api::Api(Backend& backend, http::Server& server)
    : backend_{backend},
      server_{server},
      streams_{std::make_shared<Streams>(backend)},
      worker_{std::make_unique<Worker>()} {
    add_service_routes();
    add_ticket_routes();
    add_alarm_routes();
    add_policy_routes();
    add_device_routes();
    add_notice_routes();
    add_figure_routes();
    add_pages();
    backend_.listen([streams = streams_](const FeedEntry& entry) { streams->on_entry(entry); });
}

Api::~Api() {
    backend_.listen({});
}

void Api::get(const std::string& pattern, Answer answer) {
    routes_.push_back({"GET", pattern});
    server_.route(
        "GET", pattern,
        [answer = std::move(answer)](const http::Request& request, const http::Respond& respond) {
            auto response = answer(request);
            respond(response ? std::move(*response) : problem_of(response.error()));
        });
}

void Api::post(const std::string& pattern, http::Handler handler) {
    routes_.push_back({"POST", pattern});
    server_.route("POST", pattern, std::move(handler));
}

void Api::add_service_routes() {
    Backend& backend = backend_;
    get("/healthz", [](const auto&) { return http::json(200, R"({"status":"ok"})"); });
    get("/readyz", [&backend](const auto&) { return readiness(backend.readiness()); });
    get("/metrics", [&backend](const auto&) {
        http::Response response = http::text(200, backend.metrics_text());
        response.content_type = "text/plain; version=0.0.4; charset=utf-8";
        return response;
    });
    routes_.push_back({"GET", "/api/v1/stream"});
    server_.stream("/api/v1/stream", [streams = streams_](const auto& request, auto stream) {
        streams->open(request, stream);
    });
}

void Api::add_pages() {
    get("/api/v1/openapi.json",
        [](const auto&) { return http::json(200, std::string{assets::openapi_json()}); });
    get("/", [](const auto&) { return page("text/html; charset=utf-8", assets::console_html()); });
    get("/console.js",
        [](const auto&) { return page("text/javascript; charset=utf-8", assets::console_js()); });
    get("/console.css",
        [](const auto&) { return page("text/css; charset=utf-8", assets::console_css()); });
}

}  // namespace mercaptan::processor::api
