"""A whole small utility on free loopback ports: two brokers, gateways and a processor."""

import datetime
import getpass
import itertools
import json
import os
import pathlib
import re
import shutil
import subprocess
import time

from clients import Events, Http, Mqtt, wait_for
from gate import Gate
from processes import Process, free_port, wait_for_port

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("MERCAPTAN_BIN", ROOT / "build" / "release" / "bin")).resolve()
MOSQUITTO = shutil.which("mosquitto") or "/usr/sbin/mosquitto"

REGISTRY_HEADER = (
    "device_id,site,zone,group,kind,profile,gas,location,valve_device,"
    "installed_on,expires_on,expected_interval_s"
)
NEVER_SILENT_S = 86400

ROSTER = """\
crews:
  - {id: crew-1, zones: [zone-1], shifts: ["00:00-24:00"]}
  - {id: crew-2, zones: [zone-1], shifts: ["00:00-24:00"]}
  - {id: crew-3, zones: [zone-1, zone-2], shifts: ["00:00-24:00"]}
  - {id: crew-4, zones: [], shifts: ["00:00-24:00"]}
people:
  - {id: boss, role: supervisor}
  - {id: anna, role: dispatcher}
"""


def registry_row(device, site, kind="leak_detector", zone="zone-1", valve="", interval_s=NEVER_SILENT_S):
    return (
        f"{device},{site},{zone},riser-1,{kind},native,natural_gas,kitchen,{valve},"
        f"2025-01-01,2035-01-01,{interval_s}"
    )


def site_rows(site, detectors=1, zone="zone-1"):
    """A site with detectors site-d1, site-d2 … and the valve site-v."""
    rows = [registry_row(f"{site}-d{i + 1}", site, "leak_detector", zone, f"{site}-v") for i in range(detectors)]
    return rows + [registry_row(f"{site}-v", site, "valve", zone)]


def now_text(offset_s=0.0):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=offset_s)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def parse_time(text):
    """Seconds since the epoch of an RFC 3339 time."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class District:
    """Starts with start(), or part by part; `processes` by name: field, central, gateway, gateway-2, processor."""

    def __init__(self, folder, registry=(), gateways=1, gated=False, roster=ROSTER):
        self.folder = pathlib.Path(folder)
        self.config = self.folder / "config"
        shutil.copytree(ROOT / "config", self.config)
        self.write_registry(registry)
        (self.config / "e2e-roster.yaml").write_text(roster)
        self.ports = {name: free_port() for name in ("field", "central", "processor")}
        self.processes = {}
        self.gate = None
        self._closers = []
        self._seq = itertools.count(1)
        self._gateway_names = ["gateway"] + [f"gateway-{i}" for i in range(2, gateways + 1)]
        self._gated = gated
        self.processor_sets = {}
        self.gateway_sets = {}

    # ---- Setting up

    def write_registry(self, rows):
        (self.config / "e2e-registry.csv").write_text("\n".join([REGISTRY_HEADER, *rows]) + "\n")

    @property
    def registry_path(self):
        return self.config / "e2e-registry.csv"

    def edit(self, name, pattern, replacement, count=1):
        """Changes a copied configuration file; the pattern must match."""
        path = self.config / name
        text, done = re.subn(pattern, replacement, path.read_text(), count=count, flags=re.MULTILINE)
        assert done, f"{name}: nothing matches {pattern}"
        path.write_text(text)

    def set_clock(self, policy, clock, **keys):
        """Rewrites keys of one clock of a policy file: set_clock('repair.class1', 'depart', within='3s')."""
        path = self._policy_path(policy)
        lines = path.read_text().splitlines()
        for i, line in enumerate(lines):
            if re.search(rf"\bname:\s*{clock}\b", line) and "until:" in line:
                for key, value in keys.items():
                    pattern = rf"\b{key}:\s*(\[[^\]]*\]|[^,}}]+)"
                    if re.search(pattern, line):
                        line = re.sub(pattern, f"{key}: {value}", line)
                    else:
                        line = line.replace("within:", f"{key}: {value}, within:", 1)
                lines[i] = line
                path.write_text("\n".join(lines) + "\n")
                return
        raise AssertionError(f"{path}: no clock {clock} on a line of its own")

    def set_policy(self, policy, key, value):
        path = self._policy_path(policy)
        text, done = re.subn(rf"^{key}:.*$", f"{key}: {value}", path.read_text(), flags=re.MULTILINE)
        path.write_text(text if done else f"{text}{key}: {value}\n")

    def _policy_path(self, policy):
        for path in (self.config / "policies").glob("*.yaml"):
            if re.search(rf"^policy:\s*{re.escape(policy)}\s*$", path.read_text(), flags=re.MULTILINE):
                return path
        raise AssertionError(f"no policy {policy}")

    # ---- Running

    def start(self):
        self.start_brokers()
        self.start_processor()
        self.start_gateways()
        self.wait_ready()
        return self

    def start_brokers(self):
        self.start_broker("field")
        self.start_broker("central")

    def start_broker(self, name):
        if name not in self.processes:
            data = self.folder / f"broker-{name}"
            data.mkdir()
            text = (ROOT / "deploy" / "mosquitto" / f"{name}.conf").read_text()
            for key, value in {"@PORT@": self.ports[name], "@DIR@": data, "@USER@": _user()}.items():
                text = text.replace(key, str(value))
            conf = self.folder / f"{name}.conf"
            conf.write_text(text)
            self._add(name, [MOSQUITTO, "-c", conf])
        self.processes[name].start()
        wait_for_port(self.ports[name])

    def start_processor(self):
        sets = {
            "data_dir": self.folder / "processor",
            "mqtt.uri": f"tcp://127.0.0.1:{self.ports['central']}",
            "http.listen": f"127.0.0.1:{self.ports['processor']}",
            "registry": self.registry_path,
            "roster": self.config / "e2e-roster.yaml",
            **self.processor_sets,
        }
        self._start_program("processor", "mercaptan-processor", "processor.yaml", sets)

    def start_gateways(self):
        if self._gated and self.gate is None:
            self.gate = Gate(self.ports["central"])
            self._closers.append(self.gate.close)
        central_port = self.gate.port if self.gate else self.ports["central"]
        for name in self._gateway_names:
            self.ports.setdefault(name, free_port())
            sets = {
                "gateway_id": name,
                "data_dir": self.folder / name,
                "field_mqtt.uri": f"tcp://127.0.0.1:{self.ports['field']}",
                "central_mqtt.uri": f"tcp://127.0.0.1:{central_port}",
                "http.listen": f"127.0.0.1:{self.ports[name]}",
                "registry": self.registry_path,
                **self.gateway_sets,
            }
            self._start_program(name, "mercaptan-gateway", "gateway.yaml", sets)

    def _start_program(self, name, program, config, sets):
        if name not in self.processes:
            argv = [BIN / program, "--config", self.config / config]
            for key, value in sets.items():
                argv += ["--set", f"{key}={value}"]
            self._add(name, argv)
        self.processes[name].start()

    def _add(self, name, argv):
        self.processes[name] = Process(name, argv, self.folder / f"{name}.log")

    def wait_ready(self, timeout=20):
        for name in ["processor", *self._gateway_names]:
            self.wait_one_ready(name, timeout)

    def wait_one_ready(self, name, timeout=20):
        def ready():
            assert self.processes[name].alive, f"{name} ended:\n{self.processes[name].log_tail()}"
            return Http(self.ports[name]).ready()

        wait_for(ready, timeout, f"{name} ready")

    def kill9(self, name):
        self.processes[name].kill9()

    def restart(self, name, ready=True):
        self.processes[name].start()
        if name in ("field", "central"):
            wait_for_port(self.ports[name])
        elif ready:
            self.wait_one_ready(name)

    def close(self):
        for closer in reversed(self._closers):
            closer()
        for process in reversed(list(self.processes.values())):
            process.end()

    def logs(self):
        return "\n".join(f"---- {p.name} ({p.state})\n{p.log_tail()}" for p in self.processes.values())

    # ---- Talking

    @property
    def http(self):
        return Http(self.ports["processor"])

    def gateway_http(self, name="gateway"):
        return Http(self.ports[name])

    def mqtt(self, side, filters=(), on_message=None):
        client = Mqtt(self.ports[side], filters, on_message)
        self._closers.append(client.close)
        return client

    def collector(self):
        """Everything that the central broker tells people: tickets, alarms, dispatch orders."""
        return self.mqtt("central", [f"mercaptan/v1/{what}/#" for what in ("tickets", "alarms", "dispatch")])

    def events(self, last_event_id=None):
        reader = Events(self.ports["processor"], last_event_id)
        self._closers.append(reader.close)
        return reader

    def valves(self, result="done"):
        """Answers every command as a valve would. `.messages` has the commands with their times."""
        field = self.mqtt("field")

        def answer(message):
            reply = {"id": message.json["id"], "result": result, "detail": ""}
            field.send(message.topic + "/ack", reply)

        return self.mqtt("field", ["gas/v1/+/+/command"], answer if result else None)

    @staticmethod
    def topic(site, device, leaf="telemetry"):
        return f"gas/v1/{site}/{device}/{leaf}"

    def reading(self, ts=None, seq=None, status=(), **values):
        return {"ts": ts or now_text(), "seq": seq or next(self._seq), **values, "status": list(status)}

    def tickets(self, **query):
        return self.http.items("/api/v1/tickets", **query)

    def history(self, ticket_id):
        return self.http.items(f"/api/v1/tickets/{ticket_id}/history")

    def wait_ticket(self, timeout=10, **query):
        """The one ticket that the query finds."""
        found = wait_for(lambda: self.tickets(**query), timeout, f"ticket {query}")
        assert len(found) == 1, found
        return found[0]

    def event(self, ticket_id, event, actor, **more):
        return self.http.post(f"/api/v1/tickets/{ticket_id}/events", {"event": event, "actor": actor, **more})

    # ---- The simulated fleet

    def fleet(self, *options, registry=None):
        """Starts mercaptan-fleet on the field broker; see Fleet."""
        return Fleet(self, options, registry or self.registry_path)


class Fleet:
    """A running mercaptan-fleet with a manifest."""

    def __init__(self, district, options, registry):
        number = sum(1 for p in district.processes if p.startswith("fleet"))
        name = f"fleet-{number}"
        self.manifest_path = district.folder / f"{name}.jsonl"
        self._out = district.folder / f"{name}.log"
        argv = [BIN / "mercaptan-fleet", "--port", district.ports["field"], "--registry", registry]
        argv += ["--manifest", self.manifest_path, "--quiet", *options]
        district._add(name, argv)
        self._process = district.processes[name]
        self._process.start()

    def wait(self, timeout):
        """The summary, once the fleet has ended well."""
        wait_for(lambda: not self._process.alive, timeout, "the fleet's end", every=0.1)
        lines = self._out.read_text().splitlines()
        assert lines, "the fleet said nothing"
        return json.loads(lines[-1])

    def stop(self, timeout=40):
        code = self._process.stop(timeout)
        assert code == 0, f"fleet exit code {code}: {self._out.read_text()}"
        return json.loads(self._out.read_text().splitlines()[-1])

    @property
    def alive(self):
        return self._process.alive


def generate_registry(path, devices, sites, zones=2):
    """A registry CSV of the fleet's own making, whose devices are never missed."""
    subprocess.run(
        [BIN / "mercaptan-fleet", "--devices", str(devices), "--sites", str(sites), "--zones", str(zones)]
        + ["--expected-interval", str(NEVER_SILENT_S), "--write-registry", str(path), "--registry-only"],
        check=True,
        stderr=subprocess.DEVNULL,
    )


def sleep_until(monotonic):
    time.sleep(max(0.0, monotonic - time.monotonic()))


def _user():
    return getpass.getuser()
