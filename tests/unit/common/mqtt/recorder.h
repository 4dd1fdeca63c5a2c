#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "common/mqtt/client.h"

namespace mercaptan::mqtt {

/// Remembers what a client told its handlers.
class Recorder {
public:
    struct Received {
        std::string topic;
        std::string payload;
        int qos;
        bool retained;
    };

    [[nodiscard]] Handlers handlers() {
        return {[this](const Message& m) {
                    const std::lock_guard lock{mutex_};
                    messages_.push_back(
                        {std::string{m.topic}, std::string{m.payload}, m.qos, m.retained});
                },
                [this](bool session) {
                    const std::lock_guard lock{mutex_};
                    sessions_.push_back(session);
                },
                [this](std::string_view reason) {
                    const std::lock_guard lock{mutex_};
                    losses_.emplace_back(reason);
                },
                [this](std::uint64_t token, bool ok) {
                    const std::lock_guard lock{mutex_};
                    published_[token].push_back(ok);
                }};
    }

    [[nodiscard]] std::vector<Received> messages() const { return copy(messages_); }
    [[nodiscard]] std::vector<bool> sessions() const { return copy(sessions_); }
    [[nodiscard]] std::vector<std::string> losses() const { return copy(losses_); }
    [[nodiscard]] std::map<std::uint64_t, std::vector<bool>> published() const {
        return copy(published_);
    }
    [[nodiscard]] std::size_t message_count() const { return messages().size(); }

private:
    template <class T>
    T copy(const T& from) const {
        const std::lock_guard lock{mutex_};
        return from;
    }

    mutable std::mutex mutex_;
    std::vector<Received> messages_;
    std::vector<bool> sessions_;  // One for each on_ready.
    std::vector<std::string> losses_;
    std::map<std::uint64_t, std::vector<bool>> published_;
};

/// Options for tests: short waits.
[[nodiscard]] inline Options quick(const std::string& uri, const std::string& client_id) {
    Options options;
    options.uri = uri;
    options.client_id = client_id;
    options.backoff_min = Duration{50};
    options.backoff_max = Duration{200};
    return options;
}

}  // namespace mercaptan::mqtt
