"""Keeping a store small: what is asked of it while nobody needs it, in pieces with others' turn between them."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from functools import partial

from ..chunks import BrokenChunk
from . import compaction, retention
from .access import Access
from .file import File
from .opening import snapshot, transaction

INCREMENTAL = 2
"""SQLite's name for files that give pages back when they are asked to."""


class Housekeeping(Access):
    """The store as who keeps it in order sees it."""

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
