#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/domain/instant.h"
#include "processor/core/ticket_model.h"

// The service figures, counted from the histories of tickets. Whole milliseconds; where a figure is
// not whole it is rounded half up, once, at the end. processor/core/figures.md defines each.
namespace mercaptan::processor {

/// What a call-back brought (fault repair rules, article 10.2: the five questions).
struct CallBackFacts {
    std::optional<Instant> answered;
    bool reached_nobody = false;
    bool waived = false;
    bool complained = false;
    bool unsolved = false;
    std::string on_time;                                  // `yes`, `no`, or empty.
    std::string attitude;                                 // `good`, `fair`, `bad`, or empty.
    std::string solved;                                   // `yes`, `no`, or empty.
    std::optional<std::int64_t> satisfaction_hundredths;  // 100 to 500.
    std::string suggestions;
    bool operator==(const CallBackFacts&) const = default;
};

/// How often a deadline of a ticket came to which end.
struct DeadlineRuns {
    std::uint64_t met = 0;
    std::uint64_t missed = 0;
    std::uint64_t started = 0;
    std::uint64_t ended = 0;  // Met, missed or stopped.
    bool operator==(const DeadlineRuns&) const = default;
};

/// What the figures need of one ticket.
struct WorkFacts {
    std::string id;
    TicketKind kind = TicketKind::repair;
    std::optional<TicketClass> ticket_class;
    std::string policy;
    Name site;
    Name zone;
    std::string condition;
    std::string channel;
    Instant received;
    bool voided = false;
    bool controlled = false;  // The reporter has shut the gas off: an escape under control.
    bool valid = false;       // Of a complaint, by its classification.
    // When it first entered the state; arrived: on site, or what comes after it.
    std::optional<Instant> dispatched;
    std::optional<Instant> accepted;
    std::optional<Instant> departed;
    std::optional<Instant> arrived;
    std::optional<Instant> repaired;
    std::optional<Instant> begun_again;  // After the repair.
    std::string dispatched_to;
    std::map<std::string, DeadlineRuns> deadlines;  // By clock.
    CallBackFacts call_back;
};

[[nodiscard]] WorkFacts facts_of(const Ticket& ticket, std::span<const LogEntry> history,
                                 bool controlled);

/// Counted is what was received (repaired, answered) in [from, to), as it stood at `as_of`.
struct Period {
    Instant from;
    Instant to;
    Instant as_of;
    [[nodiscard]] bool holds(Instant at) const { return from <= at && at < to; }
};

struct Share {
    std::uint64_t count = 0;
    std::uint64_t of = 0;
    /// In hundredths of a per cent, half up; empty of nothing.
    [[nodiscard]] std::optional<std::uint64_t> pct_hundredths() const;
    bool operator==(const Share&) const = default;
};

struct Times {
    std::uint64_t count = 0;
    Duration mean{0};
    Duration p90{0};  // Nearest rank.
    Duration max{0};
    bool operator==(const Times&) const = default;
};

/// UK (Ofgem): escapes attended within 1 h, controlled ones within 2 h, in 97 % of cases.
/// District of Columbia: 30 minutes on average, at most 3 % over 50 minutes, none over 2 hours.
/// New York (16 NYCRR 255.825): 75 % within 30, 90 % within 45, 95 % within 60 minutes.
struct Attendance {
    std::uint64_t received = 0;
    std::uint64_t pending = 0;  // Not attended and not late by any of the limits.
    Share uncontrolled_1h;
    Share controlled_2h;
    Times response;  // Of those attended.
    Share over_50min;
    std::uint64_t over_2h = 0;
    Share within_30min;
    Share within_45min;
    Share within_60min;
    /// Empty: nothing to judge.
    [[nodiscard]] std::optional<bool> uk_met() const;
    [[nodiscard]] std::optional<bool> dc_met() const;
    [[nodiscard]] std::optional<bool> ny_met() const;
};

struct ServiceFigures {
    using ClassAnd = std::pair<std::optional<TicketClass>, std::string>;

    std::uint64_t received = 0;
    std::uint64_t voided = 0;
    std::map<ClassAnd, DeadlineRuns> timeliness;  // By class and clock, of repairs.
    std::map<ClassAnd, Times> times;              // By class and stage, of repairs.
    Share first_time_fix;
    std::uint64_t first_time_provisional = 0;  // Not yet 30 days ago.
    std::uint64_t call_backs_answered = 0;
    std::uint64_t satisfaction_scored = 0;
    std::optional<std::int64_t> satisfaction_hundredths;
    Share on_time;
    Share good_attitude;
    Share solved;
    std::uint64_t complaints = 0;
    std::uint64_t complaints_valid = 0;
    Share complaint_rate;  // Complaints per repair.
    Attendance attendance;
};

inline constexpr Duration kRepeatWindow{30LL * 24 * 3'600'000};

/// `all`: also the tickets in which a fault may have come back.
[[nodiscard]] ServiceFigures fold_service(std::span<const WorkFacts* const> counted,
                                          std::span<const WorkFacts> all, const Period& period);

/// The monthly report on call-backs (customer service rules, 8.3: by the 5th of the next month).
struct CallBackReport {
    struct Row {
        std::uint64_t due = 0;
        std::uint64_t answered = 0;
        std::uint64_t not_reached = 0;
        std::uint64_t waived = 0;
        std::uint64_t open = 0;
        DeadlineRuns deadline;
        bool operator==(const Row&) const = default;
    };
    std::map<std::string, Row> by_policy;
    std::map<std::pair<std::string, std::string>, std::uint64_t> answers;  // Question, answer.
    std::uint64_t complaints = 0;
    std::uint64_t unsolved = 0;
    std::optional<std::int64_t> satisfaction_hundredths;
    std::vector<std::string> suggestions;
};
[[nodiscard]] CallBackReport fold_call_backs(std::span<const WorkFacts> all, const Period& period);

}  // namespace mercaptan::processor
