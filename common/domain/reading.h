#pragma once

#include <cstdint>
#include <optional>

#include "common/domain/instant.h"
#include "common/domain/quantity.h"
#include "common/domain/text.h"

namespace mercaptan {

/// Two ways through the house: what is urgent never waits for what is not.
enum class Lane : std::uint8_t { emergency, bulk };

[[nodiscard]] constexpr std::string_view to_string(Lane lane) {
    return lane == Lane::emergency ? "emergency" : "bulk";
}

/// Where the gateway first stored a message: names it for good, whatever path it takes from there.
struct Origin {
    std::uint64_t epoch = 0;  // Rises with every start of the gateway.
    std::uint64_t seq = 0;    // Of the message within the epoch and lane.
    std::uint32_t part = 0;   // Which reading of the message.
    Lane lane = Lane::bulk;
    auto operator<=>(const Origin&) const = default;
};

/// One report of one device, in canonical quantities.
struct Reading {
    Name site;
    Name device;
    std::optional<Instant> event_at;   // The device's clock; absent if it has none or it is absurd.
    Instant received_at;               // The gateway's clock.
    std::optional<std::uint64_t> seq;  // The device's own count.
    Values values;
    StatusSet status;
    bool has_status = false;  // The message spoke of status: a flag that is absent is then false.
    bool urgent = false;      // The device sent it on its alarm topic.
    Origin origin;

    /// The time to order this reading by: the device's if it has one, else the gateway's.
    [[nodiscard]] Instant at() const { return event_at.value_or(received_at); }
};

}  // namespace mercaptan
