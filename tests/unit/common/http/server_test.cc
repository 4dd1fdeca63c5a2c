// What a well-behaved client sees.
#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "tests/unit/common/http/server_fixture.h"

namespace mercaptan::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;
using testing::Pair;
using testing::StartsWith;

TEST_F(ServerTest, hands_over_the_whole_request) {
    Request seen;
    server().route("POST", "/tickets/{id}/events",
                   [&](const Request& request, const Respond& respond) {
                       seen = request;
                       respond(json(201, R"({"ok":true})"));
                   });
    start();
    const auto response = client().request("POST", "/tickets/T%201/events?note=a+b", "{}",
                                           {{"If-Match", "3"}, {"Idempotency-Key", "k"}});
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 201);
    EXPECT_EQ(response->headers.at("content-type"), "application/json");
    EXPECT_EQ(response->headers.at("x-content-type-options"), "nosniff");
    EXPECT_EQ(response->body, R"({"ok":true})");
    EXPECT_THAT((std::vector{seen.method, seen.path, seen.body}),
                ElementsAre("POST", "/tickets/T%201/events", "{}"));
    EXPECT_THAT(seen.params, ElementsAre(Pair("id", "T 1")));
    EXPECT_THAT(seen.query, ElementsAre(Pair("note", "a b")));
    EXPECT_THAT(seen.headers, IsSupersetOf({Pair("if-match", "3"), Pair("idempotency-key", "k"),
                                            Pair("content-type", "application/json")}));
    EXPECT_EQ(responses(2), 1U);
}

TEST_F(ServerTest, refuses_with_problem_documents) {
    server().route("GET", "/tickets/{id}",
                   [](const Request&, const Respond& respond) { respond(json(200, "{}")); });
    start();
    const auto missing = client().request("GET", "/ticket");
    EXPECT_EQ(missing->status, 404);
    EXPECT_EQ(missing->headers.at("content-type"), "application/problem+json");
    EXPECT_EQ(
        missing->body,
        R"({"type":"about:blank","title":"Not Found","status":404,"detail":"nothing is at /ticket"})");
    const auto wrong = client().request("POST", "/tickets/1", "{}");
    EXPECT_EQ(wrong->status, 405);
    EXPECT_EQ(wrong->headers.at("allow"), "GET, HEAD");
    EXPECT_EQ(responses(4), 2U);
}

TEST_F(ServerTest, refuses_what_it_can_not_decode) {
    start();
    const auto twice = client().request("GET", "/tickets/1?a=1&a=2");
    EXPECT_EQ(twice->status, 400);
    EXPECT_THAT(twice->body, HasSubstr(R"("detail":"the query key is given twice","field":"a")"));
    EXPECT_EQ(client().request("GET", "/tickets/%ff")->status, 400);
    EXPECT_EQ(client().request("GET", "/tickets/%4")->status, 400);
    EXPECT_EQ(responses(4), 3U);
}

TEST_F(ServerTest, head_is_get_without_the_body) {
    server().route("GET", "/page", [](const Request&, const Respond& respond) {
        respond({.content_type = "text/html", .headers = {{"etag", "\"7\""}}, .body = "<html>"});
    });
    start();
    const auto head = client().request("HEAD", "/page");
    ASSERT_TRUE(head) << head.error().message;
    EXPECT_EQ(head->status, 200);
    EXPECT_EQ(head->headers.at("content-length"), "6");
    EXPECT_EQ(head->headers.at("etag"), "\"7\"");
    EXPECT_EQ(head->body, "");
}

TEST_F(ServerTest, no_content_and_not_modified_keep_the_connection_in_step) {
    server().route("GET", "/none", [](const Request&, const Respond& respond) {
        respond({.status = 204, .body = "ignored"});
    });
    server().route("GET", "/same", [](const Request&, const Respond& respond) {
        respond({.status = 304, .body = "ignored"});
    });
    start();
    EXPECT_THAT(exchange("GET /none HTTP/1.1\r\nHost: a\r\n\r\n"
                         "GET /same HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
                testing::AllOf(StartsWith("HTTP/1.1 204 No Content\r\n"),
                               HasSubstr("\r\n\r\nHTTP/1.1 304 Not Modified\r\n"),
                               Not(HasSubstr("ignored")), Not(HasSubstr("content-length"))));
}

TEST_F(ServerTest, answers_pipelined_requests_in_order) {
    std::mutex mutex;
    std::vector<std::pair<std::string, Respond>> pending;
    server().route("POST", "/{n}", [&](const Request& request, const Respond& respond) {
        const std::lock_guard lock{mutex};
        pending.emplace_back(request.params.at("n") + request.body, respond);
    });
    start();
    RawSocket socket{port()};
    socket.send(
        "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na"
        "POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbc\r\n0\r\n\r\n"
        "POST /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    for (std::size_t i = 1; i <= 3; ++i) {
        // The next request waits until this one was answered.
        ASSERT_TRUE(eventually([&] {
            const std::lock_guard lock{mutex};
            return pending.size() == i;
        }));
        const std::lock_guard lock{mutex};
        pending.back().second(text(200, pending.back().first + ";"));
    }
    const auto answers = socket.read_all();
    const auto first = answers.find("1a;");
    const auto second = answers.find("2bc;");
    const auto third = answers.find("3;");
    EXPECT_LT(first, second);
    EXPECT_LT(second, third);
    EXPECT_NE(third, std::string::npos);
}

TEST_F(ServerTest, keeps_http_1_0_connections_only_if_asked) {
    server().route("GET", "/",
                   [](const Request&, const Respond& respond) { respond(text(200, "x")); });
    start();
    EXPECT_THAT(exchange("GET / HTTP/1.0\r\n\r\n"), HasSubstr(kCloses));
    RawSocket kept{port()};
    kept.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_THAT(kept.read_response(), HasSubstr("\r\nconnection: keep-alive\r\n"));
    kept.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_THAT(kept.read_response(), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(ServerTest, invites_a_body_that_waits_to_be_invited) {
    server().route("POST", "/", [](const Request& request, const Respond& respond) {
        respond(text(200, request.body));
    });
    start();
    RawSocket socket{port()};
    socket.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-Continue\r\n\r\n");
    EXPECT_EQ(socket.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    socket.send("body");
    EXPECT_THAT(socket.read_response(), testing::EndsWith("\r\n\r\nbody"));
}

TEST_F(ServerTest, respond_may_be_called_later_from_another_thread) {
    std::promise<Respond> handed_over;
    server().route("GET", "/",
                   [&](const Request&, const Respond& respond) { handed_over.set_value(respond); });
    start();
    std::thread other{[&] { handed_over.get_future().get()(text(200, "later")); }};
    EXPECT_EQ(client().request("GET", "/")->body, "later");
    other.join();
}

TEST_F(ServerTest, only_the_first_answer_counts) {
    server().route("GET", "/", [](const Request&, const Respond& respond) {
        respond(text(200, "first"));
        respond(text(500, "second"));
        throw std::runtime_error{"third"};
    });
    start();
    RawSocket socket{port()};
    for (int i = 0; i < 3; ++i) {
        socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        EXPECT_THAT(socket.read_response(), testing::EndsWith("\r\n\r\nfirst"));
    }
    EXPECT_EQ(responses(2), 3U);
    EXPECT_EQ(responses(5), 0U);
}

TEST_F(ServerTest, racing_answers_give_one_response) {
    std::promise<Respond> handed_over;
    server().route("GET", "/",
                   [&](const Request&, const Respond& respond) { handed_over.set_value(respond); });
    start();
    std::thread owner{[&] {
        const auto respond = handed_over.get_future().get();
        std::thread one{[respond] { respond(text(200, "x")); }};
        std::thread two{[respond] { respond(text(200, "x")); }};
        one.join();
        two.join();
    }};
    EXPECT_EQ(client().request("GET", "/")->body, "x");
    owner.join();
    EXPECT_EQ(responses(2), 1U);
}

TEST_F(ServerTest, a_handler_that_fails_is_answered_for) {
    server().route("GET", "/dropped", [](const Request&, const Respond&) {});
    server().route("GET", "/thrown",
                   [](const Request&, const Respond&) { throw std::runtime_error{"secret"}; });
    server().route("GET", "/split", [](const Request&, const Respond& respond) {
        respond({.headers = {{"location", "/\r\nset-cookie: a=b"}}});
    });
    start();
    const auto dropped = client().request("GET", "/dropped");
    EXPECT_EQ(dropped->status, 500);
    EXPECT_THAT(dropped->body, HasSubstr("dropped without an answer"));
    const auto thrown = client().request("GET", "/thrown");
    EXPECT_EQ(thrown->status, 500);
    EXPECT_THAT(thrown->body, Not(HasSubstr("secret")));
    const auto split = client().request("GET", "/split");
    EXPECT_EQ(split->status, 500);
    EXPECT_EQ(split->headers.count("set-cookie"), 0U);
}

TEST_F(ServerTest, a_client_that_leaves_while_its_answer_is_pending_harms_nobody) {
    std::promise<Respond> handed_over;
    server().route("GET", "/slow",
                   [&](const Request&, const Respond& respond) { handed_over.set_value(respond); });
    server().route("GET", "/",
                   [](const Request&, const Respond& respond) { respond(text(200, "fine")); });
    start();
    RawSocket gone{port()};
    gone.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto respond = handed_over.get_future().get();
    gone.reset();
    respond(text(200, std::string(1'000'000, 'x')));
    EXPECT_TRUE(eventually([&] { return server().stats().connections_open == 0; }));
    EXPECT_EQ(client().request("GET", "/")->body, "fine");
}

TEST_F(ServerTest, serves_many_clients_at_once) {
    server().route("GET", "/{n}", [](const Request& request, const Respond& respond) {
        std::thread{[respond, n = request.params.at("n")] { respond(text(200, n)); }}.detach();
    });
    start();
    std::vector<std::thread> clients;
    clients.reserve(8);
    std::atomic<int> right{0};
    for (int c = 0; c < 8; ++c) {
        clients.emplace_back([&, c] {
            for (int i = 0; i < 25; ++i) {
                const auto n = std::to_string(c * 100 + i);
                const auto response = client().request("GET", "/" + n);
                if (response && response->body == n) ++right;
            }
        });
    }
    for (auto& thread : clients) thread.join();
    EXPECT_EQ(right, 200);
}

}  // namespace
}  // namespace mercaptan::http
