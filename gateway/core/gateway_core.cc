#include "gateway/core/gateway_core.h"

#include <optional>
#include <utility>

namespace mercaptan::gateway {
namespace {

bool says_valve_open(const Reading& reading) {
    return reading.status.has(Status::valve_open) ||
           reading.values.get(Quantity::valve_state).value_or(0.0) > 0.0;
}

}  // namespace

GatewayCore::GatewayCore(const CoreSettings& settings, std::uint64_t epoch,
                         std::shared_ptr<const Registry> registry, std::vector<GuardRule> rules,
                         const CommandPolicy& orders)
    : settings_{settings},
      epoch_{epoch},
      registry_{std::move(registry)},
      admission_{settings.admission},
      guard_{std::move(rules), orders} {}

void GatewayCore::reload(std::shared_ptr<const Registry> registry, std::vector<GuardRule> rules,
                         const CommandPolicy& orders) {
    registry_ = std::move(registry);
    guard_.set_rules(std::move(rules), orders);
}

void GatewayCore::quarantine(const MessageRef& message, std::string reason, RoundOutput& out) {
    out.quarantine.push_back({message.facts.received_at, std::string{message.topic},
                              std::string{message.payload}, std::move(reason)});
}

std::string GatewayCore::command_prefix(const Origin& origin) const {
    return settings_.gateway_id.str() + "-" + std::to_string(origin.epoch) +
           (origin.lane == Lane::emergency ? "-e" : "-b") + std::to_string(origin.seq);
}

MessageResult GatewayCore::on_reading(const MessageRef& message, Reading reading,
                                      std::uint32_t part, RoundOutput& out) {
    const RegistryEntry* entry = registry_->find(reading.site, reading.device);
    const Gas gas = entry == nullptr ? Gas::natural_gas : entry->gas;
    const bool emergency = reading.urgent || is_emergency(reading, gas, settings_.set_points);
    reading.received_at = message.facts.received_at;
    reading.origin = message.origin;
    reading.origin.part = part;

    MessageFacts facts = message.facts;
    facts.emergency = emergency;
    const std::uint64_t content = content_hash(message.topic, message.payload) + part;
    const Admitted admitted = admission_.admit(reading, facts, content);
    counts_.missing += admitted.missing;
    counts_.counter_restarts += admitted.counter_restarted ? 1 : 0;
    counts_.event_times_refused += admitted.event_time_refused ? 1 : 0;
    counts_.untracked += admitted.untracked ? 1 : 0;

    const bool answered = reading.urgent || (entry != nullptr && entry->ack_telemetry);
    const bool safe =
        admitted.verdict == Verdict::accepted || admitted.verdict == Verdict::duplicate;
    if (answered && safe && reading.seq) {
        out.answers.push_back({reading.site, reading.device, *reading.seq, message.origin.lane});
    }
    switch (admitted.verdict) {
        case Verdict::duplicate:
            return MessageResult::duplicate;
        case Verdict::rate_limited:
            quarantine(message, "rate_limited: the device sends more than its share", out);
            return MessageResult::rate_limited;
        case Verdict::stale:
            quarantine(message, "stale: retained by the broker, without a recent time of its own",
                       out);
            return MessageResult::stale;
        case Verdict::accepted:
            break;
    }
    const std::size_t before = out.guard.size();
    const auto lel_pct = gas_lel_pct(reading.values, gas, settings_.set_points);
    if (guard_.wants(reading, lel_pct)) {
        guard_.on_reading(reading, lel_pct, *registry_, command_prefix(reading.origin), out.guard);
    }
    if (says_valve_open(reading))
        guard_.on_valve_open(reading.site, reading.device, reading.received_at, out.guard);
    counts_.promoted += emergency && message.origin.lane == Lane::bulk ? 1 : 0;
    std::vector<Item>& items = emergency ? out.emergency : out.bulk;
    items.push_back({reading.origin, reading.received_at, reading});
    take_guard_steps(before, message.facts.received_at, out);
    return MessageResult::accepted;
}

bool GatewayCore::emergency_by_content(const Reading& reading) const {
    const RegistryEntry* entry = registry_->find(reading.site, reading.device);
    return is_emergency(reading, entry == nullptr ? Gas::natural_gas : entry->gas,
                        settings_.set_points);
}

MessageResult GatewayCore::on_online(const MessageRef& message, const OnlineChange& change,
                                     RoundOutput& out) {
    std::string key = change.site.str() + "/" + change.device.str();
    const auto known = online_.find(key);
    // The broker repeats the retained state of every device at each of our connections.
    if (message.facts.retained && known != online_.end() && known->second == change.online) {
        return MessageResult::ignored;
    }
    if (!message.facts.retained &&
        admission_.seen_before(message.facts, content_hash(message.topic, message.payload))) {
        return MessageResult::duplicate;
    }
    if (known != online_.end()) {
        known->second = change.online;
    } else if (online_.size() < settings_.admission.devices_max) {
        online_.emplace(std::move(key), change.online);
    }
    out.emergency.push_back({message.origin, message.facts.received_at, change});
    return MessageResult::accepted;
}

MessageResult GatewayCore::on_unreadable(const MessageRef& message, UnreadableMessage unreadable,
                                         RoundOutput& out) {
    if (admission_.seen_before(message.facts, content_hash(message.topic, message.payload))) {
        return MessageResult::duplicate;
    }
    quarantine(message, unreadable.reason, out);
    // What the broker kept from before is no news, readable or not.
    if (message.facts.retained) return MessageResult::stale;
    if (unreadable.on_alarm_topic) {
        out.emergency.push_back({message.origin, message.facts.received_at, std::move(unreadable)});
    }
    return MessageResult::rejected;
}

MessageResult GatewayCore::on_valve_answer(const MessageRef& message, std::string_view site,
                                           std::string_view valve, std::string_view id, bool done,
                                           std::string_view detail, RoundOutput& out) {
    const std::size_t before = out.guard.size();
    if (!guard_.on_answer(site, valve, id, done, detail, message.origin, message.facts.received_at,
                          out.guard)) {
        return MessageResult::ignored;
    }
    take_guard_steps(before, message.facts.received_at, out);
    return MessageResult::accepted;
}

MessageResult GatewayCore::on_order(const MessageRef& message, PendingCommand order, Instant now,
                                    RoundOutput& out) {
    const std::size_t before = out.guard.size();
    order.caused_at = message.facts.received_at;
    const bool first = guard_.on_order(std::move(order), now, out.guard);
    take_guard_steps(before, message.facts.received_at, out);
    return first ? MessageResult::accepted : MessageResult::duplicate;
}

void GatewayCore::on_time(Instant now, RoundOutput& out) {
    const std::size_t before = out.guard.size();
    guard_.on_time(now, out.guard);
    take_guard_steps(before, now, out);
}

void GatewayCore::on_field_connected(Instant now, RoundOutput& out) {
    const std::size_t before = out.guard.size();
    guard_.on_field_connected(now, out.guard);
    take_guard_steps(before, now, out);
}

void GatewayCore::take_guard_steps(std::size_t from, Instant now, RoundOutput& out) {
    using Kind = GuardStep::Kind;
    for (std::size_t i = from; i < out.guard.size(); ++i) {
        const GuardStep& step = out.guard[i];
        if (step.kind == Kind::join || step.kind == Kind::doubt) continue;
        // Sequence 0 belongs to no message, so these names are never those of one.
        const Origin origin =
            step.origin.seq != 0 ? step.origin : Origin{epoch_, 0, ++own_items_, Lane::emergency};
        out.emergency.push_back({origin, now, step.report});
        count(step);
    }
}

void GatewayCore::count(const GuardStep& step) {
    if (step.kind == GuardStep::Kind::answer) {
        ++counts_.orders_answered;
        return;
    }
    switch (step.report.outcome) {
        case ValveOutcome::sent:
            ++counts_.guard_attempts;
            if (step.command.attempts == 1) ++counts_.guard_commands;
            break;
        case ValveOutcome::done:
            ++counts_.guard_done;
            break;
        case ValveOutcome::failed:
            ++counts_.guard_failed;
            break;
        case ValveOutcome::no_answer:
            ++counts_.guard_no_answer;
            break;
    }
}

void GatewayCore::remember(const MessageRef& message, Reading reading, std::uint32_t part) {
    MessageFacts facts = message.facts;
    facts.emergency = reading.urgent || emergency_by_content(reading);
    facts.remembered = true;
    const std::uint64_t content = content_hash(message.topic, message.payload) + part;
    reading.received_at = facts.received_at;
    [[maybe_unused]] const Admitted admitted = admission_.admit(reading, facts, content);
}

void GatewayCore::remember(const MessageRef& message) {
    [[maybe_unused]] const bool seen =
        admission_.seen_before(message.facts, content_hash(message.topic, message.payload));
}

}  // namespace mercaptan::gateway
