#include "processor/io/replay_rulebooks.h"

#include "processor/io/rulebook_files.h"
#include "processor/io/rulebook_loader.h"

namespace mercaptan::processor {

Result<std::shared_ptr<const Rulebook>> ReplayRulebooks::of(const std::string& content) {
    if (const auto found = loaded_.find(content); found != loaded_.end()) return found->second;
    auto paths = unpack_rulebook(store_, content, folder_ / content);
    if (!paths) return Failure{paths.error()};
    if (!instead_.rules.empty()) paths->rules = instead_.rules;
    if (!instead_.policies.empty()) paths->policies = instead_.policies;
    auto rulebook = load_rulebook(*paths, nullptr, content);
    if (!rulebook) return rulebook;
    loaded_.emplace(content, *rulebook);
    return rulebook;
}

}  // namespace mercaptan::processor
