"""A store that has been used for years: how long its server takes to start, its table to come, a chart to be drawn."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from . import harness, report
from .harness import Runner
from .report import Row, Verdict

QUESTION = "10,000 experiments and 5 million points in the store: start, first page of the table, a chart of a million"
RUNS, QUICK = 10_000, 1_000
POINTS = 400
"""Of each experiment, but for one that has a million."""
LONG, DRAWN = 1_000_000, 2_000
AT_ONCE = 200
SHA = "1dc7b7bd70c19851d751788ee36ed964c25da1f4"
PATH = "dvclive/plots/metrics/loss.tsv"


def measure(runner: Runner) -> list[Verdict]:
    runs = QUICK if runner.quick else RUNS
    rows: list[Row] = []
    empty: list[Row] = []
    with harness.scratch() as folder:
        long = filled(folder, runs)
        for repetition in range(runner.repetitions):
            rows.append(started(folder, long))
            with harness.scratch() as other:
                empty.append(started(other))
            runner.note("full", repetition, rows[-1])
            runner.note("empty", repetition, empty[-1])
    figures = ("ready", "page", "chart")
    report.print_table(
        (
            "seconds until",
            "the server answers",
            "first page of the table",
            f"{LONG:,} points drawn",
        ),
        [
            ("a full store", *(report.spread(report.figures(rows, one)) for one in figures)),
            ("an empty one", report.spread(report.figures(empty, "ready")), "", ""),
        ],
    )
    most = max(row["sent"] for row in rows)
    ready, page, chart = (median(report.figures(rows, one)) for one in figures)
    return [
        Verdict("server ready", ready, 3.0, "s"),
        Verdict("first page of the table", page, 0.5, "s"),
        Verdict("chart of a million points", chart, 1.0, "s"),
        Verdict("points sent for it", most, DRAWN, "points"),
    ]


def filled(folder: Path, runs: int) -> int:
    """The store of a server in `folder`, as its keeper leaves it; the id of the experiment with most points."""
    from live_studio.keeper import Keeper
    from live_studio.studio import Studio

    store = folder / "data" / "live_studio" / "store.db"
    store.parent.mkdir(parents=True)
    studio = Studio(store)
    batch: list[Any] = []
    for event in events(runs):
        batch.append(event)
        if len(batch) >= AT_ONCE:
            studio.record(batch)
            batch = []
    studio.record(batch)
    Keeper(studio.store).tidy()
    (long,) = (row.id for row in studio.experiments() if row.name == f"run-{runs // 2}")
    studio.close()
    print(f"   the store: {store.stat().st_size / 1e6:,.0f} MB")
    return long


def events(runs: int) -> Iterator[Any]:
    from live_studio.events import Data, Done, Key, Start
    from live_studio.rows import Rows

    for run in range(runs):
        key = Key("github.com/o/r", SHA, f"run-{run}")
        count = LONG if run == runs // 2 else POINTS
        params = {"params.yaml": {f"p{n}": run / (n + 1) for n in range(5)}}
        yield Start(key, "dvclive", params)
        for first in range(0, count, 100_000):
            steps = range(first, min(first + 100_000, count))
            points = {PATH: Rows(steps, (1 / (step + 1) for step in steps), None)}
            metrics = {"metrics.json": {"loss": 1 / count, "acc": run / runs}}
            yield Data(key, "dvclive", steps[-1], {}, metrics, points)
        yield Done(key, "dvclive", "completed")


def started(folder: Path, long: int | None = None) -> Row:
    """A server over the store in `folder`: seconds until it answers, and until what is asked of it is there."""
    from tests.servers import Server, own_home

    began = time.perf_counter()
    server = Server(folder, own_home(folder)).start()
    found: Row = {"ready": time.perf_counter() - began}
    try:
        if long is not None:
            page, found["page"] = timed(server, "api/changes", {"since": "0"})
            asked = {"metric": "loss", "experiment": str(long), "points": str(DRAWN)}
            chart, found["chart"] = timed(server, "api/series", asked)
            found["sent"] = sum(len(line["columns"]["step"]) for line in chart["series"])
            found["rows"] = len(page["experiments"])
    finally:
        server.stop()
    return found


def timed(server: Any, path: str, asked: dict[str, str]) -> tuple[Any, float]:
    began = time.perf_counter()
    answer = server.get(path, params=asked)
    took = time.perf_counter() - began
    answer.raise_for_status()
    return json.loads(answer.content), took
