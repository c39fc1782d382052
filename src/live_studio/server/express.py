"""The short way of a small post, which is nearly every one: stock clients send a step at a time.

Such a post has a few hundred bytes and a token that was good a moment ago. Tornado's handler, a task and
Jupyter's log of requests cost it more than all that is done for it, so it goes without them, and is in
neither Jupyter's log nor its metrics. Nothing is refused here: whatever is not as usual, or fails, goes
to the ordinary handler as if it had only just arrived.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable
from email.utils import formatdate
from functools import lru_cache

from tornado.httputil import (
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.routing import Router
from tornado.web import Application

from .. import wire
from ..errors import InvalidEvent, NotAllowed, TokenError
from . import auth
from .ingest import IngestHandler, Scribe
from .limits import SMALL
from .producers import Door

KIND = "application/json"
SOON = 1.0
"""Seconds within which a small body arrives; one that takes longer is not as usual."""
_DIGITS = re.compile(r"[1-9][0-9]{0,8}")
"""A length as clients write it: cut short or filled up with zeros it would be another number."""
UNUSUAL = ("Transfer-Encoding", "Content-Encoding", "Origin")
OK = ResponseStartLine("", 200, "OK")
BODY = b"{}"


class Express(Router):
    """Takes every request to the producers' address."""

    def __init__(
        self, application: Application, door: Door, scribe: Scribe, kit: dict[str, object]
    ) -> None:
        """`kit` is what the ordinary handler is given."""
        self._application = application
        self._kit = kit
        self.door = door
        self.scribe = scribe
        self._slow: dict[_Post, float] = {}
        self._looks = False

    def find_handler(self, request: HTTPServerRequest, **_: object) -> HTTPMessageDelegate:
        """Whoever answers the request."""
        if not self._is_usual(request):
            return self.ordinary(request)
        return _Post(self, request)

    def ordinary(self, request: HTTPServerRequest) -> HTTPMessageDelegate:
        """The handler that takes everything."""
        return self._application.get_handler_delegate(request, IngestHandler, self._kit)

    def _is_usual(self, request: HTTPServerRequest) -> bool:
        headers = request.headers
        length = headers.get("Content-Length", "")
        return (
            request.method == "POST"
            and request.version == "HTTP/1.1"
            and headers.get("Content-Type") == KIND
            and _DIGITS.fullmatch(length) is not None
            and int(length) <= SMALL
            and not any(name in headers for name in UNUSUAL)
            and auth.host_is_ours(request, self._application.settings)
        )

    # the few whose body is not there at once

    def wait_for(self, post: _Post) -> None:
        """Look at a post again if its body is not here `SOON`; one look for all costs less than a timer each."""
        loop = asyncio.get_running_loop()
        self._slow[post] = loop.time() + SOON
        if not self._looks:
            self._looks = True
            loop.call_later(SOON, self._look)

    def arrived(self, post: _Post) -> None:
        """It is here, or will never be."""
        self._slow.pop(post, None)

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for post in [post for post, until in self._slow.items() if until <= now]:
            del self._slow[post]
            post.hand_over()
        self._looks = bool(self._slow)
        if self._looks:
            loop.call_later(SOON, self._look)


class _Post(HTTPMessageDelegate):
    """One small post."""

    def __init__(self, express: Express, request: HTTPServerRequest) -> None:
        """Wait for its body."""
        self._express = express
        self._door = express.door
        self._request = request
        self._body = bytearray()
        self._held = 0
        self._secret = ""
        self._line: RequestStartLine | None = None
        self._ordinary: HTTPMessageDelegate | None = None
        self._handing: asyncio.Task[None] | None = None

    # as it arrives

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        """Look whether its token was good a moment ago, and whether there is room."""
        assert isinstance(start_line, RequestStartLine)
        self._line = start_line
        size = int(headers["Content-Length"])
        try:
            self._secret = auth.given(headers)
        except TokenError:
            pass
        else:
            if (
                self._door.doorkeeper.known(self._secret) is not None
                and not self._door.tokens.wait(self._secret)
                and self._door.room.take(size, size)
            ):
                self._held = size
                self._express.wait_for(self)
                return None
        self._ordinary = self._express.ordinary(self._request)
        return self._ordinary.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """Keep what arrives."""
        if self._handing is not None:
            return self._pass_on(self._handing, chunk)
        if self._ordinary is not None:
            return self._ordinary.data_received(chunk)
        self._body += chunk
        return None

    def finish(self) -> None:
        """It is here: have it recorded."""
        if self._handing is not None:
            self._handing.add_done_callback(self._end)
        elif self._ordinary is not None:
            self._ordinary.finish()
        else:
            self._express.arrived(self)
            self._record()

    def on_connection_close(self) -> None:
        """The client hung up before all of it was here."""
        self._express.arrived(self)
        self._release()
        if self._handing is not None:
            self._handing.add_done_callback(self._close)
        elif self._ordinary is not None:
            self._ordinary.on_connection_close()

    # what is done with it

    def _record(self) -> None:
        try:
            # Asked again: the token may have ended while the body was on its way.
            token = self._door.doorkeeper.known(self._secret)
            if token is None:
                self.hand_over(whole=True)
                return
            event = wire.parse(self._body, token.id)
            token.may_write(event.key.repo_url)
        except (InvalidEvent, NotAllowed):
            self.hand_over(whole=True)
        else:
            self._express.scribe.record(event).add_done_callback(self._answer)

    def _answer(self, recorded: asyncio.Future[None]) -> None:
        if recorded.cancelled() or recorded.exception() is not None:
            # Nothing was recorded. The ordinary handler tries once more, and says what is wrong.
            self.hand_over(whole=True)
            return
        self._release()
        self._door.accepted()
        connection = self._request.connection
        assert connection is not None
        headers = _usual_headers(int(time.time()))
        if self._request.headers.get("Connection", "keep-alive").lower() != "keep-alive":
            headers = headers.copy()  # something is added to them
        connection.write_headers(OK, headers, BODY)
        connection.finish()

    def _release(self) -> None:
        self._door.room.give(self._held)
        self._held = 0

    # what is not as usual

    def hand_over(self, *, whole: bool = False) -> None:
        """Let the ordinary handler take it from here; `whole`: all of the body is here."""
        self._release()
        self._ordinary = self._express.ordinary(self._request)
        self._handing = asyncio.ensure_future(self._handed_over(self._ordinary))
        if whole:
            self._handing.add_done_callback(self._end)

    async def _handed_over(self, ordinary: HTTPMessageDelegate) -> None:
        assert self._line is not None
        prepared = ordinary.headers_received(self._line, self._request.headers)
        if prepared is not None:
            await prepared
        body, self._body = bytes(self._body), bytearray()
        ordinary.data_received(body)

    async def _pass_on(self, handing: asyncio.Task[None], chunk: bytes) -> None:
        await handing
        assert self._ordinary is not None
        self._ordinary.data_received(chunk)

    def _end(self, _: asyncio.Task[None]) -> None:
        assert self._ordinary is not None
        self._ordinary.finish()

    def _close(self, _: asyncio.Task[None]) -> None:
        assert self._ordinary is not None
        self._ordinary.on_connection_close()


@lru_cache(maxsize=1)
def _usual_headers(now: int) -> HTTPHeaders:
    date = formatdate(now, usegmt=True)
    return HTTPHeaders({"Content-Type": KIND, "Date": date, "Content-Length": str(len(BODY))})
