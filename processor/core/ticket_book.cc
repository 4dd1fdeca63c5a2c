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

Ticket ticket_from(const Evidence& evidence, const Policy& policy, Instant now) {
    Ticket ticket;
    ticket.id = ticket_id(now, evidence.hazard_key, evidence.source);
    ticket.kind = evidence.kind;
    ticket.ticket_class = policy.ticket_class;
    ticket.policy = policy.name;
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
    return {open(evidence, now), true};
}

std::uint32_t TicketBook::open(const Evidence& evidence, Instant now) {
    const Policy* policy = evidence.policy.empty()
                               ? rulebook_->policy_for(evidence.kind, evidence.ticket_class)
                               : rulebook_->policy_named(evidence.policy);
    MERCAPTAN_CHECK(policy != nullptr);  // The loader and the command check have seen to it.
    const auto index = static_cast<std::uint32_t>(entries_.size());
    entries_.push_back({.ticket = ticket_from(evidence, *policy, now)});
    Ticket& ticket = change(index);
    ticket.rule_version = rulebook_->rules.version;
    MERCAPTAN_CHECK(by_id_.emplace(ticket.id, index).second);
    open_by_hazard_[ticket.hazard_key] = index;
    log(index, now,
        {.event = TicketEvent::raised,
         .at = ticket.opened_at,
         .actor = evidence.actor,
         .to = TicketState::raised,
         .note = ticket.cause.condition});
    start_clocks(index, TicketState::raised, ticket.opened_at, now);
    run_clocks(index, now);
    if (policy->auto_dispatch && ticket.state == TicketState::raised) {
        dispatch(index, now, kSystem, {}, now);
    }
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
    log(index, now,
        {.event = TicketEvent::joined,
         .at = std::min(evidence.received_at, now),
         .actor = evidence.actor,
         .note = evidence.cause.condition + " " + from});
    if (graver(evidence.ticket_class, ticket.ticket_class)) {
        ticket.cause = evidence.cause;
        raise_class(index, *evidence.ticket_class, std::min(evidence.received_at, now), kSystem,
                    now);
    }
    // New evidence of danger at a place that was thought safe: the work begins again.
    const bool thought_safe = ticket.state >= TicketState::made_safe && is_open(ticket.state);
    if (thought_safe && evidence.ticket_class == TicketClass::one) {
        enter(index, TicketState::raised, TicketEvent::reopen, now, kSystem,
              evidence.cause.condition, now);
        dispatch(index, now, kSystem, {}, now);
    }
    if (evidence.ticket_class == TicketClass::one) changes_.emergency = true;
    arm(index);
}

void TicketBook::raise_class(std::uint32_t index, TicketClass to, Instant at,
                             std::string_view actor, Instant now) {
    Ticket& ticket = change(index);
    const Policy* policy = rulebook_->policy_for(ticket.kind, to);
    if (policy == nullptr) return;
    const bool upwards = graver(to, ticket.ticket_class);
    log(index, now,
        {.event = TicketEvent::reclassify,
         .at = at,
         .actor = actor,
         .note = "to " + policy->name + " from " + ticket.policy});
    change_policy(index, *policy, at, now);
    if (!upwards || !policy->auto_dispatch) return;
    if (ticket.state == TicketState::raised || ticket.state == TicketState::dispatched) {
        dispatch(index, now, kSystem, {}, now);
    } else if (is_open(ticket.state)) {
        send_order(ticket, now);  // The crew that has it must know that it became graver.
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

void TicketBook::log(std::uint32_t index, Instant now, const Line& line) {
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
    entry.from = line.from;
    entry.to = line.to;
    entry.late = line.late;
    entry.note = line.note;
    changes_.log.push_back(std::move(entry));
}

const Policy& TicketBook::policy_of(const Ticket& ticket) const {
    if (const Policy* policy = rulebook_->policy_named(ticket.policy)) return *policy;
    // The policy's file was removed while the ticket was open: what stands nearest goes on.
    const Policy* policy = rulebook_->policy_for(ticket.kind, ticket.ticket_class);
    if (policy != nullptr) return *policy;
    static const Policy kNoPolicy;
    return kNoPolicy;
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

void TicketBook::restore(const Ticket& ticket) {
    const auto index = static_cast<std::uint32_t>(entries_.size());
    entries_.push_back({.ticket = ticket});
    MERCAPTAN_CHECK(by_id_.emplace(entries_.back().ticket.id, index).second);
    if (!is_open(ticket.state)) return;
    open_by_hazard_[ticket.hazard_key] = index;
    if (!ticket.assignee.empty() && ticket.state != TicketState::raised) ++loads_[ticket.assignee];
}

void TicketBook::arm_all(Instant now) {
    for (std::uint32_t index = 0; index < entries_.size(); ++index) {
        const auto& closed_at = at(index).closed_at;
        if (!closed_at || *closed_at + 2 * kForgetAfter > now) arm(index);
        if (!wants_crew(at(index))) continue;
        entries_[index].retry_at = now;
        timers_.arm(now, TimerKind::clock, index);
    }
}

}  // namespace mercaptan::processor
