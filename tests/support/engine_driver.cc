#include "tests/support/engine_driver.h"

#include <algorithm>
#include <utility>

#include "common/domain/check.h"
#include "processor/io/policy_file.h"

namespace mercaptan::processor::test {
namespace {

using namespace std::chrono_literals;

Condition gas(std::string id, double set, double clear, std::optional<TicketClass> ticket) {
    Condition condition;
    condition.id = std::move(id);
    condition.bands = {{.set = set, .clear = clear}};
    condition.ticket = ticket;
    condition.hazard = Hazard::leak;
    condition.latched = ticket == TicketClass::one;
    return condition;
}

Condition flag(std::string id, std::vector<Status> flags, TicketClass ticket) {
    Condition condition;
    condition.id = std::move(id);
    condition.input = Input::status;
    for (const Status status : flags) condition.any_of.add(status);
    condition.ticket = ticket;
    return condition;
}

Condition event(std::string id, Input input, TicketClass ticket) {
    Condition condition;
    condition.id = std::move(id);
    condition.input = input;
    condition.ticket = ticket;
    return condition;
}

void add_emergencies(std::vector<Condition>& conditions) {
    const std::vector detectors{DeviceKind::leak_detector, DeviceKind::co_detector};
    conditions.push_back(gas("gas.notice", 5, 3, std::nullopt));
    conditions.push_back(gas("gas.warn", 10, 8, TicketClass::two));
    conditions.push_back(gas("gas.alarm", 20, 17, TicketClass::one));
    conditions.push_back(gas("gas.critical", 50, 47, TicketClass::one));
    Condition own =
        flag("device.gas_alarm", {Status::alarm_low, Status::alarm_high}, TicketClass::one);
    own.kinds = detectors;
    own.hazard = Hazard::leak;
    own.latched = true;
    conditions.push_back(own);
    Condition co;
    co.id = "co.dose";
    co.input = Input::quantity;
    co.quantity = Quantity::co_ppm;
    co.bands = {{300, 300, 0ms}, {100, 100, 10min}, {50, 50, 60min}};
    co.ticket = TicketClass::one;
    co.hazard = Hazard::leak;
    co.latched = true;
    conditions.push_back(co);
    Condition unreadable = event("device.unreadable_alarm", Input::unreadable, TicketClass::one);
    unreadable.hazard = Hazard::leak;
    unreadable.latched = true;
    conditions.push_back(unreadable);
}

void add_maintenance(std::vector<Condition>& conditions) {
    Condition meter =
        flag("device.meter_alarm", {Status::alarm_low, Status::alarm_high}, TicketClass::two);
    meter.kinds = {DeviceKind::gas_meter, DeviceKind::pressure_sensor, DeviceKind::valve};
    conditions.push_back(meter);
    conditions.push_back(flag("device.sensor_fault", {Status::sensor_fault}, TicketClass::two));
    conditions.push_back(flag("device.tamper", {Status::tamper}, TicketClass::two));
    conditions.push_back(flag("device.low_battery", {Status::low_battery}, TicketClass::three));
    conditions.push_back(flag("device.end_of_life", {Status::end_of_life}, TicketClass::three));
    conditions.push_back(event("device.offline", Input::silence, TicketClass::two));
    conditions.push_back(event("valve.failed", Input::valve, TicketClass::two));
}

std::shared_ptr<const Policy> policy(std::string_view text) {
    auto policy = parse_policy(text, "standard.yaml");
    MERCAPTAN_CHECK(policy.has_value());
    return std::make_shared<const Policy>(*std::move(policy));
}

constexpr std::string_view kClass1 = R"(
policy: repair.class1
kind: repair
class: 1
clocks:
  - {name: dispatch, from: raised, until: dispatched, within: 1m, on_breach: [page]}
  - {name: accept, from: dispatched, until: accepted, within: 10m, on_breach: [redispatch, escalate]}
  - name: depart
    from: raised
    until: departed
    within: 30m
    warn_at: [15m, 25m]
    on_breach: [escalate, page]
  - {name: arrive, from: raised, until: on_site, within: 60m, on_breach: [escalate]}
)";

constexpr std::string_view kClass2 = R"(
policy: repair.class2
kind: repair
class: 2
clocks:
  - {name: dispatch, from: raised, until: dispatched, within: 2h, on_breach: [page]}
  - {name: accept, from: dispatched, until: accepted, within: 10m, on_breach: [redispatch]}
  - {name: arrive, from: dispatched, until: on_site, within: 8h, warn_at: [4h], on_breach: [page]}
)";

constexpr std::string_view kClass3 = R"(
policy: repair.class3
kind: repair
class: 3
auto_dispatch: false
clocks:
  - {name: accept, from: dispatched, until: accepted, within: 10m}
)";

}  // namespace

Rulebook standard_rulebook() {
    Rulebook rulebook;
    rulebook.rules.version = "r-test";
    add_emergencies(rulebook.rules.conditions);
    add_maintenance(rulebook.rules.conditions);
    auto& symptoms = rulebook.rules.symptom_class;
    symptoms.fill(TicketClass::two);
    for (const Symptom s : {Symptom::gas_smell, Symptom::leak, Symptom::pipe_break, Symptom::fire,
                            Symptom::explosion}) {
        symptoms[static_cast<std::size_t>(s)] = TicketClass::one;
    }
    symptoms[static_cast<std::size_t>(Symptom::other)] = TicketClass::three;
    rulebook.policies = {policy(kClass1), policy(kClass2), policy(kClass3)};
    rulebook.roster.crews = {{"crew-1", {"north"}, {}}, {"crew-2", {"north"}, {}}};
    rulebook.roster.people = {{"supervisor-1", "supervisor"}, {"dispatcher-1", "dispatcher"}};
    return rulebook;
}

RegistryEntry registered(std::string_view site, std::string_view device, DeviceKind kind) {
    RegistryEntry entry;
    entry.site = site;
    entry.device_id = device;
    entry.zone = "north";
    entry.kind = kind;
    return entry;
}

EngineDriver::EngineDriver(Rulebook rulebook)
    : rulebook_{std::make_shared<const Rulebook>(std::move(rulebook))},
      engine_{std::make_unique<Engine>(rulebook_, kStart)} {
    engine_->recovered(kStart);
}

void EngineDriver::wait(Duration duration) {
    const Instant until = now_ + duration;
    while (const auto due = engine_->next_deadline()) {
        if (*due > until) break;
        now_ = std::max(now_, *due);
        record(Tick{});
    }
    now_ = until;
}

ReadingVerdict EngineDriver::read(const ReadingSpec& spec) {
    Reading reading;
    reading.site = spec.site;
    reading.device = spec.device;
    for (const auto& [quantity, number] : spec.values) reading.values.set(quantity, number);
    reading.has_status = spec.status.has_value();
    for (const Status status : spec.status.value_or(std::vector<Status>{}))
        reading.status.add(status);
    reading.event_at = spec.event_at.value_or(now_);
    if (reading.event_at->ms == 0) reading.event_at.reset();
    reading.received_at = spec.received_at.value_or(now_);
    reading.seq = spec.seq;
    reading.origin = {
        .epoch = 1, .seq = log_.size() + rows_.devices.size(), .part = 0, .lane = Lane::bulk};
    const ReadingVerdict verdict = engine_->step(now_, Name{spec.gateway}, reading);
    if (!verdict.duplicate)
        journal_[reading.site.str() + "/" + reading.device.str()].push_back(reading);
    collect();
    return verdict;
}

ReadingVerdict EngineDriver::gas(double lel_pct, std::string_view device, std::string_view site) {
    return read({.site = site, .device = device, .values = {{Quantity::ch4_lel_pct, lel_pct}}});
}

Reply EngineDriver::command(std::string_view actor, decltype(OperatorCommand::what) what,
                            std::string key) {
    record(OperatorCommand{.id = 1,
                           .actor = std::string{actor},
                           .idempotency_key = std::move(key),
                           .what = std::move(what)});
    return replies_.back();
}

Reply EngineDriver::act(std::string_view ticket, const TicketEvent& event, std::string_view actor,
                        std::string note) {
    TicketCommand what;
    what.ticket_id = ticket;
    what.event = event;
    what.note = std::move(note);
    return command(actor, what);
}

void EngineDriver::work(std::string_view ticket, const TicketState& until) {
    using E = RepairEvent;
    const TicketEvent steps[] = {E::accept,    E::depart, E::arrive,
                                 E::make_safe, E::repair, E::close};
    const LifeCycle& life = *built_in_life_cycle();
    for (const TicketEvent& step : steps) {
        if (*life.state(this->ticket(ticket).state.name) >= *life.state(until.name)) return;
        wait(std::chrono::minutes{1});
        MERCAPTAN_CHECK(!act(ticket, step).error);
    }
}

void EngineDriver::record(decltype(Record::body) body) {
    const bool ours = std::holds_alternative<Tick>(body) || std::holds_alternative<Reload>(body) ||
                      std::holds_alternative<OperatorCommand>(body);
    engine_->step(Record{.at = now_, .gateway = ours ? "" : "gw-1", .body = std::move(body)});
    collect();
}

void EngineDriver::restart(Duration after) {
    now_ = now_ + after;
    rise({});
}

void EngineDriver::restart_with(Rulebook rulebook, const EarlierVersions& earlier) {
    rulebook_ = std::make_shared<const Rulebook>(std::move(rulebook));
    rise(earlier);
}

void EngineDriver::reload(Rulebook rulebook) {
    rulebook_ = std::make_shared<const Rulebook>(std::move(rulebook));
    record(Reload{rulebook_});
}

void EngineDriver::rise(const EarlierVersions& earlier) {
    engine_ = std::make_unique<Engine>(rulebook_, now_);
    engine_->know(earlier);
    for (const auto& [id, row] : rows_.devices) engine_->restore(row);
    for (const auto& [id, alarm] : rows_.alarms) engine_->restore(alarm);
    for (const auto& [id, ticket] : rows_.tickets) engine_->restore(ticket);
    for (const auto& [key, readings] : journal_) {
        for (const Reading& reading : readings) engine_->catch_up(reading);
    }
    engine_->recovered(now_);
    collect();
}

void EngineDriver::collect() {
    const Changes& changes = engine_->changes();
    for (const auto index : changes.tickets)
        rows_.tickets[engine_->ticket(index).id] = engine_->ticket(index);
    for (const auto index : changes.alarms)
        rows_.alarms[engine_->alarm(index).id] = engine_->alarm(index);
    for (const auto index : changes.devices) {
        DeviceRow row = engine_->row_of(index);
        const std::string key = row.site.str() + "/" + row.device.str();
        rows_.devices[key] = std::move(row);
        journal_.erase(key);  // All of it is in the row.
    }
    log_.insert(log_.end(), changes.log.begin(), changes.log.end());
    effects_.insert(effects_.end(), changes.effects.begin(), changes.effects.end());
    replies_.insert(replies_.end(), changes.replies.begin(), changes.replies.end());
    engine_->clear_changes();
}

std::vector<Ticket> EngineDriver::tickets() const {
    std::vector<Ticket> all;
    for (const auto& [id, ticket] : rows_.tickets) all.push_back(ticket);
    return all;
}

Ticket EngineDriver::only_ticket() const {
    MERCAPTAN_CHECK(rows_.tickets.size() == 1);
    return rows_.tickets.begin()->second;
}

std::optional<Alarm> EngineDriver::alarm(std::string_view condition,
                                         std::string_view device) const {
    for (const auto& [id, alarm] : rows_.alarms) {
        if (alarm.condition == condition && alarm.device == device) return alarm;
    }
    return std::nullopt;
}

std::vector<std::string> EngineDriver::active_conditions(std::string_view device) const {
    std::vector<std::string> active;
    for (const auto& [id, alarm] : rows_.alarms) {
        if (alarm.active && alarm.device == device) active.push_back(alarm.condition);
    }
    std::sort(active.begin(), active.end());
    return active;
}

std::vector<std::string> EngineDriver::story(std::string_view ticket_id) const {
    std::vector<std::string> lines;
    for (const LogEntry& entry : log(ticket_id)) {
        lines.push_back(std::string{to_string(entry.event)} +
                        (entry.clock.empty() ? "" : " " + entry.clock));
    }
    return lines;
}

std::vector<LogEntry> EngineDriver::log(std::string_view ticket_id) const {
    std::vector<LogEntry> lines;
    for (const LogEntry& entry : log_) {
        if (entry.ticket_id == ticket_id) lines.push_back(entry);
    }
    return lines;
}

std::optional<Clock> clock_of(const Ticket& ticket, std::string_view name) {
    std::optional<Clock> latest;
    for (const Clock& clock : ticket.clocks) {
        if (clock.name == name) latest = clock;
    }
    return latest;
}

}  // namespace mercaptan::processor::test
