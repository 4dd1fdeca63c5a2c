#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/result.h"
#include "processor/core/rulebook.h"

namespace mercaptan::processor {

inline constexpr std::size_t kPoliciesMax = 256;
inline constexpr std::size_t kClocksPerPolicyMax = 16;

/// Reads one policy file; config/policies/README.md describes every key. Fails with invalid_input
/// and every error found, one per line.
[[nodiscard]] Result<Policy> parse_policy(std::string_view text, std::string file_name);

/// Reads every `*.yaml` of the folder, in the order of their names. Two policies of one name are an
/// error; two for one kind and class of repair are a warning, because only the first is chosen.
[[nodiscard]] Result<std::vector<Policy>> load_policies(const std::filesystem::path& folder,
                                                        std::vector<std::string>& warnings);

}  // namespace mercaptan::processor
