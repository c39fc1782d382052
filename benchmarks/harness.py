"""How things are measured: every repetition in a fresh process, contestants side by side.

A shared machine gets faster and slower by the minute. So the contestants of one question take
turns, in a new order each time, and what counts is the ratio inside one repetition.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).resolve().parent.parent
RESULTS = Path(__file__).parent / "results"
PATIENCE = 600.0

Row = dict[str, Any]
Some = TypeVar("Some")


@dataclass(frozen=True)
class Contestant:
    """One way to do the work: a function of a benchmark, run by an interpreter of its own."""

    name: str
    task: str
    arguments: dict[str, Any] = field(default_factory=dict)
    python: str = sys.executable


@dataclass
class Runner:
    """Runs the contestants of one benchmark, writes every figure down and keeps it for the table."""

    bench: str
    repetitions: int
    quick: bool
    minutes: float | None = None
    """How long one run of a live view lasts, where somebody said so."""
    only: Sequence[str] = ()
    """Of its shapes those that somebody named; all, where nobody did."""
    loads: list[float] = field(default_factory=list)
    taken: int = 0
    """Repetitions that were run: some benchmarks take fewer than were asked for."""

    def race(self, contestants: Sequence[Contestant], repetitions: int = 0) -> dict[str, list[Row]]:
        """Let them take turns; of each contestant the rows, one for each repetition."""
        rows: dict[str, list[Row]] = {contestant.name: [] for contestant in contestants}
        for repetition in range(repetitions or self.repetitions):
            for contestant in shuffled(contestants):
                with scratch() as folder:
                    said = run(contestant, folder)
                rows[contestant.name].append(said)
                self.note(contestant.name, repetition, said)
        return rows

    def note(self, name: str, repetition: int, said: Row) -> None:
        """Write one figure down."""
        self.loads.append(os.getloadavg()[0])
        self.taken = max(self.taken, repetition + 1)
        RESULTS.mkdir(exist_ok=True)
        row = {
            "bench": self.bench,
            "contestant": name,
            "repetition": repetition,
            "load": self.loads[-1],
            "at": time.time(),
            **said,
        }
        with (RESULTS / f"{self.bench}.jsonl").open("a") as out:
            out.write(json.dumps(row) + "\n")

    @property
    def conditions(self) -> str:
        """Under what the figures were taken."""
        if not self.loads:
            return "nothing was run"
        return (
            f"{self.taken} repetitions, load {min(self.loads):.1f}..{max(self.loads):.1f}"
            f" on {os.cpu_count()} cores, Python {sys.version.split()[0]}"
        )


def shuffled(contestants: Sequence[Some]) -> list[Some]:
    """A new order for each repetition."""
    return random.SystemRandom().sample(list(contestants), len(contestants))


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for one repetition."""
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def environment(folder: Path) -> dict[str, str]:
    """Everything a contestant keeps goes below `folder`."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DVC", "STUDIO", "LIVE_STUDIO", "JUPYTER", "TRACKIO", "HF_"))
    }
    return kept | {
        "HOME": str(folder),
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")]),
        "LIVE_STUDIO_STORE": str(folder / "store.db"),
        "TRACKIO_DIR": str(folder / "trackio"),
        "HF_HUB_OFFLINE": "1",
        "NO_PROXY": "127.0.0.1,localhost",
    }


def start(
    contestant: Contestant, folder: Path, more: dict[str, str] | None = None
) -> subprocess.Popen[str]:
    """A fresh process for one contestant."""
    return subprocess.Popen(
        [
            contestant.python,
            "-m",
            "benchmarks.child",
            contestant.task,
            json.dumps(contestant.arguments),
        ],
        env=environment(folder) | (more or {}),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def outcome(contestant: Contestant, process: subprocess.Popen[str]) -> Row:
    """What a contestant's process has said."""
    try:
        out, err = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
    for line in reversed(out.splitlines()):
        if line.startswith("@@"):
            said: Row = json.loads(line[2:])
            return said
    raise RuntimeError(
        f"{contestant.name} said nothing (code {process.returncode}):\n{err[-3000:]}"
    )


def run(contestant: Contestant, folder: Path, more: dict[str, str] | None = None) -> Row:
    """One repetition of one contestant."""
    return outcome(contestant, start(contestant, folder, more))
