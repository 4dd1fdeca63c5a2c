#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace mercaptan::mqtt {

/// A server for one client at a time that answers as a test says, where a real broker would not.
class FakeBroker {
public:
    /// Given the first byte and the rest of a packet, what to send back; `close` ends the
    /// connection.
    struct Answer {
        std::string bytes{};
        bool close = false;
    };
    using Script = std::function<Answer(std::uint8_t first_byte, const std::string& rest)>;

    explicit FakeBroker(Script script);
    ~FakeBroker();
    FakeBroker(const FakeBroker&) = delete;
    FakeBroker& operator=(const FakeBroker&) = delete;

    [[nodiscard]] std::string uri() const { return "tcp://127.0.0.1:" + std::to_string(port_); }

private:
    void serve();
    void serve_connection(int fd);
    [[nodiscard]] bool wait_readable(int fd) const;
    [[nodiscard]] bool read_exactly(int fd, std::string& into, std::size_t size) const;

    Script script_;
    std::atomic<bool> stopping_{false};
    std::uint16_t port_ = 0;
    int listener_ = -1;
    std::thread thread_;
};

}  // namespace mercaptan::mqtt
