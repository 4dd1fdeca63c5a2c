#pragma once

#include <string_view>

#include "common/config/yaml.h"
#include "processor/io/policy_file.h"

namespace mercaptan::processor {

/// Reads `clocks` of a policy file into the policy, whose life cycle and class are there already.
void read_clocks(config::Section root, Policy& policy, PolicyMarks& marks);

/// A condition on lines of the history: a state, a list of states, or {state: [..], event: [..]}.
[[nodiscard]] When read_when(config::Section section, std::string_view key, const LifeCycle& life);

}  // namespace mercaptan::processor
