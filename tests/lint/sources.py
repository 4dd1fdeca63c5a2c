"""What the lint scripts share: the project's files, and C++ text without comments."""

import os
import re

TREES = ("common", "gateway", "processor", "tests")


def files_under(root, suffixes, trees=TREES):
    """Paths below `root`, relative to it and sorted, of the files with one of the suffixes."""
    found = []
    for tree in trees:
        for folder, folders, names in os.walk(os.path.join(root, tree)):
            folders[:] = [f for f in folders if not f.startswith(".") and f not in ("__pycache__", "node_modules")]
            for name in names:
                if name.endswith(suffixes):
                    found.append(os.path.relpath(os.path.join(folder, name), root))
    return sorted(found)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


_LITERALS = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^\s()\\]{0,16})\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'',
    re.DOTALL,
)


def code_only(text):
    """The text with comments and the insides of literals blanked, its lines kept in place."""

    def blank(match):
        kept = '""' if match.group(0)[0] in "\"R" else " "
        return kept + "\n" * match.group(0).count("\n")

    return _LITERALS.sub(blank, text)
