#include "processor/core/alarm.h"

#include <algorithm>
#include <array>

namespace mercaptan::processor {
namespace {

constexpr std::array<std::string_view, kAlarmStateCount> kStateNames{
    "normal",
    "unacknowledged",
    "acknowledged",
    "returned_unacknowledged",
    "latched_unacknowledged",
    "latched_acknowledged",
    "shelved",
    "suppressed",
    "out_of_service",
};

AlarmFacts facts_of(const Alarm& alarm) {
    using F = AlarmFact;
    AlarmFacts facts;
    facts.set(F::present, alarm.present);
    facts.set(F::active, alarm.active);
    facts.set(F::acked, alarm.acked);
    facts.set(F::confirmed, alarm.confirmed);
    facts.set(F::latched, alarm.latched);
    facts.set(F::shelved, alarm.shelved_until && !alarm.shelved_once);
    facts.set(F::shelved_once, alarm.shelved_until && alarm.shelved_once);
    facts.set(F::suppressed, alarm.suppressed);
    facts.set(F::by_design, alarm.suppressed_by_design);
    facts.set(F::out_of_service, alarm.out_of_service);
    return facts;
}

AlarmFacts facts_of(const Alarm& alarm, const AlarmChange& change) {
    using F = AlarmFact;
    AlarmFacts facts = facts_of(alarm);
    facts.set(F::emergency, change.emergency);
    facts.set(F::latches, change.latches);
    facts.set(F::in_time, change.until && *change.until > change.at);
    facts.set(F::made_safe, change.made_safe);
    return facts;
}

void keep(Alarm& alarm, AlarmFacts facts, const AlarmChange& change) {
    using F = AlarmFact;
    const bool was_shelved = alarm.shelved_until.has_value();
    alarm.present = facts.has(F::present);
    alarm.active = facts.has(F::active);
    alarm.acked = facts.has(F::acked);
    alarm.confirmed = facts.has(F::confirmed);
    alarm.latched = facts.has(F::latched);
    alarm.suppressed = facts.has(F::suppressed);
    alarm.suppressed_by_design = facts.has(F::by_design);
    alarm.out_of_service = facts.has(F::out_of_service);
    alarm.shelved_once = facts.has(F::shelved_once);
    const bool shelved = facts.any_of({F::shelved, F::shelved_once});
    if (!shelved) alarm.shelved_until.reset();
    if (shelved && !was_shelved) alarm.shelved_until = change.until;
}

void begin_occurrence(Alarm& alarm, Instant at) {
    alarm.since = at;
    alarm.first_evidence = at;
    alarm.re_alarms = 0;
    ++alarm.occurrences;
}

}  // namespace

std::string_view to_string(AlarmState state) {
    return kStateNames[static_cast<std::size_t>(state)];
}

AlarmState state_of(const Alarm& alarm) {
    if (alarm.out_of_service) return AlarmState::out_of_service;
    if (alarm.suppressed || alarm.suppressed_by_design) return AlarmState::suppressed;
    if (alarm.shelved_until) return AlarmState::shelved;
    if (!alarm.active)
        return alarm.acked ? AlarmState::normal : AlarmState::returned_unacknowledged;
    if (alarm.present || !alarm.latched)
        return alarm.acked ? AlarmState::acknowledged : AlarmState::unacknowledged;
    return alarm.acked ? AlarmState::latched_acknowledged : AlarmState::latched_unacknowledged;
}

bool is_quiet(const Alarm& alarm) {
    return facts_of(alarm).any_of(kQuietFacts);
}

void end_occurrence(Alarm& alarm, Instant last, Instant now) {
    const Instant first = alarm.first_evidence;
    const PastOccurrence ended{.first = first, .last = std::max(first, last), .ended_at = now};
    auto& past = alarm.past;
    if (!past.empty() && past.back().first == first) {
        past.back() = ended;
        return;
    }
    past.push_back(ended);
    if (past.size() <= Alarm::kPastMax) return;
    past[1].first = std::min(past[0].first, past[1].first);
    past[1].last = std::max(past[0].last, past[1].last);
    past.erase(past.begin());
}

bool belongs_to_past(const Alarm& alarm, Instant at, Instant received_at) {
    return std::any_of(alarm.past.begin(), alarm.past.end(), [&](const PastOccurrence& over) {
        return at >= over.first && at <= over.last && received_at <= over.ended_at;
    });
}

Result<void> apply(Alarm& alarm, const AlarmChange& change) {
    const AlarmFacts facts = facts_of(alarm, change);
    const AlarmTransition* row = transition_for(change.event, facts);
    if (row == nullptr) {
        return fail(ErrorCode::conflict, alarm.condition + " of " + alarm.device.str() + " " +
                                             std::string{objection_to(change.event, facts)});
    }
    keep(alarm, facts.with(row->sets).without(row->clears), change);
    if (row->occurrence == Occurrence::begins) begin_occurrence(alarm, change.at);
    if (row->occurrence == Occurrence::ends) end_occurrence(alarm, change.at, change.now);
    if (!change.actor.empty()) {
        alarm.actor = change.actor;
        alarm.note = change.note;
    }
    return {};
}

std::vector<AlarmEvent> allowed_events(const Alarm& alarm, bool emergency, bool made_safe) {
    AlarmChange change;
    change.until = change.at + Duration{1};
    change.emergency = emergency;
    change.made_safe = made_safe;
    const AlarmFacts facts = facts_of(alarm, change);
    std::vector<AlarmEvent> allowed;
    for (auto i = static_cast<std::size_t>(kFirstOperatorEvent); i < kAlarmEventCount; ++i) {
        const auto event = static_cast<AlarmEvent>(i);
        if (transition_for(event, facts) != nullptr) allowed.push_back(event);
    }
    return allowed;
}

}  // namespace mercaptan::processor
