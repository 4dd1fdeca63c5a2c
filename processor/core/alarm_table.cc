#include "processor/core/alarm_table.h"

#include <algorithm>
#include <array>

#include "common/domain/check.h"

namespace mercaptan::processor {
namespace {

using E = AlarmEvent;
using F = AlarmFact;

constexpr AlarmFacts kShelvings{F::shelved, F::shelved_once};
constexpr AlarmFacts kNone{};

// Sources: states and their quiet variants, ISA-18.2; latching, one-shot and timed shelving,
// suppression, out of service and re-alarm, OPC UA Part 9 (5.8). That nothing keeps an emergency
// quiet and that a reset waits for a safe place are rules of ours.
constexpr AlarmTransition kTransitions[] = {
    {.event = E::raise,
     .needs = kNone,
     .forbids = {F::active, F::latches},
     .sets = {F::active, F::present},
     .clears = {F::acked, F::confirmed},
     .occurrence = Occurrence::begins},
    {.event = E::raise,
     .needs = {F::latches},
     .forbids = {F::active},
     .sets = {F::active, F::present, F::latched},
     .clears = {F::acked, F::confirmed},
     .occurrence = Occurrence::begins},
    {.event = E::raise,
     .needs = {F::active},
     .forbids = kNone,
     .sets = {F::present},
     .clears = kNone},
    {.event = E::renew,
     .needs = {F::active, F::latches},
     .forbids = kNone,
     .sets = {F::present, F::latched},
     .clears = {F::acked, F::confirmed},
     .occurrence = Occurrence::begins},
    {.event = E::renew,
     .needs = {F::active},
     .forbids = {F::latches},
     .sets = {F::present},
     .clears = {F::acked, F::confirmed, F::latched},
     .occurrence = Occurrence::begins},
    {.event = E::clear,
     .needs = {F::latched},
     .forbids = kNone,
     .sets = kNone,
     .clears = {F::present}},
    {.event = E::clear,
     .needs = kNone,
     .forbids = {F::latched},
     .sets = kNone,
     .clears = {F::present, F::active, F::shelved_once},
     .occurrence = Occurrence::ends},
    {.event = E::release,
     .needs = {F::present},
     .forbids = kNone,
     .sets = kNone,
     .clears = kNone,
     .occurrence = Occurrence::ends},
    {.event = E::release,
     .needs = kNone,
     .forbids = {F::present},
     .sets = kNone,
     .clears = {F::active, F::latched, F::shelved_once},
     .occurrence = Occurrence::ends},
    {.event = E::expire,
     .needs = {F::shelved},
     .forbids = kNone,
     .sets = kNone,
     .clears = kShelvings},
    {.event = E::expire,
     .needs = {F::shelved_once},
     .forbids = kNone,
     .sets = kNone,
     .clears = kShelvings},
    {.event = E::re_alarm,
     .needs = {F::active, F::acked},
     .forbids = kQuietFacts,
     .sets = kNone,
     .clears = {F::acked, F::confirmed}},
    {.event = E::enter_window,
     .needs = {F::emergency},
     .forbids = kNone,
     .sets = kNone,
     .clears = kNone},
    {.event = E::enter_window,
     .needs = kNone,
     .forbids = {F::emergency},
     .sets = {F::by_design},
     .clears = kNone},
    {.event = E::leave_window,
     .needs = kNone,
     .forbids = kNone,
     .sets = kNone,
     .clears = {F::by_design}},
    {.event = E::promote,
     .needs = {F::emergency},
     .forbids = kNone,
     .sets = kNone,
     .clears = kQuietFacts},
    {.event = E::ack, .needs = kNone, .forbids = {F::acked}, .sets = {F::acked}, .clears = kNone},
    {.event = E::confirm,
     .needs = {F::acked},
     .forbids = {F::confirmed},
     .sets = {F::confirmed},
     .clears = kNone},
    {.event = E::reset,
     .needs = {F::active, F::latched, F::made_safe},
     .forbids = {F::present},
     .sets = kNone,
     .clears = {F::active, F::latched, F::shelved_once},
     .occurrence = Occurrence::ends},
    {.event = E::shelve,
     .needs = {F::in_time},
     .forbids = {F::emergency, F::shelved, F::shelved_once},
     .sets = {F::shelved},
     .clears = kNone},
    {.event = E::shelve_once,
     .needs = {F::in_time},
     .forbids = {F::emergency, F::shelved, F::shelved_once},
     .sets = {F::shelved_once},
     .clears = kNone},
    {.event = E::unshelve,
     .needs = {F::shelved},
     .forbids = kNone,
     .sets = kNone,
     .clears = kShelvings},
    {.event = E::unshelve,
     .needs = {F::shelved_once},
     .forbids = kNone,
     .sets = kNone,
     .clears = kShelvings},
    {.event = E::suppress,
     .needs = kNone,
     .forbids = {F::emergency, F::suppressed},
     .sets = {F::suppressed},
     .clears = kNone},
    {.event = E::unsuppress,
     .needs = {F::suppressed},
     .forbids = kNone,
     .sets = kNone,
     .clears = {F::suppressed}},
    {.event = E::out_of_service,
     .needs = kNone,
     .forbids = {F::emergency, F::out_of_service},
     .sets = {F::out_of_service},
     .clears = kNone},
    {.event = E::in_service,
     .needs = {F::out_of_service},
     .forbids = kNone,
     .sets = kNone,
     .clears = {F::out_of_service}},
};

constexpr std::array<std::string_view, kAlarmEventCount> kEventNames{
    "raise",    "renew",        "clear",          "release",     "expire",
    "re_alarm", "enter_window", "leave_window",   "promote",     "ack",
    "confirm",  "reset",        "shelve",         "shelve_once", "unshelve",
    "suppress", "unsuppress",   "out_of_service", "in_service",
};

/// What is said of a fact that the event needs and misses, and of one that stands in its way.
struct FactWords {
    std::string_view name;
    std::string_view missing;
    std::string_view in_the_way;
};
constexpr std::array<FactWords, kAlarmFactCount> kFactWords{{
    {"Class 1", "is no emergency", "is an emergency: nothing may keep it quiet"},
    {"latches", "does not latch", "latches"},
    {"time ahead", "needs a time in the future", "has a time"},
    {"active", "is not active", "is active already"},
    {"latched", "is not latched", "is latched"},
    {"present", "is not present", "is still present"},
    {"acked", "must be acknowledged first", "is acknowledged already"},
    {"confirmed", "is not confirmed", "is confirmed already"},
    {"shelved", "is not shelved", "is shelved already"},
    {"shelved once", "is not shelved", "is shelved already"},
    {"suppressed", "is not suppressed", "is suppressed already"},
    {"suppressed by design", "is in no window", "is suppressed by design"},
    {"out of service", "is not out of service", "is out of service already"},
    {"place made safe", "can be reset only after the place was made safe", "was made safe"},
}};

}  // namespace

std::string_view to_string(AlarmEvent event) {
    return kEventNames[static_cast<std::size_t>(event)];
}

std::optional<AlarmEvent> alarm_event_from(std::string_view name) {
    for (auto i = static_cast<std::size_t>(kFirstOperatorEvent); i < kAlarmEventCount; ++i) {
        if (kEventNames[i] == name) return static_cast<AlarmEvent>(i);
    }
    return std::nullopt;
}

std::string_view to_string(AlarmFact fact) {
    return kFactWords[static_cast<std::size_t>(fact)].name;
}

std::span<const AlarmTransition> alarm_transitions() {
    return kTransitions;
}

const AlarmTransition* transition_for(AlarmEvent event, AlarmFacts facts) {
    const auto* const found =
        std::find_if(std::begin(kTransitions), std::end(kTransitions), [&](const auto& row) {
            return row.event == event && facts.all_of(row.needs) && !facts.any_of(row.forbids);
        });
    return found == std::end(kTransitions) ? nullptr : found;
}

std::string_view objection_to(AlarmEvent event, AlarmFacts facts) {
    const auto* const row = std::find_if(std::begin(kTransitions), std::end(kTransitions),
                                         [event](const auto& r) { return r.event == event; });
    MERCAPTAN_CHECK(row != std::end(kTransitions));
    for (std::size_t i = 0; i < kAlarmFactCount; ++i) {
        const auto fact = static_cast<AlarmFact>(i);
        if (row->needs.has(fact) && !facts.has(fact)) return kFactWords[i].missing;
        if (row->forbids.has(fact) && facts.has(fact)) return kFactWords[i].in_the_way;
    }
    return {};
}

}  // namespace mercaptan::processor
