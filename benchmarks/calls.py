"""What one call costs the training loop, and whether what it logged survives kill -9."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from . import harness, peers, report
from .harness import Contestant, Runner
from .report import Row, Verdict, percentile
from .work import STEP_SECONDS, ns, rounds_for, spin

QUESTION = "microseconds a call, nothing between steps (tight) and 0.65 ms of Python (work)"
NAMES = [f"group/metric_{i:02d}" for i in range(20)]
POINT_BYTES = 35
ROW_BYTES = 185


def measure(runner: Runner) -> list[Verdict]:
    verdicts = survival(runner)
    for pace in ("tight", "work"):
        rows = runner.race(contestants(pace, quick=runner.quick))
        print(f"   {pace}, {rows['write'][0]['steps']:,} steps")
        report.print_table(
            ("per step", "p50 µs", "p99 µs", "last/first quarter", "p50 / write", "p50 / trackio"),
            [line(name, rows) for name in rows],
        )
        verdicts += judged(pace, rows)
    return verdicts


def contestants(pace: str, *, quick: bool) -> list[Contestant]:
    tight = {"steps": 20_000 if quick else 100_000, "work": False}
    work = {"steps": 1_000 if quick else 3_000, "work": True}
    how = tight if pace == "tight" else work
    trackio = peers.trackio()
    return [
        Contestant("write", "calls:write", {**how, "size": POINT_BYTES}),
        Contestant("write 20", "calls:write", {**how, "size": ROW_BYTES}),
        Contestant("log_metric", "calls:log_metric", how),
        Contestant("log_metrics of 20", "calls:log_metrics", how),
        Contestant("20 x log_metric", "calls:log_metric_20", {**how, "steps": how["steps"] // 5}),
        Contestant("trackio", "calls:trackio", {**how, "metrics": 1}, trackio),
        Contestant(
            "trackio of 20",
            "calls:trackio",
            {**how, "metrics": 20, "steps": how["steps"] // 5},
            trackio,
        ),
    ]


def peers_of(name: str) -> tuple[str, str]:
    """The bare write and the product that a contestant is compared with."""
    return ("write 20", "trackio of 20") if "20" in name else ("write", "trackio")


def line(name: str, rows: dict[str, list[Row]]) -> tuple[str, ...]:
    mine = rows[name]
    write, trackio = (rows[peer] for peer in peers_of(name))
    return (
        name,
        report.spread(report.figures(mine, "p50")),
        report.spread(report.figures(mine, "p99")),
        report.spread(report.figures(mine, "flat")),
        report.spread(report.ratios(mine, write, "p50")),
        report.spread(report.ratios(mine, trackio, "p50")),
    )


def judged(pace: str, rows: dict[str, list[Row]]) -> list[Verdict]:
    def ratio(mine: str, peer: str, figure: str = "p50") -> float:
        return median(report.ratios(rows[mine], rows[peer], figure))

    return [
        Verdict(f"log_metric p50, {pace}: to a bare write", ratio("log_metric", "write"), 1.5),
        Verdict(f"log_metric p50, {pace}: to trackio", ratio("log_metric", "trackio"), 0.2),
        Verdict(
            f"log_metric p99, {pace}: to the write's p99", ratio("log_metric", "write", "p99"), 4.0
        ),
        Verdict(
            f"log_metric, {pace}: last quarter to first",
            median(report.figures(rows["log_metric"], "flat")),
            1.2,
        ),
        Verdict(
            f"log_metrics of 20, {pace}: to trackio",
            ratio("log_metrics of 20", "trackio of 20"),
            0.1,
        ),
        Verdict(
            f"20 x log_metric, {pace}: to trackio", ratio("20 x log_metric", "trackio of 20"), 0.6
        ),
    ]


# in the contestant's process


def write(steps: int, size: int, *, work: bool) -> Row:
    """The limit: one write of a record that is ready."""
    file = os.open("bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    record = bytes(range(256))[:size]
    return _two(os.write, _steps(steps, lambda _: (file, record), work=work))


def log_metric(steps: int, *, work: bool) -> Row:
    return _two(_live().log_metric, _steps(steps, lambda i: (NAMES[0], i * 0.5), work=work))


def trackio(steps: int, metrics: int, *, work: bool) -> Row:
    return _two(_trackio_run().log, _steps(steps, lambda i: (_metrics(i, metrics), i), work=work))


def log_metrics(steps: int, *, work: bool) -> Row:
    log, taken = _live().log_metrics, []
    for metrics in _steps(steps, _metrics, work=work):
        begun = ns()
        log(metrics)
        taken.append(ns() - begun)
    return _figures(taken)


def log_metric_20(steps: int, *, work: bool) -> Row:
    log, taken = _live().log_metric, []
    for metrics in _steps(steps, _metrics, work=work):
        begun = ns()
        for name, value in metrics.items():
            log(name, value)
        taken.append(ns() - begun)
    return _figures(taken)


def _two(call: Callable[[Any, Any], Any], pairs: Iterable[tuple[Any, Any]]) -> Row:
    taken = []
    for one, two in pairs:
        begun = ns()
        call(one, two)
        taken.append(ns() - begun)
    return _figures(taken)


def _steps(steps: int, made: Callable[[int], Any], *, work: bool) -> Iterator[Any]:
    """Steps of a loop: each works, and then has what it logs."""
    rounds = rounds_for(STEP_SECONDS) if work else 0
    for number in range(steps):
        spin(rounds)
        yield made(number)


def _metrics(number: int, of: int = 20) -> dict[str, float]:
    return {name: number + 0.25 * place for place, name in enumerate(NAMES[:of])}


def _figures(taken: list[int]) -> Row:
    quarter = len(taken) // 4
    return {
        "steps": len(taken),
        "p50": percentile(taken, 50) / 1e3,
        "p99": percentile(taken, 99) / 1e3,
        "most": max(taken) / 1e3,
        "flat": median(taken[-quarter:]) / median(taken[:quarter]),
    }


def _live() -> Any:
    """A run, with the courier of this process beside it."""
    from live_studio import Live

    return Live(exp_name="measured")


def _trackio_run() -> Any:
    import trackio

    return trackio.init(project="p", name="measured", embed=False)


# kill -9


def survival(runner: Runner) -> list[Verdict]:
    """Kill a logging process right after call k and count what can be read."""
    ways = [
        Contestant("live_studio", "calls:die_live_studio"),
        Contestant("trackio", "calls:die_trackio", {}, peers.trackio()),
    ]
    read: dict[str, list[tuple[int, int]]] = {way.name: [] for way in ways}
    for repetition in range(runner.repetitions):
        k = random.SystemRandom().randint(1, 30_000)
        for way in harness.shuffled(ways):
            with harness.scratch() as folder:
                dying = Contestant(way.name, way.task, {"k": k}, way.python)
                harness.start(dying, folder).wait(harness.PATIENCE)
                reader = Contestant(way.name, way.task.replace("die", "read"), {}, way.python)
                found = harness.run(reader, folder)["points"]
            read[way.name].append((found, k))
            runner.note(f"kill -9 {way.name}", repetition, {"k": k, "found": found})
    report.print_table(
        ("kill -9 right after call k", "read afterwards, of k"),
        [(name, "  ".join(f"{n:,}/{k:,}" for n, k in pairs)) for name, pairs in read.items()],
    )
    lost = sum(k - found for found, k in read["live_studio"])
    return [Verdict("points lost by kill -9 right after a call", lost, 0, "points")]


def die_live_studio(k: int) -> None:
    log = _live().log_metric
    for i in range(k):
        log("loss", float(i))
    os.kill(os.getpid(), signal.SIGKILL)


def read_live_studio() -> Row:
    from live_studio.curves import Question
    from live_studio.drainer import Drainer
    from live_studio.studio import Studio

    studio = Studio(Path("store.db").resolve())
    drainer = Drainer(studio)
    drainer.drain()
    drainer.sweep()
    (row,) = studio.experiments()
    (found,) = studio.series(Question("loss", [row.id]))
    return {"points": len(found.series)}


def die_trackio(k: int) -> None:
    log = _trackio_run().log
    for i in range(k):
        log({"loss": float(i)}, i)
    os.kill(os.getpid(), signal.SIGKILL)


def read_trackio() -> Row:
    from trackio.sqlite_storage import SQLiteStorage

    runs = SQLiteStorage.get_run_records("p")
    if not runs:
        return {"points": 0}
    rows = SQLiteStorage.get_metric_values("p", "measured", "loss", run_id=runs[0]["id"])
    return {"points": len(rows)}
