#pragma once

#include <memory>

#include "processor/core/rulebook.h"
#include "tests/simulation/plan.h"

namespace mercaptan::simulation {

/// The processor's rulebook of a planned district. Edition 0 is there at the start, each reload
/// brings the next: other crews, and another rule version.
[[nodiscard]] std::shared_ptr<const processor::Rulebook> make_rulebook(const Plan& plan,
                                                                       unsigned edition);

}  // namespace mercaptan::simulation
