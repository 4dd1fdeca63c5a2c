"""Recorded history once more: beside the running processor, through other rules, and over a death."""

import json
import re
import shutil
import subprocess
import time

from clients import wait_for
from district import BIN, generate_registry

FINE, FAILED, USAGE = 0, 1, 2


def replay(data, *arguments, code=FINE):
    done = subprocess.run(
        [BIN / "mercaptan", "--json", "replay", "--data", data, *arguments],
        capture_output=True, text=True, timeout=120, check=False,
    )
    assert done.returncode == code, done
    return json.loads(done.stdout) if done.stdout else done.stderr


def counted(district):
    text = district.http.get("/metrics").text
    return int(float(re.search(r"^mercaptan_processor_readings_total (\S+)", text, re.M).group(1)))


def test_a_day_of_a_district_is_replayed(make_district):
    district = make_district()
    generate_registry(district.registry_path, 200, 40)
    district.start()
    fleet = district.fleet(
        *"--rate 500 --duration 6 --duplicate 0.05 --late 0.05 --late-by 1".split(),
        *"--leak at=500ms,kind=sudden --leak at=1s,kind=main,sites=5,over=1s".split(),
    )
    ticket = wait_for(lambda: district.tickets(state="dispatched"), 20, "a ticket")[0]
    district.event(ticket["id"], "accept", ticket["assignee"])
    district.kill9("processor")
    district.restart("processor")
    district.edit("rules.yaml", r"(incident_window: )30m", r"\g<1>20m")
    district.processes["processor"].hang_up()
    fleet.wait(60)
    data = district.folder / "processor"
    time.sleep(1)

    # With the rules that were in force, while the processor runs.
    same = replay(data)
    assert same["reproduced"]["different"] == 0 and same["reproduced"]["commits"] > 10
    assert same["readings"] >= counted(district) > 1000
    tickets = district.tickets()
    assert same["recorded"]["tickets"] == len(tickets)
    assert same["recorded"]["clocks"]["accept"]["met"] >= 1

    # If no condition were an emergency, the same leaks would be Class 2 tickets at the same time.
    rules = district.folder / "other.yaml"
    rules.write_text(re.sub(r"class: 1(,|\n)", r"class: 2\1", (district.config / "rules.yaml").read_text()))
    other = replay(data, "--rules", rules)
    assert other["reproduced"]["different"] == 0
    assert other["recorded"] == same["recorded"]
    assert other["other"]["alarms"] == other["recorded"]["alarms"]
    assert not other["tickets_more"] and not other["tickets_fewer"]
    graver = {t["id"] for t in tickets if t["class"] == 1}
    assert graver == {change["recorded"]["id"] for change in other["tickets_changed"]}
    assert all(change["other"]["class"] == 2 and change["later_ms"] == 0 for change in other["tickets_changed"])

    # A copy of a store that nobody has open, and a part of the time.
    district.processes["processor"].stop()
    copy = district.folder / "copy"
    shutil.copytree(data / "store", copy)
    assert replay(copy)["readings"] == same["readings"]
    assert replay(copy, "--from", "2h", "--to", "1h")["reproduced"]["commits"] == 0


def test_mistakes_are_named(make_district):
    district = make_district()
    assert "--data: expected" in replay(district.folder / "nowhere", code=USAGE)
    assert "--rules" in replay(district.folder, "--rules", "missing.yaml", code=USAGE)
