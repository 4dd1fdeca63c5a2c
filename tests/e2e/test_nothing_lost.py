"""Whatever dies or is cut: what the field broker took is in the history exactly once."""

import os
import random
import time

from checker import Verdict, check_readings, check_tickets, read_manifest
from clients import wait_for
from district import generate_registry

SEED = int(os.environ.get("MERCAPTAN_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 31)
KILLS_OF_EACH = 20
CUT_S = 60
BROKER_AWAY_S = 5
DEVICES, SITES = 400, 80


def loaded_district(make_district, **options):
    district = make_district(**options)
    generate_registry(district.registry_path, devices=DEVICES, sites=SITES)
    return district.start()


def drained(district, timeout=60):
    """Until nothing waits at the gateway any more."""

    def empty():
        metrics = district.gateway_http()
        return metrics.metric("mercaptan_gateway_outbox_messages") == 0

    wait_for(empty, timeout, "an empty outbox", every=0.1)


def check(district, fleet):
    sent = read_manifest(fleet.manifest_path)
    port = district.ports["processor"]

    def verdict():
        found = check_readings(sent, port, Verdict())
        return check_tickets(sent, district.tickets(limit=500), found)

    # What the field broker still had in hand for a gateway that died comes after the outbox was empty.
    end = time.monotonic() + 30
    result = verdict()
    while result.missing and time.monotonic() < end:
        time.sleep(1)
        result = verdict()
    print(result)
    assert result.good, str(result)
    assert result.expected > 0 and sent.leaks
    return result


def fleet_options(rate, leaks, within, duration=600):
    return (
        f"--seed {SEED} --rate {rate} --duration {duration} --leaks {leaks} --leaks-within {within} --leak-interval 2 --connections 4 "
        "--duplicate 0.02 --late 0.02 --late-by 2 --drop 0.01"
    ).split()


def test_programs_killed_at_random_moments(make_district):
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    district = loaded_district(make_district)
    kills = ["gateway", "processor"] * KILLS_OF_EACH
    rng.shuffle(kills)
    fleet = district.fleet(*fleet_options(rate=400, leaks=40, within=30))
    time.sleep(1)
    for name in kills:
        time.sleep(rng.uniform(0.05, 1.2))
        district.kill9(name)
        time.sleep(rng.uniform(0, 0.2))
        # Not waiting until it is ready: the next kill may hit a recovery.
        district.restart(name, ready=False)
    district.wait_ready()
    time.sleep(1)
    summary = fleet.stop()
    drained(district)
    result = check(district, fleet)
    print(f"{len(kills)} kills, {summary['acked']} acknowledged, {result.found} found, {summary['alarms']} alarms")


def test_the_central_broker_goes_and_comes_back(make_district):
    district = loaded_district(make_district)
    fleet = district.fleet(*fleet_options(rate=400, leaks=12, within=BROKER_AWAY_S + 6))
    time.sleep(2)
    district.processes["central"].stop()
    time.sleep(BROKER_AWAY_S)
    district.restart("central")
    time.sleep(2)
    district.kill9("central")
    time.sleep(1)
    district.restart("central")
    time.sleep(2)
    fleet.stop()
    # A reconnect may have backed off for up to 3 s; the backlog itself must not take long.
    wait_for(lambda: district.gateway_http().metric("mercaptan_gateway_uplink_connected"), 10, "the uplink")
    district.wait_one_ready("processor")
    began = time.monotonic()
    drained(district, timeout=20)
    print(f"backlog gone {time.monotonic() - began:.1f} s after both sides were connected again")
    check(district, fleet)


def test_a_cut_link_heals_and_emergencies_come_first(make_district):
    district = loaded_district(make_district, gated=True)
    rate = 1500
    fleet = district.fleet(*fleet_options(rate=rate, leaks=12, within=CUT_S + 4, duration=CUT_S + 8))
    time.sleep(2)
    before = district.http.metric("mercaptan_processor_readings_total")
    known = {t["site"] for t in district.tickets(limit=500)}
    district.gate.cut()
    time.sleep(CUT_S)
    stalled = district.http.metric("mercaptan_processor_readings_total")
    assert stalled - before < rate * 2, "the cut did not cut"
    backlog = district.gateway_http().metric("mercaptan_gateway_outbox_messages", lane="bulk")
    assert backlog > 0

    # Narrow the healed link, so that the order in which things pass can be seen.
    district.gate.delay(0.02)
    healed = time.monotonic()
    district.gate.heal()
    cut_leaks = sites_with_leaks_now(fleet) - known
    wait_for(lambda: cut_leaks <= {t["site"] for t in district.tickets(limit=500)}, 60, "tickets of the cut")
    tickets_after_s = time.monotonic() - healed
    left = district.gateway_http().metric("mercaptan_gateway_outbox_messages", lane="bulk")
    passed = district.http.metric("mercaptan_processor_readings_total") - stalled
    print(
        f"{CUT_S} s cut: {len(cut_leaks)} leaks had tickets {tickets_after_s:.2f} s after the heal, "
        f"when {passed:.0f} readings had passed and {left:.0f} bulk messages still waited"
    )
    assert cut_leaks and left > 0, "the emergencies came with the backlog, not before it"
    district.gate.delay(0)
    fleet.wait(60)
    drained(district)
    check(district, fleet)


def sites_with_leaks_now(fleet):
    """Sites that have reported 20 %LEL or more so far, from the manifest being written."""
    sites = set()
    with open(fleet.manifest_path, encoding="utf-8") as lines:
        for line in lines:
            if '"alarm_low"' in line and line.endswith("}\n"):
                sites.add(line.split('"site":"')[1].split('"')[0])
    return sites
