#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <system_error>
#include <vector>

#include "common/config/registry.h"
#include "common/config/wording.h"
#include "common/config/yaml.h"
#include "gateway/io/config.h"
#include "gateway/profiles/native.h"

// The files that a reload reads again: guard.yaml, the registry, the profiles.
namespace mercaptan::gateway {
namespace {

using config::Document;
using config::Section;

constexpr std::array<std::string_view, 1> kActions{"close_valve"};
constexpr std::array<std::string_view, 1> kDecoders{"native"};

CommandPolicy read_policy(Section& section, const CommandPolicy& fallback) {
    using namespace std::chrono_literals;
    CommandPolicy policy;
    policy.ack_within = section.duration("ack_within", 100ms, 1h, fallback.ack_within);
    policy.retries =
        static_cast<std::uint32_t>(section.integer("retries", 0, 1000, fallback.retries));
    policy.cooldown = section.duration("cooldown", 0ms, 24h, fallback.cooldown);
    return policy;
}

std::optional<double> read_at_least(Section& when, std::string_view key, double max) {
    auto bound = when.optional_section(key);
    if (!bound) return std::nullopt;
    return bound->number("at_least", 0.1, max);
}

StatusSet read_any_of(Section& when) {
    StatusSet any_of;
    auto status = when.optional_section("status");
    if (!status) return any_of;
    const std::vector<std::string> names = status->strings("any_of");
    if (names.empty()) status->error("any_of", "expected at least one status");
    for (const std::string& name : names) {
        if (const auto flag = status_from(name)) {
            any_of.add(*flag);
        } else {
            status->error("any_of", config::expected_got("names of status flags", name));
        }
    }
    return any_of;
}

GuardRule read_rule(Section& section, const CommandPolicy& defaults) {
    GuardRule rule;
    rule.name = section.required_string("rule");
    // The only thing a guard may do. There is no word for opening a valve.
    static_cast<void>(section.choice_index("action", kActions));
    Section when = section.section("when");
    rule.gas_lel_pct_min = read_at_least(when, "gas_lel_pct", 100.0);
    rule.co_ppm_min = read_at_least(when, "co_ppm", 10'000.0);
    rule.status_any_of = read_any_of(when);
    if (!rule.gas_lel_pct_min && !rule.co_ppm_min && rule.status_any_of.empty()) {
        section.error("when", "expected gas_lel_pct, co_ppm or status");
    }
    rule.policy = read_policy(section, defaults);
    return rule;
}

Result<std::vector<std::filesystem::path>> yaml_files(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    std::error_code error;
    for (std::filesystem::directory_iterator entry{folder, error}, end; !error && entry != end;
         entry.increment(error)) {
        if (entry->path().extension() == ".yaml") files.push_back(entry->path());
    }
    if (error) {
        return fail(
            ErrorCode::invalid_input,
            folder.string() + ": expected a readable folder of profiles, got: " + error.message());
    }
    std::sort(files.begin(), files.end());
    return files;
}

/// The error, behind the place of the key that named the file.
Failure placed(const RulebookPaths& paths, std::string_view key, const Error& error) {
    const auto where = paths.where.find(key);
    if (where == paths.where.end() || error.message.find(':') != std::string::npos)
        return Failure{error};
    return fail(error.code, where->second + ": " + error.message);
}

}  // namespace

Result<void> load_guard(const std::filesystem::path& file, Rulebook& rules) {
    auto document = Document::load(file);
    if (!document) return Failure{document.error()};
    Section root = document->root();
    Section command = root.section("command");
    rules.orders = read_policy(command, CommandPolicy{});
    rules.guard.clear();
    std::set<std::string> names;
    for (Section& section : root.sections("rules")) {
        rules.guard.push_back(read_rule(section, rules.orders));
        if (!names.insert(rules.guard.back().name).second) {
            section.error("rule", config::expected_got("a name that no other rule has",
                                                       rules.guard.back().name));
        }
    }
    return document->finish();
}

Result<Rulebook> load_rulebook(const RulebookPaths& paths) {
    Rulebook rules;
    if (auto guard = load_guard(paths.guard, rules); !guard)
        return placed(paths, "guard", guard.error());
    auto entries = config::load_registry(paths.registry);
    if (!entries) return placed(paths, "registry", entries.error());
    rules.registry = std::make_shared<const Registry>(*entries);
    return rules;
}

Result<profiles::ProfileSet> load_profiles(const std::filesystem::path& folder,
                                           std::size_t payload_bytes_max) {
    auto files = yaml_files(folder);
    if (!files) return Failure{files.error()};
    if (files->empty()) {
        return fail(ErrorCode::invalid_input,
                    folder.string() + ": expected at least one profile (*.yaml)");
    }
    profiles::ProfileSet set;
    std::set<std::string> names;
    for (const std::filesystem::path& file : *files) {
        auto document = Document::load(file);
        if (!document) return Failure{document.error()};
        Section root = document->root();
        const std::string name = root.required_string("profile");
        static_cast<void>(root.choice_index("decoder", kDecoders));
        if (name != "native") root.error("profile", config::expected_got("native", name));
        if (!names.insert(name).second) {
            root.error("profile", config::expected_got("a name that no other profile has", name));
        }
        if (auto sound = document->finish(); !sound) return Failure{sound.error()};
        set.add(std::make_unique<profiles::NativeProfile>(payload_bytes_max));
    }
    return set;
}

}  // namespace mercaptan::gateway
