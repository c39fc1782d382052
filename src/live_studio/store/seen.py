"""Which rows of a series are already stored, without remembering all of them.

A client whose request timed out sends its rows again, so points are a set of exact rows. Nearly
every row has a later step than all before and is new without a look; for the others the exact rows
of the last steps are at hand, and only what is older still is looked up in the stored slices.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..events import Point
from ..series import Column, Columns

STEPS_KEPT = 64
GENERATIONS_KEPT = 256

Sql = Callable[..., Any]
Exact = tuple[int, float | str, float | None]


def exact(point: Point) -> Exact:
    """A row as a value that equals itself, which NaN does not."""
    value = "nan" if math.isnan(point.value) else point.value
    return (point.step, value, point.stamp)


def rows(column: Column, oldest: float = -math.inf) -> Iterator[Exact]:
    """The exact rows of a stored series with a step of at least `oldest`."""
    for index, (step, value, time) in enumerate(
        zip(column.step, column.value, column.time, strict=True)
    ):
        if step >= oldest:
            yield exact(Point(int(step), value, time if index in column.stamped else None))


class Tails:
    """The ends of the series of one generation."""

    def __init__(self, sql: Sql, generation: int) -> None:
        """Read the stored slices once."""
        self._sql = sql
        self._generation = generation
        self._recent: dict[str, dict[int, set[Exact]]] = {}
        self._last: dict[str, int] = {}
        self._dropped: dict[str, int] = {}
        self.last_slice = 0

    def new(self, path: str, points: Iterable[Point]) -> Iterator[Point]:
        """Of `points` those that are not stored yet; they count as stored from then on."""
        older: set[Exact] | None = None
        recent = self._recent.setdefault(path, {})
        for point in points:
            row = exact(point)
            if point.step <= self._last.get(path, -1 << 63):
                if row in recent.get(point.step, ()):
                    continue
                if point.step <= self._dropped.get(path, -1 << 63):
                    if older is None:
                        older = set(rows(self._columns()[path]))
                    if row in older:
                        continue
                    older.add(row)
            self._remember(path, row)
            yield point

    def rebuild(self) -> None:
        """Learn the ends from the store."""
        columns = self._columns()
        for path in columns.paths():
            for row in sorted(rows(columns[path]), key=lambda row: row[0]):
                self._remember(path, row)
        self.last_slice = columns.last_slice

    def _columns(self) -> Columns:
        columns = Columns()
        for slice_id, body in self._sql(
            "SELECT id, body FROM slices WHERE generation = ? ORDER BY id", (self._generation,)
        ):
            columns.feed(slice_id, body)
        return columns

    def _remember(self, path: str, row: Exact) -> None:
        step = row[0]
        recent = self._recent.setdefault(path, {})
        recent.setdefault(step, set()).add(row)
        self._last[path] = max(self._last.get(path, step), step)
        if len(recent) > STEPS_KEPT:
            gone = min(recent)
            del recent[gone]
            self._dropped[path] = max(self._dropped.get(path, gone), gone)


class Seen:
    """The tails of the generations that reported last."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._tails: OrderedDict[int, Tails] = OrderedDict()

    def tails(self, sql: Sql, generation: int, last_slice: int) -> Tails:
        """The tails of a generation, rebuilt when somebody else wrote to it since."""
        tails = self._tails.get(generation)
        if tails is None or tails.last_slice != last_slice:
            tails = self._tails[generation] = Tails(sql, generation)
            if last_slice:
                tails.rebuild()
        self._tails.move_to_end(generation)
        while len(self._tails) > GENERATIONS_KEPT:
            self._tails.popitem(last=False)
        return tails

    def forget(self) -> None:
        """A transaction was rolled back: what was learnt in it is not true."""
        self._tails.clear()
