#include <algorithm>

#include "common/domain/check.h"
#include "processor/core/engine.h"

// What operators, windows and time do to alarms.
namespace mercaptan::processor {
namespace {

constexpr Duration kShelveDefault = std::chrono::hours{1};

bool covers(const SiteWindow& window, const Condition& condition, Instant now) {
    if (now < window.from || now >= window.until) return false;
    return window.kind == WindowKind::maintenance || condition.hazard == Hazard::leak;
}

}  // namespace

void Engine::answer(Reply& reply, const OperatorCommand& command, const AlarmCommand& event,
                    Instant now) {
    const auto found = alarm_by_id_.find(event.alarm_id);
    if (found == alarm_by_id_.end()) {
        reply.error = Error{ErrorCode::not_found, "there is no alarm " + event.alarm_id, {}};
        return;
    }
    const Alarm& shown = alarms_[found->second];
    AlarmChange change;
    change.event = event.event;
    change.at = now;
    change.now = now;
    change.actor = command.actor;
    change.note = event.note;
    change.emergency = is_emergency(shown.condition);
    change.made_safe = made_safe(shown);
    if (auto in_range = set_until(change, shown, event.until); !in_range) {
        reply.error = in_range.error();
        return;
    }
    const auto device = devices_.find(shown.site, shown.device);
    if (event.event == AlarmEvent::reset && device) change.at = newest_of(devices_.at(*device));
    const bool was_quiet = is_quiet(shown);
    Alarm changed = shown;
    if (auto applied = apply(changed, change); !applied) {
        reply.error = applied.error();
        for (const AlarmEvent allowed :
             processor::allowed_events(shown, change.emergency, change.made_safe)) {
            reply.allowed.emplace_back(to_string(allowed));
        }
        return;
    }
    change_alarm(found->second, now) = std::move(changed);
    alarms_[found->second].changed_at = now;
    after_action(found->second, event.event, now);
    if (was_quiet) annunciate(found->second, now);
    reply.alarm_id = alarms_[found->second].id;
}

/// Shelving has an end, and one that its class allows (OPC UA Part 9: MaxTimeShelved).
Result<void> Engine::set_until(AlarmChange& change, const Alarm& alarm,
                               std::optional<Instant> until) const {
    const bool once = change.event == AlarmEvent::shelve_once;
    if (change.event != AlarmEvent::shelve && !once) return {};
    const auto condition = condition_index_.find(alarm.condition);
    const std::optional<TicketClass> ticket_class =
        condition == condition_index_.end() ? std::nullopt
                                            : rulebook_->rules.conditions[condition->second].ticket;
    const Duration most = rulebook_->rules.shelve_max[shelve_class(ticket_class)];
    change.until = until.value_or(change.now + (once ? most : std::min(most, kShelveDefault)));
    if (change.emergency || *change.until <= change.now + most) return {};
    return fail(ErrorCode::invalid_input,
                "expected at most " + std::to_string(most.count() / 60'000) +
                    " minutes ahead, the most for this class of alarm",
                "until");
}

void Engine::after_action(std::uint32_t index, AlarmEvent event, Instant now) {
    Alarm& alarm = alarms_[index];
    if (alarm.shelved_until) timers_.arm(*alarm.shelved_until, TimerKind::shelving, index);
    if (event == AlarmEvent::ack) arm_re_alarm(index, now);
    if (event == AlarmEvent::reset) {
        const auto device = devices_.find(alarm.site, alarm.device);
        const auto condition = condition_index_.find(alarm.condition);
        if (device && condition != condition_index_.end())
            devices_.at(*device).raised &= ~(1U << condition->second);
    }
}

void Engine::act(std::uint32_t index, AlarmEvent event, Instant now) {
    AlarmChange change;
    change.event = event;
    change.at = now;
    change.now = now;
    change.emergency = is_emergency(alarms_[index].condition);
    MERCAPTAN_CHECK(apply(change_alarm(index, now), change).has_value());
}

/// What it was kept quiet about is told now, if it still stands.
void Engine::annunciate(std::uint32_t index, Instant now) {
    const Alarm& alarm = alarms_[index];
    if (!alarm.active || is_quiet(alarm)) return;
    const auto found = condition_index_.find(alarm.condition);
    if (found == condition_index_.end()) return;
    const Condition& condition = rulebook_->rules.conditions[found->second];
    const auto device = devices_.find(alarm.site, alarm.device);
    if (!condition.ticket || !device || stands(alarm, condition)) return;
    Trigger trigger;
    trigger.device = *device;
    trigger.condition = found->second;
    trigger.value = alarm.value;
    trigger.at = alarm.since;
    trigger.received_at = now;
    trigger.late = alarm.late;
    trigger.source = "alarm/" + alarm.id + "@" + std::to_string(now.ms);
    report(index, trigger, now);
}

void Engine::on_shelving_timer(std::uint32_t index, Instant now) {
    const Alarm& alarm = alarms_[index];
    if (!alarm.shelved_until || *alarm.shelved_until > now) return;
    act(index, AlarmEvent::expire, now);
    annunciate(index, now);
}

void Engine::arm_re_alarm(std::uint32_t index, Instant now) {
    const auto found = condition_index_.find(alarms_[index].condition);
    if (found == condition_index_.end()) return;
    const Condition& condition = rulebook_->rules.conditions[found->second];
    if (condition.re_alarm <= Duration{0}) return;
    Alarm& alarm = change_alarm(index, now);
    alarm.re_alarm_at = now + condition.re_alarm;
    timers_.arm(*alarm.re_alarm_at, TimerKind::re_alarm, index);
}

/// An alarm that was acknowledged and then left standing wants to be looked at again.
void Engine::on_re_alarm_timer(std::uint32_t index, Instant now) {
    const Alarm& alarm = alarms_[index];
    if (!alarm.re_alarm_at || *alarm.re_alarm_at > now) return;
    const auto found = condition_index_.find(alarm.condition);
    const bool known = found != condition_index_.end();
    const std::uint32_t most =
        known ? rulebook_->rules.conditions[found->second].re_alarm_count : 0;
    if (!alarm.active || !known || alarm.re_alarms >= most) {
        change_alarm(index, now).re_alarm_at.reset();
        return;
    }
    if (alarm.acked && !is_quiet(alarm)) {
        act(index, AlarmEvent::re_alarm, now);
        ++alarms_[index].re_alarms;
    }
    arm_re_alarm(index, now);
}

const SiteWindow* Engine::window_over(const Alarm& alarm, Instant now) const {
    const auto windows = windows_by_site_.find(alarm.site.view());
    const auto condition = condition_index_.find(alarm.condition);
    if (windows == windows_by_site_.end() || condition == condition_index_.end()) return nullptr;
    for (const std::uint32_t index : windows->second) {
        const SiteWindow& window = rulebook_->windows[index];
        if (covers(window, rulebook_->rules.conditions[condition->second], now)) return &window;
    }
    return nullptr;
}

/// The alarm's window is that which is open at its site now, by our own clock. True if one ended.
bool Engine::review_window(std::uint32_t index, Instant now) {
    const Alarm& alarm = alarms_[index];
    const SiteWindow* window = window_over(alarm, now);
    const std::string_view id = window == nullptr ? std::string_view{} : window->id;
    if (alarm.window == id) return false;
    act(index, window == nullptr ? AlarmEvent::leave_window : AlarmEvent::enter_window, now);
    alarms_[index].window = id;
    return window == nullptr;
}

void Engine::review_windows(Instant now) {
    for (std::uint32_t index = 0; index < alarms_.size(); ++index) {
        const Alarm& alarm = alarms_[index];
        if (!alarm.active && alarm.window.empty()) continue;
        if (review_window(index, now)) annunciate(index, now);
    }
}

/// Other rules may be in force than when the alarms were last looked at.
void Engine::reconcile_alarms(Instant now) {
    for (std::uint32_t index = 0; index < alarms_.size(); ++index) {
        if (!is_quiet(alarms_[index]) || !is_emergency(alarms_[index].condition)) continue;
        act(index, AlarmEvent::promote, now);
        annunciate(index, now);
    }
    review_windows(now);
}

void Engine::use_windows(Instant now) {
    windows_by_site_.clear();
    for (std::uint32_t index = 0; index < rulebook_->windows.size(); ++index) {
        const SiteWindow& window = rulebook_->windows[index];
        windows_by_site_[window.site.view()].push_back(index);
        if (window.from > now) timers_.arm(window.from, TimerKind::window, 0);
        if (window.until > now) timers_.arm(window.until, TimerKind::window, 0);
    }
}

}  // namespace mercaptan::processor
