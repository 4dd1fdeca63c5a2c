#!/usr/bin/env python3
"""A month of invented work and alarms, and the figures of it, counted from the definitions alone.

usage: golden_month.py OUT.json

Written after processor/core/figures.md and its sources, not after the program: it knows events and when they
happened, and counts with exact fractions.
"""

import datetime
import json
import math
import random
import sys
from fractions import Fraction

S, M, H, D = 1000, 60_000, 3_600_000, 86_400_000
CHINA = 8 * H  # Asia/Shanghai, all year


def utc_ms(*parts):
    return int(datetime.datetime(*parts, tzinfo=datetime.timezone.utc).timestamp() * 1000)


FROM = utc_ms(2026, 10, 1) - CHINA
TO = utc_ms(2026, 11, 1) - CHINA
AS_OF = utc_ms(2026, 11, 21, 9) + 123  # The API test's clock.
RANDOM = random.Random(2026)

STATES = {  # name: (category, in hand)
    "raised": ("open", False), "dispatched": ("open", False), "accepted": ("open", True),
    "departed": ("open", True), "on_site": ("open", True), "made_safe": ("open", True),
    "repaired": ("open", True), "closed": ("done", True), "cancelled": ("void", True),
    "received": ("open", False), "answered": ("done", False), "due": ("open", False),
    "not_reached": ("waiting", False), "waived": ("void", False), "withdrawn": ("void", False),
}
LIMITS = {1: {"dispatch": M, "accept": 10 * M, "depart": 30 * M, "arrive": 60 * M},
          2: {"dispatch": 2 * H, "accept": 10 * M, "arrive": 8 * H},
          3: {"dispatch": 24 * H, "accept": 10 * M, "arrive": 72 * H}}


class Ticket:
    count = 0

    def __init__(self, kind, received, ticket_class=None, **more):
        Ticket.count += 1
        self.kind, self.received, self.ticket_class = kind, received, ticket_class
        self.id = f"T{Ticket.count:05d}"
        self.more = {"policy": kind, "site": f"s{Ticket.count}", "zone": "east", "condition": "gas.alarm",
                     "valve_closed": False, **more}
        self.log = []
        self.closed_at = None

    def line(self, at, event, to=None, clock="", **fields):
        self.log.append({"at": at, "event": event, "to": to, "clock": clock, "fields": fields})
        if to and STATES[to][0] in ("done", "void"):
            self.closed_at = at
        return self

    def first(self, *states):
        return min((line["at"] for line in self.log if line["to"] in states), default=None)

    @property
    def state(self):
        return [line["to"] for line in sorted(self.log, key=lambda line: line["at"]) if line["to"]][-1]

    @property
    def void(self):
        return STATES[self.state][0] == "void"


def clock(ticket, name, start, limit, end):
    """One run of a deadline: what the history says of it by AS_OF."""
    ticket.line(start, "clock_started", clock=name)
    if end is not None and end < start + limit:
        ticket.line(end, "clock_met", clock=name)
    elif start + limit <= AS_OF:
        ticket.line(start + limit, "clock_breached", clock=name)


def repair(received, ticket_class, steps, **more):
    """`steps`: milliseconds from receipt to dispatch, accept, depart, arrive, repair, close; shorter if it ends before."""
    ticket = Ticket("repair", received, ticket_class, policy=f"repair.class{ticket_class}", **more)
    ticket.line(received, "raised", "raised")
    names = [("dispatch", "dispatched"), ("accept", "accepted"), ("depart", "departed"), ("arrive", "on_site"),
             ("repair", "repaired"), ("close", "closed")]
    at = {}
    for (event, state), step in zip(names, steps):
        if received + step > AS_OF:
            break
        at[event] = received + step
        ticket.line(received + step, event, state)
    for name, limit in LIMITS[ticket_class].items():
        start = at.get("dispatch") if name == "accept" else received
        if start is not None:
            clock(ticket, name, start, limit, at.get(name))
    return ticket


def random_steps(ticket_class):
    scale = {1: 1, 2: 6, 3: 40}[ticket_class]
    step, steps = 0, []
    for mean in (20 * S, 6 * M, 14 * M, 16 * M, 40 * M, 26 * H):
        step += int(RANDOM.expovariate(1 / mean) * scale)
        steps.append(step)
    return steps


def make_repairs():
    tickets = []
    for _ in range(400):
        received = RANDOM.randrange(FROM - 3 * D, TO + 3 * D)
        ticket_class = RANDOM.choice((1, 1, 2, 2, 2, 3))
        steps = random_steps(ticket_class)
        ticket = repair(received, ticket_class, steps[: RANDOM.choice((6, 6, 6, 6, 5, 5, 3))],
                        zone=RANDOM.choice(("east", "west", "north")), valve_closed=RANDOM.random() < 0.3,
                        condition=RANDOM.choice(("gas.alarm", "device.offline", "report.no_gas")))
        if RANDOM.random() < 0.06 and not ticket.closed_at:
            ticket.line(min(AS_OF, received + 90 * M + steps[-1]), "cancel", "cancelled")
        elif RANDOM.random() < 0.1 and ticket.closed_at:
            again = ticket.first("repaired") + RANDOM.choice((2 * D, 29 * D, 30 * D, 30 * D + 1, 31 * D))
            if ticket.closed_at < again <= AS_OF:
                ticket.line(again, "reopen", "raised")
                ticket.closed_at = None
        tickets.append(ticket)
    # Exactly on each limit, and a millisecond beyond.
    for limit in (30 * M, 45 * M, 50 * M, 60 * M, 120 * M):
        for late in (0, 1):
            for shut in (False, True):
                steps = [10 * S, M, 2 * M, limit + late, 4 * H, 5 * H]
                tickets.append(repair(FROM + D, 1, steps, valve_closed=shut))
    # On each end of the month.
    for received in (FROM - 1, FROM, TO - 1, TO):
        tickets.append(repair(received, 1, [S, M, 5 * M, 20 * M, H, 2 * H]))
    # The same fault at the same place: within the window, on its end, beyond it, and another fault there.
    for n, (gap, condition) in enumerate(((D, "gas.alarm"), (30 * D, "gas.alarm"), (30 * D + 1, "gas.alarm"), (D, "device.offline"))):
        tickets.append(repair(FROM + D, 2, [S, M, 5 * M, 20 * M, H, 2 * H], site=f"again-{n}"))
        tickets.append(repair(FROM + D + H + gap, 2, [S, M, 5 * M], site=f"again-{n}", condition=condition))
    # Nobody came.
    for age in (10 * M, 40 * M, 55 * M, 90 * M, 130 * M, 20 * D):
        tickets.append(repair(min(AS_OF - age, TO - 1), 1, [S, M]))
    return tickets


def make_complaints():
    tickets = []
    for _ in range(40):
        received = RANDOM.randrange(FROM - D, TO + D)
        ticket = Ticket("complaint", received, policy="complaint.p01").line(received, "raised", "received")
        ticket.more["nature"] = RANDOM.choice(("valid", "concern", "unsubstantiated", None))
        if ticket.more["nature"]:
            ticket.line(received + H, "classify", nature=ticket.more["nature"])
        if RANDOM.random() < 0.15:
            ticket.line(received + 2 * H, "withdraw", "withdrawn")
        tickets.append(ticket)
    return tickets


def make_call_backs():
    tickets = []
    for n in range(150):
        received = RANDOM.randrange(FROM - 2 * D, TO + D)
        ticket = Ticket("callback", received, policy=RANDOM.choice(("callback.urgent", "callback.normal")))
        ticket.line(received, "raised", "due")
        end = None
        draw = RANDOM.random()
        if draw < 0.1:
            ticket.line(received + H, "miss", "not_reached")
        elif draw < 0.15:
            ticket.line(received + H, "waive", "waived")
        elif draw < 0.9:
            end = received + RANDOM.randrange(60 * H)
            ticket.line(end, "answer", "answered", on_time=RANDOM.choice(("yes", "yes", "no")),
                        attitude=RANDOM.choice(("good", "fair", "bad")), solved=RANDOM.choice(("yes", "yes", "yes", "no")),
                        satisfaction=RANDOM.choice(("5", "4", "3", "1", "4.5")),
                        **({"suggestions": f"come \"sooner\", {n}"} if n % 25 == 0 else {}))
        if n % 17 == 0:
            ticket.line(received + M, "complain")
        if n % 13 == 0:
            ticket.line(received + M, "unsolved")
        clock(ticket, "call", received, 48 * H, end)
        tickets.append(ticket)
    return tickets


def make_alarms():
    """(raised at, over at or None, alarm, severity)"""
    alarms = []
    for n in range(900):
        at = RANDOM.randrange(FROM - 2 * D, TO + 2 * D)
        length = RANDOM.choice((M, 10 * M, 3 * H, 23 * H, 25 * H, 4 * D))
        alarms.append((at, at + length, f"A{n % 180:03d}-{n}", RANDOM.choice((200, 300, 499, 500, 700, 799, 800, 950))))
    flood = FROM + 3 * D  # On the edge of a window: 11, 6, 5, 4, 11, 0, 9.
    for window, count in enumerate((11, 6, 5, 4, 11, 0, 9)):
        for n in range(count):
            at = flood + window * 10 * M + n * S
            alarms.append((at, at + M, f"F{window}-{n}", 300))
    for gap in (30 * S, 30 * S + 1):  # Three times in exactly a minute, and in a little more.
        for n in range(3):
            at = FROM + 5 * D + n * gap
            alarms.append((at, at + S, f"C{gap}", 600))
    alarms.append((FROM + D, FROM + D + 24 * H, "B-day", 900))       # A day is not over a day.
    alarms.append((FROM + D, FROM + D + 24 * H + 1, "B-more", 900))
    alarms.append((TO - 25 * H, None, "B-stands", 900))
    alarms.append((TO - 23 * H, None, "B-stands-not-yet", 900))
    alarms.append((FROM - 3 * D, FROM, "B-over-before", 900))
    return [alarm for alarm in alarms if alarm[0] <= AS_OF]


def rounded(fraction):
    return math.floor(fraction + Fraction(1, 2))


def decimal(hundredths):
    return None if hundredths is None else float(f"{hundredths // 100}.{hundredths % 100:02d}")


def pct(count, of):
    return decimal(rounded(Fraction(count * 10_000, of))) if of else None


def share(count, of):
    return {"count": count, "of": of, "pct": pct(count, of)}


def in_month(at):
    return at is not None and FROM <= at < TO


def times(lengths):
    lengths = sorted(lengths)
    return {"count": len(lengths), "mean_ms": rounded(Fraction(sum(lengths), len(lengths))) if lengths else 0,
            "p90_ms": lengths[math.ceil(Fraction(9 * len(lengths), 10)) - 1] if lengths else 0,
            "max_ms": lengths[-1] if lengths else 0}


def attendance(tickets):
    """Every emergency of the month: attended after so long, or unattended for so long."""
    cases = [(t, (t.first("on_site", "made_safe", "repaired") or AS_OF) - t.received,
              t.first("on_site", "made_safe", "repaired") is not None)
             for t in tickets if t.kind == "repair" and t.ticket_class == 1 and not t.void and in_month(t.received)]

    def within(limit, chosen=cases):
        known = [took for _, took, attended in chosen if attended or took > limit]
        done = [took for _, took, attended in chosen if attended and took <= limit]
        return share(len(done), len(known))

    uncontrolled = within(H, [c for c in cases if not c[0].more["valve_closed"]])
    controlled = within(2 * H, [c for c in cases if c[0].more["valve_closed"]])
    known = [took for _, took, attended in cases if attended or took > 50 * M]
    over_50 = share(sum(took > 50 * M for took in known), len(known))
    over_2h = sum(took > 2 * H for _, took, _ in cases)
    response = times([took for _, took, attended in cases if attended])
    ny = [within(30 * M), within(45 * M), within(60 * M)]
    return {
        "received": len(cases), "pending": sum(not attended and took <= 30 * M for _, took, attended in cases),
        "response": response, "uk_uncontrolled_1h": uncontrolled, "uk_controlled_2h": controlled,
        "uk_met": all(Fraction(s["count"], s["of"]) >= Fraction(97, 100) for s in (uncontrolled, controlled) if s["of"]),
        "dc_over_50min": over_50, "dc_over_2h": over_2h,
        "dc_met": Fraction(response["mean_ms"]) <= 30 * M and Fraction(over_50["count"], over_50["of"]) <= Fraction(3, 100) and over_2h == 0,
        "ny_within_30min": ny[0], "ny_within_45min": ny[1], "ny_within_60min": ny[2],
        "ny_met": all(Fraction(s["count"], s["of"]) >= Fraction(target, 100) for s, target in zip(ny, (75, 90, 95))),
    }


def held(ticket, tickets):
    """The first repair did: not begun again within 30 days, and the same fault did not come back to the place."""
    done = ticket.first("repaired")
    begun = [line["at"] for line in ticket.log if line["to"] == "raised" and line["at"] > done]
    if any(at <= done + 30 * D for at in begun):
        return False
    return not any(other.kind == "repair" and not other.void and other is not ticket
                   and other.more["site"] == ticket.more["site"] and other.more["condition"] == ticket.more["condition"]
                   and done < other.received <= done + 30 * D for other in tickets)


def service(tickets):
    repairs = [t for t in tickets if t.kind == "repair" and not t.void]
    received = [t for t in repairs if in_month(t.received)]
    deadlines, stages = {}, {}
    for t in received:
        for line in t.log:
            if line["clock"]:
                deadlines.setdefault((t.ticket_class, line["clock"]), []).append(line["event"])
        points = {"dispatch": (t.received, t.first("dispatched")), "accept": (t.first("dispatched"), t.first("accepted")),
                  "depart": (t.received, t.first("departed")),
                  "arrive": (t.received, t.first("on_site", "made_safe", "repaired")), "repair": (t.received, t.first("repaired"))}
        for stage, (start, end) in points.items():
            if start is not None and end is not None:
                stages.setdefault((t.ticket_class, stage), []).append(end - start)
    timeliness = []
    for (ticket_class, name), events in sorted(deadlines.items()):
        met, missed = events.count("clock_met"), events.count("clock_breached")
        timeliness.append({"class": ticket_class, "clock": name, "met": met, "missed": missed,
                           "running": events.count("clock_started") - met - missed, "met_pct": pct(met, met + missed)})
    fixed = [t for t in repairs if in_month(t.first("repaired"))]
    good = [t for t in fixed if held(t, tickets)]
    answers = [line["fields"] for t in tickets if t.kind == "callback" and not t.void
               for line in t.log if line["event"] == "answer" and in_month(line["at"])]
    scores = [Fraction(a["satisfaction"]) for a in answers]
    complaints = [t for t in tickets if t.kind == "complaint" and not t.void and in_month(t.received)]
    return {
        "group": None,
        "received": sum(in_month(t.received) for t in tickets),
        "voided": sum(in_month(t.received) and t.void for t in tickets),
        "timeliness": timeliness,
        "times": [{"class": c, "stage": stage, **times(lengths)} for (c, stage), lengths in sorted(stages.items())],
        "first_time_fix": share(len(good), len(fixed)),
        "first_time_fix_provisional": sum(t.first("repaired") + 30 * D > AS_OF for t in good),
        "satisfaction": {
            "answered": len(answers), "scored": len(scores), "mean": decimal(rounded(100 * sum(scores) / len(scores))),
            "on_time": share(sum(a["on_time"] == "yes" for a in answers), len(answers)),
            "good_attitude": share(sum(a["attitude"] == "good" for a in answers), len(answers)),
            "solved": share(sum(a["solved"] == "yes" for a in answers), len(answers))},
        "complaints": {"received": len(complaints), "valid": sum(t.more["nature"] == "valid" for t in complaints),
                       "per_repair": share(len(complaints), len(received))},
        "attendance": attendance(tickets),
    }


def alarm_figures(alarms):
    month = [alarm for alarm in alarms if in_month(alarm[0])]
    windows = [0] * math.ceil(Fraction(TO - FROM, 10 * M))
    for at, *_ in month:
        windows[(at - FROM) // (10 * M)] += 1
    flood, in_flood = 0, False
    for count in windows:
        in_flood = count > 10 or (in_flood and count >= 5)
        flood += in_flood
    by_alarm = {}
    for at, _, name, _ in month:
        by_alarm.setdefault(name, []).append(at)
    chattering = sum(any(c - a <= M for a, c in zip(sorted(ats), sorted(ats)[2:])) for ats in by_alarm.values())
    stale = sum(min(end if end is not None and end <= AS_OF else AS_OF, TO) - at > D
                and (end if end is not None and end <= AS_OF else AS_OF) > FROM for at, end, _, _ in alarms)
    top = sorted(by_alarm.items(), key=lambda item: (-len(item[1]), item[0]))[:10]
    raised = len(month)
    return {
        "raised": raised, "mean_per_10min": decimal(rounded(Fraction(raised * 100 * 10 * M, TO - FROM))),
        "peak_per_10min": max(windows), "flood": share(flood, len(windows)), "chattering": chattering, "stale": stale,
        "low": share(sum(s < 500 for *_, s in month), raised), "medium": share(sum(500 <= s < 800 for *_, s in month), raised),
        "high": share(sum(s >= 800 for *_, s in month), raised), "top_ten": share(sum(len(ats) for _, ats in top), raised),
        "top": [{"id": name, "device": "d-" + name, "condition": "gas.alarm", "raised": len(ats)} for name, ats in top],
    }


def call_back_lines(tickets):
    chosen = [t for t in tickets if t.kind == "callback" and in_month(t.received)]
    lines = ["section,name,answer,count,of,value", "report,month,,,,2026-10", "report,due_by,,,,2026-11-05T16:00:00.000Z"]
    for policy in sorted({t.more["policy"] for t in chosen}):
        of = [t for t in chosen if t.more["policy"] == policy]
        events = [line["event"] for t in of for line in t.log if line["clock"]]
        ended = {state: sum(t.state == state for t in of) for state in ("answered", "not_reached", "waived", "due")}
        for name, state in (("answered", "answered"), ("not_reached", "not_reached"), ("waived", "waived"), ("open", "due")):
            lines.append(f"completion,{policy},{name},{ended[state]},{len(of)},")
        met, missed = events.count("clock_met"), events.count("clock_breached")
        lines.append(f"completion,{policy},on_time,{met},{met + missed},")
    answers = [line["fields"] for t in chosen for line in t.log if line["event"] == "answer"]
    counted = sorted({(q, a[q]) for a in answers for q in ("on_time", "attitude", "solved")})
    for question, answer in counted:
        lines.append(f"results,{question},{answer},{sum(a[question] == answer for a in answers)},,")
    mean = rounded(100 * sum(Fraction(a["satisfaction"]) for a in answers) / len(answers))
    lines.append(f"results,satisfaction,mean,,,{mean // 100}.{mean % 100:02d}")
    for name, event in (("unsolved", "unsolved"), ("complaints", "complain")):
        lines.append(f"problems,{name},,{sum(any(line['event'] == event for line in t.log) for t in chosen)},,")
    for a in answers:
        if "suggestions" in a:
            lines.append('suggestions,,,,,"' + a["suggestions"].replace('"', '""') + '"')
    return lines


def new_york_lines(figures):
    cells = [str(figures["received"])]
    for minutes in (30, 45, 60):
        s = figures[f"ny_within_{minutes}min"]
        cells += [str(s["count"]), f"{s['pct']:.2f}"]
    head = "month,reports,within_30min,within_30min_pct,within_45min,within_45min_pct,within_60min,within_60min_pct,met"
    return [head, ",".join(["2026-10", *cells, "yes" if figures["ny_met"] else "no"])]


def main():
    tickets = [t for t in make_repairs() + make_complaints() + make_call_backs() if t.received <= AS_OF]
    for t in tickets:
        t.log = sorted((line for line in t.log if line["at"] <= AS_OF), key=lambda line: line["at"])
    alarms = make_alarms()
    figures = service(tickets)
    history = {
        "tickets": [{"id": t.id, "kind": t.kind, "class": t.ticket_class, "received": t.received, "closed_at": t.closed_at,
                     "state": t.state, "void": t.void, **t.more, "log": t.log} for t in tickets],
        "states": {name: {"category": category, "in_hand": in_hand} for name, (category, in_hand) in STATES.items()},
        "alarms": [{"at": at, "end": end, "id": name, "severity": severity} for at, end, name, severity in alarms],
        "month": "2026-10",
        "expected": {"kpi": {"groups": [figures], "alarms": alarm_figures(alarms)},
                     "call_backs.csv": call_back_lines(tickets), "new_york.csv": new_york_lines(figures["attendance"])},
    }
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        json.dump(history, out)


if __name__ == "__main__":
    main()
