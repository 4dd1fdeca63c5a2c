#include <algorithm>
#include <cmath>

#include "processor/io/rows.h"
#include "processor/io/rows.pb.h"
#include "processor/io/rows_legacy.h"

// Tickets, their log and alarms as protobuf, because they will grow fields.
namespace mercaptan::processor {
namespace {

// A message per thread keeps its memory from row to row.
template <class Message>
Message& scratch() {
    thread_local Message message;
    message.Clear();
    return message;
}

template <class Message>
void write(std::string& out, const Message& message) {
    out.clear();
    message.AppendToString(&out);
}

template <class Message>
bool read(Message& message, std::string_view value) {
    return message.ParseFromArray(value.data(), static_cast<int>(value.size()));
}

/// Narrows what was read; remembers if anything did not fit.
class Checked {
public:
    [[nodiscard]] bool ok() const { return ok_; }

    Name name(const std::string& text) {
        if (Name::fits(text)) return Name{text};
        ok_ = false;
        return {};
    }
    Instant instant(std::int64_t ms) {
        const Instant at{ms};
        if (at >= kInstantMin && at <= kInstantMax) return at;
        ok_ = false;
        return {};
    }
    double number(double value) {
        expect(std::isfinite(value));
        return value;
    }
    template <class Enum>
    Enum one_of(std::uint32_t number, Enum last, std::uint32_t first = 0) {
        if (number >= first && number <= static_cast<std::uint32_t>(last)) {
            return static_cast<Enum>(number);
        }
        ok_ = false;
        return last;
    }
    template <class Names>
    std::vector<Name> names(const Names& texts) {
        std::vector<Name> out;
        out.reserve(static_cast<std::size_t>(texts.size()));
        for (const std::string& text : texts) out.push_back(name(text));
        return out;
    }
    void expect(bool condition) { ok_ = ok_ && condition; }

private:
    bool ok_ = true;
};

void fill(rows::Clock& out, const Clock& clock) {
    out.set_name(clock.name);
    out.set_cycle(clock.cycle);
    out.set_started_at_ms(clock.started_at.ms);
    out.set_due_at_ms(clock.due_at.ms);
    out.set_status(static_cast<std::uint32_t>(clock.status));
    if (clock.ended_at) out.set_ended_at_ms(clock.ended_at->ms);
    out.set_warnings(clock.warnings);
    if (clock.reached_at) out.set_reached_at_ms(clock.reached_at->ms);
    out.set_counted_from_ms(clock.counted_from.ms);
    out.set_within_unit(static_cast<std::uint32_t>(clock.within.unit));
    out.set_within_count(clock.within.count);
    for (const std::string& key : clock.fired) out.add_fired(key);
    for (const Pause& pause : clock.pauses) {
        rows::Pause* row = out.add_pauses();
        row->set_from_ms(pause.from.ms);
        row->set_until_ms(pause.until.ms);
        row->set_resumed(pause.resumed);
        row->set_reason(pause.reason);
    }
}

Clock clock_of(Checked& checked, const rows::Clock& in) {
    Clock clock;
    clock.name = in.name();
    clock.cycle = in.cycle();
    clock.started_at = checked.instant(in.started_at_ms());
    clock.due_at = checked.instant(in.due_at_ms());
    clock.status = checked.one_of(in.status(), ClockStatus::stopped);
    if (in.has_ended_at_ms()) clock.ended_at = checked.instant(in.ended_at_ms());
    clock.warnings = in.warnings();
    if (in.has_reached_at_ms()) clock.reached_at = checked.instant(in.reached_at_ms());
    clock.counted_from = checked.instant(in.counted_from_ms());
    clock.within.unit = checked.one_of(in.within_unit(), Span::Unit::business_days);
    clock.within.count = in.within_count();
    checked.expect(clock.within.count >= 0);
    clock.fired.assign(in.fired().begin(), in.fired().end());
    for (const rows::Pause& pause : in.pauses()) {
        clock.pauses.push_back({.from = checked.instant(pause.from_ms()),
                                .until = checked.instant(pause.until_ms()),
                                .resumed = pause.resumed(),
                                .reason = pause.reason()});
    }
    return clock;
}

void fill(rows::State& out, const TicketState& state) {
    out.set_name(state.name.str());
    out.set_category(static_cast<std::uint32_t>(state.category));
    out.set_in_hand(state.in_hand);
    out.set_safe(state.safe);
    out.set_en_route(state.en_route);
}

TicketState state_of(Checked& checked, const rows::State& in) {
    TicketState state;
    state.name = checked.name(in.name());
    state.category = checked.one_of(in.category(), StateCategory::voided);
    state.in_hand = in.in_hand();
    state.safe = in.safe();
    state.en_route = in.en_route();
    checked.expect(!state.name.empty());
    return state;
}

TicketState state_of(Checked& checked, std::uint32_t legacy) {
    const auto state = legacy_state(legacy);
    checked.expect(state.has_value());
    return state.value_or(TicketState{});
}

template <class Rows>
void fill_fields(Rows& out, const std::vector<Field>& fields) {
    for (const Field& field : fields) {
        rows::Field* row = out.Add();
        row->set_name(field.name.str());
        row->set_value(field.value);
    }
}

template <class Rows>
std::vector<Field> fields_of(Checked& checked, const Rows& in) {
    std::vector<Field> fields;
    for (const rows::Field& field : in)
        fields.push_back({checked.name(field.name()), field.value()});
    return fields;
}

void fill(rows::Cause& out, const Cause& cause) {
    out.set_condition(cause.condition);
    out.set_device(cause.device.str());
    if (cause.value) out.set_value(*cause.value);
    out.set_unit(cause.unit);
    out.set_at_ms(cause.at.ms);
}

Cause cause_of(Checked& checked, const rows::Cause& in) {
    Cause cause;
    cause.condition = in.condition();
    cause.device = checked.name(in.device());
    if (in.has_value()) cause.value = checked.number(in.value());
    cause.unit = in.unit();
    cause.at = checked.instant(in.at_ms());
    return cause;
}

/// What a ticket is about and where it stands; the rest is in `ticket_of`.
void take_identity(Checked& checked, const rows::Ticket& in, Ticket& ticket) {
    ticket.id = in.id();
    ticket.kind = checked.one_of(in.kind(), TicketKind::emergency_plan);
    if (in.ticket_class() != 0) {
        ticket.ticket_class = checked.one_of(in.ticket_class(), TicketClass::three, 1);
    }
    ticket.policy = in.policy();
    ticket.policy_version = in.policy_version();
    ticket.calendar_version = in.calendar_version();
    ticket.state =
        in.has_state() ? state_of(checked, in.state()) : state_of(checked, in.legacy_state());
    ticket.site = checked.name(in.site());
    ticket.zone = checked.name(in.zone());
    ticket.hazard_key = in.hazard_key();
    ticket.devices = checked.names(in.devices());
    ticket.cause = cause_of(checked, in.cause());
    ticket.channel = in.channel();
    ticket.symptom = in.symptom();
    ticket.description = in.description();
    ticket.safety = in.safety();
    ticket.unregistered = in.unregistered();
    ticket.late = in.late();
    ticket.rule_version = in.rule_version();
    ticket.source_events.assign(in.source_events().begin(), in.source_events().end());
    // A row from before there was a count named all that it knew of.
    ticket.source_count = std::max<std::uint64_t>(in.source_count(), ticket.source_events.size());
}

}  // namespace

void encode_ticket(std::string& out, const Ticket& ticket) {
    auto& row = scratch<rows::Ticket>();
    row.set_id(ticket.id);
    row.set_kind(static_cast<std::uint32_t>(ticket.kind));
    row.set_ticket_class(ticket.ticket_class ? static_cast<std::uint32_t>(*ticket.ticket_class)
                                             : 0);
    row.set_policy(ticket.policy);
    row.set_policy_version(ticket.policy_version);
    row.set_calendar_version(ticket.calendar_version);
    fill(*row.mutable_state(), ticket.state);
    row.set_site(ticket.site.str());
    row.set_zone(ticket.zone.str());
    row.set_hazard_key(ticket.hazard_key);
    for (const Name& device : ticket.devices) row.add_devices(device.str());
    fill(*row.mutable_cause(), ticket.cause);
    row.set_opened_at_ms(ticket.opened_at.ms);
    row.set_recorded_at_ms(ticket.recorded_at.ms);
    row.set_touched_at_ms(ticket.touched_at.ms);
    if (ticket.closed_at) row.set_closed_at_ms(ticket.closed_at->ms);
    row.set_assignee(ticket.assignee.str());
    row.set_attempt(ticket.attempt);
    for (const Name& crew : ticket.tried) row.add_tried(crew.str());
    row.set_escalation_level(ticket.escalation_level);
    if (ticket.escalate_at) row.set_escalate_at_ms(ticket.escalate_at->ms);
    if (ticket.shift_ends_at) row.set_shift_ends_at_ms(ticket.shift_ends_at->ms);
    for (const Name& role : ticket.escalation) row.add_escalation(role.str());
    for (const Clock& clock : ticket.clocks) fill(*row.add_clocks(), clock);
    for (const Stamp& stamp : ticket.stamps) {
        rows::Stamp* out_stamp = row.add_stamps();
        out_stamp->set_what(stamp.what.str());
        out_stamp->set_at_ms(stamp.at.ms);
    }
    fill_fields(*row.mutable_fields(), ticket.fields);
    for (const Name& owed : ticket.evidence_owed) row.add_evidence_owed(owed.str());
    row.set_reopened(ticket.reopened);
    for (const NoticeRef& notice : ticket.notices) {
        rows::NoticeRef* out_notice = row.add_notices();
        out_notice->set_id(notice.id);
        out_notice->set_sent_at_ms(notice.sent_at.ms);
    }
    row.set_channel(ticket.channel);
    row.set_symptom(ticket.symptom);
    row.set_description(ticket.description);
    row.set_safety(ticket.safety);
    row.set_unregistered(ticket.unregistered);
    row.set_late(ticket.late);
    row.set_rule_version(ticket.rule_version);
    row.set_version(ticket.version);
    row.set_log_size(ticket.log_size);
    for (const std::string& event : ticket.source_events) row.add_source_events(event);
    row.set_source_count(ticket.source_count);
    write(out, row);
}

Result<Ticket> decode_ticket(std::string_view value) {
    auto& row = scratch<rows::Ticket>();
    if (!read(row, value)) return fail(ErrorCode::corrupt, "tickets: malformed row");
    Checked checked;
    Ticket ticket;
    take_identity(checked, row, ticket);
    ticket.opened_at = checked.instant(row.opened_at_ms());
    ticket.recorded_at = checked.instant(row.recorded_at_ms());
    ticket.touched_at = checked.instant(row.touched_at_ms());
    if (row.has_closed_at_ms()) ticket.closed_at = checked.instant(row.closed_at_ms());
    ticket.assignee = checked.name(row.assignee());
    ticket.attempt = row.attempt();
    ticket.tried = checked.names(row.tried());
    ticket.escalation_level = row.escalation_level();
    if (row.has_escalate_at_ms()) ticket.escalate_at = checked.instant(row.escalate_at_ms());
    if (row.has_shift_ends_at_ms()) ticket.shift_ends_at = checked.instant(row.shift_ends_at_ms());
    for (const rows::Clock& clock : row.clocks()) ticket.clocks.push_back(clock_of(checked, clock));
    ticket.escalation = checked.names(row.escalation());
    for (const rows::Stamp& stamp : row.stamps())
        ticket.stamps.push_back({checked.name(stamp.what()), checked.instant(stamp.at_ms())});
    ticket.fields = fields_of(checked, row.fields());
    ticket.evidence_owed = checked.names(row.evidence_owed());
    ticket.reopened = row.reopened();
    for (const rows::NoticeRef& notice : row.notices())
        ticket.notices.push_back({notice.id(), checked.instant(notice.sent_at_ms())});
    ticket.version = row.version();
    ticket.log_size = row.log_size();
    checked.expect(!ticket.id.empty());
    if (!checked.ok()) return fail(ErrorCode::corrupt, "tickets: row out of range");
    return ticket;
}

void encode_notice(std::string& out, const NoticeRow& notice) {
    auto& row = scratch<rows::Notice>();
    row.set_ticket_id(notice.ticket_id);
    row.set_zone(notice.zone.str());
    row.set_sent_at_ms(notice.sent_at.ms);
    row.set_status(notice.status);
    row.set_message(notice.message);
    row.set_area(notice.area);
    row.set_headline_zh(notice.headline_zh);
    row.set_headline_en(notice.headline_en);
    row.set_cap(notice.cap);
    write(out, row);
}

Result<NoticeRow> decode_notice(std::string_view value) {
    auto& row = scratch<rows::Notice>();
    if (!read(row, value)) return fail(ErrorCode::corrupt, "notices: malformed row");
    Checked checked;
    NoticeRow notice;
    notice.ticket_id = row.ticket_id();
    notice.zone = checked.name(row.zone());
    notice.sent_at = checked.instant(row.sent_at_ms());
    notice.status = row.status();
    notice.message = row.message();
    notice.area = row.area();
    notice.headline_zh = row.headline_zh();
    notice.headline_en = row.headline_en();
    notice.cap = row.cap();
    if (!checked.ok()) return fail(ErrorCode::corrupt, "notices: row out of range");
    return notice;
}

void encode_log_entry(std::string& out, const LogEntry& entry) {
    auto& row = scratch<rows::LogEntry>();
    row.set_ticket_id(entry.ticket_id);
    row.set_index(entry.index);
    row.set_version(entry.version);
    row.set_at_ms(entry.at.ms);
    row.set_recorded_at_ms(entry.recorded_at.ms);
    row.set_actor(entry.actor);
    row.set_event(entry.event.name.str());
    row.set_clock(entry.clock);
    if (entry.from) fill(*row.mutable_from(), *entry.from);
    if (entry.to) fill(*row.mutable_to(), *entry.to);
    if (entry.late) row.set_late_ms(entry.late->count());
    row.set_note(entry.note);
    row.set_policy(entry.policy);
    row.set_policy_version(entry.policy_version);
    row.set_calendar_version(entry.calendar_version);
    fill_fields(*row.mutable_fields(), entry.fields);
    write(out, row);
}

Result<LogEntry> decode_log_entry(std::string_view value) {
    auto& row = scratch<rows::LogEntry>();
    if (!read(row, value)) return fail(ErrorCode::corrupt, "ticket_log: malformed row");
    Checked checked;
    LogEntry entry;
    entry.ticket_id = row.ticket_id();
    entry.index = row.index();
    entry.version = row.version();
    entry.at = checked.instant(row.at_ms());
    entry.recorded_at = checked.instant(row.recorded_at_ms());
    entry.actor = row.actor();
    if (row.event().empty()) {
        const auto event = legacy_event(row.legacy_event());
        checked.expect(event.has_value());
        entry.event = event.value_or(TicketEvent::note);
    } else {
        entry.event.name = checked.name(row.event());
    }
    entry.clock = row.clock();
    if (row.has_from()) entry.from = state_of(checked, row.from());
    if (row.has_to()) entry.to = state_of(checked, row.to());
    if (row.has_legacy_from()) entry.from = state_of(checked, row.legacy_from());
    if (row.has_legacy_to()) entry.to = state_of(checked, row.legacy_to());
    entry.policy = row.policy();
    entry.policy_version = row.policy_version();
    entry.calendar_version = row.calendar_version();
    entry.fields = fields_of(checked, row.fields());
    if (row.has_late_ms()) entry.late = Duration{row.late_ms()};
    entry.note = row.note();
    checked.expect(!entry.ticket_id.empty());
    if (!checked.ok()) return fail(ErrorCode::corrupt, "ticket_log: row out of range");
    return entry;
}

void encode_alarm(std::string& out, const Alarm& alarm) {
    auto& row = scratch<rows::Alarm>();
    row.set_id(alarm.id);
    row.set_site(alarm.site.str());
    row.set_zone(alarm.zone.str());
    row.set_device(alarm.device.str());
    row.set_condition(alarm.condition);
    row.set_present(alarm.present);
    row.set_active(alarm.active);
    row.set_acked(alarm.acked);
    row.set_confirmed(alarm.confirmed);
    row.set_latched(alarm.latched);
    row.set_suppressed(alarm.suppressed);
    if (alarm.shelved_until) row.set_shelved_until_ms(alarm.shelved_until->ms);
    row.set_severity(alarm.severity);
    if (alarm.value) row.set_value(*alarm.value);
    row.set_unit(alarm.unit);
    row.set_since_ms(alarm.since.ms);
    row.set_changed_at_ms(alarm.changed_at.ms);
    row.set_first_evidence_ms(alarm.first_evidence.ms);
    for (const PastOccurrence& over : alarm.past) {
        rows::PastOccurrence* out_over = row.add_past();
        out_over->set_first_ms(over.first.ms);
        out_over->set_last_ms(over.last.ms);
        out_over->set_ended_at_ms(over.ended_at.ms);
    }
    row.set_occurrences(alarm.occurrences);
    row.set_late(alarm.late);
    row.set_ticket_id(alarm.ticket_id);
    row.set_actor(alarm.actor);
    row.set_shelved_once(alarm.shelved_once);
    row.set_suppressed_by_design(alarm.suppressed_by_design);
    row.set_out_of_service(alarm.out_of_service);
    row.set_window(alarm.window);
    if (alarm.re_alarm_at) row.set_re_alarm_at_ms(alarm.re_alarm_at->ms);
    row.set_re_alarms(alarm.re_alarms);
    row.set_note(alarm.note);
    write(out, row);
}

Result<Alarm> decode_alarm(std::string_view value) {
    auto& row = scratch<rows::Alarm>();
    if (!read(row, value)) return fail(ErrorCode::corrupt, "alarms: malformed row");
    Checked checked;
    Alarm alarm;
    alarm.id = row.id();
    alarm.site = checked.name(row.site());
    alarm.zone = checked.name(row.zone());
    alarm.device = checked.name(row.device());
    alarm.condition = row.condition();
    alarm.present = row.present();
    alarm.active = row.active();
    alarm.acked = row.acked();
    alarm.confirmed = row.confirmed();
    alarm.latched = row.latched();
    alarm.suppressed = row.suppressed();
    if (row.has_shelved_until_ms()) alarm.shelved_until = checked.instant(row.shelved_until_ms());
    alarm.severity = static_cast<std::uint16_t>(row.severity());
    if (row.has_value()) alarm.value = checked.number(row.value());
    alarm.unit = row.unit();
    alarm.since = checked.instant(row.since_ms());
    alarm.changed_at = checked.instant(row.changed_at_ms());
    alarm.first_evidence = checked.instant(row.first_evidence_ms());
    for (const rows::PastOccurrence& over : row.past()) {
        alarm.past.push_back({.first = checked.instant(over.first_ms()),
                              .last = checked.instant(over.last_ms()),
                              .ended_at = checked.instant(over.ended_at_ms())});
    }
    checked.expect(alarm.past.size() <= Alarm::kPastMax);
    alarm.occurrences = row.occurrences();
    alarm.late = row.late();
    alarm.ticket_id = row.ticket_id();
    alarm.actor = row.actor();
    alarm.shelved_once = row.shelved_once();
    alarm.suppressed_by_design = row.suppressed_by_design();
    alarm.out_of_service = row.out_of_service();
    alarm.window = row.window();
    if (row.has_re_alarm_at_ms()) alarm.re_alarm_at = checked.instant(row.re_alarm_at_ms());
    alarm.re_alarms = row.re_alarms();
    alarm.note = row.note();
    checked.expect(!alarm.id.empty() && row.severity() <= 1000);
    if (!checked.ok()) return fail(ErrorCode::corrupt, "alarms: row out of range");
    return alarm;
}

}  // namespace mercaptan::processor
