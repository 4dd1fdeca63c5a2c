#!/usr/bin/env python3
"""Fails on any #include or word that the layers do not allow. See README.md for the edges.

usage: layers.py [ROOT]
"""

import re
import sys

from sources import code_only, files_under, read

# Which project folders (or single headers) each layer may include, beside its own folder. The first
# layer whose pattern matches a path is the path's layer.
PORTS = ("common/store/store.h",)
SHARED = ("common/domain/", "common/config/", "common/json/", "common/wire/", "common/log/", "common/metrics/")


# How the processor's state is stored and shown: formats without I/O, which its shell, API and io share.
FORMATS = ("processor/io/rows.h", "processor/io/render.h", "processor/io/cap.h", "processor/io/tables.h", "processor/io/bytes.h",
           "processor/io/journal.h", "processor/io/alarm_log.h")


class Layer:
    def __init__(self, name, pattern, project=(), foreign=(), pure=False, system=True):
        self.name = name
        self.pattern = re.compile(pattern)  # of the paths that belong to the layer
        # A layer's own headers, then the other project headers it may include, as prefixes.
        self.project = ((name + "/",) if "/" in name else ()) + project
        self.foreign = foreign  # prefixes of other libraries' headers
        self.pure = pure        # no clock, thread, mutex, file, socket, random, log
        self.system = system    # POSIX headers allowed


def common(folder, *foreign, uses=SHARED):
    return Layer(f"common/{folder}", rf"common/{folder}/", uses + PORTS, foreign)


LAYERS = [
    Layer("common/domain", r"common/domain/", (), ("tl/expected.hpp",), pure=True, system=False),
    common("wire", "google/protobuf/"),
    common("config", "yaml-cpp/", "CLI/"),  # the command line is configuration too
    common("json", "simdjson.h", "boost/json"),
    common("log", "spdlog/"),
    common("metrics", "prometheus/"),
    common("store", "rocksdb/"),
    common("mqtt", "mqtt/", "MQTT"),
    common("http", "boost/", "openssl/"),
    Layer("gateway/core", r"gateway/core/", ("common/domain/",), pure=True, system=False),
    # Parsing JSON is as pure as arithmetic: profiles may use that one adapter.
    Layer("gateway/profiles", r"gateway/profiles/", ("common/domain/", "common/json/"), pure=True, system=False),
    Layer("gateway/io", r"gateway/io/", ("gateway/core/", "gateway/profiles/", "gateway/*", "common/"), ("boost/json",)),
    Layer("gateway main", r"gateway/main\.cc$", ("gateway/", "common/"), ("CLI/",)),
    Layer("gateway shell", r"gateway/[^/]+$", ("gateway/*", "gateway/core/", "gateway/profiles/") + SHARED + PORTS),
    Layer("processor/core", r"processor/core/", ("common/domain/",), pure=True, system=False),
    Layer("processor/io", r"processor/io/", ("processor/core/", "processor/*", "common/"), ("boost/json", "boost/property_tree/")),
    Layer("processor/api", r"processor/api/", ("processor/core/", "processor/*", "common/") + FORMATS, ("boost/json",)),
    # The operators' command line is a program of its own: it speaks HTTP or opens a store offline.
    Layer("processor/cli", r"processor/cli/", ("processor/core/", "processor/io/", "common/"), ("CLI/", "boost/")),
    Layer("processor main", r"processor/main\.cc$", ("processor/", "common/"), ("CLI/",)),
    Layer("processor shell", r"processor/[^/]+$", ("processor/*", "processor/core/") + SHARED + PORTS + FORMATS),
    Layer("tests", r"tests/", ("common/", "gateway/", "processor/", "tests/"), ("",)),
]

# Text formatting, which spdlog brings along; the cores do without.
FORMATTING = ("fmt/",)

STANDARD = set(
    """algorithm any array atomic barrier bit bitset cassert cctype cerrno cfenv cfloat charconv chrono cinttypes
    climits clocale cmath compare complex concepts condition_variable coroutine csetjmp csignal cstdarg cstddef
    cstdint cstdio cstdlib cstring ctime cuchar cwchar cwctype deque exception execution filesystem format
    forward_list fstream functional future initializer_list iomanip ios iosfwd iostream istream iterator latch
    limits list locale map memory memory_resource mutex new numbers numeric optional ostream queue random ranges
    ratio regex scoped_allocator semaphore set shared_mutex source_location span sstream stack stdexcept stop_token
    streambuf string string_view strstream syncstream system_error thread tuple type_traits typeindex typeinfo
    unordered_map unordered_set utility valarray variant vector version""".split()
)
IMPURE_HEADERS = set(
    """atomic barrier condition_variable csetjmp csignal ctime execution filesystem fstream future iostream latch
    mutex random semaphore shared_mutex stop_token syncstream thread""".split()
)
# A broken invariant says so on the console before it aborts.
MAY_SPEAK = "common/domain/check.h"

IMPURE_WORDS = [
    ("a clock", re.compile(r"::\s*now\s*\(|\b(?:system|steady|high_resolution|utc|file)_clock\b")),
    ("a clock", re.compile(r"\b(?:gettimeofday|clock_gettime|localtime(?:_r)?|gmtime(?:_r)?)\s*\(")),
    ("a clock", re.compile(r"(?<!\w)(?:std)?::time\s*\(|(?<![\w.>:])time\s*\(\s*(?:nullptr|NULL|0|&)")),
    ("randomness", re.compile(r"(?<![\w.>])(?:s?rand|random|drand48|getrandom)\s*\(|\b(?:std::)?(?:mt19937\w*|random_device)\b")),
    ("a thread", re.compile(r"\bstd::(?:j?thread|this_thread|async|(?:\w+_)?mutex|(?:lock|scoped|unique)_\w*lock\w*)\b|\bthread_local\b")),
    ("a file or the console", re.compile(r"\bf(?:re)?open\s*\(|(?<!\w)::(?:open|read|write|socket|connect|send|recv)\s*\(|\bstd::(?:cout|cerr|clog|[io]?fstream|filesystem)\b|(?<![\w.>])(?:std::)?(?:f?printf|puts)\s*\(")),
    ("the environment", re.compile(r"\bgetenv\s*\(")),
    ("the log", re.compile(r"\blog\s*::|\bspdlog\b")),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')


def layer_of(path):
    return next((layer for layer in LAYERS if layer.pattern.match(path)), None)


def matches(header, allowed):
    """Whether a header is under one of the prefixes; `x/*` means files of folder x itself."""
    for prefix in allowed:
        if prefix.endswith("/*"):
            folder, _, name = header.rpartition("/")
            if folder == prefix[:-2] and name != "main.h":
                return True
        elif header.startswith(prefix):
            return True
    return False


def check_project_include(layer, header):
    if header.endswith(".cc"):
        return f"includes a source file, {header}"
    if header.startswith("tests/") and layer.name != "tests":
        return f"product code includes test code, {header}"
    if matches(header, layer.project):
        return None
    return f"{layer.name} must not include {header}"


def check_angle_include(layer, header):
    if header in STANDARD:
        if layer.pure and header in IMPURE_HEADERS:
            return f"{layer.name} is pure and must not include <{header}>"
        return None
    if re.fullmatch(r"(?:sys|netinet|arpa|linux|net)/\w+\.h|\w+\.h", header) and not matches(header, ALL_FOREIGN):
        return None if layer.system else f"{layer.name} must not include the system header <{header}>"
    if matches(header, layer.foreign) or (not layer.pure and matches(header, FORMATTING)):
        return None
    return f"{layer.name} must not include the foreign header <{header}>"


ALL_FOREIGN = tuple(prefix for layer in LAYERS for prefix in layer.foreign if prefix)


def check_file(root, path):
    """The violations of one file, as (line, text)."""
    layer = layer_of(path)
    if layer is None:
        return [(1, "this folder has no layer; name it in tests/lint/layers.py")]
    text = read(root, path)
    found = []
    for number, (line, code) in enumerate(zip(text.split("\n"), code_only(text).split("\n")), 1):
        include = INCLUDE.match(line)
        if include and "#" in code:
            quoted, angled = include.groups()
            if angled is not None:
                problem = check_angle_include(layer, angled)
            elif quoted.split("/")[0] in ("common", "gateway", "processor", "tests"):
                problem = check_project_include(layer, quoted)
            else:
                problem = f'"{quoted}" is not named from the project\'s root (foreign headers take <>)'
            if problem:
                found.append((number, problem))
        elif layer.pure:
            for what, pattern in IMPURE_WORDS:
                if pattern.search(code) and path != MAY_SPEAK:
                    found.append((number, f"{layer.name} is pure and must not use {what}"))
    if path.endswith(".h") and "#pragma once" not in text:
        found.append((1, "header without #pragma once"))
    return found


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else "."
    paths = files_under(root, (".h", ".cc"))
    violations = [f"{path}:{line}: {text}" for path in paths for line, text in check_file(root, path)]
    print("\n".join(violations) or f"layers: {len(paths)} files, every include allowed")
    return 1 if violations or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
