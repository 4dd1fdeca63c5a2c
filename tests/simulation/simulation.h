#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/simulation/findings.h"
#include "tests/simulation/plan.h"

namespace mercaptan::simulation {

struct Outcome {
    std::vector<Finding> findings;
    std::uint64_t messages = 0;  // Sent by devices.
    std::uint64_t readings = 0;  // In the history at the end.
    std::uint64_t tickets = 0;
    std::uint64_t steps = 0;
    Instant ended_at{};
};

/// Runs one district from start to rest on virtual time. The same plan gives the same outcome.
[[nodiscard]] Outcome simulate(const Plan& plan);

/// What to print when `outcome` has findings: the seed, the command that replays it, and them.
[[nodiscard]] std::string report(const Plan& plan, const Outcome& outcome);

/// Prints the seed in hand if the process is aborted by a broken invariant.
void name_seed_on_abort();

}  // namespace mercaptan::simulation
