"""Child processes that never outlive the tests."""

import atexit
import os
import signal
import socket
import subprocess
import time

_running = set()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """One program, its command line and its log; started and killed any number of times."""

    def __init__(self, name, argv, log_path):
        self.name = name
        self.argv = [str(a) for a in argv]
        self.log_path = log_path
        self._child = None

    @property
    def pid(self):
        return self._child.pid

    @property
    def alive(self):
        return self._child is not None and self._child.poll() is None

    @property
    def state(self):
        if self._child is None:
            return "never started"
        code = self._child.poll()
        return "runs" if code is None else f"ended with {code}"

    def start(self):
        assert not self.alive, f"{self.name} runs already"
        with open(self.log_path, "ab") as log:
            self._child = subprocess.Popen(
                self.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        _running.add(self)

    def kill9(self):
        """As a crash: no chance to tidy up."""
        self._signal(signal.SIGKILL)
        self._child.wait(10)

    def stop(self, timeout=10):
        """SIGTERM; returns the exit code."""
        self._signal(signal.SIGTERM)
        try:
            return self._child.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill9()
            raise AssertionError(f"{self.name} did not end within {timeout} s of SIGTERM") from None

    def hang_up(self):
        self._signal(signal.SIGHUP)

    def end(self):
        """Without asking; for clean-up."""
        if self._child is None:
            return
        try:
            os.killpg(self._child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._child.wait(10)
        _running.discard(self)

    def log_tail(self, lines=80):
        try:
            with open(self.log_path, encoding="utf-8", errors="replace") as log:
                return "".join(log.readlines()[-lines:])
        except FileNotFoundError:
            return ""

    def _signal(self, number):
        if self.alive:
            os.kill(self._child.pid, number)


def wait_for_port(port, timeout=10):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 0.5).close()
            return
        except OSError:
            time.sleep(0.02)
    raise AssertionError(f"nobody listens on port {port} after {timeout} s")


@atexit.register
def _end_all():
    for process in list(_running):
        process.end()
