#include "processor/core/ticket_book.h"

#include <algorithm>
#include <utility>

#include "common/domain/check.h"
#include "processor/core/ids.h"

namespace mercaptan::processor {
namespace {

constexpr std::string_view kSystem = "system";

template <class T>
bool contains(const std::vector<T>& all, const T& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

/// True if `a` is graver than `b`; no class at all is the least grave.
bool graver(std::optional<TicketClass> a, std::optional<TicketClass> b) {
    if (!a) return false;
    return !b || *a < *b;
}

Ticket ticket_from(const Evidence& evidence, const Policy& policy, const Calendar& calendar,
                   Instant now) {
    Ticket ticket;
    ticket.id = ticket_id(now, evidence.hazard_key, evidence.source);
    ticket.kind = evidence.kind;
    ticket.ticket_class = policy.ticket_class;
    ticket.policy = policy.name;
    ticket.policy_version = policy.version;
    ticket.calendar_version = calendar.version;
    ticket.escalation = policy.escalation;
    ticket.state = policy.life_cycle->states.front().state;
    ticket.site = evidence.site;
    ticket.zone = evidence.zone;
    ticket.hazard_key = evidence.hazard_key.empty() ? "ticket/" + ticket.id : evidence.hazard_key;
    if (!evidence.device.empty()) ticket.devices.push_back(evidence.device);
    ticket.cause = evidence.cause;
    ticket.opened_at = std::min(evidence.received_at, now);
    ticket.recorded_at = now;
    ticket.touched_at = now;
    ticket.channel = evidence.channel;
    ticket.symptom = evidence.symptom;
    ticket.description = evidence.description;
    ticket.safety = evidence.safety;
    ticket.unregistered = evidence.unregistered;
    ticket.late = evidence.late;
    ticket.source_events.push_back(evidence.source);
    ticket.source_count = 1;
    return ticket;
}

/// What opened the ticket stays named; of the others the oldest gives way.
void add_source(Ticket& ticket, const std::string& source) {
    auto& named = ticket.source_events;
    if (contains(named, source)) return;
    if (named.size() >= TicketBook::kSourcesMax) named.erase(named.begin() + 1);
    named.push_back(source);
    ++ticket.source_count;
}

}  // namespace

TicketBook::Outcome TicketBook::report(const Evidence& evidence, Instant now) {
    if (const auto found = open_for(evidence.hazard_key)) {
        join(*found, evidence, now);
        return {*found, false};
    }
    const std::uint32_t opened = open(evidence, now);
    open_follow_ups(now);
    return {opened, true};
}

std::uint32_t TicketBook::open(const Evidence& evidence, Instant now) {
    const Policy* policy = evidence.policy.empty()
                               ? rulebook_->policy_for(evidence.kind, evidence.ticket_class)
                               : rulebook_->policy_named(evidence.policy);
    MERCAPTAN_CHECK(policy != nullptr);  // The loader and the command check have seen to it.
    const auto index = static_cast<std::uint32_t>(entries_.size());
    const auto& calendar = versions_.calendar();
    entries_.push_back({.ticket = ticket_from(evidence, *policy, *calendar, now),
                        .policy = versions_.policy(policy->name, policy->version),
                        .calendar = calendar});
    Ticket& ticket = change(index);
    ticket.rule_version = rulebook_->rules.version;
    MERCAPTAN_CHECK(by_id_.emplace(ticket.id, index).second);
    open_by_hazard_[ticket.hazard_key] = index;
    happen(index, now,
           {.event = TicketEvent::raised,
            .at = ticket.opened_at,
            .actor = evidence.actor,
            .to = &policy->life_cycle->states.front().state,
            .note = ticket.cause.condition,
            .policy = entries_[index].policy,
            .calendar = calendar});
    settle(index, now);
    if (policy->auto_dispatch && wants_crew(index)) dispatch(index, now, kSystem, {}, now);
    arm(index);
    return index;
}

void TicketBook::join(std::uint32_t index, const Evidence& evidence, Instant now) {
    Ticket& ticket = change(index);
    const bool known = evidence.device.empty() || contains(ticket.devices, evidence.device);
    if (!known && ticket.devices.size() < kDevicesMax) ticket.devices.push_back(evidence.device);
    add_source(ticket, evidence.source);
    ticket.touched_at = now;
    ticket.unregistered = ticket.unregistered || evidence.unregistered;
    const std::string from = evidence.device.empty() ? evidence.channel : evidence.device.str();
    const std::string note = evidence.cause.condition + " " + from;
    happen(index, now,
           {.event = TicketEvent::joined,
            .at = std::min(evidence.received_at, now),
            .actor = evidence.actor,
            .note = note});
    if (graver(evidence.ticket_class, ticket.ticket_class)) {
        ticket.cause = evidence.cause;
        raise_class(index, *evidence.ticket_class, std::min(evidence.received_at, now), kSystem,
                    now);
    }
    // New evidence of danger at a place that was thought safe: the work begins again.
    const EventRule* restart = life_of(index).event_doing(Action::restart);
    const bool thought_safe = ticket.state.safe && is_open(ticket.state) && restart != nullptr;
    if (thought_safe && evidence.ticket_class == TicketClass::one) {
        happen(index, now,
               {.event = restart->event,
                .at = now,
                .actor = kSystem,
                .to = &life_of(index).states[*restart->to].state,
                .note = evidence.cause.condition});
        settle(index, now);
        dispatch(index, now, kSystem, {}, now);
    }
    if (evidence.ticket_class == TicketClass::one) changes_.emergency = true;
    arm(index);
    open_follow_ups(now);
}

void TicketBook::raise_class(std::uint32_t index, TicketClass to, Instant at,
                             std::string_view actor, Instant now) {
    const Ticket& ticket = this->at(index);
    const Policy* chosen = rulebook_->policy_for(ticket.kind, to);
    const EventRule* reclassify = life_of(index).event_doing(Action::reclassify);
    if (chosen == nullptr || reclassify == nullptr) return;
    const auto policy = versions_.policy(chosen->name, chosen->version);
    if (!policy->life_cycle->state(ticket.state.name)) return;
    const bool upwards = graver(to, ticket.ticket_class);
    const std::string note = "to " + policy->name + " from " + ticket.policy;
    happen(index, now,
           {.event = reclassify->event, .at = at, .actor = actor, .note = note, .policy = policy});
    changes_.emergency = changes_.emergency || ticket.ticket_class == TicketClass::one;
    settle(index, now);
    if (!upwards || !policy->auto_dispatch) return;
    if (is_open(ticket.state) && !ticket.state.in_hand) {
        dispatch(index, now, kSystem, {}, now);
    } else if (is_open(ticket.state)) {
        send_order(index, now);  // The crew that has it must know that it became graver.
        page(ticket, "class raised", now);
    }
}

Ticket& TicketBook::change(std::uint32_t index) {
    Entry& entry = entries_[index];
    if (!entry.named) {
        entry.named = true;
        changes_.tickets.push_back(index);
    }
    if (entry.bumped_in_step != step_) {
        entry.bumped_in_step = step_;
        ++entry.ticket.version;
    }
    if (entry.ticket.ticket_class == TicketClass::one) changes_.emergency = true;
    return entry.ticket;
}

const LogEntry& TicketBook::log(std::uint32_t index, Instant now, Line line) {
    Ticket& ticket = change(index);
    LogEntry entry;
    entry.ticket_id = ticket.id;
    entry.index = ticket.log_size++;
    entry.version = ticket.version;
    entry.at = line.at;
    entry.recorded_at = now;
    entry.actor = line.actor;
    entry.event = line.event;
    entry.clock = line.clock;
    if (line.to != nullptr) {
        if (line.event != TicketEvent::raised) entry.from = ticket.state;
        entry.to = *line.to;
    }
    entry.late = line.late;
    entry.note = line.note;
    entry.fields = std::move(line.fields);
    if (line.policy != nullptr) {
        entry.policy = line.policy->name;
        entry.policy_version = line.policy->version;
    }
    if (line.calendar != nullptr) entry.calendar_version = line.calendar->version;
    return changes_.log.emplace_back(std::move(entry));
}

void TicketBook::open_follow_ups(Instant now) {
    // What a follow-up opens may ask for another one; the loader has refused circles.
    for (std::size_t i = 0; i < follow_ups_.size(); ++i) {
        const Ticket from = at(follow_ups_[i].ticket);
        const FollowUp rule = follow_ups_[i].rule;
        const Policy* policy = rulebook_->policy_named(rule.policy);
        if (policy == nullptr) continue;  // Of a policy that a reload has taken away.
        Evidence evidence;
        evidence.kind = policy->kind;
        evidence.ticket_class = policy->ticket_class;
        evidence.policy = rule.policy;
        evidence.site = from.site;
        evidence.zone = from.zone;
        evidence.cause.condition = "follow_up";
        evidence.cause.at = now;
        evidence.received_at = now;
        evidence.channel = "ticket";
        evidence.symptom = from.symptom;
        evidence.description = rule.because;
        evidence.actor = kSystem;
        evidence.source = from.id + "/" + std::to_string(from.log_size) + "/" + rule.policy;
        const std::uint32_t opened = open(evidence, now);
        const std::string note = "opened " + at(opened).id + ": " + rule.because;
        happen(follow_ups_[i].ticket, now,
               {.event = TicketEvent::note, .at = now, .actor = kSystem, .note = note});
    }
    follow_ups_.clear();
}

std::optional<std::uint32_t> TicketBook::find(std::string_view id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? std::nullopt : std::optional{found->second};
}

std::optional<std::uint32_t> TicketBook::open_for(const std::string& hazard_key) const {
    const auto found = open_by_hazard_.find(hazard_key);
    return found == open_by_hazard_.end() ? std::nullopt : std::optional{found->second};
}

void TicketBook::forget_changes() {
    for (const std::uint32_t index : changes_.tickets) entries_[index].named = false;
}

void TicketBook::arm_all(Instant now) {
    for (std::uint32_t index = 0; index < entries_.size(); ++index) {
        if (wants_crew(index)) entries_[index].retry_at = now;
        const auto& closed_at = at(index).closed_at;
        if (!closed_at || *closed_at + 2 * kForgetAfter > now) arm(index);
    }
}

}  // namespace mercaptan::processor
