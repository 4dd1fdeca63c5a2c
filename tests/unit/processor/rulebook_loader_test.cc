#include "processor/io/rulebook_loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "processor/io/policy_file.h"
#include "processor/io/rules_file.h"
#include "tests/support/repair_names.h"
#include "tests/support/temp_dir.h"

namespace mercaptan::processor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kRules =
    "symptoms: {gas_smell: 1, leak: 1, pipe_break: 1, fire: 1, explosion: 1, no_gas: 1, "
    "abnormal_flame: 1, meter_fault: 1, valve_fault: 1, appliance_fault: 1, other: 1}\n"
    "conditions: [{id: gas.alarm, input: gas_lel_pct, bands: [{set: 20}], class: 1}]\n";

constexpr std::string_view kRegistry =
    "device_id,site,zone,group,kind,profile,gas,location,valve_device,installed_on,expires_on,"
    "expected_interval_s\n"
    "d-1,s-1,north,g-1,leak_detector,native,natural_gas,kitchen,,,,60\n";

/// The example of the interface description, to the letter.
constexpr std::string_view kClassOne = R"(policy: repair.class1
kind: repair
class: 1
calendar: always                 # or: business (workdays of the calendar file)
clocks:
  - {name: dispatch, from: raised,     until: dispatched, within: 1m,  on_breach: [page]}
  - {name: accept,   from: dispatched, until: accepted,   within: 10m, on_breach: [redispatch, escalate]}
  - {name: depart,   from: raised,     until: departed,   within: 30m, warn_at: [15m, 25m], on_breach: [escalate, page]}
)";

/// A folder with one small file of each kind, which a test spoils as it likes.
class RulebookFiles : public testing::Test {
protected:
    RulebookFiles() {
        std::filesystem::create_directory(paths_.policies);
        write("rules.yaml", kRules);
        write("policies/repair.class1.yaml", kClassOne);
        write("calendar.yaml", "years: {2026: {holidays: [2026-01-01]}}\n");
        write("roster.yaml",
              "crews: [{id: crew-1, zones: [north]}]\npeople: [{id: boss, role: supervisor}]\n");
        write("registry.csv", kRegistry);
    }

    void write(const std::string& name, std::string_view text) const {
        std::ofstream{dir_.path() / name} << text;
    }
    [[nodiscard]] std::string path(const std::string& name) const {
        return (dir_.path() / name).string();
    }
    [[nodiscard]] std::string error() const {
        const auto book = load_rulebook(paths_);
        return book ? "accepted" : book.error().message;
    }
    [[nodiscard]] std::vector<std::string> warnings() const {
        std::vector<std::string> warnings;
        EXPECT_TRUE(load_rulebook(paths_, &warnings).has_value()) << error();
        return warnings;
    }

    mercaptan::test::TempDir dir_;
    RulebookPaths paths_{.rules = dir_.path() / "rules.yaml",
                         .policies = dir_.path() / "policies",
                         .calendar = dir_.path() / "calendar.yaml",
                         .registry = dir_.path() / "registry.csv",
                         .roster = dir_.path() / "roster.yaml"};
};

TEST_F(RulebookFiles, MakeARulebook) {
    const auto loaded = load_rulebook(paths_);
    ASSERT_TRUE(loaded) << loaded.error().message;
    const Rulebook& book = **loaded;
    EXPECT_EQ(book.rules.conditions.size(), 1U);
    EXPECT_EQ(book.registry.size(), 1U);
    EXPECT_EQ(book.calendar.first_year, 2026);
    EXPECT_EQ(book.time_zone.offset_s(Instant{1'800'000'000'000}), 8 * 3600);
    EXPECT_TRUE(book.roster.is_supervisor("boss"));
    EXPECT_FALSE(book.roster.is_supervisor("crew-1"));
    ASSERT_NE(book.roster.crew("crew-1"), nullptr);
    EXPECT_EQ(book.roster.crew("boss"), nullptr);
    EXPECT_EQ(book.policy_for(TicketKind::repair, TicketClass::one), book.policies[0].get());
    EXPECT_EQ(book.policy_for(TicketKind::repair, std::nullopt), nullptr);
    EXPECT_EQ(book.policy_for(TicketKind::complaint, TicketClass::one), nullptr);
    EXPECT_EQ(book.policy_named("repair.class1"), book.policies[0].get());
    EXPECT_EQ(book.policy_named("repair"), nullptr);
    EXPECT_THAT(warnings(), IsEmpty());
}

TEST_F(RulebookFiles, ReportEveryFaultyFileAtOnce) {
    write("rules.yaml", std::string{kRules} + "lel: 5\n");
    write("policies/repair.class1.yaml", "policy: p\nkind: repair\nclass: 9\n");
    write("calendar.yaml", "years: {}\n");
    write("roster.yaml", "crews: [{id: a/b}]\n");
    write("registry.csv", std::string{kRegistry} + "d-2,s-1,north,g-1,smoke,native,lpg,,,,,\n");
    paths_.time_zone = "Asia/Atlantis";
    EXPECT_EQ(
        error(),
        path("rules.yaml") + ":3:1: lel: expected a known key, got \"lel\"\n" +
            path("policies/repair.class1.yaml") +
            ":3:8: class: expected an integer from 1 to 3, got \"9\"\n" + path("calendar.yaml") +
            ":1:8: years: expected at least one year\n" + path("roster.yaml") +
            ":1:14: crews.0.id: expected a name of 1 to 63 bytes without control characters, /, + "
            "or #, got \"a/b\"\n" +
            path("registry.csv") +
            ":3: kind: expected leak_detector, co_detector, gas_meter, pressure_sensor or valve, "
            "got \"smoke\"\n"
            "time_zone: expected the name of a zone under /usr/share/zoneinfo, got "
            "\"Asia/Atlantis\"");
}

TEST_F(RulebookFiles, AreRefusedWhenOneIsMissing) {
    paths_.where = {{"calendar", "processor.yaml:7:11: calendar"}};
    std::filesystem::remove(paths_.calendar);
    std::filesystem::remove(paths_.roster);
    EXPECT_EQ(error(), "processor.yaml:7:11: calendar: expected a path that exists, got \"" +
                           path("calendar.yaml") +
                           "\"\nroster: expected a path that exists, got \"" + path("roster.yaml") +
                           "\"");
}

TEST_F(RulebookFiles, NeedAPolicyForEachClass) {
    write("policies/repair.class1.yaml", "policy: repair.class2\nkind: repair\nclass: 2\n");
    EXPECT_EQ(error(), path("policies") + ": expected a policy of kind repair and class 1, which " +
                           path("rules.yaml") + " needs");
}

TEST_F(RulebookFiles, NeedPolicies) {
    std::filesystem::remove(path("policies/repair.class1.yaml"));
    write("policies/README.md", "Not a policy.\n");
    EXPECT_EQ(error(), path("policies") + ": expected 1 to 256 files *.yaml, got 0");
    paths_.policies = paths_.rules;
    EXPECT_EQ(error(),
              path("rules.yaml") + ": expected a readable folder, got \"Not a directory\"");
}

TEST_F(RulebookFiles, NeedPoliciesOfDifferentNames) {
    write("policies/z.yaml", kClassOne);
    EXPECT_EQ(error(), path("policies/z.yaml") +
                           ": policy: expected a name of its own, got \"repair.class1\", which "
                           "another file has");
}

TEST_F(RulebookFiles, TakeTheFirstOfTwoPoliciesForOneClass) {
    write("policies/z.yaml", "policy: other\nkind: repair\nclass: 1\n");
    EXPECT_THAT(warnings(),
                ElementsAre(path("policies/z.yaml") +
                            ": policy other is used only where a report names it: repair.class1 "
                            "comes first for its kind and class"));
}

TEST_F(RulebookFiles, NeedAKnownTimeZone) {
    paths_.time_zone = "Asia/Atlantis";
    EXPECT_EQ(error(),
              "time_zone: expected the name of a zone under /usr/share/zoneinfo, got "
              "\"Asia/Atlantis\"");
    paths_.time_zone = "../../etc/passwd";
    EXPECT_EQ(error(),
              "time_zone: expected a name such as Asia/Shanghai, got \"../../etc/passwd\"");
}

TEST_F(RulebookFiles, WarnOfAZoneThatNobodyServes) {
    write("roster.yaml", "crews: [{id: crew-1, zones: [south]}]\n");
    EXPECT_THAT(warnings(),
                ElementsAre("no crew serves zone north",
                            "crew crew-1 serves zone south, where the registry has no device",
                            "the roster has no supervisor to cancel a Class 1"));
}

TEST_F(RulebookFiles, WarnOfHoursWithoutACrew) {
    write("roster.yaml",
          "crews:\n"
          "- {id: crew-1, zones: [north], shifts: [\"08:00-20:00\"]}\n"
          "- {id: crew-2, shifts: [\"20:00-07:30\"]}\n"
          "people: [{id: boss, role: supervisor}]\n");
    EXPECT_THAT(warnings(), ElementsAre("no crew is on duty in zone north at 07:30"));
    write("roster.yaml",
          "crews:\n"
          "- {id: crew-1, shifts: [\"08:00-16:00\", \"16:00-24:00\", \"00:00-08:00\"]}\n"
          "people: [{id: boss, role: supervisor}]\n");
    EXPECT_THAT(warnings(), IsEmpty());
}

TEST(RulesVersion, IsOfTheTextAlone) {
    const std::string text{kRules};
    const std::string version = parse_rules(text, "a.yaml")->version;
    EXPECT_THAT(version, testing::MatchesRegex("r-[0-9a-f]{12}"));
    EXPECT_EQ(parse_rules(text, "b.yaml")->version, version);
    EXPECT_NE(parse_rules(text + "# changed\n", "a.yaml")->version, version);
}

TEST(Rules, FillInWhatIsNotGiven) {
    const auto rules = parse_rules(kRules, "rules.yaml");
    ASSERT_TRUE(rules) << rules.error().message;
    EXPECT_EQ(rules->incident_window, std::chrono::minutes{30});
    EXPECT_EQ(rules->lel_vol_pct[0], 5.0);
    const Condition& condition = rules->conditions[0];
    EXPECT_EQ(condition.bands[0].clear, 20);
    EXPECT_EQ(condition.bands[0].on_delay, Duration{0});
    EXPECT_TRUE(condition.latched);  // As every class 1.
    EXPECT_EQ(condition.hazard, Hazard::device);
    EXPECT_EQ(condition.severity, 500);
    EXPECT_THAT(condition.kinds, IsEmpty());
}

std::vector<Span> warn_at(const ClockRule& rule) {
    std::vector<Span> spans;
    for (const Threshold& threshold : rule.thresholds) spans.push_back(threshold.at);
    return spans;
}

TEST(Policy, HoldsWhatItsFileSays) {
    const auto policy = parse_policy(kClassOne, "p.yaml");
    ASSERT_TRUE(policy) << policy.error().message;
    EXPECT_EQ(policy->name, "repair.class1");
    EXPECT_EQ(policy->kind, TicketKind::repair);
    EXPECT_EQ(policy->ticket_class, TicketClass::one);
    EXPECT_FALSE(policy->business_calendar);
    EXPECT_TRUE(policy->auto_dispatch);
    EXPECT_EQ(policy->escalate_every, std::chrono::minutes{10});
    ASSERT_EQ(policy->clocks.size(), 3U);
    EXPECT_THAT(policy->clocks[1].on_breach,
                ElementsAre(BreachAction::redispatch, BreachAction::escalate));
    const ClockRule& depart = policy->clocks[2];
    EXPECT_EQ(depart.name, "depart");
    EXPECT_EQ(depart.from, RepairState::raised);
    EXPECT_EQ(depart.until, RepairState::departed);
    EXPECT_EQ(depart.within, (Span{Span::Unit::exact, 1'800'000}));
    EXPECT_THAT(warn_at(depart),
                ElementsAre(Span{Span::Unit::exact, 900'000}, Span{Span::Unit::exact, 1'500'000}));
}

TEST(Policy, NeedsNothingButAName) {
    const auto policy = parse_policy("policy: complaint.p02\nkind: complaint\n", "p.yaml");
    ASSERT_TRUE(policy) << policy.error().message;
    EXPECT_EQ(policy->ticket_class, std::nullopt);
    EXPECT_FALSE(policy->auto_dispatch);
    EXPECT_EQ(policy->escalate_every, Duration{0});
    EXPECT_THAT(policy->clocks, IsEmpty());
}

TEST(Policy, CountsDays) {
    const auto policy = parse_policy(
        "policy: p\nkind: complaint\ncalendar: business\nescalate_every: 1h\nclocks:\n"
        "- {name: a, from: raised, until: closed, within: 7bd, warn_at: [24h, 3d, 5bd]}\n"
        "- {name: b, from: raised, until: closed, within: 15d, source: article 9}\n",
        "p.yaml");
    ASSERT_TRUE(policy) << policy.error().message;
    EXPECT_TRUE(policy->business_calendar);
    EXPECT_EQ(policy->escalate_every, std::chrono::hours{1});
    EXPECT_EQ(policy->clocks[0].within, (Span{Span::Unit::business_days, 7}));
    EXPECT_THAT(warn_at(policy->clocks[0]),
                ElementsAre(Span{Span::Unit::exact, 86'400'000}, Span{Span::Unit::days, 3},
                            Span{Span::Unit::business_days, 5}));
    EXPECT_EQ(policy->clocks[1].within, (Span{Span::Unit::days, 15}));
}

TEST_F(RulebookFiles, WindowsAreOptional) {
    EXPECT_EQ(error(), "accepted");
    paths_.windows = dir_.path() / "windows.yaml";
    EXPECT_THAT(error(), testing::HasSubstr("windows: expected a path that exists"));
    write("windows.yaml",
          "windows: [{id: w-1, site: s-1, kind: purge, from: '2026-11-21T08:00:00+08:00', "
          "until: '2026-11-21T10:00:00+08:00', reason: riser}]\n");
    const auto book = load_rulebook(paths_);
    ASSERT_TRUE(book) << book.error().message;
    ASSERT_EQ((*book)->windows.size(), 1U);
    EXPECT_EQ((*book)->windows[0].until - (*book)->windows[0].from, std::chrono::hours{2});
}

}  // namespace
}  // namespace mercaptan::processor
