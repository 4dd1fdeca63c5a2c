#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "common/domain/result.h"
#include "common/store/store.h"
#include "processor/core/rulebook.h"

namespace mercaptan::processor {

/// The rulebooks that were in force, from the files that the store keeps, with other rules or
/// policies in their place if given. Registry, roster, calendar and time zone stay as they were.
class ReplayRulebooks {
public:
    struct Instead {
        std::filesystem::path rules{};     // A file; empty: as it was.
        std::filesystem::path policies{};  // A folder; likewise.
    };
    /// `folder` is filled with files and must outlive this.
    ReplayRulebooks(const store::Store& store, std::filesystem::path folder, Instead instead)
        : store_{store}, folder_{std::move(folder)}, instead_{std::move(instead)} {}

    [[nodiscard]] Result<std::shared_ptr<const Rulebook>> of(const std::string& content);

private:
    const store::Store& store_;
    std::filesystem::path folder_;
    Instead instead_;
    std::map<std::string, std::shared_ptr<const Rulebook>> loaded_;
};

}  // namespace mercaptan::processor
