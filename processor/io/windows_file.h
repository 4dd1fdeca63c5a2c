#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/result.h"
#include "processor/core/rulebook.h"

namespace mercaptan::processor {

/// Reads config/windows.yaml: the purge and maintenance windows of sites. Fails with invalid_input
/// and every error found, one per line.
[[nodiscard]] Result<std::vector<SiteWindow>> parse_windows(std::string_view text,
                                                            std::string file_name);
[[nodiscard]] Result<std::vector<SiteWindow>> load_windows(const std::filesystem::path& file);

}  // namespace mercaptan::processor
