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

/// Test gas and a cold sensor say nothing about the room.
bool Engine::says_nothing(StatusSet status) {
    return status.has(Status::self_test) || status.has(Status::preheat);
}

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
    group_pages(at);
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
    hear(heard_by, now);
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
    if (device.gateway != heard_by) {
        device.gateway = heard_by;
        watch(found.index);
    }
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
    const bool held = hold_back(index, now);
    for (const std::uint8_t condition : plan_.of_event(Input::silence, device.kind)) {
        if (held && rulebook_->rules.conditions[condition].ticket != TicketClass::one) continue;
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
    if (says_nothing(status)) return;
    const Device& device = devices_.at(arrival.device);
    if (status.has(Status::valve_closed) && !arrival.late) {
        clear_event(Input::valve, arrival.device, arrival.reading.at(), arrival.now);
    }
    const auto& conditions = rulebook_->rules.conditions;
    for (const std::uint8_t condition : plan_.of_reading(device.kind, status, device.present)) {
        const auto value =
            observe(conditions[condition], arrival.reading, device.gas, rulebook_->rules);
        if (value) judge(arrival, condition, *value);
    }
    if (!plan_.of_meter(device.kind).empty()) judge_meter(arrival);
}

void Engine::judge_meter(const Arrival& arrival) {
    const MeterFindings findings = remember_meter(arrival.device, arrival.reading);
    for (const std::uint8_t condition : plan_.of_meter(devices_.at(arrival.device).kind)) {
        const MeterRule rule = rulebook_->rules.conditions[condition].rule;
        if (const auto& found = findings[static_cast<std::size_t>(rule)])
            decide(arrival, condition, found->value,
                   {.holds = found->holds, .high = found->holds, .over = !found->holds});
    }
}

/// Not saved with every reading: a restart finds those after the device's row in the journal.
MeterFindings Engine::remember_meter(std::uint32_t device, const Reading& reading) {
    Meter& meter = meter_of(device);
    MeterReading told = MeterReading::of(reading);
    if (meter.state.installed_on && told.at < *meter.state.installed_on) told.volume_m3.reset();
    return processor::judge_meter(meter.state, told, meter.size.get(), rulebook_->rules.meters);
}

Meter& Engine::meter_of(std::uint32_t device) {
    const MeterTable::Found found = meters_.find_or_add(device);
    if (found.added) fit_meter(found.meter, device);
    return found.meter;
}

/// To what the registry and the rules say of it.
void Engine::fit_meter(Meter& meter, std::uint32_t device) const {
    meter.size.reset();
    const std::uint32_t entry = entry_of_device(device);
    if (entry == kNoEntry) return;
    const DeviceRegistry& registry = rulebook_->registry;
    // Another meter hangs there: what its predecessor counted says nothing of it.
    if (meter.state.installed_on != registry.installed_on(entry))
        meter.state = MeterState{.installed_on = registry.installed_on(entry)};
    for (const auto& [profile, size_m3h] : rulebook_->rules.meter_sizes)
        if (profile == registry.profile(entry)) meter.size = size_m3h;
}

void Engine::judge(const Arrival& arrival, std::uint8_t index, double value) {
    decide(arrival, index, value, weigh(arrival, index, value));
}

void Engine::decide(const Arrival& arrival, std::uint8_t index, double value, Verdict verdict) {
    const Condition& condition = rulebook_->rules.conditions[index];
    Device& device = devices_.at(arrival.device);
    const std::uint32_t bit = 1U << index;
    const bool present = (device.present & bit) != 0 || (verdict.holds && !arrival.late);
    const bool stays =
        condition.off_delay > Duration{0} && present && !stays_clear(arrival, index, verdict);
    if (verdict.holds) {
        const bool known = (device.present & bit) != 0 && (device.raised & bit) != 0;
        if (!arrival.late) device.present |= bit;
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
    if (arrival.late || stays || !verdict.over || (device.present & bit) == 0) return;
    clear(arrival.device, index, arrival.reading.at(), arrival.now);
    if (condition.off_delay > Duration{0}) holds_.at(arrival.device, index).clearing() = Hold{};
}

Engine::Verdict Engine::weigh(const Arrival& arrival, std::uint8_t index, double value) {
    const Condition& condition = rulebook_->rules.conditions[index];
    if (condition.bands.empty()) {
        const bool high = level_of(condition, {}, value) == Level::high;
        return {.holds = high, .high = high, .over = !high};
    }
    const Device& device = devices_.at(arrival.device);
    const BandsInForce in_force = plan_.bands(index, device.place);
    const bool quiet = stays_quiet(arrival, index, in_force, value);
    Verdict all;
    for (std::size_t b = 0; b < in_force.bands.size(); ++b) {
        const auto key = static_cast<std::uint8_t>(in_force.first + b);
        const Verdict one = weigh(arrival, index, key, in_force.bands[b], value, quiet);
        all.holds = all.holds || one.holds;
        all.high = all.high || one.high;
        all.over = all.over && one.over;
    }
    return all;
}

/// Low, as it always was, in every band that keeps samples: their times are all that is kept.
bool Engine::stays_quiet(const Arrival& arrival, std::uint8_t index, const BandsInForce& in_force,
                         double value) {
    const Condition& condition = rulebook_->rules.conditions[index];
    bool any = false;
    for (const Band& band : in_force.bands) {
        if (!band.keeps_samples()) continue;
        if (level_of(condition, band, value) != Level::low) return false;
        any = true;
    }
    return any && holds_.at(arrival.device, index).add_low(arrival.reading.at());
}

Engine::Verdict Engine::weigh(const Arrival& arrival, std::uint8_t index, std::uint8_t b,
                              const Band& band, double value, bool quiet) {
    const Condition& condition = rulebook_->rules.conditions[index];
    const Instant at = arrival.reading.at();
    if (band.rise_within > Duration{0}) {
        const Trace::Rise rise =
            traces_.at(arrival.device, index, b).add({at, value}, band.rise_within);
        touch(arrival.device, arrival.now);
        return {.holds = rise.of >= band.set,
                .high = rise.present >= band.set,
                .over = rise.present < band.clear};
    }
    const Level level = level_of(condition, band, value);
    Verdict verdict{
        .holds = level == Level::high, .high = level == Level::high, .over = level == Level::low};
    if (quiet || !band.keeps_samples()) return verdict;
    const bool counted = band.count.of > 1;
    Hold& hold = holds_.at(arrival.device, index).of(b);
    verdict.holds =
        counted ? hold.add({at, level}, band.count) : hold.add({at, level}, band.on_delay);
    if (counted) verdict.over = verdict.over && !hold.counts(band.count);
    if (!hold.idle()) touch(arrival.device, arrival.now);
    return verdict;
}

/// The off-delay of a condition that is present: beyond `clear` for so long, up to this reading. A
/// late reading takes the place that it has in event order, and by itself clears nothing.
bool Engine::stays_clear(const Arrival& arrival, std::uint8_t index, Verdict verdict) {
    const Condition& condition = rulebook_->rules.conditions[index];
    Level level = Level::between;
    if (verdict.over) level = Level::high;
    if (verdict.high || verdict.holds) level = Level::low;
    Hold& hold = holds_.at(arrival.device, index).clearing();
    touch(arrival.device, arrival.now);
    return hold.add({arrival.reading.at(), level}, condition.off_delay);
}

}  // namespace mercaptan::processor
