#pragma once

#include "tests/simulation/plan.h"
#include "tests/simulation/sim_store.h"

namespace mercaptan::simulation {

/// How the processor's disk betrays it under a planted bug; empty for those that are elsewhere.
[[nodiscard]] SimStore::Tamper tampering(Plant plant);

}  // namespace mercaptan::simulation
