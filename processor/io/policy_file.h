#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/result.h"
#include "processor/core/rulebook.h"
#include "processor/io/life_cycle_file.h"

namespace mercaptan::processor {

inline constexpr std::size_t kPoliciesMax = 256;
inline constexpr std::size_t kClocksPerPolicyMax = 16;

/// Where in a policy's file things stand, as errors write it: for what only several files together
/// can show.
struct PolicyMarks {
    bool names_life_cycle = false;  // The long form: what it leaves out must be meant.
    std::string policy;
    std::string clocks;
    std::map<std::string, std::string> within;  // By clock.
    std::set<std::string> none;                 // Clocks that are written to be none.
    std::set<std::string> later;                // Clocks that say why they are later.
    std::set<int> without_class;                // Classes that are written to have no policy.
    std::map<std::string, std::string> opens;   // Where a follow-up names a policy.
    std::vector<RoleMention> roles;
};

struct PolicyFile {
    Policy policy;
    PolicyMarks marks;
};

/// Reads one policy file; config/policies/README.md describes every key. Fails with invalid_input
/// and every error found, one per line.
[[nodiscard]] Result<PolicyFile> read_policy(std::string_view text, std::string file_name,
                                             const LifeCycles& life_cycles);
/// The same with the built-in life cycle only.
[[nodiscard]] Result<Policy> parse_policy(std::string_view text, std::string file_name);

/// All policies of a folder; `life_cycles/` in it has their life cycles.
struct PolicyFolder {
    std::vector<std::shared_ptr<const Policy>> policies;
    std::vector<PolicyMarks> marks;  // Of each policy.
    std::vector<RoleMention> life_cycle_roles;
};

/// The files of a folder of policies, and of its `life_cycles/` if it has one.
struct PolicyTexts {
    FileTexts policies;
    FileTexts life_cycles;
};
[[nodiscard]] Result<PolicyTexts> read_policy_texts(const std::filesystem::path& folder);
[[nodiscard]] Result<PolicyFolder> compile_policies(const PolicyTexts& texts,
                                                    std::vector<std::string>& warnings);

/// Reads every `*.yaml` of the folder, in the order of their names. Two policies of one name are an
/// error; two for one kind and class are a warning, because only the first is chosen, and an error
/// if the second is in the long form.
[[nodiscard]] Result<PolicyFolder> load_policies(const std::filesystem::path& folder,
                                                 std::vector<std::string>& warnings);

/// What the policies of a folder have wrong with each other: one line per error, or nothing.
[[nodiscard]] std::string check_together(const PolicyFolder& folder);
/// What they have wrong with the roster and the calendar.
[[nodiscard]] std::string check_against(const PolicyFolder& folder, const Roster& roster,
                                        const Calendar& calendar);

/// Whether `a` ends before `b` whenever both start. `n` days end at least `n` times 24 hours later,
/// and business days never end before as many days do.
[[nodiscard]] bool surely_before(const Span& a, const Span& b);

}  // namespace mercaptan::processor
