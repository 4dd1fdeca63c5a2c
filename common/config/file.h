#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "common/domain/result.h"

namespace mercaptan::config {

/// The bytes of a regular file. Fails with invalid_input if it cannot be read or is longer than
/// `bytes_max`; the message names the file and what was expected.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& file,
                                            std::size_t bytes_max);

}  // namespace mercaptan::config
