#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/result.h"
#include "processor/core/life_cycle.h"

namespace mercaptan::processor {

/// A file as it was read; errors call it by its name.
struct FileText {
    std::string name;
    std::string text;
};
using FileTexts = std::vector<FileText>;

/// By name. One without a name is the life of policies that name none, instead of the built-in one.
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

/// The life cycles of these files, and the life of a repair as it was when the program was built,
/// unless a file has it.
[[nodiscard]] Result<LifeCycles> compile_life_cycles(const FileTexts& files,
                                                     std::vector<RoleMention>& roles);

/// The life of a repair that the program was built with.
[[nodiscard]] std::shared_ptr<const LifeCycle> built_in_life_cycle();

}  // namespace mercaptan::processor
