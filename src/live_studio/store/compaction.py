"""Slices into chunks: the same points in fewer bytes, and each series by itself.

Read, made and written in three steps, because the middle one is the long one and needs no lock.
What was read is written only if nobody else was quicker: whoever moves a generation's `packed`
has found it as it was. Nothing that anybody sees changes, so no sequence number is taken.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..chunks import MOST, packed, unpacked
from ..series import Column, Columns
from . import points
from .repositories import Sql

PASS_BYTES = 4 << 20
"""About how many bytes of slices are taken at once."""
GROWN_BYTES, GROWN_SLICES = 4 << 20, 4096
"""So much lies in the slices of a run that goes on before they become chunks."""
SETTLED_SECONDS = 10.0
"""How long nothing was heard of a run that ended: what was on its way has come."""
FORGOTTEN_SECONDS = 3600.0
"""The same for one of which nobody has said that it ended."""
Ask = Callable[[str, Sequence[Any]], Iterable[Any]]
Chunk = tuple[str, int, float, float, int, bytes]
"""Path, newest seq, lowest and highest step, points, body."""


@dataclass(frozen=True, slots=True)
class Raw:
    """Slices of a generation that may become chunks."""

    generation: int
    packed: int
    of_journal: bool
    slices: list[tuple[int, bytes, int]]


@dataclass(frozen=True, slots=True)
class Work:
    """What takes the place of slices, and of chunks that are not full."""

    raw: Raw
    points: int
    names: bytes
    chunks: list[Chunk] = field(default_factory=list)
    replaced: list[int] = field(default_factory=list)

    @property
    def last(self) -> int:
        """The last slice of which the points are in these chunks."""
        return self.raw.slices[-1][0]

    @property
    def journal_bytes(self) -> int:
        """How much of a journal they hold."""
        if not self.raw.of_journal:
            return 0
        return sum(len(body) for one, body, _ in self.raw.slices if one > self.raw.packed)


def due(sql: Sql, now: float) -> list[int]:
    """The generations with slices that should become chunks, those that wait longest first."""
    rows = sql(
        "SELECT id, packed, heard_at < ?1 - iif(status = 'running', ?2, ?3) AS rests"
        " FROM generations WHERE last_slice > packed ORDER BY heard_at",
        (now, FORGOTTEN_SECONDS, SETTLED_SECONDS),
    ).fetchall()
    return [row["id"] for row in rows if row["rests"] or _has_grown(sql, row["id"], row["packed"])]


def _has_grown(sql: Sql, generation: int, packed: int) -> bool:
    count, size = sql(
        "SELECT count(*), total(length(body)) FROM slices WHERE generation = ? AND id > ?",
        (generation, packed),
    ).fetchone()
    return bool(count >= GROWN_SLICES or size >= GROWN_BYTES)


def read(sql: Sql, generation: int) -> Raw | None:
    """The next slices of a generation; None where it has none that may become chunks."""
    found = sql("SELECT packed, run FROM generations WHERE id = ?", (generation,)).fetchone()
    if found is None:
        return None
    slices, size, fresh = [], 0, False
    for slice_id, body, seq in sql(
        "SELECT id, body, seq FROM slices WHERE generation = ? AND id >= ? ORDER BY id",
        (generation, found["packed"]),
    ):
        slices.append((slice_id, body, seq))
        if slice_id > found["packed"]:
            fresh, size = True, size + len(body)
        if size >= PASS_BYTES:
            break
    of_journal = found["run"] is not None
    # If the file is damaged, what a journal brought is taken back and comes again; what came by
    # request beside it must not go with it.
    if not fresh or (of_journal and any(points.came_by_request(body) for _, body, _ in slices)):
        return None
    return Raw(generation, found["packed"], of_journal, slices)


def made(ask: Ask, raw: Raw) -> Work:
    """The chunks that are to take the place of slices; `ask` reads the chunks that are not full.

    Raises:
        BrokenChunk: one of those is damaged.
    """
    columns = Columns()
    for slice_id, body, seq in raw.slices:
        columns.feed(slice_id, body, seq)
    work = Work(raw, columns.size, points.names(columns.names))
    for path in columns.paths():
        column = _with_last(ask, work, path, columns[path])
        for begin in range(0, len(column), MOST):
            work.chunks.append(_chunk(path, column, begin, min(begin + MOST, len(column))))
    return work


def _with_last(ask: Ask, work: Work, path: str, column: Column) -> Column:
    """A column behind the points of the last chunks before it, as long as those are small.

    Small against what is added, not against a full one: so each point is written a few times at
    most, however many series there are.
    """
    for chunk, count in ask(
        "SELECT id, count FROM chunks WHERE generation = ? AND path = ? ORDER BY id DESC",
        (work.raw.generation, path),
    ):
        if count == MOST or count > 2 * len(column):
            break
        found = list(ask("SELECT body FROM chunks WHERE id = ?", (chunk,)))
        if not found:
            break  # somebody else was quicker, and this work will not be taken
        earlier = unpacked(found[0]["body"])
        earlier.join(column)
        column = earlier
        work.replaced.append(chunk)
    return column


def _chunk(path: str, column: Column, begin: int, end: int) -> Chunk:
    newest = column.seqs[bisect_left(column.starts, end) - 1]
    steps = column.step[begin:end]
    return path, newest, min(steps), max(steps), end - begin, packed(column, begin, end)


def write(sql: Sql, work: Work) -> bool:
    """Put chunks in the place of slices, inside a transaction; False where somebody was quicker."""
    raw = work.raw
    moved = sql(
        "UPDATE generations SET packed = ?1, packed_points = packed_points + ?2,"
        " packed_bytes = packed_bytes + ?3"
        " WHERE id = ?4 AND packed = ?5 AND (SELECT count(*) FROM slices"
        " WHERE generation = ?4 AND id BETWEEN ?5 AND ?1) = ?6",
        (work.last, work.points, work.journal_bytes, raw.generation, raw.packed, len(raw.slices)),
    )
    if not moved.rowcount:
        return False
    for replaced in work.replaced:
        sql("DELETE FROM chunks WHERE id = ?", (replaced,))
    for chunk in work.chunks:
        sql(
            "INSERT INTO chunks (generation, path, seq, low, high, count, body)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (raw.generation, *chunk),
        )
    sql("DELETE FROM slices WHERE generation = ? AND id < ?", (raw.generation, work.last))
    sql("UPDATE slices SET body = ? WHERE id = ?", (work.names, work.last))
    return True
