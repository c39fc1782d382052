"""What the first line of a training script costs."""

from __future__ import annotations

import subprocess
import sys
from statistics import median

from . import harness, peers, report
from .harness import Runner
from .report import Row, Verdict

QUESTION = "milliseconds to import the logger"
HEAVY = ("numpy", "requests", "msgspec", "tornado", "plotly", "anywidget")
TIMED = (
    "import time; begun = time.perf_counter(); {what}; print((time.perf_counter() - begun) * 1e3)"
)
WAYS = {
    "live_studio.Live": "import live_studio; live_studio.Live",
    "trackio": "import trackio",
    "sqlite3": "import sqlite3",
    "bare Python": "pass",
}


def measure(runner: Runner) -> list[Verdict]:
    pythons = dict.fromkeys(WAYS, sys.executable) | {"trackio": peers.trackio()}
    rows: dict[str, list[Row]] = {name: [] for name in WAYS}
    with harness.scratch() as folder:
        env = harness.environment(folder)
        for repetition in range(runner.repetitions + 1):
            for name in harness.shuffled(list(WAYS)):
                code = TIMED.format(what=WAYS[name])
                done = subprocess.run(
                    [pythons[name], "-c", code],
                    env=env,
                    cwd=folder,
                    check=True,
                    capture_output=True,
                )
                # The first round fills the caches of bytecode and disk.
                if repetition:
                    rows[name].append({"ms": float(done.stdout.split()[-1])})
                    runner.note(name, repetition - 1, rows[name][-1])
        heavy = loaded(env)
    report.print_table(
        ("import", "ms", "/ trackio"),
        [
            (
                name,
                report.spread(report.figures(found, "ms")),
                report.spread(report.ratios(found, rows["trackio"], "ms")),
            )
            for name, found in rows.items()
        ],
    )
    print(f"   loaded beside it, of {', '.join(HEAVY)}: {', '.join(heavy) or 'none'}")
    to_trackio = median(report.ratios(rows["live_studio.Live"], rows["trackio"], "ms"))
    return [
        Verdict("import of the logger: to trackio", to_trackio, 0.12),
        Verdict("heavy modules that it loads", len(heavy), 0, "modules"),
    ]


def loaded(env: dict[str, str]) -> list[str]:
    """Which heavy modules are there after the import, and after a whole run."""
    code = (
        "import sys, live_studio; live_studio.Live(exp_name='light').end();"
        f"print(*(name for name in {HEAVY} if name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, check=True, capture_output=True, text=True
    )
    return done.stdout.split()
