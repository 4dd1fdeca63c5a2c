#pragma once

#include <cstdint>
#include <fstream>
#include <string>

#include "common/domain/result.h"
#include "tests/fleet/district.h"

namespace mercaptan::fleet {

/// One message of a device, from its making until it is settled.
struct Message {
    std::uint32_t device = 0;
    std::int32_t leak = -1;
    std::uint64_t seq = 0;
    std::int64_t event_ms = 0;  // Its `ts`.
    std::int64_t sent_us = 0;   // Wall clock when first handed to the socket; 0: never.
    std::int64_t acked_us = 0;
    std::uint32_t copies = 0;  // Handed over, with repeats.
    std::uint32_t unacked = 0;
    bool urgent = false;  // It is on the alarm topic.
    bool late = false;
    bool dropped = false;
    bool confirmed = false;  // The gateway said `…/ack`.
    bool used = false;
    std::string values;
    std::string status;
    std::string payload;  // Kept only while it may have to be sent again or later.
};

/// The list of what was sent, one JSON object a line, for a checker to compare with what arrived.
class Manifest {
public:
    /// An empty path: no list.
    [[nodiscard]] Result<void> open(const std::string& path);
    bool wanted() const { return file_.is_open(); }
    void write(const Message& message, const Device& device, const std::string& leak_id);
    void flush() { file_.flush(); }

private:
    std::ofstream file_;
    std::string line_;
};

}  // namespace mercaptan::fleet
