"""The tools that judge: the fleet says truly what it sent, the checker sees what is wrong, the gate cuts."""

import collections
import http.server
import json
import threading
import time
import urllib.parse

from checker import Verdict, check_readings, check_tickets, read_manifest
from clients import Mqtt, wait_for
from district import generate_registry
from gate import Gate


def arrived(probe):
    """(device, seq) of every reading that the broker passed on, with how often."""
    seen = collections.Counter()
    for message in list(probe.messages):
        _, _, _, device, leaf = message.topic.split("/", 4)
        if leaf in ("telemetry", "alarm"):
            seen[device, message.json["seq"]] += 1
    return seen


def brokers(make_district, devices=200, sites=40):
    district = make_district()
    generate_registry(district.registry_path, devices, sites)
    district.start_broker("field")
    return district, district.mqtt("field", ["gas/v1/#"])


def test_the_manifest_is_what_was_sent(make_district):
    district, probe = brokers(make_district)
    fleet = district.fleet(
        *"--rate 500 --duration 3 --drop 0.05 --duplicate 0.05 --late 0.05 --late-by 1 --skew 0.1".split(),
        *"--leak at=500ms,kind=sudden --leak at=0s,kind=rooms,peak=40 --leak at=1s,kind=main,sites=3,over=1s".split(),
        *"--leak at=0s,kind=slow,over=2s --leak-interval 0.2".split(),
    )
    summary = fleet.wait(30)
    sent = read_manifest(fleet.manifest_path)
    wait_for(lambda: sent.acked == set(arrived(probe)), 5, "everything sent")
    for key, count in arrived(probe).items():
        assert count == sent.readings[key]["copies"], key
    assert len(sent.readings) == summary["sent"] == summary["acked"]
    assert summary["dropped"] and summary["late"] and summary["duplicates"]
    assert {leak["kind"] for leak in summary["leaks"]} == {"slow", "sudden", "rooms", "main"}
    for leak in summary["leaks"]:
        assert sent.leaks[leak["id"]] == set(leak["sites"]), leak


def test_a_broker_that_restarts_costs_nothing(make_district):
    district, _ = brokers(make_district)
    fleet = district.fleet(*"--rate 1000 --duration 5".split())
    time.sleep(1.5)
    district.processes["field"].stop()
    time.sleep(0.5)
    district.restart("field")
    summary = fleet.wait(30)
    assert summary["reconnects"] >= 1 and summary["unacked"] == 0
    assert all(line["acked"] for line in read_manifest(fleet.manifest_path).readings.values())


def test_a_valve_closes_and_an_alarm_is_repeated_until_it_is_confirmed(make_district):
    district, probe = brokers(make_district)
    gateway = district.mqtt("field")
    fleet = district.fleet(
        *"--rate 100 --duration 4 --leak at=0s,kind=sudden,site=s00001 --certain --certain-interval 0.3".split(),
        *"--leak-interval 60".split(),
    )
    wait_for(lambda: max(arrived(probe).values(), default=0) >= 2, 5, "a repeated alarm")
    alarm = next(m for m in probe.messages if m.topic.endswith("/alarm"))
    base = "gas/v1/s00001"
    gateway.publish(alarm.topic.replace("/alarm", "/ack"), {"seq": alarm.json["seq"]})
    gateway.publish(f"{base}/s00001-v2/command", {"id": "c1", "action": "close_valve"})
    gateway.publish(f"{base}/s00001-d1/command", {"id": "c2", "action": "close_valve"})
    wait_for(lambda: len([m for m in probe.messages if m.topic.endswith("command/ack")]) == 2, 5, "both answers")
    answers = {m.json["id"]: m.json["result"] for m in probe.messages if m.topic.endswith("command/ack")}
    assert answers == {"c1": "done", "c2": "failed"}
    wait_for(lambda: any(m.topic == f"{base}/s00001-v2/telemetry" and "valve_closed" in m.json["status"]
                         for m in list(probe.messages)), 5, "valve_closed")
    summary = fleet.wait(30)
    assert summary["confirmed"] == 1 and summary["valves_closed"] == 1


def serve_history(readings):
    """A processor's history, as planted: {device: [items]}."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            device = urllib.parse.unquote(self.path.split("/")[4])
            body = json.dumps({"items": readings.get(device, []), "next_cursor": None}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def test_the_checker_sees_every_kind_of_wrong(tmp_path):
    def line(seq, **more):
        return {"device": "d", "site": "s", "seq": seq, "event_at": "2026-11-21T08:00:00.123Z", "values": {"co_ppm": 1.5},
                "status": [], "acked": True, "copies": 1, "dropped": False, "leak": None, **more}

    def item(seq, **more):
        return {"seq": seq, "at": "2026-11-21T08:00:00.123Z", "values": {"co_ppm": 1.5}, "status": [], **more}

    lines = [line(1), line(2), line(3), line(4, status=["alarm_low"], leak="leak-1"), line(5, acked=False)]
    lines.append(line(6, dropped=True, copies=0))
    manifest = tmp_path / "manifest.jsonl"
    manifest.write_text("".join(json.dumps(text) + "\n" for text in lines))
    sent = read_manifest(manifest)
    ticket = {"class": 1, "site": "s", "id": "t1"}

    good = {"d": [item(1), item(2), item(3), item(4, status=["alarm_low"])]}
    bad = {"d": [item(1), item(2), item(2), item(3, values={"co_ppm": 9}), item(9)]}
    server = serve_history(good)
    verdict = check_tickets(sent, [ticket], check_readings(sent, server.server_port, Verdict()))
    assert verdict.good and verdict.expected == verdict.found == 4, str(verdict)
    server.shutdown()

    server = serve_history(bad)
    verdict = check_readings(sent, server.server_port, Verdict())
    assert verdict.missing == [("d", 4)] and verdict.doubled == [("d", 2)]
    assert verdict.unexpected == [("d", 9)] and len(verdict.changed) == 1
    server.shutdown()
    assert check_tickets(sent, [], Verdict()).leaks_without_ticket == [("leak-1", "s")]
    twice = [ticket, {**ticket, "id": "t2"}]
    assert check_tickets(sent, twice, Verdict()).sites_with_more == [("s", ["t1", "t2"])]


def test_the_gate_cuts_heals_and_refuses(make_district):
    district, _ = brokers(make_district)
    gate = Gate(district.ports["field"])
    behind = district.mqtt("field")
    reader = Mqtt(gate.port, ["x/#"])
    behind.publish("x/1", "a")
    wait_for(lambda: len(reader.messages) == 1, 2, "through the open gate")
    gate.cut()
    behind.publish("x/2", "b")
    time.sleep(0.3)
    assert len(reader.messages) == 1
    gate.heal()
    wait_for(lambda: len(reader.messages) == 2, 2, "what was held back")
    gate.refuse()
    time.sleep(0.3)
    behind.publish("x/3", "c")
    time.sleep(0.3)
    assert len(reader.messages) == 2
    gate.heal()
    wait_for(lambda: behind.publish("x/4", "d") or len(reader.messages) > 2, 5, "a new connection", every=0.2)
    reader.close()
    gate.close()
