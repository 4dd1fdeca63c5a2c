#pragma once

#include "common/config/yaml.h"
#include "processor/core/rulebook.h"

namespace mercaptan::processor {

/// Reads `meters` of rules.yaml: sizes, limits and times of the meter rules.
void read_meters(config::Section section, Rules& rules);

}  // namespace mercaptan::processor
