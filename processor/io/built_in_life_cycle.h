#pragma once

#include <string_view>

namespace mercaptan::processor {

/// The text of config/policies/life_cycles/repair.yaml.
extern const std::string_view kBuiltInLifeCycle;

}  // namespace mercaptan::processor
