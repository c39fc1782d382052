"""A wall clock that jumps an hour ahead or two back: no order is lost, and no age is negative."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from live_studio.curves import Question
from live_studio.errors import TokenError
from live_studio.events import Data, Done, Key, Point, Start
from live_studio.status import contact
from live_studio.studio import Studio
from tests.faults.checker import watching
from tests.faults.witness import Witness

KEY = Key("github.com/o/r", "1" * 40, "run")
PATH = "dvclive/plots/metrics/loss.tsv"
HOUR = 3600.0


class Clock:
    """A clock that a person may turn."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture(name="clock")
def _clock() -> Clock:
    return Clock()


@pytest.fixture(name="turned")
def _turned(store_path: Path, clock: Clock) -> Any:
    """A store by that clock; what reaches it is judged when the test is over."""
    studio = Studio(store_path, clock)
    witness = Witness(store_path.parent / "histories")
    with witness.beside(), watching(witness.folder, studio):
        yield studio
    studio.close()
    assert witness.wrong(store_path) == []


def row(studio: Studio) -> dict[str, Any]:
    (found,) = studio.changes().value["experiments"]
    return found  # type: ignore[no-any-return]


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def log(studio: Studio, step: int) -> None:
    newest = {"dvclive/metrics.json": {"loss": step / 3}}
    points = {PATH: [Point(step, step / 3)]}
    studio.record([Data(KEY, "dvclive", step, metrics=newest, points=points)])


@pytest.mark.parametrize("jump", [HOUR, -2 * HOUR])
def test_a_jump_changes_neither_order_nor_status_and_makes_no_negative_age(
    turned: Studio, clock: Clock, jump: float
) -> None:
    turned.record([Start(KEY, "dvclive")])
    before = turned.store.seq()
    for step in range(5):
        clock.time += 1.0
        log(turned, step)
    clock.time += jump
    for step in range(5, 10):
        clock.time += 1.0
        log(turned, step)
        now = turned.store.now()
        found = row(turned)
        assert found["status"] == "running"
        assert seconds(found["heard_at"]) == pytest.approx(now)
        assert now < seconds(found["stale_at"]) <= now + 5 * HOUR
        assert contact(now, seconds(found["stale_at"]), seconds(found["lost_at"])) == "live"
    assert turned.changes(before).value["experiments"][0]["step"] == 9
    (line,) = turned.series(Question("loss", [int(found["id"])]))
    assert line.series.step.tolist() == list(range(10))
    assert line.series.value.tolist() == [step / 3 for step in range(10)]
    turned.record([Done(KEY, "dvclive")])
    assert row(turned)["status"] == "completed"


def test_a_silence_over_a_jump_is_stale_and_the_next_word_undoes_it(
    turned: Studio, clock: Clock
) -> None:
    turned.record([Start(KEY, "dvclive")])
    log(turned, 0)
    clock.time += HOUR
    found = row(turned)
    now = turned.store.now()
    assert contact(now, seconds(found["stale_at"]), seconds(found["lost_at"])) == "lost"
    assert found["status"] == "running"
    log(turned, 1)
    assert contact(turned.store.now(), seconds(row(turned)["stale_at"]), float("inf")) == "live"


def test_a_run_after_the_clock_went_back_is_the_one_shown(turned: Studio, clock: Clock) -> None:
    turned.record([Start(KEY, "dvclive")])
    log(turned, 7)
    turned.record([Done(KEY, "dvclive")])
    clock.time -= 2 * HOUR
    turned.record([Start(KEY, "dvclive")])
    found = row(turned)
    assert (found["generation"], found["status"]) == (2, "running")


def test_tokens_expire_by_the_wall_clock(turned: Studio, clock: Clock) -> None:
    secret = turned.tokens.issue("ci", days=1).secret
    clock.time -= 2 * HOUR
    assert turned.tokens.verify(secret).name == "ci"
    clock.time += 27 * HOUR
    with pytest.raises(TokenError, match="expired"):
        turned.tokens.verify(secret)
