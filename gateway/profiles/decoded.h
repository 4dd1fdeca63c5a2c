#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/reading.h"
#include "common/domain/text.h"

namespace mercaptan::gateway::profiles {

enum class Outcome : std::uint8_t {
    readings,
    online,        // The device came or went.
    valve_answer,  // What a valve made of a command.
    ignored,       // Understood, and nothing for us.
    rejected,      // Can't be decoded; the reason says why.
};

/// What a profile makes of one message. Reuse one: it keeps its memory.
struct Decoded {
    Outcome outcome = Outcome::ignored;
    Name site;  // Empty if not even the topic told.
    Name device;
    bool on_alarm_topic = false;
    /// Without received_at and origin, which the caller knows. If the outcome is `rejected`, what
    /// could be read all the same: an emergency must not be lost to a bad neighbour field.
    std::vector<Reading> readings;
    bool online = false;
    std::string command_id;
    bool command_done = false;
    std::string detail;
    std::string reason;               // Of `ignored` and `rejected`.
    std::uint32_t unknown_flags = 0;  // Status names that nobody knows, left out.

    void clear();
    void reject(std::string_view why) {
        outcome = Outcome::rejected;
        if (reason.empty()) reason = why;
    }
    void ignore(std::string_view why) {
        outcome = Outcome::ignored;
        reason = why;
    }
};

/// Turns the messages of one kind of device into readings. Pure but for its own state.
class Profile {
public:
    virtual ~Profile() = default;
    [[nodiscard]] virtual std::string_view name() const = 0;
    /// True if the topic is one of this profile's.
    [[nodiscard]] virtual bool matches(std::string_view topic) const = 0;
    /// Never fails: what can't be decoded is `rejected`.
    virtual void decode(std::string_view topic, std::string_view payload, Decoded& decoded) = 0;
};

/// The gravest thing that a decoded message says, for `mercaptan-gateway decode`.
[[nodiscard]] std::string_view kind_of(const Decoded& decoded, const Reading& reading);

}  // namespace mercaptan::gateway::profiles
