#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fleet/mqtt_packets.h"
#include "tests/fleet/rng.h"

namespace mercaptan::fleet {

using MonoTime = std::chrono::steady_clock::time_point;

struct ConnectionOptions {
    std::string host;
    std::string port;
    Login login;
    std::vector<std::string> filters;  // Subscribed with QoS 1 after every connect.
    std::size_t window = 64;           // PUBLISH packets in flight; at most kWindowMax.
    std::uint64_t seed = 0;            // For the jitter of reconnects.
};

/// One non-blocking MQTT 3.1.1 connection that keeps what is not acknowledged.
///
/// A lost connection comes back by itself with jittered backoff; every PUBLISH without its PUBACK
/// is then sent again, in its old order and marked as a duplicate. Several PUBLISH packets are in
/// flight at once, and all that is queued leaves with one write, which is what makes tens of
/// thousands of messages a second cheap. Not thread-safe: one epoll loop owns it.
class MqttConnection {
public:
    static constexpr std::size_t kWindowMax = 60'000;

    struct Handlers {
        std::function<void(std::uint64_t token)> on_puback;
        std::function<void(std::string_view topic, std::string_view payload)> on_message;
        std::function<void()> on_up;
    };

    MqttConnection(ConnectionOptions options, Handlers handlers, int epoll_fd,
                   std::uint64_t epoll_tag);
    ~MqttConnection();
    MqttConnection(const MqttConnection&) = delete;
    MqttConnection& operator=(const MqttConnection&) = delete;

    /// Connects when it is time to, sends pings, and gives up on a broker that went silent.
    void tick(MonoTime now);
    void on_event(std::uint32_t events, MonoTime now);
    /// Queues a QoS 1 message; it is kept until `on_puback(token)`, over any number of reconnects.
    void publish(std::string_view topic, std::string_view payload, bool retain,
                 std::uint64_t token);
    /// Writes what is queued, as far as the socket takes it.
    void flush();
    /// Says goodbye and closes; no reconnect follows.
    void close_gracefully();

    bool up() const { return state_ == State::up; }
    /// True when a message published now would leave at once.
    bool has_room() const { return up() && !free_slots_.empty() && waiting_.empty(); }
    std::size_t unacknowledged() const {
        return options_.window - free_slots_.size() + waiting_.size();
    }
    std::uint64_t reconnects() const { return reconnects_; }
    std::uint64_t resent() const { return resent_; }

private:
    enum class State { down, connecting, handshake, up, closed };
    struct Slot {
        PublishFrame frame;
        std::uint64_t token = 0;
        std::uint64_t order = 0;
        bool used = false;
    };
    struct Waiting {
        PublishFrame frame;
        std::uint64_t token = 0;
    };

    void dial(MonoTime now);
    void lose(MonoTime now);
    void watch(bool for_writing);
    void read_all(MonoTime now);
    void on_packet(const Packet& packet, MonoTime now);
    void on_connack(const Packet& packet, MonoTime now);
    void on_puback(std::uint16_t packet_id);
    void on_publish(const Packet& packet);
    void send(PublishFrame frame, std::uint64_t token);
    void resend();
    void drain_waiting();

    ConnectionOptions options_;
    Handlers handlers_;
    int epoll_fd_;
    std::uint64_t epoll_tag_;
    Rng rng_;
    State state_ = State::down;
    int fd_ = -1;
    bool watching_writes_ = false;
    std::string out_;
    std::size_t out_at_ = 0;
    std::string in_;
    std::vector<char> chunk_;  // What one read may bring.
    std::vector<Slot> slots_;
    std::vector<std::uint16_t> free_slots_;
    std::deque<Waiting> waiting_;
    std::uint64_t next_order_ = 0;
    MonoTime retry_at_{};
    MonoTime last_heard_{};
    MonoTime last_ping_{};
    std::chrono::milliseconds backoff_;
    bool was_up_ = false;
    std::uint64_t reconnects_ = 0;
    std::uint64_t resent_ = 0;
};

}  // namespace mercaptan::fleet
