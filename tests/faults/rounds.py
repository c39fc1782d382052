"""Producers that are killed at random calls: one warm parent forks each of them and kills it.

    python -m tests.faults.rounds <histories> <first seed> <rounds> <pace> <workers' pids>

The parent has no threads and no open store, so that forking it is what starting a process is.
"""

from __future__ import annotations

import os
import random
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any

# What a producer needs is imported once, here: a round then costs milliseconds.
from live_studio import courier, live, pictures  # noqa: F401
from tests.faults.history import History, Witnessed

AT_ONCE = 4
NAMES = 25
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
LONGEST = 0.06
"""Seconds that a producer may live."""


def produce(folder: Path, seed: int, pace: str, workers: Path, opened: int) -> None:
    """Log all kinds of things until killed."""
    draw = random.Random(seed)
    run = Witnessed(History(folder), f"run-{seed % NAMES}", params={"seed": seed, "lr": 0.1})
    if seed % 10 == 3:
        leave_worker(workers)
    os.write(opened, b".")
    last = draw.choice([None, draw.randrange(1, 60)])
    for step in range(1_000_000):
        log(run, draw, step)
        if step == last:
            # Some kill themselves right behind a call, some on their way through `end`.
            if draw.random() < 0.7:
                os.kill(os.getpid(), signal.SIGKILL)
            run.end()
            time.sleep(60)
        if pace == "paced":
            sum(range(20_000))


def log(run: Witnessed, draw: random.Random, step: int) -> None:
    """One step of training."""
    run.metric("train/loss", 1.0 / (step + 1))
    run.metrics({"val/acc": step / 7, "val/loss": draw.random()})
    if draw.random() < 0.3:
        run.metric("count", step)
    if draw.random() < 0.05:
        run.params({f"p{draw.randrange(5)}": [step, {"deep": draw.random()}]})
    if draw.random() < 0.02:
        run.params({"long": "x" * 70_000 + str(step)})
    if draw.random() < 0.05:
        run.image("sample.png", PNG + draw.randbytes(draw.choice((50, 90_000))))
    run.next_step()


def leave_worker(pids: Path) -> None:
    """A forked child, as a DataLoader has them, that lives on when its parent is killed."""
    if os.fork():
        return
    # Its parent may be killed at any moment: it says itself whom to end, and ends by itself at last.
    signal.alarm(300)
    with pids.open("a") as out:
        out.write(f"{os.getpid()}\n")
    while True:
        signal.pause()


class Producer:
    """One forked producer, and when it is to be killed."""

    def __init__(self, draw: random.Random, *how: Any) -> None:
        self.opened, tell = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            try:
                produce(*how, tell)
            finally:
                os._exit(1)
        os.close(tell)
        # A few die while they open their run, the others at any moment after it.
        self.dies_at = time.monotonic() + draw.uniform(0, 0.03) if draw.random() < 0.1 else None
        self.lives = draw.uniform(0, LONGEST)

    def has_opened(self) -> None:
        """It has opened its run."""
        self.dies_at = time.monotonic() + self.lives

    def kill(self) -> None:
        """Kill it."""
        os.kill(self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        os.close(self.opened)
        assert os.WIFSIGNALED(status), "a producer ended by itself"


def main(folder: Path, first: int, rounds: int, pace: str, workers: Path) -> None:
    """Fork, wait a little, kill; a few at once."""
    draw = random.Random(f"{first}{pace}")
    seeds = iter(range(first, first + rounds))
    living: list[Producer] = []
    while True:
        while len(living) < AT_ONCE and (seed := next(seeds, None)) is not None:
            living.append(Producer(draw, folder, seed, pace, workers))
        if not living:
            return
        opening = {one.opened: one for one in living if one.dies_at is None}
        for ready in select.select(list(opening), [], [], 0.001)[0]:
            opening[ready].has_opened()
        for one in [*living]:
            if one.dies_at is not None and one.dies_at <= time.monotonic():
                one.kill()
                living.remove(one)


if __name__ == "__main__":
    _, folder, first, rounds, pace, workers = sys.argv
    main(Path(folder), int(first), int(rounds), pace, Path(workers))
