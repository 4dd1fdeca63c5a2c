#!/usr/bin/env python3
"""Plants one violation of every kind in a small tree and expects layers.py to name each of them, and nothing else."""

import os
import subprocess
import sys
import tempfile

# path, body, a piece of the violation that must be reported for the path (None: the file is fine)
PLANTED = [
    ("common/domain/id.h", '#include <string>\n#include <tl/expected.hpp>\n', None),
    ("common/domain/bad_up.h", '#include "common/log/log.h"\n', "common/domain must not include common/log/log.h"),
    ("common/domain/bad_foreign.h", "#include <fmt/format.h>\n", "foreign header <fmt/format.h>"),
    ("common/log/bad_side.cc", '#include "gateway/core/admit.h"\n', "common/log must not include gateway/core/admit.h"),
    ("common/log/bad_two.cc", "#include <spdlog/spdlog.h>\n#include <rocksdb/db.h>\n", "foreign header <rocksdb/db.h>"),
    ("common/shiny/new.h", "", "this folder has no layer"),
    ("gateway/core/fine.cc", '#include <chrono>\n#include "common/domain/id.h"\n// ::now() and rand() in a comment\n'
                             'const char* a = "std::cout << time(nullptr)";\nauto t = reading.time();\n', None),
    ("gateway/core/bad_now.cc", "auto t = Clock::now();\n", "must not use a clock"),
    ("gateway/core/bad_clock.h", "using C = std::chrono::steady_clock;\n", "must not use a clock"),
    ("gateway/core/bad_time.cc", "auto t = time(nullptr);\n", "must not use a clock"),
    ("gateway/core/bad_thread.cc", "#include <thread>\n", "must not include <thread>"),
    ("gateway/core/bad_mutex.cc", "#include <mutex>\n", "must not include <mutex>"),
    ("gateway/core/bad_lock.cc", "std::mutex m;\n", "must not use a thread"),
    ("gateway/core/bad_random.cc", "#include <random>\n", "must not include <random>"),
    ("gateway/core/bad_rand.cc", "int x = rand();\n", "must not use randomness"),
    ("gateway/core/bad_file.cc", "#include <fstream>\n", "must not include <fstream>"),
    ("gateway/core/bad_open.cc", 'auto* f = std::fopen("x", "r");\n', "must not use a file or the console"),
    ("gateway/core/bad_socket.cc", "#include <sys/socket.h>\n", "system header <sys/socket.h>"),
    ("gateway/core/bad_posix.cc", "#include <unistd.h>\n", "system header <unistd.h>"),
    ("gateway/core/bad_log.cc", 'void f() { log::info("x"); }\n', "must not use the log"),
    ("gateway/core/bad_foreign.cc", "#include <rocksdb/db.h>\n", "foreign header <rocksdb/db.h>"),
    ("gateway/core/bad_json.cc", '#include "common/json/parser.h"\n', "gateway/core must not include common/json/parser.h"),
    ("gateway/core/bad_io.cc", '#include "gateway/io/outbox.h"\n', "gateway/core must not include gateway/io/outbox.h"),
    ("gateway/core/bad_relative.cc", '#include "admit.h"\n', "not named from the project's root"),
    ("gateway/core/bad_guard.h", None, "header without #pragma once"),
    ("gateway/profiles/fine.cc", '#include "common/json/parser.h"\n', None),
    ("gateway/profiles/bad_log.cc", '#include "common/log/log.h"\n', "gateway/profiles must not include common/log/log.h"),
    ("gateway/io/fine.cc", '#include "common/mqtt/client.h"\n#include "gateway/core/a.h"\n#include "gateway/gateway.h"\n', None),
    ("gateway/io/bad_peer.cc", '#include "processor/core/x.h"\n', "gateway/io must not include processor/core/x.h"),
    ("gateway/io/bad_foreign.cc", "#include <mqtt/async_client.h>\n", "foreign header <mqtt/async_client.h>"),
    ("gateway/gateway.cc", '#include "gateway/core/a.h"\n#include "common/store/store.h"\n#include "gateway/gateway.h"\n', None),
    ("gateway/shell_bad_io.cc", '#include "gateway/io/outbox.h"\n', "gateway shell must not include gateway/io/outbox.h"),
    ("gateway/shell_bad_adapter.cc", '#include "common/mqtt/client.h"\n', "gateway shell must not include common/mqtt/client.h"),
    ("gateway/main.cc", '#include "common/mqtt/client.h"\n#include "gateway/io/outbox.h"\n#include <CLI/CLI.hpp>\n', None),
    ("processor/core/fine.h", "#include <vector>\n", None),
    ("processor/core/bad_static.cc", "thread_local int x;\n", "must not use a thread"),
    ("processor/api/bad_io.cc", '#include "processor/io/s.h"\n', "processor/api must not include processor/io/s.h"),
    ("processor/processor_bad.cc", '#include "common/store/rocks_store.h"\n', "processor shell must not include common/store/rocks_store.h"),
    ("processor/main.cc", '#include "gateway/core/a.h"\n', "processor main must not include gateway/core/a.h"),
    ("processor/io/bad_test.cc", '#include "tests/support/x.h"\n', "product code includes test code"),
    ("tests/unit/fine.cc", '#include "processor/core/a.h"\n#include "gateway/core/a.h"\n#include <gtest/gtest.h>\n', None),
]


def plant(root):
    for path, body, _ in PLANTED:
        full = os.path.join(root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        guard = "#pragma once\n" if path.endswith(".h") and body is not None else ""
        with open(full, "w", encoding="utf-8") as file:
            file.write(guard + (body or ""))


def main():
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "layers.py")
    with tempfile.TemporaryDirectory() as root:
        plant(root)
        run = subprocess.run([sys.executable, script, root], capture_output=True, text=True)
    reported = run.stdout.splitlines()
    wrong = [] if run.returncode == 1 else [f"layers.py exited {run.returncode}, not 1: {run.stderr}"]
    for path, _, expected in PLANTED:
        lines = [line for line in reported if line.startswith(path + ":")]
        if expected is None and lines:
            wrong.append(f"{path}: fine, but reported: {lines}")
        elif expected is not None and not (len(lines) == 1 and expected in lines[0]):
            wrong.append(f"{path}: expected one violation with {expected!r}, reported: {lines}")
    print("\n".join(wrong) or f"layers_test: each of {sum(1 for p in PLANTED if p[2])} planted violations is reported")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
