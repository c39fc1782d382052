"""Access to the store's file: one that can be used, whatever happened to the one that was open.

One connection writes and one reads. What is committed survives the death of any process; after a
flush it survives the loss of power too. Every write begins IMMEDIATE: a deferred transaction that
turns into a write fails when two processes meet.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from ..changes import Trouble
from ..chunks import BrokenChunk
from ..errors import StoreError, StoreUnusable
from . import mending
from .failures import HELD, code, explained, is_damage, kind
from .file import File, tell, told
from .opening import transaction
from .seen import Seen

OLDEST = (3, 38, 0)
"""The first with RETURNING, json_each and iif in what we ask of it."""
RETRY_SECONDS = 2.0
"""How often a store that cannot be used is tried again."""
TRIAL_EVERY, TRIAL_BYTES = 5.0, 256 * 1024
"""How a full disk is asked whether it has room again, while nobody writes anything else."""
NOTICE_SECONDS = 24 * 3600.0
"""How long a dashboard says what happened to the file."""
Clock = Callable[[], float]
T = TypeVar("T")


class Access:
    """One thread at a time writes, and one reads. Safe to use from any thread.

    Before each use it looks whether the file is still there and sound, and mends it where not.
    """

    def __init__(self, path: Path, clock: Clock = time.time, *, patient: bool = False) -> None:
        """Open the store at `path`; make it where there is none.

        Args:
            path: The store's file.
            clock: Seconds since the epoch.
            patient: Do not raise where it cannot be used now; try again whenever it is needed.

        Raises:
            StoreTooNew: a later live_studio wrote it.
            StoreUnusable: it cannot be opened or written.
        """
        self.path = path
        self._clock = clock
        self._write_lock = threading.Lock()
        self._read_lock = threading.Lock()
        self._flush_lock = threading.Lock()
        self._seen = Seen()
        self._file: File | None = None
        self._damaged: File | None = None
        self._closed = False
        self._standing: Trouble | None = None
        self._retry_at = self._trial_at = 0.0
        self._told = self.openings = 0
        if sqlite3.sqlite_version_info < OLDEST:
            wanted = ".".join(map(str, OLDEST))
            raise StoreUnusable(f"SQLite {sqlite3.sqlite_version} is too old; {wanted} is needed.")
        try:
            self._stand()
        except StoreError:
            if not patient:
                raise

    def close(self) -> None:
        """Close every connection."""
        with self._write_lock, self._read_lock, self._flush_lock:
            self._closed = True
            if self._file is not None:
                self._file.close()

    @property
    def id(self) -> str:
        """Which store this is; empty while it has never been open."""
        with suppress(StoreError):
            # Asked again: another process may have given the file its former id back.
            return self._run(self._read_lock, lambda file: told(file.reader, "store_id")) or ""
        return self._file.id if self._file else ""

    # how it stands

    @property
    def trouble(self) -> Trouble | None:
        """Why nothing can be written or read, or what happened to the file lately."""
        file = self._file
        notice = file.notice if file else None
        if notice and self._clock() - notice.since > NOTICE_SECONDS:
            notice = None
        return self._standing or notice

    def look(self) -> None:
        """Notice that the file is gone, and that what was wrong is over, while nobody uses it."""
        with suppress(StoreError):
            self._stand()
            if self._standing and time.monotonic() >= self._trial_at:
                self._trial_at = time.monotonic() + TRIAL_EVERY
                self._run(self._write_lock, self._try)

    def _try(self, file: File) -> None:
        """Take as much room as something worth recording does, and give it back."""
        with transaction(file.writer):
            tell(file.writer, "trial", "x" * TRIAL_BYTES)
        with transaction(file.writer):
            file.writer.execute("DELETE FROM meta WHERE key = 'trial'")
        self._standing = None

    def _stand(self) -> None:
        """Have a file that can be used.

        Raises:
            StoreError: there is none, and it is too early to try again, or that failed.
        """
        file = self._file
        if file is None or self._damaged is file or not file.is_there():
            with self._write_lock, self._read_lock, self._flush_lock:
                self._open(file)

    def _open(self, file: File | None) -> None:
        if self._closed or self._file is not file:
            return  # another thread was quicker
        if self._standing and time.monotonic() < self._retry_at:
            raise StoreUnusable(self._standing.text)
        try:
            fresh = mending.opened(
                self.path,
                self._clock,
                old=file,
                damaged=file is not None and self._damaged is file,
                seq=self._told,
            )
        except (sqlite3.Error, OSError) as error:
            self._retry_at = time.monotonic() + RETRY_SECONDS
            said = explained(error) or StoreUnusable(f"The store cannot be used: {error}.")
            self._stands(said)
            raise said from error
        if file is not None:
            file.close()
        fresh.share()
        self._file, self._damaged = fresh, None
        self._seen = Seen()
        self._standing = None
        self.openings += 1

    def _stands(self, error: StoreError) -> None:
        if self._standing is None or self._standing.kind != kind(error):
            self._standing = Trouble(kind(error), str(error), self._clock())

    def _run(self, lock: threading.Lock, act: Callable[[File], T]) -> T:
        """Do something with the file; where it turns out damaged, once more after it was mended."""
        for again in (True, False):
            self._stand()
            try:
                with lock:
                    if self._closed:
                        raise StoreUnusable("The store was closed.")
                    assert self._file is not None
                    file = self._file
                    return act(file)
            except (sqlite3.Error, BrokenChunk, OSError) as error:
                if again and is_damage(error):
                    # Of this file: another thread may have mended it since.
                    self._damaged = file
                    continue
                said = explained(error)
                if said is None:
                    raise
                if code(error) not in HELD:
                    self._stands(said)
                raise said from error
        raise AssertionError("unreachable")

    def flush(self) -> None:
        """Wait until the disk has everything that was written. Others write meanwhile.

        Raises:
            StoreError: it cannot take it.
        """
        self._run(self._flush_lock, File.flush)

    def suspect(self) -> None:
        """Take the file for damaged: what was read from it makes no sense. It is mended at its next use."""
        self._damaged = self._file

    def read(self, statement: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """The rows of one SELECT."""
        return self._run(
            self._read_lock, lambda file: file.reader.execute(statement, values).fetchall()
        )
