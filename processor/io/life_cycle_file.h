#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/result.h"
#include "processor/core/life_cycle.h"

namespace mercaptan::processor {

/// By name.
using LifeCycles = std::map<std::string, std::shared_ptr<const LifeCycle>, std::less<>>;

/// A role that a file names, and where: whether anybody has it, only the roster says.
struct RoleMention {
    Name role;
    std::string where;
};

/// Reads one life cycle file; config/policies/README.md describes every key. Fails with
/// invalid_input and every error found, one per line: also states that nothing leads to, and
/// states without a way to an end.
[[nodiscard]] Result<LifeCycle> parse_life_cycle(std::string_view text, std::string file_name,
                                                 std::vector<RoleMention>* roles = nullptr);

/// Every `*.yaml` of the folder, and the life of a repair as it was when the program was built,
/// unless the folder has one of its own. A folder that is not there has none.
[[nodiscard]] Result<LifeCycles> load_life_cycles(const std::filesystem::path& folder,
                                                  std::vector<RoleMention>& roles);

/// The life of a repair that the program was built with.
[[nodiscard]] std::shared_ptr<const LifeCycle> built_in_life_cycle();

}  // namespace mercaptan::processor
