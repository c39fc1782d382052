"""What logging costs a whole training loop, with everything that goes on beside it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from . import harness, report
from .calls import NAMES
from .harness import Contestant, Runner
from .report import Row, Verdict
from .work import rounds_for, spin

QUESTION = "CPU time of a loop of 0.6 ms a step, with and without 20 metrics a step"
STEP_SECONDS = 0.6e-3
BLOCK_STEPS = 1_600
ANNOUNCEMENT = {"url": "", "store_id": "", "journal_version": 1, "token": ""}
SETTLE = 0.8
"""After each block: what is still on its way is carried, and counted to the block that logged it."""


WAYS = {
    "one log_metrics, server beside": {"way": "row", "server": True},
    "one log_metrics, no server": {"way": "row", "server": False},
    "20 x log_metric, server beside": {"way": "points", "server": True},
    "20 x log_metric, no server": {"way": "points", "server": False},
}


def measure(runner: Runner) -> list[Verdict]:
    pairs = 5 if runner.quick else 10
    rows: dict[str, list[Row]] = {name: [] for name in WAYS}
    for repetition in range(runner.repetitions):
        for name in harness.shuffled(list(WAYS)):
            with harness.scratch() as folder:
                said = _once(folder, pairs=pairs, **WAYS[name])
            rows[name].append(said)
            runner.note(name, repetition, said)
    lines, verdicts = [], []
    for name, found in rows.items():
        costs = [cost for row in found for cost in row["costs"]]
        low, high = interval(costs)
        parts = (report.spread(report.figures(found, part)) for part in ("calls", "courier"))
        lines.append((name, f"{median(costs):+.2f} %", f"{low:+.2f}..{high:+.2f} %", *parts))
        if name.startswith("one"):
            # Judged by the whole difference: the parts leave out what threads do to each other.
            verdicts.append(Verdict(f"cost to training, {name}", median(costs), 2.0, "%"))
            verdicts.append(Verdict("the same, upper end of its interval", high, 2.0, "%"))
    heads = ("a step", "difference", "its 95 % interval", "calls, %", "courier, %")
    report.print_table(heads, lines)
    return verdicts


def _once(folder: Path, *, pairs: int, way: str, server: bool) -> Row:
    """One process with a loop, and beside it one that drains as a server does."""
    env, drainer = {}, None
    if server:
        announced = folder / "server.json"
        announced.write_text(json.dumps(ANNOUNCEMENT))
        env = {"LIVE_STUDIO_SERVER_FILE": str(announced)}
        drainer = harness.start(Contestant("server", "training:drain"), folder)
    try:
        task = Contestant(way, "training:alternate", {"way": way, "pairs": pairs})
        return harness.run(task, folder, env)
    finally:
        if drainer:
            drainer.kill()
            drainer.wait()


def interval(values: list[float]) -> tuple[float, float]:
    """Where the median lies with at least 95 % confidence, whatever the distribution is."""
    ordered, count = sorted(values), len(values)
    # The normal approximation of the ranks; for few values all of them.
    rank = max(int(count / 2 - 0.98 * count**0.5), 0)
    return ordered[rank], ordered[count - 1 - rank]


# in the contestant's processes


def drain() -> None:
    """What a server does with the journals of its machine."""
    from live_studio import config
    from live_studio.courier import Courier
    from live_studio.studio import Studio

    Courier(Studio(config.store_path())).start()
    time.sleep(harness.PATIENCE)


def alternate(way: str, pairs: int) -> Row:
    """Blocks with and without logging by turns: the machine's slower minutes fall on both."""
    from live_studio import Live

    log = _logger(Live(exp_name="measured"), way)
    rounds = rounds_for(STEP_SECONDS)
    costs, shares, calls = [], [], []
    _block(rounds, log)
    for _ in range(pairs):
        used: dict[bool, tuple[float, float]] = {}
        for logging in harness.shuffled((True, False)):
            used[logging] = _block(rounds, log if logging else None)
        (on, courier), (off, idle) = used[True], used[False]
        costs.append((on / off - 1) * 100)
        shares.append((courier - idle) / off * 100)
        calls.append(_calls(rounds, log) / off * 100)
    return {"costs": costs, "courier": median(shares), "calls": median(calls)}


def _calls(rounds: int, log: Callable[[], None]) -> float:
    """Seconds that a block's calls take, by the median of some."""
    taken = []
    for _ in range(BLOCK_STEPS // 4):
        spin(rounds)
        begun = time.perf_counter()
        log()
        taken.append(time.perf_counter() - begun)
    return median(taken) * BLOCK_STEPS


def _block(rounds: int, log: Callable[[], None] | None) -> tuple[float, float]:
    """CPU seconds of the process, and of all threads but this."""
    process, mine = time.process_time(), time.thread_time()
    for _ in range(BLOCK_STEPS):
        spin(rounds)
        if log:
            log()
    time.sleep(SETTLE)
    process, mine = time.process_time() - process, time.thread_time() - mine
    return process, process - mine


def _logger(live: Any, way: str) -> Callable[[], None]:
    metrics = {name: 0.5 * place for place, name in enumerate(NAMES)}

    def row() -> None:
        live.log_metrics(metrics)
        live.next_step()

    def points() -> None:
        for name, value in metrics.items():
            live.log_metric(name, value)
        live.next_step()

    return row if way == "row" else points
