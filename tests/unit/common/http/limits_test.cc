// What a broken or hostile client sees: every limit, and malformed bytes.
#include <gmock/gmock.h>

#include <future>
#include <vector>

#include "tests/unit/common/http/server_fixture.h"

namespace mercaptan::http {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class LimitsTest : public ServerTest {
protected:
    void SetUp() override {
        options_.header_max_bytes = 1000;
        options_.body_max_bytes = 1000;
    }
    void start_echo() {
        for (const std::string method : {"GET", "POST"}) {
            server().route(method, "/", [](const Request& request, const Respond& respond) {
                respond(text(200, request.body));
            });
        }
        start();
    }
};

auto refused(const std::string& status) {
    return AllOf(StartsWith("HTTP/1.1 " + status + "\r\n"), HasSubstr(kCloses),
                 HasSubstr("\r\ncontent-type: application/problem+json\r\n"),
                 Not(HasSubstr("(still open)")));
}

TEST_F(LimitsTest, malformed_requests) {
    start_echo();
    for (
        const std::string bytes : {
            "\x16\x03\x01\x02\x01\x01\r\n\r\n",  // A TLS handshake.
            "GET\r\n\r\n",
            "GET / \r\nHost: a\r\n\r\n",
            "GET / HTTP/2.0\r\n\r\n",
            "GET / HTP/1.1\r\n\r\n",
            "GET  / HTTP/1.1\r\n\r\n",
            "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n",
            "G@T{} / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX\x01Y: b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX: b\x01\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        }) {
        EXPECT_THAT(exchange(bytes), refused("400 Bad Request")) << bytes;
    }
    EXPECT_THAT(exchange("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n"),
                refused("501 Not Implemented"));
}

TEST_F(LimitsTest, requests_that_break_off) {
    start_echo();
    for (const std::string bytes : {"GET / HT", "GET / HTTP/1.1\r\nHos",
                                    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab"}) {
        RawSocket socket{port()};
        socket.send(bytes);
        socket.shutdown_send();
        EXPECT_THAT(socket.read_all(), refused("400 Bad Request")) << bytes;
    }
    RawSocket silent{port()};
    silent.shutdown_send();
    EXPECT_EQ(silent.read_all(), "");
}

TEST_F(LimitsTest, a_half_closed_client_still_gets_its_answer) {
    start_echo();
    RawSocket socket{port()};
    socket.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
    socket.shutdown_send();
    EXPECT_THAT(socket.read_all(), testing::EndsWith("\r\n\r\nhi"));
}

TEST_F(LimitsTest, a_target_or_header_too_large) {
    start_echo();
    const std::string big(2000, 'x');
    EXPECT_THAT(exchange("GET /" + big + " HTTP/1.1\r\nHost: a\r\n\r\n"),
                refused("414 URI Too Long"));
    EXPECT_THAT(exchange("GET / HTTP/1.1\r\nHost: a\r\nX: " + big + "\r\n\r\n"),
                refused("431 Request Header Fields Too Large"));
    // Without an end, and larger than every buffer.
    EXPECT_THAT(exchange("GET /" + std::string(300'000, 'x')), refused("414 URI Too Long"));
}

TEST_F(LimitsTest, a_body_too_large) {
    start_echo();
    EXPECT_THAT(exchange("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n"),
                refused("413 Payload Too Large"));
    EXPECT_THAT(exchange("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                         "Content-Length: 1001\r\n\r\n"),
                refused("413 Payload Too Large"));
    EXPECT_THAT(
        exchange("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n"),
        refused("400 Bad Request"));
    const std::string chunk = "200\r\n" + std::string(512, 'x') + "\r\n";
    EXPECT_THAT(exchange("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
                         chunk + chunk + "0\r\n\r\n"),
                refused("413 Payload Too Large"));
    const auto full = client().request("POST", "/", std::string(1000, 'x'));
    EXPECT_EQ(full->body.size(), 1000U);
    // The client is still sending when it is refused, and can read why.
    const auto refusal = client().request("POST", "/", std::string(900'000, 'x'));
    ASSERT_TRUE(refusal) << refusal.error().message;
    EXPECT_EQ(refusal->status, 413);
}

TEST_F(LimitsTest, a_header_that_comes_too_slowly) {
    options_.header_timeout = Duration{300};
    start_echo();
    RawSocket socket{port()};
    const auto begun = std::chrono::steady_clock::now();
    // Each byte comes soon enough; together they don't.
    for (const char c : std::string_view{"GET / HTTP/1.1\r\nHost: a\r\nX: slow"}) {
        if (!socket.send({&c, 1})) break;
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
        if (std::chrono::steady_clock::now() - begun > std::chrono::milliseconds{400}) break;
    }
    EXPECT_THAT(socket.read_all(), refused("408 Request Timeout"));
    EXPECT_EQ(responses(4), 1U);
}

TEST_F(LimitsTest, a_body_that_comes_too_slowly) {
    options_.body_timeout = Duration{200};
    start_echo();
    EXPECT_THAT(exchange("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab"),
                refused("408 Request Timeout"));
}

TEST_F(LimitsTest, an_idle_connection_is_closed_without_a_word) {
    options_.idle_timeout = Duration{500};
    start_echo();
    RawSocket socket{port()};
    socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_THAT(socket.read_response(), StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_EQ(socket.read_all(), "");
}

TEST_F(LimitsTest, a_handler_that_does_not_answer_in_time) {
    options_.answer_timeout = Duration{300};
    std::promise<Respond> handed_over;
    server().route("GET", "/never",
                   [&](const Request&, const Respond& respond) { handed_over.set_value(respond); });
    start_echo();
    RawSocket socket{port()};
    socket.send("GET /never HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_THAT(socket.read_response(), AllOf(StartsWith("HTTP/1.1 503 Service Unavailable\r\n"),
                                              HasSubstr("may still take effect")));
    // Too late: it must not answer the next request.
    handed_over.get_future().get()(text(200, "late"));
    socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_THAT(socket.read_response(), testing::EndsWith("\r\n\r\n"));
}

TEST_F(LimitsTest, a_client_that_does_not_take_its_answer) {
    options_.write_timeout = Duration{200};
    server().route("GET", "/big", [](const Request&, const Respond& respond) {
        respond(text(200, std::string(20'000'000, 'x')));
    });
    start();
    RawSocket socket{port(), /*receive_buffer_bytes=*/4096};
    socket.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(eventually([&] { return responses(2) == 1; }));
    EXPECT_TRUE(eventually([&] { return server().stats().connections_open == 0; }));
}

TEST_F(LimitsTest, connections_beyond_the_limit_are_told_so) {
    options_.connections_max = 2;
    start_echo();
    RawSocket one{port()};
    auto two = std::make_unique<RawSocket>(port());
    ASSERT_TRUE(eventually([&] { return server().stats().connections_open == 2; }));
    EXPECT_THAT(exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), refused("503 Service Unavailable"));
    EXPECT_EQ(server().stats().connections_refused, 1U);
    EXPECT_EQ(server().stats().connections_accepted, 2U);
    EXPECT_EQ(responses(5), 1U);
    two.reset();
    ASSERT_TRUE(eventually([&] { return server().stats().connections_open == 1; }));
    EXPECT_EQ(client().request("GET", "/")->status, 200);
}

TEST_F(LimitsTest, a_flood_of_connections_passes) {
    options_.connections_max = 4;
    start_echo();
    {
        std::vector<std::unique_ptr<RawSocket>> flood;
        for (int i = 0; i < 200; ++i) flood.push_back(std::make_unique<RawSocket>(port()));
        ASSERT_TRUE(eventually([&] { return server().stats().connections_refused == 196; }));
        EXPECT_LE(server().stats().connections_open, 4U + 64U);
    }
    ASSERT_TRUE(eventually([&] { return server().stats().connections_open == 0; }));
    EXPECT_EQ(client().request("GET", "/")->status, 200);
}

}  // namespace
}  // namespace mercaptan::http
