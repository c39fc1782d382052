"""Opening a SQLite file: connections, which journal a new file gets, transactions."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .. import ground

BUSY_SECONDS = 10.0
TURN_SECONDS = 0.001, 0.01
"""How soon a writer asks again whether it is its turn, at first and after a while."""
BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a file, by suffix."""


def connect(path: Path) -> sqlite3.Connection:
    """A connection as every part of the store uses it."""
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA journal_size_limit = 4194304")
    return connection


def taking_turns(connection: sqlite3.Connection) -> sqlite3.Connection:
    """The same connection, for `transaction` alone: that waits itself.

    SQLite sleeps up to 100 ms between two looks at a file that is locked, so that of several
    writers most sleep while none writes.
    """
    connection.execute("PRAGMA busy_timeout = 0")
    return connection


def prepare(path: Path) -> None:
    """Make the folder and an empty file that only its owner may read, and choose the journal mode."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size:
        return
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    # Where shared memory fails the pragma answers `wal` all the same, and the file is unusable from then on.
    if ground.fault(path.parent) is None:
        connection = connect(path)
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.close()


def remove(path: Path) -> None:
    """Take a scratch file away, and what SQLite keeps beside it."""
    for suffix in ("", *BESIDE):
        with suppress(OSError):
            beside(path, suffix).unlink(missing_ok=True)


def beside(path: Path, suffix: str) -> Path:
    """The path of what SQLite keeps beside a file."""
    return path.with_name(path.name + suffix)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """A transaction that is a writer from its first moment, rolled back on any exception."""
    _in_turn(connection, "BEGIN IMMEDIATE")
    try:
        yield
        _in_turn(connection, "COMMIT")
    except BaseException:
        # Of every kind: a KeyboardInterrupt must not leave the connection inside a transaction.
        # SQLite has already rolled back on a full disk; a second ROLLBACK would mask that error.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _in_turn(connection: sqlite3.Connection, statement: str) -> None:
    """Run what waits for others, a moment's sleep at a time."""
    ends, pause = 0.0, TURN_SECONDS[0]
    while True:
        try:
            connection.execute(statement)
        except sqlite3.OperationalError as error:
            now = time.monotonic()
            ends = ends or now + BUSY_SECONDS
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code != sqlite3.SQLITE_BUSY or now >= ends:
                raise
        else:
            return
        time.sleep(pause)
        pause = min(pause * 1.2, TURN_SECONDS[1])


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """Several reads of one moment."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        # A damaged page may have ended it already.
        if connection.in_transaction:
            connection.execute("COMMIT")
