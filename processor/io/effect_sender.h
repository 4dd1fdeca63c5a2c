#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/domain/result.h"
#include "processor/commit.h"

namespace mercaptan::processor {

/// Sends what commits want sent until the broker has it: at least once, and never an older message
/// of a key after a newer one. Thread-safe; calls out without its lock.
class EffectSender {
public:
    /// As mqtt::Client::publish. `unavailable` means: try again later.
    using Publish = std::function<Result<void>(const EffectRow& message, std::uint64_t token)>;
    /// The broker has this generation of the key.
    using Sent = std::function<void(std::string key, std::uint64_t generation)>;

    EffectSender(Publish publish, Sent sent)
        : publish_{std::move(publish)}, sent_{std::move(sent)} {}

    void perform(std::vector<Outgoing> messages);
    /// Connected: everything that is not on its way is sent again.
    void on_ready();
    void on_published(std::uint64_t token, bool ok);

    [[nodiscard]] std::size_t pending() const;

private:
    struct Entry {
        Outgoing latest;
        bool queued = false;
    };
    struct OnItsWay {
        std::string key;
        std::uint64_t generation = 0;
    };

    void queue(const std::string& key, Entry& entry);
    void push();

    Publish publish_;
    Sent sent_;
    mutable std::mutex mutex_;
    std::mutex push_mutex_;  // One at a time hands to the broker, so that order is kept.
    std::unordered_map<std::string, Entry> entries_;
    std::deque<std::string> queue_;
    std::unordered_map<std::uint64_t, OnItsWay> on_its_way_;
    std::uint64_t next_token_ = 1;
};

}  // namespace mercaptan::processor
