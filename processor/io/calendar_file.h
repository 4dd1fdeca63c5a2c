#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "common/domain/result.h"
#include "processor/core/calendar.h"

namespace mercaptan::processor {

/// Reads config/calendar.yaml: the holidays and make-up workdays of consecutive years. Fails with
/// invalid_input and every error found, one per line.
[[nodiscard]] Result<Calendar> parse_calendar(std::string_view text, std::string file_name);
[[nodiscard]] Result<Calendar> load_calendar(const std::filesystem::path& file);

}  // namespace mercaptan::processor
