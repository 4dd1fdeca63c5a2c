#!/usr/bin/env python3
"""Fails when clang-format would change a source file. `clang-format -i FILE` mends it.

usage: format.py [ROOT]
"""

import os
import shutil
import subprocess
import sys

from sources import files_under


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else "."
    if not shutil.which("clang-format"):
        print("format: clang-format is missing; deploy/install-packages --tests installs it")
        return 1
    paths = [os.path.join(root, path) for path in files_under(root, (".h", ".cc"))]
    run = subprocess.run(["clang-format", "--dry-run", "-Werror", "--ferror-limit=3", *paths], check=False)
    if run.returncode == 0:
        print(f"format: {len(paths)} files as .clang-format wants them")
    return 1 if run.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
