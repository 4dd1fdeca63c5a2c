#include <set>

#include "tests/unit/processor/api/api_fixture.h"

namespace mercaptan::processor::api {
namespace {

class ServiceApi : public ApiTest {};

TEST_F(ServiceApi, HealthReadinessAndMetrics) {
    EXPECT_EQ(get("/healthz").at("status").as_string(), "ok");
    EXPECT_TRUE(get("/readyz").at("ready").as_bool());
    backend_.state.broker_connected = false;
    const auto waiting = get("/readyz", 503);
    EXPECT_FALSE(waiting.at("ready").as_bool());
    EXPECT_TRUE(waiting.at("store_open").as_bool());
    EXPECT_FALSE(waiting.at("broker_connected").as_bool());
    const auto metrics = ask("GET", "/metrics");
    EXPECT_EQ(metrics.body, "mercaptan_up 1\n");
    EXPECT_THAT(metrics.headers.at("content-type"),
                testing::StartsWith("text/plain; version=0.0.4"));
}

TEST_F(ServiceApi, ConsoleMayRunItsOwnFilesOnly) {
    for (const char* path : {"/", "/console.js", "/console.css"}) {
        const auto response = ask("GET", path);
        EXPECT_EQ(response.status, 200);
        EXPECT_GT(response.body.size(), 200U) << path;
        EXPECT_THAT(response.headers.at("content-security-policy"),
                    testing::AllOf(testing::HasSubstr("default-src 'none'"),
                                   testing::Not(testing::HasSubstr("unsafe"))));
    }
    const std::string html = ask("GET", "/").body;
    // Behind a path prefix an absolute address would miss; an inline script would be refused.
    EXPECT_THAT(html, testing::Not(testing::HasSubstr("=\"/")));
    EXPECT_THAT(html, testing::Not(testing::HasSubstr("<script>")));
    EXPECT_THAT(html, testing::Not(testing::HasSubstr("style=")));
    EXPECT_THAT(ask("GET", "/console.js").body, testing::Not(testing::HasSubstr("innerHTML")));
}

TEST_F(ServiceApi, DescriptionAndRoutesAreTheSame) {
    std::set<std::string> described;
    const auto document = get("/api/v1/openapi.json");
    for (const auto& path : document.at("paths").as_object()) {
        for (const auto& method : path.value().as_object()) {
            std::string upper{method.key()};
            for (char& c : upper) c = static_cast<char>(c - 'a' + 'A');
            described.insert(upper + ' ' + std::string{path.key()});
        }
    }
    std::set<std::string> served;
    for (const RouteInfo& route : api_->routes()) {
        EXPECT_TRUE(served.insert(route.method + ' ' + route.pattern).second);
    }
    EXPECT_THAT(described, testing::ContainerEq(served));
}

void collect_refs(const boost::json::value& value, std::set<std::string>& refs) {
    if (const auto* object = value.if_object()) {
        for (const auto& member : *object) {
            if (member.key() == "$ref") refs.insert(std::string{member.value().as_string()});
            collect_refs(member.value(), refs);
        }
    } else if (const auto* array = value.if_array()) {
        for (const auto& item : *array) collect_refs(item, refs);
    }
}

TEST_F(ServiceApi, DescriptionRefersOnlyToWhatItHasAndUsesAllOfIt) {
    const auto document = get("/api/v1/openapi.json");
    std::set<std::string> refs;
    collect_refs(document, refs);
    std::set<std::string> present;
    for (const auto& group : document.at("components").as_object()) {
        for (const auto& entry : group.value().as_object()) {
            present.insert("#/components/" + std::string{group.key()} + '/' +
                           std::string{entry.key()});
        }
    }
    EXPECT_THAT(refs, testing::ContainerEq(present));
}

TEST_F(ServiceApi, WhatIsAnsweredIsDescribed) {
    const auto document = get("/api/v1/openapi.json");
    const auto& schemas = document.at("components").at("schemas").as_object();
    const auto members = [](const boost::json::object& object) {
        std::set<std::string> names;
        for (const auto& member : object) names.insert(std::string{member.key()});
        return names;
    };
    const auto same = [&](const char* schema, const std::string& json) {
        EXPECT_EQ(members(parse(json).as_object()),
                  members(schemas.at(schema).at("properties").as_object()))
            << schema;
    };
    std::string json;
    render_ticket(json, samples::ticket());
    same("Ticket", json);
    const auto ticket = parse(json);
    same("Clock", boost::json::serialize(ticket.at("clocks").at(0)));
    same("Cause", boost::json::serialize(ticket.at("cause")));
    json.clear();
    render_alarm(json, samples::alarm(), samples::kAt);
    same("Alarm", json);
    json.clear();
    render_log_entry(json, samples::log_entry());
    same("HistoryItem", json);
    json.clear();
    HistoryRow row;
    row.reading = samples::reading();
    render_reading(json, row);
    same("Reading", json);
    json.clear();
    const RegistryEntry entry;
    const DeviceRow state = samples::device();
    render_device(json, entry, &state);
    same("Device", json);
    json.clear();
    render_guidance(json, "gas.alarm");
    same("Guidance", json);
}

TEST_F(ServiceApi, UnknownPathsAndMethods) {
    expect_problem(ask("GET", "/api/v1/nothing"), 404);
    const auto response = ask("DELETE", "/api/v1/tickets");
    expect_problem(response, 405);
    EXPECT_THAT(response.headers.at("allow"), testing::HasSubstr("POST"));
}

}  // namespace
}  // namespace mercaptan::processor::api
