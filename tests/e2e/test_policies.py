"""Every policy file is walked to each end of its life cycle over HTTP; a new file is tested by being there."""

import collections
import pathlib
import re
import time
import xml.etree.ElementTree

import pytest
import yaml
from clients import Mqtt, wait_for
from command_line import Cli
from district import ROOT, now_text, site_rows

POLICIES = sorted((ROOT / "config" / "policies").glob("*.yaml"))
ROSTER = """\
crews:
  - {id: crew-1, zones: [zone-1]}
people:
  - {id: boss, role: supervisor}
  - {id: anna, role: dispatcher}
"""
ACTORS = {"supervisor": "boss", "dispatcher": "anna", "crew": "crew-1"}


def read(path):
    return yaml.safe_load(path.read_text())


def life_cycles():
    files = (ROOT / "config" / "policies" / "life_cycles").glob("*.yaml")
    return {life["life_cycle"]: life for life in map(read, files)}


def states_of(life, words):
    categories = {name: state.get("category", "open") for name, state in life["states"].items()}
    if words == "any":
        return list(categories)
    if words == "open":
        return [name for name, category in categories.items() if category in ("open", "waiting")]
    return words


def ends(life):
    return [name for name, state in life["states"].items() if state.get("category") in ("done", "void")]


def sources(life, event, ticket_class):
    found = list(states_of(life, event["from"]))
    return found + (event.get("from_below_class_1", []) if ticket_class != 1 else [])


def path_to(life, start, end, ticket_class):
    """The events that lead there on the shortest way."""
    queue = collections.deque([(start, [])])
    seen = {start}
    while queue:
        state, path = queue.popleft()
        if state == end:
            return path
        for name, event in life["events"].items():
            to = event.get("to")
            skip = {"send_crew", "next_crew", "restart"} & set(event.get("does", []))
            if to and to not in seen and state in sources(life, event, ticket_class) and not skip:
                seen.add(to)
                queue.append((to, path + [name]))
    raise AssertionError(f"nothing leads from {start} to {end}")


def value_for(field):
    kind = field.get("type", "text")
    if kind == "number":
        return field.get("at_least", field.get("below", 10) - 1)
    if kind == "flag":
        return True
    if kind == "time":
        return now_text(3600)
    if kind == "choice":
        return field["one_of"][0]
    return "as told"


def actor_for(event, ticket_class):
    who = (event.get("who_class_1") if ticket_class == 1 else None) or event.get("who") or ["crew"]
    return ACTORS[who[0]]


def send(district, ticket, life, name, ticket_class):
    event = life["events"][name]
    fields = {field["field"]: value_for(field) for field in event.get("needs", [])}
    body = {"event": name, "actor": actor_for(event, ticket_class), "note": "walked"}
    if fields:
        body["fields"] = fields
    return district.http.post(f"/api/v1/tickets/{ticket['id']}/events", body)


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    from district import District

    district = District(tmp_path_factory.mktemp("policies"), registry=site_rows("s1"), roster=ROSTER)
    for path in (district.config / "policies").glob("*.yaml"):
        text = path.read_text()  # What is asked for is required here, to see that it is enough.
        path.write_text(text.replace("evidence: asked", "evidence: required"))
    district.start_brokers()
    district.start_processor()
    district.wait_one_ready("processor")
    yield district
    district.close()


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_every_end_is_reached(walked, path):
    policy = read(path)
    life = life_cycles()[policy.get("life_cycle", "repair")]
    ticket_class = policy.get("class")
    for number, end in enumerate(ends(life)):
        answer = walked.http.post(
            "/api/v1/tickets",
            {"kind": policy["kind"], "policy": policy["policy"], "channel": "hotline", "actor": "anna",
             "site": f"{path.stem}-{number}", "zone": "zone-1", "symptom": "other"},
        )
        assert answer.status == 201, answer
        ticket = answer.json
        assert ticket["policy"] == policy["policy"]
        if ticket["state"] == "raised":
            answer = walked.http.post(f"/api/v1/tickets/{ticket['id']}/events", {"event": "dispatch", "actor": "anna"})
            assert answer.status == 200, answer
            ticket = answer.json
        for name in path_to(life, ticket["state"], end, ticket_class):
            answer = send(walked, ticket, life, name, ticket_class)
            assert answer.status == 200, (name, answer)
            ticket = answer.json
        assert ticket["state"] == end
        assert ticket["closed_at"] is not None
        assert not [clock for clock in ticket["clocks"] if clock["status"] == "running"], ticket["clocks"]
        assert "evidence_owed" not in ticket
        # What is told of each clock adds up, to the end of the ticket.
        told = Cli(walked).json("tickets", "explain", ticket["id"])["clocks"]
        assert {clock["name"] for clock in told} >= {clock["name"] for clock in ticket["clocks"]}
        for clock in told:
            assert clock["elapsed_s"] == pytest.approx(sum(run["elapsed_s"] for run in clock["runs"]))
            assert all(run["ended_by"] in ("met", "stopped", "breached") for run in clock["runs"])


def test_a_pause_is_explained(walked):
    answer = walked.http.post(
        "/api/v1/tickets",
        {"kind": "complaint", "policy": "complaint.p11", "channel": "hotline", "site": "slow", "zone": "zone-1"},
    )
    ticket = answer.json["id"]
    body = {"event": "extend", "actor": "anna", "fields": {"reason": "tired", "user_told_at": now_text()}}
    refused = walked.http.post(f"/api/v1/tickets/{ticket}/events", body)
    assert refused.status == 400 and "complex, several_parties" in refused.text, refused
    body["fields"]["reason"] = "complex"
    extended = walked.http.post(f"/api/v1/tickets/{ticket}/events", body)
    assert extended.status == 200, extended
    pauses = next(clock for clock in extended.json["clocks"] if clock["name"] == "result")["pauses"]
    assert [pause["reason"] for pause in pauses] == ["complex"]
    time.sleep(1.1)
    answer = walked.http.post(
        f"/api/v1/tickets/{ticket}/events", {"event": "answer", "actor": "anna", "fields": {"result": "put right"}}
    )
    assert answer.status == 200, answer
    cli = Cli(walked)
    told = cli.json("tickets", "explain", ticket)["clocks"]
    (run,) = next(clock for clock in told if clock["name"] == "result")["runs"]
    assert run["ended_by"] == "met" and 1.1 <= run["paused_s"] < 30, run
    assert run["elapsed_s"] < run["paused_s"], "it stood still for most of its time"
    assert "paused" in cli.text("tickets", "explain", ticket)


def test_work_without_its_evidence_is_refused(walked):
    answer = walked.http.post(
        "/api/v1/tickets",
        {"kind": "repair", "class": 2, "channel": "hotline", "site": "bare", "zone": "zone-1", "symptom": "other"},
    )
    ticket = answer.json
    for event in ("accept", "depart", "arrive"):
        assert walked.event(ticket["id"], event, "crew-1").status == 200
    answer = walked.event(ticket["id"], "repair", "crew-1")
    assert answer.status == 400 and "reading_lel_pct" in answer.text, answer
    body = {"event": "repair", "actor": "crew-1", "fields": {"reading_lel_pct": 20}}
    answer = walked.http.post(f"/api/v1/tickets/{ticket['id']}/events", body)
    assert answer.status == 400 and "below 20" in answer.text, answer


def test_a_complaint_of_danger_is_an_emergency_at_once(walked):
    answer = walked.http.post(
        "/api/v1/tickets",
        {"kind": "complaint", "policy": "complaint.p02", "channel": "hotline", "site": "afraid", "zone": "zone-1"},
    )
    assert answer.status == 201, answer
    body = {"event": "endanger", "actor": "anna", "note": "it hisses"}
    assert walked.http.post(f"/api/v1/tickets/{answer.json['id']}/events", body).status == 200
    opened = [t for t in walked.http.get("/api/v1/tickets?site=afraid").json["items"] if t["kind"] == "repair"]
    assert len(opened) == 1 and opened[0]["class"] == 1 and opened[0]["state"] == "dispatched", opened


CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
# Elements of an alert and of its info in the order of CAP 1.2, section 3.2; and what some may say.
CAP_ORDER = {
    "alert": "identifier sender sent status msgType source scope restriction addresses code note references incidents info",
    "info": "language category event responseType urgency severity certainty audience eventCode effective onset expires "
            "senderName headline description instruction web contact parameter resource area",
    "area": "areaDesc polygon circle geocode altitude ceiling",
}
CAP_WORDS = {
    "status": "Actual Exercise System Test Draft", "msgType": "Alert Update Cancel Ack Error",
    "scope": "Public Restricted Private", "category": "Geo Met Safety Security Rescue Fire Health Env Transport Infra CBRNE Other",
    "responseType": "Shelter Evacuate Prepare Execute Avoid Monitor Assess AllClear None",
    "urgency": "Immediate Expected Future Past Unknown", "severity": "Extreme Severe Moderate Minor Unknown",
    "certainty": "Observed Likely Possible Unlikely Unknown",
}
CAP_NEEDED = {"alert": "identifier sender sent status msgType scope", "info": "category event urgency severity certainty",
              "area": "areaDesc"}
CAP_TIME = re.compile(r"\d\d\d\d-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d")


def check_cap(element):
    name = element.tag.removeprefix(CAP)
    order = CAP_ORDER[name].split()
    found = [child.tag.removeprefix(CAP) for child in element]
    assert found == sorted(found, key=order.index), found
    assert set(CAP_NEEDED[name].split()) <= set(found), found
    for child in element:
        word = child.tag.removeprefix(CAP)
        if word in CAP_ORDER:
            check_cap(child)
        elif word in CAP_WORDS:
            assert child.text in CAP_WORDS[word].split(), (word, child.text)
        else:
            assert child.text, word
    if name == "alert":
        assert CAP_TIME.fullmatch(element.findtext(CAP + "sent"))
        assert not re.search(r"[ ,<&]", element.findtext(CAP + "identifier") + element.findtext(CAP + "sender"))


def cap_of(text):
    alert = xml.etree.ElementTree.fromstring(text)
    assert alert.tag == CAP + "alert"
    check_cap(alert)
    return alert


def test_the_emergency_plan_tells_the_public(walked):
    subscriber = Mqtt(walked.ports["central"], ["mercaptan/v1/notices/#"])
    answer = walked.http.post(
        "/api/v1/tickets",
        {"kind": "repair", "class": 1, "channel": "hotline", "site": "main-break", "zone": "zone-1", "symptom": "explosion"},
    )
    body = {"event": "activate_plan", "actor": "anna", "note": "a main has burst"}
    assert walked.http.post(f"/api/v1/tickets/{answer.json['id']}/events", body).status == 200
    plan = [t for t in walked.http.get("/api/v1/tickets?site=main-break").json["items"] if t["kind"] == "emergency_plan"]
    assert len(plan) == 1 and plan[0]["state"] == "activated", plan
    events = f"/api/v1/tickets/{plan[0]['id']}/events"

    def tell(event, **fields):
        return walked.http.post(events, {"event": event, "actor": "anna", "note": "told", "fields": fields})

    where = {"area": "Lane 3 & 4", "status": "exercise"}
    assert tell("announce_gas_restored", **where).status == 409  # Of what?
    assert tell("announce_gas_off", area="Lane 3").status == 400  # Is it real?
    assert tell("announce_gas_off", **where).status == 200
    assert tell("announce_gas_restored", **where).status == 200
    listed = walked.http.items("/api/v1/notices")
    assert [n["message"] for n in listed] == ["Update", "Alert"] and listed[0]["status"] == "Exercise", listed
    sent = wait_for(lambda: subscriber.on_topic("mercaptan/v1/notices/zone-1")[:2] if len(subscriber.messages) >= 2 else None)
    off, on = (cap_of(message.payload) for message in sent)
    assert off.findtext(CAP + "status") == "Exercise" and off.findtext(CAP + "msgType") == "Alert"
    assert on.findtext(CAP + "references") == ",".join(off.findtext(CAP + n) for n in ("sender", "identifier", "sent"))
    assert [info.findtext(CAP + "language") for info in on.findall(CAP + "info")] == ["zh-CN", "en"]
    assert off.findtext(f"{CAP}info/{CAP}area/{CAP}areaDesc") == "Lane 3 & 4"
    shown = walked.http.get(f"/api/v1/notices/{listed[1]['id']}")
    assert shown.text.encode() == sent[0].payload
    feed = xml.etree.ElementTree.fromstring(walked.http.get("/api/v1/notices.atom").text)
    links = [link.get("href") for link in feed.iter("{http://www.w3.org/2005/Atom}link")]
    assert links == [f"notices/{notice['id']}" for notice in listed]
    subscriber.close()


def test_the_walk_knows_each_file():
    assert {pathlib.Path(p).stem for p in POLICIES} >= {"repair.class1", "complaint.p21", "hazard.leak"}
