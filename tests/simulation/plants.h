#pragma once

#include <string>
#include <string_view>

#include "tests/simulation/plan.h"
#include "tests/simulation/sim_store.h"

namespace mercaptan::simulation {

/// How the processor's disk betrays it under a planted bug; empty for those that are elsewhere.
[[nodiscard]] SimStore::Tamper tampering(Plant plant);

/// Gives a dispatch order the id that all have; other messages stay as they are.
void reuse_order_id(std::string_view topic, std::string& payload);

}  // namespace mercaptan::simulation
