"""With the central side down the gateway still closes valves, and nothing is forgotten."""

import collections
import statistics
import time

from clients import wait_for
from district import parse_time, site_rows

SITES = 25
CLOSE_WITHIN_S = 0.100
DEPART_S = 30 * 60


def many_sites():
    return [row for i in range(SITES) for row in site_rows(f"s{i:02d}")]


def leak_and_wait(district, field, valves, site):
    """Publishes a leak; the time from then until the valve had its command."""
    topic = district.topic(site, f"{site}-v", "command")
    reading = district.reading(ch4_lel_pct=23.5)
    began = time.monotonic()
    field.send(district.topic(site, f"{site}-d1"), reading)
    command = wait_for(lambda: valves.on_topic(topic), 5, f"command for {site}", every=0.002)[0]
    assert command.json["action"] == "close_valve" and command.json["id"], command
    return command.at - began, reading


def test_a_leak_closes_the_valve_and_its_ticket_follows(make_district):
    district = make_district(registry=many_sites()).start()
    field = district.mqtt("field")
    valves = district.valves()
    district.kill9("processor")
    district.processes["central"].stop()

    took, readings = [], {}
    for i in range(SITES):
        seconds, reading = leak_and_wait(district, field, valves, f"s{i:02d}")
        took.append(seconds)
        readings[f"s{i:02d}"] = reading
    ms = [t * 1000 for t in took]
    print(
        f"reading to valve command with the central side down, {SITES} leaks: "
        f"median {statistics.median(ms):.1f} ms, worst {max(ms):.1f} ms"
    )
    assert max(took) < CLOSE_WITHIN_S, ms

    time.sleep(4)  # So that a deadline counted from the arrival would be seen.
    district.restart("central")
    district.restart("processor")
    wait_for(lambda: len(district.tickets()) == SITES, 30, "a ticket for every leak")
    for ticket in district.tickets():
        reported = parse_time(readings[ticket["site"]]["ts"])
        depart = [c for c in ticket["clocks"] if c["name"] == "depart"][0]
        assert abs(parse_time(depart["due_at"]) - reported - DEPART_S) < 1, ticket
    commands = [m.json["id"] for m in valves.messages]
    assert len(commands) == len(set(commands)), "a command that was answered is not repeated"


def test_a_gateway_that_starts_alone_guards_too(make_district):
    district = make_district(registry=site_rows("s1"))
    district.start_broker("field")
    district.start_gateways()
    district.wait_one_ready("gateway")
    valves = district.valves()
    seconds, _ = leak_and_wait(district, district.mqtt("field"), valves, "s1")
    assert seconds < CLOSE_WITHIN_S
    assert district.gateway_http().metric("mercaptan_gateway_uplink_connected") == 0
    district.start_broker("central")
    district.start_processor()
    district.wait_one_ready("processor")
    district.wait_ticket(timeout=30, site="s1")


def test_the_uplink_up_changes_nothing(make_district):
    district = make_district(registry=site_rows("s1")).start()
    valves = district.valves()
    seconds, _ = leak_and_wait(district, district.mqtt("field"), valves, "s1")
    print(f"reading to valve command with the uplink up: {seconds * 1000:.1f} ms")
    assert seconds < CLOSE_WITHIN_S
    gateway = district.gateway_http()
    wait_for(lambda: gateway.metric("mercaptan_gateway_orders_answered_total"), 10, "the processor's order")
    assert len(valves.messages) == 1, "the order is answered, and the valve is asked once"


def test_the_detectors_own_high_alarm_closes_the_valve(make_district):
    district = make_district(registry=site_rows("s1")).start()
    valves = district.valves()
    district.mqtt("field").publish(district.topic("s1", "s1-d1", "alarm"), district.reading(status=["alarm_high"]))
    wait_for(lambda: valves.on_topic(district.topic("s1", "s1-v", "command")), 5, "command")


def test_a_valve_that_fails_is_an_alarm(make_district):
    district = make_district(registry=site_rows("s1")).start()
    valves = district.valves(result="failed")
    district.mqtt("field").publish(district.topic("s1", "s1-d1"), district.reading(ch4_lel_pct=23.5))
    wait_for(lambda: valves.messages, 5, "command")

    def valve_alarms():
        alarms = district.http.items("/api/v1/alarms", active=True, site="s1")
        return [a for a in alarms if "valve" in a["condition"]]

    wait_for(valve_alarms, 30, "an alarm for the valve")


def test_a_silent_valve_is_asked_again(make_district):
    district = make_district(registry=site_rows("s1")).start()
    valves = district.valves(result=None)
    district.mqtt("field").publish(district.topic("s1", "s1-d1"), district.reading(ch4_lel_pct=23.5))

    def times_asked():
        return collections.Counter(m.json["id"] for m in list(valves.messages))

    # The processor's order joins the gateway's own command, which keeps its id when it is repeated.
    wait_for(lambda: max(times_asked().values(), default=0) >= 2, 30, "a command asked again")
    assert len(times_asked()) == 1, times_asked()
