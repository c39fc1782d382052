"""`POST api/live`: the token first, then the body, then one commit for all who wait.

A plain tornado handler: Jupyter's own `prepare` looks at users and cookies, which have no meaning
here, and reads the whole body before anybody is asked who they are.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated
from tornado import web

from .. import wire
from ..errors import InvalidEvent, TokenError
from ..events import Event
from ..studio import Studio
from . import auth

BODY_MOST = 32 * 1024 * 1024
"""Larger than the largest request that DVCLive sends."""
NOTE_EVERY = 1.0
ON_LOOP_MOST = 64 * 1024
"""Bodies up to here are decoded where they arrive; larger ones would stop the loop."""

log = logging.getLogger("live_studio")


class Scribe:
    """One thread that records what arrives, all that waits in one durable transaction."""

    def __init__(self, studio: Studio) -> None:
        """Start the thread."""
        self._studio = studio
        self._waiting: deque[tuple[Event, asyncio.Future[None]]] = deque()
        self._refusal: tuple[int, str, str] | None = None
        self._noted_at = 0.0
        self._wake = threading.Event()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="live_studio-scribe", daemon=True)
        self._thread.start()

    def record(self, event: Event) -> asyncio.Future[None]:
        """Record an event; the future is done when the disk has it."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((event, future))
        self._wake.set()
        return future

    def refused(self, status: int, detail: str, address: str) -> None:
        """Remember what was turned away last; a flood of refusals costs one write a second."""
        self._refusal = (status, detail, address)
        self._wake.set()

    def stop(self) -> None:
        """Record what waits, and end."""
        self._stopped = True
        self._wake.set()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stopped or self._waiting:
            self._wake.wait(NOTE_EVERY if self._refusal else None)
            self._wake.clear()
            self._note()
            batch = [self._waiting.popleft() for _ in range(len(self._waiting))]
            if batch:
                self._write(batch)
            elif self._stopped:
                return

    def _note(self) -> None:
        now = time.monotonic()
        if self._refusal and (now - self._noted_at > NOTE_EVERY or self._stopped):
            self._noted_at, refusal, self._refusal = now, self._refusal, None
            # What a refusal says is a help; a store that cannot take it has other troubles.
            with suppress(sqlite3.Error):
                self._studio.refused(*refusal)

    def _write(self, batch: list[tuple[Event, asyncio.Future[None]]]) -> None:
        error: Exception | None = None
        try:
            self._studio.record([event for event, _ in batch], durable=True)
        except Exception as caught:  # noqa: BLE001  # whatever it was, every waiting client gets an answer
            error = caught
        if error and len(batch) > 1 and not isinstance(error, sqlite3.OperationalError):
            # One event is at fault, not the store: the others' producers have done nothing wrong.
            for one in batch:
                self._write([one])
            return
        loop = batch[0][1].get_loop()
        if not loop.is_closed():
            loop.call_soon_threadsafe(_settle, [future for _, future in batch], error)


def _settle(futures: list[asyncio.Future[None]], error: Exception | None) -> None:
    for future in futures:
        if future.done():
            continue
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)


@web.stream_request_body
class IngestHandler(web.RequestHandler):
    """Records one event of a producer. Success is exactly 200."""

    def initialize(
        self, doorkeeper: auth.Doorkeeper, scribe: Scribe, accepted: Callable[[], None]
    ) -> None:
        """Take what the extension made. `accepted` tells Jupyter that somebody is at work."""
        self._doorkeeper = doorkeeper
        self._scribe = scribe
        self._accepted = accepted
        self._body = bytearray()
        self._refused: tuple[int, str] | None = None

    async def prepare(self) -> None:
        """Decide everything that can be decided before the body is read."""
        try:
            refusal = await self._refusal()
        except sqlite3.Error as error:
            refusal = 503, f"the store cannot be read: {error}"
        if refusal:
            self._refuse(*refusal)
            return
        # Tornado's own limit is what a chunked body, which has no length, runs into.
        self.request.connection.set_max_body_size(BODY_MOST)  # type: ignore[union-attr]

    def data_received(self, chunk: bytes) -> None:
        """Keep what arrives."""
        if self._refused is None:
            self._body += chunk

    @allow_unauthenticated
    async def post(self) -> None:
        """Parse, record, answer."""
        if self._refused:
            return
        body = bytes(self._body)
        del self._body
        try:
            if len(body) <= ON_LOOP_MOST:
                event: Event = wire.parse(body)
            else:
                event = await asyncio.to_thread(wire.parse, body)
            await self._scribe.record(event)
        except InvalidEvent as error:
            self._answer(400, str(error))
        except sqlite3.Error as error:
            log.warning("live_studio: an event could not be stored: %s", error)
            self.set_header("Retry-After", "5")
            self._answer(
                507 if "full" in str(error) else 503, f"the store cannot be written: {error}"
            )
        else:
            self._accepted()
            self.set_header("Content-Type", "application/json")
            self.finish(b"{}")

    @allow_unauthenticated
    def get(self) -> None:
        """Tell whoever opens the address in a browser what it is for."""
        self.set_header("Allow", "POST")
        self._answer(405, "this address takes POST requests of DVCLive, DVC and live_studio")

    def check_xsrf_cookie(self) -> None:
        """Nothing to check: no cookie is ever looked at here."""

    def write_error(self, status_code: int, **_: Any) -> None:
        """One line of JSON whatever went wrong."""
        self._answer(status_code, self._reason)

    def compute_etag(self) -> None:
        """No tag: nothing here is ever cached."""

    async def _refusal(self) -> tuple[int, str] | None:
        request = self.request
        if request.method not in ("POST", "GET"):
            return 405, "only POST is answered here"
        if not auth.host_is_ours(request, self.settings):
            return 403, "this server does not answer to that host name"
        if not auth.origin_is_ours(request):
            return 403, "requests from pages of other sites are refused"
        if request.method == "GET":
            return None
        try:
            await self._doorkeeper.admit(request.headers)
        except TokenError as error:
            return 401, str(error)
        return self._body_refusal()

    def _body_refusal(self) -> tuple[int, str] | None:
        headers = self.request.headers
        if headers.get("Content-Encoding", "identity") != "identity":
            return 415, "compressed bodies are not taken here"
        length = headers.get("Content-Length", "0")
        if length.isdigit() and int(length) > BODY_MOST:
            return 413, f"the body has {int(length):,} bytes; at most {BODY_MOST:,} are taken"
        return None

    def _refuse(self, status: int, detail: str) -> None:
        self._refused = (status, detail)
        if status == 401:
            self.set_header("WWW-Authenticate", "Bearer")
        elif status == 405:
            self.set_header("Allow", "POST")
        # The rest of the body is not wanted: the connection ends with the answer.
        self.set_header("Connection", "close")
        self._answer(status, detail)

    def _answer(self, status: int, detail: str) -> None:
        self._scribe.refused(status, detail, self.request.remote_ip or "an unknown address")
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.finish(json.dumps({"detail": detail}))
