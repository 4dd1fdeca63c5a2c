"""Measures and prints the table; `tests/bench/run` builds first and calls this."""

import argparse
import os
import pathlib
import tempfile

import micro
from table import Table


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("micro", "end-to-end"))
    parser.add_argument("--seconds", type=int, default=30, help="of each end-to-end run, 1 to 300")
    parser.add_argument("--flood", type=int, default=600_000, help="messages of a flood, up to 10000000")
    parser.add_argument("--repeat", type=int, default=3, help="of each micro benchmark; medians are printed")
    parser.add_argument("--devices", type=int, default=1_000_000, help="known to the core")
    parser.add_argument("--folder", default=tempfile.gettempdir(), help="on the disk to measure")
    options = parser.parse_args()
    if not 1 <= options.seconds <= 300 or not 1000 <= options.flood <= 10_000_000:
        parser.error("--seconds or --flood out of range")

    table = Table()
    table.note("cores, load before", f"{os.cpu_count()}, {os.getloadavg()[0]:.1f}")
    if options.only != "end-to-end":
        folder = pathlib.Path(os.environ["MERCAPTAN_BIN"]).resolve().parent / "bench"
        micro.measure(table, folder, options.repeat, options.devices)
    if options.only != "micro":
        import end_to_end  # Needs Paho, which the micro benchmarks do without.

        end_to_end.measure(table, options.folder, options.seconds, options.flood)
    table.note("load after", f"{os.getloadavg()[0]:.1f}")
    print("\n" + table.text())


if __name__ == "__main__":
    main()
