"""Configuration changed while everything runs, and programs told to stop."""

import time

from clients import wait_for
from command_line import FAILED, USAGE, Cli
from district import parse_time, site_rows


def publish(district, site, lel_pct):
    district.mqtt("field").publish(
        district.topic(site, f"{site}-d1"), district.reading(ch4_lel_pct=lel_pct)
    )


def test_a_changed_rule_is_in_force_after_a_hangup(make_district):
    district = make_district(registry=site_rows("s1") + site_rows("s2")).start()
    publish(district, "s1", 15)
    first = wait_for(lambda: district.tickets(site="s1"), 10, "a ticket")[0]
    assert first["class"] == 2

    district.edit("rules.yaml", r"(id: gas\.alarm[\s\S]*?set: )20(, clear: )17", r"\g<1>14\g<2>12")
    district.processes["processor"].hang_up()
    wait_for(lambda: "reloaded" in district.processes["processor"].log_tail(), 5, "the reload")
    publish(district, "s2", 15)
    second = wait_for(lambda: district.tickets(site="s2"), 10, "a ticket")[0]
    assert second["class"] == 1
    assert second["rule_version"] != first["rule_version"]


def test_a_bad_file_is_refused_with_its_place_and_the_old_rules_stay(make_district):
    district = make_district(registry=site_rows("s1")).start()
    district.edit("rules.yaml", r"(id: gas\.alarm[\s\S]*?set: )20", r"\g<1>banana")
    line = next(
        number
        for number, text in enumerate((district.config / "rules.yaml").read_text().splitlines(), 1)
        if "banana" in text
    )
    processor = district.processes["processor"]
    processor.hang_up()
    wait_for(lambda: "reload refused" in processor.log_tail(), 5, "the refusal")
    assert f"rules.yaml:{line}:" in processor.log_tail()
    publish(district, "s1", 23.5)
    assert wait_for(lambda: district.tickets(site="s1"), 10, "a ticket")[0]["class"] == 1


def test_programs_stop_within_five_seconds_and_say_that_all_is_well(make_district):
    district = make_district(registry=site_rows("s1")).start()
    publish(district, "s1", 23.5)
    for name in ("gateway", "processor"):
        begun = time.monotonic()
        assert district.processes[name].stop(timeout=5) == 0, name
        assert time.monotonic() - begun < 5, name
    district.processes["processor"].start()
    district.processes["gateway"].start()
    district.wait_ready()
    assert len(wait_for(lambda: district.tickets(site="s1"), 15, "the ticket")) == 1


def report(district, site):
    answer = district.http.post(
        "/api/v1/tickets",
        {"kind": "repair", "class": 2, "channel": "hotline", "site": site, "zone": "zone-1", "symptom": "no_gas"},
    )
    assert answer.status == 201, answer
    return answer.json["id"]


def due_after(district, ticket_id, clock):
    """Seconds from the start of the clock to its deadline."""
    ticket = district.http.get(f"/api/v1/tickets/{ticket_id}").json
    found = next(c for c in ticket["clocks"] if c["name"] == clock)
    return round(parse_time(found["due_at"]) - parse_time(found["started_at"]))


HOUR = 3600


def test_open_tickets_keep_their_versions_until_somebody_migrates_them(make_district):
    district = make_district()
    district.set_clock("repair.class2", "arrive", within="8h")
    district.start()
    cli = Cli(district)
    processor = district.processes["processor"]
    old = report(district, "s1")
    assert due_after(district, old, "arrive") == 8 * HOUR

    # A changed file is a dry run first.
    district.set_clock("repair.class2", "arrive", within="5h")
    policies = str(district.config / "policies")
    table = cli.text("policies", "diff", "--policies", policies)
    assert old in table and "arrive" in table and "1 with other deadlines" in table, table
    moves = cli.json("policies", "diff", "--policies", policies)
    clock = moves["items"][0]["clocks"][0]
    assert clock["name"] == "arrive" and clock["verdict"] == "running"
    assert round(parse_time(clock["old_due_at"]) - parse_time(clock["new_due_at"])) == 3 * HOUR
    assert due_after(district, old, "arrive") == 8 * HOUR
    district.set_clock("repair.class2", "arrive", within="often")
    bad = cli.run("policies", "diff", "--policies", policies)
    assert bad.returncode == USAGE and "repair.class2.yaml:" in bad.stderr, bad
    district.set_clock("repair.class2", "arrive", within="5h")

    # In force: for what opens from now on. Over a restart, too.
    processor.hang_up()
    wait_for(lambda: "reloaded" in processor.log_tail(), 5, "the reload")
    young = report(district, "s2")
    for _ in range(2):
        assert due_after(district, old, "arrive") == 8 * HOUR
        assert due_after(district, young, "arrive") == 5 * HOUR
        district.kill9("processor")
        district.restart("processor")

    # Migrated by somebody who may, with a reason.
    refused = cli.run("policies", "migrate", "--actor", "crew-1", "--reason", "because")
    assert refused.returncode == FAILED and "supervisor" in refused.stderr, refused
    assert cli.json("policies", "migrate", "--actor", "boss", "--reason", "article 6.2")["migrated"] == 1
    assert due_after(district, old, "arrive") == 5 * HOUR
    lines = district.history(old)
    line = next(item for item in lines if item["event"] == "migrate")
    assert line["actor"] == "boss" and line["note"] == "article 6.2" and line["policy_version"]
    assert [item["clock"] for item in lines if item["event"] == "clock_moved"] == ["arrive"]
    assert cli.json("policies", "diff")["items"] == []


def test_a_deadline_beyond_the_calendar_is_in_the_alarm_list(make_district):
    district = make_district()
    for policy in ("repair.class2", "repair.class3"):
        district.set_clock(policy, "make_good", within="300d")
    district.start()
    ticket = report(district, "s1")
    for event in ("accept", "depart", "arrive", "make_safe"):
        crew = district.http.get(f"/api/v1/tickets/{ticket}").json["assignee"]
        assert district.event(ticket, event, crew).status == 200, event
    alarms = district.http.get("/api/v1/alarms?condition=calendar.year_missing").json["items"]
    assert len(alarms) == 1 and alarms[0]["active"] and alarms[0]["site"] == "system", alarms
    (page,) = [e for e in district.history(ticket) if (e["note"] or "").startswith("calendar ")]
    assert page["clock"] == "make_good"
