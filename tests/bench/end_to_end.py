"""The end-to-end benchmarks: real brokers, gateway and processor on loopback, the fleet as load.

Everything lies in a folder on the disk, whose syncs are part of what is measured; what only the measuring
writes is kept in memory.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from clients import Http, wait_for  # noqa: E402
from district import BIN, District  # noqa: E402

PROBE = BIN.parent / "bench" / "bench_probe"
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
DEVICES = 50_000
NEVER_MISSED_S = 86_400
DRAIN_S = 120
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def percentile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else float("nan")


def metric_sum(port, name):
    """The sum of all series of a metric."""
    text = Http(port).request("GET", "/metrics").text
    return sum(float(v) for v in re.findall(rf"^{name}(?:{{[^}}]*}})? ([^ \n]+)$", text, flags=re.MULTILINE))


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def probe(*arguments, **more):
    return subprocess.Popen([PROBE, *map(str, arguments)], stdout=subprocess.PIPE, text=True, **more)


def registry_rows(path, sites):
    subprocess.run(
        [BIN / "mercaptan-fleet", "--devices", str(DEVICES), "--sites", str(sites), "--zones", "2",
         "--expected-interval", str(NEVER_MISSED_S), "--write-registry", path, "--registry-only"],
        check=True, stderr=subprocess.DEVNULL,
    )
    return pathlib.Path(path).read_text().splitlines()[1:]


class Bench:
    """A district for one measurement; gone at the end of the `with` block."""

    def __init__(self, folder):
        self.disk = tempfile.TemporaryDirectory(dir=folder, prefix="mercaptan-bench-")
        self.memory = tempfile.TemporaryDirectory(dir=MEMORY, prefix="mercaptan-bench-")
        rows = registry_rows(pathlib.Path(self.memory.name) / "fleet.csv", DEVICES // 5)
        self.district = District(self.disk.name, rows)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if error[0]:
            print(self.district.logs(), file=sys.stderr)
        self.district.close()
        self.disk.cleanup()
        self.memory.cleanup()

    def fleet(self, *options, timeout):
        """Runs the fleet to its end; returns its summary."""
        argv = [BIN / "mercaptan-fleet", "--port", self.district.ports["field"], "--registry",
                self.district.registry_path, "--no-online", "--quiet", "--window", 200, *options]
        done = subprocess.run(list(map(str, argv)), stdout=subprocess.PIPE, text=True, timeout=timeout)
        assert done.stdout, f"the fleet said nothing, exit code {done.returncode}"
        return json.loads(done.stdout.splitlines()[-1])

    def cpu(self):
        return {name: cpu_seconds(process.pid) for name, process in self.district.processes.items() if process.alive}

    def processor_has(self):
        return metric_sum(self.district.ports["processor"], "mercaptan_processor_readings_total")

    def gateway_has(self):
        return metric_sum(self.district.ports["gateway"], "mercaptan_gateway_messages_total")

    def drained(self, wanted, count):
        """When `count` first gave `wanted`; it is looked at 20 times a second."""
        wait_for(lambda: count() >= wanted, DRAIN_S, f"{wanted} messages", every=0.05)
        return time.monotonic()


def cpu_text(before, after, messages):
    return ", ".join(f"{n} {(after[n] - before[n]) * 1e6 / messages:.1f}" for n in after if n in before)


def disk_floor(folder, seconds):
    """fdatasync of 256 B every 5 ms, in ms."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        out, _ = probe("disk", pathlib.Path(place) / "floor", seconds).communicate(timeout=seconds + 30)
        return json.loads(out)


def null_subscriber(folder, messages):
    """msg/s of a Paho subscriber that does nothing, at flood through the field broker."""
    with Bench(folder) as bench:
        bench.district.start_broker("field")
        counter = probe("count", bench.district.ports["field"], "gas/#", messages, DRAIN_S)
        assert counter.stdout.readline() == "ready\n"
        bench.fleet("--rate", 0, "--count", messages, "--duration", 600, timeout=700)
        out, _ = counter.communicate(timeout=DRAIN_S + 30)
        result = json.loads(out)
        assert result["messages"] >= messages, result
        return result["per_s"]


def gateway_alone(table, folder, messages, floor):
    """At flood, with nobody behind the gateway: everything must go through its outbox on disk."""
    with Bench(folder) as bench:
        bench.district.start_broker("field")
        bench.district.start_gateways()
        bench.district.wait_one_ready("gateway")
        before, begun = bench.cpu(), time.monotonic()
        sent = bench.fleet("--rate", 0, "--count", messages, "--duration", 600, timeout=700)["acked"]
        rate = sent / (bench.drained(sent, bench.gateway_has) - begun)
        table.row("gateway alone, stored before PUBACK", rate, "msg/s", ">= 30000", "null subscriber", floor)
        table.note("  CPU us/msg", cpu_text(before, bench.cpu(), sent))


def whole_chain(table, folder, rate, seconds, floor):
    """At a rate, or at flood with rate 0: how fast everything gets into the history, and is all of it there."""
    with Bench(folder) as bench:
        bench.district.start()
        before, begun = bench.cpu(), time.monotonic()
        summary = bench.fleet("--rate", rate, "--duration", seconds, timeout=seconds + 120)
        ended = time.monotonic()
        sent = summary["acked"]
        drained = bench.drained(sent, bench.processor_has)
        lost = sent - bench.processor_has()
        what = f"at {rate:,}/s" if rate else "at flood"
        table.row(f"whole chain {what}, {seconds} s, lost {lost:.0f} of {sent:,}", sent / (drained - begun),
                  "msg/s", ">= 20000, 0 lost", "null subscriber", floor)
        table.note("  behind at the end, s", f"{drained - ended:.2f}")
        table.note("  CPU us/msg", cpu_text(before, bench.cpu(), sent))


def latency(table, folder, rate, seconds, reach, disk):
    """From handing a leak's alarm to the field broker's socket to its ticket from the central broker."""
    with Bench(folder) as bench:
        bench.district.start()
        manifest = pathlib.Path(bench.memory.name) / "sent.jsonl"
        watcher = probe("tickets", bench.district.ports["central"], seconds + 300)
        assert watcher.stdout.readline() == "ready\n"
        leaks = min(seconds * 50, DEVICES // 10)
        summary = bench.fleet("--rate", rate, "--duration", seconds, "--leaks", leaks, "--leak-once", "--manifest",
                              manifest, timeout=seconds + 120)
        bench.drained(summary["acked"], bench.processor_has)
        time.sleep(1)
        watcher.terminate()
        seen = {}  # By site: when its ticket was first seen, and when the gateway had its alarm.
        for line in watcher.communicate(timeout=30)[0].splitlines():
            at_us, site, opened_ms = line.split()
            seen.setdefault(site, (int(at_us), int(opened_ms) * 1000))
        sent = {}
        with open(manifest, encoding="utf-8") as lines:
            for line in lines:
                if '"alarm"' in line and (message := json.loads(line))["topic"] == "alarm":
                    sent[message["site"]] = min(sent.get(message["site"], 1 << 62), message["sent_us"])
        waits_ms = [(seen[site][0] - at) / 1000 for site, at in sent.items() if site in seen]
        to_gateway_ms = [max(0, seen[site][1] - at) / 1000 for site, at in sent.items() if site in seen]
        name = f"leak to ticket at {rate:,}/s, {len(sent)} leaks, {len(sent) - len(waits_ms)} without ticket"
        for part, label, figure in ((0.5, "p50", "p50"), (0.99, "p99", "p99"), (0.999, "p99.9", "p999")):
            table.row(f"{name if part == 0.5 else '  …'}, {label}", percentile(waits_ms, part), "ms",
                      reach.get(label, ""), f"fdatasync {label}", disk[figure])
        table.note("  of that until the gateway has it, ms",
                   f"p50 {percentile(to_gateway_ms, 0.5):.1f}  p99 {percentile(to_gateway_ms, 0.99):.1f}")


def measure(table, folder, seconds, flood):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    disk = disk_floor(folder, 5)
    table.note("fdatasync of 256 B every 5 ms, ms", f"p50 {disk['p50']}  p99 {disk['p99']}  p99.9 {disk['p999']}")
    floor = null_subscriber(folder, flood)
    table.row("null Paho subscriber through the field broker", floor, "msg/s", "(floor)")
    gateway_alone(table, folder, flood, floor)
    whole_chain(table, folder, 20_000, seconds, floor)
    whole_chain(table, folder, 0, min(seconds, 20), floor)
    latency(table, folder, 5_000, seconds, {"p50": "<= 2", "p99": "<= 8"}, disk)
    latency(table, folder, 20_000, seconds, {"p99": "<= 25"}, disk)
