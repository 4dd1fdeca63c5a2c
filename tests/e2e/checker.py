"""Compares what the fleet says it sent with what the processor says it has."""

import collections
import dataclasses
import http.client
import json
import urllib.parse


@dataclasses.dataclass
class Sent:
    """The manifest of a fleet."""

    readings: dict  # (device, seq) -> manifest line, of all that was handed to the broker
    leaks: dict  # leak id -> set of sites that reported 20 %LEL or more

    @property
    def acked(self):
        return {key for key, line in self.readings.items() if line["acked"]}


def read_manifest(path):
    sent = Sent({}, collections.defaultdict(set))
    with open(path, encoding="utf-8") as lines:
        for text in lines:
            line = json.loads(text)
            if line["dropped"] or line["copies"] == 0:
                continue
            key = (line["device"], line["seq"])
            assert key not in sent.readings, f"the manifest has {key} twice"
            sent.readings[key] = line
            if "alarm_low" in line["status"]:
                sent.leaks[line["leak"]].add(line["site"])
    return sent


class History:
    """Pages through the readings of devices over one kept connection."""

    PAGE = 1000

    def __init__(self, port):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def readings(self, device):
        query = {"limit": self.PAGE}
        found = []
        while True:
            path = f"/api/v1/devices/{urllib.parse.quote(device)}/readings?{urllib.parse.urlencode(query)}"
            self._connection.request("GET", path)
            response = self._connection.getresponse()
            body = json.loads(response.read())
            assert response.status == 200, body
            found += body["items"]
            if body["next_cursor"] is None:
                return found
            query["cursor"] = body["next_cursor"]


@dataclasses.dataclass
class Verdict:
    expected: int = 0
    found: int = 0
    missing: list = dataclasses.field(default_factory=list)
    doubled: list = dataclasses.field(default_factory=list)
    changed: list = dataclasses.field(default_factory=list)
    unexpected: list = dataclasses.field(default_factory=list)
    leaks_without_ticket: list = dataclasses.field(default_factory=list)
    sites_with_more: list = dataclasses.field(default_factory=list)

    @property
    def good(self):
        return not (
            self.missing
            or self.doubled
            or self.changed
            or self.unexpected
            or self.leaks_without_ticket
            or self.sites_with_more
        )

    def __str__(self):
        def some(name, found):
            return f"; {len(found)} {name}: {found[:5]}" if found else ""

        return (
            f"{self.expected} acknowledged, {self.found} in the history"
            + some("missing", self.missing)
            + some("twice", self.doubled)
            + some("changed", self.changed)
            + some("never sent", self.unexpected)
            + some("leaks without a ticket", self.leaks_without_ticket)
            + some("sites with several tickets", self.sites_with_more)
        )


def check_readings(sent, port, verdict):
    """Everything acknowledged is there exactly once, as it was sent; nothing else is there."""
    history = History(port)
    acked = sent.acked
    verdict.expected = len(acked)
    by_device = collections.defaultdict(list)
    for key in acked:
        by_device[key[0]].append(key)
    for device in sorted({device for device, _ in sent.readings}):
        seen = collections.Counter()
        for item in history.readings(device):
            key = (device, item["seq"])
            seen[key] += 1
            verdict.found += 1
            line = sent.readings.get(key)
            if line is None:
                verdict.unexpected.append(key)
            elif not _same(line, item):
                verdict.changed.append((key, line["values"], item["values"]))
        verdict.doubled += [key for key, count in seen.items() if count > 1]
        verdict.missing += [key for key in by_device[device] if key not in seen]
    return verdict


def check_tickets(sent, tickets, verdict):
    """Every leaking site has one Class-1 ticket."""
    by_site = collections.defaultdict(list)
    for ticket in tickets:
        if ticket["class"] == 1:
            by_site[ticket["site"]].append(ticket["id"])
    for leak, sites in sent.leaks.items():
        for site in sites:
            if not by_site[site]:
                verdict.leaks_without_ticket.append((leak, site))
            elif len(by_site[site]) > 1:
                verdict.sites_with_more.append((site, by_site[site]))
    return verdict


def _same(line, item):
    if item["at"] != line["event_at"] or sorted(item["status"]) != sorted(line["status"]):
        return False
    values = item["values"]
    return values.keys() == line["values"].keys() and all(
        abs(values[name] - sent) < 1e-6 for name, sent in line["values"].items()
    )
