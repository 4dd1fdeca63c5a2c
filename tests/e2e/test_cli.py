"""The operators' command line: list, show, watch, act; tables for people, --json for programs."""

import json

from clients import wait_for
from command_line import FAILED, FINE, USAGE, Cli
from district import site_rows


def leaking_district(make_district):
    district = make_district(registry=site_rows("s1")).start()
    district.mqtt("field").publish(district.topic("s1", "s1-d1"), district.reading(ch4_lel_pct=23.5))
    wait_for(lambda: [t for t in district.tickets() if t["state"] == "dispatched"], 10, "dispatched")
    return district, Cli(district)


def test_a_ticket_is_listed_shown_and_worked_to_its_end(make_district):
    district, cli = leaking_district(make_district)
    ticket = cli.json("tickets")["items"][0]
    ticket_id, crew = ticket["id"], ticket["assignee"]
    assert ticket == district.http.get(f"/api/v1/tickets/{ticket_id}").json
    assert cli.json("tickets", "show", ticket_id) == ticket

    for table in (cli.text("tickets"), cli.text("tickets", "list", "--class", "1", "--site", "s1")):
        assert ticket_id in table and "s1" in table and "dispatched" in table and crew in table
    shown = cli.text("tickets", "show", ticket_id)
    for word in (ticket_id, "repair.class1", "zone-1", "gas.alarm", "depart", "running"):
        assert word in shown, (word, shown)
    assert ticket_id not in cli.text("tickets", "list", "--class", "3")

    for event in ("accept", "depart", "arrive", "make_safe", "repair"):
        assert ticket_id in cli.text("tickets", "act", ticket_id, event, "--actor", crew)
    version = district.http.get(f"/api/v1/tickets/{ticket_id}").json["version"]
    stale = cli.run("tickets", "act", ticket_id, "note", "--actor", "anna", "--note", "x", "--if-version", "1")
    assert stale.returncode == FAILED and stale.stderr, stale
    noted = cli.json("tickets", "act", ticket_id, "note", "--actor", "anna", "--note", "old pipe", "--if-version", str(version))
    assert noted["version"] == version + 1
    history = cli.json("tickets", "history", ticket_id)["items"]
    assert [h["note"] for h in history if h["event"] == "note"] == ["old pipe"]
    assert "old pipe" in cli.text("tickets", "history", ticket_id)

    cli.text("tickets", "act", ticket_id, "close", "--actor", "anna")
    assert cli.json("tickets")["items"] == []
    assert ticket_id in cli.text("tickets", "list", "--all")
    assert ticket_id in cli.text("tickets", "list", "--state", "closed")


def test_watch_prints_every_change_as_it_happens(make_district):
    district, cli = leaking_district(make_district)
    ticket = district.tickets()[0]
    watching = cli.start("--json", "tickets", "watch", "--count", "2")
    first = json.loads(watching.stdout.readline())
    assert first["ticket"]["id"] == ticket["id"]
    for event in ("accept", "depart"):
        assert district.event(ticket["id"], event, ticket["assignee"]).status == 200
    seen = [json.loads(line)["ticket"] for line in watching.stdout]
    assert watching.wait(10) == FINE
    assert [t["state"] for t in seen] == ["accepted", "departed"]
    assert [t["version"] for t in seen] == sorted(t["version"] for t in seen)


def test_a_report_is_raised_once_and_says_what_to_tell_the_caller(make_district):
    district = make_district(registry=site_rows("s1")).start()
    cli = Cli(district)
    report = ("tickets", "report", "--site", "s1", "--zone", "zone-1", "--symptom", "gas_smell", "--channel", "hotline")
    said = cli.text(*report, "--name", "王", "--phone", "13800000000", "--key", "call-7")
    assert "raised" in said and "119" in said and "阀" in said and "valve" in said
    cli.text(*report, "--key", "call-7")
    assert len(district.tickets()) == 1
    assert "joined" in cli.text(*report)
    assert len(district.tickets()) == 1


def test_alarms_are_listed_acknowledged_and_reset_when_safe(make_district):
    district, cli = leaking_district(make_district)
    ticket = district.tickets()[0]
    alarm = cli.json("alarms", "list", "--condition", "gas.alarm")["items"][0]
    assert alarm["id"] in cli.text("alarms") and "gas.alarm" in cli.text("alarms")
    assert cli.run("alarms", "shelve", alarm["id"], "--actor", "anna").returncode == FAILED, "never an emergency"
    assert cli.run("alarms", "reset", alarm["id"], "--actor", "anna").returncode == FAILED, "not safe yet"
    cli.text("alarms", "ack", alarm["id"], "--actor", "anna")
    assert cli.json("alarms", "list", "--condition", "gas.alarm")["items"][0]["acked"] is True
    assert cli.json("alarms", "list", "--unacked", "--condition", "gas.alarm")["items"] == []
    for event in ("accept", "depart", "arrive", "make_safe"):
        assert district.event(ticket["id"], event, ticket["assignee"]).status == 200
    district.mqtt("field").publish(district.topic("s1", "s1-d1"), district.reading(ch4_lel_pct=0.5))
    wait_for(lambda: len(cli.json("readings", "s1-d1")["items"]) == 2, 5, "the reading after")
    cli.text("alarms", "reset", alarm["id"], "--actor", "boss")
    assert alarm["id"] not in cli.text("alarms")


def test_devices_and_readings(make_district):
    district, cli = leaking_district(make_district)
    devices = cli.json("devices")["items"]
    assert {d["id"] for d in devices} == {"s1-d1", "s1-v"}
    assert "s1-d1" in cli.text("devices", "list", "--kind", "leak_detector")
    assert "s1-v" not in cli.text("devices", "list", "--kind", "leak_detector")
    assert "23.5" in cli.text("devices", "show", "s1-d1")
    readings = cli.json("readings", "s1-d1", "--from", "1h")["items"]
    assert [r["values"]["ch4_lel_pct"] for r in readings] == [23.5]
    assert "ch4_lel_pct=23.5" in cli.text("readings", "s1-d1")
    assert len(district.tickets()) == 1


def test_what_goes_wrong_is_said_with_its_exit_code(make_district):
    district, cli = leaking_district(make_district)
    ticket_id = district.tickets()[0]["id"]
    for arguments, code in (
        ((), USAGE),
        (("dance",), USAGE),
        (("tickets", "show"), USAGE),
        (("tickets", "list", "--limit", "0"), USAGE),
        (("tickets", "list", "--class", "9"), USAGE),
        (("tickets", "act", ticket_id, "explode", "--actor", "anna"), USAGE),
        (("tickets", "act", ticket_id, "close", "--actor", "anna"), FAILED),
        (("tickets", "show", "T-none"), FAILED),
        (("devices", "show", "none"), FAILED),
        (("--server", "http://127.0.0.1:9", "tickets"), FAILED),
    ):
        done = cli.run(*arguments)
        assert done.returncode == code and done.stderr, (arguments, done)
    assert cli.run("--help").returncode == FINE
    assert cli.text("--version").strip()
    refused = cli.run("tickets", "act", ticket_id, "close", "--actor", "anna").stderr
    assert "accept" in refused, "says what would be allowed"


def test_figures_are_shown_and_come_as_csv(make_district):
    _, cli = leaking_district(make_district)
    figures = cli.json("figures")
    assert figures["groups"][0]["received"] == 1 and figures["alarms"]["raised"] == 3
    assert figures["groups"][0]["timeliness"][0]["class"] == 1
    text = cli.text("kpi", "--from", "1h")
    assert "UK: escapes within 1 h" in text and "gas.alarm" in text
    report = cli.text("figures", "--csv", "new_york").splitlines()
    assert len(report) == 2 and report[1].split(",")[1] == "1"
    refused = cli.run("figures", "--month", "2026-13")
    assert refused.returncode == USAGE and "month" in refused.stderr
