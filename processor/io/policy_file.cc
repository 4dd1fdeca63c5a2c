#include "processor/io/policy_file.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <system_error>
#include <utility>

#include "common/config/file.h"
#include "common/config/wording.h"
#include "common/config/yaml.h"
#include "processor/io/enum_names.h"

namespace mercaptan::processor {
namespace {

using config::Document;
using config::Section;

constexpr std::size_t kTicketKindCount = 5;
/// The states of the work: `cancelled`, the last one, is none that a clock can wait for.
constexpr std::size_t kWorkStateCount = kTicketStateCount - 1;
constexpr std::array<std::string_view, 2> kCalendarNames{"always", "business"};
constexpr std::array<std::string_view, 3> kActionNames{"page", "escalate", "redispatch"};
constexpr Duration kEscalateEveryMin = std::chrono::seconds{1};
constexpr Duration kEscalateEveryMax = std::chrono::hours{24};
constexpr Duration kEscalateEveryDefault = std::chrono::minutes{10};  // Of class 1.
constexpr std::int64_t kDayMs = 86'400'000;

Span core_span(const config::Span& span) {
    switch (span.unit) {
        case config::Span::Unit::exact:
            return {Span::Unit::exact, span.count};
        case config::Span::Unit::days:
            return {Span::Unit::days, span.count};
        case config::Span::Unit::business_days:
            return {Span::Unit::business_days, span.count};
    }
    return {};
}

/// Whether `a` ends before `b` whenever both start. `n` days end at least `n` times 24 hours later,
/// and business days never end before as many days do.
bool surely_before(const Span& a, const Span& b) {
    if (a.unit == b.unit) return a.count < b.count;
    if (a.unit == Span::Unit::exact) return a.count < b.count * kDayMs;
    return a.unit == Span::Unit::days && b.unit == Span::Unit::business_days && a.count < b.count;
}

void read_warnings(Section section, ClockRule& clock) {
    for (const config::Span& at : section.spans("warn_at")) {
        const Span span = core_span(at);
        const std::string text = config::to_string(at);
        if (!clock.warn_at.empty() && !surely_before(clock.warn_at.back(), span)) {
            section.error("warn_at", "expected times in rising order, got " + text);
        } else if (!surely_before(span, clock.within)) {
            section.error("warn_at", "expected times before within, got " + text);
        }
        clock.warn_at.push_back(span);
    }
}

void read_actions(Section section, ClockRule& clock) {
    for (const std::string& name : section.strings("on_breach")) {
        const auto found = std::find(kActionNames.begin(), kActionNames.end(), name);
        if (found == kActionNames.end()) {
            section.error("on_breach", config::expected_got("page, escalate or redispatch", name));
            continue;
        }
        const auto action = static_cast<BreachAction>(found - kActionNames.begin());
        if (std::count(clock.on_breach.begin(), clock.on_breach.end(), action) > 0) {
            section.error("on_breach", "expected each action once, got " + name + " again");
        }
        clock.on_breach.push_back(action);
    }
}

ClockRule read_clock(Section section) {
    ClockRule clock;
    clock.name = section.name("name").str();
    const auto states = names_of<TicketState, kWorkStateCount>();
    clock.from = section.choice<TicketState>("from", states);
    clock.until = section.choice<TicketState>("until", states);
    if (clock.until <= clock.from && holds_one_of(section, "from", states) &&
        holds_one_of(section, "until", states)) {
        section.error("until", "expected a state after " + std::string{to_string(clock.from)});
    }
    clock.within = core_span(section.span("within"));
    read_warnings(section, clock);
    read_actions(section, clock);
    // For readers of the file: the article that sets the deadline.
    static_cast<void>(section.optional_string("source"));
    return clock;
}

void read_clocks(Section root, Policy& policy) {
    for (Section section : root.sections("clocks")) {
        ClockRule clock = read_clock(section);
        const bool taken =
            std::any_of(policy.clocks.begin(), policy.clocks.end(),
                        [&](const ClockRule& other) { return other.name == clock.name; });
        if (taken) {
            section.error("name", "expected a name of its own, got \"" + clock.name + "\" again");
        }
        policy.clocks.push_back(std::move(clock));
    }
    if (policy.clocks.size() > kClocksPerPolicyMax) {
        root.error("clocks", "expected at most " + std::to_string(kClocksPerPolicyMax) +
                                 " clocks, got " + std::to_string(policy.clocks.size()));
    }
}

void read_escalation(Section root, Policy& policy) {
    const bool emergency = policy.ticket_class == TicketClass::one;
    // While nobody has accepted an emergency, escalation never ends.
    const Duration least = emergency ? kEscalateEveryMin : Duration{0};
    const Duration usual = emergency ? kEscalateEveryDefault : Duration{0};
    policy.escalate_every = root.duration("escalate_every", least, kEscalateEveryMax, usual);
    if (policy.escalate_every > Duration{0} && policy.escalate_every < kEscalateEveryMin) {
        root.error("escalate_every", "expected 0s or at least 1s");
    }
}

Result<std::vector<std::filesystem::path>> policy_files(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    std::error_code failed;
    for (std::filesystem::directory_iterator entry{folder, failed}, end; !failed && entry != end;
         entry.increment(failed)) {
        if (entry->path().extension() == ".yaml") files.push_back(entry->path());
    }
    if (failed) {
        return fail(ErrorCode::invalid_input, folder.string() +
                                                  ": expected a readable folder, got " +
                                                  config::quote(failed.message()));
    }
    if (files.empty() || files.size() > kPoliciesMax) {
        return fail(ErrorCode::invalid_input,
                    folder.string() + ": expected 1 to " + std::to_string(kPoliciesMax) +
                        " files *.yaml, got " + std::to_string(files.size()));
    }
    std::sort(files.begin(), files.end());
    return files;
}

/// Notes what an added policy has in common with the earlier ones.
void compare_policies(const std::vector<Policy>& earlier, const Policy& added,
                      const std::filesystem::path& file, std::string& errors,
                      std::vector<std::string>& warnings) {
    for (const Policy& other : earlier) {
        if (other.name == added.name) {
            errors += file.string() + ": policy: expected a name of its own, got \"" + added.name +
                      "\", which another file has\n";
        } else if (added.ticket_class && other.kind == added.kind &&
                   other.ticket_class == added.ticket_class) {
            warnings.push_back(file.string() + ": policy " + added.name +
                               " is used only where a report names it: " + other.name +
                               " comes first for its kind and class");
        }
    }
}

}  // namespace

Result<Policy> parse_policy(std::string_view text, std::string file_name) {
    auto document = Document::parse(text, std::move(file_name));
    if (!document) return Failure{document.error()};
    Section root = document->root();
    Policy policy;
    policy.name = root.name("policy").str();
    policy.kind = root.choice<TicketKind>("kind", names_of<TicketKind, kTicketKindCount>());
    if (const auto ticket_class = root.optional_integer("class", 1, 3)) {
        policy.ticket_class = static_cast<TicketClass>(*ticket_class);
    } else if (policy.kind == TicketKind::repair && !root.has("class")) {
        root.error("class", "expected 1, 2 or 3 for repair");
    }
    policy.business_calendar = root.choice_index("calendar", kCalendarNames, 0) == 1;
    policy.auto_dispatch = root.boolean("auto_dispatch", policy.kind == TicketKind::repair);
    read_escalation(root, policy);
    read_clocks(root, policy);
    if (auto sound = document->finish(); !sound) return Failure{sound.error()};
    return policy;
}

Result<std::vector<Policy>> load_policies(const std::filesystem::path& folder,
                                          std::vector<std::string>& warnings) {
    auto files = policy_files(folder);
    if (!files) return Failure{files.error()};
    std::vector<Policy> policies;
    std::string errors;
    for (const auto& file : *files) {
        auto text = config::read_file(file, config::kYamlBytesMax);
        auto policy = text.and_then(
            [&](const std::string& content) { return parse_policy(content, file.string()); });
        if (!policy) {
            errors += policy.error().message + "\n";
            continue;
        }
        compare_policies(policies, *policy, file, errors, warnings);
        policies.push_back(*std::move(policy));
    }
    if (!errors.empty()) {
        errors.pop_back();
        return fail(ErrorCode::invalid_input, std::move(errors));
    }
    return policies;
}

}  // namespace mercaptan::processor
