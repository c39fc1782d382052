"""The file that is open: its connections, and whether its name still leads to it.

A name can be given to another file while this one is open. SQLite goes on writing into the one
that has no name any more, and all of it is gone with the last process that holds it.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import time
import uuid
from dataclasses import asdict
from pathlib import Path

from ..changes import Trouble
from ..errors import StoreUnusable
from . import mark
from .migrating import migrate
from .opening import beside, connect, prepare, taking_turns, transaction
from .shown import Shown

log = logging.getLogger("live_studio")

Identity = tuple[int, int]
_flush = getattr(os, "fdatasync", os.fsync)
"""Without the time of the last change, where a system makes that difference."""
NOTICE, HEIR_OF = "notice", "heir_of"
"""Keys in `meta`: what happened to the file before this one, and which one that was."""


def identity(path: Path) -> Identity | None:
    """Which file a path leads to; None where there is none, or an empty one."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found.st_size else None


def _inode(path: Path) -> Identity | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


class File:
    """One open database file."""

    def __init__(self, path: Path) -> None:
        """Open it, make it where there is none, bring it to the newest schema.

        Raises:
            StoreTooNew: a later live_studio wrote it.
            sqlite3.Error: it cannot be opened or is damaged.
            OSError: the folder cannot be made.
        """
        self.path = path
        self.shown = Shown()
        self._log_at: int | None = None
        _refuse_leftover(path)
        is_cut = identity(path) is not None and mark.is_alone(path)
        prepare(path)
        before = _inode(path)
        self.writer = connect(path)
        try:
            migrate(self.writer, path)
            self.reader = connect(path)
            self.id = self._identify()
            self._log_path = beside(path, "-wal")
            self.identity, self._log = identity(path), _inode(self._log_path)
            if self._log is not None:
                mark.stand(path)
            if is_cut:
                tell(self.writer, NOTICE, json.dumps(asdict(_cut(path))))
            self.notice = self._notice()
            if self._log is None:
                # There is nothing to flush later: each commit waits.
                self.writer.execute("PRAGMA synchronous = FULL")
            else:
                self._log_at = os.open(self._log_path, os.O_RDWR | os.O_CLOEXEC)
        except BaseException:
            # The caller tries again; this connection must not hold the file meanwhile.
            self.writer.close()
            raise
        if self.identity is None or self.identity != before:
            self.close()
            raise StoreUnusable(f"The store {path.name} was moved while it was opened.")

    def close(self) -> None:
        """Close every connection."""
        if self._log_at is not None:
            os.close(self._log_at)
            self._log_at = None
        for connection in (self.writer, self.reader):
            connection.close()
        if self._log is not None and _inode(self._log_path) is None:
            # The last one that closes: SQLite has brought all of the log into the file.
            mark.clear(self.path)

    def is_there(self) -> bool:
        """Whether the path still leads to this file, and to this file's log. Costs microseconds."""
        # SQLite neither removes nor replaces a log while anybody has it open.
        return identity(self.path) == self.identity and _inode(self._log_path) == self._log

    def logs_here(self) -> bool:
        """Whether the path's log is this file's, whatever the path itself leads to."""
        return self._log is not None and _inode(self._log_path) == self._log

    def flush(self) -> None:
        """Wait until the disk has what was committed. Others may commit meanwhile.

        All of it is in the log, or was brought from there into the file, which SQLite has the disk
        take before it begins the log anew.
        """
        if self._log_at is not None:
            _flush(self._log_at)

    def share(self) -> None:
        """From here on each write is a `transaction`, one of many processes'."""
        taking_turns(self.writer)

    def _identify(self) -> str:
        with transaction(self.writer):
            self.writer.execute(
                "INSERT OR IGNORE INTO meta VALUES ('store_id', ?)", (uuid.uuid4().hex,)
            )
            found = self.writer.execute("SELECT value FROM meta WHERE key = 'store_id'").fetchone()
        return str(found[0])

    def _notice(self) -> Trouble | None:
        said = told(self.writer, NOTICE)
        return Trouble(**json.loads(said)) if said else None


def _refuse_leftover(path: Path) -> None:
    """SQLite removes a log beside an empty file unread, but it may hold all there ever was."""
    if identity(path) is None and identity(beside(path, "-wal")) is not None:
        raise Beheaded(f"{path.name} is missing or empty, but not its log")


def _cut(path: Path) -> Trouble:
    text = (
        f"The log of the store's file {path.name} was removed while it was needed, after a process had ended "
        "abruptly. What was recorded last may be missing; runs whose journals are still here are stored again."
    )
    log.warning("live_studio: %s", text)
    return Trouble("cut", text, time.time())


class Beheaded(sqlite3.DatabaseError):
    """A log without its file: to be mended as a damaged file is."""


def told(connection: sqlite3.Connection, key: str) -> str | None:
    """A text in `meta`."""
    found = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return str(found[0]) if found else None


def tell(connection: sqlite3.Connection, key: str, value: str) -> None:
    """Keep a text in `meta`."""
    connection.execute(
        "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
        (key, value),
    )
