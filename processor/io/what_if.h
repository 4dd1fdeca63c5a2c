#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "processor/io/replay.h"

// What would have been different under other rules: the recorded history twice, side by side.
namespace mercaptan::processor {

/// A ticket as it was opened.
struct OpenedTicket {
    std::string id;
    TicketKind kind = TicketKind::repair;
    std::optional<TicketClass> ticket_class;
    std::string policy;
    Name site;
    Name zone;
    std::string condition;
    Instant at;  // Record time.
    std::string hazard_key;
    bool operator==(const OpenedTicket&) const = default;
};

struct ClockTally {
    std::uint64_t met = 0;
    std::uint64_t breached = 0;
    bool operator==(const ClockTally&) const = default;
};

/// What one of the two did in the time that is compared.
struct RunTally {
    static constexpr Duration kWindow{600'000};  // ISA-18.2 counts alarms per 10 minutes.

    std::uint64_t tickets = 0;
    std::uint64_t alarms = 0;       // Occurrences that began.
    std::uint64_t alarms_peak = 0;  // In the fullest window.
    std::uint64_t orders = 0;
    std::uint64_t pages = 0;
    std::uint64_t valve_commands = 0;
    std::map<std::string, std::uint64_t> alarms_by_condition;
    std::map<std::string, ClockTally> clocks;  // By name.
    bool operator==(const RunTally&) const = default;
};

struct WhatIf {
    Start start;  // Where the replay began.
    Instant from;
    Instant to;
    Instant last;  // The last commit's time.
    std::uint64_t readings = 0;
    std::uint64_t commits = 0;

    // Whether what was recorded came out again, from the start on.
    std::uint64_t commits_other = 0;  // Those that came out otherwise.
    std::optional<std::uint64_t> first_other;
    std::optional<Instant> first_other_at;
    std::string program;  // The version that wrote the last of it.

    RunTally recorded;
    // The rest only if there are other rules.
    bool compared = false;
    RunTally other;
    std::vector<OpenedTicket> more;
    std::vector<OpenedTicket> fewer;
    /// As recorded, and instead: opened at another time, or with another class.
    std::vector<std::pair<OpenedTicket, OpenedTicket>> changed;
    std::uint64_t commands = 0;          // That people gave and that were taken.
    std::uint64_t commands_lost = 0;     // Their ticket or alarm would not have been there.
    std::uint64_t commands_refused = 0;  // It would have been in another state.
};

struct WhatIfOptions {
    Instant from;
    Instant to;
    RulebookSource recorded;
    RulebookSource other{};  // Empty: nothing is compared, only what was recorded is checked.
    std::function<void(Instant at, std::uint64_t readings)> progress{};  // May be empty.
    ProcessorSettings settings{};  // That it was recorded with.
};

/// Replays what was recorded, from the start before `from` up to `to`. People are taken to do what
/// they did, on the ticket of the same hazard if it would have had another id.
[[nodiscard]] Result<WhatIf> replay_what_if(const store::Store& recorded,
                                            const WhatIfOptions& options);

}  // namespace mercaptan::processor
