"""What logging costs a whole training loop, with everything that goes on beside it."""

from __future__ import annotations

import time
from statistics import median

from . import report
from .calls import NAMES
from .harness import Contestant, Runner
from .report import Row, Verdict
from .work import rounds_for, spin

QUESTION = "CPU time of a loop of 0.6 ms a step, with and without 20 metrics a step"
STEP_SECONDS = 0.6e-3
PAIRS = 40


def measure(runner: Runner) -> list[Verdict]:
    steps, pairs = (1_000, 8) if runner.quick else (1_500, PAIRS)
    # One count of rounds for all: calibrated in each process they would not do the same work.
    how = {"steps": steps, "rounds": rounds_for(STEP_SECONDS)}
    rows = runner.race(
        [
            Contestant("without", "training:loop", {**how, "way": "nothing"}),
            Contestant("log_metrics", "training:loop", {**how, "way": "row"}),
            Contestant("20 x log_metric", "training:loop", {**how, "way": "points"}),
        ],
        pairs,
    )
    lines, verdicts = [], []
    for name, found in rows.items():
        costs = [(ratio - 1) * 100 for ratio in report.ratios(found, rows["without"], "cpu")]
        low, high = interval(costs)
        seconds = report.spread(report.figures(found, "cpu"))
        lines.append((name, seconds, f"{median(costs):+.2f} %", f"{low:+.2f}..{high:+.2f} %"))
        if name == "log_metrics":
            verdicts.append(Verdict("cost to training, 20 metrics a step", median(costs), 2.0, "%"))
    report.print_table(("loop", "CPU s", "cost, median", "its 95 % interval"), lines)
    return verdicts


def interval(values: list[float]) -> tuple[float, float]:
    """Where the median lies with at least 95 % confidence, whatever the distribution is."""
    ordered, count = sorted(values), len(values)
    # The normal approximation of the ranks; for few values all of them.
    rank = max(int(count / 2 - 0.98 * count**0.5), 0)
    return ordered[rank], ordered[count - 1 - rank]


# in the contestant's process


def loop(steps: int, rounds: int, way: str) -> Row:
    live = None
    if way != "nothing":
        from live_studio import Live

        live = Live(exp_name="measured")
    metrics = {name: 0.5 * place for place, name in enumerate(NAMES)}
    begun = time.process_time()
    for _ in range(steps):
        spin(rounds)
        if live and way == "row":
            live.log_metrics(metrics)
            live.next_step()
        elif live:
            for name, value in metrics.items():
                live.log_metric(name, value)
            live.next_step()
    return {"cpu": time.process_time() - begun, "steps": steps}
