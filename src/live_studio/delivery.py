"""Where this process's journals go: into the store here, or to a server far away.

A `Live` asks once, when it opens; `connect` changes the answer for all that are open and to come.
Light until something is to be carried.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from . import config, journal, whereabouts
from .errors import InvalidAddress, StoreError, TokenError
from .warned import warn_once

if TYPE_CHECKING:
    from .courier import Courier
    from .remote import Remote

Chore = Callable[[], None]


class Target(NamedTuple):
    """A server far away."""

    url: str
    """Ends with a slash."""
    token: str | None = None

    def __repr__(self) -> str:
        """Without the token."""
        return f"Target({self.url!r})"


_connected: Target | None = None


def target(url: str | None, token: str | None, *, at_home: bool) -> Target | None:
    """Where a new run goes; None: into the store here.

    What was said at the call counts first (`at_home`: a store was named), then `connect`, then the
    environment.

    Raises:
        InvalidAddress: what was said is no address, or a token was given without one.
        TokenError: the token is none of ours.
    """
    if url or token:
        if not (url := url or config.far_url()):
            raise InvalidAddress("a token is given, and no url; set LIVE_STUDIO_URL or pass url=")
        return Target(address(url), _checked(token))
    if at_home or _connected:
        return None if at_home else _connected
    found = config.far_url()
    try:
        return Target(address(found)) if found else None
    except InvalidAddress as error:
        warn_once(f"live_studio records at home: {error}")
        return None


def address(url: str) -> str:
    """An address as everything here spells it.

    Raises:
        InvalidAddress: it is none.
    """
    from urllib.parse import quote, urlsplit

    url = url.strip()
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # asking raises
        (parts.hostname or "").encode("idna")
    except UnicodeError:
        raise InvalidAddress(f"{_spared(url)} is no address: no host has such a name") from None
    except ValueError as error:
        raise InvalidAddress(f"{_spared(url)} is no address: {error}") from None
    is_host = bool(parts.hostname) and url.isprintable() and " " not in parts.netloc
    if parts.scheme not in ("http", "https") or not is_host:
        raise InvalidAddress(
            f"{_spared(url)} is no address; it looks like https://host/base/live-studio/"
        )
    if parts.username or parts.password or parts.query:
        raise InvalidAddress(
            f"the address of {parts.hostname} holds a name, password or query; the token goes into token="
        )
    path = parts.path if parts.path.endswith("/") else parts.path + "/"
    # As requests have it; what was written so already stays.
    path = quote(path, safe="/%:@!$&'()*+,;=~")
    return parts._replace(path=path, fragment="").geturl()


def folder(store: Path, where: Target | None) -> Path:
    """Where a run's journal lies.

    Raises:
        OSError: the disk does not take a note of where it goes.
    """
    journals = config.journals_dir(store)
    if where is None:
        return journals
    from . import spools

    spool = spools.spool(journals, where.url)
    spools.prepare(spool, where.url)
    return spool


def begin(store: Path, where: Target | None, beat: Chore) -> None:
    """Have journals carried, and `beat` called every few seconds meanwhile."""
    if where is not None:
        _far(store, where).chores.add(beat)
        return
    from . import courier

    try:
        here = courier.shared(store, yielding=config.neighbour() is not None)
    except StoreError as error:
        warn_once(f"{error} What is logged stays in a journal until it can be stored.")
        return
    here.chores.add(beat)
    trouble = here.studio.store.trouble
    if trouble:
        warn_once(f"live_studio: {trouble.text} The store is {store}.")


def finish(path: Path, store: Path, deadline: float) -> None:
    """Carry a run's journal to its end, or say that it will be carried later."""
    if path.parent == config.journals_dir(store):
        _finish_here(path, store, deadline)
        return
    from . import courier

    far = courier.sharing(path.parent)

    def worth() -> bool:
        return far is not None and far.studio.wait < deadline - time.monotonic()

    if far is None or not far.finish(path, deadline, worth):
        warn_once(
            "live_studio has not delivered all of a run yet; its journal is kept. The next process that"
            " logs there delivers the rest, or `jupyter live-studio sync`."
        )


def _finish_here(path: Path, store: Path, deadline: float) -> None:
    import sqlite3

    from . import courier
    from .drainer import Drainer
    from .studio import Studio

    # The courier has the store open already. Where it could not be opened it is tried once more.
    here = courier.sharing(path.parent)
    shared = here.studio if here is not None and isinstance(here.studio, Studio) else None
    try:
        studio = shared or Studio(store)
        try:
            Drainer(studio).finish(path, deadline)
        finally:
            if studio is not shared:
                studio.close()
    except (OSError, sqlite3.Error, StoreError) as error:
        warn_once(
            f"live_studio could not store the run yet: {str(error).rstrip('.')}. Its journal is kept; the next"
            " server stores it, or `jupyter live-studio sync`."
        )


def connect(url: str, token: str) -> None:
    """Let this process's runs go to the server at `url` from now on, those that are open from their start.

    Parts that the store here has already stay there too, as a run that goes on elsewhere. Call it
    again with another token, and that one is taken.

    Raises:
        InvalidAddress: `url` is no address.
        TokenError: `token` is none of ours.
        OSError: the disk does not let a journal go to where those wait that are sent there.
    """
    from . import courier

    global _connected  # noqa: PLW0603  # one process, one place to report to
    where = Target(address(url), _checked(token))
    _connected = where
    store = whereabouts.store_path()
    far = _far(store, where)
    for one in journal.own():
        home = one.path.parent
        if home == far.studio.journals:
            continue
        one.move(far.studio.journals)
        _leave(home, one.path.stem, where.url)
        if (here := courier.sharing(home)) is not None:
            far.chores |= here.chores
    far.hurry()


def _leave(home: Path, run: str, url: str) -> None:
    """Say in the store here that a run goes on elsewhere; what it has of it stays."""
    import sqlite3

    from . import courier
    from .events import Lost
    from .studio import Studio

    here = courier.sharing(home)
    if here is not None and isinstance(here.studio, Studio):
        with suppress(OSError, sqlite3.Error):
            here.studio.record([Lost(run, f"goes on at {url}")])


def _far(store: Path, where: Target) -> Courier[Remote]:
    from . import courier
    from .remote import Remote

    spool = folder(store, where)
    far = courier.carrying(spool, lambda: Remote(where.url, spool, where.token))
    if where.token:
        far.studio.use(where.token)
    return far


def _checked(token: str | None) -> str | None:
    if token is None:
        return None
    token = token.strip()
    if not (token.startswith(config.OUR_TOKENS) and token[4:].isalnum() and token.isascii()):
        raise TokenError("the token is none of live_studio's: those begin with lst_")
    return token


def _spared(url: str) -> str:
    """An address as it may be shown: what looks like a password in it is left out."""
    return ascii(url[:100]) if "@" not in url and "?" not in url else "what was given"
