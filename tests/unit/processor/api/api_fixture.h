#pragma once

#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <map>
#include <memory>
#include <string>

#include "common/http/client.h"
#include "common/http/server.h"
#include "processor/api/api.h"
#include "tests/unit/processor/api/fake_backend.h"

namespace mercaptan::processor::api {

/// The API on a real server, asked by a real client.
class ApiTest : public testing::Test {
protected:
    void SetUp() override {
        server_ = std::make_unique<http::Server>(http::Options{});
        api_ = std::make_unique<Api>(backend_, *server_);
        ASSERT_TRUE(server_->start());
        client_ = std::make_unique<http::Client>(
            "http://127.0.0.1:" + std::to_string(server_->port()), std::chrono::seconds{10});
    }
    void TearDown() override {
        server_->stop();
        api_.reset();
    }

    using Headers = std::map<std::string, std::string>;
    http::ClientResponse ask(std::string_view method, std::string_view target,
                             std::string body = {}, Headers headers = {}) {
        if (!body.empty()) headers.emplace("content-type", "application/json");
        const auto response = client_->request(method, target, std::move(body), headers);
        EXPECT_TRUE(response) << target;
        return response.value_or(http::ClientResponse{});
    }
    boost::json::value get(std::string_view target, int status = 200) {
        const auto response = ask("GET", target);
        EXPECT_EQ(response.status, status) << target << ": " << response.body;
        return parse(response.body);
    }
    static boost::json::value parse(const std::string& body) {
        boost::json::error_code error;
        boost::json::value value = boost::json::parse(body, error);
        EXPECT_FALSE(error) << body;
        return value;
    }
    /// The ids of a list, space-separated.
    static std::string ids(const boost::json::value& list) {
        std::string out;
        for (const auto& item : list.at("items").as_array()) {
            if (!out.empty()) out += ' ';
            out += item.at("id").as_string();
        }
        return out;
    }
    void expect_problem(const http::ClientResponse& response, int status,
                        const std::string& field = {}) {
        EXPECT_EQ(response.status, status) << response.body;
        EXPECT_EQ(response.headers.at("content-type"), "application/problem+json");
        const auto problem = parse(response.body);
        EXPECT_EQ(problem.at("status").as_int64(), status);
        const auto* named = problem.as_object().if_contains("field");
        EXPECT_EQ(named == nullptr ? "" : std::string{named->as_string()}, field) << response.body;
    }

    FakeBackend backend_;
    std::unique_ptr<http::Server> server_;
    std::unique_ptr<Api> api_;
    std::unique_ptr<http::Client> client_;
};

}  // namespace mercaptan::processor::api
