#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "common/domain/instant.h"
#include "common/domain/reading.h"
#include "common/domain/text.h"

namespace mercaptan::gateway {

struct OnlineChange {
    Name site;
    Name device;
    bool online = false;
};

/// A message that could not be read, told upwards because it may have been an alarm.
struct UnreadableMessage {
    Name site;  // Empty if not even the topic told.
    Name device;
    bool on_alarm_topic = false;
    std::string reason;
};

enum class ValveOutcome : std::uint8_t { sent, done, failed, no_answer };

[[nodiscard]] constexpr std::string_view to_string(ValveOutcome outcome) {
    constexpr std::string_view kNames[] = {"sent", "done", "failed", "no_answer"};
    return kNames[static_cast<std::size_t>(outcome)];
}

/// What became of a command to a valve.
struct ValveReport {
    Name site;
    Name valve;
    std::string command_id;
    ValveOutcome outcome = ValveOutcome::sent;
    std::string detail;
    std::string ticket;
    std::string reason;
};

/// One thing to tell the processor. The origin is its lasting name.
struct Item {
    Origin origin;
    Instant received_at;
    std::variant<Reading, OnlineChange, UnreadableMessage, ValveReport> body;
};

/// Bytes kept for people to look at because they could not be taken as what they claim to be.
struct QuarantineEntry {
    Instant received_at;
    std::string topic;
    std::string payload;
    std::string reason;
};

}  // namespace mercaptan::gateway
