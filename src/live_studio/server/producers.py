"""What the producers' handlers share: the door, the body as it arrives, and the answers.

Plain tornado: Jupyter's own `prepare` looks at users and cookies, which have no meaning here, and
its handlers read the whole body before anybody is asked who they are.
"""

from __future__ import annotations

import asyncio
import json
import sys
import zlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from jupyter_server.auth.decorator import allow_unauthenticated
from tornado import httputil, web

from ..errors import InvalidEvent, NotAllowed, StoreError, StoreFull, TokenError
from ..events import Key
from ..tokens import Token
from . import auth, memory
from .limits import SMALL, Limits, Pace, Room

DETAIL_MOST = 300
INFLATED_AT_ONCE = 256 * 1024
"""Bytes: the event loop has its turn between two of them."""
RETRY_SECONDS = 5
LOOK_EVERY = 1 << 20
"""Bytes of a body between two looks at how much memory there is."""


MOVED = (
    "where one of them is told this, it was sent on from another address, often from http:// to"
    " https://: set the one that it was sent to"
)


class Refusal(Exception):
    """A request is turned away: the status, and one sentence that says what to do."""

    def __init__(self, status: int, detail: str, retry: int = 0, challenge: str = "") -> None:
        """`retry` is in seconds; `challenge` is what a 401 or 403 says in WWW-Authenticate."""
        super().__init__(detail)
        self.status, self.detail, self.retry, self.challenge = status, detail, retry, challenge


class Noter(Protocol):
    """Who remembers what was refused last."""

    def refused(self, status: int, detail: str, address: str, about: Key | None) -> None:
        """Remember it; `about` is the experiment, where the request got far enough to say it."""


@dataclass
class Door:
    """What stands between the network and the store, one for all handlers."""

    doorkeeper: auth.Doorkeeper
    noter: Noter
    accepted: Callable[[], None]
    """Tells Jupyter that somebody is at work."""
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        """Nobody has come yet."""
        self.tokens = Pace(self.limits.requests_per_second)
        self.addresses = Pace(self.limits.refusals_per_second)
        self.room = Room(self.limits.waiting_bytes)


@web.stream_request_body
class ProducerHandler(web.RequestHandler):
    """Who comes is asked before the body is read; then `take` gets the whole body.

    Success is exactly 200: clients take every other status for a failure.
    """

    kinds: tuple[str, ...] = ("application/json",)
    """The content types taken; a client that names none is taken at its word."""
    purpose = "this address takes POST requests of DVCLive, DVC and live_studio"

    def initialize(self, door: Door) -> None:
        """Take what the extension made."""
        self.door = door
        self._body = bytearray()
        self._held = 0
        self._arrived = False
        self._about: Key | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def take(self, body: bytes | bytearray) -> bytes:
        """Do what the request asks for; return the answer's JSON.

        Raises:
            InvalidEvent: it cannot be understood.
            Refusal: it is turned away for another reason.
        """
        raise NotImplementedError

    async def prepare(self) -> None:
        """Decide everything that can be decided before the body is read."""
        try:
            await self._admit()
        except Refusal as refusal:
            self._refuse(refusal, wanted=False)
            return
        except StoreError as error:
            self._refuse(Refusal(503, str(error), RETRY_SECONDS), wanted=False)
            return
        # The limit of ours answers with a sentence; Tornado's would just hang up.
        self.request.connection.set_max_body_size(sys.maxsize)  # type: ignore[union-attr]
        self._timer = asyncio.get_running_loop().call_later(
            self.door.limits.body_seconds, self._too_slow
        )

    def data_received(self, chunk: bytes) -> None:
        """Keep what arrives, where there is room."""
        if self._finished:
            return
        size = len(self._body) + len(chunk)
        try:
            if size > self.door.limits.body_bytes:
                raise self._too_large()
            self._hold(len(chunk), size)
            self._body += chunk
        except Refusal as refusal:
            self._refuse(refusal, wanted=False)
        except MemoryError:
            self._refuse(too_little_memory(), wanted=False)

    @allow_unauthenticated
    async def post(self) -> None:
        """Take the body, and answer."""
        self._arrived = True
        self._stop_timer()
        try:
            body = await self._whole()
            answer = await self.take(body)
        except InvalidEvent as error:
            self._refuse(Refusal(400, str(error)))
        except Refusal as refusal:
            self._refuse(refusal)
        except StoreError as error:
            status = 507 if isinstance(error, StoreFull) else 503
            self._refuse(Refusal(status, str(error), RETRY_SECONDS))
        except MemoryError:
            self._refuse(too_little_memory())
        else:
            self.door.accepted()
            self.set_header("Content-Type", "application/json")
            self.finish(answer)

    @allow_unauthenticated
    def get(self) -> None:
        """Tell whoever opens the address in a browser what it is for."""
        self._refuse(Refusal(405, f"{self.purpose}; {MOVED}"))

    def on_finish(self) -> None:
        """Give back what the body took."""
        self._stop_timer()
        self._release()

    def on_connection_close(self) -> None:
        """The client hung up: what it sent so far is not kept."""
        self._stop_timer()
        if not self._arrived:
            self._release()
        super().on_connection_close()

    def check_xsrf_cookie(self) -> None:
        """Nothing to check: no cookie is ever looked at here."""

    def write_error(self, status_code: int, **_: Any) -> None:
        """One line of JSON whatever went wrong."""
        self._answer(Refusal(status_code, self._reason))

    def compute_etag(self) -> None:
        """No tag: nothing here is ever cached."""

    # who comes

    async def _admit(self) -> None:
        request = self.request
        if request.method not in ("POST", "GET"):
            raise Refusal(405, "only POST is answered here")
        if not auth.host_is_ours(request, self.settings):
            raise Refusal(403, auth.WRONG_HOST)
        if not auth.origin_is_ours(request):
            raise Refusal(403, "requests of another Origin, from pages of other sites, are refused")
        if request.method == "GET":
            return
        await self._ask_token()
        self._check_headers(request.headers)

    async def _ask_token(self) -> None:
        await self.may_write(None)
        wait = self.door.tokens.wait(auth.given(self.request.headers))
        if wait:
            raise Refusal(429, f"this token asks too often; try again in {wait} s", wait)

    async def may_write(self, repo_url: str | None) -> Token:
        """The request's token, which may write experiments of that repository.

        Asked when a request comes, and again before it is recorded: a body takes its time to
        arrive, and the token may be revoked meanwhile.

        Raises:
            Refusal: it may not, or not any more.
        """
        headers = self.request.headers
        try:
            token = await self.door.doorkeeper.admit(auth.given(headers))
            token.may_write(repo_url)
            return token
        except NotAllowed as error:
            raise Refusal(403, str(error), challenge='Bearer error="insufficient_scope"') from None
        except TokenError as error:
            challenge = 'Bearer error="invalid_token"' if auth.brings_any(headers) else "Bearer"
            raise Refusal(401, str(error), challenge=challenge) from None

    def _check_headers(self, headers: httputil.HTTPHeaders) -> None:
        if headers.get("Content-Encoding", "identity").lower() not in ("identity", "gzip"):
            raise Refusal(415, "this Content-Encoding is not taken here: send gzip, or none")
        kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind and kind not in self.kinds:
            raise Refusal(415, f"this Content-Type is not taken here: send {self.kinds[0]}")
        length = headers.get("Content-Length", "0")
        if length.isascii() and length.isdigit() and int(length[:20]) > self.door.limits.body_bytes:
            raise self._too_large()

    # the body

    def _hold(self, size: int, body: int) -> None:
        if not self.door.room.take(size, body):
            raise Refusal(503, "too much waits to be recorded here; try again", RETRY_SECONDS)
        self._held += size
        looked = (body - size) // LOOK_EVERY == body // LOOK_EVERY
        if body > SMALL and not looked and memory.is_short_of(LOOK_EVERY):
            raise too_little_memory()

    def _too_large(self) -> Refusal:
        most = f"{self.door.limits.body_bytes:,}"
        return Refusal(413, f"the body is too large: at most {most} bytes are taken, inflated")

    def _release(self) -> None:
        self.door.room.give(self._held)
        self._held = 0

    async def _whole(self) -> bytes | bytearray:
        body, self._body = self._body, bytearray()
        if self.request.headers.get("Content-Encoding", "").lower() != "gzip":
            return body
        inflated = bytearray()
        async for piece in pieces(body):
            if len(inflated) + len(piece) > self.door.limits.body_bytes:
                raise self._too_large()
            self._hold(len(piece), len(inflated) + len(piece))
            inflated += piece
        return inflated

    def _too_slow(self) -> None:
        seconds = f"{self.door.limits.body_seconds:g}"
        self._refuse(Refusal(408, f"the body did not arrive within {seconds} s"), wanted=False)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # answers

    def _refuse(self, refusal: Refusal, *, wanted: bool = True) -> None:
        """Answer, and hang up where the rest of the body is not `wanted`."""
        if self._finished:
            return
        wait = self.door.addresses.wait(self._address)
        if wait and refusal.status in (400, 401, 403):
            text = f"too many wrong requests from this address; the last: {refusal.detail}"
            refusal = Refusal(429, text, wait)
        if not wanted:
            self.set_header("Connection", "close")
        self._answer(refusal)

    def _answer(self, refusal: Refusal) -> None:
        detail = refusal.detail[:DETAIL_MOST]
        self.door.noter.refused(refusal.status, detail, self._address, self._about)
        self.set_status(refusal.status)
        if refusal.retry:
            self.set_header("Retry-After", str(refusal.retry))
        if refusal.challenge:
            self.set_header("WWW-Authenticate", refusal.challenge)
        if refusal.status == 405:
            self.set_header("Allow", "POST")
        self.set_header("Content-Type", "application/json")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.finish(json.dumps({"detail": detail}))

    @property
    def _address(self) -> str:
        return self.request.remote_ip or "an unknown address"


def too_little_memory() -> Refusal:
    """What is too much for this moment; the system would kill whoever takes it all the same."""
    detail = "this server has too little memory for that now; try again, or send smaller parts"
    return Refusal(503, detail, RETRY_SECONDS)


async def pieces(body: bytes | bytearray) -> AsyncIterator[bytes]:
    """A gzipped body, inflated a piece at a time: nobody holds a bomb, or the event loop.

    Raises:
        InvalidEvent: it is not one gzip stream.
    """
    gunzip = zlib.decompressobj(wbits=31)
    rest = bytes(body)
    try:
        while rest and not gunzip.eof:
            piece = gunzip.decompress(rest, INFLATED_AT_ONCE)
            rest = gunzip.unconsumed_tail
            yield piece
            await asyncio.sleep(0)
    except zlib.error:
        raise InvalidEvent("the body is not gzip, as its Content-Encoding says") from None
    if not gunzip.eof or gunzip.unused_data:
        raise InvalidEvent("the body is not one whole gzip stream, as its Content-Encoding says")
