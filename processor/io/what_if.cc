#include "processor/io/what_if.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <string_view>
#include <utility>

#include "processor/io/alarm_log.h"
#include "processor/io/rows.h"
#include "processor/io/ticket_pairs.h"

namespace mercaptan::processor {
namespace {

using Side = TicketPairs::Side;

OpenedTicket opened_ticket(const Ticket& ticket, Instant at) {
    return {.id = ticket.id,
            .kind = ticket.kind,
            .ticket_class = ticket.ticket_class,
            .policy = ticket.policy,
            .site = ticket.site,
            .zone = ticket.zone,
            .condition = ticket.cause.condition,
            .at = at,
            .hazard_key = ticket.hazard_key};
}

/// Counts what a run's commits say.
class Tallier {
public:
    explicit Tallier(RunTally& tally) : tally_{tally} {}

    /// The tickets that the commit opened, by id.
    std::vector<std::string> take(const Commit& commit) {
        opened_.clear();
        commit.batch.for_each(
            [&](const store::Batch::Write& write, std::string_view key, std::string_view value) {
                if (write.kind != store::Batch::Write::Kind::put) return;
                switch (static_cast<StoreTable>(write.table)) {
                    case StoreTable::alarm_log:
                        return take_alarm(key, value);
                    case StoreTable::ticket_log:
                        return take_line(value);
                    case StoreTable::effects:
                        return take_effect(key);
                    default:
                        return;
                }
            });
        return std::move(opened_);
    }

private:
    void take_alarm(std::string_view key, std::string_view value) {
        const auto row = decode_alarm_log(key, value);
        if (!row || row->raised == 0) return;
        tally_.alarms += row->raised;
        tally_.alarms_by_condition[row->condition] += row->raised;
        const std::int64_t window = row->at.ms / RunTally::kWindow.count();
        if (window != window_) in_window_ = 0;
        window_ = window;
        in_window_ += row->raised;
        tally_.alarms_peak = std::max(tally_.alarms_peak, in_window_);
    }
    void take_line(std::string_view value) {
        const auto line = decode_log_entry(value);
        if (!line) return;
        if (line->event == TicketEvent::raised) {
            ++tally_.tickets;
            opened_.push_back(line->ticket_id);
        } else if (line->event == TicketEvent::clock_breached) {
            ++tally_.clocks[line->clock].breached;
        } else if (line->event == TicketEvent::clock_met) {
            ++tally_.clocks[line->clock].met;
        }
    }
    void take_effect(std::string_view key) {
        if (key.starts_with("order/")) ++tally_.orders;
        if (key.starts_with("page/")) ++tally_.pages;
        if (key.starts_with("valve/")) ++tally_.valve_commands;
    }

    RunTally& tally_;
    std::int64_t window_ = 0;
    std::uint64_t in_window_ = 0;
    std::vector<std::string> opened_;
};

/// Both histories on their way.
class Comparison {
public:
    Comparison(const store::Store& recorded, const WhatIfOptions& options)
        : options_{options}, recorded_{recorded, options.recorded, options.settings} {
        if (options.other)
            other_ = std::make_unique<ReplayRun>(recorded, options.recorded, options.settings);
        result_.from = options.from;
        result_.to = options.to;
        result_.compared = other_ != nullptr;
    }

    Result<WhatIf> run(const store::Store& recorded) {
        const auto start = start_for(recorded, options_.from);
        if (!start) return Failure{start.error()};
        result_.start = *start;
        result_.from = std::max(options_.from, start->at);
        if (auto begun = recorded_.begin(*start); !begun) return Failure{begun.error()};
        if (other_) {
            if (auto begun = other_->begin(*start); !begun) return Failure{begun.error()};
        }
        const auto done = each_row(recorded, *start, options_.to,
                                   [&](const ReplayRow& row) { return take(row); });
        if (!done) return Failure{done.error()};
        pairs_.report(result_);
        return std::move(result_);
    }

private:
    Result<void> take(const ReplayRow& row) {
        if (auto switched = switch_rules(row.head.closed_at); !switched) return switched;
        Result<void> outcome;
        auto decoded = decode_journal(row.value, [&](const LoggedRecord& record) {
            outcome = take(row.commit, record);
            return outcome.has_value();
        });
        if (!decoded) return decoded;
        return outcome ? close(row) : outcome;
    }

    /// The other rules are in force from the first commit of the time that is compared.
    Result<void> switch_rules(Instant closed_at) {
        if (comparing_ || closed_at < result_.from) return {};
        comparing_ = true;
        if (!other_) return {};
        return other_->use(options_.other, result_.from);
    }

    Result<void> take(std::uint64_t commit, const LoggedRecord& record) {
        if (std::holds_alternative<LoggedReading>(record.body)) ++result_.readings;
        if (const auto* start = std::get_if<LoggedStart>(&record.body))
            result_.program = start->program;
        if (other_) {
            const auto* command = std::get_if<OperatorCommand>(&record.body);
            auto taken = command == nullptr ? other_->take(commit, record)
                                            : other_->take(commit, translated(record, *command));
            if (!taken) return taken;
        }
        return recorded_.take(commit, record);
    }

    /// What people did to a ticket they would have done to the other one of its hazard.
    LoggedRecord translated(const LoggedRecord& record, const OperatorCommand& command) const {
        const auto* event = std::get_if<TicketCommand>(&command.what);
        if (event == nullptr || other_->engine().find_ticket(event->ticket_id) != nullptr)
            return record;
        const std::string counterpart = pairs_.other_of(event->ticket_id);
        if (counterpart.empty()) return record;
        OperatorCommand meant = command;
        std::get<TicketCommand>(meant.what).ticket_id = counterpart;
        std::get<TicketCommand>(meant.what).if_version.reset();
        return {.at = record.at, .gateway = record.gateway, .body = std::move(meant)};
    }

    Result<void> close(const ReplayRow& row) {
        const auto commit = recorded_.close(row.head);
        if (!commit) return Failure{commit.error()};
        check(row, **commit);
        if (comparing_) note(Side::recorded, recorded_, recorded_tally_, **commit);
        if (other_) {
            const auto other = other_->close(row.head);
            if (!other) return Failure{other.error()};
            if (comparing_) {
                note(Side::other, *other_, other_tally_, **other);
                compare_replies(**commit, **other);
            }
        }
        ++result_.commits;
        result_.last = row.head.closed_at;
        if (options_.progress) options_.progress(row.head.closed_at, result_.readings);
        return {};
    }

    void check(const ReplayRow& row, const Commit& commit) {
        if (commit.seq == row.commit && commit.print == row.head.print) return;
        ++result_.commits_other;
        if (result_.first_other) return;
        result_.first_other = row.commit;
        result_.first_other_at = row.head.closed_at;
    }

    void note(Side side, const ReplayRun& run, Tallier& tally, const Commit& commit) {
        for (const std::string& id : tally.take(commit)) {
            const Ticket* ticket = run.engine().find_ticket(id);
            if (ticket == nullptr || !other_) continue;
            pairs_.add(side, commit.seq, opened_ticket(*ticket, ticket->recorded_at));
        }
    }

    void compare_replies(const Commit& recorded, const Commit& other) {
        const std::size_t count = std::min(recorded.outcomes.size(), other.outcomes.size());
        for (std::size_t i = 0; i < count; ++i) {
            if (recorded.outcomes[i].reply.error) continue;
            ++result_.commands;
            const auto& error = other.outcomes[i].reply.error;
            if (!error) continue;
            ++(error->code == ErrorCode::not_found ? result_.commands_lost
                                                   : result_.commands_refused);
        }
    }

    bool still_open(Side side, const std::string& id) const {
        const ReplayRun& run = side == Side::recorded ? recorded_ : *other_;
        const Ticket* ticket = run.engine().find_ticket(id);
        return ticket != nullptr && is_open(ticket->state);
    }

    const WhatIfOptions& options_;
    WhatIf result_;
    ReplayRun recorded_;
    std::unique_ptr<ReplayRun> other_;
    TicketPairs pairs_{[this](Side side, const std::string& id) { return still_open(side, id); }};
    Tallier recorded_tally_{result_.recorded};
    Tallier other_tally_{result_.other};
    bool comparing_ = false;
};

}  // namespace

Result<WhatIf> replay_what_if(const store::Store& recorded, const WhatIfOptions& options) {
    return Comparison{recorded, options}.run(recorded);
}

}  // namespace mercaptan::processor
