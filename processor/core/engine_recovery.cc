#include <algorithm>
#include <utility>

#include "processor/core/engine.h"

namespace mercaptan::processor {

DeviceRow Engine::row_of(std::uint32_t index) const {
    const Device& device = devices_.at(index);
    DeviceRow row;
    row.site = devices_.site(device);
    row.device = devices_.id(device);
    if (device.last_event_ms != Device::kNever) row.last_event_at = Instant{device.last_event_ms};
    if (device.last_received_ms != Device::kNever)
        row.last_received_at = Instant{device.last_received_ms};
    if (device.last_seq != Device::kNoSeq) row.last_seq = device.last_seq;
    row.seq_window = device.seq_window;
    if (device.count_began_ms != Device::kNever)
        row.count_began_at = Instant{device.count_began_ms};
    row.silent = device.silent;
    row.offline = device.offline;
    row.known_since = Instant{device.known_since_ms};
    row.gateway = devices_.gateways().at(device.gateway);
    holds_.for_each(index, [&](std::uint8_t condition, std::uint8_t band, const Hold& hold) {
        const bool clearing = band == ConditionHolds::kClearing && !hold.samples().empty();
        if (hold.idle() && !clearing) return;
        row.holds.push_back({rulebook_->rules.conditions[condition].id, band, hold.samples()});
    });
    for (const TraceTable::Entry& entry : traces_.of(index)) {
        row.traces.push_back(
            {rulebook_->rules.conditions[entry.condition].id, entry.band, entry.trace.points()});
    }
    if (const Meter* meter = meters_.find(index)) row.meter = meter->state;
    return row;
}

std::uint32_t Engine::restore(const DeviceRow& row) {
    const std::uint32_t index = know(row.site, row.device, row.known_since).index;
    Device& device = devices_.at(index);
    if (row.last_event_at) device.last_event_ms = row.last_event_at->ms;
    if (row.last_received_at) device.last_received_ms = row.last_received_at->ms;
    if (row.last_seq) device.last_seq = *row.last_seq;
    device.seq_window = row.seq_window;
    if (row.count_began_at) device.count_began_ms = row.count_began_at->ms;
    device.silent = row.silent;
    device.offline = row.offline;
    device.known_since_ms = row.known_since.ms;
    device.gateway = devices_.number_of_gateway(row.gateway);
    for (const HoldRow& hold : row.holds) {
        const auto condition = condition_index_.find(hold.condition);
        if (condition == condition_index_.end()) continue;
        holds_.at(index, condition->second).of(hold.band) = Hold::from(hold.samples);
    }
    if (row.meter) {
        Meter& meter = meters_.find_or_add(index).meter;
        meter.state = *row.meter;
        fit_meter(meter, index);
    }
    for (const TraceRow& trace : row.traces) {
        const auto condition = condition_index_.find(trace.condition);
        if (condition == condition_index_.end()) continue;
        traces_.at(index, condition->second, trace.band) = Trace::from(trace.points);
    }
    return index;
}

void Engine::restore(const Alarm& alarm) {
    const auto index = static_cast<std::uint32_t>(alarms_.size());
    alarms_.push_back(alarm);
    alarm_named_.push_back(false);
    alarm_by_id_.emplace(alarms_.back().id, index);
    if (!alarm.ticket_id.empty()) alarms_by_ticket_[alarm.ticket_id].push_back(index);
    if (alarm.shelved_until) timers_.arm(*alarm.shelved_until, TimerKind::shelving, index);
    if (alarm.re_alarm_at) timers_.arm(*alarm.re_alarm_at, TimerKind::re_alarm, index);
    if (is_of_system(alarm)) {
        calendar_lacks_year_ = alarm.active;
        return;
    }
    const std::uint32_t device_index = know(alarm.site, alarm.device, alarm.changed_at).index;
    const auto condition = condition_index_.find(alarm.condition);
    if (condition == condition_index_.end()) return;
    alarm_by_key_[alarm_key(device_index, condition->second)] = index;
    Device& device = devices_.at(device_index);
    if (alarm.active) device.raised |= 1U << condition->second;
    if (alarm.present) device.present |= 1U << condition->second;
}

void Engine::restore(const Ticket& ticket) {
    book_.restore(ticket);
}

void Engine::restore_idempotency(std::string key, std::string ticket_id) {
    if (!idempotency_.emplace(key, std::move(ticket_id)).second) return;
    idempotency_order_.push_back(std::move(key));
    if (idempotency_order_.size() <= kIdempotencyKeysMax) return;
    idempotency_.erase(idempotency_order_.front());
    idempotency_order_.pop_front();
}

std::uint32_t Engine::know(const Reading& reading) {
    return know(reading.site, reading.device, reading.received_at).index;
}

void Engine::catch_up(const Reading& reading) {
    const std::uint32_t index = know(reading);
    Device& device = devices_.at(index);
    if (!says_nothing(reading.status) && !plan_.of_meter(device.kind).empty())
        (void)remember_meter(index, reading);
    const EngineCounts before = counts_;
    // It was no copy, or it would not be in the journal.
    (void)count(device, reading, /*same_gateway=*/true);
    counts_ = before;
    if (reading.event_at)
        device.last_event_ms = std::max(device.last_event_ms, reading.event_at->ms);
    device.last_received_ms = std::max(device.last_received_ms, reading.received_at.ms);
    device.offline = false;
}

void Engine::recovered(Instant now) {
    now_ = std::max(now_, now);
    for (std::uint32_t index = 0; index < devices_.size(); ++index) {
        watch(index);
        // While we were down nobody could be heard: the gateways' backlog comes first.
        if (!devices_.at(index).silent) expect(index, now_);
    }
    book_.begin_step();
    book_.follow_changes(now_);
    book_.arm_all(now_);
    reconcile_alarms(now_);
    recover_gateways();
    recover_areas();
}

}  // namespace mercaptan::processor
