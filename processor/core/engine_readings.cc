#include <algorithm>
#include <bit>
#include <string>

#include "common/domain/check.h"
#include "processor/core/engine.h"

namespace mercaptan::processor {
namespace {

constexpr std::uint64_t kWindow = 64;
constexpr std::uint64_t kGapMax = 100'000;  // A longer jump is a new count, not a gap.

std::string source_of(const Reading& reading) {
    std::string id = reading.site.str() + "/" + reading.device.str() + "/";
    if (reading.seq)
        return id + std::to_string(*reading.seq) + "@" + std::to_string(reading.at().ms);
    return id + std::to_string(reading.origin.epoch) + "." + std::to_string(reading.origin.seq) +
           "." + std::to_string(reading.origin.part);
}

}  // namespace

ReadingVerdict Engine::step(Instant at, const Name& gateway, const Reading& reading) {
    begin(at);
    const ReadingVerdict verdict = admit(gateway, reading, at);
    if (!verdict.duplicate) {
        judge({.reading = reading,
               .device = verdict.device,
               .late = verdict.late,
               .fresh = verdict.numbering == Numbering::next,
               .now = at});
    }
    watch_calendar(at);
    return verdict;
}

ReadingVerdict Engine::admit(const Name& gateway, const Reading& reading, Instant now) {
    const DeviceTable::Found found = know(reading.site, reading.device, now);
    Device& device = devices_.at(found.index);
    if (found.added) {
        touch(found.index, now);
        changes_.device_news.push_back(found.index);
    }
    const std::uint16_t heard_by = devices_.number_of_gateway(gateway);
    // After a restart it may not be known who heard the device last.
    const bool same_gateway = device.gateway == heard_by || device.gateway == DeviceTable::kNoName;
    ReadingVerdict verdict{.device = found.index};
    verdict.numbering = count(device, reading, same_gateway);
    // Event times are compared with event times, and receive times with receive times.
    verdict.late = reading.event_at ? reading.event_at->ms < device.last_event_ms
                                    : reading.received_at.ms < device.last_received_ms;
    if (verdict.numbering == Numbering::seen) {
        ++counts_.duplicates;
        verdict.duplicate = !reading.event_at;
        return verdict;
    }
    ++counts_.readings;
    if (verdict.late) ++counts_.late;
    if (reading.event_at && !verdict.late) device.last_event_ms = reading.event_at->ms;
    device.gateway = heard_by;
    heard(found.index, reading.received_at, now);
    return verdict;
}

/// A device may count anew, and what it sent before that may still be on its way. Its clock tells
/// the counts apart: a lower number of a later time begins a new count, and what is older than the
/// count is of a former one. That is not certain when the new count's first numbers come late, so a
/// number that was seen is judged all the same (its evidence is known, or it is news), and the
/// history sorts the copies out. Without a clock, a number that was seen begins a new count if it
/// comes from the gateway that heard the device last: each gateway passes a message on once, so
/// copies come over another one.
Numbering Engine::count(Device& device, const Reading& reading, bool same_gateway) {
    if (!reading.seq) return Numbering::none;
    const std::uint64_t seq = *reading.seq;
    if (device.last_seq == Device::kNoSeq) {
        count_anew(device, reading);
        device.count_began_ms = Device::kNever;  // Nothing is known of a count before it.
        return Numbering::next;
    }
    if (reading.event_at && reading.event_at->ms < device.count_began_ms) return Numbering::earlier;
    if (seq > device.last_seq) {
        const std::uint64_t ahead = seq - device.last_seq;
        if (ahead <= kGapMax) counts_.sequence_gaps += ahead - 1;
        device.seq_window = ahead < kWindow ? (device.seq_window << ahead) | 1 : 1;
        device.last_seq = seq;
        return Numbering::next;
    }
    const bool newer = reading.event_at ? reading.event_at->ms > device.last_event_ms
                                        : reading.received_at.ms > device.last_received_ms + 1'000;
    if (newer && (reading.event_at || (seq <= 1 && device.last_seq > 1)))
        return count_anew(device, reading);
    const std::uint64_t behind = device.last_seq - seq;
    if (behind >= kWindow) return Numbering::earlier;
    const std::uint64_t bit = std::uint64_t{1} << behind;
    if ((device.seq_window & bit) == 0) {
        device.seq_window |= bit;
        return Numbering::earlier;
    }
    return reading.event_at || !same_gateway ? Numbering::seen : count_anew(device, reading);
}

Numbering Engine::count_anew(Device& device, const Reading& reading) {
    device.last_seq = *reading.seq;
    device.seq_window = 1;
    device.count_began_ms = reading.event_at ? reading.event_at->ms : Device::kNever;
    return Numbering::next;
}

void Engine::heard(std::uint32_t index, Instant received_at, Instant now) {
    Device& device = devices_.at(index);
    const Instant heard_at = std::min(received_at, now);
    device.last_received_ms = std::max(device.last_received_ms, heard_at.ms);
    device.offline = false;
    if (device.expected_interval_s != 0) supervise(index, Instant{device.last_received_ms});
    if (device.silent) {
        // Words from before the silence began don't end it.
        if (device.silence_due_ms > now.ms || device.expected_interval_s == 0) {
            device.silent = false;
            clear_event(Input::silence, index, received_at, now);
            changes_.device_news.push_back(index);
        }
        touch(index, now);
    }
}

void Engine::supervise(std::uint32_t index, Instant since) {
    Device& device = devices_.at(index);
    if (device.expected_interval_s == 0) return;
    const double allowed_ms = device.expected_interval_s * 1000.0 * rulebook_->rules.silence_factor;
    const bool armed = device.silence_due_ms != Device::kNever && !device.silent;
    device.silence_due_ms =
        (since + Duration{static_cast<std::int64_t>(allowed_ms)} + rulebook_->rules.silence_grace)
            .ms;
    // One timer per device at a time: when it comes, it looks how far the deadline has moved.
    if (!armed) timers_.arm(Instant{device.silence_due_ms}, TimerKind::silence, index);
}

void Engine::silence(std::uint32_t index, Instant now) {
    Device& device = devices_.at(index);
    if (device.silent || device.silence_due_ms == Device::kNever) return;
    if (device.expected_interval_s == 0 && !device.offline) {
        device.silence_due_ms = Device::kNever;
        return;
    }
    if (device.silence_due_ms > now.ms) {
        timers_.arm(Instant{device.silence_due_ms}, TimerKind::silence, index);
        return;
    }
    device.silent = true;
    changes_.device_news.push_back(index);
    touch(index, now);
    for (const std::uint8_t condition : plan_.of_event(Input::silence, device.kind)) {
        Trigger trigger;
        trigger.device = index;
        trigger.condition = condition;
        trigger.at = now;  // Staleness alone runs on our own time.
        trigger.received_at = now;
        trigger.fresh = true;
        trigger.source =
            "silence/" + std::string{devices_.id(device)} + "@" + std::to_string(now.ms);
        raise(trigger, now);
    }
}

void Engine::judge(const Arrival& arrival) {
    const StatusSet status = arrival.reading.status;
    // Test gas and a cold sensor say nothing about the room.
    if (status.has(Status::self_test) || status.has(Status::preheat)) return;
    const Device& device = devices_.at(arrival.device);
    if (status.has(Status::valve_closed) && !arrival.late) {
        clear_event(Input::valve, arrival.device, arrival.reading.at(), arrival.now);
    }
    const auto& conditions = rulebook_->rules.conditions;
    for (const std::uint8_t condition : plan_.of_readings(device.kind)) {
        const auto value =
            observe(conditions[condition], arrival.reading, device.gas, rulebook_->rules);
        if (value) judge(arrival, condition, *value);
    }
}

void Engine::judge(const Arrival& arrival, std::uint8_t index, double value) {
    const Condition& condition = rulebook_->rules.conditions[index];
    Device& device = devices_.at(arrival.device);
    const std::uint32_t bit = 1U << index;
    if (holds(arrival, index, value)) {
        const bool known = (device.present & bit) != 0 && (device.raised & bit) != 0;
        if (!arrival.late) device.present |= bit;
        if (!clearing_since_.empty()) clearing_since_.erase({arrival.device, index});
        Trigger trigger;
        trigger.device = arrival.device;
        trigger.condition = index;
        if (condition.input != Input::status) trigger.value = value;
        trigger.at = arrival.reading.at();
        trigger.received_at = arrival.reading.received_at;
        trigger.late = arrival.late;
        trigger.fresh = arrival.fresh;
        // The common case in a long leak: the alarm stands and its ticket is open.
        if (known) {
            const Alarm& alarm = alarms_[alarm_of(arrival.device, index)];
            if (trigger.at >= alarm.first_evidence && stands(alarm, condition)) return;
        }
        trigger.source = source_of(arrival.reading);
        raise(trigger, arrival.now);
        if (arrival.late && (device.present & bit) == 0)
            clear(arrival.device, index, trigger.at, arrival.now);
        return;
    }
    if (arrival.late || (device.present & bit) == 0) return;
    const bool low = std::all_of(
        condition.bands.begin(), condition.bands.end(),
        [&](const Band& band) { return level_of(condition, band, value) == Level::low; });
    if (low || (condition.input == Input::status && value <= 0)) cleared(arrival, index);
}

bool Engine::holds(const Arrival& arrival, std::uint8_t index, double value) {
    const Condition& condition = rulebook_->rules.conditions[index];
    if (condition.bands.empty()) return level_of(condition, {}, value) == Level::high;
    bool held = false;
    bool delayed = false;
    bool low = true;  // In every band that has to hold for a while.
    for (const Band& band : condition.bands) {
        const Level level = level_of(condition, band, value);
        if (band.on_delay <= Duration{0}) {
            held = held || level == Level::high;
        } else {
            delayed = true;
            low = low && level == Level::low;
        }
    }
    if (!delayed) return held;
    ConditionHolds& holds = holds_.at(arrival.device, index);
    if (low && holds.add_low(arrival.reading.at())) return held;
    for (std::size_t b = 0; b < condition.bands.size(); ++b) {
        const Band& band = condition.bands[b];
        if (band.on_delay <= Duration{0}) continue;
        Hold& hold = holds.of(b);
        held = hold.add({arrival.reading.at(), level_of(condition, band, value)}, band.on_delay) ||
               held;
        if (!hold.idle()) touch(arrival.device, arrival.now);
    }
    return held;
}

void Engine::cleared(const Arrival& arrival, std::uint8_t index) {
    const Condition& condition = rulebook_->rules.conditions[index];
    const Instant at = arrival.reading.at();
    if (condition.off_delay > Duration{0}) {
        const std::pair key{arrival.device, index};
        const Instant since = clearing_since_.try_emplace(key, at).first->second;
        if (at - since < condition.off_delay) return;
        clearing_since_.erase(key);
    }
    clear(arrival.device, index, at, arrival.now);
}

}  // namespace mercaptan::processor
