"""Configuration changed while everything runs, and programs told to stop."""

import time

from clients import wait_for
from district import site_rows


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
