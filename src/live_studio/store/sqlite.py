"""The SQLite file: opening, migrating, transactions, and the few questions asked of it.

One connection writes with `synchronous=NORMAL` (what is committed survives the death of any
process), one with FULL (it survives the loss of power too), one reads. Every write begins
IMMEDIATE: a deferred transaction that turns into a write fails when two processes meet.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from ..changes import Row, Trouble
from ..chunks import BrokenChunk
from ..errors import StoreError, StoreUnusable
from ..events import Event, Json
from ..series import Columns
from . import compaction, mending, points, reader, retention
from .failures import HELD, code, explained, is_damage, kind
from .file import File, tell, told
from .opening import snapshot, transaction
from .seen import Seen
from .writer import Writer

OLDEST = (3, 38, 0)
"""The first with RETURNING, json_each and iif in what we ask of it."""
RETRY_SECONDS = 2.0
"""How often a store that cannot be used is tried again."""
TRIAL_EVERY, TRIAL_BYTES = 5.0, 256 * 1024
"""How a full disk is asked whether it has room again, while nobody writes anything else."""
NOTICE_SECONDS = 24 * 3600.0
"""How long a dashboard says what happened to the file."""
INCREMENTAL = 2
"""SQLite's name for files that give pages back when they are asked to."""
Clock = Callable[[], float]
T = TypeVar("T")


class Store:
    """Events in, rows out. Safe to use from any thread.

    Before each use it looks whether its file is still there and sound, and mends it where not.
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
        with self._write_lock, self._read_lock:
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
            with self._write_lock, self._read_lock:
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
            except (sqlite3.Error, BrokenChunk) as error:
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

    # in

    def record(self, events: Sequence[Event], *, durable: bool = False) -> list[bool]:
        """Write events in one transaction. `durable` waits until the disk has them.

        Returns, for each event, whether it was taken: a journal's slice that somebody else has
        already stored is not.
        """

        def act(file: File) -> list[bool]:
            connection = file.durable if durable else file.writer
            try:
                with transaction(connection):
                    taken = Writer(connection, self._seen, self._clock()).record_all(events)
                _assure(file)
            except BaseException:
                # Whatever ended it, a KeyboardInterrupt too: what was learnt about rows that were
                # rolled back is not true.
                self._seen.forget()
                raise
            self._standing = None
            return taken

        return self._run(self._write_lock, act)

    def write(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Run one statement whose `:seq` is the next sequence number; return the rows it met."""

        def act(file: File) -> int:
            with transaction(file.writer):
                seq = file.writer.execute(
                    "UPDATE clock SET seq = seq + 1 RETURNING seq"
                ).fetchone()[0]
                met = file.writer.execute(statement.replace(":seq", str(int(seq))), values).rowcount
            _assure(file)
            return met

        return self._run(self._write_lock, act)

    def jot(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Run one statement on what no dashboard shows; it takes no sequence number."""

        def act(file: File) -> int:
            with transaction(file.writer):
                return file.writer.execute(statement, values).rowcount

        return self._run(self._write_lock, act)

    def note(self, key: str, value: str) -> None:
        """Remember a text that no dashboard shows."""

        def act(file: File) -> None:
            with transaction(file.writer):
                tell(file.writer, key, value)

        self._run(self._write_lock, act)

    def suspect(self) -> None:
        """Take the file for damaged: what was read from it makes no sense. It is mended at its next use."""
        self._damaged = self._file

    # keeping house

    def due(self) -> list[int]:
        """The generations whose slices should become chunks."""
        now = self._clock()
        return self._run(self._read_lock, lambda file: compaction.due(file.reader.execute, now))

    def compact(self, generation: int) -> bool:
        """Make chunks of some slices of a generation; says whether it should be called again.

        Nothing that anybody sees changes. Others read and write meanwhile.
        """
        openings = self.openings

        def read(file: File) -> compaction.Raw | None:
            with snapshot(file.reader):
                return compaction.read(file.reader.execute, generation)

        raw = self._run(self._read_lock, read)
        if raw is None:
            return False
        try:
            work = compaction.made(self.read, raw)
        except BrokenChunk:
            self.suspect()
            return False

        def write(file: File) -> bool:
            # Another file may have the same numbers.
            if self.openings != openings:
                return False
            with transaction(file.writer):
                return compaction.write(file.writer.execute, work)

        return self._run(self._write_lock, write)

    def plan(self, limits: retention.Limits) -> retention.Plan:
        """What would go by these limits; nothing is changed."""

        def act(file: File) -> retention.Plan:
            with snapshot(file.reader):
                return retention.plan(file.reader.execute, limits, self._clock())

        return self._run(self._read_lock, act)

    def forget(self, grace: float = retention.GRACE_SECONDS) -> int:
        """Take out of the file what has been in the trash for `grace` seconds; says how many.

        Each in a transaction of its own: others write between two of them.
        """
        now = self._clock()
        before = now - grace
        found = self._run(
            self._read_lock, lambda file: retention.forgotten(file.reader.execute, before, now)
        )

        def one(file: File, experiment: int) -> bool:
            with transaction(file.writer):
                return retention.forget(file.writer.execute, experiment, before)

        gone = sum(
            self._run(self._write_lock, partial(one, experiment=experiment)) for experiment in found
        )
        if gone:
            self.drop_loose()
        return gone

    def drop_loose(self) -> int:
        """Take out pictures and rows of plots that nothing names any more; says how many.

        They are looked for where nobody who writes waits for it.
        """
        openings = self.openings

        def look(file: File) -> tuple[int, dict[str, list[str]]]:
            with snapshot(file.reader):
                seq = int(file.reader.execute("SELECT seq FROM clock").fetchone()[0])
                return seq, retention.loose(file.reader.execute)

        since, found = self._run(self._read_lock, look)
        if not any(found.values()):
            return 0

        def drop(file: File) -> int:
            # Another file may name what this one did not.
            if self.openings != openings:
                return 0
            with transaction(file.writer):
                return retention.let_go(file.writer.execute, found, since)

        return self._run(self._write_lock, drop)

    def give_back(self, pages: int) -> bool:
        """Give free pages of the file back to the disk; says whether some are left."""

        def act(file: File) -> bool:
            with transaction(file.writer):
                file.writer.execute(f"PRAGMA incremental_vacuum({pages:d})").fetchall()
            is_growing_less = file.writer.execute("PRAGMA auto_vacuum").fetchone()[0] == INCREMENTAL
            free = file.writer.execute("PRAGMA freelist_count").fetchone()[0]
            if is_growing_less and free:
                return True
            # The file itself becomes shorter when the log is written into it, and the log then.
            # Nobody is waited for: this connection has no patience, and there is a next time.
            with suppress(sqlite3.OperationalError):
                file.writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            return False

        return self._run(self._write_lock, act)

    # out

    def points(self, generation: int, paths: Iterable[str], known: tuple[int, int]) -> points.Part:
        """What is stored of some series beyond what is known; see `points.part`."""

        def act(file: File) -> points.Part:
            with snapshot(file.reader):
                return points.part(file.reader.execute, generation, paths, known)

        return self._run(self._read_lock, act)

    def whole(self, generation: int) -> Columns:
        """Every point of a generation, decoded."""

        def act(file: File) -> Columns:
            with snapshot(file.reader):
                return points.columns(file.reader.execute, generation)

        return self._run(self._read_lock, act)

    def now(self) -> float:
        """Seconds since the epoch, by the store's clock."""
        return self._clock()

    def moved(self) -> int:
        """A number that changes whenever anybody commits anything. Costs microseconds."""
        # SQLite counts for each connection anew.
        return int(self.read("PRAGMA data_version")[0][0]) + (self.openings << 32)

    def read(self, statement: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """The rows of one SELECT."""
        return self._run(
            self._read_lock, lambda file: file.reader.execute(statement, values).fetchall()
        )

    def seq(self) -> int:
        """The newest sequence number."""
        return int(self.read("SELECT seq FROM clock")[0][0])

    def rows(self, since: int, most_bytes: int) -> reader.Page:
        """Experiments, projects and repositories that changed after `since`, in seq order."""

        def act(file: File) -> reader.Page:
            with snapshot(file.reader):
                return reader.page(file.reader, since, most_bytes, file.shown)

        page = self._run(self._read_lock, act)
        self._told = max(self._told, page.seq)
        return page

    def generation(self, experiment: int, number: int | None) -> Row | None:
        """One generation of an experiment that is not deleted, by default the one shown."""
        return self._run(
            self._read_lock, lambda file: reader.generation(file.reader, experiment, number)
        )

    def generations(self, experiment: int) -> list[dict[str, Json]]:
        """All generations of an experiment in few words, newest start first."""
        return self._run(self._read_lock, lambda file: reader.generations(file.reader, experiment))

    def experiments(self) -> list[Row]:
        """Every experiment that is not deleted, newest start first."""
        return self._run(self._read_lock, lambda file: reader.experiments(file.reader))


def _assure(file: File) -> None:
    """Raise where what was just committed went into a file that nobody finds any more."""
    if not file.is_there():
        raise StoreUnusable(
            "The store's file was moved or deleted while this was written; send it again."
        )
