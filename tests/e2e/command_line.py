"""`mercaptan` as operators run it."""

import json
import os
import subprocess

from district import BIN

FINE, FAILED, USAGE = 0, 1, 2


class Cli:
    def __init__(self, district):
        self._environment = {
            **os.environ,
            "MERCAPTAN_SERVER": f"http://127.0.0.1:{district.ports['processor']}",
            "TZ": "Asia/Shanghai",
        }

    def run(self, *arguments):
        return subprocess.run(
            [BIN / "mercaptan", *arguments],
            capture_output=True,
            text=True,
            timeout=30,
            env=self._environment,
            check=False,
        )

    def text(self, *arguments):
        done = self.run(*arguments)
        assert done.returncode == FINE, (arguments, done)
        return done.stdout

    def json(self, *arguments):
        return json.loads(self.text("--json", *arguments))

    def start(self, *arguments):
        return subprocess.Popen(
            [BIN / "mercaptan", *arguments], stdout=subprocess.PIPE, text=True, env=self._environment
        )
