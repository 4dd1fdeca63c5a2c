#include "tests/simulation/store_checker.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "processor/io/tables.h"

namespace mercaptan::simulation {
namespace {

using namespace std::chrono_literals;
using processor::Clock;
using processor::ClockStatus;
using processor::LogEntry;
using processor::StoreTable;
using processor::Ticket;
using processor::TicketEvent;

/// What the shipped policies promise, written down once more.
std::optional<Duration> promised(const std::string& policy, const std::string& clock) {
    static const std::map<std::pair<std::string, std::string>, Duration> kWithin{
        {{"repair.class1", "dispatch"}, 1min}, {{"repair.class1", "accept"}, 10min},
        {{"repair.class1", "depart"}, 30min},  {{"repair.class1", "arrive"}, 60min},
        {{"repair.class2", "dispatch"}, 2h},   {{"repair.class2", "accept"}, 10min},
        {{"repair.class2", "arrive"}, 8h},     {{"repair.class3", "accept"}, 10min}};
    const auto found = kWithin.find({policy, clock});
    return found == kWithin.end() ? std::nullopt : std::optional{found->second};
}

std::string line(const LogEntry& entry) {
    return entry.ticket_id + " #" + std::to_string(entry.index) + " v" +
           std::to_string(entry.version) + " " + std::string{to_string(entry.event)} + " " +
           entry.clock;
}

}  // namespace

const std::vector<LogEntry>& StoreChecker::log(const std::string& ticket) const {
    static const std::vector<LogEntry> kNone;
    const auto found = log_.find(ticket);
    return found == log_.end() ? kNone : found->second;
}

void StoreChecker::on_written(const store::Batch& batch) {
    tickets_touched_.clear();
    ended_.clear();
    fresh_.clear();
    batch.for_each(
        [&](const store::Batch::Write& write, std::string_view key, std::string_view value) {
            const auto table = static_cast<StoreTable>(write.table);
            if (write.kind != store::Batch::Write::Kind::erase) {
                on_row(table, key, value);
            } else if (table == StoreTable::versions) {
                versions_.erase(std::string{key});
            }
        });
    std::set<std::string> hazards;
    for (const std::string& id : tickets_touched_) {
        const auto ticket = tickets_.find(id);
        if (ticket == tickets_.end()) {
            findings_.add("log", id + " has a history and no row");
            continue;
        }
        check_log_end(ticket->second);
        hazards.insert(ticket->second.hazard_key);
        std::string version;
        processor::version_key(version, ticket->second.policy, ticket->second.policy_version);
        if (!versions_.contains(version))
            findings_.add("versions_kept", id + " is pinned to a version that is not stored");
    }
    for (const std::string& hazard : hazards) check_hazard(hazard);
    check_emergencies();
}

void StoreChecker::on_row(StoreTable table, std::string_view key, std::string_view value) {
    switch (table) {
        case StoreTable::tickets:
            return on_ticket(value);
        case StoreTable::ticket_log:
            return on_log(value);
        case StoreTable::history:
            return on_history(key, value);
        case StoreTable::effects: {
            const auto row = processor::decode_effect(value);
            if (row) effects_.insert(row->topic + "\n" + row->payload);
            return;
        }
        case StoreTable::alarms: {
            const auto row = processor::decode_alarm(value);
            if (row) alarms_[row->id] = *row;
            return;
        }
        case StoreTable::positions: {
            const auto row = processor::decode_position(key, value);
            if (row) positions_[std::string{key}] = *row;
            return;
        }
        case StoreTable::meta: {
            if (key != "commit") return;
            std::uint64_t seq = 0;
            std::from_chars(value.data(), value.data() + value.size(), seq);
            if (commit_ && seq != *commit_ + 1) {
                findings_.add("commits", "commit " + std::to_string(seq) + " follows " +
                                             std::to_string(*commit_));
            }
            commit_ = seq;
            return;
        }
        case StoreTable::versions:
            versions_.emplace(key);
            return;
        case StoreTable::journal:
        case StoreTable::devices:
        case StoreTable::people:
        case StoreTable::feed:
        case StoreTable::idempotency:
        case StoreTable::alarm_order:
        case StoreTable::notices:
        case StoreTable::alarm_log:
        case StoreTable::starts:
        case StoreTable::rulebooks:
            return;
    }
}

void StoreChecker::on_ticket(std::string_view value) {
    auto row = processor::decode_ticket(value);
    if (!row) return findings_.add("rows", "a ticket that can't be read");
    tickets_touched_.insert(row->id);
    auto [known, added] = tickets_.try_emplace(row->id);
    if (!added && row->version <= known->second.version) {
        findings_.add("versions", row->id + " goes from version " +
                                      std::to_string(known->second.version) + " to " +
                                      std::to_string(row->version));
    }
    const bool open = is_open(row->state);
    if (!added && is_open(known->second.state) && !open) ended_.insert(row->site.str());
    if (open) {
        open_by_hazard_[row->hazard_key].insert(row->id);
    } else {
        open_by_hazard_[row->hazard_key].erase(row->id);
    }
    known->second = std::move(*row);
}

void StoreChecker::on_log(std::string_view value) {
    auto entry = processor::decode_log_entry(value);
    if (!entry) return findings_.add("rows", "a line of a history that can't be read");
    tickets_touched_.insert(entry->ticket_id);
    std::vector<LogEntry>& log = log_[entry->ticket_id];
    if (entry->index != log.size()) {
        findings_.add("log", line(*entry) + " is the line number " + std::to_string(log.size()));
    }
    const std::uint64_t before = log.empty() ? 0 : log.back().version;
    if (entry->version != before && entry->version != before + 1) {
        findings_.add("versions", line(*entry) + " follows version " + std::to_string(before));
    }
    log.push_back(std::move(*entry));
}

void StoreChecker::check_log_end(const Ticket& ticket) {
    const std::vector<LogEntry>& log = log_[ticket.id];
    if (log.size() != ticket.log_size) {
        findings_.add("log", ticket.id + " has " + std::to_string(log.size()) + " lines, says " +
                                 std::to_string(ticket.log_size));
    }
    if (!log.empty() && log.back().version != ticket.version) {
        findings_.add("versions", ticket.id + " has version " + std::to_string(ticket.version) +
                                      ", its last line " + line(log.back()));
    }
    std::map<std::string, Run>& clocks = clocks_[ticket.id];
    // Lines of this commit: those that were not looked at before.
    std::size_t& seen = looked_at_[ticket.id];
    for (; seen < log.size(); ++seen) {
        const LogEntry& entry = log[seen];
        if (entry.event.name == "reclassify") {
            for (auto& [name, run] : clocks) run.exact = false;
        } else if (entry.event == TicketEvent::clock_started) {
            const auto within = promised(ticket.policy, entry.clock);
            clocks[entry.clock] = {entry.at + within.value_or(0ms), within.has_value(), 0, false};
        } else if (entry.event == TicketEvent::clock_breached) {
            check_breach(ticket, entry);
        } else if (entry.event == TicketEvent::clock_met ||
                   entry.event == TicketEvent::clock_stopped) {
            clocks[entry.clock].over = true;
        }
    }
}

void StoreChecker::check_breach(const Ticket& ticket, const LogEntry& breach) {
    Run& run = clocks_[ticket.id][breach.clock];
    if (++run.breaches > 1) findings_.add("clocks", line(breach) + " is breached twice");
    if (run.over) findings_.add("clocks", line(breach) + " is breached after its end");
    run.over = true;
    if (!breach.late || *breach.late < 0ms)
        findings_.add("clocks", line(breach) + " is breached before it is due");
    if (!run.exact || ticket.policy.empty()) return;
    if (breach.recorded_at < run.due) {
        findings_.add("clocks", line(breach) + " is breached " +
                                    std::to_string((run.due - breach.recorded_at).count()) +
                                    " ms before the policy allows");
    }
    if (breach.late && breach.recorded_at - run.due != *breach.late)
        findings_.add("clocks", line(breach) + " tells a wrong lateness");
}

void StoreChecker::check_overdue(Instant now, Duration slack) {
    for (const auto& [id, ticket] : tickets_) {
        if (!is_open(ticket.state)) continue;
        for (const Clock& clock : ticket.clocks) {
            if (clock.status == ClockStatus::running && clock.due_at + slack < now) {
                findings_.add("clocks", id + " clock " + clock.name + " was due " +
                                            std::to_string((now - clock.due_at).count()) +
                                            " ms ago and is running");
            }
        }
        for (const auto& [name, run] : clocks_[id]) {
            if (run.exact && !run.over && run.due + slack < now)
                findings_.add("clocks", id + " clock " + name + " was never breached");
        }
    }
}

void StoreChecker::check_hazard(const std::string& hazard_key) {
    const std::set<std::string>& open = open_by_hazard_[hazard_key];
    if (open.size() < 2) return;
    findings_.add("one_ticket", std::to_string(open.size()) + " open tickets of " + hazard_key +
                                    ": " + *open.begin() + " " + *std::next(open.begin()));
}

void StoreChecker::on_history(std::string_view key, std::string_view value) {
    const auto row = processor::decode_history(key, value);
    if (!row) return findings_.add("rows", "a reading that can't be read");
    const auto id = row->reading.values.get(Quantity::volume_m3);
    if (!id || *id < 0 || *id >= static_cast<double>(truth_.messages.size()))
        return findings_.add("history", "a reading that nobody sent");
    fresh_.push_back({static_cast<std::uint64_t>(*id), row->late});
}

/// With the reading that tells of danger, the place's ticket is there.
void StoreChecker::check_emergencies() {
    for (const Fresh& fresh : fresh_) {
        const Message& message = truth_.messages[fresh.message];
        // A copy over another gateway says nothing new: the ticket may have ended since.
        if (message.conditions.empty() || !told_.insert(message.id).second) continue;
        const std::string hazard = "leak/" + message.site;
        if (!open_by_hazard_[hazard].empty() || ended_.contains(message.site)) continue;
        // Late news may be of a leak that was dealt with; then there was a ticket.
        const bool dealt_with =
            fresh.late && std::any_of(tickets_.begin(), tickets_.end(), [&](const auto& row) {
                return row.second.hazard_key == hazard;
            });
        if (dealt_with) continue;
        findings_.add("emergency", "message " + std::to_string(message.id) + " of " + message.site +
                                       "/" + message.device + " (" + message.conditions.front() +
                                       ") is committed without an open ticket");
    }
}

bool StoreChecker::was_committed(std::string_view topic, std::string_view payload) const {
    return effects_.contains(std::string{topic} + "\n" + std::string{payload});
}

std::uint64_t StoreChecker::position(std::string_view gateway, Lane lane,
                                     std::uint64_t epoch) const {
    std::string key;
    processor::PositionRow row;
    row.gateway = Name{gateway};
    row.lane = lane;
    row.epoch = epoch;
    processor::position_key(key, row);
    const auto found = positions_.find(key);
    return found == positions_.end() ? 0 : found->second.seq;
}

}  // namespace mercaptan::simulation
