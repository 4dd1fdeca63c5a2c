#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/domain/instant.h"
#include "common/domain/reading.h"

namespace mercaptan::gateway {

/// The way to the devices. Called by the loop; must not block.
class FieldPort {
public:
    virtual ~FieldPort() = default;
    /// QoS 1. False if it could not be handed over; nobody repeats it.
    virtual bool publish(std::string_view topic, std::string_view payload) = 0;
    /// The same for a command to a valve; `caused_at` is when the cause of a new one was received.
    virtual bool publish_command(std::string_view topic, std::string_view payload,
                                 std::optional<Instant> caused_at) = 0;
    /// Stops or resumes taking messages of a lane. While stopped the broker keeps them.
    virtual void set_intake(Lane lane, bool open) = 0;
};

/// The way to the processor. Called by the loop; must not block.
class CentralPort {
public:
    virtual ~CentralPort() = default;
    /// QoS 1. False if it could not be handed over: it is tried again later. If true,
    /// Gateway::on_published(token) must follow once.
    virtual bool publish(std::string_view topic, std::string_view payload, std::uint64_t token) = 0;
};

}  // namespace mercaptan::gateway
