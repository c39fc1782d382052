"""`GET api/stream`: `Changes`, pushed over a WebSocket, resumable from any seq."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from typing import Any

from jupyter_server.auth.decorator import authorized, ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from tornado import websocket

from ..changes import Changes, Trouble
from ..studio import Studio
from .views import RESOURCE

COALESCE = 0.05
"""Seconds between two frames of one stream."""
BIG_FRAME, BIG_PAUSE = 64 * 1024, 1.0
"""Rows that are large are sent less often."""
BEAT = 20.0

log = logging.getLogger("live_studio")


class Pump:
    """Feeds every open stream, asking the store once for streams that stand at the same seq."""

    def __init__(self, studio: Studio) -> None:
        """Feed from `studio`; nothing runs until the first stream opens."""
        self._studio = studio
        self._streams: set[StreamHandler] = set()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._unsubscribe: Any = None
        self._openings = 0
        self._store_id = ""

    def add(self, stream: StreamHandler) -> None:
        """A stream opened."""
        self._streams.add(stream)
        if self._task is None:
            loop = asyncio.get_running_loop()

            def wake() -> None:
                loop.call_soon_threadsafe(self._wake.set)

            self._unsubscribe = self._studio.subscribe(wake)
            self._task = loop.create_task(self._run())
        self._wake.set()

    def wake(self) -> None:
        """Look again, on the loop: a stream that was left out can be fed."""
        self._wake.set()

    def remove(self, stream: StreamHandler) -> None:
        """A stream closed; after the last one nothing is watched any more."""
        self._streams.discard(stream)
        if not self._streams:
            self.stop()

    def stop(self) -> None:
        """Feed nobody any more."""
        if self._task is not None:
            self._unsubscribe()
            self._task.cancel()
            self._task = None

    @property
    def open(self) -> int:
        """How many streams are open."""
        return len(self._streams)

    async def _run(self) -> None:
        failed = ""
        while True:
            self._wake.clear()
            try:
                largest = await self._feed()
                failed = ""
            except Exception as error:  # noqa: BLE001  # the one task that feeds every page
                # A page that lost its stream to this would not get another one: go on and try again.
                if failed != (failed := f"{type(error).__name__}: {error}"):
                    log.warning("live_studio: changes cannot be read: %s", failed)
                largest = BIG_FRAME
                self._wake.set()
            await asyncio.sleep(COALESCE if largest < BIG_FRAME else BIG_PAUSE)
            try:
                await asyncio.wait_for(self._wake.wait(), BEAT)
            except TimeoutError:
                await self._beat()

    async def _feed(self) -> int:
        await self._part_with_others()
        largest = 0
        asked: dict[int, tuple[Changes, str]] = {}
        for stream in list(self._streams):
            if stream.busy:
                continue
            if stream.since not in asked:
                changes = await asyncio.to_thread(self._studio.changes, stream.since)
                asked[stream.since] = (changes, changes.text)
            changes, text = asked[stream.since]
            moved = not changes.empty or changes.seq != stream.since
            if moved or stream.fresh or stream.trouble != changes.trouble:
                if not stream.fresh:
                    largest = max(largest, len(text))
                stream.send(changes.seq, text)
                stream.trouble = changes.trouble
                stream.fresh = changes.more
            if changes.more:
                self._wake.set()
        return largest

    async def _part_with_others(self) -> None:
        """Hang up where another store has taken the place of the one that pages know.

        They come back, find that it is another, and begin anew.
        """
        openings = self._studio.store.openings
        if openings == self._openings:
            return
        before, self._store_id = self._store_id, await asyncio.to_thread(lambda: self._studio.id)
        self._openings = openings
        if before not in ("", self._store_id):
            for stream in list(self._streams):
                stream.close()

    async def _beat(self) -> None:
        now = self._studio.store.now()
        for stream in list(self._streams):
            if not stream.busy:
                beat = Changes(stream.since, now, trouble=self._studio.trouble)
                stream.send(stream.since, beat.text)


class StreamHandler(JupyterHandler, websocket.WebSocketHandler):
    """One page's stream."""

    auth_resource = RESOURCE

    def initialize(self, pump: Pump) -> None:
        """Take what the extension made."""
        self._pump = pump
        self._sending: asyncio.Future[None] | None = None
        self._left_out = False
        self.since = 0
        self.trouble: Trouble | None = None
        self.fresh = True  # until it has all that was there when it opened

    def set_default_headers(self) -> None:
        """None: a WebSocket has no document."""

    def get_compression_options(self) -> dict[str, Any]:
        """Compress: rows repeat themselves."""
        return {}

    def write_error(self, status_code: int, **_: Any) -> None:
        """One line: Jupyter's page of errors asks for a user, whom an odd method never had."""
        self.set_status(status_code)
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps({"detail": self._reason}))

    @ws_authenticated
    @authorized
    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Open, for who may see the notebooks."""
        since = self.get_query_argument("since", "0")
        self.since = int(since) if re.fullmatch(r"\d{1,15}", since) else 0
        self._track_activity = False
        await super().get(*args, **kwargs)

    def open(self, *_: str, **__: str) -> None:
        """Begin to feed."""
        self._pump.add(self)

    def on_message(self, _: str | bytes) -> None:
        """A viewer has nothing to say here."""

    def on_close(self) -> None:
        """Stop feeding."""
        self._pump.remove(self)

    def send(self, seq: int, text: str) -> None:
        """Send one frame, which brings the page to `seq`."""
        self.since = seq
        try:
            self._sending = self.write_message(text)
            self._sending.add_done_callback(self._sent)
        except websocket.WebSocketClosedError:
            self._pump.remove(self)

    @property
    def busy(self) -> bool:
        """Whether the last frame is still on its way, as with a laptop that was closed.

        Such a stream collects no frames: what it misses comes in one when it reads again.
        """
        self._left_out = self._sending is not None and not self._sending.done()
        return self._left_out

    def _sent(self, sending: asyncio.Future[None]) -> None:
        if not sending.cancelled():
            sending.exception()
        if self._left_out:
            self._pump.wake()
