"""How many points a second become readable, from one producer and from eight at once."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

from . import harness, peers, report
from .calls import NAMES
from .harness import Contestant, Runner
from .report import Row, Verdict

QUESTION = "points a second until readable, 10 metrics a step, one machine"
METRICS = NAMES[:10]


def measure(runner: Runner) -> list[Verdict]:
    verdicts = []
    for producers in (1, 8):
        for points in (10_000,) if runner.quick else (10_000, 50_000):
            rows = race(runner, producers, points)
            report.print_table(
                (f"{producers} x {points:,} points", "points/s", "/ trackio", "read back"),
                [line(name, found, rows["trackio"]) for name, found in rows.items()],
            )
            if producers == 8:
                ratio = median(report.ratios(rows["live_studio"], rows["trackio"], "rate"))
                least = 10.0 if points >= 50_000 else 1.5
                what = f"points/s, 8 producers x {points:,}: to trackio"
                verdicts.append(Verdict(what, ratio, least, least=True))
    return verdicts


def line(name: str, rows: list[Row], trackio: list[Row]) -> tuple[str, ...]:
    return (
        name,
        report.spread(report.figures(rows, "rate")),
        report.spread(report.ratios(rows, trackio, "rate")),
        f"{min(row['share'] for row in rows):.0%}",
    )


def race(runner: Runner, producers: int, points: int) -> dict[str, list[Row]]:
    trackio = peers.trackio()
    ways = {
        "live_studio": Contestant("live_studio", "producers:live_studio"),
        "live_studio, server": Contestant("live_studio", "producers:live_studio"),
        "trackio": Contestant("trackio", "producers:trackio", {}, trackio),
        "trackio, server": Contestant("trackio", "producers:trackio", {}, trackio),
    }
    rows: dict[str, list[Row]] = {name: [] for name in ways}
    for repetition in range(runner.repetitions):
        for name in harness.shuffled(list(ways)):
            with harness.scratch() as folder, beside(name, folder) as env:
                said = once(ways[name], folder, env, producers, points)
            rows[name].append(said)
            runner.note(f"{name}, {producers} x {points}", repetition, said)
    return rows


def once(way: Contestant, folder: Path, env: dict[str, str], producers: int, points: int) -> Row:
    """All producers start at one signal; the clock stops when every point can be read."""
    steps = points // len(METRICS)
    started = []
    for number in range(producers):
        arguments = {"number": number, "steps": steps, **_server(env)}
        started.append(
            harness.start(Contestant(way.name, way.task, arguments, way.python), folder, env)
        )
    reader = Contestant(
        way.name,
        f"{way.task}_read",
        {"producers": producers, "steps": steps},
        way.python,
    )
    reading = harness.start(reader, folder, env)
    while len(list(folder.glob("ready-*"))) < producers + 1:
        time.sleep(0.005)
    begun = time.time()
    (folder / "go").touch()
    for process in started:
        harness.outcome(way, process)
    said = harness.outcome(reader, reading)
    total = producers * points
    return {
        "rate": said["points"] * len(METRICS) / (said["at"] - begun),
        "share": said["points"] * len(METRICS) / total,
    }


def _server(env: dict[str, str]) -> dict[str, Any]:
    return {"server_url": env["TRACKIO_URL"]} if "TRACKIO_URL" in env else {}


@contextmanager
def beside(name: str, folder: Path) -> Iterator[dict[str, str]]:
    """The server that a contestant wants beside it, as variables for its processes."""
    if name == "live_studio, server":
        from tests.servers import running

        with running(folder) as server:
            announced = server.folder / "runtime" / f"live_studio-{server.process.pid}.json"
            yield {
                "LIVE_STUDIO_STORE": str(server.store),
                "LIVE_STUDIO_SERVER_FILE": str(announced),
            }
    elif name == "trackio, server":
        with _trackio_server(folder) as url:
            yield {"TRACKIO_URL": url}
    else:
        yield {}


@contextmanager
def _trackio_server(folder: Path) -> Iterator[str]:
    log = folder / "server.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [str(Path(peers.trackio()).with_name("trackio")), "show", "--project", "p"],
            env=harness.environment(folder) | {"PYTHONUNBUFFERED": "1", "BROWSER": "/bin/true"},
            cwd=folder,
            stdout=out,
            stderr=out,
        )
    try:
        ends = time.monotonic() + 60
        while not (
            found := re.search(
                r"(http://127\.0\.0\.1:\d+)\S*[?&](write_token=\S+)", log.read_text()
            )
        ):
            if time.monotonic() > ends:
                raise RuntimeError(f"trackio's server did not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.05)
        yield f"{found[1]}/?{found[2]}"
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


# in the contestant's processes


def live_studio(number: int, steps: int) -> Row:
    from live_studio import Live

    live = Live(exp_name=f"run-{number}")
    metrics = {name: 0.5 * place for place, name in enumerate(METRICS)}
    _ready_then_go(f"producer-{number}")
    for _ in range(steps):
        live.log_metrics(metrics)
        live.next_step()
    live.end()
    return {}


def live_studio_read(producers: int, steps: int) -> Row:
    """Ask for one chart of all runs until every point is in it."""
    from live_studio.curves import Question
    from live_studio.studio import Studio

    # What reads charts has it loaded; its import is no part of the question.
    import_module("numpy")
    studio = Studio(Path(os.environ["LIVE_STUDIO_STORE"]))
    _ready_then_go("reader")
    found = 0
    path = f"dvclive/plots/metrics/{METRICS[0]}.tsv"
    ends = time.time() + harness.PATIENCE / 2
    while found < producers * steps and time.time() < ends:
        rows = studio.experiments()
        counted = sum('"' + path in row.series_text for row in rows)
        if counted == producers and _all_there(rows, path, steps):
            lines = studio.series(Question(METRICS[0], [row.id for row in rows]))
            found = sum(len(line.series) for line in lines)
        else:
            time.sleep(0.01)
    return {"points": found, "at": time.time()}


def _all_there(rows: list[Any], path: str, steps: int) -> bool:
    import json

    return all(json.loads(row.series_text)[path]["count"] == steps for row in rows)


def trackio(number: int, steps: int, server_url: str = "") -> Row:
    import trackio

    more = {"server_url": server_url} if server_url else {}
    run = trackio.init(project="p", name=f"run-{number}", embed=False, **more)
    metrics = {name: 0.5 * place for place, name in enumerate(METRICS)}
    _ready_then_go(f"producer-{number}")
    for step in range(steps):
        run.log(metrics, step)
    run.finish()
    return {}


def trackio_read(producers: int, steps: int) -> Row:
    from trackio.sqlite_storage import SQLiteStorage

    _ready_then_go("reader")
    found = 0
    ends = time.time() + harness.PATIENCE / 2
    while found < producers * steps and time.time() < ends:
        found = 0
        for run in SQLiteStorage.get_run_records("p"):
            found += len(
                SQLiteStorage.get_metric_values("p", run["name"], METRICS[0], run_id=run["id"])
            )
        time.sleep(0.01)
    return {"points": found, "at": time.time()}


def _ready_then_go(name: str) -> None:
    Path(f"ready-{name}").touch()
    while not Path("go").exists():
        time.sleep(0.001)
