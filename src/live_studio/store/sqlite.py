"""The store: events in, rows and points out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..changes import Row
from ..errors import StoreUnusable
from ..events import Event, Json
from ..series import Columns
from . import points, reader
from .file import File, tell
from .housekeeping import Housekeeping
from .opening import snapshot, transaction
from .writer import Writer


class Store(Housekeeping):
    """Events in, rows out. Safe to use from any thread."""

    # in

    def record(self, events: Sequence[Event], *, durable: bool = False) -> list[bool]:
        """Write events in one transaction. `durable` waits until the disk has them.

        Returns, for each event, whether it was taken: a journal's slice that somebody else has
        already stored is not.
        """

        def act(file: File) -> list[bool]:
            try:
                with transaction(file.writer):
                    taken = Writer(file.writer, self._seen, self._clock()).record_all(events)
                _assure(file)
            except BaseException:
                # Whatever ended it, a KeyboardInterrupt too: what was learnt about rows that were
                # rolled back is not true.
                self._seen.forget()
                raise
            self._standing = None
            return taken

        taken = self._run(self._write_lock, act)
        if durable:
            self.flush()
        return taken

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
