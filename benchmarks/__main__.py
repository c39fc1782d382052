"""Runs the benchmarks that are named, or all of them."""

from __future__ import annotations

import argparse
from importlib import import_module

from . import harness, report

NAMES = (
    "imports",
    "calls",
    "growth",
    "training",
    "stream",
    "idle",
    "producers",
    "table",
    "remote",
    "end",
    "away",
    "git",
    "series",
    "summary",
    "disk",
    "door",
    "stock",
    "load",
    "hour",
    "full",
    "charts",
)


def main() -> None:
    said = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    said.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(NAMES)}")
    said.add_argument("--quick", action="store_true", help="short runs, two repetitions: a look")
    said.add_argument("--repetitions", type=int, default=None)
    said.add_argument(
        "--minutes",
        type=float,
        default=None,
        help="for `charts` and `load`: one run of so many minutes",
    )
    said.add_argument(
        "--shape", action="append", default=[], help="for `table`: one of its tables, not all"
    )
    asked = said.parse_args()
    if unknown := set(asked.names) - set(NAMES):
        said.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    repetitions = asked.repetitions or (2 if asked.quick else 5)
    verdicts: list[report.Verdict] = []
    for name in asked.names or NAMES:
        bench = import_module(f"{__package__}.{name}")
        print(f"\n== {name}: {bench.QUESTION}", flush=True)
        runner = harness.Runner(
            name, repetitions, quick=asked.quick, minutes=asked.minutes, only=asked.shape
        )
        verdicts += bench.measure(runner)
        print(f"   {runner.conditions}")
    report.print_verdicts(verdicts)


if __name__ == "__main__":
    main()
