"""Large events in pieces: others' transactions find their turn between two of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from ..events import Data, Point

ROWS_MOST = 5_000
"""Rows of one transaction."""


def pieces(event: Data) -> list[Data]:
    """An event as several that say the same, none with more rows than one transaction takes.

    All but the points is in the first; the pieces' rows are in the order of the event's.
    """
    if sum(map(len, event.points.values())) <= ROWS_MOST:
        return [event]
    first, *others = _parts(event.points)
    bare = replace(event, params={}, metrics={}, images={}, repaired=0)
    return [replace(event, points=first), *(replace(bare, points=part) for part in others)]


def _parts(points: Mapping[str, Sequence[Point]]) -> Iterator[dict[str, Sequence[Point]]]:
    part: dict[str, Sequence[Point]] = {}
    room = ROWS_MOST
    for path, rows in points.items():
        at = 0
        while True:
            part[path] = rows[at : at + room]
            at += room
            room -= len(part[path])
            if room:
                break
            yield part
            part, room = {}, ROWS_MOST
            if at >= len(rows):
                break
    if part:
        yield part
