#include "processor/io/render.h"

#include <algorithm>

#include "common/json/writer.h"
#include "processor/core/texts.h"

namespace mercaptan::processor {
namespace {

/// What RFC 3339 can't write is shown as the nearest that it can.
Instant shown(Instant at) {
    return std::clamp(at, kInstantMin, kInstantMax);
}

std::optional<Instant> shown(const std::optional<Instant>& at) {
    return at ? std::optional{shown(*at)} : std::nullopt;
}

/// Null instead of an empty text.
std::optional<std::string_view> given(std::string_view text) {
    return text.empty() ? std::nullopt : std::optional{text};
}

std::optional<int> number_of(const std::optional<TicketClass>& ticket_class) {
    return ticket_class ? std::optional{static_cast<int>(*ticket_class)} : std::nullopt;
}

std::optional<std::string_view> name_of_state(const std::optional<TicketState>& state) {
    return state ? std::optional{to_string(*state)} : std::nullopt;
}

void write_cause(JsonWriter& json, const Cause& cause) {
    json.begin_object();
    json.member("condition", cause.condition);
    json.member("device", given(cause.device));
    json.member("value", cause.value);
    json.member("unit", given(cause.unit));
    json.member("at", shown(cause.at));
    json.end_object();
}

void write_clock(JsonWriter& json, const Clock& clock) {
    json.begin_object();
    json.member("name", clock.name);
    json.member("cycle", clock.cycle);
    json.member("status", to_string(clock.status));
    json.member("started_at", shown(clock.started_at));
    json.member("due_at",
                clock.due_at == kNever ? std::nullopt : std::optional{shown(clock.due_at)});
    json.member("ended_at", shown(clock.ended_at));
    if (!clock.pauses.empty()) {
        json.key("pauses");
        json.begin_array();
        for (const Pause& pause : clock.pauses) {
            json.begin_object();
            json.member("from", shown(pause.from));
            json.member("until", shown(pause.until));
            json.member("resumed", pause.resumed);
            json.member("reason", given(pause.reason));
            json.end_object();
        }
        json.end_array();
    }
    json.end_object();
}

void write_text(JsonWriter& json, const Text& text) {
    json.member("zh", text.zh);
    json.member("en", text.en);
}

void write_guidance(JsonWriter& json, std::string_view cause_condition) {
    const Guidance guidance = guidance_for(cause_condition);
    json.begin_object();
    write_text(json, guidance.summary);
    json.key("steps");
    json.begin_array();
    for (const GuidanceStep& step : guidance.steps) {
        json.begin_object();
        json.member("id", step.id);
        write_text(json, step.text);
        json.end_object();
    }
    json.end_array();
    json.end_object();
}

void write_fields(JsonWriter& json, std::string_view key, const std::vector<Field>& fields) {
    if (fields.empty()) return;
    json.key(key);
    json.begin_object();
    for (const Field& field : fields) json.member(field.name.view(), field.value);
    json.end_object();
}

/// What most tickets have none of.
void write_evidence(JsonWriter& json, const Ticket& ticket) {
    write_fields(json, "fields", ticket.fields);
    if (!ticket.evidence_owed.empty()) {
        json.key("evidence_owed");
        json.begin_array();
        for (const Name& field : ticket.evidence_owed) json.value(field.view());
        json.end_array();
    }
    if (ticket.reopened > 0) json.member("reopened", ticket.reopened);
}

void write_ticket_members(JsonWriter& json, const Ticket& ticket) {
    json.member("id", ticket.id);
    json.member("kind", to_string(ticket.kind));
    json.member("class", number_of(ticket.ticket_class));
    json.member("policy", ticket.policy);
    json.member("policy_version", ticket.policy_version);
    json.member("calendar_version", ticket.calendar_version);
    json.member("state", to_string(ticket.state));
    json.member("site", ticket.site.view());
    json.member("zone", given(ticket.zone));
    json.key("devices");
    json.begin_array();
    for (const Name& device : ticket.devices) json.value(device.view());
    json.end_array();
    json.key("cause");
    write_cause(json, ticket.cause);
    json.member("opened_at", shown(ticket.opened_at));
    json.member("recorded_at", shown(ticket.recorded_at));
    json.member("closed_at", shown(ticket.closed_at));
    json.member("assignee", given(ticket.assignee));
    json.member("attempt", ticket.attempt);
    json.member("escalation_level", ticket.escalation_level);
    json.key("clocks");
    json.begin_array();
    for (const Clock& clock : ticket.clocks) write_clock(json, clock);
    json.end_array();
    write_evidence(json, ticket);
    json.member("channel", ticket.channel);
    json.member("symptom", given(ticket.symptom));
    json.member("unregistered", ticket.unregistered);
    json.member("late", ticket.late);
    json.member("rule_version", ticket.rule_version);
    json.member("version", ticket.version);
    json.key("source_events");
    json.begin_array();
    for (const std::string& event : ticket.source_events) json.value(event);
    json.end_array();
    json.member("source_event_count", ticket.source_count);
}

void write_reporter(JsonWriter& json, const Reporter& reporter) {
    json.begin_object();
    json.member("name", given(reporter.name));
    json.member("phone", given(reporter.phone));
    json.member("account", given(reporter.account));
    json.member("address", given(reporter.address));
    json.end_object();
}

void write_registry_members(JsonWriter& json, const RegistryEntry& entry) {
    const auto date = [](const std::optional<Instant>& at) {
        return at ? std::optional{to_rfc3339(shown(*at)).substr(0, 10)} : std::nullopt;
    };
    json.member("zone", given(entry.zone));
    json.member("group", given(entry.group));
    json.member("kind", to_string(entry.kind));
    json.member("profile", entry.profile);
    json.member("gas", to_string(entry.gas));
    json.member("location", given(entry.location));
    json.member("valve_device", given(entry.valve_device));
    json.member("installed_on", date(entry.installed_on));
    json.member("expires_on", date(entry.expires_on));
    json.member("expected_interval_s",
                entry.expected_interval
                    ? std::optional{static_cast<double>(entry.expected_interval->count()) / 1000.0}
                    : std::nullopt);
}

void write_state_members(JsonWriter& json, const DeviceRow* state) {
    const DeviceRow none;
    const DeviceRow& row = state != nullptr ? *state : none;
    json.member("offline", row.offline);
    json.member("silent", row.silent);
    json.member("last_event_at", shown(row.last_event_at));
    json.member("last_received_at", shown(row.last_received_at));
    json.member("last_seq", row.last_seq);
    json.member("gateway", given(row.gateway));
    json.member("known_since",
                state != nullptr ? std::optional{shown(row.known_since)} : std::nullopt);
}

}  // namespace

void render_ticket(std::string& out, const Ticket& ticket) {
    JsonWriter json{out};
    json.begin_object();
    write_ticket_members(json, ticket);
    json.end_object();
}

void render_ticket_in_full(std::string& out, const Ticket& ticket,
                           std::span<const Reporter> reporters) {
    JsonWriter json{out};
    json.begin_object();
    write_ticket_members(json, ticket);
    if (!ticket.description.empty()) json.member("description", ticket.description);
    if (!ticket.safety.empty()) {
        json.key("safety");
        json.raw(ticket.safety);
    }
    if (!reporters.empty()) {
        json.key("reporter");
        write_reporter(json, reporters.front());
    }
    if (reporters.size() > 1) {
        json.key("further_reporters");
        json.begin_array();
        for (const Reporter& reporter : reporters.subspan(1)) write_reporter(json, reporter);
        json.end_array();
    }
    json.end_object();
}

void render_log_entry(std::string& out, const LogEntry& entry) {
    JsonWriter json{out};
    json.begin_object();
    json.member("index", entry.index);
    json.member("version", entry.version);
    json.member("at", shown(entry.at));
    json.member("recorded_at", shown(entry.recorded_at));
    json.member("actor", entry.actor);
    json.member("event", to_string(entry.event));
    json.member("clock", given(entry.clock));
    json.member("from", name_of_state(entry.from));
    json.member("to", name_of_state(entry.to));
    json.member("late_s", entry.late
                              ? std::optional{static_cast<double>(entry.late->count()) / 1000.0}
                              : std::nullopt);
    json.member("note", given(entry.note));
    if (!entry.policy.empty()) {
        json.member("policy", entry.policy);
        json.member("policy_version", entry.policy_version);
    }
    if (!entry.calendar_version.empty()) json.member("calendar_version", entry.calendar_version);
    write_fields(json, "fields", entry.fields);
    json.end_object();
}

void render_alarm(std::string& out, const Alarm& alarm, Instant now) {
    const bool shelved = alarm.shelved_until && *alarm.shelved_until > now;
    AlarmState state = state_of(alarm);
    if (state == AlarmState::shelved && !shelved) {
        Alarm back = alarm;
        back.shelved_until.reset();
        state = state_of(back);
    }
    JsonWriter json{out};
    json.begin_object();
    json.member("id", alarm.id);
    json.member("site", alarm.site.view());
    json.member("zone", given(alarm.zone));
    json.member("device", alarm.device.view());
    json.member("condition", alarm.condition);
    json.member("state", to_string(state));
    json.member("active", alarm.active);
    json.member("present", alarm.present);
    json.member("acked", alarm.acked);
    json.member("confirmed", alarm.confirmed);
    json.member("latched", alarm.latched);
    json.member("shelved", shelved);
    json.member("shelved_until", shelved ? shown(alarm.shelved_until) : std::nullopt);
    json.member("shelved_once", shelved && alarm.shelved_once);
    json.member("suppressed", alarm.suppressed || alarm.suppressed_by_design);
    json.member("out_of_service", alarm.out_of_service);
    json.member("window", given(alarm.window));
    json.member("severity", alarm.severity);
    json.member("value", alarm.value);
    json.member("unit", given(alarm.unit));
    json.member("since", shown(alarm.since));
    json.member("changed_at", shown(alarm.changed_at));
    json.member("occurrences", alarm.occurrences);
    json.member("late", alarm.late);
    json.member("ticket_id", given(alarm.ticket_id));
    json.member("re_alarms", std::uint64_t{alarm.re_alarms});
    json.member("actor", given(alarm.actor));
    json.member("note", given(alarm.note));
    json.end_object();
}

void render_dispatch_order(std::string& out, const DispatchOrder& order) {
    JsonWriter json{out};
    json.begin_object();
    json.member("order_id", order.order_id);
    json.member("ticket_id", order.ticket_id);
    json.member("class", number_of(order.ticket_class));
    json.member("site", order.site.view());
    json.member("zone", given(order.zone));
    json.member("crew", given(order.crew));
    json.member("attempt", order.attempt);
    json.member("issued_at", shown(order.issued_at));
    json.member("accept_by", shown(order.accept_by));
    json.member("depart_by", shown(order.depart_by));
    json.key("cause");
    write_cause(json, order.cause);
    json.key("guidance");
    write_guidance(json, order.cause.condition);
    json.end_object();
}

void render_page(std::string& out, const Page& page) {
    const PageText text = text_of(page);
    JsonWriter json{out};
    json.begin_object();
    json.member("page_id", page.page_id);
    json.member("ticket_id", page.ticket_id);
    json.member("class", number_of(page.ticket_class));
    json.member("site", page.site.view());
    json.member("zone", given(page.zone));
    json.member("level", page.level);
    if (!page.role.empty()) json.member("role", page.role.view());
    json.member("at", shown(page.at));
    json.member("reason", page.reason);
    json.key("text");
    json.begin_object();
    json.member("zh", text.zh);
    json.member("en", text.en);
    json.end_object();
    json.end_object();
}

void render_guidance(std::string& out, std::string_view cause_condition) {
    JsonWriter json{out};
    write_guidance(json, cause_condition);
}

void render_device(std::string& out, const std::optional<RegistryEntry>& entry,
                   const DeviceRow* state) {
    MERCAPTAN_CHECK(entry.has_value() || state != nullptr);
    JsonWriter json{out};
    json.begin_object();
    json.member("id", entry ? entry->device_id.view() : state->device.view());
    json.member("site", state != nullptr ? state->site.view() : entry->site.view());
    json.member("unregistered", !entry);
    if (entry) write_registry_members(json, *entry);
    write_state_members(json, state);
    json.end_object();
}

void render_reading(std::string& out, const HistoryRow& row) {
    const Reading& reading = row.reading;
    JsonWriter json{out};
    json.begin_object();
    json.member("at", shown(reading.at()));
    json.member("received_at", shown(reading.received_at));
    json.member("recorded_at", shown(row.recorded_at));
    json.member("site", reading.site.view());
    json.member("seq", reading.seq);
    json.key("values");
    json.begin_object();
    reading.values.for_each([&](Quantity q, double number) { json.member(to_string(q), number); });
    json.end_object();
    json.key("status");
    json.begin_array();
    reading.status.for_each([&](Status status) { json.value(to_string(status)); });
    json.end_array();
    json.member("urgent", reading.urgent);
    json.member("late", row.late);
    json.member("quality", to_string(row.quality));
    json.end_object();
}

}  // namespace mercaptan::processor
