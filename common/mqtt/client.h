#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/instant.h"
#include "common/domain/result.h"

namespace mercaptan::mqtt {

/// What the broker publishes for us when it loses us.
struct Will {
    std::string topic;
    std::string payload;
    int qos = 1;
    bool retain = false;
};

struct Options {
    std::string uri;            // tcp://host:1883 or ssl://host:8883
    std::string client_id;      // Names the session at the broker; one client at a time may use it.
    std::string username;       // Empty: none is sent.
    std::string password_file;  // Read at every connect, so that a changed secret is picked up.
    std::string ca_file;        // Empty: the system's certificates.
    std::string cert_file;      // Client certificate, with key_file; empty: none.
    std::string key_file;
    bool clean_start = false;  // True: the broker forgets the session at every connect.
    std::uint32_t session_expiry_s = 7 * 24 * 3600;  // How long the broker queues for us (MQTT 5).
    std::chrono::seconds keep_alive{10};
    std::chrono::seconds connect_timeout{5};  // Of one attempt, up to the last SUBACK.
    std::optional<Will> will{};
    Duration backoff_min{100};    // The first wait after a loss is random up to this,
    Duration backoff_max{3'000};  // and later ones up to twice as much each, up to this.
    int max_inflight = 1000;      // Publishes not yet acknowledged, 1..60'000; more are refused.
    std::size_t max_inflight_bytes = 64 << 20;  // Of their topics and payloads; one always fits.
    int protocol = 5;  // 5: MQTT 5, and 3.1.1 if the broker refuses it. 4: 3.1.1 only.
};

/// One message as it came in, of whatever size. The views live for the call only.
struct Message {
    std::string_view topic;
    std::string_view payload;
    int qos = 0;
    bool retained = false;
    bool duplicate = false;
};

struct Subscription {
    std::string filter;
    int qos = 1;  // 0 or 1; a broker that grants less has refused it.
};

/// Fails with invalid_input, naming the field, for options no client can be made of.
[[nodiscard]] Result<void> check(const Options& options,
                                 const std::vector<Subscription>& subscriptions);

/// Who is told what. None may throw or block, and each may call publish(), pause() and resume().
struct Handlers {
    /// Runs on the library's one receive thread, which all clients of a process share. The PUBACK
    /// leaves when it returns, so what must not be lost is stored by then. What the broker had
    /// queued may come before on_ready.
    std::function<void(const Message&)> on_message{};
    /// Connected, and every subscription granted.
    std::function<void(bool session_present)> on_ready{};
    /// The connection that on_ready told of is lost. Not called for pause() and stop().
    std::function<void(std::string_view reason)> on_lost{};
    /// The end of an accepted publish, once for each: acknowledged by the broker (QoS 0: written),
    /// or refused by it, or its connection was lost first, so that nobody knows (ok = false).
    std::function<void(std::uint64_t token, bool ok)> on_published{};
};

/// Counts since the client was made, for metrics.
struct Stats {
    std::uint64_t connects = 0;           // Connections that became ready.
    std::uint64_t connect_failures = 0;   // Attempts that did not.
    std::uint64_t losses = 0;             // on_lost calls.
    std::uint64_t publishes_refused = 0;  // publish() calls answered with `unavailable`.
    std::uint64_t publishes_failed = 0;   // on_published(..., false).
    std::size_t inflight = 0;             // Publishes accepted and not yet ended, now.
    int protocol = 0;                     // 5 or 4 (3.1.1) of the last connection; 0: none yet.
};

/// One connection to one broker that is kept up for ever, with a session that outlives it.
///
/// MQTT 5 is tried first and 3.1.1 when the broker refuses that. Lost or failed connections are
/// tried again after a random wait whose bound grows from backoff_min to backoff_max, and begins
/// anew once a connection has lasted for backoff_max. Thread-safe, but start() and stop() must not
/// be called from a handler.
class Client {
public:
    /// What it is given must pass check() (broken invariant otherwise).
    Client(Options options, std::vector<Subscription> subscriptions, Handlers handlers);
    ~Client();  // Stops.
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// Begins to connect and returns at once; call it once.
    void start();

    /// Disconnects (the session stays at the broker, the will is not sent) within a second,
    /// whatever the broker does. Open publishes end with ok = false; after the return no handler
    /// runs.
    void stop();

    /// True from on_ready until the connection is lost.
    [[nodiscard]] bool ready() const;

    /// Queues a message for the connection. Never blocks and calls no handler, so locks may be
    /// held. Fails with `unavailable` when not ready or when max_inflight publishes are open, with
    /// invalid_input for a QoS above 1, or a topic or size that MQTT or this broker can't carry.
    /// If it succeeds, on_published(token) follows once, perhaps before this returns.
    [[nodiscard]] Result<void> publish(std::string_view topic, std::string_view payload, int qos,
                                       bool retain, std::uint64_t token = 0);

    /// Disconnects and stays away until resume(): the broker keeps the session and queues for us.
    /// Returns at once; messages may come in until the connection is closed.
    void pause();
    void resume();

    [[nodiscard]] Stats stats() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace mercaptan::mqtt
