#include "common/http/client.h"

#include <gmock/gmock.h>

#include "tests/unit/common/http/server_fixture.h"

namespace mercaptan::http {
namespace {

using testing::HasSubstr;

class ClientTest : public ServerTest {
protected:
    std::string base(const std::string& prefix) {
        return "http://127.0.0.1:" + std::to_string(port()) + prefix;
    }
};

TEST_F(ClientTest, adds_the_prefix) {
    server().route("GET", "/gas/healthz", [](const Request& request, const Respond& respond) {
        respond(text(200, request.headers.at("host")));
    });
    start();
    for (const std::string prefix : {"/gas", "/gas/"}) {
        const auto response = Client{base(prefix), Duration{5'000}}.request("GET", "/healthz");
        ASSERT_TRUE(response) << response.error().message;
        EXPECT_EQ(response->body, "127.0.0.1:" + std::to_string(port()));
    }
}

TEST_F(ClientTest, says_what_is_wrong_with_its_input) {
    for (const std::string url : {"", "https://a:1", "127.0.0.1:80", "http://host", "http://:1"}) {
        const auto response = Client{url, Duration{100}}.request("GET", "/");
        ASSERT_FALSE(response) << url;
        EXPECT_EQ(response.error().code, ErrorCode::invalid_input);
        EXPECT_THAT(response.error().message, HasSubstr("expected h")) << url;
    }
    const Client client{"http://127.0.0.1:1", Duration{100}};
    EXPECT_EQ(client.request("GET", "no-slash").error().code, ErrorCode::invalid_input);
    EXPECT_EQ(client.request("GET", "/a b").error().code, ErrorCode::invalid_input);
    EXPECT_EQ(client.request("G T", "/").error().code, ErrorCode::invalid_input);
    EXPECT_EQ(client.request("GET", "/", {}, {{"a", "b\r\nc: d"}}).error().code,
              ErrorCode::invalid_input);
}

TEST_F(ClientTest, a_server_that_is_not_there_is_unavailable) {
    start();
    const auto url = base("");
    server_.reset();
    const auto response = Client{url, Duration{1'000}}.request("GET", "/");
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::unavailable);
    EXPECT_THAT(response.error().message, HasSubstr(url.substr(7) + ": "));
}

TEST_F(ClientTest, a_server_that_is_too_slow_is_unavailable) {
    options_.stop_grace = Duration{50};
    Respond kept;
    server().route("GET", "/", [&](const Request&, const Respond& respond) { kept = respond; });
    start();
    const auto response = Client{base(""), Duration{100}}.request("GET", "/");
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::unavailable);
    EXPECT_THAT(response.error().message, HasSubstr("nothing came within 100 ms"));
    server().stop();
}

TEST_F(ClientTest, events_of_something_else) {
    server().route("GET", "/json",
                   [](const Request&, const Respond& respond) { respond(json(200, "{}")); });
    start();
    const auto take = [](auto...) { return true; };
    EXPECT_EQ(client().events("/json", {}, take).error().message,
              "/json is not a stream of events");
    EXPECT_EQ(client().events("/none", {}, take).error().code, ErrorCode::not_found);
}

TEST_F(ClientTest, percent_encoding_round_trips) {
    std::string seen;
    server().route("GET", "/{name}", [&](const Request& request, const Respond& respond) {
        seen = request.params.at("name") + "|" + request.query.at("q");
        respond(json(200, "{}"));
    });
    start();
    const std::string odd = "东/ ?&=+%#~";
    EXPECT_EQ(percent_encode("a b/~"), "a%20b%2F~");
    EXPECT_EQ(
        client().request("GET", "/" + percent_encode(odd) + "?q=" + percent_encode(odd))->status,
        200);
    EXPECT_EQ(seen, odd + "|" + odd);
}

}  // namespace
}  // namespace mercaptan::http
