#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "processor/core/effect.h"
#include "processor/core/ticket_model.h"

namespace mercaptan::processor {

/// What steps changed since `clear_changes`: all of it must be committed together with the source's
/// position before any effect is performed. Indexes are into the engine's own lists; each is named
/// once however often it changed.
struct Changes {
    std::vector<std::uint32_t> devices;      // Rows that a restart could not do without.
    std::vector<std::uint32_t> device_news;  // Devices that appeared, fell silent or came back.
    std::vector<std::uint32_t> alarms;
    std::vector<std::uint32_t> tickets;
    std::vector<LogEntry> log;
    std::vector<std::pair<std::string, std::string>> idempotency;  // Key and its answer's ticket.
    std::vector<Effect> effects;
    std::vector<Reply> replies;
    bool emergency = false;  // A Class 1 ticket was opened or a Class 1 matter moved: commit now.
};

}  // namespace mercaptan::processor
