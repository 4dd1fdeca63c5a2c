#include "processor/io/life_cycle_file.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "common/config/wording.h"
#include "common/config/yaml.h"
#include "common/domain/check.h"
#include "processor/io/built_in_life_cycle.h"
#include "processor/io/hours_text.h"

namespace mercaptan::processor {
namespace {

using config::Document;
using config::Section;

constexpr std::array<std::string_view, 4> kCategories{"open", "waiting", "done", "void"};
constexpr std::array<std::string_view, 6> kActions{"send_crew", "take_on",    "next_crew",
                                                   "restart",   "reclassify", "hand_over"};
constexpr std::array<std::string_view, 7> kFieldTypes{"text",   "number", "flag",     "time",
                                                      "choice", "photo",  "signature"};
// In the order of NoticeRule's enumerations.
constexpr std::array<std::string_view, 3> kNoticeMessages{"alert", "update", "cancel"};
constexpr std::array<std::string_view, 3> kNoticeCategories{"safety", "infra", "fire"};
constexpr std::array<std::string_view, 5> kNoticeUrgencies{"immediate", "expected", "future",
                                                           "past", "unknown"};
constexpr std::array<std::string_view, 5> kNoticeSeverities{"extreme", "severe", "moderate",
                                                            "minor", "unknown"};
constexpr std::array<std::string_view, 5> kNoticeCertainties{"observed", "likely", "possible",
                                                             "unlikely", "unknown"};
constexpr std::array<std::string_view, 7> kNoticeResponses{
    "none", "shelter", "evacuate", "prepare", "avoid", "monitor", "all_clear"};
constexpr double kNumberMax = 1e9;

std::vector<std::string_view> names_of_states(const LifeCycle& life) {
    std::vector<std::string_view> names;
    for (const StateRule& rule : life.states) names.push_back(rule.state.name.view());
    return names;
}

void read_states(Section root, LifeCycle& life) {
    Section section = root.section("states");
    const auto names = section.keys();
    for (const std::string& name : names) {
        if (!is_name(name)) {
            section.error(name, "expected a name of 1 to 63 bytes without /, + or #");
            continue;
        }
        Section state = section.section(name);
        StateRule rule;
        rule.state.name = name;
        rule.state.category =
            state.choice<StateCategory>("category", kCategories, StateCategory::open);
        rule.state.in_hand = state.boolean("in_hand", false);
        rule.state.safe = state.boolean("safe", false);
        rule.state.en_route = state.boolean("en_route", false);
        rule.finished = state.boolean("finished", false);
        rule.zh = state.required_string("zh");
        rule.en = state.required_string("en");
        life.states.push_back(std::move(rule));
    }
    if (life.states.size() < 2 || life.states.size() > kStatesMax) {
        root.error("states", "expected 2 to " + std::to_string(kStatesMax) + " states, got " +
                                 std::to_string(life.states.size()));
    } else if (!is_open(life.states.front().state)) {
        section.error(life.states.front().state.name,
                      "expected the first state, in which tickets begin, to be open or waiting");
    } else if (life.states_of(StateCategory::done) == 0) {
        root.error("states", "expected at least one state of category done");
    }
}

/// `open`, `any`, or a list of states.
StateMask read_from(Section event, std::string_view key, const LifeCycle& life) {
    const StateMask all = (StateMask{1} << life.states.size()) - 1;
    if (event.shape(key) == config::Shape::scalar) {
        const auto word = event.optional_string(key);
        if (word == "open") return life.open_states();
        if (word == "any") return all;
        event.error(key, config::expected_got("open, any or a list of states", *word));
        return 0;
    }
    StateMask mask = 0;
    for (const std::string& name : event.strings(key)) {
        if (const auto state = life.state(name)) {
            mask |= state_bit(*state);
        } else {
            event.error(key, config::expected_got(config::listed(names_of_states(life)), name));
        }
    }
    return mask;
}

FieldRule read_field(Section section) {
    FieldRule field;
    field.name = section.name("field");
    field.type = section.choice<FieldType>("type", kFieldTypes, FieldType::text);
    field.below = section.optional_number("below", -kNumberMax, kNumberMax);
    field.at_least = section.optional_number("at_least", -kNumberMax, kNumberMax);
    field.one_of = section.strings("one_of");
    field.optional = section.boolean("optional", false);
    field.always = section.boolean("always", false);
    if (field.optional && field.always)
        section.error("always", "expected either optional or always");
    const bool bounded = field.below || field.at_least;
    if (bounded && field.type != FieldType::number) {
        section.error("type", "expected number where below or at_least is given");
    } else if (field.one_of.empty() == (field.type == FieldType::choice)) {
        section.error("one_of", field.one_of.empty() ? "expected what may be chosen"
                                                     : "expected type: choice beside it");
    }
    static_cast<void>(section.optional_string("source"));  // For readers of the file.
    return field;
}

std::optional<HoursOfDay> read_hours(Section event, std::string_view key) {
    const auto text = event.optional_string(key);
    if (!text) return std::nullopt;
    const auto hours = hours_from(*text);
    if (!hours) event.error(key, config::expected_got("HH:MM-HH:MM", *text));
    return hours;
}

std::vector<Name> read_roles(Section event, std::string_view key,
                             std::vector<RoleMention>* mentions) {
    std::vector<Name> roles = event.names(key);
    for (const Name& role : roles) {
        if (mentions != nullptr) mentions->push_back({role, event.where(key)});
    }
    return roles;
}

void read_actions(Section event, EventRule& rule) {
    for (const std::string& name : event.strings("does")) {
        const auto found = std::find(kActions.begin(), kActions.end(), name);
        if (found == kActions.end()) {
            event.error("does", config::expected_got(config::listed(kActions), name));
        } else {
            rule.actions.push_back(static_cast<Action>(found - kActions.begin()));
        }
    }
    const bool moves =
        rule.does(Action::send_crew) || rule.does(Action::next_crew) || rule.does(Action::restart);
    if (moves && !rule.to) event.error("to", "expected the state that this action leads into");
    if (rule.does(Action::hand_over) && rule.to)
        event.error("to", "expected none: work is handed over in the state that it is in");
}

NoticeRule::Text read_text(Section& notice, std::string_view language) {
    Section text = notice.section(language);
    return {text.required_string("headline"), text.required_string("instruction")};
}

/// What leaves the house says where, and whether it is real: the event must bring both.
void check_notice_fields(Section& event, const EventRule& rule) {
    const auto brings = [&](std::string_view name) {
        return std::any_of(rule.needs.begin(), rule.needs.end(), [&](const FieldRule& field) {
            return field.name == name && !field.optional;
        });
    };
    const auto status =
        std::find_if(rule.needs.begin(), rule.needs.end(),
                     [](const FieldRule& field) { return field.name == kNoticeStatus; });
    const bool known = brings(kNoticeStatus) &&
                       status->one_of == std::vector<std::string>{"actual", "exercise", "test"};
    if (!brings(kNoticeArea) || !known) {
        event.error("notice",
                    "expected the fields area and status, one of actual, exercise and test, "
                    "among what the event needs");
    }
}

void read_notice(Section& event, EventRule& rule) {
    auto notice = event.optional_section("notice");
    if (!notice) return;
    NoticeRule read;
    read.sender = notice->optional_string("sender").value_or("mercaptan");
    if (read.sender.empty() || read.sender.find_first_of(" ,<&") != std::string::npos)
        notice->error("sender", "expected a text without spaces, commas, < and &");
    read.message = notice->choice<NoticeRule::Message>("message", kNoticeMessages);
    read.category = notice->choice<NoticeRule::Category>("category", kNoticeCategories);
    read.urgency = notice->choice<NoticeRule::Urgency>("urgency", kNoticeUrgencies);
    read.severity = notice->choice<NoticeRule::Severity>("severity", kNoticeSeverities);
    read.certainty = notice->choice<NoticeRule::Certainty>("certainty", kNoticeCertainties);
    read.response = notice->choice<NoticeRule::Response>("response", kNoticeResponses);
    read.zh = read_text(*notice, "zh");
    read.en = read_text(*notice, "en");
    rule.notice = std::make_shared<const NoticeRule>(std::move(read));
    check_notice_fields(event, rule);
}

void read_event(Section event, EventRule& rule, const LifeCycle& life,
                std::vector<RoleMention>* mentions) {
    rule.from = read_from(event, "from", life);
    rule.from_below_class_1 = read_from(event, "from_below_class_1", life);
    if (!event.has("from")) event.error("from", "expected open, any or a list of states");
    if (const auto to = event.optional_string("to")) {
        rule.to = life.state(*to);
        if (!rule.to)
            event.error("to", config::expected_got(config::listed(names_of_states(life)), *to));
    }
    rule.who = read_roles(event, "who", mentions);
    rule.who_class_1 = read_roles(event, "who_class_1", mentions);
    rule.who_lowers = read_roles(event, "who_lowers", mentions);
    rule.needs_note = event.boolean("needs_note", false);
    rule.reported = read_hours(event, "reported");
    for (Section field : event.sections("needs")) rule.needs.push_back(read_field(field));
    read_actions(event, rule);
    read_notice(event, rule);
    rule.takes_back = event.boolean("takes_back", false);
    rule.zh = event.required_string("zh");
    rule.en = event.required_string("en");
    static_cast<void>(event.optional_string("source"));
    const StateMask ends =
        life.states_of(StateCategory::done) | life.states_of(StateCategory::voided);
    const bool leaves_end =
        rule.to && (rule.from & ends) != 0 && is_open(life.states[*rule.to].state);
    if (leaves_end && !rule.does(Action::restart)) {
        event.error("does", "expected restart: the event leads out of a state that is an end");
    }
}

void read_events(Section root, LifeCycle& life, std::vector<RoleMention>* mentions) {
    Section section = root.section("events");
    const auto names = section.keys();
    if (names.empty() || names.size() > kEventsMax) {
        root.error("events", "expected 1 to " + std::to_string(kEventsMax) + " events, got " +
                                 std::to_string(names.size()));
        return;
    }
    for (const std::string& name : names) {
        if (!is_name(name)) {
            section.error(name, "expected a name of 1 to 63 bytes without /, + or #");
            continue;
        }
        EventRule rule;
        rule.event.name = name;
        read_event(section.section(name), rule, life, mentions);
        if (is_reserved_event(name)) {
            section.error(name, "expected another name: only the engine writes this event");
        }
        life.events.push_back(std::move(rule));
    }
}

/// States that can be reached from those of the mask; or, backwards, that can reach them.
StateMask spread(const LifeCycle& life, StateMask reached, bool backwards) {
    for (std::size_t round = 0; round < life.states.size(); ++round) {
        for (const EventRule& rule : life.events) {
            if (!rule.to) continue;
            const StateMask from = rule.from | rule.from_below_class_1;
            const StateMask to = state_bit(*rule.to);
            if (!backwards && (reached & from) != 0) reached |= to;
            if (backwards && (reached & to) != 0) reached |= from;
        }
    }
    return reached;
}

void check_ways(Section root, const LifeCycle& life) {
    const StateMask reached = spread(life, state_bit(0), /*backwards=*/false);
    const StateMask ends =
        life.states_of(StateCategory::done) | life.states_of(StateCategory::voided);
    const StateMask ending = spread(life, ends, /*backwards=*/true);
    Section states = root.section("states");
    for (std::size_t i = 0; i < life.states.size(); ++i) {
        const Name& name = life.states[i].state.name;
        if ((reached & state_bit(i)) == 0) {
            states.error(name.view(), "expected an event that leads here: no ticket can reach it");
        } else if ((ending & state_bit(i)) == 0) {
            states.error(name.view(), "expected a way from here to an end: a ticket would stay");
        }
    }
}

}  // namespace

Result<LifeCycle> parse_life_cycle(std::string_view text, std::string file_name,
                                   std::vector<RoleMention>* roles) {
    auto document = Document::parse(text, std::move(file_name));
    if (!document) return Failure{document.error()};
    Section root = document->root();
    LifeCycle life;
    life.text = text;
    life.name = root.name("life_cycle");
    static_cast<void>(root.optional_string("source"));
    read_states(root, life);
    if (life.states.size() >= 2 && life.states.size() <= kStatesMax) {
        read_events(root, life, roles);
        if (!life.events.empty()) check_ways(root, life);
    } else {
        static_cast<void>(root.has("events"));
    }
    if (auto sound = document->finish(); !sound) return Failure{sound.error()};
    return life;
}

Result<LifeCycles> compile_life_cycles(const FileTexts& files, std::vector<RoleMention>& roles) {
    LifeCycles cycles;
    std::string errors;
    for (const FileText& file : files) {
        auto life = parse_life_cycle(file.text, file.name, &roles);
        if (!life) {
            errors += life.error().message + "\n";
            continue;
        }
        const std::string name = life->name.str();
        if (!cycles.emplace(name, std::make_shared<const LifeCycle>(*std::move(life))).second) {
            errors += file.name + ": life_cycle: expected a name of its own, got \"" + name +
                      "\", which another file has\n";
        }
    }
    if (!errors.empty()) {
        errors.pop_back();
        return fail(ErrorCode::invalid_input, std::move(errors));
    }
    const auto built_in = built_in_life_cycle();
    cycles.try_emplace(built_in->name.str(), built_in);
    return cycles;
}

std::shared_ptr<const LifeCycle> built_in_life_cycle() {
    static const auto kLife = [] {
        auto life = parse_life_cycle(kBuiltInLifeCycle, "life_cycles/repair.yaml");
        MERCAPTAN_CHECK(life.has_value());
        return std::make_shared<const LifeCycle>(*std::move(life));
    }();
    return kLife;
}

}  // namespace mercaptan::processor
