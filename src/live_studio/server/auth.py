"""The two doors' locks.

Producers show our own token in a header; cookies, query strings and Jupyter's token open nothing
here. Viewers pass Jupyter's own authentication, see `views`.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import re
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache
from urllib.parse import urlsplit

from tornado.httputil import HTTPHeaders, HTTPServerRequest

from ..errors import StoreError, TokenError
from ..tokens import USE_NOTED_EVERY, WRITE, Token, Tokens, is_well_formed

TRUSTED = 0.9
"""Seconds for which a token that was right is taken without asking again."""
OWN_HEADER = "X-Live-Studio-Token"
_SCHEME = re.compile(r"(token|bearer)\s+(\S+)\s*", re.IGNORECASE)
MAKE = (
    "make one in the dashboard's Tokens panel, or with `jupyter live-studio token create` where"
    " the server runs, and set it here"
)
NETRC = (
    "a password came instead of a token: ~/.netrc has an entry for this host, and DVCLive sends that;"
    " take the entry out, or set NETRC=/dev/null where the experiment runs"
)
WRONG_HOST = (
    "this server does not answer to that host name: use the address that Jupyter prints, or name"
    " the host in c.ServerApp.local_hostnames"
)
HOW = f"send it as `Authorization: token <token>`; {MAKE}"


class Doorkeeper:
    """Lets producers in, and asks the store about each token once a second, in a thread of its own.

    The store answers one reader at a time: asked on the event loop, it would hold up every page.
    """

    def __init__(self, tokens: Tokens, jupyters: str = "") -> None:
        """Know nobody yet; `jupyters` is Jupyter's own token, to be told from a wrong one of ours."""
        self._tokens = tokens
        self._jupyters = jupyters
        self._known: dict[str, tuple[float, Token]] = {}
        self._turn = tokens.turn
        self._noted: dict[str, float] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="live_studio-doorkeeper")

    async def admit(self, given: str) -> Token:
        """Let a request in whose token may send experiments; what this server ends is over at once.

        Raises:
            NotAllowed: the token is right and may do other things only.
            TokenError: it is not a right one; the text is for the person at the other end.
        """
        token = self._remembered(given) or await self._verified(given)
        token.may_write()
        return token

    def known(self, given: str) -> Token | None:
        """The token, where it was right a moment ago and may send experiments; None: ask `admit`."""
        token = self._remembered(given)
        return token if token is not None and WRITE in token.scope.split() else None

    def _remembered(self, given: str) -> Token | None:
        if self._turn != self._tokens.turn:
            self._turn = self._tokens.turn
            self._known.clear()
        until, token = self._known.get(given, (0.0, None))
        return token if until > time.monotonic() else None

    async def _verified(self, given: str) -> Token:
        loop, turn, now = asyncio.get_running_loop(), self._tokens.turn, time.monotonic()
        if self._jupyters and hmac.compare_digest(given.encode(), self._jupyters.encode()):
            raise TokenError(f"this is Jupyter's own token, which opens nothing here; {MAKE}")
        if not is_well_formed(given):
            # Said here, without the thread: a flood of nonsense costs the store nothing.
            raise TokenError(f"this is not a live_studio token, or it is mistyped; {MAKE}")
        try:
            token = await loop.run_in_executor(self._thread, self._tokens.verify, given)
        except TokenError as error:
            self._known.pop(given, None)
            raise TokenError(f"{error}; {MAKE}") from None
        if turn != self._tokens.turn:
            # Something ended while the store was asked: this answer may be from before.
            return await self._verified(given)
        self._known[given] = (now + TRUSTED, token)
        if now - self._noted.get(token.id, -USE_NOTED_EVERY) >= USE_NOTED_EVERY:
            self._noted[token.id] = now
            loop.run_in_executor(None, self._note_use, token.id)
        return token

    def _note_use(self, token_id: str) -> None:
        # It is a help for people; a store that cannot take it has other troubles.
        with suppress(StoreError):
            self._tokens.used(token_id)

    def stop(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)


def brings_any(headers: HTTPHeaders) -> bool:
    """Whether a request tries to say who it is at all."""
    return bool(headers.get(OWN_HEADER) or headers.get("Authorization"))


def given(headers: HTTPHeaders) -> str:
    """The token that a request shows, right or wrong.

    Raises:
        TokenError: it shows none; the text says how to.
    """
    own = headers.get(OWN_HEADER)
    return own if own is not None else _from_authorization(headers.get("Authorization"))


def _from_authorization(header: str | None) -> str:
    if not header:
        raise TokenError(f"no token: {HOW}")
    if header[:6].lower() == "basic ":
        raise TokenError(NETRC)
    found = _SCHEME.fullmatch(header)
    if not found:
        raise TokenError(f"malformed Authorization header: {HOW}")
    return found[2]


def host_is_ours(request: HTTPServerRequest, settings: Mapping[str, object]) -> bool:
    """Whether the Host header names this machine, as Jupyter's own handlers ask.

    Without it a page of any site could reach a loopback server under a name it controls.
    """
    if settings.get("allow_remote_access", False):
        return True
    name, is_loopback = _host(request.host)
    if is_loopback is not None:
        return is_loopback
    local = settings.get("local_hostnames", ["localhost"])
    return isinstance(local, list) and name in local


@lru_cache(maxsize=100)
def _host(header: str) -> tuple[str, bool | None]:
    """The name in a Host header, and whether it is a loopback address; None: it is no address."""
    host = re.match(r"^(.*?)(:\d+)?$", header)
    name = host[1].strip("[]") if host else ""
    try:
        return name, ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name, None


def origin_is_ours(request: HTTPServerRequest) -> bool:
    """Whether a request that names an origin comes from this host's own pages."""
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host
