#!/usr/bin/env python3
"""Runs clang-tidy (.clang-tidy, every finding an error) over what decides: the cores, the profiles, the domain.

The rest is a matter of `tidy.py BUILD ''` by hand: over everything it takes longer than a build.

usage: tidy.py BUILD_DIR [PATH_PREFIX...]
"""

import concurrent.futures
import json
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DECIDING = ["common/domain/", "gateway/core/", "gateway/profiles/", "processor/core/"]


def sources_to_check(build, prefixes):
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        paths = {os.path.relpath(entry["file"], ROOT) for entry in json.load(file)}
    return sorted(path for path in paths if path.startswith(tuple(prefixes)) and not path.startswith(("build/", "..")))


def check(build, path):
    command = ["clang-tidy", "-p", build, "--quiet", "--extra-arg=-Wno-unknown-warning-option", os.path.join(ROOT, path)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    return path, run.returncode, run.stdout if run.stdout.strip() else run.stderr


def main():
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    if not shutil.which("clang-tidy"):
        print("tidy: clang-tidy is missing; deploy/install-packages --tests installs it")
        return 1
    build = sys.argv[1]
    paths = sources_to_check(build, sys.argv[2:] or DECIDING)
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, status, output in pool.map(lambda path: check(build, path), paths):
            if status:
                failed += 1
                print(f"{path}:\n{output}", flush=True)
    print(f"tidy: {len(paths)} files, {failed} with findings")
    return 1 if failed or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
