#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/domain/result.h"
#include "processor/config.h"
#include "processor/core/rulebook.h"

namespace mercaptan::processor {

/// Reads rules, policies, calendar, roster, registry and time zone into one Rulebook and checks
/// that they fit together. Fails with invalid_input and every error found, one per line:
/// `file:line:column: key: expected ...`. What is odd but can be worked with (a zone without a
/// crew) goes into `warnings` if given, one text each. `content` names the files it is made of.
[[nodiscard]] Result<std::shared_ptr<const Rulebook>> load_rulebook(
    const RulebookPaths& paths, std::vector<std::string>* warnings = nullptr,
    std::string content = {});

}  // namespace mercaptan::processor
