"""How long `end()` keeps a script whose server is in trouble: its bound is ten seconds."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from . import harness, report
from .harness import Runner
from .report import Verdict

QUESTION = "seconds that end() takes when the server hangs, drips, answers 503 or is gone"
MODES = ("fine", "hang", "drip", "503", "refused")
MOST = 10.0
PRODUCER = """
import sys, time
from live_studio import Live
live = Live(exp_name=sys.argv[1])
for step in range(100):
    live.log_metric("loss", step / 2)
    live.next_step()
print("logged", flush=True)
sys.stdin.readline()
# What the server has not seen yet when it ends.
for step in range(100, 200):
    live.log_metric("loss", step / 2)
    live.next_step()
began = time.perf_counter()
live.end()
print("ended", time.perf_counter() - began, flush=True)
"""


def measure(runner: Runner) -> list[Verdict]:
    from tests.faults.network import Network
    from tests.servers import running, until

    took: dict[str, list[float]] = {mode: [] for mode in MODES}
    with harness.scratch() as folder, running(folder) as server:
        network = Network(urlsplit(server.url).port or 0)
        env = {"LIVE_STUDIO_URL": network.through(server.url), "LIVE_STUDIO_TOKEN": server.token()}
        for repetition in range(runner.repetitions):
            for mode in MODES:
                name = f"{mode} {repetition}"
                with harness.scratch() as home:
                    producer = begun(name, home, env)
                    until(lambda name=name: server.experiment(name), "the run")
                    network.breaks(mode)
                    took[mode].append(ended(producer))
                    network.breaks("fine")
                runner.note(mode, repetition, {"seconds": took[mode][-1]})
        network.stop()
    report.print_table(
        ("the server", "end() s", "longest s"),
        [[mode, f"{median(found):.2f}", f"{max(found):.2f}"] for mode, found in took.items()],
    )
    return [
        Verdict(f"end() at most, server: {mode}", max(took[mode]), MOST, "s") for mode in MODES[1:]
    ]


def begun(name: str, home: Path, env: dict[str, str]) -> subprocess.Popen[str]:
    """A producer that has logged, and whose first half is on its way."""
    producer = subprocess.Popen(
        [sys.executable, "-c", PRODUCER, name],
        env=harness.environment(home) | env | {"LIVE_STUDIO_STORE": str(home / "store.db")},
        cwd=home,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert producer.stdout is not None
    if producer.stdout.readline() != "logged\n":
        raise RuntimeError("the producer ended early")
    return producer


def ended(producer: subprocess.Popen[str]) -> float:
    out, _ = producer.communicate("\n", timeout=300)
    found = re.search(r"^ended (.+)$", out, re.MULTILINE)
    if not found:
        raise RuntimeError("the producer did not end")
    return float(found[1])
