"""What a server costs the training of twenty unmodified DVCLive processes that send there, beside the same that send nowhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

from . import harness, report
from .harness import Runner
from .report import Row, Verdict

QUESTION = "20 stock DVCLive processes of 2.5 steps a second: how much longer their loops take with a server"
PROCESSES, STEPS, QUICK = 20, 75, 20
MOST = 1.05
TRAIN = """
import sys, time
from dvclive import Live
name, steps = sys.argv[1], int(sys.argv[2])
live = Live(name, exp_name=name, save_dvc_exp=False, dvcyaml=None)
print("ready", flush=True)
sys.stdin.readline()
began = time.perf_counter()
for step in range(steps):
    live.log_metric("loss", 1 / (step + 1))
    live.log_metric("acc", step / steps)
    live.next_step()
    time.sleep(0.4)
print(time.perf_counter() - began, flush=True)
live.end()
"""


def measure(runner: Runner) -> list[Verdict]:
    from tests.servers import running

    steps = QUICK if runner.quick else STEPS
    rows: dict[str, list[Row]] = {"with a server": [], "with none": []}
    for repetition in range(runner.repetitions):
        for name in harness.shuffled(list(rows)):
            with harness.scratch() as folder, running(folder) as server:
                rows[name].append(
                    trained(folder, server if name == "with a server" else None, steps)
                )
            runner.note(name, repetition, rows[name][-1])
    report.print_table(
        ("20 loops", f"seconds for {steps} steps", "longest"),
        [
            (name, *(report.spread(report.figures(found, one)) for one in ("median", "longest")))
            for name, found in rows.items()
        ],
    )
    there = min(row["arrived"] for row in rows["with a server"])
    ratio = median(report.ratios(rows["with a server"], rows["with none"], "median"))
    return [
        Verdict("the loop of stock DVCLive with a server: to the same with none", ratio, MOST),
        Verdict("points that arrived, of those logged", there, 1.0, least=True),
    ]


def trained(folder: Path, server: Any, steps: int) -> Row:
    names = [f"stock-{at}" for at in range(PROCESSES)]
    where = {}
    if server is not None:
        where = {"DVC_STUDIO_URL": server.url, "DVC_STUDIO_TOKEN": server.token("--name", "stock")}
    producers = [begun(name, steps, folder / name, where) for name in names]
    for one in producers:
        assert one.stdout is not None
        if one.stdout.readline() != "ready\n":
            raise RuntimeError("a producer ended early")
    for one in producers:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    took = sorted(float(one.communicate(timeout=1_200)[0]) for one in producers)
    found = {"median": median(took), "longest": took[-1], "arrived": 1.0}
    if server is not None:
        rows = {row["name"]: row["series"] for row in server.changes()["experiments"]}
        points = sum(one["count"] for name in names for one in rows[name].values())
        found["arrived"] = points / (2 * steps * PROCESSES)
    return found


def begun(name: str, steps: int, home: Path, where: dict[str, str]) -> subprocess.Popen[str]:
    home.mkdir()
    said = {"DVC_STUDIO_REPO_URL": "https://example.com/team/stock.git", "DVC_NO_ANALYTICS": "1"}
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", TRAIN, name, str(steps)],
        cwd=home, env=harness.environment(home) | said | where, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
