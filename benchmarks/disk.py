"""Bytes a point: what a run takes on disk when it has ended and the store has been kept in order.

Whole files are counted, tables and indices, names and rows included, after what is free was given
back: ours by its keeper, trackio's by a `VACUUM` that it does not do itself.
"""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from . import peers, report
from .harness import Contestant, Row, Runner
from .report import Verdict

QUESTION = "bytes a point on disk after compaction, times included"
POINTS, QUICK = 500_000, 50_000
MOST = {"random": 11.0, "short": 7.0}
KINDS = {
    "random": "random float64",
    "short": "exact as float32",
    "dvclive": "as DVCLive sends: 100 runs of 4 metrics, a step a post",
}


def measure(runner: Runner) -> list[Verdict]:
    points = QUICK if runner.quick else POINTS
    verdicts, lines = [], []
    for kind, what in KINDS.items():
        said = {"kind": kind, "points": points // 10 // 400 * 400 if kind == "dvclive" else points}
        rows = runner.race(
            [
                Contestant(f"live_studio {kind}", "disk:live_studio", said),
                Contestant(f"trackio {kind}", "disk:trackio", said, peers.trackio()),
            ]
        )
        ours, theirs = rows.values()
        lines.append(
            (what, *(report.spread(report.figures(held, "bytes")) for held in (ours, theirs)))
        )
        if kind in MOST:
            verdicts.append(
                Verdict(f"{what}", max(report.figures(ours, "bytes")), MOST[kind], "bytes a point")
            )
        else:
            verdicts.append(
                Verdict(f"{kind}: to trackio", median(report.ratios(ours, theirs, "bytes")), 1.0)
            )
    report.print_table(("bytes a point", "live_studio", "trackio"), lines)
    return verdicts


def values(kind: str) -> Callable[[], float]:
    """What is logged."""
    chance = random.Random(5)  # noqa: S311  # numbers to log
    if kind == "short":
        return lambda: chance.randrange(1 << 20) / 1024
    return chance.random


# in the contestant's processes


def live_studio(kind: str, points: int) -> Row:
    from live_studio import Live
    from live_studio.keeper import Keeper
    from live_studio.store import compaction
    from live_studio.studio import Studio

    compaction.SETTLED_SECONDS = -1.0  # it need not wait for what is on its way
    path = Path(os.environ["LIVE_STUDIO_STORE"])
    value = values(kind)
    if kind == "dvclive":
        _posts(Studio(path), value, points)
    else:
        with Live(exp_name="long") as live:
            for _ in range(points):
                live.log_metric("loss", value())
                live.next_step()
    studio = Studio(path)
    Keeper(studio.store).tidy()
    (kept,) = studio.store.read("SELECT coalesce(sum(count), 0) FROM chunks")[0]
    assert kept == points, f"{kept} of {points} points are in chunks"
    studio.close()
    return {"bytes": _size(path) / points}


def _posts(studio: Any, value: Callable[[], float], points: int) -> None:
    from live_studio.addresses import NO_COMMIT
    from live_studio.events import Data, Done, Key, Point, Start

    names = ("train/loss", "train/acc", "eval/loss", "eval/acc")
    steps = points // 100 // len(names)
    for run in range(100):
        key = Key("github.com/o/r", NO_COMMIT, f"run-{run}")
        studio.record([Start(key, "dvclive", params={"params.yaml": {"lr": 0.1, "seed": run}})])
        for step in range(steps):
            rows = {f"dvclive/plots/metrics/{name}.tsv": [Point(step, value())] for name in names}
            studio.record([Data(key, "dvclive", step=step, points=rows)])
        studio.record([Done(key, "dvclive")])
    studio.close()


def trackio(kind: str, points: int) -> Row:
    from trackio.sqlite_storage import SQLiteStorage

    value = values(kind)
    names = ("train/loss", "train/acc", "eval/loss", "eval/acc") if kind == "dvclive" else ("loss",)
    runs = 100 if kind == "dvclive" else 1
    steps = points // runs // len(names)
    for run in range(runs):
        for at in range(0, steps, 50_000):
            many = range(at, min(at + 50_000, steps))
            SQLiteStorage.bulk_log(
                project="p",
                run=f"run-{run}",
                run_id=f"run-{run}",
                metrics_list=[{name: value() for name in names} for _ in many],
                steps=list(many),
                config={"lr": 0.1, "seed": run},
            )
    (path,) = Path(os.environ["TRACKIO_DIR"]).glob("*.db")
    held = sqlite3.connect(path)
    held.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    held.execute("VACUUM")
    held.close()
    return {"bytes": _size(path) / points}


def _size(path: Path) -> int:
    return sum(part.stat().st_size for part in path.parent.glob(path.name + "*") if part.is_file())
