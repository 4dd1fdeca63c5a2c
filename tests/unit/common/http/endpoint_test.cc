#include "common/http/endpoint.h"

#include <gtest/gtest.h>

#include <string>

namespace mercaptan::http {
namespace {

TEST(Endpoint, reads_host_and_port) {
    struct Row {
        std::string text, host;
        std::uint16_t port;
    };
    for (const auto& row : {Row{"127.0.0.1:8080", "127.0.0.1", 8080}, Row{"[::1]:0", "::1", 0},
                            Row{"localhost:65535", "localhost", 65535}}) {
        const auto endpoint = parse_endpoint(row.text);
        ASSERT_TRUE(endpoint) << row.text;
        EXPECT_EQ(endpoint->host, row.host);
        EXPECT_EQ(endpoint->port, row.port);
    }
}

TEST(Endpoint, says_what_was_expected) {
    for (const std::string text : {"", "8080", ":8080", "host:", "host:x", "host:65536", "host:-1",
                                   "::1:80", "[::1]", "[]:80", "[::1:80", "a:80 "}) {
        const auto endpoint = parse_endpoint(text);
        ASSERT_FALSE(endpoint) << text;
        EXPECT_EQ(endpoint.error().message,
                  "expected host:port such as 127.0.0.1:8080 or [::1]:8080, got \"" + text + "\"");
    }
}

}  // namespace
}  // namespace mercaptan::http
