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

bool Guard::busy_or_resting(const ValveRef& valve, Instant now) {
    const Valve key{valve.site, valve.valve};
    if (busy_.contains(key)) return true;
    const auto resting = resting_until_.find(key);
    if (resting == resting_until_.end()) return false;
    if (now < resting->second) return true;
    resting_until_.erase(resting);
    return false;
}

PendingCommand& Guard::add(PendingCommand command) {
    ++busy_[{command.site, command.valve}];
    by_time_.emplace(command.next_at, command.id);
    std::string id = command.id;
    const auto [entry, added] = commands_.emplace(std::move(id), std::move(command));
    MERCAPTAN_CHECK(added);
    return entry->second;
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

void Guard::on_order(PendingCommand order, Instant now, std::vector<GuardStep>& steps) {
    if (commands_.contains(order.id)) return;
    order.policy = orders_;
    order.attempts = 0;
    attempt(add(std::move(order)), now, steps);
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
    const auto entry = commands_.find(id);
    MERCAPTAN_CHECK(entry != commands_.end());
    const PendingCommand& command = entry->second;
    const Valve valve{command.site, command.valve};
    steps.push_back(
        {GuardStep::Kind::end, command, report_on(command, outcome, std::string{detail}), origin});
    resting_until_[valve] = now + command.policy.cooldown;
    by_time_.erase({command.next_at, command.id});
    if (const auto busy = busy_.find(valve); --busy->second == 0) busy_.erase(busy);
    commands_.erase(entry);
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
