#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "common/http/client.h"
#include "common/http/server.h"
#include "tests/unit/common/http/raw_socket.h"

namespace mercaptan::http {

inline constexpr std::string_view kCloses = "\r\nconnection: close\r\n";

/// A server on any port, with routes that a test adds before `start`.
class ServerTest : public testing::Test {
protected:
    Server& server() {
        if (!server_) server_.emplace(options_);
        return *server_;
    }
    void start() {
        const auto started = server().start();
        ASSERT_TRUE(started) << started.error().message;
    }
    std::uint16_t port() { return server().port(); }
    Client client() {
        return Client{"http://127.0.0.1:" + std::to_string(port()), std::chrono::seconds{5}};
    }
    /// Sends bytes on a new connection and returns all that comes until the server closes.
    std::string exchange(std::string_view bytes) {
        RawSocket socket{port()};
        socket.send(bytes);
        return socket.read_all();
    }
    std::uint64_t responses(int status_class) {
        return server().stats().responses.at(static_cast<std::size_t>(status_class - 1));
    }

    Options options_;
    std::optional<Server> server_;
};

/// Waits for what another thread brings about; false if it has not within five seconds.
inline bool eventually(const std::function<bool()>& holds) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{5};
    while (!holds()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    return true;
}

}  // namespace mercaptan::http
