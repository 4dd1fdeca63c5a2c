"""What is wrong is refused with its exact place and reason, and nothing falls over."""

import json
import re
import subprocess

import pytest

from clients import wait_for
from district import BIN, ROOT, District, site_rows

# ---- Configuration: (file, what stands there, what is written instead, message behind file:line).
# The line is the one where the new text begins.

PROCESSOR_FILES = [
    ("processor.yaml", "processor_id: processor-1", "processor_idd: processor-1", 'processor_idd: expected a known key, got "processor_idd" (did you mean "processor_id"?)'),
    ("processor.yaml", "processor_id: processor-1", "processor_id: a/b", "processor_id: expected"),
    ("processor.yaml", "  uri: tcp://127.0.0.1:1884", "  uri: 127.0.0.1", 'mqtt.uri: expected tcp://host:port or ssl://host:port, got "127.0.0.1"'),
    ("processor.yaml", "  listen: 127.0.0.1:8080", "  listen: 8080", 'http.listen: expected host:port, got "8080"'),
    ("processor.yaml", "  listen: 127.0.0.1:8080", "  listen: host:99999", 'http.listen: expected host:port, got "host:99999"'),
    ("processor.yaml", "  retention_days: 400", "  retention_days: 0", 'history.retention_days: expected an integer from 1 to 36500, got "0"'),
    ("processor.yaml", "  retention_days: 400", "  retention_days: soon", 'history.retention_days: expected an integer from 1 to 36500, got "soon"'),
    ("processor.yaml", "  level: info", "  level: inof", 'log.level: expected debug, info, warn or error, got "inof" (did you mean "info"?)'),
    ("processor.yaml", "mqtt:", "mqtt: yes\nmqtt2:", "mqtt: expected a section"),
    ("rules.yaml", "  factor: 2.5", "  factor: -1", "silence.factor: expected"),
    ("rules.yaml", "incident_window: 30m", "incident_window: 30", "incident_window: expected"),
    ("rules.yaml", "  - {id: gas.notice,", '  - {id: gas.notice, colour: red,', 'conditions.0.colour: expected a known key, got "colour"'),
    ("rules.yaml", "input: gas_lel_pct, bands: [{set: 5, clear: 3}]", "input: gass, bands: [{set: 5, clear: 3}]", "expected"),
    ("rules.yaml", "bands: [{set: 20, clear: 17}], class: 1", "bands: [{set: 20, clear: 17}], class: 4", "expected"),
    ("policies/repair.class1.yaml", "kind: repair", "kind: repairs", 'kind: expected repair, complaint, hazard, inspection, callback, planned_work, ledger or emergency_plan, got "repairs" (did you mean "repair"?)'),
    ("policies/repair.class1.yaml", "within: 1m,", "within: 1 minute,", "clocks.0.within: expected"),
    ("policies/repair.class1.yaml", "warn_at: [15m, 25m]", "warn_at: [25m, 15m]", "expected times in rising order"),
    ("policies/repair.class1.yaml", "on_breach: [page],", "on_breach: [pray],", 'expected page, escalate or redispatch, got "pray"'),
    ("roster.yaml", "role: supervisor}", "role: boss}", 'expected crew, dispatcher or supervisor, got "boss"'),
    ("calendar.yaml", "2025-01-01", "2025-02-30", "expected"),
    ("registry.csv", ",leak_detector,", ",leek_detector,", 'kind: expected leak_detector, co_detector, gas_meter, pressure_sensor or valve, got "leek_detector" (did you mean "leak_detector"?)'),
    ("registry.csv", ",natural_gas,", ",biogas,", 'gas: expected natural_gas, lpg or town_gas, got "biogas"'),
    ("registry.csv", "2025-06-15", "15.06.2025", 'installed_on: expected a date as 2026-11-21 or a time as 2026-11-21T08:00:00Z, got "15.06.2025"'),
]

GATEWAY_FILES = [
    ("gateway.yaml", "gateway_id:", "gateway_idd:", 'gateway_idd: expected a known key, got "gateway_idd" (did you mean "gateway_id"?)'),
    ("gateway.yaml", "  uri: tcp://127.0.0.1:1883", "  uri: mosquitto", 'field_mqtt.uri: expected tcp://host:port or ssl://host:port, got "mosquitto"'),
    ("gateway.yaml", "  reserve_bytes: 268435456", "  reserve_bytes: 4294967296", "outbox.reserve_bytes: expected less than bytes_max"),
    ("gateway.yaml", "  linger: 2ms", "  linger: 2", "batch.linger: expected"),
    ("gateway.yaml", "  listen: 127.0.0.1:8081", "  listen: here", 'http.listen: expected host:port, got "here"'),
    ("guard.yaml", "any_of: [alarm_high]", "any_of: [alarm_hihg]", 'any_of: expected names of status flags, got "alarm_hihg"'),
    ("guard.yaml", "any_of: [alarm_high]", "any_of: []", "any_of: expected at least one status"),
    ("guard.yaml", "action: close_valve", "action: open_valve", "rules.0.action: expected close_valve"),
    ("guard.yaml", "rule: detector-high-alarm", "rule: gas-at-set-point", "expected a name that no other rule has"),
    ("guard.yaml", "at_least: 20", "at_least: lots", "at_least: expected"),
    ("profiles/native.yaml", "profile: native", "profile: nativ", 'profile: expected native, got "nativ"'),
    ("gateway.yaml", "field_mqtt:", "field_mqttt:", 'field_mqttt: expected a known key, got "field_mqttt" (did you mean "field_mqtt"?)'),
    ("guard.yaml", None, "open_valve: true", 'open_valve: expected a known key, got "open_valve"'),
    ("registry.csv", ",leak_detector,", ",leek_detector,", 'kind: expected leak_detector, co_detector, gas_meter, pressure_sensor or valve, got "leek_detector" (did you mean "leak_detector"?)'),
]


def run_check(program, config, *options):
    return subprocess.run(
        [BIN / program, "--config", config, "--check", *options], capture_output=True, text=True, timeout=30, check=False
    )


def spoil(path, old, new):
    """Writes `new` in the place of `old` (or at the end) and returns its line."""
    text = path.read_text()
    if old is None:
        path.write_text(text + new + "\n")
        return text.count("\n") + 1
    assert old in text, f"{path.name} holds no {old!r}"
    path.write_text(text.replace(old, new, 1))
    return text[: text.index(old)].count("\n") + 1


def assert_located(result, path, line, message):
    assert result.returncode == 2, (result.returncode, result.stderr)
    place = rf"{re.escape(path.name)}:{line}(:\d+)?: "
    for said in result.stderr.splitlines():
        if re.search(place, said) and message in said:
            return
    raise AssertionError(f"no line with {path.name}:{line} and {message!r} in:\n{result.stderr}")


@pytest.mark.parametrize("program", ["gateway", "processor"])
def test_the_shipped_configuration_passes(program):
    result = run_check(f"mercaptan-{program}", ROOT / "config" / f"{program}.yaml")
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    "program, row",
    [("processor", row) for row in PROCESSOR_FILES] + [("gateway", row) for row in GATEWAY_FILES],
    ids=lambda value: f"{value[0]}-{value[2].strip()[:40]}" if isinstance(value, tuple) else value,
)
def test_a_bad_key_is_refused_with_its_line(make_district, program, row):
    name, old, new, message = row
    config = make_district().config
    line = spoil(config / name, old, new)
    result = run_check(f"mercaptan-{program}", config / f"{program}.yaml")
    assert_located(result, config / name, line, message)


@pytest.mark.parametrize("program", ["gateway", "processor"])
def test_bad_usage_ends_with_2(program):
    for arguments in (["--bogus"], [], ["--config"], ["--config", "/nonexistent.yaml", "--check"]):
        result = subprocess.run(
            [BIN / f"mercaptan-{program}", *arguments], capture_output=True, text=True, timeout=30, check=False
        )
        assert result.returncode == 2 and result.stderr, (arguments, result)
    for key, value in (("no.such.key", "1"), ("http.listen", "nowhere"), ("", "x")):
        result = run_check(f"mercaptan-{program}", ROOT / "config" / f"{program}.yaml", "--set", f"{key}={value}")
        assert result.returncode == 2 and result.stderr, (key, result)


@pytest.mark.parametrize("program", ["gateway", "processor"])
def test_yaml_that_is_none_is_refused(make_district, program):
    config = make_district().config / f"{program}.yaml"
    for text in ("a: [1, 2\n", "\tx: 1\n", "- just\n- a list\n", "a: 1\na: 2\n", "\x00\xff"):
        config.write_bytes(text.encode("latin-1"))
        result = run_check(f"mercaptan-{program}", config)
        assert result.returncode == 2 and config.name in result.stderr, (text, result)


def test_a_bad_file_on_sighup_leaves_the_old_one_in_force(make_district):
    district = make_district(registry=site_rows("s1")).start()
    good = (district.config / "rules.yaml").read_text()
    line = spoil(district.config / "rules.yaml", "incident_window: 30m", "incident_window: never")
    district.processes["processor"].hang_up()
    place = f"rules.yaml:{line}"
    wait_for(lambda: place in district.processes["processor"].log_tail(), 5, f"a refusal that names {place}")
    assert district.http.ready()
    district.mqtt("field").publish(district.topic("s1", "s1-d1"), district.reading(ch4_lel_pct=23.5))
    version = district.wait_ticket(site="s1")["rule_version"]

    (district.config / "rules.yaml").write_text(good.replace("set: 20, clear: 17", "set: 30, clear: 17"))
    district.processes["processor"].hang_up()
    field = district.mqtt("field")
    sites = (f"new-{i}" for i in range(1000))

    def newer():
        site = next(sites)
        field.publish(district.topic(site, "d"), district.reading(ch4_lel_pct=35))
        return district.wait_ticket(site=site)["rule_version"] != version

    wait_for(newer, 10, "the new rules in force", every=0.2)
    field.publish(district.topic("low", "d"), district.reading(ch4_lel_pct=25))
    assert district.wait_ticket(site="low")["class"] == 2, "25 %LEL is a warning now"


# ---- Payloads: (topic leaf, payload, reason in the quarantine).

PAYLOADS = [
    ("telemetry", "", "the payload is empty"),
    ("telemetry", "hello", "the payload is not well-formed JSON"),
    ("telemetry", "[1,2]", "the payload is not a JSON object"),
    ("telemetry", "42", "the payload is not a JSON object"),
    ("telemetry", '{"ch4_lel_pct":}', "the payload is not well-formed JSON"),
    ("telemetry", '{"ch4_lel_pct":1', "the payload is not well-formed JSON"),
    ("telemetry", '{"ch4_lel_pct":1e999}', "the payload has a malformed or out-of-range number"),
    ("telemetry", '{"ch4_lel_pct":"23.5"}', "ch4_lel_pct: expected a number"),
    ("telemetry", '{"ch4_lel_pct":{"a":1}}', "ch4_lel_pct: expected a number"),
    ("telemetry", '{"ch4_lel_pct":1,"seq":-1}', "seq: expected a whole number from 0 up"),
    ("telemetry", '{"ch4_lel_pct":1,"seq":"x"}', "seq: expected a whole number from 0 up"),
    ("telemetry", '{"ch4_lel_pct":1,"ts":"yesterday"}', "ts: expected an RFC 3339 time or epoch milliseconds"),
    ("telemetry", '{"ch4_lel_pct":1,"ts":true}', "ts: expected an RFC 3339 time or epoch milliseconds"),
    ("telemetry", '{"ch4_lel_pct":1,"status":"alarm_high"}', "status: expected an array of names"),
    ("telemetry", '{"ch4_lel_pct":1,"status":[7]}', "status: expected an array of names"),
    ("telemetry", '{"colour":"red"}', "the payload has no field of a reading"),
    ("telemetry", b'{"ch4_lel_pct":1,"x":"\xff"}', "the payload is not UTF-8"),
    ("telemetry", "[" * 5000, "the payload"),
    ("telemetry", '{"a":' * 40 + "1" + "}" * 40, "the payload nests too deep"),
    ("online", "maybe", "online: expected 1 or 0"),
    ("command/ack", "{}", "id: expected the id of the command"),
    ("command/ack", '{"id":"x","result":"perhaps"}', 'result: expected "done" or "failed"'),
    ("weather", "{}", "the topic ends in none of telemetry, alarm, online, command/ack"),
]

ALARM_PAYLOADS = [
    ("alarm", '{"status":["alarm_hihg"]}', "status: expected names from the list of the native profile"),
    ("alarm", b"\x00\x01\x02", "the payload is not well-formed JSON"),
]


def test_every_bad_payload_is_kept_with_its_reason(make_district):
    rows = [row for i in range(len(PAYLOADS) + len(ALARM_PAYLOADS)) for row in site_rows(f"p{i:02d}")]
    district = make_district(registry=rows).start()
    field = district.mqtt("field")
    table = PAYLOADS + ALARM_PAYLOADS
    for i, (leaf, payload, _) in enumerate(table):
        field.publish(district.topic(f"p{i:02d}", f"p{i:02d}-d1", leaf), payload)

    def kept():
        return {entry["topic"]: entry for entry in district.gateway_http().items("/api/v1/quarantine")}

    wait_for(lambda: len(kept()) >= len(table), 10, "every message in the quarantine")
    wrong = []
    for i, (leaf, payload, reason) in enumerate(table):
        entry = kept()[district.topic(f"p{i:02d}", f"p{i:02d}-d1", leaf)]
        if not entry["reason"].startswith(reason):
            wrong.append((leaf, payload, reason, entry["reason"]))
    assert not wrong, "\n".join(map(str, wrong))
    # Only the alarm topic makes an emergency of it.
    tickets = district.tickets()
    assert sorted(t["site"] for t in tickets) == [f"p{i:02d}" for i in range(len(PAYLOADS), len(table))], tickets
    assert {t["cause"]["condition"] for t in tickets} == {"device.unreadable_alarm"}
    # And everything still works.
    field.publish(district.topic("p00", "p00-d1"), district.reading(ch4_lel_pct=23.5))
    assert district.wait_ticket(site="p00")["class"] == 1


def test_what_devices_may_leave_out_or_add_is_no_mistake(make_district):
    district = make_district(registry=site_rows("s1")).start()
    field = district.mqtt("field")
    for payload in (
        '{"ch4_lel_pct":1}',
        '{"ch4_lel_pct":1,"seq":null,"ts":null,"status":null}',
        '{"ch4_lel_pct":2,"firmware":"1.2","status":["unheard_of"]}',
        '{"ts":1795248000123,"ch4_lel_pct":3}',
        '{"ts":"2026-11-21T16:00:00+08:00","ch4_lel_pct":4}',
        '{"status":[]}',
    ):
        field.publish(district.topic("s1", "s1-d1"), payload)
    wait_for(lambda: len(district.http.items("/api/v1/devices/s1-d1/readings")) >= 5, 5, "the readings")
    assert district.gateway_http().items("/api/v1/quarantine") == []


# ---- HTTP: (method, path, body, status, field or None).

REPORT = {"kind": "repair", "channel": "hotline", "site": "s1", "zone": "zone-1", "symptom": "gas_smell"}


def without(key):
    return {k: v for k, v in REPORT.items() if k != key}


HTTP = [
    ("GET", "/nowhere", None, 404, None),
    ("PUT", "/api/v1/tickets", {}, 405, None),
    ("GET", "/api/v1/tickets/none", None, 404, None),
    ("GET", "/api/v1/tickets/none/history", None, 404, None),
    ("GET", "/api/v1/devices/none", None, 404, None),
    ("GET", "/api/v1/tickets?class=9", None, 400, "class"),
    ("GET", "/api/v1/tickets?state=sleeping", None, 400, "state"),
    ("GET", "/api/v1/tickets?limit=0", None, 400, "limit"),
    ("GET", "/api/v1/tickets?limit=many", None, 400, "limit"),
    ("GET", "/api/v1/tickets?cursor=%00", None, 400, "cursor"),
    ("GET", "/api/v1/tickets?open=perhaps", None, 400, "open"),
    ("GET", "/api/v1/devices/s1-d1/readings?from=yesterday", None, 400, "from"),
    ("POST", "/api/v1/tickets", b"", 400, None),
    ("POST", "/api/v1/tickets", b"{", 400, None),
    ("POST", "/api/v1/tickets", b"[]", 400, None),
    ("POST", "/api/v1/tickets", {**REPORT, "colour": "red"}, 400, "colour"),
    ("POST", "/api/v1/tickets", without("kind"), 400, "kind"),
    ("POST", "/api/v1/tickets", {**REPORT, "kind": "party"}, 400, "kind"),
    ("POST", "/api/v1/tickets", {**REPORT, "class": 4}, 400, "class"),
    ("POST", "/api/v1/tickets", {**REPORT, "class": "one"}, 400, "class"),
    ("POST", "/api/v1/tickets", {**REPORT, "symptom": "noise"}, 400, "symptom"),
    ("POST", "/api/v1/tickets", {**REPORT, "site": "a/b"}, 400, "site"),
    ("POST", "/api/v1/tickets", {**REPORT, "site": 7}, 400, "site"),
    ("POST", "/api/v1/tickets", {**REPORT, "policy": "no.such"}, 400, "policy"),
    ("POST", "/api/v1/tickets", {**REPORT, "received_at": "2099-01-01T00:00:00Z"}, 400, "received_at"),
    ("POST", "/api/v1/tickets", {**REPORT, "occurred_at": "soon"}, 400, "occurred_at"),
    ("POST", "/api/v1/tickets", {**REPORT, "safety": {"ventilated": "yes"}}, 400, "safety.ventilated"),
    ("POST", "/api/v1/tickets", {**REPORT, "reporter": {"nickname": "x"}}, 400, "reporter.nickname"),
    ("POST", "/api/v1/tickets", b"x" * 3_000_000, 413, None),
    ("POST", "/api/v1/tickets/none/events", {"event": "accept", "actor": "crew-1"}, 404, None),
    ("POST", "/api/v1/alarms/none/ack", {"actor": "anna"}, 404, None),
    ("POST", "/api/v1/alarms/none/dance", {"actor": "anna"}, 404, None),
]


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    district = District(tmp_path_factory.mktemp("http"), registry=site_rows("s1"))
    district.start()
    yield district
    district.close()


def is_problem(answer, status, field):
    if answer.status != status or not answer.headers["Content-Type"].startswith("application/problem+json"):
        return False
    problem = answer.json
    known = {"type", "title", "status", "detail"} <= set(problem) and problem["status"] == status
    return known and (field is None or problem.get("field") == field)


def test_every_bad_request_gets_a_problem_document_that_names_the_field(shared):
    wrong = []
    for method, path, body, status, field in HTTP:
        try:
            answer = shared.http.request(method, path, body)
        except OSError as error:  # A body refused before it was read to its end.
            if status != 413:
                wrong.append((method, path, body, status, field, error))
            continue
        if not is_problem(answer, status, field):
            wrong.append((method, path, body if not isinstance(body, bytes) else body[:20], status, field, answer))
    assert not wrong, "\n".join(map(str, wrong))
    assert shared.tickets() == []
    assert shared.http.ready()


def test_a_ticket_refuses_what_its_state_does_not_allow(shared):
    ticket = shared.http.post("/api/v1/tickets", REPORT).json
    ticket_id = ticket["id"]
    wait_for(lambda: shared.tickets()[0]["state"] == "dispatched", 5, "dispatched")
    answer = shared.event(ticket_id, "close", "anna")
    assert is_problem(answer, 409, None), answer
    # The body says what would be allowed.
    assert "accept" in json.dumps(answer.json), answer
    for body, field in (
        ({"event": "explode", "actor": "anna"}, "event"),
        ({"event": "accept"}, "actor"),
        ({"event": "accept", "actor": "anna", "at": "2099-01-01T00:00:00Z"}, "at"),
        ({"event": "accept", "actor": "anna", "colour": 1}, "colour"),
        ({"event": "reclassify", "actor": "boss", "note": "x", "class": 7}, "class"),
    ):
        answer = shared.http.post(f"/api/v1/tickets/{ticket_id}/events", body)
        assert is_problem(answer, 400, field), (body, answer)
    stale = shared.http.request(
        "POST", f"/api/v1/tickets/{ticket_id}/events", {"event": "accept", "actor": "crew-1"}, {"If-Match": "0"}
    )
    assert is_problem(stale, 412, None), stale
    assert shared.tickets()[0]["state"] == "dispatched"


# ---- Topics: an odd place is no reason to lose an alarm.


def test_odd_topics_are_answered_or_quarantined(make_district):
    district = make_district(registry=site_rows("s1")).start()
    field = district.mqtt("field")
    reading = {"ch4_lel_pct": 30}
    field.publish("gas/v1/现场/探测器/telemetry", reading)
    assert district.wait_ticket(site="现场")["devices"] == ["探测器"]
    field.publish(f"gas/v1/{'x' * 64}/d/telemetry", reading)
    field.publish("gas/v1/s1/alarm", reading)
    field.publish("gas/v1/s1/s1-d1/alarm/extra", reading)
    wait_for(lambda: len(district.gateway_http().items("/api/v1/quarantine")) >= 1, 5, "the quarantine")
    field.publish(district.topic("s1", "s1-d1"), district.reading(ch4_lel_pct=23.5))
    district.wait_ticket(site="s1")
