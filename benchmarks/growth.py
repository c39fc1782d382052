"""How the cost of a call grows: with the calls made before it, and with the metrics in it."""

from __future__ import annotations

import time
from statistics import median

from . import report
from .harness import Contestant, Runner
from .report import Row, Verdict

QUESTION = "microseconds a call after 1e3 to 1e6 calls, and of one log_metrics of 1 to 200"
CALLS = (1_000, 10_000, 100_000, 1_000_000)
WIDTHS = (1, 5, 20, 50, 200)
SAMPLE = 1_000
"""Calls at the end of each stretch whose median counts."""
STEPS = 2_000


def measure(runner: Runner) -> list[Verdict]:
    calls = CALLS[:3] if runner.quick else CALLS
    task = Contestant("growth", "growth:grow", {"calls": list(calls)})
    rows = runner.race([task])["growth"]
    before = [
        (f"after {count:,} calls", report.spread(report.figures(rows, str(count))))
        for count in calls
    ]
    report.print_table(("one log_metric", "us"), before)
    wide = [(f"{n} metrics", report.spread(report.figures(rows, f"w{n}"))) for n in WIDTHS]
    report.print_table(("one log_metrics", "us"), wide)
    last = [row[str(calls[-1])] / row[str(calls[0])] for row in rows]
    most = [row["w200"] / row["w1"] for row in rows]
    return [
        Verdict(f"a call after {calls[-1]:,} to one after 1,000", median(last), 1.2),
        Verdict("200 metrics in one call to 1", median(most), 20),
    ]


def grow(calls: list[int]) -> Row:
    """One run that logs and logs, its courier beside it."""
    from live_studio import Live

    said: Row = {}
    live = Live(exp_name="grows")
    made = 0
    for count in calls:
        while made < count - SAMPLE:
            live.log_metric("loss", made * 0.5)
            made += 1
        said[str(count)] = _median([lambda: live.log_metric("loss", 0.25)] * SAMPLE)
        made += SAMPLE
    live.end()
    for width in WIDTHS:
        wide = Live(exp_name=f"wide-{width}")
        metrics = {f"group{place % 5}/m{place}": 0.5 * place for place in range(width)}
        said[f"w{width}"] = _median(
            [lambda wide=wide, metrics=metrics: wide.log_metrics(metrics)] * STEPS
        )
        wide.end()
    return said


def _median(calls: list[object]) -> float:
    taken = []
    for call in calls:
        begun = time.perf_counter_ns()
        call()  # type: ignore[operator]
        taken.append(time.perf_counter_ns() - begun)
    return median(taken) / 1000
