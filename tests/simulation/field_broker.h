#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/domain/reading.h"
#include "gateway/gateway.h"
#include "tests/simulation/plan.h"
#include "tests/simulation/random.h"
#include "tests/simulation/timeline.h"
#include "tests/simulation/truth.h"

namespace mercaptan::simulation {

/// The broker that devices speak to: a persistent QoS 1 session for each gateway and lane. A
/// message is the gateway's once its callback has returned OK, and is given again until then.
class FieldBroker {
public:
    struct Delivery {
        std::uint64_t message = 0;  // Id in Truth.
        std::string topic;
        std::string payload;
        gateway::MessageFlags flags;
    };
    /// False if the gateway does not take it now; may throw ProcessDied.
    using Deliver = std::function<bool(Lane lane, const Delivery& delivery)>;
    using OnCommand = std::function<void(const std::string& topic, const std::string& payload)>;

    FieldBroker(const Plan& plan, Timeline& timeline, Random& random, Truth& truth);

    void attach(std::size_t gateway, Deliver deliver) { deliver_[gateway] = std::move(deliver); }
    /// Valves listen here.
    void on_command(OnCommand listen) { on_command_ = std::move(listen); }

    /// From a device.
    void publish(std::uint64_t message, const std::string& topic, const std::string& payload,
                 bool retain = false);
    /// From a gateway: a command or an answer.
    void publish_down(std::size_t gateway, std::string_view topic, std::string_view payload);

    void connect(std::size_t gateway);
    /// The process has died: what was being handed over is given again.
    void disconnect(std::size_t gateway);
    void set_intake(std::size_t gateway, Lane lane, bool open);
    [[nodiscard]] std::size_t waiting() const;

private:
    struct Session {
        std::size_t gateway = 0;
        Lane lane = Lane::bulk;
        std::deque<Delivery> queue;
        std::optional<Delivery> last;  // Taken; its acknowledgement may not have come.
        bool connected = false;
        bool open = true;
        bool busy = false;
    };

    void enqueue(Session& session, Delivery delivery);
    void pump(Session& session);
    void hand_over(Session& session);
    void answered(std::size_t gateway, std::string_view topic, std::string_view payload);

    const Plan& plan_;
    Timeline& timeline_;
    Random& random_;
    Truth& truth_;
    std::deque<Session> sessions_;
    std::map<std::size_t, Deliver> deliver_;
    std::map<std::string, Delivery> retained_;
    OnCommand on_command_;
};

}  // namespace mercaptan::simulation
