#include "processor/core/service_figures.h"

#include <algorithm>
#include <string_view>

namespace mercaptan::processor {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kUkPct = 97;
constexpr std::uint64_t kDcOver50Pct = 3;

void first(std::optional<Instant>& stamp, Instant at) {
    if (!stamp || at < *stamp) stamp = at;
}

std::string value_of(const LogEntry& line, std::string_view name) {
    for (const Field& field : line.fields) {
        if (field.name == name) return field.value;
    }
    return {};
}

/// `4`, `4.5`: in hundredths; what is finer is cut off.
std::optional<std::int64_t> hundredths(std::string_view text) {
    std::int64_t number = 0;
    int decimals = -1;
    for (const char c : text) {
        if (c == '.' && decimals < 0) {
            decimals = 0;
        } else if (c < '0' || c > '9' || number > 100'000) {
            return std::nullopt;
        } else if (decimals < 2) {
            number = number * 10 + (c - '0');
            decimals += decimals >= 0 ? 1 : 0;
        }
    }
    if (text.empty()) return std::nullopt;
    for (int i = std::max(decimals, 0); i < 2; ++i) number *= 10;
    return number;
}

void take_state(WorkFacts& facts, const LogEntry& line) {
    if (!line.to) return;
    const Name& state = line.to->name;
    if (state == "dispatched") {
        first(facts.dispatched, line.at);
    } else if (state == "accepted") {
        first(facts.accepted, line.at);
    } else if (state == "departed") {
        first(facts.departed, line.at);
    } else if (state == "on_site" || state == "made_safe") {
        first(facts.arrived, line.at);
    } else if (state == "repaired") {
        first(facts.arrived, line.at);
        first(facts.repaired, line.at);
    }
    const bool afresh = is_open(*line.to) && !line.to->in_hand;
    if (facts.repaired && afresh && line.at >= *facts.repaired) first(facts.begun_again, line.at);
}

void take_clock(WorkFacts& facts, const LogEntry& line) {
    if (line.clock.empty()) return;
    DeadlineRuns& runs = facts.deadlines[line.clock];
    if (line.event == TicketEvent::clock_started) {
        ++runs.started;
    } else if (line.event == TicketEvent::clock_met) {
        ++runs.met;
        ++runs.ended;
    } else if (line.event == TicketEvent::clock_breached) {
        ++runs.missed;
        ++runs.ended;
    } else if (line.event == TicketEvent::clock_stopped) {
        ++runs.ended;
    }
}

void take_call_back(CallBackFacts& facts, const LogEntry& line) {
    const Name& event = line.event.name;
    if (event == "answer") {
        facts.answered = line.at;
        facts.on_time = value_of(line, "on_time");
        facts.attitude = value_of(line, "attitude");
        facts.solved = value_of(line, "solved");
        facts.satisfaction_hundredths = hundredths(value_of(line, "satisfaction"));
        facts.suggestions = value_of(line, "suggestions");
    } else if (event == "miss") {
        facts.reached_nobody = true;
    } else if (event == "waive") {
        facts.waived = true;
    } else if (event == "complain") {
        facts.complained = true;
    } else if (event == "unsolved") {
        facts.unsolved = true;
    }
}

std::int64_t half_up(std::int64_t sum, std::int64_t count) {
    return (2 * sum + count) / (2 * count);
}

Times times_of(std::vector<Duration> all) {
    Times times;
    times.count = all.size();
    if (all.empty()) return times;
    std::sort(all.begin(), all.end());
    std::int64_t sum = 0;
    for (const Duration one : all) sum += one.count();
    times.mean = Duration{half_up(sum, static_cast<std::int64_t>(all.size()))};
    times.p90 = all[(all.size() * 9 + 9) / 10 - 1];
    times.max = all.back();
    return times;
}

void add(DeadlineRuns& to, const DeadlineRuns& runs) {
    to.met += runs.met;
    to.missed += runs.missed;
    to.started += runs.started;
    to.ended += runs.ended;
}

/// Counts an attended one, and one that can't be attended in time any more.
class AttendanceFold {
public:
    explicit AttendanceFold(Instant as_of) : as_of_{as_of} {}

    void take(const WorkFacts& facts) {
        ++figures_.received;
        const Duration took = std::max(0ms, facts.arrived.value_or(as_of_) - facts.received);
        const bool attended = facts.arrived.has_value();
        if (attended) responses_.push_back(took);
        if (facts.controlled) {
            count(figures_.controlled_2h, took <= 2h, attended);
        } else {
            count(figures_.uncontrolled_1h, took <= 1h, attended);
        }
        count(figures_.within_30min, took <= 30min, attended);
        count(figures_.within_45min, took <= 45min, attended);
        count(figures_.within_60min, took <= 60min, attended);
        if (attended || took > 50min) {
            ++figures_.over_50min.of;
            if (took > 50min) ++figures_.over_50min.count;
        }
        if (took > 2h) ++figures_.over_2h;
        if (!attended && took <= 30min) ++figures_.pending;
    }
    [[nodiscard]] Attendance finish() {
        figures_.response = times_of(std::move(responses_));
        return figures_;
    }

private:
    /// One that nobody attended counts once it is late.
    static void count(Share& share, bool within, bool attended) {
        if (!attended && within) return;
        ++share.of;
        if (attended && within) ++share.count;
    }

    Instant as_of_;
    Attendance figures_;
    std::vector<Duration> responses_;
};

/// The same fault again: at the same site, of the same cause.
bool came_back(const WorkFacts& repair, std::span<const WorkFacts> all) {
    const Instant end = *repair.repaired + kRepeatWindow;
    if (repair.begun_again && *repair.begun_again <= end) return true;
    if (repair.site.empty()) return false;
    return std::any_of(all.begin(), all.end(), [&](const WorkFacts& other) {
        return other.kind == TicketKind::repair && !other.voided && other.id != repair.id &&
               other.site == repair.site && other.condition == repair.condition &&
               other.received > *repair.repaired && other.received <= end;
    });
}

class ServiceFold {
public:
    ServiceFold(std::span<const WorkFacts> all, const Period& period)
        : period_{period}, attendance_{period.as_of} {
        for (const WorkFacts& facts : all) {
            if (facts.kind == TicketKind::repair && !facts.voided && !facts.site.empty())
                repairs_at_[facts.site].push_back(facts);
        }
    }

    void take(const WorkFacts& facts) {
        if (period_.holds(facts.received)) {
            ++figures_.received;
            if (facts.voided) ++figures_.voided;
        }
        if (facts.voided) return;
        switch (facts.kind) {
            case TicketKind::repair:
                return take_repair(facts);
            case TicketKind::complaint:
                if (!period_.holds(facts.received)) return;
                ++figures_.complaints;
                if (facts.valid) ++figures_.complaints_valid;
                return;
            case TicketKind::callback:
                return take_call_back_of(facts);
            default:
                return;
        }
    }

    ServiceFigures finish() {
        for (auto& [key, all] : times_) figures_.times[key] = times_of(std::move(all));
        figures_.complaint_rate = {.count = figures_.complaints, .of = repairs_};
        if (figures_.satisfaction_scored > 0) {
            figures_.satisfaction_hundredths =
                half_up(satisfaction_sum_, static_cast<std::int64_t>(figures_.satisfaction_scored));
        }
        figures_.attendance = attendance_.finish();
        return std::move(figures_);
    }

private:
    void take_repair(const WorkFacts& facts) {
        if (facts.repaired && period_.holds(*facts.repaired)) take_fix(facts);
        if (!period_.holds(facts.received)) return;
        ++repairs_;
        for (const auto& [clock, runs] : facts.deadlines)
            add(figures_.timeliness[{facts.ticket_class, clock}], runs);
        take_time(facts, "dispatch", facts.received, facts.dispatched);
        take_time(facts, "accept", facts.dispatched, facts.accepted);
        take_time(facts, "depart", facts.received, facts.departed);
        take_time(facts, "arrive", facts.received, facts.arrived);
        take_time(facts, "repair", facts.received, facts.repaired);
        if (facts.ticket_class == TicketClass::one) attendance_.take(facts);
    }
    void take_time(const WorkFacts& facts, const char* stage, std::optional<Instant> from,
                   std::optional<Instant> to) {
        if (from && to) times_[{facts.ticket_class, stage}].push_back(*to - *from);
    }
    void take_fix(const WorkFacts& facts) {
        ++figures_.first_time_fix.of;
        static const std::vector<WorkFacts> kNone;
        const auto at_site = repairs_at_.find(facts.site);
        if (came_back(facts, at_site == repairs_at_.end() ? kNone : at_site->second)) return;
        ++figures_.first_time_fix.count;
        if (*facts.repaired + kRepeatWindow > period_.as_of) ++figures_.first_time_provisional;
    }
    /// Statistics are of successful call-backs alone (customer service rules, 8.2).
    void take_call_back_of(const WorkFacts& facts) {
        const CallBackFacts& call = facts.call_back;
        if (!call.answered || !period_.holds(*call.answered)) return;
        ++figures_.call_backs_answered;
        if (call.satisfaction_hundredths) {
            ++figures_.satisfaction_scored;
            satisfaction_sum_ += *call.satisfaction_hundredths;
        }
        count(figures_.on_time, call.on_time, "yes");
        count(figures_.good_attitude, call.attitude, "good");
        count(figures_.solved, call.solved, "yes");
    }
    static void count(Share& share, const std::string& answer, std::string_view good) {
        if (answer.empty()) return;
        ++share.of;
        if (answer == good) ++share.count;
    }

    const Period& period_;
    ServiceFigures figures_;
    AttendanceFold attendance_;
    std::map<Name, std::vector<WorkFacts>> repairs_at_;
    std::map<ServiceFigures::ClassAnd, std::vector<Duration>> times_;
    std::uint64_t repairs_ = 0;
    std::int64_t satisfaction_sum_ = 0;
};

}  // namespace

WorkFacts facts_of(const Ticket& ticket, std::span<const LogEntry> history, bool controlled) {
    WorkFacts facts;
    facts.id = ticket.id;
    facts.kind = ticket.kind;
    facts.ticket_class = ticket.ticket_class;
    facts.policy = ticket.policy;
    facts.site = ticket.site;
    facts.zone = ticket.zone;
    facts.condition = ticket.cause.condition;
    facts.channel = ticket.channel;
    facts.received = ticket.opened_at;
    facts.voided = ticket.state.category == StateCategory::voided;
    facts.controlled = controlled;
    for (const LogEntry& line : history) {
        take_state(facts, line);
        take_clock(facts, line);
        if (facts.kind == TicketKind::callback) take_call_back(facts.call_back, line);
        if (line.event.name == "classify") facts.valid = value_of(line, "nature") == "valid";
        if (line.to && line.to->name == "dispatched" && facts.dispatched_to.empty())
            facts.dispatched_to = line.note;
    }
    return facts;
}

std::optional<std::uint64_t> Share::pct_hundredths() const {
    if (of == 0) return std::nullopt;
    return (20'000 * count + of) / (2 * of);
}

std::optional<bool> Attendance::uk_met() const {
    if (uncontrolled_1h.of + controlled_2h.of == 0) return std::nullopt;
    const auto enough = [](const Share& share) {
        return share.of == 0 || share.count * 100 >= kUkPct * share.of;
    };
    return enough(uncontrolled_1h) && enough(controlled_2h);
}

std::optional<bool> Attendance::dc_met() const {
    if (over_50min.of == 0) return std::nullopt;
    return response.mean <= 30min && over_50min.count * 100 <= kDcOver50Pct * over_50min.of &&
           over_2h == 0;
}

std::optional<bool> Attendance::ny_met() const {
    if (within_60min.of + within_30min.of == 0) return std::nullopt;
    return within_30min.count * 100 >= 75 * within_30min.of &&
           within_45min.count * 100 >= 90 * within_45min.of &&
           within_60min.count * 100 >= 95 * within_60min.of;
}

ServiceFigures fold_service(std::span<const WorkFacts* const> counted,
                            std::span<const WorkFacts> all, const Period& period) {
    ServiceFold fold{all, period};
    for (const WorkFacts* facts : counted) fold.take(*facts);
    return fold.finish();
}

CallBackReport fold_call_backs(std::span<const WorkFacts> all, const Period& period) {
    CallBackReport report;
    std::int64_t sum = 0;
    std::int64_t scored = 0;
    for (const WorkFacts& facts : all) {
        if (facts.kind != TicketKind::callback || !period.holds(facts.received)) continue;
        const CallBackFacts& call = facts.call_back;
        CallBackReport::Row& row = report.by_policy[facts.policy];
        ++row.due;
        if (call.answered) {
            ++row.answered;
        } else if (call.waived) {
            ++row.waived;
        } else {
            ++(call.reached_nobody ? row.not_reached : row.open);
        }
        for (const auto& [clock, runs] : facts.deadlines) add(row.deadline, runs);
        if (call.complained) ++report.complaints;
        if (call.unsolved) ++report.unsolved;
        if (!call.answered) continue;
        if (!call.on_time.empty()) ++report.answers[{"on_time", call.on_time}];
        if (!call.attitude.empty()) ++report.answers[{"attitude", call.attitude}];
        if (!call.solved.empty()) ++report.answers[{"solved", call.solved}];
        if (call.satisfaction_hundredths) {
            sum += *call.satisfaction_hundredths;
            ++scored;
        }
        if (!call.suggestions.empty()) report.suggestions.push_back(call.suggestions);
    }
    if (scored > 0) report.satisfaction_hundredths = half_up(sum, scored);
    return report;
}

}  // namespace mercaptan::processor
