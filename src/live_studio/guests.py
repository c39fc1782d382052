"""Stock clients in this kernel: a token of its own for them, and what a raising cell means for their runs.

They say `done` also where an exception leaves their block, and nothing where there is no block. So
the kernel tells which of the runs that came with its token were logged to by the cell that raised.
That is seen from the files that DVCLive writes at each call: its requests may still be on their way.
"""

from __future__ import annotations

import atexit
import json
import os
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from . import cells, config, whereabouts
from .courier import Courier, shared
from .errors import StoreError
from .events import Gone, Guess, Resume
from .git.here import here
from .studio import Studio

FIRST_DATA_SECONDS = 0.5
"""How long a raising cell waits for the first data of a run that has only been opened."""
LOOK_EVERY = 0.02
RENEW_EVERY = 6 * 3600.0
"""Seconds; a kernel's token lasts two days when nobody renews it."""
FILE_CLOCK = 5 if sys.platform == "linux" else None
"""Linux's `CLOCK_REALTIME_COARSE`, which Python does not name: files are stamped with it."""


class Guests:
    """The runs that come with this kernel's token."""

    def __init__(self, courier: Courier[Studio]) -> None:
        """Take a token that ends with this process."""
        self._studio = courier.studio
        self._pid = os.getpid()
        issued = self._studio.tokens.issue_local("kernel")
        self.token = issued.secret
        self._sender = issued.token.id
        self._guessed = False
        self._since = _file_time()
        self._renewed_at = time.monotonic()
        courier.chores.add(self._renew)
        atexit.register(self._leave)

    def belong_to(self, store_id: str) -> bool:
        """Whether this is still the store to report to, and the process that was given the token."""
        return self._studio.id == store_id and self._pid == os.getpid()

    def began(self) -> None:
        """A cell is about to run: what is logged from now on undoes what was guessed before."""
        self._since = _file_time()
        if self._guessed:
            with suppress(sqlite3.Error, StoreError):
                self._studio.record([Resume(self._sender)])
                self._guessed = False

    def raised(self, error: BaseException) -> None:
        """The cell has raised: probably so did the runs that it logged to."""
        said = cells.meant(error)
        with suppress(sqlite3.Error, StoreError):
            guesses = [Guess(generation, **said) for generation in self._logged_to()]
            if guesses:
                self._studio.record(guesses)
                self._guessed = True

    def _logged_to(self) -> list[int]:
        """The runs that this cell has opened or logged to."""
        deadline = time.monotonic() + FIRST_DATA_SECONDS
        while True:
            rows = self._rows()
            if all(_files(row) for row in rows) or time.monotonic() > deadline:
                break
            time.sleep(LOOK_EVERY)
        found, met = [], set[str]()
        for row in rows:
            files = set(_files(row))
            # Runs that write the same files come one after the other: the newest is meant.
            if not files & met and self._changed(row, files):
                found.append(int(row["id"]))
            met |= files
        return found

    def _rows(self) -> list[sqlite3.Row]:
        """The runs that are open, or ended in this cell; the newest first."""
        return self._studio.store.read(
            "SELECT id, params, metrics, series, started_at, heard_at FROM generations"
            " WHERE sender = ? AND (status = 'running' OR guessed != 0 OR ended_at >= ?)"
            " ORDER BY id DESC",
            (self._sender, self._since / 1e9),
        )

    def _changed(self, row: sqlite3.Row, files: set[str]) -> bool:
        if row["started_at"] * 1e9 >= self._since:
            return True
        written = [changed for name in files for changed in _written(name)]
        # Where its files lie is not known: what has arrived during the cell is the next best sign.
        return max(written, default=row["heard_at"] * 1e9) >= self._since

    def _renew(self) -> None:
        """Called by the courier's thread every few seconds."""
        if time.monotonic() - self._renewed_at > RENEW_EVERY:
            self._studio.tokens.renew_local()
            self._renewed_at = time.monotonic()

    def _leave(self) -> None:
        if self._pid == os.getpid():
            with suppress(sqlite3.Error, StoreError):
                self._studio.record([Gone(self._sender, "exited without end()")])
                self._studio.tokens.revoke_secret(self.token)


_guests: Guests | None = None


def welcome() -> str | None:
    """The token that stock clients of this process show: its own where it shares the server's store.

    None: no server started this process.
    """
    global _guests  # noqa: PLW0603  # one kernel in a process, and so one token
    beside = config.neighbour()
    if beside is None:
        return None
    if _guests is None or not _guests.belong_to(beside.store_id):
        try:
            courier = shared(whereabouts.store_path(), yielding=True)
        except StoreError:
            return beside.token
        if courier.studio.id != beside.store_id:
            return beside.token
        if _guests is None:
            cells.follow(_began, _raised)
        _guests = Guests(courier)
    return _guests.token


def _began() -> None:
    if _guests is not None:
        _guests.began()


def _raised(error: BaseException) -> None:
    if _guests is not None:
        _guests.raised(error)


def _files(row: sqlite3.Row) -> list[str]:
    return [name for column in ("params", "metrics", "series") for name in json.loads(row[column])]


def _written(name: str) -> Iterator[int]:
    """When a file of this key was written: keys are as its user gave them, or from the repository."""
    for folder in (Path.cwd(), here(Path.cwd()).root or Path.cwd()):
        with suppress(OSError, ValueError):
            yield os.stat(folder / name).st_mtime_ns


def _file_time() -> int:
    """Nanoseconds by the clock that files are stamped with, which may be a few ms behind."""
    return time.time_ns() if FILE_CLOCK is None else time.clock_gettime_ns(FILE_CLOCK)
