#include "tests/simulation/operators.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "tests/support/repair_names.h"

namespace mercaptan::simulation {
namespace {

using namespace std::chrono_literals;
using processor::AlarmEvent;
using processor::TicketEvent;
using processor::TicketState;
using E = processor::RepairEvent;

constexpr Duration kPatience{10'000};  // Of a caller without an answer.

TicketEvent next_step(const TicketState& state) {
    using S = processor::RepairState;
    static const std::map<TicketState, TicketEvent> kNext{
        {S::raised, E::dispatch}, {S::dispatched, E::accept}, {S::accepted, E::depart},
        {S::departed, E::arrive}, {S::on_site, E::make_safe}, {S::made_safe, E::repair},
        {S::repaired, E::close},
    };
    const auto found = kNext.find(state);
    return found == kNext.end() ? E::reopen : found->second;
}

}  // namespace

void Operators::start() {
    if (p_.plan.operator_every > 0ms) work_later();
    if (p_.plan.hotline_every > 0ms) call_later();
}

void Operators::work_later() {
    p_.timeline.after(p_.random.around(p_.plan.operator_every), [this] {
        if (stopped_) return;
        work();
        work_later();
    });
}

void Operators::work() {
    const auto& tickets = p_.store.tickets();
    if (tickets.empty() || !p_.processor.alive()) return;
    const auto chosen =
        std::next(tickets.begin(), static_cast<std::ptrdiff_t>(p_.random.below(tickets.size())));
    processor::TicketCommand what;
    what.ticket_id = chosen->first;
    what.note = "because";
    std::string actor = p_.random.chance(0.5) ? "crew-1" : "supervisor-1";
    what.event = next_step(chosen->second.state);
    if (!p_.random.chance(p_.plan.operator_completes)) {
        what.event = p_.random.pick<TicketEvent>(
            {E::decline, E::dispatch, TicketEvent::note, E::cancel, E::reopen, E::reclassify});
        what.ticket_class = processor::TicketClass::one;
    } else if (what.event == E::reopen && !p_.random.chance(0.1)) {
        return;  // Seldom does work that was ended begin again.
    }
    if (p_.random.chance(0.2)) what.if_version = chosen->second.version;
    p_.processor.submit({.id = 0, .actor = actor, .idempotency_key = {}, .what = what},
                        [this](const processor::CommandOutcome& outcome) { heard(outcome); });
    if (p_.store.alarms().empty() || !p_.random.chance(0.3)) return;
    const auto& alarms = p_.store.alarms();
    const auto alarm =
        std::next(alarms.begin(), static_cast<std::ptrdiff_t>(p_.random.below(alarms.size())));
    processor::AlarmCommand act;
    act.alarm_id = alarm->first;
    act.event = p_.random.pick({AlarmEvent::ack, AlarmEvent::confirm, AlarmEvent::reset,
                                AlarmEvent::shelve, AlarmEvent::shelve_once, AlarmEvent::unshelve,
                                AlarmEvent::suppress, AlarmEvent::unsuppress,
                                AlarmEvent::out_of_service, AlarmEvent::in_service});
    act.until = p_.timeline.now() + 5min;
    act.note = "because";
    p_.processor.submit({.id = 0, .actor = actor, .idempotency_key = {}, .what = act},
                        [this](const processor::CommandOutcome& outcome) { heard(outcome); });
}

/// What a person is told is true already.
void Operators::heard(const processor::CommandOutcome& outcome) {
    const processor::Reply& reply = outcome.reply;
    if (reply.error || reply.ticket_id.empty()) return;
    if (!p_.store.tickets().contains(reply.ticket_id))
        p_.findings.add("answers", reply.ticket_id + " is answered and not committed");
}

void Operators::call_later() {
    p_.timeline.after(p_.random.around(p_.plan.hotline_every), [this] {
        if (stopped_) return;
        const std::size_t number = p_.truth.calls.size();
        Call& call = p_.truth.calls.emplace_back();
        call.key = "call-" + std::to_string(number);
        call.actor = "caller-" + std::to_string(number);
        call.site = p_.random.pick(p_.plan.sites).id;
        this->call(number);
        call_later();
    });
}

void Operators::call(std::size_t number) {
    const Call& call = p_.truth.calls[number];
    processor::FaultReport report;
    report.channel = "hotline";
    report.site = Name{call.site};
    report.symptom = p_.random.pick({processor::Symptom::gas_smell, processor::Symptom::leak});
    report.description = "smells";
    p_.processor.submit(
        {.id = 0, .actor = call.actor, .idempotency_key = call.key, .what = report},
        [this, number](const processor::CommandOutcome& outcome) {
            heard(outcome);
            Call& answered = p_.truth.calls[number];
            if (outcome.reply.error)
                return p_.findings.add("answers",
                                       "a call is refused: " + outcome.reply.error->message);
            if (answered.ticket_id && *answered.ticket_id != outcome.reply.ticket_id) {
                p_.findings.add("idempotency", answered.key + " is told " + *answered.ticket_id +
                                                   " and " + outcome.reply.ticket_id);
            }
            answered.ticket_id = outcome.reply.ticket_id;
        });
    p_.timeline.after(kPatience, [this, number] {
        // Some ask again although they were told.
        const bool told = p_.truth.calls[number].ticket_id.has_value();
        if (!told || p_.random.chance(0.2)) this->call(number);
    });
}

void Operators::check() {
    for (const Call& call : p_.truth.calls) {
        if (!call.ticket_id) {
            p_.findings.add("answers", call.key + " was never answered");
            continue;
        }
        std::size_t taken = 0;
        for (const auto& [id, ticket] : p_.store.tickets()) {
            for (const processor::LogEntry& entry : p_.store.log(id)) {
                const bool report =
                    entry.event == TicketEvent::raised || entry.event == TicketEvent::joined;
                if (report && entry.actor == call.actor) ++taken;
            }
        }
        if (taken != 1) {
            p_.findings.add("idempotency",
                            call.key + " was taken " + std::to_string(taken) + " times");
        }
    }
}

}  // namespace mercaptan::simulation
