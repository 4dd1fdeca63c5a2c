// Every mistake that one file can hold, with the text that the person who made it reads.

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>

#include "processor/io/calendar_file.h"
#include "processor/io/policy_file.h"
#include "processor/io/roster_file.h"
#include "processor/io/rules_file.h"
#include "processor/io/windows_file.h"

namespace mercaptan::processor {
namespace {

struct Fault {
    const char* name;
    const char* text;   // Of the file, without what every file of its kind needs.
    const char* error;  // The whole of it.
};

std::ostream& operator<<(std::ostream& out, const Fault& fault) {
    return out << fault.name;
}

template <class T>
std::string error_of(const Result<T>& result) {
    return result ? "accepted" : result.error().message;
}

std::string name_of(const testing::TestParamInfo<Fault>& info) {
    return info.param.name;
}

constexpr std::string_view kSymptoms =
    "symptoms: {gas_smell: 1, leak: 1, pipe_break: 1, fire: 1, explosion: 1, "
    "no_gas: 2, "
    "abnormal_flame: 2, meter_fault: 2, valve_fault: 2, appliance_fault: 2, other: 3}\n";

/// The symptoms stand on line 1, the fault from line 2 on.
class FaultyRules : public testing::TestWithParam<Fault> {};

TEST_P(FaultyRules, AreRefused) {
    const auto rules = parse_rules(std::string{kSymptoms} + GetParam().text, "rules.yaml");
    EXPECT_EQ(error_of(rules), GetParam().error);
}

INSTANTIATE_TEST_SUITE_P(
    Predicate, FaultyRules,
    testing::Values(
        Fault{"unknown_input", "conditions:\n- {id: a, input: gas_lel}\n",
              "rules.yaml:3:18: conditions.0.input: expected gas_lel_pct, quantity, "
              "status, silence, valve, unreadable, meter, gateway or area, got \"gas_lel\""},
        Fault{"unknown_quantity",
              "conditions:\n- {id: a, input: quantity, quantity: co, bands: [{set: 1}]}\n",
              "rules.yaml:3:38: conditions.0.quantity: expected ch4_lel_pct, lpg_lel_pct, "
              "co_ppm, flow_m3h, volume_m3, pressure_kpa, temperature_c, battery_pct, "
              "rssi_dbm, ch4_ppm, ch4_vol_pct, humidity_pct, battery_v, energy_kwh, "
              "valve_state, life_remaining_s or pulse_count, got \"co\""},
        Fault{"unknown_status", "conditions:\n- {id: a, input: status, any_of: [alarm_hi]}\n",
              "rules.yaml:3:34: conditions.0.any_of: expected names of status flags, got "
              "\"alarm_hi\""},
        Fault{"no_status", "conditions:\n- {id: a, input: status}\n",
              "rules.yaml:3:3: conditions.0.any_of: expected a list of status flags"},
        Fault{"no_bands", "conditions:\n- {id: a, input: gas_lel_pct}\n",
              "rules.yaml:3:3: conditions.0.bands: expected a list of 1 to 8 bands {set, "
              "clear, on_delay}"},
        Fault{"clear_above_set",
              "conditions:\n- {id: a, input: gas_lel_pct, bands: [{set: 20, clear: 21}]}\n",
              "rules.yaml:3:56: conditions.0.bands.0.clear: expected at most the value of set"},
        Fault{"clear_below_set",
              "conditions:\n- id: a\n  input: quantity\n  quantity: battery_pct\n"
              "  compare: at_most\n  bands: [{set: 10, clear: 9}]\n",
              "rules.yaml:7:28: conditions.0.bands.0.clear: expected at least the value of set"},
        Fault{"compare_for_gas",
              "conditions:\n- {id: a, input: gas_lel_pct, compare: at_most, bands: [{set: 1}]}\n",
              "rules.yaml:3:31: conditions.0.compare: expected a known key, got \"compare\""},
        Fault{"delay_in_days",
              "conditions:\n- {id: a, input: gas_lel_pct, bands: [{set: 1, on_delay: 1d}]}\n",
              "rules.yaml:3:58: conditions.0.bands.0.on_delay: expected a duration such as "
              "500ms, 3s, 30m or 2h, got \"1d\""},
        Fault{
            "two_ways",
            "conditions:\n- {id: a, input: gas_lel_pct, bands: [{set: 1, on_delay: 1m, of: 3}]}\n",
            "rules.yaml:3:66: conditions.0.bands.0.of: expected at most one of on_delay, of and "
            "rise_within"},
        Fault{"variant_of_nowhere",
              "conditions:\n- id: a\n  input: gas_lel_pct\n  bands: [{set: 1}]\n"
              "  variants: [{bands: [{set: 2}]}]\n",
              "rules.yaml:6:14: conditions.0.variants.0.sites: expected a list of sites or zones"},
        Fault{"many_varied",
              "conditions:\n"
              "- {id: a, input: gas_lel_pct, bands: [{set: 1}], variants: [{sites: [], bands: "
              "[{set: 2}]}]}\n"
              "- {id: b, input: gas_lel_pct, bands: [{set: 1}], variants: [{sites: [], bands: "
              "[{set: 2}]}]}\n"
              "- {id: c, input: gas_lel_pct, bands: [{set: 1}], variants: [{sites: [], bands: "
              "[{set: 2}]}]}\n"
              "- {id: d, input: gas_lel_pct, bands: [{set: 1}], variants: [{sites: [], bands: "
              "[{set: 2}]}]}\n"
              "- {id: e, input: gas_lel_pct, bands: [{set: 1}], variants: [{sites: [], bands: "
              "[{set: 2}]}]}\n"
              "- {id: f, input: gas_lel_pct, bands: [{set: 1}], variants: [{sites: [], bands: "
              "[{set: 2}]}]}\n"
              "- {id: g, input: gas_lel_pct, bands: [{set: 1}], variants: [{sites: [], bands: "
              "[{set: 2}]}]}\n"
              "- {id: h, input: gas_lel_pct, bands: [{set: 1}], variants: [{sites: [], bands: "
              "[{set: 2}]}]}\n",
              "rules.yaml:10:60: conditions.7.variants: expected at most 7 conditions with "
              "variants"},
        Fault{"gateway_without_class", "conditions:\n- {id: a, input: gateway}\n",
              "rules.yaml:3:3: conditions.0.class: expected 1, 2 or 3: its ticket lists what "
              "belongs to it"},
        Fault{"kinds_of_area", "conditions:\n- {id: a, input: area, class: 1, kinds: [valve]}\n",
              "rules.yaml:3:34: conditions.0.kinds: expected a known key, got \"kinds\""},
        Fault{"area_of_one", "conditions:\n- {id: a, input: silence}\narea: {sites: 1}\n",
              "rules.yaml:4:15: area.sites: expected an integer from 2 to 1000, got \"1\""},
        Fault{"meter_rule_twice",
              "conditions:\n- {id: a, input: meter, rule: index_back}\n"
              "- {id: b, input: meter, rule: index_back}\n",
              "rules.yaml:4:31: conditions.1.rule: expected a rule that no other condition has"},
        Fault{
            "meter_size", "conditions:\n- {id: a, input: silence}\nmeters: {sizes: [{size: 0}]}\n",
            "rules.yaml:4:25: meters.sizes.0.size: expected a number from 0.1 to 10000, got \"0\""},
        Fault{"count_of_nothing",
              "conditions:\n- {id: a, input: gas_lel_pct, bands: [{set: 1, count: 1}]}\n",
              "rules.yaml:3:55: conditions.0.bands.0.count: expected of with it"},
        Fault{"count_above",
              "conditions:\n- {id: a, input: gas_lel_pct, bands: [{set: 1, count: 4, of: 3}]}\n",
              "rules.yaml:3:55: conditions.0.bands.0.count: expected an integer from 1 to 3, got "
              "\"4\""},
        Fault{"falling_rise",
              "conditions:\n- {id: a, input: quantity, quantity: pressure_kpa, compare: at_most, "
              "bands: [{set: 1, rise_within: 1m}]}\n",
              "rules.yaml:3:100: conditions.0.bands.0.rise_within: expected compare at_least with "
              "it"},
        Fault{"delay_without_readings", "conditions:\n- {id: a, input: silence, off_delay: 1m}\n",
              "rules.yaml:3:27: conditions.0.off_delay: expected a known key, got \"off_delay\""}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Meaning, FaultyRules,
    testing::Values(
        Fault{"unknown_kind", "conditions:\n- {id: a, input: silence, kinds: [detector]}\n",
              "rules.yaml:3:34: conditions.0.kinds: expected kinds of devices, got \"detector\""},
        Fault{"unknown_class", "conditions:\n- {id: a, input: silence, class: 4}\n",
              "rules.yaml:3:34: conditions.0.class: expected an integer from 1 to 3, got \"4\""},
        Fault{"unknown_hazard", "conditions:\n- {id: a, input: silence, hazard: fire}\n",
              "rules.yaml:3:35: conditions.0.hazard: expected leak or device, got \"fire\""},
        Fault{"emergency_that_clears",
              "conditions:\n- {id: a, input: silence, class: 1, latched: false}\n",
              "rules.yaml:3:46: conditions.0.latched: expected true for class 1: an "
              "emergency never clears itself"},
        Fault{"severity", "conditions:\n- {id: a, input: silence, severity: 0}\n",
              "rules.yaml:3:37: conditions.0.severity: expected an integer from 1 to 1000, "
              "got \"0\""},
        Fault{"re_alarm_too_soon", "conditions:\n- {id: a, input: silence, re_alarm: 1s}\n",
              "rules.yaml:3:37: conditions.0.re_alarm: expected a duration from 1m to 168h, got "
              "\"1s\""},
        Fault{"shelve_class_one",
              "conditions:\n- {id: a, input: silence}\nshelve_max: {class_1: 8h}\n",
              "rules.yaml:4:14: shelve_max.class_1: expected a known key, got \"class_1\" (did you "
              "mean \"class_2\"?)"},
        Fault{"same_id", "conditions:\n- {id: a, input: silence}\n- {id: a, input: valve}\n",
              "rules.yaml:4:8: conditions.1.id: expected an id of its own, got \"a\" again"},
        Fault{"reserved_id", "conditions:\n- {id: report.leak, input: silence}\n",
              "rules.yaml:3:8: conditions.0.id: expected no id that starts with report., "
              "as people's reports do"},
        Fault{"id_with_slash", "conditions:\n- {id: gas/alarm, input: silence}\n",
              "rules.yaml:3:8: conditions.0.id: expected a name of 1 to 63 bytes without "
              "control characters, /, + or #, got \"gas/alarm\""},
        Fault{"unknown_key", "conditions:\n- {id: a, input: silence, sevrity: 1}\n",
              "rules.yaml:3:27: conditions.0.sevrity: expected a known key, got "
              "\"sevrity\" (did you mean \"severity\"?)"},
        Fault{"no_conditions", "",
              "rules.yaml:1:1: conditions: expected a list of 1 to 32 conditions, got 0"},
        Fault{"lel", "conditions:\n- {id: a, input: silence}\nlel_vol_pct: {lpg: 0}\n",
              "rules.yaml:4:20: lel_vol_pct.lpg: expected a number from 0.5 to 20, got \"0\""},
        Fault{"unknown_gas", "conditions:\n- {id: a, input: silence}\nlel_vol_pct: {propane: 2}\n",
              "rules.yaml:4:15: lel_vol_pct.propane: expected a known key, got \"propane\""},
        Fault{"window", "conditions:\n- {id: a, input: silence}\nincident_window: 8d\n",
              "rules.yaml:4:18: incident_window: expected a duration such as 500ms, 3s, "
              "30m or 2h, got \"8d\""}),
    name_of);

TEST(FaultyRules, SymptomsMustAllHaveAClass) {
    EXPECT_EQ(error_of(parse_rules("conditions: [{id: a, input: silence}]\n"
                                   "symptoms: {gas_smell: 0, leak: 1, pipe_break: 1, fire: 1,\n"
                                   "  explosion: 1, no_gas: 2, abnormal_flame: 2, smoke: 1,\n"
                                   "  meter_fault: 2, valve_fault: 2, appliance_fault: 2}\n",
                                   "rules.yaml")),
              "rules.yaml:2:11: symptoms.other: expected an integer from 1 to 3, got "
              "nothing\nrules.yaml:2:23: symptoms.gas_smell: expected an integer from 1 to "
              "3, got \"0\"\nrules.yaml:3:47: symptoms.smoke: expected a known key, got "
              "\"smoke\"");
}

TEST(FaultyRules, ThirtyTwoConditionsAreTheLimit) {
    std::string text{kSymptoms};
    text += "conditions:\n";
    for (int i = 0; i < 32; ++i) {
        text += "- {id: c" + std::to_string(i) + ", input: silence}\n";
    }
    EXPECT_EQ(error_of(parse_rules(text, "rules.yaml")), "accepted");
    text += "- {id: c32, input: silence}\n";
    EXPECT_EQ(error_of(parse_rules(text, "rules.yaml")),
              "rules.yaml:3:1: conditions: expected a list of 1 to 32 conditions, got 33");
}

/// The head stands on lines 1 to 3, the fault from line 4 on.
class FaultyPolicy : public testing::TestWithParam<Fault> {};

TEST_P(FaultyPolicy, IsRefused) {
    const auto policy = parse_policy(
        std::string{"policy: p\nkind: repair\nclass: 1\n"} + GetParam().text, "p.yaml");
    EXPECT_EQ(error_of(policy), GetParam().error);
}

INSTANTIATE_TEST_SUITE_P(
    Clock, FaultyPolicy,
    testing::Values(
        Fault{"until_before_from",
              "clocks:\n- {name: c, from: accepted, until: dispatched, within: 1m}\n",
              "p.yaml:5:36: clocks.0.until: expected a state after accepted"},
        Fault{"until_is_from",
              "clocks:\n- {name: c, from: accepted, until: accepted, within: 1m}\n",
              "p.yaml:5:36: clocks.0.until: expected a state after accepted"},
        Fault{"unknown_state", "clocks:\n- {name: c, from: raised, until: arrived, within: 1m}\n",
              "p.yaml:5:34: clocks.0.until: expected raised, dispatched, accepted, "
              "departed, on_site, made_safe, repaired or closed, got \"arrived\""},
        Fault{"cancelled", "clocks:\n- {name: c, from: raised, until: cancelled, within: 1m}\n",
              "p.yaml:5:34: clocks.0.until: expected raised, dispatched, accepted, "
              "departed, on_site, made_safe, repaired or closed, got \"cancelled\""},
        Fault{"no_time", "clocks:\n- {name: c, from: raised, until: closed}\n",
              "p.yaml:5:3: clocks.0.within: expected a duration such as 3s, 30m, 2h, 3d or "
              "3bd, got nothing"},
        Fault{"zero_time", "clocks:\n- {name: c, from: raised, until: closed, within: 0s}\n",
              "p.yaml:5:50: clocks.0.within: expected a duration above zero, got \"0s\""},
        Fault{"wrong_unit", "clocks:\n- {name: c, from: raised, until: closed, within: 30min}\n",
              "p.yaml:5:50: clocks.0.within: expected a duration such as 500ms, 3s, 30m, "
              "2h, 3d or 3bd, got \"30min\""},
        Fault{"warning_after_deadline",
              "clocks:\n- {name: c, from: raised, until: closed, within: 1h, warn_at: [60m]}\n",
              "p.yaml:5:63: clocks.0.warn_at: expected times before within, got 1h"},
        Fault{"warnings_out_of_order",
              "clocks:\n- {name: c, from: raised, until: closed, within: 1h, warn_at: [9m, 8m]}\n",
              "p.yaml:5:63: clocks.0.warn_at: expected times in rising order, got 8m"},
        Fault{"warning_of_a_day_in_an_hour",
              "clocks:\n- {name: c, from: raised, until: closed, within: 36h, warn_at: [1d]}\n",
              "p.yaml:5:64: clocks.0.warn_at: expected times before within, got 1d"},
        Fault{"warning_a_day_long",
              "clocks:\n- {name: c, from: raised, until: closed, within: 1bd, warn_at: [24h]}\n",
              "p.yaml:5:64: clocks.0.warn_at: expected times before within, got 24h"},
        Fault{"unknown_action",
              "clocks:\n- {name: c, from: raised, until: closed, within: 1h, on_breach: [call]}\n",
              "p.yaml:5:65: clocks.0.on_breach: expected page, escalate or redispatch, got "
              "\"call\""},
        Fault{"action_twice",
              "clocks:\n- name: c\n  from: raised\n  until: closed\n  within: 1h\n"
              "  on_breach: [page, page]\n",
              "p.yaml:9:14: clocks.0.on_breach: expected each action once, got page again"},
        Fault{"same_name",
              "clocks:\n- {name: c, from: raised, until: closed, within: 1h}\n"
              "- {name: c, from: raised, until: repaired, within: 1h}\n",
              "p.yaml:6:10: clocks.1.name: expected a name of its own, got \"c\" again"},
        Fault{"unknown_key",
              "clocks:\n- {name: c, from: raised, until: closed, within: 1h, warn: [5m]}\n",
              "p.yaml:5:54: clocks.0.warn: expected a known key, got \"warn\""}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Head, FaultyPolicy,
    testing::Values(
        Fault{"calendar", "calendar: workdays\n",
              "p.yaml:4:11: calendar: expected always or business, got \"workdays\""},
        Fault{"escalation_never_ends", "escalate_every: 0s\n",
              "p.yaml:4:17: escalate_every: expected a duration above zero, got \"0s\""},
        Fault{"escalation_too_quick", "escalate_every: 10ms\n",
              "p.yaml:4:17: escalate_every: expected a duration from 1s to 24h, got \"10ms\""},
        Fault{"auto_dispatch", "auto_dispatch: yes\n",
              "p.yaml:4:16: auto_dispatch: expected true or false, got \"yes\""},
        Fault{"unknown_key", "clock: []\n",
              "p.yaml:4:1: clock: expected a known key, got \"clock\" (did you mean \"clocks\"?)"},
        Fault{"key_twice", "class: 2\n",
              "p.yaml:4:1: class: expected each key once, got a second \"class\" (the "
              "first is on line 3)"},
        Fault{"not_yaml", "clocks: ]\n", "p.yaml:4:9: expected YAML: illegal flow end"}),
    name_of);

TEST(FaultyPolicy, KindAndClassMustFit) {
    EXPECT_EQ(error_of(parse_policy("policy: p\nkind: repair\n", "p.yaml")),
              "p.yaml:1:1: class: expected 1, 2 or 3 for repair");
    EXPECT_EQ(error_of(parse_policy("policy: p\nkind: repairs\nclass: 1\n", "p.yaml")),
              "p.yaml:2:7: kind: expected repair, complaint, hazard, inspection, callback, "
              "planned_work, ledger or emergency_plan, got \"repairs\" (did you mean \"repair\"?)");
    EXPECT_EQ(error_of(parse_policy("kind: complaint\n", "p.yaml")),
              "p.yaml:1:1: policy: expected a name of 1 to 63 bytes without control "
              "characters, /, + or #, got nothing");
    EXPECT_EQ(error_of(parse_policy("policy: p\nkind: repair\nclass: 2\nescalate_every: 10ms\n",
                                    "p.yaml")),
              "p.yaml:4:17: escalate_every: expected 0s or at least 1s");
}

class FaultyCalendar : public testing::TestWithParam<Fault> {};

TEST_P(FaultyCalendar, IsRefused) {
    EXPECT_EQ(error_of(parse_calendar(GetParam().text, "calendar.yaml")), GetParam().error);
}

INSTANTIATE_TEST_SUITE_P(
    All, FaultyCalendar,
    testing::Values(
        Fault{"empty", "years: {}\n", "calendar.yaml:1:8: years: expected at least one year"},
        Fault{"year", "years:\n  26: {}\n",
              "calendar.yaml:2:7: years.26: expected a year from 2000 to 2199"},
        Fault{"gap", "years:\n  2025: {}\n  2027: {}\n",
              "calendar.yaml:2:3: years: expected consecutive years"},
        Fault{"no_such_day", "years:\n  2026: {holidays: [2026-02-29]}\n",
              "calendar.yaml:2:20: years.2026.holidays: expected a date of 2026 or two "
              "joined by .., at most 31 days, got \"2026-02-29\""},
        Fault{"other_year", "years:\n  2026: {holidays: [2025-01-01]}\n",
              "calendar.yaml:2:20: years.2026.holidays: expected a date of 2026 or two "
              "joined by .., at most 31 days, got \"2025-01-01\""},
        Fault{"backwards", "years:\n  2026: {holidays: [2026-10-07..2026-10-01]}\n",
              "calendar.yaml:2:20: years.2026.holidays: expected a date of 2026 or two "
              "joined by .., at most 31 days, got \"2026-10-07..2026-10-01\""},
        Fault{"month_long", "years:\n  2026: {holidays: [2026-10-01..2026-11-01]}\n",
              "calendar.yaml:2:20: years.2026.holidays: expected a date of 2026 or two "
              "joined by .., at most 31 days, got \"2026-10-01..2026-11-01\""},
        Fault{"twice", "years:\n  2026: {holidays: [2026-10-01..2026-10-07, 2026-10-07]}\n",
              "calendar.yaml:2:20: years.2026.holidays: expected each day once, got "
              "\"2026-10-07\" again"},
        Fault{"weekday_worked", "years:\n  2026: {workdays: [2026-10-09]}\n",
              "calendar.yaml:2:20: years.2026.workdays: expected a Saturday or Sunday of "
              "2026, got \"2026-10-09\""},
        Fault{"holiday_worked",
              "years:\n  2026: {holidays: [2026-10-03], workdays: [2026-10-03]}\n",
              "calendar.yaml:2:44: years.2026.workdays: expected no holiday, got \"2026-10-03\""},
        Fault{"worked_twice", "years:\n  2026: {workdays: [2026-10-10, 2026-10-10]}\n",
              "calendar.yaml:2:20: years.2026.workdays: expected each day once, got "
              "\"2026-10-10\" again"},
        Fault{"slashes", "years:\n  2026: {holidays: [2026/10/01]}\n",
              "calendar.yaml:2:20: years.2026.holidays: expected a date of 2026 or two "
              "joined by .., at most 31 days, got \"2026/10/01\""}),
    name_of);

class FaultyRoster : public testing::TestWithParam<Fault> {};

TEST_P(FaultyRoster, IsRefused) {
    EXPECT_EQ(error_of(parse_roster(GetParam().text, "roster.yaml")), GetParam().error);
}

INSTANTIATE_TEST_SUITE_P(
    All, FaultyRoster,
    testing::Values(
        Fault{"same_crew", "crews:\n- {id: a}\n- {id: a}\n",
              "roster.yaml:3:8: crews.1.id: expected an id of its own, got \"a\" again"},
        Fault{"crew_and_person", "crews: [{id: a}]\npeople: [{id: a, role: supervisor}]\n",
              "roster.yaml:2:15: people.0.id: expected an id of its own, got \"a\" again"},
        Fault{"no_id", "crews: [{zones: [north]}]\n",
              "roster.yaml:1:9: crews.0.id: expected a name of 1 to 63 bytes without "
              "control characters, /, + or #, got nothing"},
        Fault{"role", "people: [{id: a, role: boss}]\n",
              "roster.yaml:1:24: people.0.role: expected crew, dispatcher or supervisor, "
              "got \"boss\""},
        Fault{"no_role", "people: [{id: a}]\n",
              "roster.yaml:1:10: people.0.role: expected crew, dispatcher or supervisor, "
              "got nothing"},
        Fault{"hour", "crews: [{id: a, shifts: [\"25:00-06:00\"]}]\n",
              "roster.yaml:1:25: crews.0.shifts: expected HH:MM-HH:MM, got \"25:00-06:00\""},
        Fault{"minute", "crews: [{id: a, shifts: [\"08:60-20:00\"]}]\n",
              "roster.yaml:1:25: crews.0.shifts: expected HH:MM-HH:MM, got \"08:60-20:00\""},
        Fault{"short", "crews: [{id: a, shifts: [\"8:00-20:00\"]}]\n",
              "roster.yaml:1:25: crews.0.shifts: expected HH:MM-HH:MM, got \"8:00-20:00\""},
        Fault{"starts_at_midnight", "crews: [{id: a, shifts: [\"24:00-08:00\"]}]\n",
              "roster.yaml:1:25: crews.0.shifts: expected HH:MM-HH:MM, got \"24:00-08:00\""},
        Fault{"zone", "crews: [{id: a, zones: [north/1]}]\n",
              "roster.yaml:1:25: crews.0.zones.0: expected a name of 1 to 63 bytes without "
              "control characters, /, + or #, got \"north/1\""}),
    name_of);

class FaultyWindows : public testing::TestWithParam<Fault> {};

TEST_P(FaultyWindows, AreRefused) {
    EXPECT_EQ(error_of(parse_windows(GetParam().text, "windows.yaml")), GetParam().error);
}

constexpr const char* kGoodWindow =
    "windows:\n- {id: w, site: s, kind: purge, from: '2026-11-21T08:00:00+08:00', until: "
    "'2026-11-21T10:00:00+08:00', reason: riser}\n";

INSTANTIATE_TEST_SUITE_P(
    Keys, FaultyWindows,
    testing::Values(
        Fault{"none", kGoodWindow, "accepted"},
        Fault{"kind",
              "windows:\n- {id: w, site: s, kind: test, from: '2026-11-21T08:00:00Z', until: "
              "'2026-11-21T10:00:00Z', reason: r}\n",
              "windows.yaml:2:26: windows.0.kind: expected purge or maintenance, got \"test\""},
        Fault{"time",
              "windows:\n- {id: w, site: s, kind: purge, from: tomorrow, until: "
              "'2026-11-21T10:00:00Z', reason: r}\n",
              "windows.yaml:2:39: windows.0.from: expected a time as 2026-11-21T08:00:00+08:00, "
              "got \"tomorrow\""},
        Fault{"order",
              "windows:\n- {id: w, site: s, kind: purge, from: '2026-11-21T08:00:00Z', until: "
              "'2026-11-21T08:00:00Z', reason: r}\n",
              "windows.yaml:2:70: windows.0.until: expected a time after from"},
        Fault{"length",
              "windows:\n- {id: w, site: s, kind: purge, from: '2026-11-21T08:00:00Z', until: "
              "'2027-11-21T08:00:00Z', reason: r}\n",
              "windows.yaml:2:70: windows.0.until: expected at most 31 days after from"},
        Fault{"same_id",
              "windows:\n- {id: w, site: s, kind: purge, from: '2026-11-21T08:00:00Z', until: "
              "'2026-11-21T09:00:00Z', reason: r}\n- {id: w, site: t, kind: purge, from: "
              "'2026-11-21T08:00:00Z', until: '2026-11-21T09:00:00Z', reason: r}\n",
              "windows.yaml:3:8: windows.1.id: expected an id of its own, got \"w\" again"}),
    name_of);

}  // namespace
}  // namespace mercaptan::processor
