#!/usr/bin/env python3
"""Fails on marks of unfinished work, on tests that do not test, and on files too long to hold one idea.

usage: words.py [ROOT]
"""

import re
import sys

from sources import files_under, read

LINES_MAX = 500

# Put together here, so that this file does not contain what it looks for.
FORBIDDEN = [
    ("an unfinished mark", re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")),
    ("a test that does not run", re.compile(r"GTEST_" + r"SKIP|DISABLED" + r"_|pytest\.mark\." + r"skip|pytest\." + r"skip\(")),
    ("a test that cannot fail", re.compile(r"(?:EXPECT|ASSERT)_TRUE\(" + r"true\)")),
]
TEXTS = (".h", ".cc", ".py", ".md", ".txt", ".cmake", ".yaml", ".yml", ".csv", ".conf", ".proto", ".js", ".html", ".css", ".sh")
TREES = ("common", "gateway", "processor", "tests", "deploy", "config")


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else "."
    problems = []
    paths = files_under(root, TEXTS, TREES)
    for path in paths:
        lines = read(root, path).split("\n")
        for number, line in enumerate(lines, 1):
            problems += [f"{path}:{number}: {what}: {line.strip()}" for what, pattern in FORBIDDEN if pattern.search(line)]
        if path.endswith((".h", ".cc")) and len(lines) - 1 > LINES_MAX:
            problems.append(f"{path}: {len(lines) - 1} lines, more than {LINES_MAX}: does it hold one idea?")
    print("\n".join(problems) or f"words: {len(paths)} files, nothing unfinished")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
