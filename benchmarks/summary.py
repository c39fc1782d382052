"""The table of a thousand runs, as its bytes come over HTTP from the server that a page asks.

Both are asked for the parameters and newest metrics of every run: ours as a page that opens, trackio by
the questions that say as much. It keeps what it has read of a run until somebody writes, so it is
asked twice over: while nothing is logged, and after each of a few numbers that are.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from . import harness, peers, producers, report
from .harness import Contestant, Row, Runner
from .report import Verdict

QUESTION = "the table of 1,000 runs with 30 columns: milliseconds and bytes over HTTP"
RUNS, QUICK = 1_000, 100
PARAMS, METRICS, STEPS = 10, 20, 10
READS = 7
MOST = 0.25
AT_ONCE = 64
"""Runs that trackio is asked for in one question: it takes no more."""

Ask = Callable[[], bytes]


def measure(runner: Runner) -> list[Verdict]:
    runs = QUICK if runner.quick else RUNS
    rows: dict[str, list[Row]] = {"live_studio": [], "trackio": []}
    ways = {"live_studio": live_studio, "trackio": trackio}
    for repetition in range(runner.repetitions):
        for name in harness.shuffled(list(ways)):
            with harness.scratch() as folder, ways[name](folder, runs) as (ask, log):
                rows[name].append(timed(ask, log))
            runner.note(name, repetition, rows[name][-1])
    report.print_table(
        (f"{runs:,} runs", "ms", "ms after a number was logged", "KB"),
        [
            (name, *(report.spread(report.figures(found, one)) for one in ("still", "moved", "kb")))
            for name, found in rows.items()
        ],
    )
    return [
        Verdict(
            f"table of {runs:,} runs, {what}: to trackio",
            median(report.ratios(rows["live_studio"], rows["trackio"], figure)),
            MOST,
        )
        for what, figure in (
            ("nothing logged", "still"),
            ("after a number was logged", "moved"),
        )
    ]


def timed(ask: Ask, log: Callable[[int], None]) -> Row:
    """Milliseconds of warm questions."""
    ask()
    still, moved = [asked(ask) for _ in range(READS)], []
    for step in range(STEPS, STEPS + READS):
        log(step)
        moved.append(asked(ask))
    return {"still": median(still), "moved": median(moved), "kb": len(ask()) / 1000}


def asked(ask: Ask) -> float:
    begun = time.perf_counter()
    ask()
    return (time.perf_counter() - begun) * 1e3


def params(run: int) -> dict[str, Any]:
    return {f"p{number}": run / (number + 3) for number in range(PARAMS)}


def metrics(run: int, step: int) -> dict[str, float]:
    return {f"m{number}": (run + step) / (number + 7) for number in range(METRICS)}


@contextmanager
def connected(url: str) -> Iterator[Callable[..., bytes]]:
    """One kept connection to a server; asks for a path."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=600)

    def get(method: str, path: str, body: Any = None, **headers: str) -> bytes:
        sent = None if body is None else json.dumps(body)
        connection.request(method, path, sent, headers | {"Content-Type": "application/json"})
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path} was answered {answer.status}: {said[:200]!r}")
        return said

    try:
        yield get
    finally:
        connection.close()


# ours


@contextmanager
def live_studio(folder: Path, runs: int) -> Iterator[tuple[Ask, Callable[[int], None]]]:
    """A Jupyter server whose store has the runs, and what logs a number there."""
    from live_studio.addresses import NO_COMMIT
    from live_studio.events import Data, Done, Key, Point, Start
    from live_studio.studio import Studio
    from tests.servers import JUPYTER_TOKEN, running

    with running(folder) as server, connected(server.url) as get:
        studio = Studio(server.store)
        root = urlsplit(server.url).path

        def step_of(run: int, step: int) -> Data:
            said = metrics(run, step)
            points = {f"dvclive/plots/metrics/{m}.tsv": [Point(step, said[m])] for m in said}
            files = {"dvclive/metrics.json": said | {"step": step}}
            return Data(key(run), "dvclive", step, metrics=files, points=points)

        def key(run: int) -> Key:
            return Key("github.com/o/r", NO_COMMIT, f"run-{run:04}")

        for run in range(runs):
            events = [Start(key(run), "dvclive", {"params.yaml": params(run)})]
            steps = [step_of(run, step) for step in range(STEPS)]
            studio.record([*events, *steps, Done(key(run), "dvclive")])

        def ask() -> bytes:
            said, since = b"", 0
            while True:
                path = f"{root}api/changes?since={since}"
                page = get("GET", path, Authorization=f"token {JUPYTER_TOKEN}")
                said += page
                if b'"more":true' not in page[:200] and b'"more":true' not in page[-200:]:
                    return said
                since = int(page[7 : page.index(b",")])  # {"seq":12,

        found = ask()
        assert found.count(b'"baseline_sha"') >= runs, found[:300]

        def log(step: int) -> None:
            studio.record([step_of(0, step)])

        yield ask, log
        studio.close()


# trackio


@contextmanager
def trackio(folder: Path, runs: int) -> Iterator[tuple[Ask, Callable[[int], None]]]:
    """Its own server over a store that has the runs, and what logs a number there."""
    fill = Contestant("trackio", "summary:fill", {"runs": runs}, peers.trackio())
    harness.run(fill, folder)
    with producers.beside("trackio, server", folder) as env, connected(env["TRACKIO_URL"]) as get:

        def ask() -> bytes:
            listed = get("POST", "/api/get_runs_for_project", {"project": "p"})
            configs = get("POST", "/api/get_run_configs", {"project": "p"})
            found = json.loads(listed)["data"]
            wanted = [{"run": run["name"], "run_id": run["id"]} for run in found]
            said = listed + configs
            for at in range(0, len(wanted), AT_ONCE):
                part = wanted[at : at + AT_ONCE]
                body = {"project": "p", "runs": part, "max_points": 1}
                said += get("POST", "/api/get_logs_batch", body)
            return said

        said = ask()
        assert said.count(b"m19") >= runs, said[:300]
        logger = harness.start(Contestant("trackio", "summary:log", {}, peers.trackio()), folder)
        assert logger.stdout is not None

        def log(step: int) -> None:
            (folder / f"log-{step}").touch()
            while not (folder / f"logged-{step}").exists():
                time.sleep(0.002)

        try:
            yield ask, log
        finally:
            logger.kill()
            logger.communicate()


def fill(runs: int) -> Row:
    from trackio.sqlite_storage import SQLiteStorage

    for run in range(runs):
        SQLiteStorage.bulk_log(
            project="p",
            run=f"run-{run:04}",
            run_id=f"run-{run:04}",
            metrics_list=[metrics(run, step) for step in range(STEPS)],
            steps=list(range(STEPS)),
            config=params(run),
        )
    return {}


def log() -> Row:
    """Log a number of the first run whenever it is asked for."""
    from trackio.sqlite_storage import SQLiteStorage

    for step in range(STEPS, STEPS + READS):
        while not Path(f"log-{step}").exists():
            time.sleep(0.002)
        SQLiteStorage.bulk_log(
            project="p",
            run="run-0000",
            run_id="run-0000",
            metrics_list=[metrics(0, step)],
            steps=[step],
            config=params(0),
        )
        Path(f"logged-{step}").touch()
    return {}
