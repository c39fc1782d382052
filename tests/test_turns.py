"""Writers of one store take turns: none is refused for another's sake, and none waits for ever."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from live_studio.errors import StoreUnusable
from live_studio.events import Key, Start
from live_studio.store import opening
from live_studio.studio import Studio
from tests.servers import until

START = Start(Key("github.com/o/r", "1" * 40, "run"), "dvclive")


@pytest.fixture(name="other")
def _other(studio: Studio) -> Iterator[sqlite3.Connection]:
    """Another process's connection, in the middle of a transaction."""
    with closing(
        sqlite3.connect(studio.store.path, isolation_level=None, check_same_thread=False)
    ) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection


@pytest.mark.parametrize("durable", [False, True])
def test_a_writer_waits_for_its_turn(
    studio: Studio, other: sqlite3.Connection, durable: bool
) -> None:
    taken: list[bool] = []
    waiting = threading.Thread(target=lambda: taken.extend(studio.record([START], durable=durable)))
    waiting.start()
    # It is in the middle of asking, and has not been refused.
    waiting.join(0.3)
    assert waiting.is_alive()
    assert not taken
    other.execute("COMMIT")
    until(lambda: taken, "the turn")
    waiting.join()
    assert taken == [True]


def test_what_no_dashboard_shows_waits_too(studio: Studio, other: sqlite3.Connection) -> None:
    threading.Timer(0.3, lambda: other.execute("COMMIT")).start()
    studio.store.note("key", "value")
    assert studio.tokens.issue("mine").secret


def test_a_turn_that_never_comes_is_said_and_leaves_the_store_well(
    studio: Studio, other: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "BUSY_SECONDS", 0.2)
    with pytest.raises(StoreUnusable, match="held the store for too long"):
        studio.record([START])
    assert "trouble" not in studio.changes().value
    other.execute("COMMIT")
    assert studio.record([START]) == [True]
