// Server-Sent Events.
#include <gmock/gmock.h>

#include <future>
#include <stdexcept>
#include <vector>

#include "tests/unit/common/http/server_fixture.h"

namespace mercaptan::http {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view kAsk = "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n";

class StreamTest : public ServerTest {
protected:
    // Serves /stream and hands the first stream over.
    void start_stream() {
        server().stream("/stream", [this](const Request&, std::shared_ptr<EventStream> stream) {
            handed_over_.set_value(std::move(stream));
        });
        start();
    }
    std::shared_ptr<EventStream> handed_over() { return handed_over_.get_future().get(); }

    std::promise<std::shared_ptr<EventStream>> handed_over_;
};

TEST_F(StreamTest, sends_headers_and_events) {
    start_stream();
    RawSocket socket{port()};
    socket.send(kAsk);
    const auto stream = handed_over();
    EXPECT_THAT(
        socket.read_until("\r\n\r\n"),
        AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("content-type: text/event-stream\r\n"),
              HasSubstr("cache-control: no-store\r\n"), Not(HasSubstr("content-length"))));
    EXPECT_EQ(server().stats().streams_open, 1U);
    EXPECT_TRUE(stream->send("7", "ticket", "{\n}"));
    EXPECT_EQ(socket.read_until("\n\n"), "id: 7\nevent: ticket\ndata: {\ndata: }\n\n");
    EXPECT_TRUE(stream->open());
    stream->close();
    EXPECT_FALSE(stream->open());
    EXPECT_FALSE(stream->send("8", "", ""));
    EXPECT_EQ(socket.read_all(), "");
    EXPECT_TRUE(eventually([&] { return server().stats().streams_open == 0; }));
}

TEST_F(StreamTest, the_client_reads_events_and_resumes) {
    server().stream(
        "/stream", [](const Request& request, const std::shared_ptr<EventStream>& stream) {
            const auto last = request.headers.find("last-event-id");
            const int from = last == request.headers.end() ? 1 : std::stoi(last->second) + 1;
            for (int id = from; id <= 4; ++id) {
                stream->send(std::to_string(id), "ticket", "line\n" + std::to_string(id));
            }
        });
    start();
    std::vector<std::string> events;
    const auto keep = [&](auto id, auto event, auto data) {
        events.push_back(std::string{id}.append("|").append(event).append("|").append(data));
        return id != "2";
    };
    EXPECT_TRUE(client().events("/stream", {}, keep));
    EXPECT_THAT(events, ElementsAre("1|ticket|line\n1", "2|ticket|line\n2"));
    // The handler has let its stream go, so it ends.
    const auto ended = client().events("/stream", {{"Last-Event-ID", "2"}}, keep);
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().code, ErrorCode::unavailable);
    EXPECT_EQ(events.back(), "4|ticket|line\n4");
    EXPECT_EQ(events.size(), 4U);
}

TEST_F(StreamTest, beats_while_nothing_happens) {
    options_.heartbeat_every = Duration{20};
    start_stream();
    RawSocket socket{port()};
    socket.send(kAsk);
    const auto stream = handed_over();
    socket.read_until("\r\n\r\n");
    EXPECT_EQ(socket.read_until("\n\n"), ":\n\n");
    EXPECT_EQ(socket.read_until("\n\n"), ":\n\n");
}

TEST_F(StreamTest, a_client_that_falls_behind_is_closed) {
    options_.stream_buffer_max_bytes = 100'000;
    start_stream();
    RawSocket socket{port(), /*receive_buffer_bytes=*/4096};
    socket.send(kAsk);
    const auto stream = handed_over();
    const std::string data(10'000, 'x');
    int sent = 0;
    while (stream->send(std::to_string(sent), "", data)) {
        ASSERT_LT(++sent, 10'000);
        std::this_thread::sleep_for(std::chrono::microseconds{100});
    }
    EXPECT_FALSE(stream->open());
    EXPECT_TRUE(eventually([&] { return server().stats().streams_overflowed == 1; }));
    EXPECT_TRUE(eventually([&] { return server().stats().connections_open == 0; }));
}

TEST_F(StreamTest, one_event_larger_than_the_buffer_closes_too) {
    options_.stream_buffer_max_bytes = 1000;
    server().stream("/stream", [](const Request&, const std::shared_ptr<EventStream>& stream) {
        EXPECT_FALSE(stream->send("1", "", std::string(1000, 'x')));
    });
    start();
    exchange(kAsk);
    EXPECT_EQ(server().stats().streams_overflowed, 1U);
}

TEST_F(StreamTest, notices_that_the_client_has_gone) {
    start_stream();
    auto socket = std::make_unique<RawSocket>(port());
    socket->send(kAsk);
    const auto stream = handed_over();
    socket->read_until("\r\n\r\n");
    socket.reset();
    EXPECT_TRUE(eventually([&] { return !stream->open(); }));
    EXPECT_FALSE(stream->send("1", "", ""));
    EXPECT_TRUE(eventually([&] { return server().stats().connections_open == 0; }));
}

TEST_F(StreamTest, many_threads_may_send) {
    start_stream();
    RawSocket socket{port()};
    socket.send(kAsk);
    auto stream = handed_over();
    std::vector<std::thread> senders;
    for (int t = 0; t < 4; ++t) {
        senders.emplace_back([stream] {
            for (int i = 0; i < 500; ++i) stream->send("", "", "x");
        });
    }
    for (auto& sender : senders) sender.join();
    stream.reset();
    const auto all = socket.read_all();
    std::size_t events = 0;
    for (auto at = all.find("data: x\n\n"); at != std::string::npos;
         at = all.find("data: x\n\n", at + 1)) {
        ++events;
    }
    EXPECT_EQ(events, 2000U);
}

TEST_F(StreamTest, may_be_refused) {
    server().stream("/stream", [](const Request&, const std::shared_ptr<EventStream>& stream) {
        stream->reject(problem(400, "Bad Request", "no such zone", "zone"));
        EXPECT_FALSE(stream->send("1", "", ""));
    });
    server().stream("/late", [](const Request&, const std::shared_ptr<EventStream>& stream) {
        stream->send("1", "", "");
        stream->reject(problem(400, "Bad Request", "too late"));
    });
    server().stream("/thrown", [](const Request&, const std::shared_ptr<EventStream>&) {
        throw std::runtime_error{"secret"};
    });
    start();
    const auto refused = client().request("GET", "/stream");
    EXPECT_EQ(refused->status, 400);
    EXPECT_THAT(refused->body, HasSubstr(R"("field":"zone")"));
    const auto events = client().events("/stream", {}, [](auto...) { return true; });
    ASSERT_FALSE(events);
    EXPECT_EQ(events.error().code, ErrorCode::invalid_input);
    EXPECT_THAT(events.error().message, HasSubstr("no such zone"));
    EXPECT_THAT(client().request("GET", "/late")->body, EndsWith("id: 1\ndata: \n\n"));
    EXPECT_EQ(client().request("GET", "/thrown")->status, 500);
    EXPECT_EQ(client().request("POST", "/stream")->status, 405);
    EXPECT_EQ(client().request("HEAD", "/stream")->headers.at("content-type"), "text/event-stream");
}

TEST_F(StreamTest, streams_beyond_the_limit_are_told_so) {
    options_.streams_max = 1;
    start_stream();
    RawSocket socket{port()};
    socket.send(kAsk);
    const auto stream = handed_over();
    socket.read_until("\r\n\r\n");
    EXPECT_EQ(client().request("GET", "/stream")->status, 503);
    EXPECT_EQ(server().stats().streams_refused, 1U);
    stream->close();
    EXPECT_TRUE(eventually([&] { return server().stats().streams_open == 0; }));
}

}  // namespace
}  // namespace mercaptan::http
