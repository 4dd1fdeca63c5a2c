"""The micro benchmarks: runs the programs and takes medians."""

import json
import os
import statistics
import subprocess


def run(folder, name, repetitions, devices, min_time_s=0.5):
    """Results of bench_<name> by benchmark, each a dict of medians over the repetitions."""
    out = subprocess.run(
        [folder / f"bench_{name}", "--benchmark_format=json", f"--benchmark_repetitions={repetitions}",
         f"--benchmark_min_time={min_time_s}"],
        env={**os.environ, "MERCAPTAN_BENCH_DEVICES": str(devices)},
        check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=1800,
    ).stdout
    samples = {}
    for entry in json.loads(out)["benchmarks"]:
        if entry["run_type"] == "iteration":
            samples.setdefault(entry["run_name"], []).append(entry)
    return {key: _median(entries) for key, entries in samples.items()}


def _median(entries):
    numbers = [k for k, v in entries[0].items() if isinstance(v, float | int) and not isinstance(v, bool)]
    return {k: statistics.median(e[k] for e in entries) for k in numbers}


def ns_per_item(result):
    return 1e9 / result["items_per_second"]


def measure(table, folder, repetitions, devices):
    core = run(folder, "core", repetitions, devices, min_time_s=2)
    step = next(v for k, v in core.items() if k.startswith("core_step"))
    lookup = next(v for k, v in core.items() if k.startswith("device_lookup_alone"))
    many = f"{devices:,} devices"
    table.row(f"core step, {many}", ns_per_item(step), "ns", "<= 400", "lookup alone", ns_per_item(lookup))
    table.row("memory of a device, engine alone", step["engine_bytes_per_device"], "B", "<= 300")
    table.row("memory of a device, its registry entry", step["registry_bytes_per_device"], "B", "(in the above)")

    decode = run(folder, "decode", repetitions, devices)
    table.row("native message to Reading", ns_per_item(decode["native_decode"]), "ns", "<= 300",
              "hand-written simdjson", ns_per_item(decode["hand_written_decode"]))

    rows = run(folder, "rows", repetitions, devices)
    table.row("uplink batch parsed, each reading", ns_per_item(rows["uplink_parse"]), "ns", "")
    table.row("history and journal encoded, each reading", ns_per_item(rows["history_encode"]), "ns", "")

    for name, result in run(folder, "processor", repetitions, devices).items():
        what = "one thread" if "one_thread" in name else "as in the program"
        table.row(f"processor alone, synced, {what}", result["items_per_second"], "readings/s", ">= 200000")

    for name, result in run(folder, "replay", repetitions, devices).items():
        what = "beside other rules" if "other:1" in name else "checked against the record"
        table.row(f"history replayed, {what}", result["items_per_second"], "readings/s", "> 100000")

    for result in run(folder, "restart", repetitions, devices).values():
        what = f"restart to ready, {many}, {int(result['clocks']):,} clocks, journal {int(result['journal_readings']):,}"
        table.row(what, result["real_time"], "s", "<= 6", "opening the store", result["store_open_s"])
        table.row("and once a day: copying its rows for replays", result["start_copied_s"], "s", "")
