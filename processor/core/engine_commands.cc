#include <algorithm>
#include <string>
#include <utility>

#include "processor/core/engine.h"

namespace mercaptan::processor {

void Engine::on(Instant now, const OperatorCommand& command) {
    Reply reply;
    reply.command = command.id;
    const auto known = command.idempotency_key.empty() ? idempotency_.end()
                                                       : idempotency_.find(command.idempotency_key);
    if (known != idempotency_.end()) {
        reply.ticket_id = known->second;
        reply.replayed = true;
    } else {
        std::visit([&](const auto& what) { answer(reply, command, what, now); }, command.what);
        const bool done = !reply.error && !reply.ticket_id.empty();
        if (done && !command.idempotency_key.empty())
            remember(command.idempotency_key, reply.ticket_id);
    }
    changes_.replies.push_back(std::move(reply));
}

void Engine::remember(const std::string& key, const std::string& ticket_id) {
    restore_idempotency(key, ticket_id);
    changes_.idempotency.emplace_back(key, ticket_id);
}

Result<Evidence> Engine::evidence_of(const OperatorCommand& command, const FaultReport& report,
                                     Instant now) const {
    const auto& by_symptom =
        rulebook_->rules.symptom_class[static_cast<std::size_t>(report.symptom)];
    Evidence evidence;
    evidence.kind = report.kind;
    evidence.ticket_class = report.ticket_class;
    if (!evidence.ticket_class && report.kind == TicketKind::repair)
        evidence.ticket_class = by_symptom;
    evidence.policy = report.policy;
    if (!report.policy.empty()) {
        const Policy* policy = rulebook_->policy_named(report.policy);
        if (policy == nullptr || policy->kind != report.kind) {
            return fail(ErrorCode::invalid_input, "there is no such policy of this kind", "policy");
        }
        evidence.ticket_class = policy->ticket_class;
    } else if (rulebook_->policy_for(report.kind, evidence.ticket_class) == nullptr) {
        return fail(ErrorCode::invalid_input, "there is no policy for this kind and class", "kind");
    }
    if (report.received_at && *report.received_at > now) {
        return fail(ErrorCode::invalid_input, "must not lie in the future", "received_at");
    }
    evidence.site = report.site;
    evidence.zone = report.zone.empty() ? zone_of(report.site) : report.zone;
    evidence.cause = {.condition = "report." + std::string{to_string(report.symptom)},
                      .device = {},
                      .value = std::nullopt,
                      .unit = {},
                      .at = report.occurred_at.value_or(report.received_at.value_or(now))};
    evidence.received_at = report.received_at.value_or(now);
    evidence.channel = report.channel;
    evidence.symptom = to_string(report.symptom);
    evidence.description = report.description;
    evidence.safety = report.safety;
    evidence.actor = command.actor;
    evidence.source = "report/" + report.channel + "/" + std::to_string(now.ms) + "." +
                      std::to_string(book_.size());
    const bool emergency =
        report.kind == TicketKind::repair && evidence.ticket_class == TicketClass::one;
    if (!report.site.empty()) {
        const std::string hazard = emergency ? "leak/" : "report/" + evidence.symptom + "/";
        evidence.hazard_key = hazard + report.site.str();
    }
    return evidence;
}

void Engine::answer(Reply& reply, const OperatorCommand& command, const FaultReport& report,
                    Instant now) {
    auto evidence = evidence_of(command, report, now);
    if (!evidence) {
        reply.error = evidence.error();
        return;
    }
    const bool emergency = evidence->ticket_class == TicketClass::one;
    if (const auto open = book_.open_for(evidence->hazard_key); open && !emergency) {
        // Only what was said a short while ago is the same matter.
        const bool same = now - book_.at(*open).touched_at <= rulebook_->rules.incident_window;
        if (!same || report.kind != TicketKind::repair) evidence->hazard_key.clear();
    }
    if (report.kind != TicketKind::repair) evidence->hazard_key.clear();
    const TicketBook::Outcome outcome = book_.report(*evidence, now);
    reply.ticket_id = book_.at(outcome.ticket).id;
    reply.created = outcome.opened;
    note_emergency(outcome.ticket, now);
}

void Engine::answer(Reply& reply, const OperatorCommand& command, const TicketCommand& event,
                    Instant now) {
    const auto index = book_.find(event.ticket_id);
    if (!index) {
        reply.error = Error{ErrorCode::not_found, "there is no ticket " + event.ticket_id, {}};
        return;
    }
    if (auto applied = book_.apply(*index, event, command.actor, now); !applied) {
        reply.error = applied.error();
        for (const TicketEvent allowed : book_.allowed_events(*index)) {
            reply.allowed.emplace_back(to_string(allowed));
        }
        return;
    }
    const Ticket& ticket = book_.at(*index);
    reply.ticket_id = ticket.id;
    if (!is_open(ticket.state)) release_alarms(ticket, now);
}

}  // namespace mercaptan::processor
