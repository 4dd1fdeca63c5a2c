#include <algorithm>

#include "processor/core/clock_fold.h"

// How long a clock has, and when that is over.
namespace mercaptan::processor {
namespace {

Day last_counted_day(Day start, const Span& span, const std::vector<Pause>& pauses,
                     const ClockContext& context) {
    const auto stands_still = [&](Day day) {
        const Instant end = context.zone.start_of(day + 1);
        return std::any_of(pauses.begin(), pauses.end(), [end](const Pause& pause) {
            return pause.from < end && end <= pause.until;
        });
    };
    const bool business = span.unit == Span::Unit::business_days;
    Day day = start;
    for (std::int64_t left = span.count; left > 0;) {
        ++day;
        if (business && !context.calendar.is_business_day(day)) continue;
        if (!stands_still(day)) --left;
    }
    // Civil Code 203: a last day that is a public holiday moves to the day after it. The same day
    // has no other.
    while (!business && span.count > 0 && context.calendar.holidays.contains(day)) ++day;
    return day;
}

}  // namespace

Instant due_of(Instant from, const Span& span, const std::vector<Pause>& pauses,
               const ClockContext& context) {
    if (span.unit != Span::Unit::exact) {
        const Day start = context.zone.day_of(from);
        return context.zone.start_of(last_counted_day(start, span, pauses, context) + 1);
    }
    Instant due = from + Duration{span.count};
    for (const Pause& pause : pauses) {
        const Instant begin = std::max(pause.from, from);
        if (begin < due && begin < pause.until) due = due + (pause.until - begin);
    }
    return due;
}

Instant moment_of(const Threshold& threshold, const Clock& clock, const ClockContext& context) {
    switch (threshold.unit) {
        case Threshold::Unit::elapsed:
            return due_of(clock.counted_from, threshold.at, clock.pauses, context);
        case Threshold::Unit::remaining:
            return clock.due_at - Duration{threshold.at.count};
        case Threshold::Unit::percent: {
            const bool exact = clock.within.unit == Span::Unit::exact;
            const std::int64_t whole =
                exact ? clock.within.count : (clock.due_at - clock.counted_from).count();
            const Duration part{whole / 100 * threshold.at.count +
                                whole % 100 * threshold.at.count / 100};
            if (!exact) return clock.counted_from + part;
            return due_of(clock.counted_from, {Span::Unit::exact, part.count()}, clock.pauses,
                          context);
        }
    }
    return kNever;
}

Duration elapsed_of(const Clock& clock, Instant now) {
    const Instant end = clock.ended_at.value_or(now);
    Duration elapsed = end - clock.started_at;
    for (const Pause& pause : clock.pauses) {
        const Instant until = std::min(pause.until, end);
        if (pause.from < until) elapsed -= until - pause.from;
    }
    return elapsed;
}

const Pause* pause_at(const Clock& clock, Instant at) {
    if (clock.pauses.empty()) return nullptr;
    const Pause& last = clock.pauses.back();
    return !last.resumed && at < last.until ? &last : nullptr;
}

}  // namespace mercaptan::processor
