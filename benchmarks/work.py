"""Stand-ins for what a training cell does between two steps."""

from __future__ import annotations

import time

STEP_SECONDS = 0.65e-3

ns = time.perf_counter_ns


def spin(rounds: int) -> int:
    """Pure Python that touches little memory."""
    total = 0
    for i in range(rounds):
        total += i & 7
    return total


def rounds_for(seconds: float) -> int:
    """How many rounds of `spin` take that long when nobody else is in the way."""
    tries = []
    for _ in range(15):
        begun = ns()
        spin(10_000)
        tries.append(ns() - begun)
    return max(int(10_000 * seconds * 1e9 / min(tries)), 1)


def hold(length: int) -> None:
    """One C call that keeps the GIL all the time."""
    sum(range(length))


def length_for(seconds: float) -> int:
    """How long a range `hold` needs to keep the GIL for that time."""
    tries = []
    for _ in range(5):
        begun = ns()
        hold(1_000_000)
        tries.append(ns() - begun)
    return int(1_000_000 * seconds * 1e9 / min(tries))
