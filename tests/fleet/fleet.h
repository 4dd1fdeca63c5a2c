#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <queue>
#include <string>
#include <unordered_map>
#include <vector>

#include "tests/fleet/district.h"
#include "tests/fleet/leaks.h"
#include "tests/fleet/manifest.h"
#include "tests/fleet/mqtt_connection.h"
#include "tests/fleet/options.h"
#include "tests/fleet/readings.h"
#include "tests/fleet/rng.h"

namespace mercaptan::fleet {

/// What happened, for the summary.
struct Counters {
    std::uint64_t sent = 0;        // Messages handed to the socket, each once.
    std::uint64_t acked = 0;       // Of these, with a PUBACK.
    std::uint64_t duplicates = 0;  // Second copies on purpose, and repeats for `--certain`.
    std::uint64_t late = 0;
    std::uint64_t dropped = 0;
    std::uint64_t alarms = 0;  // Messages at or above the low alarm.
    std::uint64_t confirmed = 0;
    std::uint64_t commands = 0;
    std::uint64_t valves_closed = 0;
    std::uint64_t held_back = 0;  // Messages of the round left out because the broker was away.
    double lag_s_max = 0;         // Behind the schedule, at most.
};

/// Plays the script against the broker.
///
/// One thread, one epoll loop. A device always uses the same connection, so the order of its own
/// messages is kept. The round (every device in turn) waits when the windows are full; leaks,
/// answers to commands and late messages are queued and never left out.
class Fleet {
public:
    Fleet(const Options& options, District district, std::vector<Leak> leaks, Manifest& manifest,
          const std::string& password);
    ~Fleet();
    Fleet(const Fleet&) = delete;
    Fleet& operator=(const Fleet&) = delete;

    /// Runs to the end of the script or until `stop` is set, then waits for acknowledgements.
    void run(const std::atomic<bool>& stop);

    /// One line of JSON. Call after run().
    std::string summary() const;
    bool all_acknowledged() const;

private:
    enum class Kind : std::uint8_t { leak_report, late_message, repeat, valve, dropout, comeback };
    struct Event {
        MonoTime at;
        Kind kind;
        std::uint64_t subject;  // A device, message or command, by kind.
        bool operator>(const Event& other) const { return at > other.at; }
    };
    struct Command {
        std::uint32_t device = 0;
        std::string id;
        std::string refusal;  // Empty: it can be done.
    };

    /// A device's part in the script.
    struct Part {
        std::int32_t leak = -1;
        std::uint32_t nth = 0;  // Of the leak's devices.
        std::int64_t from_ms = 0;
    };

    void connect(const std::string& password);
    void start(MonoTime now);
    void plan_leak_events(MonoTime now);
    void plan_dropouts(MonoTime now);
    void poll(MonoTime now);
    void run_events(MonoTime now);
    void run_event(const Event& event, MonoTime now);
    void run_round(MonoTime now);
    bool next_of_round(MonoTime now);
    bool round_over(MonoTime now) const;
    bool settled() const;
    void progress(MonoTime now);

    void report_leak(std::uint32_t device, MonoTime now);
    void emit(std::uint32_t device, MonoTime now);
    void note_alarm(Message& message, const Device& device);
    void make_payload(const Message& message);
    void hand_over(std::uint64_t message, std::uint32_t copies);
    void on_puback(std::uint64_t token);
    void on_message(std::string_view topic, std::string_view payload);
    void on_confirmation(std::uint32_t device, std::string_view payload);
    void on_command(std::uint32_t device, std::string_view payload);
    void answer(const Command& command, MonoTime now);
    void announce(std::uint32_t device, bool online);
    void settle(std::uint64_t message);
    void repeat(std::uint64_t message, MonoTime now);

    std::uint64_t new_message();
    void release(std::uint64_t message);
    const std::string& leak_id(std::int32_t leak) const;
    Surroundings surroundings(std::uint32_t device, std::int64_t now_ms) const;
    MqttConnection& connection_of(std::uint32_t device) {
        return *connections_[1 + device % (connections_.size() - 1)];
    }
    const std::string& topic(const Device& device, std::string_view leaf);
    std::uint64_t confirmation_key(const Message& message) const {
        return (std::uint64_t{message.device} << 40U) | message.seq;
    }

    const Options& options_;
    District district_;
    std::vector<Leak> leaks_;
    Manifest& manifest_;
    Rng rng_;
    int epoll_fd_ = -1;
    std::vector<std::unique_ptr<MqttConnection>> connections_;  // The first one is for commands.
    std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
    std::deque<Message> messages_;
    std::vector<std::uint64_t> free_messages_;
    std::unordered_map<std::uint64_t, std::uint64_t> unconfirmed_;
    std::vector<Command> commands_;
    std::vector<Part> parts_;  // By device.
    std::vector<std::uint32_t> puback_us_;
    Counters counters_;
    bool started_ = false;
    MonoTime started_at_{};
    MonoTime schedule_from_{};
    MonoTime ended_at_{};
    MonoTime next_progress_{};
    double rate_per_s_ = 0;
    double day_start_ms_ = 0;
    std::int64_t started_ms_ = 0;
    std::uint64_t round_sent_ = 0;     // Since the start, against --count.
    std::uint64_t schedule_sent_ = 0;  // Since schedule_from_.
    std::uint64_t turn_ = 0;
    std::uint64_t stride_ = 1;
    Sample sample_;
    std::string topic_;
    std::string payload_;
};

}  // namespace mercaptan::fleet
