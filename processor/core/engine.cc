#include "processor/core/engine.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "common/domain/check.h"

namespace mercaptan::processor {

Engine::Engine(std::shared_ptr<const Rulebook> rulebook, Instant now) : now_{now} {
    use(std::move(rulebook), now);
}

void Engine::use(std::shared_ptr<const Rulebook> rulebook, Instant now) {
    MERCAPTAN_CHECK(rulebook != nullptr);
    rulebook_ = std::move(rulebook);
    book_.use(*rulebook_);
    plan_ = ConditionPlan{rulebook_->rules};
    condition_index_.clear();
    for (std::size_t i = 0; i < rulebook_->rules.conditions.size(); ++i) {
        condition_index_.emplace(rulebook_->rules.conditions[i].id, static_cast<std::uint8_t>(i));
    }
    for (std::uint32_t i = 0; i < devices_.size(); ++i) {
        devices_.at(i).registered = false;
        devices_.at(i).expected_interval_s = 0;
    }
    valves_by_site_.clear();
    zone_by_site_.clear();
    entry_of_.assign(devices_.size(), kNoEntry);
    for (std::size_t i = 0; i < rulebook_->registry.size(); ++i) {
        const RegistryEntry entry = rulebook_->registry[i];
        const std::uint32_t index = know(entry.site, entry.device_id, now).index;
        if (index >= entry_of_.size()) entry_of_.resize(index + 1, kNoEntry);
        entry_of_[index] = static_cast<std::uint32_t>(i);
        Device& device = devices_.at(index);
        device.registered = true;
        device.kind = entry.kind;
        device.gas = entry.gas;
        device.zone = devices_.number_of_zone(entry.zone);
        const Duration interval = entry.expected_interval.value_or(Duration{0});
        device.expected_interval_s = static_cast<std::uint32_t>(
            std::clamp<std::int64_t>((interval.count() + 999) / 1000, 0, UINT32_MAX));
        if (zone_by_site_.size() <= device.site) zone_by_site_.resize(device.site + 1);
        if (zone_by_site_[device.site] == DeviceTable::kNoName)
            zone_by_site_[device.site] = device.zone;
        if (device.kind == DeviceKind::valve) valves_by_site_[device.site].push_back(index);
        if (!device.silent) supervise(index, now);
    }
    gateways_.forget_devices();
    for (std::uint32_t i = 0; i < devices_.size(); ++i) {
        place(i);
        watch(i);
        if (Meter* meter = meters_.find(i)) fit_meter(*meter, i);
    }
    use_windows(now);
}

void Engine::step(const Record& record) {
    if (const auto* reading = std::get_if<Reading>(&record.body)) {
        (void)step(record.at, record.gateway, *reading);
        return;
    }
    begin(record.at);
    if (!record.gateway.empty()) hear(devices_.number_of_gateway(record.gateway), record.at);
    std::visit(
        [&](const auto& body) {
            using Body = std::decay_t<decltype(body)>;
            if constexpr (!std::is_same_v<Body, Tick> && !std::is_same_v<Body, Reading>)
                on(now_, body);
        },
        record.body);
    watch_calendar(now_);
    group_pages(now_);
}

void Engine::begin(Instant at) {
    MERCAPTAN_CHECK(at >= now_);
    now_ = at;
    effects_before_ = changes_.effects.size();
    book_.begin_step();
    fire_timers(at);
}

void Engine::fire_timers(Instant now) {
    while (const auto timer = timers_.take(now)) {
        switch (timer->kind) {
            case TimerKind::clock:
                book_.on_clock_timer(timer->subject, now);
                break;
            case TimerKind::escalation:
                book_.on_escalation_timer(timer->subject, now);
                break;
            case TimerKind::forget_ticket:
                book_.on_forget_timer(timer->subject, now);
                break;
            case TimerKind::silence:
                // The next one is some other device, which is not in the cache.
                if (const Timer* next = timers_.peek(); next && next->kind == TimerKind::silence)
                    devices_.foresee(next->subject);
                silence(timer->subject, now);
                break;
            case TimerKind::shelving:
                on_shelving_timer(timer->subject, now);
                break;
            case TimerKind::re_alarm:
                on_re_alarm_timer(timer->subject, now);
                break;
            case TimerKind::window:
                review_windows(now);
                break;
            case TimerKind::area_page:
                area_pages_due_.push_back(timer->subject);
                break;
        }
    }
}

void Engine::on(Instant now, const OnlineChange& change) {
    const std::uint32_t index = know(change.site, change.device, now).index;
    Device& device = devices_.at(index);
    if (device.offline == change.online) changes_.device_news.push_back(index);
    if (change.online) {
        device.offline = false;
        heard(index, change.received_at, now);
    } else if (!device.offline) {
        device.offline = true;
        device.silence_due_ms = (now + rulebook_->rules.offline_grace).ms;
        timers_.arm(Instant{device.silence_due_ms}, TimerKind::silence, index);
    }
    touch(index, now);
}

void Engine::on(Instant now, const UnreadableMessage& message) {
    if (!message.on_alarm_topic) return;
    const std::uint32_t index = know(message.site, message.device, now).index;
    const Device& device = devices_.at(index);
    for (const std::uint8_t condition : plan_.of_event(Input::unreadable, device.kind)) {
        Trigger trigger;
        trigger.device = index;
        trigger.condition = condition;
        trigger.at = message.received_at;
        trigger.received_at = message.received_at;
        trigger.source = message.reason;
        raise(trigger, now);
        clear(index, condition, message.received_at, now);  // A message is over when it has come.
    }
}

void Engine::on(Instant now, const ValveReport& report) {
    if (report.outcome == ValveReport::Outcome::sent) return;
    const std::uint32_t index = know(report.site, report.valve, now).index;
    if (report.outcome == ValveReport::Outcome::done) {
        clear_event(Input::valve, index, report.received_at, now);
        return;
    }
    for (const std::uint8_t condition : plan_.of_event(Input::valve, devices_.at(index).kind)) {
        Trigger trigger;
        trigger.device = index;
        trigger.condition = condition;
        trigger.at = report.received_at;
        trigger.received_at = report.received_at;
        trigger.fresh = true;
        trigger.source = report.command_id;
        raise(trigger, now);
    }
}

void Engine::on(Instant now, const Reload& reload) {
    // Holds are kept by condition index: carried over by name, dropped with a condition that is
    // gone.
    const std::shared_ptr<const Rulebook> old = rulebook_;
    const auto carried = [&](std::uint8_t index) -> std::optional<std::uint8_t> {
        const auto found = condition_index_.find(old->rules.conditions[index].id);
        return found == condition_index_.end() ? std::nullopt : std::optional{found->second};
    };
    use(reload.rulebook, now);
    holds_.renumber(carried);
    traces_.renumber(carried);
    alarm_by_key_.clear();
    for (std::uint32_t i = 0; i < devices_.size(); ++i)
        devices_.at(i).present = devices_.at(i).raised = 0;
    for (std::uint32_t i = 0; i < alarms_.size(); ++i) {
        const Alarm& alarm = alarms_[i];
        const auto condition = condition_index_.find(alarm.condition);
        const auto device = devices_.find(alarm.site, alarm.device);
        if (condition == condition_index_.end() || !device) continue;
        alarm_by_key_[alarm_key(*device, condition->second)] = i;
        const std::uint32_t bit = 1U << condition->second;
        if (alarm.active) devices_.at(*device).raised |= bit;
        if (alarm.present) devices_.at(*device).present |= bit;
    }
    book_.follow_changes(now);
    reconcile_alarms(now);
    review_gateways(now);
}

DeviceTable::Found Engine::know(std::string_view site, std::string_view id, Instant now) {
    const DeviceTable::Found found = devices_.find_or_add(site, id);
    if (found.added) {
        devices_.at(found.index).known_since_ms = now.ms;
        place(found.index);
    }
    return found;
}

void Engine::place(std::uint32_t index) {
    Device& device = devices_.at(index);
    device.place = plan_.place_of(devices_.site(device), devices_.zones().at(device.zone)) &
                   ((1U << kPlaceBits) - 1);
}

Name Engine::zone_of(std::string_view site) const {
    const auto found = devices_.sites().find(site);
    if (!found || *found >= zone_by_site_.size()) return {};
    return devices_.zones().at(zone_by_site_[*found]);
}

void Engine::touch(std::uint32_t device, Instant now) {
    Device& touched = devices_.at(device);
    touched.saved_ms = now.ms;
    if (touched.dirty) return;
    touched.dirty = true;
    changes_.devices.push_back(device);
}

std::optional<RegistryEntry> Engine::registry_entry(std::uint32_t device) const {
    const std::uint32_t entry = entry_of_device(device);
    return entry == kNoEntry ? std::nullopt : std::optional{rulebook_->registry[entry]};
}

void Engine::foresee(std::span<const DeviceTable::Key> devices) {
    const auto indexes = devices_.foresee(devices);
    for (const std::uint32_t index : indexes) holds_.foresee_head(index);
    for (const std::uint32_t index : indexes) {
        if (index == DeviceTable::kUnknown) continue;
        holds_.foresee(index);
        if (!plan_.of_meter(devices_.at(index).kind).empty()) meters_.foresee(index);
    }
}

std::optional<Instant> Engine::next_deadline() const {
    return timers_.next();
}

void Engine::clear_changes() {
    for (const std::uint32_t index : changes_.devices) devices_.at(index).dirty = false;
    for (const std::uint32_t index : changes_.alarms) alarm_named_[index] = false;
    book_.forget_changes();
    changes_.devices.clear();
    changes_.device_news.clear();
    changes_.alarms.clear();
    changes_.tickets.clear();
    changes_.log.clear();
    changes_.idempotency.clear();
    changes_.effects.clear();
    changes_.replies.clear();
    changes_.emergency = false;
}

const Ticket* Engine::find_ticket(std::string_view id) const {
    const auto found = book_.find(id);
    return found ? &book_.at(*found) : nullptr;
}

const Ticket* Engine::find_open(const std::string& hazard_key) const {
    const auto found = book_.open_for(hazard_key);
    return found ? &book_.at(*found) : nullptr;
}

const Alarm* Engine::find_alarm(std::string_view id) const {
    const auto found = alarm_by_id_.find(id);
    return found == alarm_by_id_.end() ? nullptr : &alarms_[found->second];
}

std::vector<TicketTally> Engine::tally() const {
    std::map<std::pair<std::optional<TicketClass>, TicketState>, std::uint64_t> counts;
    for (std::uint32_t i = 0; i < book_.size(); ++i) {
        const Ticket& ticket = book_.at(i);
        if (is_open(ticket.state)) ++counts[{ticket.ticket_class, ticket.state}];
    }
    std::vector<TicketTally> tally;
    tally.reserve(counts.size());
    for (const auto& [key, open] : counts) tally.push_back({key.first, key.second, open});
    return tally;
}

std::map<std::string, std::uint64_t> Engine::overdue_clocks() const {
    std::map<std::string, std::uint64_t> overdue;
    for (std::uint32_t i = 0; i < book_.size(); ++i) {
        const Ticket& ticket = book_.at(i);
        if (!is_open(ticket.state)) continue;
        for (const Clock& clock : ticket.clocks) {
            const bool last =
                std::none_of(ticket.clocks.begin(), ticket.clocks.end(), [&](const Clock& other) {
                    return other.name == clock.name && other.cycle > clock.cycle;
                });
            if (last && clock.status == ClockStatus::breached) ++overdue[clock.name];
        }
    }
    return overdue;
}

}  // namespace mercaptan::processor
