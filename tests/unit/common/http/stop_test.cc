// Starting, stopping, and what outlives a server.
#include <gmock/gmock.h>

#include <future>

#include "tests/unit/common/http/server_fixture.h"

namespace mercaptan::http {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

using Clock = std::chrono::steady_clock;

class StopTest : public ServerTest {
protected:
    void start_slow() {
        server().route("GET", "/slow", [this](const Request&, const Respond& respond) {
            handed_over_.set_value(respond);
        });
        start();
    }
    std::promise<Respond> handed_over_;
};

TEST_F(StopTest, a_taken_port_is_named) {
    start();
    const auto address = "127.0.0.1:" + std::to_string(port());
    Server second{{.listen = address}};
    const auto started = second.start();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, ErrorCode::unavailable);
    EXPECT_EQ(started.error().message, address + " is in use; set http.listen to another port");
    EXPECT_EQ(started.error().field, "http.listen");
}

TEST_F(StopTest, an_address_that_is_not_ours_is_named) {
    Server elsewhere{{.listen = "192.0.2.1:0"}};
    EXPECT_THAT(elsewhere.start().error().message, HasSubstr("can't listen on 192.0.2.1:0: "));
    Server name{{.listen = "gas.example:80"}};
    EXPECT_EQ(name.start().error().message,
              "http.listen: expected an IP address or localhost, got \"gas.example\"");
    Server none{{.listen = "8080"}};
    EXPECT_THAT(none.start().error().message, HasSubstr("http.listen: expected host:port"));
}

TEST_F(StopTest, localhost_is_an_address) {
    options_.listen = "localhost:0";
    start();
    EXPECT_EQ(client().request("GET", "/")->status, 404);
}

TEST_F(StopTest, idle_connections_do_not_hold_it_up) {
    options_.stop_grace = std::chrono::seconds{20};
    start();
    RawSocket idle{port()};
    RawSocket half{port()};
    half.send("GET / HT");
    ASSERT_TRUE(eventually([&] { return server().stats().connections_open == 2; }));
    const auto begun = Clock::now();
    server().stop();
    EXPECT_LT(Clock::now() - begun, std::chrono::seconds{10});
    EXPECT_EQ(idle.read_all(), "");
    EXPECT_EQ(server().stats().connections_open, 0U);
    EXPECT_FALSE(client().request("GET", "/"));
    server().stop();
}

TEST_F(StopTest, a_running_answer_may_finish) {
    options_.stop_grace = std::chrono::seconds{10};
    start_slow();
    RawSocket socket{port()};
    socket.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    auto respond = handed_over_.get_future().get();
    std::thread stopper{[&] { server().stop(); }};
    std::thread answerer{[&] {
        std::this_thread::sleep_for(std::chrono::milliseconds{100});
        respond(text(200, "done"));
    }};
    const auto answer = socket.read_all();
    EXPECT_THAT(answer, EndsWith("\r\n\r\ndone"));
    stopper.join();
    answerer.join();
}

TEST_F(StopTest, an_answer_that_does_not_come_is_not_waited_for) {
    options_.stop_grace = Duration{100};
    start_slow();
    RawSocket socket{port()};
    socket.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto respond = handed_over_.get_future().get();
    const auto begun = Clock::now();
    server_.reset();
    EXPECT_LT(Clock::now() - begun, std::chrono::seconds{4});
    EXPECT_EQ(socket.read_all(), "");
    respond(text(200, "nobody hears this"));
}

TEST_F(StopTest, streams_are_closed_and_outlive_the_server) {
    std::promise<std::shared_ptr<EventStream>> handed_over;
    server().stream("/stream", [&](const Request&, std::shared_ptr<EventStream> stream) {
        stream->send("1", "", "last words");
        handed_over.set_value(std::move(stream));
    });
    start();
    RawSocket socket{port()};
    socket.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto stream = handed_over.get_future().get();
    std::thread stopper{[&] { server_.reset(); }};
    EXPECT_THAT(socket.read_all(), EndsWith("data: last words\n\n"));
    stopper.join();
    EXPECT_FALSE(stream->open());
    EXPECT_FALSE(stream->send("2", "", ""));
}

TEST_F(StopTest, a_handler_may_hold_the_last_respond) {
    // The handler owns what owns the Respond: stop must end the circle (leak checkers look).
    options_.stop_grace = Duration{50};
    auto kept = std::make_shared<Respond>();
    server().route("GET", "/", [kept](const Request&, const Respond& respond) { *kept = respond; });
    kept.reset();
    start();
    RawSocket socket{port()};
    socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_TRUE(eventually([&] { return server().stats().connections_open == 1; }));
    server_.reset();
}

}  // namespace
}  // namespace mercaptan::http
