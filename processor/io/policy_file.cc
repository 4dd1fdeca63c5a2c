#include "processor/io/policy_file.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <system_error>
#include <utility>

#include "common/config/file.h"
#include "common/config/wording.h"
#include "common/config/yaml.h"
#include "processor/core/ids.h"
#include "processor/io/enum_names.h"
#include "processor/io/policy_clocks.h"

namespace mercaptan::processor {
namespace {

using config::Document;
using config::Section;

constexpr std::array<std::string_view, 2> kCalendarNames{"always", "business"};
constexpr std::array<std::string_view, 2> kEvidenceNames{"required", "asked"};
constexpr std::array<std::string_view, 3> kChosenNames{"always", "if_no_other", "by_name"};
constexpr std::array<std::string_view, 2> kWhenChangedNames{"pin", "migrate"};
constexpr Duration kEscalateEveryMin = std::chrono::seconds{1};
constexpr Duration kEscalateEveryMax = std::chrono::hours{24};
constexpr Duration kEscalateEveryDefault = std::chrono::minutes{10};  // Of class 1.
constexpr Duration kRepeatWindowMax = std::chrono::hours{24 * 366};
constexpr std::int64_t kVersionMax = 1'000'000;
constexpr std::string_view kLifeCycleFolder = "life_cycles";

void read_escalation(Section root, Policy& policy, PolicyMarks& marks) {
    const bool emergency = policy.ticket_class == TicketClass::one;
    // While nobody has accepted an emergency, escalation never ends.
    const Duration least = emergency ? kEscalateEveryMin : Duration{0};
    const Duration usual = emergency ? kEscalateEveryDefault : Duration{0};
    policy.escalate_every = root.duration("escalate_every", least, kEscalateEveryMax, usual);
    if (policy.escalate_every > Duration{0} && policy.escalate_every < kEscalateEveryMin) {
        root.error("escalate_every", "expected 0s or at least 1s");
    }
    policy.escalation = root.names("escalation");
    for (const Name& role : policy.escalation)
        marks.roles.push_back({role, root.where("escalation")});
}

void read_life_cycle(Section root, const LifeCycles& life_cycles, Policy& policy,
                     PolicyMarks& marks) {
    const auto usual = life_cycles.find("");
    policy.life_cycle = usual == life_cycles.end() ? built_in_life_cycle() : usual->second;
    const auto name = root.optional_string("life_cycle");
    marks.names_life_cycle = name.has_value();
    if (!name) return;
    const auto found = life_cycles.find(*name);
    if (found != life_cycles.end()) {
        policy.life_cycle = found->second;
        return;
    }
    std::vector<std::string_view> names;
    for (const auto& [known, life] : life_cycles) names.push_back(known);
    root.error("life_cycle", config::expected_got(config::listed(names), *name));
}

void read_follow_ups(Section root, Policy& policy, PolicyMarks& marks) {
    for (Section section : root.sections("follow_ups")) {
        FollowUp rule;
        rule.when = read_when(section, "on", *policy.life_cycle);
        rule.policy = section.required_string("open");
        rule.because = section.required_string("because");
        if (!section.has("on")) section.error("on", "expected a state or an event");
        if ((rule.when.entered & state_bit(0)) != 0)
            section.error("on",
                          "expected a later state: a ticket would open another one before "
                          "anything happened to it");
        marks.opens[rule.policy] = section.where("open");
        policy.follow_ups.push_back(std::move(rule));
    }
}

void read_missing_classes(Section root, PolicyMarks& marks) {
    for (Section section : root.sections("without_class")) {
        marks.without_class.insert(static_cast<int>(section.integer("class", 1, 3)));
        static_cast<void>(section.required_string("because"));
    }
}

/// For readers of the file. What tells one version from another is the content.
void skip_remarks(Section root) {
    static_cast<void>(root.integer("version", 1, kVersionMax, 1));
    static_cast<void>(root.optional_string("source"));
    static_cast<void>(root.optional_string("effective_from"));
}

/// The `*.yaml` of a folder, in the order of their names.
Result<FileTexts> read_folder(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> paths;
    std::error_code failed;
    for (std::filesystem::directory_iterator entry{folder, failed}, end; !failed && entry != end;
         entry.increment(failed)) {
        if (entry->path().extension() == ".yaml") paths.push_back(entry->path());
    }
    if (failed) {
        return fail(ErrorCode::invalid_input, folder.string() +
                                                  ": expected a readable folder, got " +
                                                  config::quote(failed.message()));
    }
    std::sort(paths.begin(), paths.end());
    FileTexts files;
    std::string errors;
    for (const auto& path : paths) {
        auto text = config::read_file(path, config::kYamlBytesMax);
        if (!text) {
            errors += (errors.empty() ? "" : "\n") + text.error().message;
            continue;
        }
        files.push_back({path.string(), *std::move(text)});
    }
    if (!errors.empty()) return fail(ErrorCode::invalid_input, std::move(errors));
    return files;
}

/// Notes what an added policy has in common with the earlier ones.
void compare_policies(const PolicyFolder& earlier, const PolicyFile& added, const std::string& file,
                      std::string& errors, std::vector<std::string>& warnings) {
    const Policy& policy = added.policy;
    for (const auto& other : earlier.policies) {
        const bool same_case = other->kind == policy.kind &&
                               other->ticket_class == policy.ticket_class &&
                               other->chosen == policy.chosen && policy.chosen != Chosen::by_name;
        if (other->name == policy.name) {
            errors += file + ": policy: expected a name of its own, got \"" + policy.name +
                      "\", which another file has\n";
        } else if (same_case && added.marks.names_life_cycle) {
            errors += added.marks.policy + ": expected chosen: by_name: " + other->name +
                      " comes first for its kind and class, so nothing would choose it\n";
        } else if (same_case && policy.ticket_class) {
            warnings.push_back(file + ": policy " + policy.name +
                               " is used only where a report names it: " + other->name +
                               " comes first for its kind and class");
        }
    }
}

}  // namespace

Result<PolicyFile> read_policy(std::string_view text, std::string file_name,
                               const LifeCycles& life_cycles) {
    auto document = Document::parse(text, std::move(file_name));
    if (!document) return Failure{document.error()};
    Section root = document->root();
    PolicyFile file;
    Policy& policy = file.policy;
    file.marks.policy = root.where("policy");
    policy.name = root.name("policy").str();
    policy.kind = root.choice<TicketKind>("kind", names_of<TicketKind, kTicketKindCount>());
    if (const auto ticket_class = root.optional_integer("class", 1, 3)) {
        policy.ticket_class = static_cast<TicketClass>(*ticket_class);
    } else if (policy.kind == TicketKind::repair && !root.has("class")) {
        root.error("class", "expected 1, 2 or 3 for repair");
    }
    policy.when_changed =
        root.choice<WhenChanged>("when_changed", kWhenChangedNames, WhenChanged::pin);
    policy.chosen = root.choice<Chosen>("chosen", kChosenNames, Chosen::always);
    read_life_cycle(root, life_cycles, policy, file.marks);
    policy.business_calendar = root.choice_index("calendar", kCalendarNames, 0) == 1;
    policy.auto_dispatch = root.boolean("auto_dispatch", policy.kind == TicketKind::repair);
    policy.skills = root.names("skills");
    // A policy in the short form asks for no evidence that the contract does not speak of.
    const std::size_t usual = file.marks.names_life_cycle ? 0 : 1;
    policy.evidence_required = root.choice_index("evidence", kEvidenceNames, usual) == 0;
    policy.repeat_window =
        root.duration("repeat_window", Duration{0}, kRepeatWindowMax, Duration{0});
    if (auto title = root.optional_section("title")) {
        policy.zh = title->required_string("zh");
        policy.en = title->required_string("en");
    }
    skip_remarks(root);
    read_missing_classes(root, file.marks);
    read_escalation(root, policy, file.marks);
    read_clocks(root, policy, file.marks);
    read_follow_ups(root, policy, file.marks);
    if (auto sound = document->finish(); !sound) return Failure{sound.error()};
    policy.version = content_version("p-", {text, policy.life_cycle->text});
    policy.text = text;
    return file;
}

Result<Policy> parse_policy(std::string_view text, std::string file_name) {
    const auto built_in = built_in_life_cycle();
    return read_policy(text, std::move(file_name), {{built_in->name.str(), built_in}})
        .map([](PolicyFile&& file) { return std::move(file.policy); });
}

Result<PolicyTexts> read_policy_texts(const std::filesystem::path& folder) {
    auto policies = read_folder(folder);
    if (!policies) return Failure{policies.error()};
    if (policies->empty() || policies->size() > kPoliciesMax) {
        return fail(ErrorCode::invalid_input,
                    folder.string() + ": expected 1 to " + std::to_string(kPoliciesMax) +
                        " files *.yaml, got " + std::to_string(policies->size()));
    }
    PolicyTexts texts;
    texts.policies = *std::move(policies);
    std::error_code failed;
    if (!std::filesystem::exists(folder / kLifeCycleFolder, failed)) return texts;
    auto life_cycles = read_folder(folder / kLifeCycleFolder);
    if (!life_cycles) return Failure{life_cycles.error()};
    texts.life_cycles = *std::move(life_cycles);
    return texts;
}

Result<PolicyFolder> compile_policies(const PolicyTexts& texts,
                                      std::vector<std::string>& warnings) {
    PolicyFolder folder;
    auto life_cycles = compile_life_cycles(texts.life_cycles, folder.life_cycle_roles);
    if (!life_cycles) return Failure{life_cycles.error()};
    std::string errors;
    for (const FileText& file : texts.policies) {
        auto policy = read_policy(file.text, file.name, *life_cycles);
        if (!policy) {
            errors += policy.error().message + "\n";
            continue;
        }
        compare_policies(folder, *policy, file.name, errors, warnings);
        folder.policies.push_back(std::make_shared<const Policy>(std::move(policy->policy)));
        folder.marks.push_back(std::move(policy->marks));
    }
    if (errors.empty()) errors = check_together(folder);
    if (!errors.empty()) {
        errors.pop_back();
        return fail(ErrorCode::invalid_input, std::move(errors));
    }
    return folder;
}

Result<PolicyFolder> load_policies(const std::filesystem::path& folder,
                                   std::vector<std::string>& warnings) {
    return read_policy_texts(folder).and_then(
        [&](const PolicyTexts& texts) { return compile_policies(texts, warnings); });
}

}  // namespace mercaptan::processor
