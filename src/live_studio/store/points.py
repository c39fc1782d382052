"""The points of a generation as they are stored: chunks, and the slices that came after them.

`packed` of a generation is the last slice whose points lie in chunks. That slice stays, and holds
the names that later ones refer to; those before it are gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .. import records
from ..chunks import unpacked
from ..series import Column, Columns
from .repositories import Sql

BESIDE_JOURNAL = 1 << 31
"""From here on series are numbered that came by request into a journal's generation."""


@dataclass(frozen=True, slots=True)
class Part:
    """What somebody lacks who has decoded a generation before: of one moment."""

    packed: int
    """What he has is worth nothing if he has another number."""
    chunks: dict[str, list[bytes]] = field(default_factory=dict)
    slices: list[tuple[int, bytes, int]] = field(default_factory=list)
    """Id, body and seq."""


def part(
    sql: Sql, generation: int, paths: Iterable[str] = (), known: tuple[int, int] = (0, 0)
) -> Part:
    """The chunks of some series, and the slices after those known.

    `known` are the `packed` and the last slice that somebody has; where the first has changed
    nothing counts as known, and the answer is worth something only if all `paths` were asked for.
    """
    found = sql("SELECT packed FROM generations WHERE id = ?", (generation,)).fetchone()
    packed = int(found[0]) if found else 0
    # From the very slice `packed` on: it says the names.
    after = known[1] if known[0] == packed else packed - 1
    return Part(
        packed,
        {path: bodies(sql, generation, path) for path in paths},
        slices(sql, generation, after),
    )


def bodies(sql: Sql, generation: int, path: str) -> list[bytes]:
    """The chunks of one series, in order of arrival."""
    rows = sql(
        "SELECT body FROM chunks WHERE generation = ? AND path = ? ORDER BY id", (generation, path)
    )
    return [body for (body,) in rows]


def slices(sql: Sql, generation: int, after: int) -> list[tuple[int, bytes, int]]:
    """Id, body and seq of the slices after slice `after`, in order."""
    rows = sql(
        "SELECT id, body, seq FROM slices WHERE generation = ? AND id > ? ORDER BY id",
        (generation, after),
    )
    return [(slice_id, body, seq) for slice_id, body, seq in rows]


def joined(chunks: Iterable[bytes]) -> Column:
    """The points of several chunks of one series.

    Raises:
        BrokenChunk: one of them is damaged.
    """
    column = Column()
    for body in chunks:
        column.join(unpacked(body))
    return column


def paths(sql: Sql, generation: int) -> list[str]:
    """The series that have chunks."""
    rows = sql("SELECT DISTINCT path FROM chunks WHERE generation = ?", (generation,))
    return [path for (path,) in rows]


def columns(sql: Sql, generation: int) -> Columns:
    """Every point of a generation."""
    whole = Columns()
    found = part(sql, generation, paths(sql, generation))
    for slice_id, body, seq in found.slices:
        whole.feed(slice_id, body, seq)
    for path, held in found.chunks.items():
        whole.precede(path, joined(held))
    return whole


def names(known: records.Names) -> bytes:
    """What slices have named, as the records that say it."""
    return b"".join(records.sealed(record) for record in _naming(known))


def _naming(known: records.Names) -> Iterator[bytes]:
    for series, path in known.paths.items():
        said = {"id": series, "path": path}
        if (name := known.metrics.get(series, path)) != path:
            said["name"] = name
        yield records.text(records.NAME, said)
    for layout in known.layouts.values():
        said = {"id": layout.id, "series": list(layout.series), "codes": layout.codes}
        yield records.text(records.LAYOUT, said)


def came_by_request(body: bytes) -> bool:
    """Whether a slice of a journal's generation came beside the journal: such name their series first."""
    try:
        kind, start, end = next(records.scan(body))
        said = records.payload(body, start, end) if kind == records.NAME else {}
        return bool(said.get("id", 0) >= BESIDE_JOURNAL)
    except Exception:  # noqa: BLE001  # bytes of a damaged disk: anything may be wrong with them
        return False
