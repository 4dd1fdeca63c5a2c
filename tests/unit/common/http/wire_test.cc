#include "common/http/wire.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace mercaptan::http {
namespace {

const std::chrono::system_clock::time_point kNow{std::chrono::seconds{1'795'248'000}};

TEST(Wire, writes_a_head) {
    EXPECT_EQ(response_head({.status = 200,
                             .content_type = "text/css",
                             .headers = {{"ETag", "\"1\""}, {"Content-Length", "99"}},
                             .body = "x"},
                            /*keep_alive=*/true, kNow),
              "HTTP/1.1 200 OK\r\n"
              "date: Sat, 21 Nov 2026 08:00:00 GMT\r\n"
              "x-content-type-options: nosniff\r\n"
              "connection: keep-alive\r\n"
              "content-type: text/css\r\n"
              "content-length: 1\r\n"
              "ETag: \"1\"\r\n\r\n");
}

TEST(Wire, not_modified_has_no_length) {
    const auto head = response_head({.status = 304}, /*keep_alive=*/false, kNow);
    EXPECT_EQ(head.find("content-"), head.find("content-type-options"));
    EXPECT_NE(head.find("connection: close\r\n"), std::string::npos);
}

TEST(Wire, an_answer_can_not_smuggle) {
    EXPECT_TRUE(is_sendable({.headers = {{"etag", "\"东\""}}}));
    EXPECT_FALSE(is_sendable({.headers = {{"etag", "a\r\nset-cookie: b"}}}));
    EXPECT_FALSE(is_sendable({.headers = {{"e tag", "a"}}}));
    EXPECT_FALSE(is_sendable({.headers = {{"", "a"}}}));
    EXPECT_FALSE(is_sendable({.content_type = "a\n"}));
    EXPECT_FALSE(is_sendable({.status = 100}));
    EXPECT_FALSE(is_sendable({.status = 600}));
}

}  // namespace
}  // namespace mercaptan::http
