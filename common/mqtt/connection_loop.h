#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "common/mqtt/backoff.h"
#include "common/mqtt/client.h"
#include "common/mqtt/endpoint.h"
#include "common/mqtt/outbox.h"
#include "common/mqtt/session.h"

namespace mercaptan::mqtt {

/// The thread of one Client: makes a Session, feeds it from the outbox, buries it, waits, and makes
/// the next. It alone calls the Session, so no caller of publish() ever waits for the library.
class ConnectionLoop : private SessionListener {
public:
    enum class Want { run, pause, stop };

    ConnectionLoop(Options options, std::vector<Subscription> subscriptions, Handlers handlers);
    ~ConnectionLoop() override;
    ConnectionLoop(const ConnectionLoop&) = delete;
    ConnectionLoop& operator=(const ConnectionLoop&) = delete;

    void start();
    void stop();
    void want(Want want);
    [[nodiscard]] Result<void> publish(std::string_view topic, std::string_view payload, int qos,
                                       bool retain, std::uint64_t token);
    [[nodiscard]] const Outbox& outbox() const { return outbox_; }
    [[nodiscard]] Stats stats() const;

private:
    using SteadyTime = std::chrono::steady_clock::time_point;

    // What the session told us since it was made.
    struct Reports {
        std::optional<Accepted> accepted;
        std::optional<Refusal> refused;
        std::size_t granted = 0;
        std::optional<std::string> broken;  // A refused subscription or a lost connection.
    };

    void on_accepted(const Accepted& accepted) override;
    void on_refused(const Refusal& refusal) override;
    void on_subscribed(std::size_t index, int granted_qos) override;
    void on_subscribe_refused(std::size_t index, std::string_view reason) override;
    void on_message(const Message& message) override;
    void on_publish_ended(std::uint64_t sequence, bool ok) override;
    void on_disconnected(std::string_view reason) override;

    void run();
    void attempt();
    [[nodiscard]] Result<void> connect(SteadyTime deadline);
    [[nodiscard]] Result<void> subscribe(SteadyTime deadline);
    void serve();
    void bury_session();
    void attempt_failed(const Error& error);
    [[nodiscard]] Result<std::string> address(SteadyTime deadline);
    [[nodiscard]] int protocol() const;
    [[nodiscard]] bool wait_until(SteadyTime deadline, const std::function<bool()>& reached);
    [[nodiscard]] bool is_wanted(Want want) const;
    void publish_ended(std::uint64_t token, bool ok);

    const Options options_;
    const std::vector<Subscription> subscriptions_;
    const Handlers handlers_;
    const Endpoint endpoint_;
    Outbox outbox_;

    mutable std::mutex mutex_;
    std::condition_variable changed_;  // Of want_, reports_ and the outbox.
    Want want_ = Want::run;
    Reports reports_;
    Stats stats_;

    // Only the loop's thread uses these.
    std::unique_ptr<Session> session_;
    Resolver resolver_;
    Backoff backoff_;
    std::size_t address_turn_ = 0;   // Which of the broker's addresses is next.
    bool protocol_refused_ = false;  // The broker said that it has no MQTT 5.
    std::size_t unanswered_ = 0;     // Attempts in a row that a broker closed without a word.
    bool at_once_ = false;           // The next attempt need not wait.

    std::thread thread_;
};

}  // namespace mercaptan::mqtt
