"""Detectors, gateways and callers that report one leak at once: one open ticket."""

import collections
import concurrent.futures

from clients import wait_for
from district import site_rows

REPEATS = 100
DETECTORS = 3
CALLERS = 8


def test_one_leak_reported_by_everybody_is_one_ticket(make_district):
    district = make_district(registry=site_rows("s1", DETECTORS), gateways=2).start()
    collector = district.collector()
    fields = [district.mqtt("field") for _ in range(DETECTORS)]
    call = {"kind": "repair", "channel": "hotline", "site": "s1", "zone": "zone-1", "symptom": "leak"}

    def detector(number):
        device = f"s1-d{number + 1}"
        for i in range(REPEATS):
            leaf = "alarm" if i % 2 else "telemetry"
            fields[number].publish(
                district.topic("s1", device, leaf), district.reading(ch4_lel_pct=25 + i % 40)
            )

    def caller(_number):
        return [district.http.post("/api/v1/tickets", call).status for _ in range(5)]

    with concurrent.futures.ThreadPoolExecutor(DETECTORS + CALLERS) as pool:
        detectors = [pool.submit(detector, i) for i in range(DETECTORS)]
        callers = [pool.submit(caller, i) for i in range(CALLERS)]
        for detecting in detectors:
            detecting.result(60)
        statuses = collections.Counter(s for calling in callers for s in calling.result(60))
    assert set(statuses) <= {200, 201}, statuses

    def all_arrived():
        return all(
            len(district.http.items(f"/api/v1/devices/s1-d{i + 1}/readings")) >= REPEATS for i in range(DETECTORS)
        )

    wait_for(all_arrived, 20, "every reading of every detector")
    for i in range(DETECTORS):
        readings = district.http.items(f"/api/v1/devices/s1-d{i + 1}/readings")
        assert len(readings) == REPEATS, "two gateways deliver the same message; it counts once"

    tickets = district.tickets()
    assert len(tickets) == 1, [(t["id"], t["state"], t["channel"]) for t in tickets]
    assert tickets[0]["class"] == 1
    assert sorted(tickets[0]["devices"]) == [f"s1-d{i + 1}" for i in range(DETECTORS)]
    orders = {m.json["order_id"] for m in collector.on_topic("mercaptan/v1/dispatch/")}
    assert len(orders) == 1, orders


def test_neighbouring_sites_keep_their_own_tickets(make_district):
    district = make_district(registry=site_rows("s1", 3) + site_rows("s2", 3), gateways=2).start()
    field = district.mqtt("field")
    for i in range(20):
        for site in ("s1", "s2"):
            for device in (f"{site}-d1", f"{site}-d2", f"{site}-d3"):
                field.send(district.topic(site, device, "alarm"), district.reading(ch4_lel_pct=30 + i))
    wait_for(lambda: len(district.tickets()) == 2, 10, "two tickets")
    wait_for(lambda: all(len(t["devices"]) == 3 for t in district.tickets()), 10, "all six detectors")
    assert sorted(t["site"] for t in district.tickets()) == ["s1", "s2"]
