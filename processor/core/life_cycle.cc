#include "processor/core/life_cycle.h"

#include <algorithm>
#include <charconv>

namespace mercaptan::processor {
namespace {

std::optional<double> number_from(std::string_view text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    const bool finite = number - number == 0;
    return whole && finite ? std::optional{number} : std::nullopt;
}

/// As people read it: `20`, `0.5`.
std::string text_of(double number) {
    char digits[32];
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
    return error == std::errc{} ? std::string{digits, end} : std::string{};
}

Failure wrong(const FieldRule& rule, const std::string& expected) {
    return fail(ErrorCode::invalid_input, "expected " + expected, "fields." + rule.name.str());
}

Result<void> check_number(const FieldRule& rule, std::string_view value) {
    const auto number = number_from(value);
    if (!number) return wrong(rule, "a number");
    if (rule.below && *number >= *rule.below)
        return wrong(rule, "a number below " + text_of(*rule.below));
    if (rule.at_least && *number < *rule.at_least)
        return wrong(rule, "a number of at least " + text_of(*rule.at_least));
    return {};
}

Result<void> check_choice(const FieldRule& rule, std::string_view value) {
    if (std::find(rule.one_of.begin(), rule.one_of.end(), value) != rule.one_of.end()) return {};
    std::string names;
    for (const std::string& name : rule.one_of) names += (names.empty() ? "" : ", ") + name;
    return wrong(rule, "one of " + names);
}

}  // namespace

bool EventRule::does(Action action) const {
    return std::find(actions.begin(), actions.end(), action) != actions.end();
}

std::optional<std::uint8_t> LifeCycle::state(std::string_view called) const {
    for (std::size_t i = 0; i < states.size(); ++i) {
        if (states[i].state.name == called) return static_cast<std::uint8_t>(i);
    }
    return std::nullopt;
}

std::optional<std::uint8_t> LifeCycle::event(std::string_view called) const {
    for (std::size_t i = 0; i < events.size(); ++i) {
        if (events[i].event.name == called) return static_cast<std::uint8_t>(i);
    }
    return std::nullopt;
}

const EventRule* LifeCycle::event_doing(Action action) const {
    const auto found = std::find_if(events.begin(), events.end(),
                                    [action](const EventRule& rule) { return rule.does(action); });
    return found == events.end() ? nullptr : &*found;
}

StateMask LifeCycle::states_of(StateCategory category) const {
    StateMask mask = 0;
    for (std::size_t i = 0; i < states.size(); ++i) {
        if (states[i].state.category == category) mask |= state_bit(i);
    }
    return mask;
}

StateMask LifeCycle::open_states() const {
    return states_of(StateCategory::open) | states_of(StateCategory::waiting);
}

Result<void> check_field(const FieldRule& rule, std::string_view value) {
    if (value.empty()) return wrong(rule, "a value");
    switch (rule.type) {
        case FieldType::number:
            return check_number(rule, value);
        case FieldType::flag:
            if (value == "true") return {};
            return wrong(rule, "true");
        case FieldType::time:
            if (parse_rfc3339(value)) return {};
            return wrong(rule, "a time such as 2026-11-21T08:00:00Z");
        case FieldType::choice:
            return check_choice(rule, value);
        case FieldType::text:
        case FieldType::photo:
        case FieldType::signature:
            return {};
    }
    return {};
}

}  // namespace mercaptan::processor
