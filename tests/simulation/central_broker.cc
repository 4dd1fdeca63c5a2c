#include "tests/simulation/central_broker.h"

#include <algorithm>
#include <utility>

#include "common/domain/check.h"
#include "common/wire/uplink.pb.h"

namespace mercaptan::simulation {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kUp = "mercaptan/v1/up/";
constexpr std::string_view kDown = "mercaptan/v1/down/g";
constexpr std::size_t kQueueMax = 1000;  // Of a client that is away; beyond, messages are dropped.

}  // namespace

CentralBroker::CentralBroker(const Plan& plan, Timeline& timeline, Random& random)
    : plan_{plan}, timeline_{timeline}, random_{random}, clients_(plan.gateways + 1) {}

void CentralBroker::join(std::size_t client) {
    clients_[client].running = true;
    try_connect(client);
}

void CentralBroker::leave(std::size_t client) {
    Session& session = clients_[client];
    session.running = false;
    session.connected = false;
    ++session.connection;
    session.open.clear();
}

void CentralBroker::try_connect(std::size_t client) {
    Session& session = clients_[client];
    if (!session.running || session.connected) return;
    const Instant next = std::max({timeline_.now(), session.away_until, down_until_});
    if (next > timeline_.now()) {
        timeline_.at(next + random_.between(0ms, 200ms), [this, client] { try_connect(client); });
        return;
    }
    session.connected = true;
    ++session.connection;
    session.handlers.on_connection(true);
    for (const auto& [topic, packet] : retained_) {
        if (client != kProcessor &&
            topic.starts_with(std::string{kDown} + std::to_string(client) + "/"))
            send(client, packet);
    }
    for (Packet& packet : std::exchange(session.queue, {})) send(client, std::move(packet));
}

void CentralBroker::drop(Session& session) {
    if (!session.connected) return;
    session.connected = false;
    ++session.connection;
    for (const std::uint64_t token : std::exchange(session.open, {})) {
        session.handlers.on_published(token, false);
    }
    session.handlers.on_connection(false);
}

void CentralBroker::cut(std::size_t client, Duration how_long) {
    if (healed_) return;
    Session& session = clients_[client];
    session.away_until = timeline_.now() + how_long;
    drop(session);
    try_connect(client);
}

void CentralBroker::restart(Duration down) {
    if (healed_) return;
    down_until_ = timeline_.now() + down;
    ++life_;
    retained_.clear();
    for (std::size_t i = 0; i < clients_.size(); ++i) {
        clients_[i].queue.clear();
        drop(clients_[i]);
        try_connect(i);
    }
}

bool CentralBroker::publish(std::size_t client, Packet packet, std::uint64_t token) {
    Session& session = clients_[client];
    if (!session.connected) return false;
    if (token != 0) session.open.insert(token);
    const Duration delay = random_.between(0ms, plan_.faults.link_delay_max);
    session.last_arrival = std::max(session.last_arrival, timeline_.now() + delay);
    timeline_.at(session.last_arrival, [this, client, token, connection = session.connection,
                                        life = life_, packet = std::move(packet)] {
        Session& from = clients_[client];
        // What is under way when a connection breaks may have come through or not.
        if (from.connection != connection) {
            if (life == life_ && random_.chance(0.3)) arrive(packet);
            return;
        }
        arrive(packet);
        if (token == 0) return;
        timeline_.after(random_.between(0ms, 3ms), [this, client, token, connection] {
            Session& publisher = clients_[client];
            if (publisher.connection != connection) return;
            publisher.open.erase(publisher.open.find(token));
            publisher.handlers.on_published(token, true);
        });
    });
    return true;
}

void CentralBroker::arrive(const Packet& packet) {
    if (down()) return;
    if (packet.topic.starts_with(kUp)) {
        if (plan_.plant == Plant::broker_confirms) forge_watermark(packet);
        return route(kProcessor, packet);
    }
    if (on_arrival_) on_arrival_(packet);
    if (packet.retain) retained_[packet.topic] = packet;
    if (!packet.topic.starts_with(kDown)) return;
    if (plan_.plant == Plant::watermarks_lost && packet.topic.ends_with("/watermark")) return;
    route(static_cast<std::size_t>(packet.topic[kDown.size()] - '0'), packet);
}

void CentralBroker::route(std::size_t client, const Packet& packet) {
    Session& session = clients_[client];
    if (!session.connected) {
        if (session.queue.size() < kQueueMax) session.queue.push_back(packet);
        return;
    }
    Packet copy = packet;
    copy.retain = false;
    send(client, std::move(copy));
}

void CentralBroker::send(std::size_t client, Packet packet) {
    Session& session = clients_[client];
    const Faults& faults = plan_.faults;
    if (!healed_ && random_.chance(faults.link_loss)) return;
    const int copies = !healed_ && random_.chance(faults.link_duplicate) ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
        Instant when = timeline_.now() + random_.between(0ms, faults.link_delay_max);
        if (!healed_ && random_.chance(faults.link_reorder)) {
            when = when + random_.between(0ms, 2'000ms);
        } else {
            when = session.last_delivery = std::max(session.last_delivery, when);
        }
        packet.duplicate = i > 0;
        timeline_.at(when, [this, client, packet, connection = session.connection, life = life_] {
            deliver(client, packet, connection, life);
        });
    }
}

void CentralBroker::deliver(std::size_t client, const Packet& packet, std::uint64_t connection,
                            std::uint64_t life) {
    Session& session = clients_[client];
    if (session.connected && session.connection == connection) {
        return session.handlers.on_message(packet);
    }
    // Not acknowledged: the session keeps it, unless the broker was restarted since.
    if (life != life_ || packet.retain || session.queue.size() >= kQueueMax) return;
    Packet again = packet;
    again.duplicate = true;
    if (session.connected) return send(client, std::move(again));
    session.queue.push_back(std::move(again));
}

/// The bug that the watermark is there to prevent.
void CentralBroker::forge_watermark(const Packet& packet) {
    wire::Uplink uplink;
    MERCAPTAN_CHECK(uplink.ParseFromString(packet.payload));
    wire::Watermark watermark;
    watermark.set_version(1);
    wire::Watermark::Mark& mark = *watermark.add_marks();
    mark.set_emergency(uplink.emergency());
    mark.set_epoch(uplink.epoch());
    mark.set_seq(uplink.seq());
    route(static_cast<std::size_t>(uplink.gateway()[1] - '0'),
          {.topic = "mercaptan/v1/down/" + uplink.gateway() + "/watermark",
           .payload = watermark.SerializeAsString()});
}

}  // namespace mercaptan::simulation
