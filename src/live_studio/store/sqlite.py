"""The SQLite file: opening, migrating, transactions, and the few questions asked of it.

One connection writes with `synchronous=NORMAL` (what is committed survives the death of any
process), one with FULL (it survives the loss of power too), one reads. Every write begins
IMMEDIATE: a deferred transaction that turns into a write fails when two processes meet.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..changes import Row
from ..errors import StoreTooNew, StoreUnusable
from ..events import Event
from . import reader
from .schema import MAJOR, MIGRATIONS
from .seen import Seen
from .writer import Writer

BUSY_SECONDS = 10.0
OLDEST = (3, 38, 0)
"""The first with RETURNING, json_each and iif in what we ask of it."""
Clock = Callable[[], float]


class Store:
    """Events in, rows out. Safe to use from any thread."""

    def __init__(self, path: Path, clock: Clock = time.time) -> None:
        """Open the store at `path`; make it where there is none.

        Raises:
            StoreTooNew: a later live_studio wrote it.
            StoreUnusable: it cannot be opened or written.
        """
        self.path = path
        self._clock = clock
        self._write_lock = threading.Lock()
        self._read_lock = threading.Lock()
        self._seen = Seen()
        self._durable: sqlite3.Connection | None = None
        if sqlite3.sqlite_version_info < OLDEST:
            wanted = ".".join(map(str, OLDEST))
            raise StoreUnusable(f"SQLite {sqlite3.sqlite_version} is too old; {wanted} is needed.")
        try:
            _prepare(path)
            self._writer = _connect(path)
            _migrate(self._writer, path)
            self._reader = _connect(path)
            self.id = self._identity()
        except (sqlite3.Error, OSError) as error:
            raise StoreUnusable(f"The store {path} cannot be used: {error}.") from error

    def close(self) -> None:
        """Close every connection."""
        for connection in (self._durable, self._writer, self._reader):
            if connection is not None:
                connection.close()

    # in

    def record(self, events: Sequence[Event], *, durable: bool = False) -> list[bool]:
        """Write events in one transaction. `durable` waits until the disk has them.

        Returns, for each event, whether it was taken: a journal's slice that somebody else has
        already stored is not.
        """
        with self._write_lock:
            connection = self._durable_connection() if durable else self._writer
            try:
                with _transaction(connection):
                    writer = Writer(connection, self._seen, self._clock())
                    return writer.record_all(events)
            except BaseException:
                self._seen.forget()
                raise

    def write(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Run one statement whose `:seq` is the next sequence number; return the rows it met."""
        with self._write_lock, _transaction(self._writer):
            seq = self._writer.execute("UPDATE clock SET seq = seq + 1 RETURNING seq").fetchone()[0]
            return self._writer.execute(statement.replace(":seq", str(int(seq))), values).rowcount

    def jot(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Run one statement on what no dashboard shows; it takes no sequence number."""
        with self._write_lock:
            return self._writer.execute(statement, values).rowcount

    def note(self, key: str, value: str) -> None:
        """Remember a text that no dashboard shows."""
        self.jot(
            "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
            (key, value),
        )

    # out

    def now(self) -> float:
        """Seconds since the epoch, by the store's clock."""
        return self._clock()

    def moved(self) -> int:
        """A number that changes whenever anybody commits anything. Costs microseconds."""
        with self._read_lock:
            return int(self._reader.execute("PRAGMA data_version").fetchone()[0])

    def read(self, statement: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """The rows of one SELECT."""
        with self._read_lock:
            return self._reader.execute(statement, values).fetchall()

    def seq(self) -> int:
        """The newest sequence number."""
        return int(self.read("SELECT seq FROM clock")[0][0])

    def rows(self, since: int, most_bytes: int) -> reader.Page:
        """Experiments, projects and repositories that changed after `since`, in seq order."""
        with self._read_lock, _snapshot(self._reader):
            return reader.page(self._reader, since, most_bytes)

    def experiments(self) -> list[Row]:
        """Every experiment that is not deleted, newest start first."""
        with self._read_lock:
            return reader.experiments(self._reader)

    def _durable_connection(self) -> sqlite3.Connection:
        if self._durable is None:
            self._durable = _connect(self.path)
            self._durable.execute("PRAGMA synchronous = FULL")
        return self._durable

    def _identity(self) -> str:
        with _transaction(self._writer):
            self._writer.execute(
                "INSERT OR IGNORE INTO meta VALUES ('store_id', ?)", (uuid.uuid4().hex,)
            )
            found = self._writer.execute("SELECT value FROM meta WHERE key = 'store_id'").fetchone()
        return str(found[0])


def _prepare(path: Path) -> None:
    """Make the folder and an empty file that only its owner may read, and choose the journal mode."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size:
        return
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    if _can_share_memory(path.parent):
        connection = _connect(path)
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.close()


def _can_share_memory(folder: Path) -> bool:
    """Whether WAL really works here, tried on a scratch file with two connections.

    Where shared memory fails the pragma still answers `wal`, and the file is unusable from then on.
    """
    scratch = folder / f".probe-{uuid.uuid4().hex}.db"
    try:
        one, two = _connect(scratch), _connect(scratch)
        try:
            if one.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
                return False
            one.execute("CREATE TABLE probe (value)")
            one.execute("INSERT INTO probe VALUES (1)")
            return bool(two.execute("SELECT value FROM probe").fetchone()[0] == 1)
        finally:
            one.close()
            two.close()
    except sqlite3.Error:
        return False
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            scratch.with_name(scratch.name + suffix).unlink(missing_ok=True)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA journal_size_limit = 4194304")
    return connection


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    if _version(connection) >= MAJOR:
        raise StoreTooNew(
            f"The store {path} was written by a later live_studio. Nothing was changed; "
            "upgrade this live_studio, or set LIVE_STUDIO_STORE to another file."
        )
    while _version(connection) < len(MIGRATIONS):
        with _transaction(connection):
            # Asked again inside the transaction: two processes may open a new store at once.
            version = _version(connection)
            if version < len(MIGRATIONS):
                for statement in MIGRATIONS[version].split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {version + 1}")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # SQLite has already rolled back on a full disk; a second ROLLBACK would mask that error.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def _snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("COMMIT")
