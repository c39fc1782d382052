"""What a call costs the training loop while the server it sends to is in trouble."""

from __future__ import annotations

from statistics import median
from urllib.parse import urlsplit

from . import harness, report
from .end import MODES
from .harness import Contestant, Runner
from .report import Row, Verdict

QUESTION = (
    "microseconds a call while the server elsewhere is fine, hangs, drips, answers 503 or is gone"
)
WRITE = "bare write"


def measure(runner: Runner) -> list[Verdict]:
    from tests.faults.network import Network
    from tests.servers import running

    how = {"steps": 3_000 if runner.quick else 8_000, "work": True}
    rows: dict[str, list[Row]] = {name: [] for name in (WRITE, *MODES)}
    with harness.scratch() as folder, running(folder) as server:
        network = Network(urlsplit(server.url).port or 0)
        way = {"LIVE_STUDIO_URL": network.through(server.url), "LIVE_STUDIO_TOKEN": server.token()}
        for repetition in range(runner.repetitions):
            for name in harness.shuffled(list(rows)):
                bare = name == WRITE
                network.breaks("fine" if bare else name)
                task = ("calls:write", {**how, "size": 35}) if bare else ("calls:log_metric", how)
                with harness.scratch() as home:
                    said = harness.run(Contestant(name, *task), home, None if bare else way)
                rows[name].append(said)
                runner.note(name, repetition, said)
        network.stop()
    report.print_table(
        ("the server", "p50 µs", "p99 µs", "most µs", "p99 / write's p99"),
        [_line(name, found, rows[WRITE]) for name, found in rows.items()],
    )
    return [_judged(name, rows) for name in MODES]


def _line(name: str, mine: list[Row], write: list[Row]) -> tuple[str, ...]:
    spreads = (report.spread(report.figures(mine, figure)) for figure in ("p50", "p99", "most"))
    return (name, *spreads, report.spread(report.ratios(mine, write, "p99")))


def _judged(name: str, rows: dict[str, list[Row]]) -> Verdict:
    ratio = median(report.ratios(rows[name], rows[WRITE], "p99"))
    return Verdict(f"log_metric p99, server: {name}: to the write's p99", ratio, 4.0)
