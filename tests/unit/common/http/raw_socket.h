#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace mercaptan::http {

/// A TCP connection to 127.0.0.1 that sends whatever bytes a test wants sent.
class RawSocket {
public:
    /// A small receive buffer makes a client that reads slowly.
    explicit RawSocket(std::uint16_t port, int receive_buffer_bytes = 0);
    ~RawSocket();
    RawSocket(const RawSocket&) = delete;
    RawSocket& operator=(const RawSocket&) = delete;

    /// False if the server has closed.
    bool send(std::string_view bytes);
    /// Ends our sending side only.
    void shutdown_send();
    /// Closes with a reset.
    void reset();

    /// Reads until `end` has come, the server closes, or the time is over.
    std::string read_until(std::string_view end);
    /// Reads until the server closes; "(still open)" is appended if it has not within the time.
    std::string read_all(std::chrono::milliseconds within = std::chrono::seconds{5});
    /// One response with content-length: head and body.
    std::string read_response();

private:
    bool read_more(std::chrono::steady_clock::time_point until);

    int fd_;
    std::string buffer_;
    bool closed_ = false;
};

}  // namespace mercaptan::http
