"""What a test talks to the product with: MQTT, HTTP and Server-Sent Events."""

import http.client
import json
import threading
import time
import urllib.parse

import paho.mqtt.client as mqtt


def wait_for(predicate, timeout=10, what="", every=0.02):
    """The first truthy value of predicate(); AssertionError with its last value after `timeout`."""
    end = time.monotonic() + timeout
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {timeout} s: {what or predicate}; last: {value!r}")
        time.sleep(every)


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.text = body.decode("utf-8", "replace")

    @property
    def json(self):
        return json.loads(self.text)

    def __repr__(self):
        return f"<{self.status} {self.text[:400]}>"


class Http:
    """A connection for every call: nothing to repair after the program was killed."""

    def __init__(self, port):
        self.port = port

    def request(self, method, path, body=None, headers=None, timeout=10):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def get(self, path, **query):
        if query:
            path += "?" + urllib.parse.urlencode({k: _text(v) for k, v in query.items()})
        return self.request("GET", path)

    def post(self, path, body=None, headers=None):
        return self.request("POST", path, {} if body is None else body, headers)

    def items(self, path, **query):
        """Every item of a list, page by page."""
        found = []
        while True:
            answer = self.get(path, **query)
            assert answer.status == 200, answer
            page = answer.json
            found += page["items"]
            if page["next_cursor"] is None:
                return found
            query["cursor"] = page["next_cursor"]

    def ready(self):
        try:
            return self.get("/readyz").status == 200
        except OSError:
            return False

    def metrics(self):
        """{'name{label="x"}': value}; labels as the program wrote them."""
        values = {}
        for line in self.get("/metrics").text.splitlines():
            if line and not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                values[name] = float(value)
        return values

    def metric(self, name, **labels):
        """Sum over all series of that name that carry the labels."""
        total = 0.0
        for series, value in self.metrics().items():
            if series.split("{")[0] != name:
                continue
            if all(f'{key}="{wanted}"' in series for key, wanted in labels.items()):
                total += value
        return total


def _text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


class Message:
    def __init__(self, topic, payload, retained):
        self.at = time.monotonic()
        self.topic = topic
        self.payload = payload
        self.retained = retained

    @property
    def json(self):
        return json.loads(self.payload)

    def __repr__(self):
        return f"<{self.topic} {self.payload[:300]!r}>"


class Mqtt:
    """A client that publishes with QoS 1, collects what its filters bring, and reconnects."""

    def __init__(self, port, filters=(), on_message=None):
        self.messages = []
        self._filters = filters
        self._on_message = on_message
        self._subscribed = threading.Event()
        self._client = mqtt.Client(protocol=mqtt.MQTTv311, clean_session=True)
        self._client.reconnect_delay_set(1, 1)
        self._client.max_inflight_messages_set(1000)
        self._client.on_connect = self._connected
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = self._received
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        if filters:
            assert self._subscribed.wait(5), "no SUBACK"
        else:
            wait_for(self._client.is_connected, 5, "CONNACK")

    def _connected(self, client, *_):
        if self._filters:
            client.subscribe([(f, 1) for f in self._filters])

    def _received(self, _client, _userdata, message):
        received = Message(message.topic, message.payload, message.retain)
        self.messages.append(received)
        if self._on_message:
            self._on_message(received)

    def send(self, topic, payload, retain=False):
        """Hands the message over without waiting for its PUBACK."""
        if isinstance(payload, (dict, list)):
            payload = json.dumps(payload)
        return self._client.publish(topic, payload, qos=1, retain=retain)

    def publish(self, topic, payload, retain=False, timeout=5):
        """Returns once the broker has acknowledged."""
        info = self.send(topic, payload, retain)
        info.wait_for_publish(timeout)
        assert info.is_published(), f"no PUBACK for {topic} within {timeout} s"

    def on_topic(self, start):
        return [m for m in list(self.messages) if m.topic.startswith(start)]

    def close(self):
        self._client.disconnect()
        self._client.loop_stop()


class Events(threading.Thread):
    """Reads `GET /api/v1/stream` until closed."""

    def __init__(self, port, last_event_id=None):
        super().__init__(daemon=True)
        self.events = []
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {"Accept": "text/event-stream"}
        if last_event_id is not None:
            headers["Last-Event-ID"] = last_event_id
        self._connection.request("GET", "/api/v1/stream", headers=headers)
        self._response = self._connection.getresponse()
        assert self._response.status == 200, self._response.status
        assert self._response.headers["Content-Type"].startswith("text/event-stream")
        self.start()

    def run(self):
        event = {}
        try:
            for line in self._response:
                line = line.decode("utf-8").rstrip("\r\n")
                if not line:
                    if "data" in event:
                        self.events.append(event)
                    event = {}
                elif not line.startswith(":"):
                    field, _, value = line.partition(":")
                    value = value[1:] if value.startswith(" ") else value
                    event[field] = event[field] + "\n" + value if field in event else value
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            pass  # Closed by the test, or the processor died, as some tests want.

    def of(self, kind):
        """The data of every event of that kind, decoded."""
        return [json.loads(e["data"]) for e in list(self.events) if e.get("event") == kind]

    def close(self):
        if self._connection.sock:
            self._connection.sock.close()
        self._connection.close()
