#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/domain/instant.h"
#include "gateway/settings.h"
#include "processor/processor.h"

namespace mercaptan::simulation {

/// Bugs to plant, each of which a checker has to see. They are in the simulated surroundings
/// (disks, links, threads): where the real ones go wrong, the product could not help it.
enum class Plant : std::uint8_t {
    none,
    gateway_disk_lies,       // Says that it synced.
    processor_disk_lies,     // The same.
    acts_before_commit,      // Effects leave before their commit is written.
    confirms_before_commit,  // Watermarks leave before their commit is written.
    broker_confirms,         // The link believes that what the broker has, the processor has.
    watermarks_lost,         // All of them.
    effects_unconfirmed,     // Nobody tells the processor that the broker has a message.
    sink_sees_older,         // A message is followed by an older one of its topic.
    order_ids_reused,        // Each dispatch order has the id of the first.
    history_twice,           // A reading is kept under two keys.
    history_dropped,         // A reading is not kept.
    ticket_twice,            // Two open tickets of one hazard.
    ticket_dropped,          // A change of a ticket is not kept.
    alarm_dropped,           // An alarm is not kept.
    log_line_dropped,
    breach_twice,
    breach_early,
    never_ticks,   // Deadlines are looked at only when something comes in.
    keys_ignored,  // Idempotency keys do not reach the core.
    valve_deaf,    // Commands to valves are lost.
};

/// How often something goes wrong; zero is never. Drawn anew for every seed.
struct Faults {
    double link_loss = 0;  // Per message, at the broker's way out.
    double link_duplicate = 0;
    double link_reorder = 0;
    Duration link_delay_max{5};
    Duration link_cut_every{0};
    Duration link_cut_max{60'000};
    Duration broker_restart_every{0};
    Duration gateway_crash_every{0};
    Duration processor_crash_every{0};
    double power_cut = 0;   // Of the crashes of a gateway.
    double disk_fails = 0;  // Of the crashes: a write or a sync fails instead.
    double dies_at_start = 0;
    Duration down_max{20'000};
    double puback_lost = 0;  // At a crash, of the last message that was taken.
};

struct DevicePlan {
    std::string site;
    std::string id;
    DeviceKind kind = DeviceKind::leak_detector;
    bool registered = true;
    bool counts = true;  // Sends a sequence number.
    bool has_clock = true;
    Duration skew{0};
    Duration interval{20'000};
    double repeats = 0;              // Sends the same bytes again.
    double late = 0;                 // Keeps a message for a while.
    double reboots = 0;              // Per message: counts from the beginning.
    double unreadable = 0;           // Per message.
    double telemetry_emergency = 0;  // Of emergencies: on the telemetry topic.
    double self_test = 0;
    double faults = 0;
    double online_flips = 0;
};

struct SitePlan {
    std::string id;
    bool valve = false;
    std::vector<std::size_t> heard_by;  // Gateways.
    Duration leak_every{0};
};

/// Everything that a seed decides before the clock starts.
struct Plan {
    std::uint64_t seed = 0;
    Plant plant = Plant::none;
    bool verbose = false;
    Duration length{15LL * 60'000};  // With faults.
    Duration rest{6LL * 60'000};     // Without, before the final checks.
    std::size_t gateways = 1;
    std::vector<SitePlan> sites;
    std::vector<DevicePlan> devices;
    Faults faults;
    gateway::Settings gateway;
    Duration gateway_sync_max{2};
    Duration gateway_flush_every{0};  // The store drops dead rows.
    processor::ProcessorSettings processor;
    Duration commit_max{10};
    Duration operator_every{0};
    Duration hotline_every{0};
    double operator_completes = 0.5;  // Of looks at a ticket: does the next step of the work.
    Duration reload_every{0};
    bool crews_off_duty = false;
};

[[nodiscard]] Plan draw_plan(std::uint64_t seed);
[[nodiscard]] std::string to_string(const Plan& plan);

}  // namespace mercaptan::simulation
