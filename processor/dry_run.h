#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "processor/core/clock_fold.h"

namespace mercaptan::processor {

/// Files that are not in force, and might be.
struct ProposedFiles {
    /// Name in the folder (`repair.class1.yaml`, `life_cycles/repair.yaml`) and text; none: those
    /// in force.
    std::vector<std::pair<std::string, std::string>> policies;
    std::optional<std::string> calendar;  // Absent: the one in force.
};

/// What another version would make of one open ticket.
struct DryRunTicket {
    std::string id;
    std::string policy;
    std::string state;
    std::string from_version;
    std::string to_version;  // Empty: the policy is not there any more.
    std::string from_calendar;
    std::string to_calendar;
    std::string obstacle;  // Why it could not be migrated; empty: it could.
    std::vector<ClockMove> clocks;
};

struct DryRun {
    std::uint64_t open_tickets = 0;     // All that were looked at.
    std::vector<DryRunTicket> tickets;  // Those of another version than the proposed one.
    std::uint64_t left_off = 0;         // Beyond kDryRunTicketsMax.
};
inline constexpr std::size_t kDryRunTicketsMax = 20'000;

}  // namespace mercaptan::processor
