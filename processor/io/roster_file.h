#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "common/domain/result.h"
#include "processor/core/rulebook.h"

namespace mercaptan::processor {

/// Reads config/roster.yaml: crews with zones and shifts, and people with roles. Fails with
/// invalid_input and every error found, one per line.
[[nodiscard]] Result<Roster> parse_roster(std::string_view text, std::string file_name);
[[nodiscard]] Result<Roster> load_roster(const std::filesystem::path& file);

}  // namespace mercaptan::processor
