"""Large bodies beside small ones: whoever sends little does not wait for whoever sends much."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from live_studio.errors import InvalidEvent
from live_studio.events import Data, Key, Point
from live_studio.server.slicing import ROWS_MOST, pieces
from live_studio.wire import parse
from tests.servers import Server, until

SHA = "1dc7b7bd70c19851d751788ee36ed964c25da1f4"
ROWS = 200_000
PATH = "loss.tsv"


def body(name: str, kind: str = "data", **fields: Any) -> dict[str, Any]:
    who = {"repo_url": "github.com/o/r", "baseline_sha": SHA, "name": name, "client": "dvclive"}
    return {"type": kind, **who, **({"step": 0} if kind == "data" else {}), **fields}


def large(name: str) -> bytes:
    rows = [{"step": step, "loss": step / 8} for step in range(ROWS)]
    return json.dumps(body(name, plots={PATH: {"data": rows}})).encode()


def count(server: Server, name: str) -> int:
    found = server.experiment(name)
    return found["series"].get(PATH, {"count": 0})["count"] if found else 0


@contextmanager
def halfway(server: Server, token: str, name: str) -> Iterator[Future[requests.Response]]:
    """A large post of which a part is recorded, and the rest is not."""
    headers = {"Authorization": f"token {token}", "Content-Type": "application/json"}
    sent = large(name)
    with ThreadPoolExecutor(1) as pool:
        post = pool.submit(
            requests.post, server.url + "api/live", data=sent, headers=headers, timeout=120
        )
        until(lambda: 0 < count(server, name) < ROWS, "a part of the large post")
        yield post
        assert post.result().status_code == 200


def test_others_are_answered_while_a_large_post_is_recorded(server: Server, token: str) -> None:
    with halfway(server, token, "large") as post:
        for step in range(5):
            assert server.post(body("small", step=step), token).status_code == 200
        assert not post.done()
    found = server.experiment("large")
    assert found is not None
    assert found["series"] == {PATH: {"count": ROWS, "last_step": ROWS - 1}}
    values = server.series(found["id"], PATH)["value"]
    assert values == [step / 8 for step in range(ROWS)]


def test_what_is_said_later_of_the_same_experiment_comes_later(server: Server, token: str) -> None:
    """A start between two pieces would leave the rest of them to the wrong generation."""
    with halfway(server, token, "again") as post:
        assert server.post(body("again", "start"), token).status_code == 200
        assert post.result().status_code == 200
    with closing(sqlite3.connect(server.store)) as store:
        found = store.execute(
            "SELECT g.number, g.series FROM generations g JOIN experiments e ON e.id = g.experiment"
            " WHERE e.name = 'again' ORDER BY g.number"
        ).fetchall()
    assert [(number, json.loads(series)) for number, series in found] == [
        (1, {PATH: {"count": ROWS, "last_step": ROWS - 1}}),
        (2, {}),
    ]


def test_one_wrong_row_at_the_very_end_leaves_nothing(server: Server, token: str) -> None:
    rows = [{"step": step, "loss": 0.5} for step in range(20_000)]
    sent = body("wrong", plots={PATH: {"data": [*rows, {"step": "last", "loss": 0.5}]}})
    assert server.post(sent, token).status_code == 400
    assert server.experiment("wrong") is None


def test_a_body_of_nothing_but_braces_is_refused_before_it_fills_the_memory() -> None:
    braces = b'{"type":"data","plots":{"a":{"data":[' + b"{}," * 2_000_000 + b"{}]}}}"
    with pytest.raises(InvalidEvent, match="too much"):
        parse(braces)


@given(st.lists(st.integers(0, 2 * ROWS_MOST + 1), max_size=6))
def test_pieces_say_together_what_the_event_said(lengths: list[int]) -> None:
    every = [Point(step, 0.0) for step in range(max(lengths, default=0))]
    points = {f"{number}.tsv": every[:length] for number, length in enumerate(lengths)}
    event = Data(Key("o/r", SHA, "run"), "dvclive", 3, {"p": {}}, {"m": {}}, points)
    parts = pieces(event)
    joined: dict[str, list[Point]] = {}
    for part in parts:
        assert sum(map(len, part.points.values())) <= ROWS_MOST
        assert (part.key, part.step) == (event.key, event.step)
        for path, rows in part.points.items():
            joined.setdefault(path, []).extend(rows)
    assert joined == points
    assert [(part.params, part.metrics) for part in parts] == [
        ({"p": {}}, {"m": {}}),
        *[({}, {})] * (len(parts) - 1),
    ]
