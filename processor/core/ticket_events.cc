#include <algorithm>
#include <string>
#include <utility>

#include "processor/core/ticket_book.h"

namespace mercaptan::processor {
namespace {

constexpr std::string_view kSystem = "system";

}  // namespace

Result<void> TicketBook::apply(std::uint32_t index, const TicketCommand& command,
                               std::string_view actor, Instant now) {
    if (auto permitted = permit(index, command, actor, now); !permitted) return permitted;
    const std::shared_ptr<const Policy> before = entries_[index].policy;
    const LifeCycle& life = *before->life_cycle;
    settle(index, now);
    if (command.event == TicketEvent::migrate) {
        migrate(index, in_force(at(index)), versions_.calendar(), actor, command.note, now);
    } else {
        perform(index, life.events[*life.event(command.event.name)], command, actor,
                std::min(command.at.value_or(now), now), now);
    }
    settle(index, now);
    arm(index);
    open_follow_ups(now);
    return {};
}

void TicketBook::perform(std::uint32_t index, const EventRule& rule, const TicketCommand& command,
                         std::string_view actor, Instant at, Instant now) {
    Ticket& ticket = change(index);
    note_owed(index, rule);
    Line line{.event = rule.event,
              .at = at,
              .actor = actor,
              .to = rule.to ? &life_of(index).states[*rule.to].state : nullptr,
              .note = command.note,
              .fields = command.fields};
    if (rule.does(Action::send_crew)) {
        if (command.crew.empty()) return dispatch(index, at, actor, command.note, now);
        return dispatch_to(index, command.crew, at, actor, command.note, now);
    }
    if (rule.does(Action::next_crew)) return give_back(index, rule, std::move(line), now);
    if (rule.does(Action::reclassify)) {
        line.event = TicketEvent::note;
        happen(index, now, std::move(line));
        settle(index, now);
        return raise_class(index, *command.ticket_class, at, actor, now);
    }
    if (rule.does(Action::hand_over)) return hand_over(index, command, std::move(line), now);
    if (rule.does(Action::take_on)) {
        if (rulebook_->roster.crew(actor) != nullptr) assign(ticket, Name{actor}, now);
        ticket.tried.clear();
        ticket.escalate_at.reset();
    }
    happen(index, now, std::move(line));
    if (rule.notice) announce(index, rule, command.note, now);
    if (!rule.does(Action::restart)) return;
    settle(index, now);
    if (policy(index).auto_dispatch) dispatch(index, now, kSystem, {}, now);
}

void TicketBook::give_back(std::uint32_t index, const EventRule& rule, Line line, Instant now) {
    Ticket& ticket = change(index);
    if (!ticket.assignee.empty()) ticket.tried.push_back(ticket.assignee);
    // Only if nobody else can have it does it lie where it lay before it was sent.
    if (choose(index, {}, now)) line.to = nullptr;
    line.event = rule.event;
    happen(index, now, std::move(line));
    settle(index, now);
    dispatch(index, now, kSystem, "declined", now);
}

void TicketBook::note_owed(std::uint32_t index, const EventRule& rule) {
    Ticket& ticket = change(index);
    for (const FieldRule& field : rule.needs) {
        const bool owed = std::find(ticket.evidence_owed.begin(), ticket.evidence_owed.end(),
                                    field.name) != ticket.evidence_owed.end();
        if (!field.optional && !owed) ticket.evidence_owed.push_back(field.name);
    }
}

void TicketBook::happen(std::uint32_t index, Instant now, Line line) {
    Ticket& ticket = change(index);
    const TicketState from = ticket.state;
    const bool moves = line.to != nullptr;
    const Instant at = line.at;
    const std::string actor{line.actor};
    const std::shared_ptr<const Policy> before = entries_[index].policy;
    const bool raised = line.event == TicketEvent::raised;
    const auto to = raised ? nullptr : line.policy;
    if (line.calendar != nullptr) entries_[index].calendar = line.calendar;
    const LogEntry entry = log(index, now, std::move(line));
    std::vector<ClockNews> news;
    take(ticket, *before, entry, to.get(), context(index), news);
    std::erase_if(ticket.evidence_owed,
                  [&](const Name& owed) { return field_of(ticket, owed.view()) != nullptr; });
    if (to != nullptr) entries_[index].policy = to;
    if (moves && !raised) entered(index, from, at);
    tell(index, news, actor, now);
    for (const FollowUp& rule : before->follow_ups) {
        const auto event = before->life_cycle->event(entry.event.name);
        const auto state =
            entry.to ? before->life_cycle->state(entry.to->name) : std::optional<std::uint8_t>{};
        const bool due = (event && (rule.when.happened & event_bit(*event)) != 0) ||
                         (state && (rule.when.entered & state_bit(*state)) != 0);
        if (due) follow_ups_.push_back({index, rule});
    }
}

void TicketBook::entered(std::uint32_t index, const TicketState& from, Instant at) {
    Ticket& ticket = change(index);
    entries_[index].retry_at.reset();
    if (is_open(ticket.state) && !is_open(from)) {
        ticket.closed_at.reset();
        open_by_hazard_.try_emplace(ticket.hazard_key, index);
    }
    if (ticket.state == life_of(index).states.front().state) assign(ticket, {}, at);
    if (ticket.state.in_hand) ticket.escalate_at.reset();
    if (!is_open(ticket.state)) end(index, at);
}

void TicketBook::dispatch(std::uint32_t index, Instant at, std::string_view actor,
                          std::string_view note, Instant now) {
    if (sending(index) == nullptr) return;
    std::vector<Name> tried = this->at(index).tried;
    auto chosen = choose(index, tried, now);
    if (!chosen && !tried.empty()) chosen = choose_anew(index, tried, now);
    if (!chosen) return await_crew(index, at, actor, now);
    std::string why = reason_for(*chosen, policy(index).skills.size());
    if (!note.empty()) why = std::string{note} + "; " + why;
    change(index).tried = std::move(tried);
    dispatch_to(index, chosen->crew->id, at, actor, why, now);
}

std::optional<Candidate> TicketBook::choose(std::uint32_t index, const std::vector<Name>& tried,
                                            Instant now) const {
    const int minute = rulebook_->time_zone.minute_of_day(now);
    const Wanted wanted{at(index).zone, policy(index).skills, tried, minute};
    return choose_crew(rulebook_->roster, wanted, loads_);
}

std::optional<Candidate> TicketBook::choose_anew(std::uint32_t index, std::vector<Name>& tried,
                                                 Instant now) const {
    const Name& last = at(index).assignee;
    tried.assign(last.empty() ? 0 : 1, last);
    if (auto another = choose(index, tried, now)) return another;
    tried.clear();
    return choose(index, tried, now);
}

void TicketBook::await_crew(std::uint32_t index, Instant at, std::string_view actor, Instant now) {
    Entry& entry = entries_[index];
    const bool first = !entry.retry_at;
    if (wants_crew(index)) entry.retry_at = now + kRetryDispatch;
    if (first || actor != kSystem) {
        happen(index, now,
               {.event = TicketEvent::note, .at = at, .actor = actor, .note = "no crew on duty"});
    }
    const Duration every = policy(index).escalate_every;
    if (!first || entry.ticket.state.in_hand || every <= Duration{0}) return;
    page(entry.ticket, "no crew on duty", now);
    Ticket& ticket = change(index);
    if (!ticket.escalate_at) ticket.escalate_at = now + every;
}

const EventRule* TicketBook::sending(std::uint32_t index) const {
    const EventRule* rule = life_of(index).event_doing(Action::send_crew);
    return rule != nullptr && may_happen(index, *rule) ? rule : nullptr;
}

bool TicketBook::wants_crew(std::uint32_t index) const {
    const Ticket& ticket = at(index);
    if (!is_open(ticket.state) || ticket.state.in_hand || sending(index) == nullptr) return false;
    if (ticket.state == life_of(index).states.front().state) return policy(index).auto_dispatch;
    // Its crew let the order lapse and nobody else was there to have it.
    return std::find(ticket.tried.begin(), ticket.tried.end(), ticket.assignee) !=
           ticket.tried.end();
}

void TicketBook::dispatch_to(std::uint32_t index, const Name& crew, Instant at,
                             std::string_view actor, std::string_view note, Instant now) {
    const EventRule* rule = sending(index);
    if (rule == nullptr || !rule->to) return;
    Ticket& ticket = change(index);
    std::erase(ticket.tried, crew);  // It has another chance.
    assign(ticket, crew, now);
    const std::string text =
        note.empty() ? "to " + crew.str() : "to " + crew.str() + ": " + std::string{note};
    happen(index, now,
           {.event = rule->event,
            .at = at,
            .actor = actor,
            .to = &life_of(index).states[*rule->to].state,
            .note = text});
    send_order(index, now);
}

void TicketBook::send_order(std::uint32_t index, Instant now) {
    Ticket& ticket = change(index);
    ++ticket.attempt;
    DispatchOrder order;
    order.order_id = ticket.id + "-" + std::to_string(ticket.attempt);
    order.ticket_id = ticket.id;
    order.ticket_class = ticket.ticket_class;
    order.site = ticket.site;
    order.zone = ticket.zone;
    order.crew = ticket.assignee;
    order.attempt = ticket.attempt;
    order.issued_at = now;
    order.cause = ticket.cause;
    const EventRule* accept = life_of(index).event_doing(Action::take_on);
    for (const Clock& clock : ticket.clocks) {
        const ClockRule* rule = policy(index).clock(clock.name);
        if (clock.status != ClockStatus::running || rule == nullptr || clock.due_at == kNever)
            continue;
        const auto until = life_of(index).state(rule->until.name);
        if (!until) continue;
        if (accept != nullptr && accept->to == until) order.accept_by = clock.due_at;
        if (life_of(index).states[*until].state.en_route) order.depart_by = clock.due_at;
    }
    changes_.effects.emplace_back(std::move(order));
}

/// The new crew gets an order, so that it knows what it has.
void TicketBook::hand_over(std::uint32_t index, const TicketCommand& command, Line line,
                           Instant now) {
    Ticket& ticket = change(index);
    const std::string note = "from " + ticket.assignee.str() + " to " + command.crew.str() +
                             (command.note.empty() ? "" : ": " + command.note);
    assign(ticket, command.crew, now);
    line.note = note;
    happen(index, now, std::move(line));
    send_order(index, now);
}

void TicketBook::announce(std::uint32_t index, const EventRule& rule, std::string_view note,
                          Instant now) {
    Ticket& ticket = change(index);
    const auto text_of = [&](std::string_view field) {
        const std::string* text = field_of(ticket, field);
        return text == nullptr ? std::string{} : *text;
    };
    PublicNotice notice;
    notice.notice_id = ticket.id + "-n" + std::to_string(ticket.log_size);
    notice.ticket_id = ticket.id;
    notice.zone = ticket.zone;
    notice.sent_at = now;
    notice.status = text_of(kNoticeStatus);
    notice.area = text_of(kNoticeArea);
    notice.description = note;
    notice.rule = rule.notice;
    if (rule.notice->message != NoticeRule::Message::alert) notice.references = ticket.notices;
    if (ticket.notices.size() >= kNoticesMax) ticket.notices.erase(ticket.notices.begin());
    ticket.notices.push_back({notice.notice_id, now});
    changes_.effects.emplace_back(std::move(notice));
}

/// What nobody has taken on goes to a crew that is on duty. Work in hand stays where it is until
/// people hand it over: only they know whether it is nearly done.
void TicketBook::on_shift_end(std::uint32_t index, Instant now) {
    Ticket& ticket = change(index);
    const std::string reason = "the shift of " + ticket.assignee.str() + " has ended";
    const Instant ended_at = *std::exchange(ticket.shift_ends_at, std::nullopt);
    happen(index, now,
           {.event = TicketEvent::note, .at = ended_at, .actor = kSystem, .note = reason});
    if (ticket.state.in_hand) return page(ticket, reason + ": hand over what it has", now);
    if (sending(index) == nullptr) return;
    ticket.tried.push_back(ticket.assignee);
    dispatch(index, now, kSystem, reason, now);
}

void TicketBook::assign(Ticket& ticket, const Name& crew, Instant now) {
    const Crew* known = rulebook_->roster.crew(crew.view());
    ticket.shift_ends_at =
        known == nullptr ? std::nullopt : shift_end(*known, rulebook_->time_zone, now);
    if (ticket.assignee == crew) return;
    if (const auto load = loads_.find(ticket.assignee); load != loads_.end() && load->second > 0) {
        --load->second;
    }
    ticket.assignee = crew;
    if (!crew.empty()) ++loads_[crew];
}

void TicketBook::end(std::uint32_t index, Instant at) {
    Ticket& ticket = change(index);
    ticket.closed_at = at;
    ticket.escalate_at.reset();
    ticket.shift_ends_at.reset();
    if (const auto load = loads_.find(ticket.assignee); load != loads_.end() && load->second > 0) {
        --load->second;
    }
    if (const auto open = open_by_hazard_.find(ticket.hazard_key);
        open != open_by_hazard_.end() && open->second == index) {
        open_by_hazard_.erase(open);
    }
}

void TicketBook::on_forget_timer(std::uint32_t index, Instant now) {
    const Ticket& ticket = at(index);
    if (is_open(ticket.state) || !ticket.closed_at || *ticket.closed_at + kForgetAfter > now)
        return;
    changes_.effects.emplace_back(ForgetTicket{ticket.id});
}

}  // namespace mercaptan::processor
