#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/result.h"
#include "common/store/store.h"
#include "processor/config.h"
#include "processor/core/rulebook.h"

// The files of every rulebook that was in force are kept in the store, each text once, so that the
// journal can be replayed whatever became of them since.
namespace mercaptan::processor {

/// Texts by their place: `rules.yaml`, `policies/…`, `calendar.yaml`, `roster.yaml`,
/// `registry.csv`, `windows.yaml` if there is one, `time_zone` (its name) and `zoneinfo/…` (its
/// rules).
using RulebookFiles = std::map<std::string, std::string>;

/// What names them all: 32 hexadecimal digits of their contents.
[[nodiscard]] std::string content_name(const RulebookFiles& files);

struct LoadedRulebook {
    std::shared_ptr<const Rulebook> rulebook;  // Its `content` names the files.
    RulebookFiles files;
};
/// Loads a rulebook together with the texts that it was made of. Fails as load_rulebook does, or
/// with conflict if the files would not hold still.
[[nodiscard]] Result<LoadedRulebook> load_rulebook_with_files(
    const RulebookPaths& paths, std::vector<std::string>* warnings = nullptr);

/// Puts the texts into the store, in small batches, if they are not there; synced when it returns.
[[nodiscard]] Result<void> keep_rulebook(store::Store& store, const RulebookFiles& files);

/// Writes the files of a name into a folder, and says where each lies.
[[nodiscard]] Result<RulebookPaths> unpack_rulebook(const store::Store& store,
                                                    std::string_view content,
                                                    const std::filesystem::path& folder);

}  // namespace mercaptan::processor
