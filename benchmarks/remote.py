"""How many points a second become readable when producers send them over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from . import harness, peers, producers, report
from .harness import Contestant, Runner
from .report import Row, Verdict

QUESTION = "points a second until readable, 10 metrics a step, over HTTP to a server of its own"
LEAST = 5.0


def measure(runner: Runner) -> list[Verdict]:
    verdicts = []
    for points in (10_000,) if runner.quick else (10_000, 50_000):
        rows = race(runner, 8, points)
        report.print_table(
            (f"8 x {points:,} points", "points/s", "/ trackio", "read back"),
            [producers.line(name, found, rows["trackio"]) for name, found in rows.items()],
        )
        ratio = median(report.ratios(rows["live_studio"], rows["trackio"], "rate"))
        what = f"points/s over HTTP, 8 producers x {points:,}: to trackio"
        verdicts.append(Verdict(what, ratio, LEAST, least=True))
    return verdicts


def race(runner: Runner, count: int, points: int) -> dict[str, list[Row]]:
    ways = {
        "live_studio": Contestant("live_studio", "producers:live_studio"),
        "trackio": Contestant("trackio", "producers:trackio", {}, peers.trackio()),
    }
    rows: dict[str, list[Row]] = {name: [] for name in ways}
    for repetition in range(runner.repetitions):
        for name in harness.shuffled(list(ways)):
            with harness.scratch() as folder, far(name, folder) as env:
                said = producers.once(ways[name], folder, env, count, points)
            rows[name].append(said)
            runner.note(f"{name}, {count} x {points}", repetition, said)
    return rows


@contextmanager
def far(name: str, folder: Path) -> Iterator[dict[str, str]]:
    """A server, and where it is and what it asks for, as variables for the producers."""
    if name == "trackio":
        with producers.beside("trackio, server", folder) as env:
            yield env
        return
    from tests.servers import running

    with running(folder) as server:
        # The reader reads the server's store. Producers keep their journals beside it, in a
        # folder that the server never looks into.
        yield {
            "LIVE_STUDIO_STORE": str(server.store),
            "LIVE_STUDIO_URL": server.url,
            "LIVE_STUDIO_TOKEN": server.token(),
        }
