#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/simulation/plan.h"
#include "tests/simulation/random.h"
#include "tests/simulation/timeline.h"

namespace mercaptan::simulation {

/// The broker between gateways and processor, and the links to it. Each client has a persistent
/// session, which the broker forgets when it restarts. What a client publishes keeps its order on
/// the way in; on the way out messages may be lost, doubled, delayed and reordered.
class CentralBroker {
public:
    struct Packet {
        std::string topic;
        std::string payload;
        bool retain = false;
        bool duplicate = false;
        Instant created_at{};  // For the sink's checkers alone.
    };
    /// What a client is told; never called for one that is not there.
    struct Client {
        std::function<void(const Packet&)> on_message;
        std::function<void(bool connected)> on_connection;
        std::function<void(std::uint64_t token, bool ok)> on_published;
    };
    using OnArrival = std::function<void(const Packet&)>;

    static constexpr std::size_t kProcessor = 0;
    static constexpr std::size_t gateway(std::size_t index) { return index + 1; }

    CentralBroker(const Plan& plan, Timeline& timeline, Random& random);

    void attach(std::size_t client, Client handlers) { clients_[client].handlers = handlers; }
    /// Told of everything but uplinks: the receivers of tickets, orders and pages.
    void on_arrival(OnArrival watch) { on_arrival_ = std::move(watch); }

    /// The process runs: it connects as soon as it can.
    void join(std::size_t client);
    /// The process has died; its session stays.
    void leave(std::size_t client);
    /// False if not connected. Otherwise on_published follows once, while the process lives.
    bool publish(std::size_t client, Packet packet, std::uint64_t token);

    void cut(std::size_t client, Duration how_long);
    void restart(Duration down);
    /// From here on nothing goes wrong any more.
    void heal() { healed_ = true; }

private:
    struct Session {
        Client handlers;
        bool running = false;
        bool connected = false;
        std::uint64_t connection = 0;
        Instant away_until{};  // The link is cut.
        Instant last_arrival{};
        Instant last_delivery{};
        std::multiset<std::uint64_t> open;  // Tokens; the gateway's are not unique.
        std::deque<Packet> queue;           // For a client that is away.
    };

    [[nodiscard]] bool down() const { return timeline_.now() < down_until_; }
    void try_connect(std::size_t client);
    void drop(Session& session);
    void arrive(const Packet& packet);
    void route(std::size_t client, const Packet& packet);
    void send(std::size_t client, Packet packet);
    void deliver(std::size_t client, const Packet& packet, std::uint64_t connection,
                 std::uint64_t life);
    void forge_watermark(const Packet& packet);

    const Plan& plan_;
    Timeline& timeline_;
    Random& random_;
    std::vector<Session> clients_;
    std::map<std::string, Packet> retained_;
    OnArrival on_arrival_;
    Instant down_until_{};
    std::uint64_t life_ = 0;  // Rises with every restart.
    bool healed_ = false;
};

}  // namespace mercaptan::simulation
