#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/domain/result.h"
#include "common/mqtt/client.h"

namespace mercaptan::mqtt {

/// What the broker said when it let us in.
struct Accepted {
    bool session_present = false;
    std::size_t receive_maximum = 65'535;  // QoS 1 publishes it takes before it acknowledges one.
    std::size_t packet_max_bytes = 268'435'455;
};

/// Why an attempt to connect failed.
struct Refusal {
    enum class Kind {
        other,
        protocol,    // The broker doesn't speak this version of MQTT.
        unanswered,  // It took the connection and closed it without a word.
    };
    Kind kind = Kind::other;
    std::string reason;
};

/// Told what happens to a Session, on threads of the library. Must not call the Session.
class SessionListener {
public:
    virtual ~SessionListener() = default;
    virtual void on_accepted(const Accepted& accepted) = 0;
    virtual void on_refused(const Refusal& refusal) = 0;
    virtual void on_subscribed(std::size_t index, int granted_qos) = 0;
    virtual void on_subscribe_refused(std::size_t index, std::string_view reason) = 0;
    virtual void on_message(const Message& message) = 0;
    virtual void on_publish_ended(std::uint64_t sequence, bool ok) = 0;
    virtual void on_disconnected(std::string_view reason) = 0;
};

struct OutgoingMessage {
    std::uint64_t sequence = 0;
    std::string topic;
    std::string payload;
    int qos = 0;
    bool retain = false;
};

/// One connection of the Paho library, used once: connect, then subscribe and publish, then destroy
/// it, which sends DISCONNECT if it still can. Everything that Paho throws stops here.
///
/// Paho's calls lock against its receive thread, so they may wait for a message handler that runs
/// (also one of another client). Use one thread, never a Paho callback.
class Session {
public:
    /// `uri` is where to connect to; `protocol` is 4 (3.1.1) or 5. Fails with `unavailable`.
    [[nodiscard]] static Result<std::unique_ptr<Session>> create(const Options& options,
                                                                 const std::string& uri,
                                                                 int protocol,
                                                                 SessionListener& listener);
    /// After it no callback runs. May call on_publish_ended(…, false) before it returns.
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// Begins to connect; on_accepted or on_refused follows. Fails with `unavailable`.
    [[nodiscard]] Result<void> connect(const Options& options, const std::string& password);

    /// on_subscribed or on_subscribe_refused follows. Fails with `unavailable`.
    [[nodiscard]] Result<void> subscribe(std::size_t index, const Subscription& subscription);

    /// on_publish_ended follows. Fails with `unavailable`.
    [[nodiscard]] Result<void> publish(OutgoingMessage message);

private:
    class Impl;
    explicit Session(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace mercaptan::mqtt
