"""`POST api/live`: bodies into events, and one commit for all who wait."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from queue import Empty, SimpleQueue

from .. import parcels, wire
from ..errors import InvalidEvent, StoreError
from ..events import Data, Done, Event, Key, Refused, Start
from ..studio import Studio
from . import memory
from .apart import Apart, Ended, Unfit
from .journals import Intake, asked
from .producers import RETRY_SECONDS, Door, ProducerHandler, Refusal, too_little_memory
from .slicing import pieces

NOTE_EVERY = 1.0
ABOUT_MOST = 100
"""Experiments whose refusals are counted between two notes."""
ON_LOOP_MOST = 64 * 1024
"""Bodies up to here are decoded where they arrive; larger ones would stop the loop."""

_decoder = ThreadPoolExecutor(1, thread_name_prefix="live_studio-decoder")
"""One large body at a time: decoded, it takes many times its size."""
TURNS, TURNS_MOST = 6, 60
"""Of the event loop, without a new event and altogether, after which what waits is recorded."""
HASTY = 0.0005
"""Seconds after which a thread gives way to another while a large event is recorded."""
Waiting = list[asyncio.Future[None]]


class Scribe:
    """Records what arrives, all that waits in one transaction, and answers when the disk has it.

    One thread records, another waits for the disk: meanwhile the next ones are recorded. Large
    events are recorded in pieces, between which the others have their turn; what comes for the same
    experiment waits for them, because it was said later.
    """

    def __init__(self, studio: Studio) -> None:
        """Start the thread."""
        self._studio = studio
        self._waiting: deque[tuple[Event, asyncio.Future[None]]] = deque()
        self._large: deque[tuple[deque[Data], asyncio.Future[None]]] = deque()
        self._refusal: tuple[int, str, str] | None = None
        self._about: dict[Key, Refused] = {}
        self._noted_at = 0.0
        self._bell: SimpleQueue[None] = SimpleQueue()
        self._recorded: SimpleQueue[Waiting] = SimpleQueue()
        self._stopped = False
        self._asked = 0
        self._thread = threading.Thread(target=self._run, name="live_studio-scribe", daemon=True)
        self._flusher = threading.Thread(
            target=self._flush, name="live_studio-flusher", daemon=True
        )
        self._thread.start()
        self._flusher.start()

    def record(self, event: Event) -> asyncio.Future[None]:
        """Record an event; the future is done when the disk has it."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._waiting.append((event, future))
        self._asked += 1
        if self._asked == 1:
            self._gather(loop, 1, TURNS, TURNS_MOST)
        return future

    def _gather(self, loop: asyncio.AbstractEventLoop, asked: int, turns: int, most: int) -> None:
        """Let the event loop finish with what has arrived: that is then one commit.

        Two threads that both have much to do take the GIL from each other at every statement and
        every system call. While nothing else is to be done these turns take microseconds.
        """
        if self._asked != asked:
            asked, turns = self._asked, TURNS
        if turns and most:
            loop.call_soon(self._gather, loop, asked, turns - 1, most - 1)
        else:
            self._asked = 0
            self._bell.put(None)

    def refused(self, status: int, detail: str, address: str, about: Key | None) -> None:
        """Remember what was turned away last; a flood of refusals costs one write a second."""
        if about is not None and (about in self._about or len(self._about) < ABOUT_MOST):
            before = self._about.get(about)
            count = before.count + 1 if before else 1
            self._about[about] = Refused(about, count, status, detail)
        self._refusal = (status, detail, address)
        self._bell.put(None)

    def stop(self) -> None:
        """Record what waits, and end."""
        self._stopped = True
        self._bell.put(None)
        self._thread.join(timeout=10)
        self._recorded.put([])
        self._flusher.join(timeout=10)

    def _run(self) -> None:
        # Wanted at the first point that comes again: all who wait then would wait for it to load.
        import numpy  # noqa: F401

        while not self._stopped or self._waiting or self._large:
            if not (self._large or self._waiting):
                with suppress(Empty):
                    self._bell.get(timeout=NOTE_EVERY if self._refusal else None)
            self._note()
            if batch := self._next():
                self._write(batch)
            if self._large:
                self._write_piece(*self._large[0])

    def _next(self) -> list[tuple[Event, asyncio.Future[None]]]:
        """What waits, but for what is large, and what came after that for its experiment."""
        halfway = {parts[0].key for parts, _ in self._large}
        batch, later = [], []
        for _ in range(len(self._waiting)):
            event, future = self._waiting.popleft()
            key = getattr(event, "key", None)
            if key in halfway:
                later.append((event, future))
            elif isinstance(event, Data) and len(parts := pieces(event)) > 1:
                self._large.append((deque(parts), future))
                halfway.add(event.key)
            else:
                batch.append((event, future))
        self._waiting.extendleft(reversed(later))
        return batch

    def _write_piece(self, parts: deque[Data], future: asyncio.Future[None]) -> None:
        error: Exception | None = None
        try:
            with _hasty():
                self._studio.record([parts.popleft()])
        except Exception as caught:  # noqa: BLE001  # as in `_write`
            error = caught
        if error or not parts:
            self._large.popleft()
            self._answer([future], error)

    def _note(self) -> None:
        now = time.monotonic()
        if self._refusal and (now - self._noted_at > NOTE_EVERY or self._stopped):
            self._noted_at, refusal, self._refusal = now, self._refusal, None
            # What a refusal says is a help: nothing about it may end the thread that records.
            with suppress(Exception):
                self._studio.refused(*refusal)
                # Taken whole: the event loop goes on counting into another one.
                about, self._about = self._about, {}
                if about:
                    self._studio.record(list(about.values()))

    def _write(self, batch: list[tuple[Event, asyncio.Future[None]]]) -> None:
        error: Exception | None = None
        try:
            self._studio.record([event for event, _ in batch])
        except Exception as caught:  # noqa: BLE001  # whatever it was, every waiting client gets an answer
            error = caught
        if error and len(batch) > 1 and not isinstance(error, StoreError):
            # One event is at fault, not the store: the others' producers have done nothing wrong.
            for one in batch:
                self._write([one])
            return
        self._answer([future for _, future in batch], error)

    def _answer(self, futures: Waiting, error: Exception | None) -> None:
        if error is None:
            self._recorded.put(futures)
        else:
            _tell(futures, error)

    def _flush(self) -> None:
        """Have the disk take what was recorded, once for all that wait, until nobody does any more."""
        while futures := self._recorded.get():
            is_last = False
            while not (is_last or self._recorded.empty()):
                more = self._recorded.get()
                futures += more
                is_last = not more
            error: Exception | None = None
            try:
                self._studio.flush()
            except Exception as caught:  # noqa: BLE001  # as in `_write`
                error = caught
            _tell(futures, error)
            if is_last:
                return


@contextmanager
def _hasty() -> Iterator[None]:
    """Let nobody wait long for this thread.

    An answer takes a dozen system calls, and after each the event loop waits for whoever computes: five
    milliseconds, as Python has it. That made half a second of a burst of small posts.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(HASTY)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _tell(futures: Waiting, error: Exception | None) -> None:
    loop = futures[0].get_loop()
    if not loop.is_closed():
        loop.call_soon_threadsafe(_settle, futures, error)


def _settle(futures: Waiting, error: Exception | None) -> None:
    for future in futures:
        if future.done():
            continue
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)


def _parsed_apart(apart: Apart, body: bytes | bytearray) -> Start | Data | Done:
    """A large body's event. Asked here, where no other is being decoded: others may wait decoded."""
    if memory.is_short_of(wire.weight(body)):
        raise too_little_memory()
    return apart.parse(body)


class IngestHandler(ProducerHandler):
    """Records one event of a producer, or a part of a run's journal."""

    kinds = (*ProducerHandler.kinds, parcels.TYPE, parcels.RESUME_TYPE)

    def initialize(  # type: ignore[override]
        self, door: Door, scribe: Scribe, intake: Intake, apart: Apart
    ) -> None:
        """Take what the extension made."""
        super().initialize(door)
        self._scribe = scribe
        self._intake = intake
        self._apart = apart

    async def take(self, body: bytes | bytearray) -> bytes:
        """Parse and record."""
        if self.request.headers.get("Content-Type") == parcels.TYPE:
            return await self._take_parcel(bytes(body))
        if self.request.headers.get("Content-Type") == parcels.RESUME_TYPE:
            return await self._tell_last(bytes(body))
        event = await self._parsed(body)
        token = await self.may_write(event.key.repo_url)
        await self._scribe.record(replace(event, sender=token.id))
        return b"{}"

    async def _parsed(self, body: bytes | bytearray) -> Start | Data | Done:
        """The event; a refusal counts in the ledger of its experiment, where the body says it."""
        try:
            if len(body) <= ON_LOOP_MOST:
                return wire.parse(body)
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(_decoder, _parsed_apart, self._apart, body)
        except InvalidEvent as error:
            about = error.about if isinstance(error, Unfit) else wire.key_of(body)
            if about is not None:
                # A token of another project leaves no trace in this one.
                await self.may_write(about.repo_url)
                self._about = about
            raise
        except Ended as error:
            raise Refusal(503, str(error), RETRY_SECONDS) from None

    async def _take_parcel(self, body: bytes) -> bytes:
        token = await self.may_write(None)
        told = await self._intake.understood(self.request.headers, body, token.id)
        await self.may_write(told.repo_url)
        for event in told.events:
            await self._scribe.record(event)
        return await self._intake.standing(told.run)

    async def _tell_last(self, body: bytes) -> bytes:
        question = asked(body)
        await self.may_write(question.repo_url)
        return await self._intake.last(question)
