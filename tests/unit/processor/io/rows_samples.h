#pragma once

#include "processor/io/rows.h"
#include "tests/support/repair_names.h"

// One of everything, with every field away from its default.
namespace mercaptan::processor::samples {

inline constexpr Instant kAt{1'795'248'000'123};  // 2026-11-21T08:00:00.123Z

inline Reading reading() {
    Reading r;
    r.site = "站点-7";
    r.device = "det-0001";
    r.event_at = kAt;
    r.received_at = kAt + Duration{250};
    r.seq = 41;
    r.values.set(Quantity::ch4_lel_pct, 23.5);
    r.values.set(Quantity::battery_pct, 88);
    r.status.add(Status::alarm_high);
    r.status.add(Status::mute);
    r.has_status = true;
    r.urgent = true;
    r.origin = {.epoch = 3, .seq = 900, .part = 2, .lane = Lane::emergency};
    return r;
}

inline Reading reading_without_time_or_seq() {
    Reading r = reading();
    r.event_at.reset();
    r.seq.reset();
    r.urgent = false;
    r.has_status = false;
    r.status = StatusSet{};
    return r;
}

inline DeviceRow device() {
    return {.site = "s1",
            .device = "det-0001",
            .last_event_at = kAt,
            .last_received_at = kAt + Duration{9},
            .last_seq = 70'000,
            .seq_window = 0xFF00FF00FF00FF01ULL,
            .count_began_at = kAt - Duration{3'600'000},
            .silent = true,
            .offline = true,
            .known_since = kAt - Duration{86'400'000},
            .gateway = "gw-1",
            .holds = {{.condition = "co.dose",
                       .band = 1,
                       .samples = {{kAt, Level::high}, {kAt + Duration{5}, Level::between}}},
                      {.condition = "gone", .band = 0, .samples = {}}},
            .traces = {{.condition = "flow.rise",
                        .band = 2,
                        .points = {{kAt, 1.25}, {kAt + Duration{7}, -3.5}}}},
            .meter = MeterState{.installed_on = kAt,
                                .newest = kAt,
                                .recent = {{kAt, 12.5, true}, {kAt + Duration{9}, 12.75, false}},
                                .flow = 1.5,
                                .steady_since = kAt,
                                .moving_since = kAt - Duration{5}},
            .saved_in = 900};
}

inline Ticket ticket() {
    Ticket t;
    t.id = "T01ABCDEFGH";
    t.kind = TicketKind::hazard;
    t.ticket_class = TicketClass::one;
    t.policy = "repair.class1";
    t.state = RepairState::on_site;
    t.site = "s1";
    t.zone = "z1";
    t.hazard_key = "leak|s1";
    t.devices = {"det-0001", "det-0002"};
    t.cause = {
        .condition = "gas.alarm", .device = "det-0001", .value = 23.5, .unit = "%LEL", .at = kAt};
    t.opened_at = kAt;
    t.recorded_at = kAt + Duration{40};
    t.touched_at = kAt + Duration{50};
    t.closed_at = kAt + Duration{60};
    t.assignee = "crew-7";
    t.attempt = 2;
    t.tried = {"crew-3"};
    t.escalation_level = 1;
    t.escalate_at = kAt + Duration{70};
    t.shift_ends_at = kAt + Duration{75};
    t.notices = {{"T01-n3", kAt}, {"T01-n5", kAt + Duration{9}}};
    t.clocks = {{.name = "depart",
                 .cycle = 2,
                 .started_at = kAt,
                 .due_at = kAt + Duration{1'800'000},
                 .status = ClockStatus::met,
                 .ended_at = kAt + Duration{1000},
                 .warnings = 1,
                 .reached_at = kAt + Duration{1000},
                 .counted_from = kAt + Duration{10},
                 .within = {Span::Unit::business_days, 3},
                 .fired = {"15m"},
                 .pauses = {}}};
    t.policy_version = "p-3";
    t.calendar_version = "c-1";
    t.escalation = {"dispatcher", "supervisor"};
    t.stamps = {{"raised", kAt}, {"accept", kAt + Duration{5}}};
    t.channel = "device";
    t.symptom = "gas_smell";
    t.description = "楼道有气味";
    t.safety = R"({"ventilated":true})";
    t.unregistered = true;
    t.late = true;
    t.rule_version = "r1";
    t.version = 9;
    t.log_size = 12;
    t.source_events = {"gw-1/3/900/2"};
    t.source_count = 70;
    return t;
}

inline LogEntry log_entry() {
    return {.ticket_id = "T01ABCDEFGH",
            .index = 4,
            .version = 5,
            .at = kAt,
            .recorded_at = kAt + Duration{1},
            .actor = "system",
            .event = TicketEvent::clock_breached,
            .clock = "depart",
            .from = RepairState::raised,
            .to = RepairState::dispatched,
            .late = Duration{1500},
            .note = "备注",
            .policy = "repair.class1",
            .policy_version = "p-3",
            .calendar_version = "c-1",
            .fields = {}};
}

inline Alarm alarm() {
    Alarm a;
    a.id = "A0123456789ABC";
    a.site = "s1";
    a.zone = "z1";
    a.device = "det-0001";
    a.condition = "gas.alarm";
    a.present = true;
    a.active = true;
    a.acked = false;
    a.confirmed = false;
    a.latched = true;
    a.suppressed = true;
    a.shelved_until = kAt + Duration{1000};
    a.severity = 900;
    a.value = 23.5;
    a.unit = "%LEL";
    a.since = kAt;
    a.changed_at = kAt + Duration{2};
    a.first_evidence = kAt - Duration{1};
    a.past = {{.first = kAt - Duration{9}, .last = kAt - Duration{4}, .ended_at = kAt}};
    a.occurrences = 2;
    a.late = true;
    a.ticket_id = "T01ABCDEFGH";
    a.actor = "li";
    a.shelved_once = true;
    a.suppressed_by_design = true;
    a.out_of_service = true;
    a.window = "w-1";
    a.re_alarm_at = kAt + Duration{3000};
    a.re_alarms = 2;
    a.note = "看过";
    return a;
}

/// With nothing but what it must have.
inline Ticket bare_ticket() {
    Ticket t;
    t.state = RepairState::raised;
    t.id = "T";
    return t;
}
inline Alarm bare_alarm() {
    Alarm a;
    a.id = "A";
    return a;
}
inline LogEntry bare_log_entry() {
    LogEntry e;
    e.ticket_id = "T";
    return e;
}
inline DeviceRow bare_device() {
    DeviceRow d;
    d.site = "s";
    d.device = "d";
    return d;
}

}  // namespace mercaptan::processor::samples
