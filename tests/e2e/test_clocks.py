"""Deadlines: met, warned, missed once, escalated, and none forgotten by a crash."""

import concurrent.futures
import time

from clients import wait_for
from district import generate_registry, parse_time, site_rows, sleep_until

CLASS1 = "repair.class1"
LATE_AT_MOST_S = 0.25  # For a deadline that fires while the processor runs.


def events_of(district, ticket_id, event, clock=None):
    return [
        item
        for item in district.history(ticket_id)
        if item["event"] == event and (clock is None or item["clock"] == clock)
    ]


def clock(district, ticket_id, name):
    ticket = district.http.get(f"/api/v1/tickets/{ticket_id}").json
    return [c for c in ticket["clocks"] if c["name"] == name][0]


def leak(district, site="s1"):
    district.mqtt("field").publish(district.topic(site, f"{site}-d1"), district.reading(ch4_lel_pct=23.5))
    return wait_for(
        lambda: [t for t in district.tickets(site=site) if t["state"] == "dispatched"], 10, "dispatched"
    )[0]


def short_district(make_district, **clocks):
    """A district whose Class-1 clocks are set in seconds."""
    district = make_district(registry=site_rows("s1"))
    district.set_policy(CLASS1, "escalate_every", "1s")
    for name, within in clocks.items():
        district.set_clock(CLASS1, name, within=within)
    return district


def test_work_done_in_time_meets_its_clocks(make_district):
    district = short_district(make_district, accept="5s")
    district.set_clock(CLASS1, "depart", within="6s", warn_at="[4s, 5s]")
    district.start()
    ticket = leak(district)
    crew = ticket["assignee"]
    for event in ("accept", "depart", "arrive", "make_safe", "repair"):
        answer = district.event(ticket["id"], event, crew)
        assert answer.status == 200, (event, answer)
    time.sleep(6)  # Past every deadline that was met.
    for name in ("dispatch", "accept", "depart", "arrive"):
        assert clock(district, ticket["id"], name)["status"] == "met", name
        assert len(events_of(district, ticket["id"], "clock_met", name)) == 1, name
    assert events_of(district, ticket["id"], "clock_breached") == []
    assert events_of(district, ticket["id"], "clock_warned") == []
    assert district.http.get(f"/api/v1/tickets/{ticket['id']}").json["escalation_level"] == 0


def test_a_missed_departure_is_warned_of_then_missed_once_and_escalated(make_district):
    district = short_district(make_district, accept="60s")
    district.set_clock(CLASS1, "depart", within="4s", warn_at="[1s, 2s]")
    district.start()
    ticket = leak(district)
    due = parse_time(clock(district, ticket["id"], "depart")["due_at"])
    wait_for(lambda: events_of(district, ticket["id"], "clock_breached", "depart"), 10, "breach")
    time.sleep(1.5)  # Would show a second one.

    warned = events_of(district, ticket["id"], "clock_warned", "depart")
    assert [round(parse_time(item["at"]) - due) for item in warned] == [-3, -2], warned
    breached = events_of(district, ticket["id"], "clock_breached", "depart")
    assert len(breached) == 1
    late_s = breached[0]["late_s"]
    assert 0 <= late_s < LATE_AT_MOST_S and abs(parse_time(breached[0]["at"]) - due - late_s) < 0.01, breached
    print(f"a deadline fired {late_s * 1000:.0f} ms late")
    assert clock(district, ticket["id"], "depart")["status"] == "breached"
    assert events_of(district, ticket["id"], "escalated")
    now = district.http.get(f"/api/v1/tickets/{ticket['id']}").json
    assert now["escalation_level"] >= 1 and now["state"] == "dispatched"
    assert district.http.metric("mercaptan_clocks_overdue", clock="depart") == 1
    assert district.http.metric("mercaptan_clock_lateness_seconds_count") >= 1
    # A missed deadline never stops the work.
    assert district.event(ticket["id"], "accept", now["assignee"]).status == 200
    assert district.event(ticket["id"], "depart", now["assignee"]).status == 200


def test_a_crew_that_does_not_accept_is_replaced_and_escalation_goes_on(make_district):
    district = short_district(make_district, accept="2s")
    district.start()
    collector = district.collector()
    ticket = leak(district)

    def orders():
        found = {m.json["order_id"]: m.json for m in collector.on_topic("mercaptan/v1/dispatch/zone-1")}
        return sorted(found.values(), key=lambda order: order["attempt"])

    wait_for(lambda: len(orders()) >= 3, 15, "orders to three crews")
    assert [order["attempt"] for order in orders()[:3]] == [1, 2, 3]
    assert len({order["crew"] for order in orders()[:3]}) == 3, orders()
    assert {order["ticket_id"] for order in orders()} == {ticket["id"]}

    def level():
        return district.http.get(f"/api/v1/tickets/{ticket['id']}").json["escalation_level"]

    before = level()
    assert before >= 1
    wait_for(lambda: level() > before, 10, "more escalation")
    last = district.http.get(f"/api/v1/tickets/{ticket['id']}").json["assignee"]
    assert district.event(ticket["id"], "accept", last).status == 200
    accepted = level()
    time.sleep(3)
    assert level() == accepted, "escalation for the missing acceptance ends with it"


def test_a_crew_that_declines_is_replaced(make_district):
    district = short_district(make_district)
    district.start()
    ticket = leak(district)
    declined = district.event(ticket["id"], "decline", ticket["assignee"], note="no van")
    assert declined.status == 200, declined
    wait_for(
        lambda: district.http.get(f"/api/v1/tickets/{ticket['id']}").json["assignee"]
        not in (None, ticket["assignee"]),
        5,
        "another crew",
    )


def test_only_a_supervisor_cancels_an_emergency(make_district):
    district = short_district(make_district)
    district.start()
    ticket = leak(district)
    for actor in ("anna", ticket["assignee"], "nobody"):
        refused = district.event(ticket["id"], "cancel", actor, note="false alarm")
        assert refused.status in (403, 409) and "problem+json" in refused.headers["Content-Type"], refused
        lowered = district.event(ticket["id"], "reclassify", actor, **{"class": 3, "note": "small"})
        assert lowered.status in (403, 409), lowered
    assert district.event(ticket["id"], "cancel", "boss").status in (400, 422), "a reason is needed"
    cancelled = district.event(ticket["id"], "cancel", "boss", note="false alarm")
    assert cancelled.status == 200 and cancelled.json["state"] == "cancelled", cancelled


def test_a_deadline_that_passed_while_the_processor_was_dead_fires_once_at_once(make_district):
    district = short_district(make_district, accept="60s")
    district.set_clock(CLASS1, "depart", within="3s", warn_at="[1s]")
    district.start()
    ticket = leak(district)
    due = parse_time(clock(district, ticket["id"], "depart")["due_at"])
    time.sleep(0.3)
    district.kill9("processor")
    assert time.time() < due, "killed too late to prove anything"
    sleep_until(time.monotonic() + due - time.time() + 2)
    started = time.time()
    district.restart("processor")
    ready = time.time()
    wait_for(lambda: events_of(district, ticket["id"], "clock_breached", "depart"), 2, "breach", every=0.005)
    time.sleep(1.5)

    breached = events_of(district, ticket["id"], "clock_breached", "depart")
    assert len(breached) == 1, breached
    fired = parse_time(breached[0]["at"])
    assert started < fired < ready + 0.5, (started, fired, ready)
    assert abs(breached[0]["late_s"] - (fired - due)) < 0.01, breached
    assert breached[0]["late_s"] >= 2
    print(f"ready {ready - started:.2f} s after the start, breach {breached[0]['late_s']:.3f} s late, as it was")

    district.kill9("processor")
    district.restart("processor")
    time.sleep(0.5)
    assert len(events_of(district, ticket["id"], "clock_breached", "depart")) == 1, "once, whatever happens"


def test_ten_thousand_open_clocks_survive_a_crash(make_district):
    leaks = 3400  # Each with the clocks accept, depart and arrive.
    district = make_district()
    generate_registry(district.registry_path, devices=leaks * 2, sites=leaks)
    district.set_clock(CLASS1, "depart", within="45s", warn_at="[40s]")
    district.start()
    fleet = district.fleet(
        *f"--no-online --rate 1 --duration 10 --leaks {leaks} --leak-once --window 500".split()
    )
    assert len(fleet.wait(60)["leaks"]) == leaks
    began = time.monotonic()
    wait_for(lambda: district.http.metric("mercaptan_tickets_open", state="dispatched") == leaks, 60, "tickets", 0.2)
    before = {t["id"]: t for t in district.tickets(limit=500)}
    assert len(before) == leaks
    running = sum(c["status"] == "running" for t in before.values() for c in t["clocks"])
    assert running >= 10_000, running
    last_due = max(parse_time(c["due_at"]) for t in before.values() for c in t["clocks"] if c["name"] == "depart")
    first_due = min(parse_time(c["due_at"]) for t in before.values() for c in t["clocks"] if c["name"] == "depart")
    print(f"{running} clocks run after {time.monotonic() - began:.1f} s of waiting")
    assert time.time() < first_due, "too slow to prove anything"

    district.kill9("processor")
    sleep_until(time.monotonic() + last_due - time.time() + 1)
    started = time.monotonic()
    district.restart("processor")
    print(f"ready {time.monotonic() - started:.2f} s after the start")
    wait_for(lambda: district.http.metric("mercaptan_clocks_overdue", clock="depart") == leaks, 20, "all fire", 0.1)
    print(f"all {leaks} missed departures known {time.monotonic() - started:.2f} s after the start")

    after = {t["id"]: t for t in district.tickets(limit=500)}
    assert after.keys() == before.keys()
    for ticket_id, ticket in after.items():
        dues = {c["name"]: c["due_at"] for c in before[ticket_id]["clocks"]}
        assert {c["name"]: c["due_at"] for c in ticket["clocks"]} == dues, ticket_id
        statuses = {c["name"]: c["status"] for c in ticket["clocks"]}
        assert (statuses["accept"], statuses["depart"], statuses["arrive"]) == ("running", "breached", "running")
    sample = list(after)[:: leaks // 100]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        breaches = pool.map(lambda i: len(events_of(district, i, "clock_breached", "depart")), sample)
        assert set(breaches) == {1}
