#include <algorithm>

#include "common/domain/check.h"
#include "processor/core/engine.h"
#include "processor/core/ids.h"

namespace mercaptan::processor {

void Engine::raise(const Trigger& trigger, Instant now) {
    const Condition& condition = rulebook_->rules.conditions[trigger.condition];
    const std::uint32_t index = alarm_of(trigger.device, trigger.condition);
    const Alarm& shown = alarms_[index];
    const std::uint32_t bit = 1U << trigger.condition;
    if (stands(shown, condition)) {
        if (trigger.at < shown.first_evidence) change_alarm(index, now).first_evidence = trigger.at;
        if (shown.present || trigger.late) return;
        act(index, AlarmEvent::raise, now);
        devices_.at(trigger.device).present |= bit;
        if (condition.ticket && !is_quiet(shown) && made_safe(shown)) report(index, trigger, now);
        return;
    }
    if (!trigger.fresh && belongs_to_past(shown, trigger.at, trigger.received_at)) return;
    Alarm& alarm = change_alarm(index, now);
    AlarmChange change;
    change.event = alarm.active ? AlarmEvent::renew : AlarmEvent::raise;
    change.at = trigger.at;
    change.now = now;
    change.latches = condition.latched;
    MERCAPTAN_CHECK(apply(alarm, change).has_value());
    alarm.late = trigger.late;
    alarm.severity = condition.severity;
    alarm.value = trigger.value;
    alarm.unit = unit_of(condition);
    alarm.ticket_id.clear();
    Device& device = devices_.at(trigger.device);
    device.raised |= bit;
    if (!trigger.late) device.present |= bit;
    alarm.zone = devices_.zones().at(device.zone);
    (void)review_window(index, now);
    arm_re_alarm(index, now);
    if (condition.ticket && !is_quiet(alarm)) report(index, trigger, now);
}

bool Engine::stands(const Alarm& alarm, const Condition& condition) const {
    if (!alarm.active) return false;
    if (!condition.ticket || is_quiet(alarm)) return true;
    const Ticket* ticket = find_ticket(alarm.ticket_id);
    return ticket != nullptr && is_open(ticket->state);
}

void Engine::report(std::uint32_t index, const Trigger& trigger, Instant now) {
    const Condition& condition = rulebook_->rules.conditions[trigger.condition];
    const Device& device = devices_.at(trigger.device);
    const Name site = devices_.site(device);
    const Name id = devices_.id(device);
    Evidence evidence;
    evidence.kind = TicketKind::repair;
    evidence.ticket_class = condition.ticket;
    evidence.hazard_key = condition.hazard == Hazard::leak
                              ? "leak/" + site.str()
                              : "device/" + site.str() + "/" + id.str();
    evidence.site = site;
    evidence.zone = devices_.zones().at(device.zone);
    if (evidence.zone.empty()) evidence.zone = zone_of(site);
    evidence.device = id;
    evidence.cause = {.condition = condition.id,
                      .device = id,
                      .value = trigger.value,
                      .unit = std::string{unit_of(condition)},
                      .at = trigger.at};
    evidence.received_at = trigger.received_at;
    evidence.channel = "device";
    evidence.actor = id.str();
    evidence.source = trigger.source;
    evidence.unregistered = !device.registered;
    evidence.late = trigger.late;
    const TicketBook::Outcome outcome = book_.report(evidence, now);
    const Ticket& ticket = book_.at(outcome.ticket);
    Alarm& alarm = change_alarm(index, now);
    if (alarm.ticket_id != ticket.id) {
        alarm.ticket_id = ticket.id;
        alarms_by_ticket_[ticket.id].push_back(index);
    }
    const bool gas_seen = condition.input != Input::unreadable && condition.input != Input::silence;
    const bool leak = condition.hazard == Hazard::leak && condition.ticket == TicketClass::one;
    if (outcome.opened && leak && gas_seen) close_valves(trigger.device, outcome.ticket);
    note_emergency(outcome.ticket, now);
}

void Engine::close_valves(std::uint32_t device_index, std::uint32_t ticket_index) {
    const Device& device = devices_.at(device_index);
    const auto valves = valves_by_site_.find(device.site);
    if (valves == valves_by_site_.end()) return;
    const Ticket& ticket = book_.at(ticket_index);
    for (const std::uint32_t valve : valves->second) {
        CloseValve command;
        command.command_id = ticket.id + "-" + std::string{devices_.id(devices_.at(valve))};
        command.gateway = devices_.gateways().at(device.gateway);
        command.site = devices_.site(device);
        command.valve = devices_.id(devices_.at(valve));
        command.ticket_id = ticket.id;
        command.reason = ticket.cause.condition;
        if (!command.gateway.empty()) changes_.effects.emplace_back(std::move(command));
    }
}

void Engine::clear(std::uint32_t device_index, std::uint8_t condition, Instant at, Instant now) {
    const auto found = alarm_by_key_.find(alarm_key(device_index, condition));
    if (found == alarm_by_key_.end()) return;
    Device& device = devices_.at(device_index);
    const std::uint32_t bit = 1U << condition;
    device.present &= ~bit;
    const Alarm& shown = alarms_[found->second];
    if (!shown.present && (!shown.active || shown.latched)) return;
    Alarm& alarm = change_alarm(found->second, now);
    AlarmChange change;
    change.event = AlarmEvent::clear;
    change.at = at;
    change.now = now;
    MERCAPTAN_CHECK(apply(alarm, change).has_value());
    if (!alarm.active) device.raised &= ~bit;
}

void Engine::clear_event(Input input, std::uint32_t device, Instant at, Instant now) {
    for (const std::uint8_t condition : plan_.of_event(input, devices_.at(device).kind)) {
        clear(device, condition, at, now);
    }
}

std::uint32_t Engine::alarm_of(std::uint32_t device_index, std::uint8_t condition) {
    const std::uint64_t key = alarm_key(device_index, condition);
    if (const auto found = alarm_by_key_.find(key); found != alarm_by_key_.end())
        return found->second;
    const Device& device = devices_.at(device_index);
    const auto index = static_cast<std::uint32_t>(alarms_.size());
    Alarm alarm;
    alarm.site = devices_.site(device);
    alarm.zone = devices_.zones().at(device.zone);
    alarm.device = devices_.id(device);
    alarm.condition = rulebook_->rules.conditions[condition].id;
    alarm.id = alarm_id(alarm.site, alarm.device, alarm.condition);
    alarms_.push_back(std::move(alarm));
    alarm_named_.push_back(false);
    alarm_by_key_.emplace(key, index);
    alarm_by_id_.emplace(alarms_.back().id, index);
    return index;
}

Alarm& Engine::change_alarm(std::uint32_t index, Instant now) {
    if (!alarm_named_[index]) {
        alarm_named_[index] = true;
        changes_.alarms.push_back(index);
    }
    alarms_[index].changed_at = now;
    return alarms_[index];
}

void Engine::release_alarms(const Ticket& ticket, Instant now) {
    const auto found = alarms_by_ticket_.find(ticket.id);
    if (found == alarms_by_ticket_.end()) return;
    for (const std::uint32_t index : found->second) {
        Alarm& alarm = change_alarm(index, now);
        const auto device_index = devices_.find(alarm.site, alarm.device);
        if (!device_index) continue;
        Device& device = devices_.at(*device_index);
        AlarmChange change;
        change.event = AlarmEvent::release;
        change.at = newest_of(device);
        change.now = now;
        MERCAPTAN_CHECK(apply(alarm, change).has_value());
        if (alarm.present) continue;
        if (const auto condition = condition_index_.find(alarm.condition);
            condition != condition_index_.end()) {
            device.raised &= ~(1U << condition->second);
        }
    }
    alarms_by_ticket_.erase(found);
}

/// In the device's own time if it has one: what it says after this is new.
Instant Engine::newest_of(const Device& device) {
    return Instant{device.last_event_ms != Device::kNever ? device.last_event_ms
                                                          : device.last_received_ms};
}

bool Engine::is_emergency(std::string_view condition) const {
    const auto found = condition_index_.find(condition);
    return found != condition_index_.end() &&
           rulebook_->rules.conditions[found->second].ticket == TicketClass::one;
}

bool Engine::made_safe(const Alarm& alarm) const {
    const Ticket* ticket = find_ticket(alarm.ticket_id);
    return ticket == nullptr || ticket->state.safe;
}

}  // namespace mercaptan::processor
