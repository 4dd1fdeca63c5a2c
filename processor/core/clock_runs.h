#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "processor/core/clock_fold.h"

// What the fold is made of; for clock_fold.cc and clock_changes.cc.
namespace mercaptan::processor {

/// The clock's present or last run; runs of one clock stand in the order of their cycles.
[[nodiscard]] Clock* latest(Ticket& ticket, std::string_view name);

/// Starts, ends and moves the runs of one ticket's clocks, and notes what it did.
class ClockRuns {
public:
    using What = ClockNews::What;

    ClockRuns(Ticket& ticket, const ClockContext& context, std::vector<ClockNews>& news)
        : ticket_{ticket}, context_{context}, news_{news} {}

    void tell(What what, const Clock& clock, Instant at, std::vector<BreachAction> actions = {});
    void end(Clock& clock, ClockStatus status, Instant at);
    void start(const ClockRule& rule, Instant at);
    void pause(Clock& clock, const ClockRule& rule, Instant at, std::string_view reason);
    void resume(Clock& clock, const ClockRule& rule, Instant at);

    /// The run goes on under the rule of another class: a stricter class counts by the rule's mode
    /// and never ends later than the run would have; a laxer one wins no time by the change itself.
    void change_class(Clock& clock, const ClockRule& rule, Instant at, bool stricter);
    /// The run goes on under another version of its rule, from what it has counted from. A sooner
    /// limit that another class left standing stays. `before` may be null: it is not to be had.
    void migrate(Clock& clock, const ClockRule* before, const ClockRule& rule, Instant at);

    [[nodiscard]] Instant due(const Clock& clock, bool unlimited) const;

private:
    [[nodiscard]] Instant anchor_of(const ClockRule& rule, Instant at) const;
    /// A rule without pauses, as Class 1 has none, ends one that is on.
    void end_pause_without_limit(Clock& clock, const ClockRule& rule, Instant at);

    Ticket& ticket_;
    const ClockContext& context_;
    std::vector<ClockNews>& news_;
};

/// The ticket's clocks go under another policy: that of another class, or another version.
void change_class(Ticket& ticket, const Policy& from, const Policy& to, Instant at,
                  const ClockContext& context, std::vector<ClockNews>& news);
void migrate(Ticket& ticket, const Policy& from, const Policy& to, Instant at,
             const ClockContext& context, std::vector<ClockNews>& news);

}  // namespace mercaptan::processor
