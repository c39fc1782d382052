"""What a kernel says of a stock client's runs, and what undoes it: by the order of what arrives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from live_studio.events import Data, Done, Event, Gone, Guess, Key, Resume, Start
from live_studio.store.requests import ON_ITS_WAY
from live_studio.studio import Studio

KEY = Key("github.com/o/r", "1" * 40, "run")
START = Start(KEY, "dvclive", sender="kernel")
DATA = Data(KEY, "dvclive", 1, sender="kernel")
DONE = Done(KEY, "dvclive", sender="kernel")
GUESS = Guess(1, "failed", "ValueError", {"type": "ValueError"})
RESUME = Resume("kernel")
FAILED, RUNNING, COMPLETED = ("failed", "ValueError"), ("running", None), ("completed", None)


class Clock:
    time = 1_800_000_000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture(name="clock")
def _clock() -> Clock:
    return Clock()


@pytest.fixture(name="timed")
def _timed(store_path: Path, clock: Clock) -> Iterator[Studio]:
    studio = Studio(store_path, clock)
    yield studio
    studio.close()


def status(studio: Studio) -> tuple[str, str | None]:
    (row,) = studio.experiments()
    return row.status, row.detail


@pytest.mark.parametrize(
    ("events", "ends"),
    [
        ([START, DATA, GUESS], FAILED),
        ([START, DONE, GUESS], FAILED),  # done comes from the block that the exception leaves
        ([START, GUESS, DATA], FAILED),  # logged before the cell raised, arrived after it
        ([START, GUESS, DATA, RESUME], FAILED),
        ([START, GUESS, RESUME, DATA], RUNNING),
        ([START, GUESS, Resume("another"), DATA], FAILED),
        ([START, GUESS, RESUME, DONE], COMPLETED),
        ([START, GUESS, DONE], COMPLETED),
        ([START, GUESS, START], RUNNING),
        ([START, GUESS, RESUME, DATA, GUESS], FAILED),
        ([START, Gone("kernel")], ("stopped", "process died")),
        ([START, Gone("another")], RUNNING),
        ([START, GUESS, Gone("kernel")], FAILED),
        ([START, DONE, Gone("kernel")], COMPLETED),
        ([START, Gone("kernel"), DATA], RUNNING),
        ([START, Gone("kernel"), DONE], COMPLETED),
    ],
)
def test_the_order_decides(
    timed: Studio, events: list[Event], ends: tuple[str, str | None]
) -> None:
    for event in events:
        timed.record([event])
    assert status(timed) == ends


def test_data_that_cannot_have_been_on_their_way_undo_a_guess(timed: Studio, clock: Clock) -> None:
    timed.record([START, GUESS])
    clock.time += ON_ITS_WAY - 0.1
    timed.record([DATA])
    assert status(timed) == FAILED
    clock.time += 0.2
    timed.record([DATA])
    assert status(timed) == RUNNING


def test_a_persons_mark_stands_over_a_guess(timed: Studio) -> None:
    timed.record([START])
    assert timed.mark_stopped(1)
    assert timed.record([GUESS]) == [False]
    assert status(timed) == ("stopped", "marked as stopped")
