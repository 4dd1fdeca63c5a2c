#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "common/domain/result.h"
#include "common/mqtt/client.h"
#include "common/mqtt/session.h"

namespace mercaptan::mqtt {

/// The publishes of one client that were accepted and have not ended: those that wait for their
/// turn, and those that the connection has and the broker has not acknowledged.
///
/// A publish ends once: whoever is given its token (by end or close) reports it. Thread-safe.
class Outbox {
public:
    Outbox(std::size_t messages_max, std::size_t bytes_max)
        : messages_max_{messages_max}, bytes_max_{bytes_max} {}

    /// Accepts from now on, handing over at most `window` at a time.
    void open(std::size_t window, std::size_t packet_max_bytes);
    [[nodiscard]] bool open() const;

    /// Refuses from now on; what is in it stays, to be ended.
    void shut();

    /// Shuts, and empties it: the tokens of all that had not ended, in order.
    [[nodiscard]] std::vector<std::uint64_t> clear();

    /// Fails with `unavailable` if shut or full, with invalid_input if larger than the broker
    /// takes.
    [[nodiscard]] Result<void> put(std::string_view topic, std::string_view payload, int qos,
                                   bool retain, std::uint64_t token);

    /// The next one to hand over, if there is one and the window allows it.
    [[nodiscard]] std::optional<OutgoingMessage> take();
    [[nodiscard]] bool can_take() const;

    /// Its token, or nothing if it has ended before.
    [[nodiscard]] std::optional<std::uint64_t> end(std::uint64_t sequence);

    struct Counts {
        std::uint64_t refused = 0;
        std::size_t inflight = 0;
    };
    [[nodiscard]] Counts counts() const;

private:
    struct Entry {
        std::uint64_t token;
        std::size_t bytes;
    };

    [[nodiscard]] bool can_take_locked() const { return !waiting_.empty() && handed_ < window_; }

    const std::size_t messages_max_;
    const std::size_t bytes_max_;
    mutable std::mutex mutex_;
    bool open_ = false;
    std::size_t window_ = 0;
    std::size_t packet_max_bytes_ = 0;
    std::uint64_t next_sequence_ = 1;
    std::size_t bytes_ = 0;
    std::size_t handed_ = 0;  // Of entries_, those that the connection has.
    std::map<std::uint64_t, Entry> entries_;
    std::deque<OutgoingMessage> waiting_;
    std::uint64_t refused_ = 0;
};

}  // namespace mercaptan::mqtt
