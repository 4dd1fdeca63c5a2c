#include "processor/core/alarm.h"

#include <algorithm>
#include <array>

namespace mercaptan::processor {
namespace {

constexpr std::array<std::string_view, kAlarmEventCount> kEventNames{
    "raise", "clear", "ack", "confirm", "reset", "shelve", "unshelve", "suppress", "unsuppress",
};

Failure refused(const Alarm& alarm, std::string_view why) {
    return fail(ErrorCode::conflict,
                alarm.condition + " of " + alarm.device.str() + " " + std::string{why});
}

/// Why the event can't be taken in this state, or empty. One line per row of the table in
/// README.md.
std::string_view objection(const Alarm& alarm, const AlarmChange& change) {
    switch (change.event) {
        case AlarmEvent::raise:
        case AlarmEvent::clear:
            return {};
        case AlarmEvent::ack:
            return alarm.acked ? "is acknowledged already" : "";
        case AlarmEvent::confirm:
            if (!alarm.acked) return "must be acknowledged first";
            return alarm.confirmed ? "is confirmed already" : "";
        case AlarmEvent::reset:
            if (!alarm.active || !alarm.latched) return "is not latched";
            if (alarm.present) return "is still present";
            return change.made_safe ? "" : "can be reset only after the place was made safe";
        case AlarmEvent::shelve:
            if (change.emergency) return "is an emergency and can't be shelved";
            if (!change.until || *change.until <= change.at)
                return "needs a time in the future to shelve until";
            return alarm.shelved_until ? "is shelved already" : "";
        case AlarmEvent::unshelve:
            return alarm.shelved_until ? "" : "is not shelved";
        case AlarmEvent::suppress:
            if (change.emergency) return "is an emergency and can't be suppressed";
            return alarm.suppressed ? "is suppressed already" : "";
        case AlarmEvent::unsuppress:
            return alarm.suppressed ? "" : "is not suppressed";
    }
    return "has no such event";
}

void perform(Alarm& alarm, const AlarmChange& change) {
    switch (change.event) {
        case AlarmEvent::raise:
            if (alarm.active) return;
            alarm.active = true;
            alarm.acked = false;
            alarm.confirmed = false;
            alarm.latched = change.latches;
            alarm.since = change.at;
            alarm.first_evidence = change.at;
            ++alarm.occurrences;
            return;
        case AlarmEvent::clear:
            alarm.present = false;
            if (alarm.latched) return;
            alarm.active = false;
            end_occurrence(alarm, change.at, change.now);
            return;
        case AlarmEvent::ack:
            alarm.acked = true;
            return;
        case AlarmEvent::confirm:
            alarm.confirmed = true;
            return;
        case AlarmEvent::reset:
            alarm.active = false;
            alarm.latched = false;
            return;
        case AlarmEvent::shelve:
            alarm.shelved_until = change.until;
            return;
        case AlarmEvent::unshelve:
            alarm.shelved_until.reset();
            return;
        case AlarmEvent::suppress:
            alarm.suppressed = true;
            return;
        case AlarmEvent::unsuppress:
            alarm.suppressed = false;
            return;
    }
}

}  // namespace

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

std::string_view to_string(AlarmEvent event) {
    return kEventNames[static_cast<std::size_t>(event)];
}

std::optional<AlarmEvent> alarm_event_from(std::string_view name) {
    for (auto i = static_cast<std::size_t>(AlarmEvent::ack); i < kAlarmEventCount; ++i) {
        if (kEventNames[i] == name) return static_cast<AlarmEvent>(i);
    }
    return std::nullopt;
}

Result<void> apply(Alarm& alarm, const AlarmChange& change) {
    const std::string_view why = objection(alarm, change);
    if (!why.empty()) return refused(alarm, why);
    perform(alarm, change);
    if (!change.actor.empty()) alarm.actor = change.actor;
    return {};
}

std::vector<AlarmEvent> allowed_events(const Alarm& alarm, bool emergency, bool made_safe) {
    std::vector<AlarmEvent> allowed;
    for (auto i = static_cast<std::size_t>(AlarmEvent::ack); i < kAlarmEventCount; ++i) {
        AlarmChange change;
        change.event = static_cast<AlarmEvent>(i);
        change.until = Instant{1};
        change.emergency = emergency;
        change.made_safe = made_safe;
        if (objection(alarm, change).empty()) allowed.push_back(change.event);
    }
    return allowed;
}

}  // namespace mercaptan::processor
