#include "processor/io/rules_file.h"

#include <array>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "common/config/file.h"
#include "common/config/wording.h"
#include "common/config/yaml.h"
#include "processor/io/enum_names.h"
#include "processor/io/meter_figures.h"

namespace mercaptan::processor {
namespace {

using config::Document;
using config::Section;

constexpr std::array<std::string_view, 9> kInputNames{"gas_lel_pct", "quantity", "status",
                                                      "silence",     "valve",    "unreadable",
                                                      "meter",       "gateway",  "area"};
constexpr std::array<std::string_view, 2> kCompareNames{"at_least", "at_most"};
constexpr std::array<std::string_view, 2> kHazardNames{"leak", "device"};
constexpr std::size_t kBandsMax = 8;
constexpr double kNumberMax = 1e12;
constexpr Duration kDelayMax = std::chrono::hours{24};
constexpr std::int64_t kCountMax = 16;
constexpr Duration kReAlarmMax = std::chrono::hours{7 * 24};
constexpr std::int64_t kReAlarmsMax = 1000;
constexpr std::int64_t kAreaSitesMax = 1000;
constexpr Duration kShelveMax = std::chrono::hours{31 * 24};
constexpr Duration kIncidentWindowMax = std::chrono::hours{7 * 24};
constexpr std::string_view kReportPrefix = "report.";  // Of the causes that people's reports name.

/// What tickets name as their evidence: the same for the same text, on every machine (FNV-1a).
std::string version_of(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const char c : text) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001b3ULL;
    }
    std::string version = "r-";
    for (int shift = 44; shift >= 0; shift -= 4) {
        version += "0123456789abcdef"[hash >> shift & 0xfU];
    }
    return version;
}

/// How long, how often or how fast: one of them says when a band is true.
void check_one_way(Section& item, bool falling) {
    const int ways = int{item.has("on_delay")} + int{item.has("of")} + int{item.has("rise_within")};
    if (ways > 1)
        item.error(item.has("of") ? "of" : "rise_within",
                   "expected at most one of on_delay, of and rise_within");
    if (item.has("count") && !item.has("of")) item.error("count", "expected of with it");
    if (item.has("rise_within") && falling)
        item.error("rise_within", "expected compare at_least with it");
}

std::vector<Band> read_bands(Section section, bool falling) {
    std::vector<Band> bands;
    for (Section item : section.sections("bands")) {
        Band band;
        band.set = item.number("set", -kNumberMax, kNumberMax);
        band.clear = item.number("clear", -kNumberMax, kNumberMax, band.set);
        band.on_delay = item.duration("on_delay", Duration{0}, kDelayMax, Duration{0});
        band.rise_within = item.duration("rise_within", Duration{1000}, kDelayMax, Duration{0});
        band.count.of = static_cast<std::uint8_t>(item.integer("of", 2, kCountMax, 1));
        band.count.n =
            static_cast<std::uint8_t>(item.integer("count", 1, band.count.of, band.count.of));
        check_one_way(item, falling);
        if (falling ? band.clear < band.set : band.clear > band.set) {
            item.error("clear", falling ? "expected at least the value of set"
                                        : "expected at most the value of set");
        }
        bands.push_back(band);
    }
    if (bands.empty() || bands.size() > kBandsMax) {
        section.error("bands", "expected a list of 1 to 8 bands {set, clear, on_delay}");
    }
    return bands;
}

void read_bands(Section section, Condition& condition) {
    const bool falling = condition.compare == Compare::at_most;
    condition.bands = read_bands(section, falling);
    for (Section item : section.sections("variants")) {
        BandVariant& variant = condition.variants.emplace_back();
        variant.sites = item.names("sites");
        variant.zones = item.names("zones");
        variant.bands = read_bands(item, falling);
        if (!item.has("sites") && !item.has("zones"))
            item.error("sites", "expected a list of sites or zones");
    }
    if (condition.variants.size() > kBandVariantsMax)
        section.error("variants", "expected at most 8 variants");
}

void read_status(Section section, Condition& condition) {
    for (const std::string& name : section.strings("any_of")) {
        if (const auto status = status_from(name)) {
            condition.any_of.add(*status);
        } else {
            section.error("any_of", config::expected_got("names of status flags", name));
        }
    }
    if (!section.has("any_of")) section.error("any_of", "expected a list of status flags");
}

/// What the condition looks at. Keys of other inputs are not asked for, which makes them unknown.
void read_predicate(Section section, Condition& condition) {
    condition.input = section.choice<Input>("input", kInputNames);
    if (!holds_one_of(section, "input", kInputNames)) {
        // Nobody can tell which of these belong to it: one error is enough.
        for (const auto key :
             {"quantity", "compare", "bands", "variants", "any_of", "rule", "off_delay"}) {
            static_cast<void>(section.has(key));
        }
        return;
    }
    switch (condition.input) {
        case Input::gas_lel_pct:
            read_bands(section, condition);
            break;
        case Input::quantity:
            condition.quantity =
                section.choice<Quantity>("quantity", names_of<Quantity, kQuantityCount>());
            condition.compare =
                section.choice<Compare>("compare", kCompareNames, Compare::at_least);
            read_bands(section, condition);
            break;
        case Input::status:
            read_status(section, condition);
            break;
        case Input::meter:
            condition.rule =
                section.choice<MeterRule>("rule", names_of<MeterRule, kMeterRuleCount>());
            break;
        case Input::silence:
        case Input::valve:
        case Input::unreadable:
        case Input::gateway:
        case Input::area:
            return;  // No readings, so no delay between them.
    }
    condition.off_delay = section.duration("off_delay", Duration{0}, kDelayMax, Duration{0});
}

void read_kinds(Section section, Condition& condition) {
    for (const std::string& name : section.strings("kinds")) {
        if (const auto kind = device_kind_from(name)) {
            condition.kinds.push_back(*kind);
        } else {
            section.error("kinds", config::expected_got("kinds of devices", name));
        }
    }
}

Condition read_condition(Section section) {
    Condition condition;
    condition.id = section.name("id").str();
    if (condition.id.starts_with(kReportPrefix)) {
        section.error("id", "expected no id that starts with report., as people's reports do");
    }
    read_predicate(section, condition);
    const bool group = condition.input == Input::gateway || condition.input == Input::area;
    if (!group) read_kinds(section, condition);
    if (const auto ticket_class = section.optional_integer("class", 1, 3)) {
        condition.ticket = static_cast<TicketClass>(*ticket_class);
    }
    if (group && !condition.ticket)
        section.error("class", "expected 1, 2 or 3: its ticket lists what belongs to it");
    const bool emergency = condition.ticket == TicketClass::one;
    if (!group) condition.hazard = section.choice<Hazard>("hazard", kHazardNames, Hazard::device);
    condition.latched = section.boolean("latched", emergency);
    if (emergency && !condition.latched) {
        section.error("latched", "expected true for class 1: an emergency never clears itself");
    }
    condition.re_alarm = section.duration("re_alarm", Duration{60'000}, kReAlarmMax, Duration{0});
    condition.re_alarm_count = static_cast<std::uint32_t>(
        section.integer("re_alarm_count", 1, kReAlarmsMax, kReAlarmsMax));
    condition.severity = static_cast<std::uint16_t>(section.integer("severity", 1, 1000, 500));
    return condition;
}

void read_conditions(Section root, Rules& rules) {
    std::set<std::string> ids;
    std::set<MeterRule> meter_rules;
    std::size_t varied = 0;
    for (Section section : root.sections("conditions")) {
        Condition condition = read_condition(section);
        if (!ids.insert(condition.id).second) {
            section.error("id", "expected an id of its own, got \"" + condition.id + "\" again");
        }
        if (condition.input == Input::meter && !meter_rules.insert(condition.rule).second)
            section.error("rule", "expected a rule that no other condition has");
        if (!condition.variants.empty() && ++varied > kVariedConditionsMax)
            section.error("variants", "expected at most 7 conditions with variants");
        rules.conditions.push_back(std::move(condition));
    }
    if (rules.conditions.empty() || rules.conditions.size() > kConditionsMax) {
        root.error("conditions", "expected a list of 1 to " + std::to_string(kConditionsMax) +
                                     " conditions, got " + std::to_string(rules.conditions.size()));
    }
}

void read_times(Section root, Rules& rules) {
    Section silence = root.section("silence");
    rules.silence_factor = silence.number("factor", 1, 100, rules.silence_factor);
    rules.silence_grace = silence.duration("grace", Duration{0}, kDelayMax, rules.silence_grace);
    rules.offline_grace =
        silence.duration("offline_grace", Duration{0}, kDelayMax, rules.offline_grace);
    rules.incident_window =
        root.duration("incident_window", Duration{1000}, kIncidentWindowMax, rules.incident_window);
}

void read_area(Section section, AreaRule& area) {
    area.sites = static_cast<std::uint32_t>(section.integer("sites", 2, kAreaSitesMax, area.sites));
    area.window = section.duration("window", Duration{1000}, kDelayMax, area.window);
    area.page_every = section.duration("page_every", Duration{60'000}, kDelayMax, area.page_every);
}

void read_shelving(Section section, Rules& rules) {
    constexpr std::array<std::string_view, 4> kKeys{"no_ticket", "", "class_2", "class_3"};
    for (const std::size_t i : {0U, 2U, 3U}) {
        rules.shelve_max[i] =
            section.duration(kKeys[i], Duration{1000}, kShelveMax, rules.shelve_max[i]);
    }
}

void read_symptoms(Section section, Rules& rules) {
    for (std::size_t i = 0; i < kSymptomCount; ++i) {
        const auto name = to_string(static_cast<Symptom>(i));
        rules.symptom_class[i] = static_cast<TicketClass>(section.integer(name, 1, 3));
    }
}

}  // namespace

Result<Rules> parse_rules(std::string_view text, std::string file_name) {
    auto document = Document::parse(text, std::move(file_name));
    if (!document) return Failure{document.error()};
    Rules rules;
    rules.version = version_of(text);
    Section root = document->root();
    Section lel = root.section("lel_vol_pct");
    for (std::size_t i = 0; i < kGasNames.size(); ++i) {
        rules.lel_vol_pct[i] = lel.number(kGasNames[i], 0.5, 20, rules.lel_vol_pct[i]);
    }
    read_times(root, rules);
    read_area(root.section("area"), rules.area);
    read_meters(root.section("meters"), rules);
    read_shelving(root.section("shelve_max"), rules);
    read_symptoms(root.section("symptoms"), rules);
    read_conditions(root, rules);
    if (auto sound = document->finish(); !sound) return Failure{sound.error()};
    return rules;
}

Result<Rules> load_rules(const std::filesystem::path& file) {
    auto text = config::read_file(file, config::kYamlBytesMax);
    if (!text) return Failure{text.error()};
    return parse_rules(*text, file.string());
}

}  // namespace mercaptan::processor
