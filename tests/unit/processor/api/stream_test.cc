#include <atomic>
#include <thread>

#include "tests/unit/processor/api/api_fixture.h"

namespace mercaptan::processor::api {
namespace {

class StreamApi : public ApiTest {
protected:
    struct Event {
        std::string id, name, data;
    };
    /// Reads until `count` events beside hello have come or the stream ends.
    std::vector<Event> read(std::size_t count, const std::string& last_id = {},
                            const std::function<void()>& after_hello = {}) {
        std::vector<Event> events;
        Headers headers;
        if (!last_id.empty()) headers["last-event-id"] = last_id;
        (void)client_->events(
            "/api/v1/stream", headers,
            [&](std::string_view id, std::string_view name, std::string_view data) {
                if (name == "hello") {
                    hello_ = parse(std::string{data});
                    if (after_hello) after_hello();
                } else {
                    events.push_back({std::string{id}, std::string{name}, std::string{data}});
                }
                return events.size() < count;
            });
        return events;
    }
    static std::string ids_of(const std::vector<Event>& events) {
        std::string out;
        for (const Event& event : events) out += event.id + ' ';
        return out;
    }
    boost::json::value hello_;
};

TEST_F(StreamApi, NewClientHearsWhatComes) {
    backend_.feed("ticket", R"({"n":1})");
    const auto events = read(2, "", [&] {
        backend_.feed("ticket", R"({"n":2})");
        backend_.feed("alarm", R"({"n":3})");
    });
    EXPECT_EQ(ids_of(events), "2 3 ");
    EXPECT_EQ(events.at(1).name, "alarm");
    EXPECT_EQ(events.at(1).data, R"({"n":3})");
    EXPECT_FALSE(hello_.at("gap").as_bool());
    EXPECT_EQ(hello_.at("now").as_string(), "2026-11-21T09:00:00.123Z");
}

TEST_F(StreamApi, ReturningClientGetsWhatItMissed) {
    for (int i = 0; i < 5; ++i) backend_.feed("ticket", "{}");
    EXPECT_EQ(ids_of(read(3, "2")), "3 4 5 ");
    EXPECT_FALSE(hello_.at("gap").as_bool());
    EXPECT_EQ(hello_.at("feed_end").as_int64(), 5);
}

TEST_F(StreamApi, GapIsSaid) {
    for (int i = 0; i < 5; ++i) backend_.feed("ticket", "{}");
    backend_.forget_feed(3);
    EXPECT_EQ(ids_of(read(2, "3")), "4 5 ");
    EXPECT_FALSE(hello_.at("gap").as_bool());
    const auto feed_one = [&] { backend_.feed("ticket", "{}"); };
    EXPECT_EQ(ids_of(read(1, "2", feed_one)), "6 ");
    EXPECT_TRUE(hello_.at("gap").as_bool());
    EXPECT_EQ(ids_of(read(1, "77", feed_one)), "7 ");
    EXPECT_TRUE(hello_.at("gap").as_bool());
}

TEST_F(StreamApi, FarBehindIsSentInParts) {
    const std::string big = '"' + std::string(20'000, 'x') + '"';
    for (int i = 0; i < 60; ++i) backend_.feed("ticket", big);
    std::string last = "0";
    std::size_t total = 0;
    int connections = 0;
    while (total < 60 && connections < 20) {
        ++connections;
        const auto events = read(60 - total, last);
        for (const Event& event : events) {
            EXPECT_EQ(event.id, std::to_string(++total));
            last = event.id;
        }
    }
    EXPECT_EQ(total, 60U);
    EXPECT_GT(connections, 2);
}

TEST_F(StreamApi, NothingIsLostOrRepeatedWhileCatchingUp) {
    std::atomic<bool> stop{false};
    std::thread writer{[&] {
        while (!stop) {
            backend_.feed("ticket", "{}");
            std::this_thread::sleep_for(std::chrono::microseconds{200});
        }
    }};
    std::string last = "0";
    std::uint64_t expected = 0;
    for (int round = 0; round < 20; ++round) {
        for (const Event& event : read(25, last)) {
            EXPECT_EQ(event.id, std::to_string(++expected));
            last = event.id;
        }
    }
    stop = true;
    writer.join();
    EXPECT_GE(expected, 20U);
}

TEST_F(StreamApi, BadLastEventIdIsRefused) {
    expect_problem(ask("GET", "/api/v1/stream", "", {{"last-event-id", "abc"}}), 400,
                   "Last-Event-ID");
    expect_problem(ask("GET", "/api/v1/stream?since=1"), 400, "since");
}

}  // namespace
}  // namespace mercaptan::processor::api
