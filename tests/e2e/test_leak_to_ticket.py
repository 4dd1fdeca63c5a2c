"""A leak becomes one Class-1 ticket, and everybody is told the same."""

import json
import time

from clients import wait_for
from district import parse_time, site_rows

CORE_FIELDS = (
    "id kind class policy state site zone devices cause opened_at closed_at assignee escalation_level "
    "clocks channel unregistered rule_version version source_events"
).split()
ORDER_FIELDS = (
    "order_id ticket_id class site zone crew attempt issued_at accept_by depart_by cause guidance"
).split()


def core(ticket):
    return {field: ticket[field] for field in CORE_FIELDS}


def clock(ticket, name):
    found = [c for c in ticket["clocks"] if c["name"] == name]
    assert len(found) == 1, ticket["clocks"]
    return found[0]


def dispatched(district, **query):
    return wait_for(
        lambda: [t for t in district.tickets(**query) if t["state"] == "dispatched"], 10, f"dispatched {query}"
    )[0]


def test_one_reading_makes_one_ticket_that_all_agree_on(make_district):
    district = make_district(registry=site_rows("s1")).start()
    collector = district.collector()
    events = district.events()
    field = district.mqtt("field")

    reading = district.reading(ch4_lel_pct=23.5, battery_pct=88)
    began = time.monotonic()
    field.publish(district.topic("s1", "s1-d1"), reading)
    ticket = dispatched(district, site="s1")
    print(f"leak to dispatched ticket, seen over HTTP: {(time.monotonic() - began) * 1000:.0f} ms")

    assert ticket["kind"] == "repair" and ticket["class"] == 1 and ticket["policy"] == "repair.class1"
    assert ticket["zone"] == "zone-1" and ticket["devices"] == ["s1-d1"]
    assert ticket["channel"] == "device" and ticket["unregistered"] is False
    assert ticket["cause"]["condition"] == "gas.alarm" and ticket["cause"]["device"] == "s1-d1"
    assert ticket["cause"]["value"] == 23.5 and ticket["cause"]["unit"]
    assert ticket["cause"]["at"] == reading["ts"]
    assert ticket["closed_at"] is None and ticket["source_events"] and ticket["rule_version"]
    assert clock(ticket, "dispatch")["status"] == "met"
    assert clock(ticket, "accept")["status"] == "running"
    assert clock(ticket, "depart")["status"] == "running"
    depart_due = parse_time(clock(ticket, "depart")["due_at"])
    assert abs(depart_due - parse_time(reading["ts"]) - 30 * 60) < 1

    order_messages = wait_for(lambda: collector.on_topic("mercaptan/v1/dispatch/"), 5, "dispatch order")
    assert {m.topic for m in order_messages} == {"mercaptan/v1/dispatch/zone-1"}
    assert len({m.json["order_id"] for m in order_messages}) == 1
    order = order_messages[0].json
    assert set(ORDER_FIELDS) <= set(order), order
    assert order["ticket_id"] == ticket["id"] and order["class"] == 1 and order["attempt"] == 1
    assert order["site"] == "s1" and order["zone"] == "zone-1" and order["crew"] == ticket["assignee"]
    assert order["accept_by"] == clock(ticket, "accept")["due_at"]
    assert order["depart_by"] == clock(ticket, "depart")["due_at"]
    assert order["cause"] == ticket["cause"]

    topic = f"mercaptan/v1/tickets/{ticket['id']}"
    wait_for(lambda: any(m.json["version"] == ticket["version"] for m in collector.on_topic(topic)), 5, "MQTT ticket")
    late_reader = district.mqtt("central", ["mercaptan/v1/tickets/#"])
    retained = wait_for(lambda: late_reader.on_topic(topic), 5, "retained ticket")
    assert len(retained) == 1 and retained[0].retained
    assert core(retained[0].json) == core(ticket)

    wait_for(lambda: any(t["version"] == ticket["version"] for t in events.of("ticket")), 5, "SSE ticket")
    assert core([t for t in events.of("ticket") if t["version"] == ticket["version"]][0]) == core(ticket)
    assert core(district.http.get(f"/api/v1/tickets/{ticket['id']}").json) == core(ticket)
    history = [item["event"] for item in district.history(ticket["id"])]
    assert history[0] == "raised" and "dispatch" in history

    alarms = district.http.items("/api/v1/alarms", site="s1", active=True)
    assert ticket["id"] in {alarm["ticket_id"] for alarm in alarms}
    alarm_topic = "mercaptan/v1/alarms/s1/s1-d1/gas.alarm"
    assert wait_for(lambda: collector.on_topic(alarm_topic), 5, "MQTT alarm")[0].json["active"] is True


def test_more_readings_make_no_second_ticket(make_district):
    district = make_district(registry=site_rows("s1")).start()
    field = district.mqtt("field")
    for value in (23.5, 31, 4, 55, 23.5):
        field.publish(district.topic("s1", "s1-d1"), district.reading(ch4_lel_pct=value))
    wait_for(lambda: len(district.http.items("/api/v1/devices/s1-d1/readings")) == 5, 5, "all five readings")
    class1 = [t for t in district.tickets() if t["class"] == 1]
    assert len(class1) == 1 and len(district.tickets()) == 1, district.tickets()


def test_the_same_message_twice_counts_once(make_district):
    district = make_district(registry=site_rows("s1")).start()
    field = district.mqtt("field")
    reading = district.reading(ch4_lel_pct=23.5)
    for _ in range(3):
        field.publish(district.topic("s1", "s1-d1"), reading)
    field.publish(district.topic("s1", "s1-d1"), district.reading(ch4_lel_pct=24))
    wait_for(lambda: len(district.http.items("/api/v1/devices/s1-d1/readings")) >= 2, 5, "both readings")
    assert len(district.http.items("/api/v1/devices/s1-d1/readings")) == 2
    assert len(district.tickets()) == 1


def test_the_detectors_own_alarm_needs_no_value(make_district):
    district = make_district(registry=site_rows("s1")).start()
    district.mqtt("field").publish(district.topic("s1", "s1-d1", "alarm"), district.reading(status=["alarm_high"]))
    assert district.wait_ticket(site="s1")["class"] == 1


def test_a_message_on_the_alarm_topic_is_answered(make_district):
    district = make_district(registry=site_rows("s1")).start()
    answers = district.mqtt("field", ["gas/v1/+/+/ack"])
    reading = district.reading(ch4_lel_pct=23.5)
    district.mqtt("field").publish(district.topic("s1", "s1-d1", "alarm"), reading)
    answer = wait_for(lambda: answers.messages, 5, "…/ack")[0]
    assert answer.topic == district.topic("s1", "s1-d1", "ack") and answer.json == {"seq": reading["seq"]}


def test_self_test_warm_up_and_ordinary_values_raise_nothing(make_district):
    district = make_district(registry=site_rows("s1") + site_rows("s2")).start()
    field = district.mqtt("field")
    field.publish(district.topic("s1", "s1-d1"), district.reading(ch4_lel_pct=60, status=["self_test"]))
    field.publish(district.topic("s1", "s1-d1"), district.reading(ch4_lel_pct=60, status=["preheat"]))
    field.publish(district.topic("s1", "s1-d1"), district.reading(ch4_lel_pct=1.5, battery_pct=90))
    field.publish(district.topic("s2", "s2-d1"), district.reading(ch4_lel_pct=23.5))
    district.wait_ticket(site="s2")
    assert district.tickets(site="s1") == []


def test_an_unregistered_device_gets_its_ticket(make_district):
    district = make_district(registry=site_rows("s1")).start()
    district.mqtt("field").publish(district.topic("far-away", "stranger"), district.reading(ch4_lel_pct=23.5))
    ticket = district.wait_ticket(site="far-away")
    assert ticket["class"] == 1 and ticket["unregistered"] is True and ticket["devices"] == ["stranger"]


def test_an_alarm_nobody_can_read_gets_its_ticket(make_district):
    district = make_district(registry=site_rows("s1")).start()
    collector = district.collector()
    garbage = '{"ch4_lel_pct": 23.'
    district.mqtt("field").publish(district.topic("s1", "s1-d1", "alarm"), garbage)
    ticket = district.wait_ticket(site="s1")
    assert ticket["class"] == 1 and ticket["cause"]["condition"] == "device.unreadable_alarm"
    alarm_topic = "mercaptan/v1/alarms/s1/s1-d1/device.unreadable_alarm"
    assert wait_for(lambda: collector.on_topic(alarm_topic), 5, "alarm")[0].json["ticket_id"] == ticket["id"]
    kept = district.gateway_http().items("/api/v1/quarantine")
    assert len(kept) == 1 and kept[0]["reason"], kept
    metric = district.gateway_http().metric("mercaptan_gateway_messages_total", result="rejected")
    assert metric == 1, [k for k in district.gateway_http().metrics() if "messages_total" in k]


def test_a_hotline_report_gets_its_ticket_and_guidance(make_district):
    district = make_district(registry=site_rows("s1")).start()
    report = {
        "kind": "repair",
        "channel": "hotline",
        "site": "s1",
        "zone": "zone-1",
        "symptom": "gas_smell",
        "reporter": {"name": "Wang", "phone": "13800000000"},
        "description": "smell in the stairwell",
        "safety": {"people_present": True, "ventilated": False, "valve_closed": False},
    }
    answer = district.http.post("/api/v1/tickets", report, {"Idempotency-Key": "call-1"})
    assert answer.status == 201, answer
    guidance = answer.json["guidance"]
    english = json.dumps(guidance["en"]).lower()
    chinese = json.dumps(guidance["zh"], ensure_ascii=False)
    for word in ("valve", "window", "flame", "switch", "outside", "119", "110"):
        assert word in english, (word, guidance)
    for word in ("阀", "窗", "火", "电器", "撤离", "119", "110"):
        assert word in chinese, (word, guidance)
    ticket = dispatched(district, site="s1")
    assert ticket["class"] == 1 and ticket["channel"] == "hotline" and ticket["unregistered"] is False
    again = district.http.post("/api/v1/tickets", report, {"Idempotency-Key": "call-1"})
    assert again.status in (200, 201), again
    assert len(district.tickets()) == 1


def test_a_call_and_a_detector_of_one_site_are_one_ticket(make_district):
    district = make_district(registry=site_rows("s1") + site_rows("s2")).start()
    field = district.mqtt("field")
    call = {"kind": "repair", "channel": "hotline", "zone": "zone-1", "symptom": "gas_smell"}

    field.publish(district.topic("s1", "s1-d1"), district.reading(ch4_lel_pct=23.5))
    first = district.wait_ticket(site="s1")
    joined = district.http.post("/api/v1/tickets", {**call, "site": "s1"})
    assert joined.status in (200, 201), joined
    assert district.wait_ticket(site="s1")["id"] == first["id"]
    assert "joined" in [item["event"] for item in district.history(first["id"])]

    assert district.http.post("/api/v1/tickets", {**call, "site": "s2"}).status == 201
    field.publish(district.topic("s2", "s2-d1"), district.reading(ch4_lel_pct=40))
    second = district.wait_ticket(site="s2")
    wait_for(lambda: "s2-d1" in district.wait_ticket(site="s2")["devices"], 5, "the detector joins the call")
    assert district.wait_ticket(site="s2")["id"] == second["id"]
    assert len(district.tickets()) == 2
