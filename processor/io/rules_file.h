#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "common/domain/result.h"
#include "processor/core/rulebook.h"

namespace mercaptan::processor {

/// Reads config/rules.yaml, whose comments describe every key. Fails with invalid_input and every
/// error found, one per line.
[[nodiscard]] Result<Rules> parse_rules(std::string_view text, std::string file_name);
[[nodiscard]] Result<Rules> load_rules(const std::filesystem::path& file);

}  // namespace mercaptan::processor
