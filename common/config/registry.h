#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "common/domain/registry.h"
#include "common/domain/result.h"

namespace mercaptan::config {

inline constexpr std::size_t kRegistryBytesMax = std::size_t{1} << 30U;
/// How many bad rows one refusal lists before it says that there are more.
inline constexpr std::size_t kRegistryErrorsMax = 20;

/// Reads the device registry (see README.md for the columns), in file order. Fails with
/// invalid_input and up to kRegistryErrorsMax lines `file:line: column: expected ..., got "..."`.
[[nodiscard]] Result<DeviceRegistry> parse_registry(std::string_view text, std::string file_name);
[[nodiscard]] Result<DeviceRegistry> load_registry(const std::filesystem::path& file);

}  // namespace mercaptan::config
