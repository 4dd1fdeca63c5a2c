#include <algorithm>
#include <string>
#include <utility>

#include "common/domain/check.h"
#include "processor/core/ticket_book.h"

// Which version of its policy and of the calendar a ticket is run by, and how it gets another one.
namespace mercaptan::processor {
namespace {

constexpr std::string_view kSystem = "system";

/// A row from before clocks told what they count from.
void adopt(Ticket& ticket, const Policy& policy) {
    for (Clock& clock : ticket.clocks) {
        const ClockRule* rule = policy.clock(clock.name);
        if (rule == nullptr || clock.within != Span{}) continue;
        clock.counted_from = clock.started_at;
        clock.within = rule->within;
        const std::size_t passed = std::min<std::size_t>(clock.warnings, rule->thresholds.size());
        for (std::size_t i = clock.fired.size(); i < passed; ++i)
            clock.fired.push_back(rule->thresholds[i].key);
    }
}

/// What stands for a version that is not to be had: what its clocks were is not known.
std::shared_ptr<const Policy> without_clocks(const Policy& nearest) {
    Policy policy = nearest;
    policy.clocks.clear();
    return std::make_shared<const Policy>(std::move(policy));
}

}  // namespace

std::shared_ptr<const Policy> TicketBook::in_force(const Ticket& ticket) const {
    const auto& all = rulebook_->policies;
    const auto find = [&](const auto& fits) -> std::shared_ptr<const Policy> {
        const auto found = std::find_if(all.begin(), all.end(), fits);
        return found == all.end() ? nullptr : *found;
    };
    if (auto same = find([&](const auto& p) { return p->name == ticket.policy; })) return same;
    // The policy's file was removed while the ticket was open: what stands nearest goes on.
    const Policy* near = rulebook_->policy_for(ticket.kind, ticket.ticket_class);
    if (auto of_class = find([near](const auto& p) { return p.get() == near; })) return of_class;
    const auto has_state = [&](const auto& p) {
        return p->life_cycle->state(ticket.state.name).has_value();
    };
    if (auto any = find(has_state)) return any;
    static const auto kNoPolicy = [] {
        auto none = std::make_shared<Policy>();
        none->life_cycle = std::make_shared<const LifeCycle>();
        return std::shared_ptr<const Policy>{std::move(none)};
    }();
    return kNoPolicy;
}

void TicketBook::restore(const Ticket& ticket) {
    const auto index = static_cast<std::uint32_t>(entries_.size());
    Entry entry{.ticket = ticket,
                .policy = versions_.policy(ticket.policy, ticket.policy_version),
                .calendar = versions_.calendar(ticket.calendar_version)};
    // A version that is not to be had: `follow_changes` says so in the ticket's history.
    if (entry.policy == nullptr) entry.policy = in_force(ticket);
    if (entry.calendar == nullptr) entry.calendar = versions_.calendar();
    adopt(entry.ticket, *entry.policy);
    entries_.push_back(std::move(entry));
    MERCAPTAN_CHECK(by_id_.emplace(entries_.back().ticket.id, index).second);
    if (!is_open(ticket.state)) return;
    open_by_hazard_[ticket.hazard_key] = index;
    if (!ticket.assignee.empty()) ++loads_[ticket.assignee];
}

void TicketBook::follow_changes(Instant now) {
    for (std::uint32_t index = 0; index < entries_.size(); ++index) {
        Entry& entry = entries_[index];
        if (!is_open(entry.ticket.state)) continue;
        const auto newest = in_force(entry.ticket);
        const bool asked = newest->when_changed == WhenChanged::migrate && may_migrate(index);
        const bool pinned = entry.policy->version == entry.ticket.policy_version;
        const bool known = pinned && entry.calendar->version == entry.ticket.calendar_version;
        if (known && !asked) continue;
        const bool had_none = entry.ticket.policy_version.empty();  // A row from before them.
        const auto to = asked ? newest : entry.policy;
        const auto calendar = asked ? versions_.calendar() : entry.calendar;
        if (!pinned && !had_none) entry.policy = without_clocks(*entry.policy);
        const std::string_view lost = had_none ? "pinned" : "version lost";
        migrate(index, to, calendar, kSystem, asked ? "policy changed" : lost, now);
        arm(index);
        open_follow_ups(now);
    }
}

bool TicketBook::may_migrate(std::uint32_t index) const {
    const Entry& entry = entries_[index];
    if (!is_open(entry.ticket.state)) return false;
    const auto newest = in_force(entry.ticket);
    if (newest->name != entry.ticket.policy) return false;
    const bool changed = newest->version != entry.ticket.policy_version ||
                         versions_.calendar()->version != entry.ticket.calendar_version;
    return changed && knows_open_state(*newest, entry.ticket.state);
}

Result<void> TicketBook::permit_migration(std::uint32_t index, const TicketCommand& command,
                                          std::string_view actor) const {
    const auto& roster = rulebook_->roster;
    if (!roster.is_supervisor(actor) && !roster.has_role(actor, "admin")) {
        return fail(ErrorCode::forbidden,
                    "only a supervisor or admin moves a ticket to another "
                    "version of its policy",
                    "actor");
    }
    if (command.note.empty())
        return fail(ErrorCode::invalid_input, "say why: a note is required", "note");
    if (!command.fields.empty())
        return fail(ErrorCode::invalid_input, "a migration brings no fields", "fields");
    if (may_migrate(index)) return {};
    const Ticket& ticket = at(index);
    const auto newest = in_force(ticket);
    std::string why = "the ticket is under the versions in force";
    if (newest->name != ticket.policy) {
        why = "there is no policy " + ticket.policy + " any more";
    } else if (!is_open(ticket.state)) {
        why = "a verdict stands: the ticket is " + std::string{to_string(ticket.state)};
    } else if (!knows_open_state(*newest, ticket.state)) {
        why = "the version in force knows no open state " + std::string{to_string(ticket.state)};
    }
    return fail(ErrorCode::conflict, why, "event");
}

void TicketBook::migrate(std::uint32_t index, std::shared_ptr<const Policy> policy,
                         std::shared_ptr<const Calendar> calendar, std::string_view actor,
                         std::string_view why, Instant now) {
    happen(index, now,
           {.event = TicketEvent::migrate,
            .at = now,
            .actor = actor,
            .note = why,
            .policy = std::move(policy),
            .calendar = std::move(calendar)});
    settle(index, now);
}

}  // namespace mercaptan::processor
