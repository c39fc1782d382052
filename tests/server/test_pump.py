"""What feeds the streams: no failure ends it, and a page that sleeps collects nothing."""

from __future__ import annotations

import asyncio
import errno
import logging
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from live_studio import answers
from live_studio.answers import answer
from live_studio.changes import Changes
from live_studio.curves import Line, Question
from live_studio.errors import StoreUnusable, TokenError
from live_studio.events import Data, Event, Key, Point, Start
from live_studio.server import auth, views
from live_studio.server.ingest import Scribe
from live_studio.server.stream import Pump, StreamHandler
from live_studio.store import file
from live_studio.studio import Studio

SHA = "1dc7b7bd70c19851d751788ee36ed964c25da1f4"
LOSS = "dvclive/plots/metrics/loss.tsv"


def start(name: str) -> Start:
    return Start(Key("github.com/o/r", SHA, name), "dvclive")


class Page(StreamHandler):
    """A stream whose network the test holds in its hand."""

    def __init__(self, pump: Pump) -> None:
        self.initialize(pump)
        self.frames: list[str] = []
        self.writes: list[asyncio.Future[None]] = []
        self.asleep = False

    def write_message(self, message: Any, binary: bool = False) -> asyncio.Future[None]:
        self.frames.append(message)
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if not self.asleep:
            written.set_result(None)
        self.writes.append(written)
        return written


async def soon(look: Callable[[], Any], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not look():
            await asyncio.sleep(0.01)


def test_a_page_that_sleeps_collects_no_frames_and_misses_nothing(studio: Studio) -> None:
    async def story() -> None:
        pump = Pump(studio)
        asleep, awake = Page(pump), Page(pump)
        for page in (asleep, awake):
            pump.add(page)
        await soon(lambda: asleep.frames and awake.frames)
        asleep.asleep = True
        for number in range(5):
            studio.record([start(f"run {number}")])
            await soon(lambda: awake.since == studio.store.seq())
        assert len(asleep.frames) == 2
        assert asleep.since < awake.since
        asleep.asleep = False
        asleep.writes[-1].set_result(None)
        await soon(lambda: asleep.since == awake.since, 5)
        assert len(asleep.frames) == 3
        assert all(f"run {number}" in "".join(asleep.frames) for number in range(5))
        pump.stop()

    asyncio.run(story())


def test_no_failure_ends_the_streams_and_each_is_said_once(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("live_studio.server.stream.BIG_PAUSE", 0.01)
    real, failures = studio.changes, 0

    def changes(since: int = 0, most_bytes: int = 10**6) -> Changes:
        nonlocal failures
        failures += 1
        if failures <= 3:
            raise ValueError("year 33658 is out of range")
        return real(since, most_bytes)

    monkeypatch.setattr(studio, "changes", changes)

    async def story() -> None:
        pump = Pump(studio)
        page = Page(pump)
        pump.add(page)
        await soon(lambda: page.frames)
        pump.stop()

    with caplog.at_level(logging.WARNING, "live_studio"):
        asyncio.run(story())
    assert [record.getMessage() for record in caplog.records] == [
        "live_studio: changes cannot be read: ValueError: year 33658 is out of range"
    ]


def test_nobody_waits_for_a_series_to_subscribe_or_to_see_changes(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.record([start("long"), Data(start("long").key, "dvclive", points={LOSS: [Point(0, 1)]})])
    decoding, go = threading.Event(), threading.Event()
    real = studio.curves.columns

    def slowly(generation: int, *paths: str) -> Any:
        decoding.set()
        assert go.wait(20)
        return real(generation, *paths)

    monkeypatch.setattr(studio.curves, "columns", slowly)
    reader = threading.Thread(target=studio.series, args=[Question("loss", [1])])
    reader.start()
    assert decoding.wait(10)
    others = [
        threading.Thread(target=work, daemon=True)
        for work in (partial(studio.subscribe, print), studio.changes)
    ]
    for other in others:
        other.start()
        other.join(5)
    waited = [other.is_alive() for other in others]
    go.set()
    reader.join(10)
    assert waited == [False, False]


def test_the_loop_turns_while_the_store_is_read(studio: Studio) -> None:
    issued = studio.tokens.issue("mine")

    async def story() -> None:
        keeper = auth.Doorkeeper(studio.tokens)
        with studio.store._read_lock:
            asked = asyncio.create_task(keeper.admit(issued.secret))
            # Asked on the loop, the store would never answer: this turn of it holds the lock.
            await asyncio.sleep(0.05)
            assert not asked.done()
        await asked
        with studio.store._read_lock:
            await asyncio.wait_for(keeper.admit(issued.secret), 0.5)
        studio.tokens.revoke(issued.token.id)
        with pytest.raises(TokenError, match="revoked"):
            await keeper.admit(issued.secret)
        keeper.stop()

    asyncio.run(story())


def test_a_long_series_is_written_in_pieces_and_reads_as_if_it_were_one() -> None:
    import json

    import numpy as np

    from live_studio.series import Series

    for size in (0, 1, answers.PIECE, 2 * answers.PIECE + 1):
        steps = np.arange(size, dtype="f8")
        values = np.where(steps % 7 == 3, np.nan, steps / 3)
        series = Series(steps, values, steps)
        question = Question("loss", [1], time=True)
        lines = [Line(1, LOSS, size, series)] * 2
        assert json.loads(answers.text(question, lines, 9)) == answer(question, lines, 9)
    assert json.loads(answers.text(question, [], 9)) == answer(question, [], 9)


def test_a_series_is_told_on_no_thread_of_the_loop(tmp_path: Path) -> None:
    """The default, `points=0`, is all of it: seq, numbers and text are made elsewhere."""
    names: set[str] = set()

    class Watched(Studio):
        def series(self, question: Question) -> list[Line]:
            names.add(threading.current_thread().name)
            return super().series(question)

    class Asked(views.SeriesHandler):
        def __init__(self, studio: Studio) -> None:
            self.studio = studio
            self.said = b""
            self.request = type("R", (), {"headers": {}, "query_arguments": {}})()

        def get_query_argument(self, name: str, default: Any = "") -> Any:
            return default

        def answer(self, text: str | bytes) -> None:
            assert isinstance(text, bytes)
            self.said = text

    studio = Watched(tmp_path / "store.db")
    studio.record([start("s"), Data(start("s").key, "dvclive", points={LOSS: [Point(0, 1)]})])
    asked = Asked(studio)

    async def story() -> None:
        seq = studio.store.seq
        studio.store.seq = lambda: names.add(threading.current_thread().name) or seq()  # type: ignore[method-assign,func-returns-value]
        await asked.lines("loss", [1])

    asyncio.run(story())
    studio.close()
    assert b'"value":[1.0]' in asked.said
    assert all(name.startswith("live_studio-series") for name in names)


def test_one_event_that_cannot_be_stored_costs_no_other(studio: Studio) -> None:
    wrong = start("\ud800")
    events: list[Event] = [start("before"), wrong, start("after")]

    async def story() -> list[Any]:
        scribe = Scribe(studio)
        with studio.store._write_lock:
            # All three wait for the same transaction, behind a first one.
            futures = [scribe.record(start("first"))]
            await soon(lambda: not scribe._waiting)
            futures += [scribe.record(event) for event in events]
        answers = await asyncio.gather(*futures, return_exceptions=True)
        scribe.stop()
        return answers

    first, before, refused, after = asyncio.run(story())
    assert (first, before, after) == (None, None, None)
    assert isinstance(refused, UnicodeEncodeError)
    assert {row.name for row in studio.experiments()} == {"first", "before", "after"}


def test_a_refusal_that_cannot_be_written_down_does_not_end_the_scribe(studio: Studio) -> None:
    """Half a surrogate pair is text in Python and nowhere else."""

    async def said() -> None:
        scribe = Scribe(studio)
        try:
            scribe.refused(400, "\ud800", "127.0.0.1", start("refused").key)
            await asyncio.wait_for(scribe.record(start("run")), 60)
            await asyncio.wait_for(scribe.record(start("another")), 60)
        finally:
            scribe.stop()

    asyncio.run(said())
    assert {row.name for row in studio.experiments()} == {"run", "another"}


def test_what_was_said_before_a_large_event_of_the_same_run_is_recorded_before_it(
    studio: Studio,
) -> None:
    large = Data(start("run").key, "dvclive", points={LOSS: [Point(i, 0.5) for i in range(6_000)]})

    async def said() -> None:
        scribe = Scribe(studio)
        with studio.store._write_lock:
            # The first keeps the scribe busy until all of them wait.
            futures = [scribe.record(event) for event in (start("first"), start("run"), large)]
        await asyncio.wait_for(asyncio.gather(*futures), 60)
        scribe.stop()

    asyncio.run(said())
    (row,) = [row for row in studio.experiments() if row.name == "run"]
    assert (row.generation, row.ledger["received"]) == (1, 6_000)


def test_while_the_disk_is_waited_for_others_are_recorded_and_nobody_is_answered_too_early(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    flush, waits, is_taken = file._flush, threading.Semaphore(0), threading.Event()

    def slow(log: int) -> None:
        waits.release()
        assert is_taken.wait(60)
        flush(log)

    def is_there(name: str) -> bool:
        return name in {row.name for row in studio.experiments()}

    monkeypatch.setattr(file, "_flush", slow)

    async def said() -> None:
        scribe = Scribe(studio)
        futures = [scribe.record(start("first"))]
        assert await asyncio.to_thread(waits.acquire, timeout=30)
        for name in ("second", "third"):
            futures.append(scribe.record(start(name)))
            await soon(partial(is_there, name))
        assert not any(future.done() for future in futures)
        is_taken.set()
        await asyncio.wait_for(asyncio.gather(*futures), 60)
        scribe.stop()

    asyncio.run(said())
    # Once for the first, and once for both that came meanwhile.
    assert waits.acquire(blocking=False)
    assert not waits.acquire(blocking=False)


def test_what_the_disk_does_not_take_is_not_acknowledged(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(log: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    async def said() -> list[Any]:
        scribe = Scribe(studio)
        with monkeypatch.context() as patched:
            patched.setattr(file, "_flush", broken)
            refused = await asyncio.gather(scribe.record(start("run")), return_exceptions=True)
            trouble = studio.trouble
        answers = [*refused, trouble, await asyncio.wait_for(scribe.record(start("run")), 60)]
        scribe.stop()
        return answers

    refused, trouble, taken = asyncio.run(said())
    assert isinstance(refused, StoreUnusable)
    assert "Input/output error" in str(refused)
    assert trouble.kind == "unusable"
    assert taken is None
    assert studio.trouble is None
