#include "gateway/core/guard.h"

#include <algorithm>
#include <utility>

#include "common/domain/check.h"

namespace mercaptan::gateway {
namespace {

ValveReport report_on(const PendingCommand& command, ValveOutcome outcome, std::string detail) {
    return {command.site,      command.valve,  command.id,    outcome,
            std::move(detail), command.ticket, command.reason};
}

template <class Command>
bool same_valve(const Command& command, const PendingCommand& order) {
    return command.site == order.site && command.valve == order.valve;
}

bool holds(const GuardRule& rule, const Reading& reading, std::optional<double> gas_lel_pct) {
    if (rule.gas_lel_pct_min && !(gas_lel_pct && *gas_lel_pct >= *rule.gas_lel_pct_min))
        return false;
    if (rule.co_ppm_min) {
        const auto co_ppm = reading.values.get(Quantity::co_ppm);
        if (!co_ppm || *co_ppm < *rule.co_ppm_min) return false;
    }
    return rule.status_any_of.empty() || (rule.status_any_of.bits() & reading.status.bits()) != 0;
}

}  // namespace

void Guard::set_rules(std::vector<GuardRule> rules, const CommandPolicy& orders) {
    rules_ = std::move(rules);
    orders_ = orders;
}

const GuardRule* Guard::match(const Reading& reading, std::optional<double> gas_lel_pct) const {
    if (is_test_or_warm_up(reading.status)) return nullptr;
    const auto found = std::find_if(rules_.begin(), rules_.end(), [&](const GuardRule& rule) {
        return holds(rule, reading, gas_lel_pct);
    });
    return found == rules_.end() ? nullptr : &*found;
}

PendingCommand* Guard::pending_for(const Name& site, const Name& valve) {
    const Valve key{site, valve};
    const auto found = by_valve_.lower_bound({key, {}});
    if (found == by_valve_.end() || found->first != key) return nullptr;
    return &commands_.find(found->second)->second;
}

bool Guard::busy_or_resting(const ValveRef& valve, Instant now) {
    const Valve key{valve.site, valve.valve};
    if (pending_for(valve.site, valve.valve) != nullptr) return true;
    const auto resting = resting_until_.find(key);
    if (resting == resting_until_.end()) return false;
    if (now < resting->second) return true;
    resting_until_.erase(resting);
    return false;
}

PendingCommand& Guard::add(PendingCommand command) {
    by_valve_.emplace(Valve{command.site, command.valve}, command.id);
    by_time_.emplace(command.next_at, command.id);
    std::string id = command.id;
    const auto [entry, added] = commands_.emplace(std::move(id), std::move(command));
    MERCAPTAN_CHECK(added);
    return entry->second;
}

PendingCommand Guard::remove(std::string_view id) {
    const auto entry = commands_.find(id);
    MERCAPTAN_CHECK(entry != commands_.end());
    PendingCommand command = std::move(entry->second);
    commands_.erase(entry);
    by_time_.erase({command.next_at, command.id});
    by_valve_.erase({Valve{command.site, command.valve}, command.id});
    return command;
}

void Guard::schedule(PendingCommand& command, Instant next_at) {
    by_time_.erase({command.next_at, command.id});
    command.next_at = next_at;
    by_time_.emplace(command.next_at, command.id);
}

void Guard::on_reading(const Reading& reading, std::optional<double> gas_lel_pct,
                       const Registry& registry, std::string_view id_prefix,
                       std::vector<GuardStep>& steps) {
    const GuardRule* rule = match(reading, gas_lel_pct);
    if (rule == nullptr) return;
    const Instant now = reading.received_at;
    std::size_t number = 0;
    for (const ValveRef& valve : registry.valves_for(reading.site, reading.device)) {
        ++number;
        PendingCommand command;
        command.id = std::string{id_prefix} + "." + std::to_string(number);
        if (busy_or_resting(valve, now) || commands_.contains(command.id)) continue;
        command.site = valve.site;
        command.valve = valve.valve;
        command.reason = "guard rule " + rule->name + ": device " + reading.device.str();
        command.policy = rule->policy;
        command.caused_at = now;
        attempt(add(std::move(command)), now, steps);
    }
}

bool Guard::on_order(PendingCommand order, Instant now, std::vector<GuardStep>& steps) {
    if (const auto same = commands_.find(order.id); same != commands_.end()) {
        if (same_valve(same->second, order)) {
            join(same->second, order, steps);
        } else {
            refuse(std::move(order), steps);
        }
        return false;
    }
    if (const EndedCommand* same = ended_.find(order.id); same && same_valve(*same, order)) {
        answer(std::move(order), *same, steps);
        return false;
    }
    if (PendingCommand* pending = pending_for(order.site, order.valve))
        return join(*pending, order, steps);
    if (const auto* shut = ended_.last_shut(order.site, order.valve, now - kShutFor, now)) {
        answer(std::move(order), *shut, steps);
    } else {
        order.policy = orders_;
        order.attempts = 0;
        attempt(add(std::move(order)), now, steps);
    }
    return true;
}

/// True if this is the first arrival of the order.
bool Guard::join(PendingCommand& command, const PendingCommand& order,
                 std::vector<GuardStep>& steps) {
    const bool first =
        std::none_of(command.joined.begin(), command.joined.end(),
                     [&](const JoinedOrder& joined) { return joined.id == order.id; });
    command.joined.push_back({order.id, order.reason, order.ticket});
    GuardStep step;
    step.kind = GuardStep::Kind::join;
    step.command = command;
    steps.push_back(std::move(step));
    return first;
}

void Guard::refuse(PendingCommand order, std::vector<GuardStep>& steps) {
    GuardStep step;
    step.kind = GuardStep::Kind::answer;
    step.report =
        report_on(order, ValveOutcome::failed, "the id is that of a command to another valve");
    step.command = std::move(order);
    steps.push_back(std::move(step));
}

void Guard::answer(PendingCommand order, const EndedCommand& by, std::vector<GuardStep>& steps) {
    const std::string detail =
        by.id == order.id ? by.detail : "by command " + by.id + ": " + by.detail;
    GuardStep step;
    step.kind = GuardStep::Kind::answer;
    step.report = report_on(order, by.outcome, detail);
    if (ended_.find(order.id) == nullptr) {
        step.ended =
            EndedCommand{order.id, order.site, order.valve, by.outcome, detail, by.ended_at, false};
        step.forgotten = ended_.add(*step.ended);  // Perhaps `by` itself.
    }
    step.command = std::move(order);
    steps.push_back(std::move(step));
}

void Guard::on_valve_open(const Name& site, const Name& valve, Instant at,
                          std::vector<GuardStep>& steps) {
    doubt_shut(site, valve, at - kShutFor, at, steps);
}

void Guard::doubt_shut(const Name& site, const Name& valve, Instant from, Instant to,
                       std::vector<GuardStep>& steps) {
    while (const EndedCommand* shut = ended_.last_shut(site, valve, from, to)) {
        GuardStep step;
        step.kind = GuardStep::Kind::doubt;
        step.ended = ended_.doubt(shut->id);
        steps.push_back(std::move(step));
    }
}

void Guard::attempt(PendingCommand& command, Instant now, std::vector<GuardStep>& steps) {
    ++command.attempts;
    schedule(command, now + command.policy.ack_within);
    steps.push_back(
        {GuardStep::Kind::send,
         command,
         report_on(command, ValveOutcome::sent, "attempt " + std::to_string(command.attempts)),
         {}});
}

void Guard::end(std::string_view id, ValveOutcome outcome, std::string_view detail,
                const Origin& origin, Instant now, std::vector<GuardStep>& steps) {
    const PendingCommand command = remove(id);
    resting_until_[{command.site, command.valve}] = now + command.policy.cooldown;
    const bool done = outcome == ValveOutcome::done;
    // A valve that did not obey may stand open, whatever it said before and our clock says now.
    if (!done) doubt_shut(command.site, command.valve, now - kShutFor, kInstantMax, steps);
    const EndedCommand ended{command.id,          command.site, command.valve, outcome,
                             std::string{detail}, now,          done};
    GuardStep step{
        GuardStep::Kind::end, command, report_on(command, outcome, ended.detail), origin, ended,
        ended_.add(ended)};
    steps.push_back(std::move(step));
    for (const JoinedOrder& joined : command.joined) {
        PendingCommand order;
        order.id = joined.id;
        order.site = command.site;
        order.valve = command.valve;
        order.reason = joined.reason;
        order.ticket = joined.ticket;
        answer(std::move(order), ended, steps);
    }
}

bool Guard::on_answer(std::string_view site, std::string_view valve, std::string_view id, bool done,
                      std::string_view detail, const Origin& origin, Instant now,
                      std::vector<GuardStep>& steps) {
    const auto found = commands_.find(id);
    if (found == commands_.end()) return false;
    if (found->second.site.view() != site || found->second.valve.view() != valve) return false;
    end(id, done ? ValveOutcome::done : ValveOutcome::failed, detail, origin, now, steps);
    return true;
}

void Guard::on_time(Instant now, std::vector<GuardStep>& steps) {
    // A clock that was set back must not stretch a wait.
    while (!by_time_.empty()) {
        PendingCommand& latest = commands_.find(by_time_.rbegin()->second)->second;
        if (latest.next_at <= now + latest.policy.ack_within) break;
        schedule(latest, now + latest.policy.ack_within);
    }
    while (!by_time_.empty() && by_time_.begin()->first <= now) {
        PendingCommand& command = commands_.find(by_time_.begin()->second)->second;
        if (command.attempts <= command.policy.retries) {
            attempt(command, now, steps);
        } else {
            const std::string id = command.id;
            end(id, ValveOutcome::no_answer,
                "no answer after " + std::to_string(command.attempts) + " attempts", {}, now,
                steps);
        }
    }
}

void Guard::on_field_connected(Instant now, std::vector<GuardStep>& steps) {
    for (auto& [id, command] : commands_) {
        if (command.attempts > 0) --command.attempts;
        attempt(command, now, steps);
    }
}

void Guard::restore(PendingCommand command) {
    if (!commands_.contains(command.id)) add(std::move(command));
}

}  // namespace mercaptan::gateway
