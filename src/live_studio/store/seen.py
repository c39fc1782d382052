"""Which rows of a series are already stored, without remembering all of them.

A client whose request timed out sends its rows again, so points are a set of exact rows. Nearly
every row has a later step than all before and is new without a look; for the others the exact rows
of the last steps are at hand, and only what is older still is looked up in the stored slices.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from operator import lt
from typing import Any

from ..chunks import unpacked
from ..events import Point
from ..series import Column, Columns
from .points import part
from .points import paths as chunked

STEPS_KEPT = 64
GENERATIONS_KEPT = 256

Sql = Callable[..., Any]
Exact = tuple[int, float | str, float | None]


def exact(point: Point) -> Exact:
    """A row as a value that equals itself, which NaN does not."""
    step, value, stamp = point
    return (step, "nan" if value != value else value, stamp)


def rows(column: Column, oldest: float, newest: float = math.inf) -> Iterator[Exact]:
    """The exact rows of a stored series with a step from `oldest` to `newest`."""
    import numpy as np

    steps = np.array(column.step)
    for index in np.flatnonzero((steps >= oldest) & (steps <= newest)).tolist():
        time = column.time[index] if column.stamped[index] else None
        yield exact(Point(int(column.step[index]), column.value[index], time))


class Tails:
    """The ends of the series of one generation."""

    def __init__(self, sql: Sql, generation: int) -> None:
        """Read the stored slices once."""
        self._sql = sql
        self._generation = generation
        self._recent: dict[str, dict[int, set[Exact]]] = {}
        self._last: dict[str, int] = {}
        self._dropped: dict[str, float] = {}
        self._columns: Columns | None = None
        self._packed = 0
        self._looked = False
        self.last_slice = 0

    def new(self, path: str, points: Sequence[Point]) -> Sequence[Point]:
        """Of `points` those that are not stored yet; they count as stored from then on."""
        steps = [point.step for point in points]
        later = all(map(lt, steps, islice(steps, 1, None)))
        if later and steps and steps[0] > self._last.get(path, -1 << 63):
            self._append(path, points)
            return points
        return list(self._unknown(path, points))

    def _append(self, path: str, points: Sequence[Point]) -> None:
        """Remember the last of so many points, each of a later step than all before it."""
        recent = self._recent.setdefault(path, {})
        tail = points[-STEPS_KEPT:]
        gone = sorted(recent)[: max(0, len(recent) + len(tail) - STEPS_KEPT)]
        for step in gone:
            del recent[step]
        if len(points) > len(tail):
            gone = [points[-STEPS_KEPT - 1].step]
        if gone:
            self._drop(path, gone[-1])
        for point in tail:
            recent[point.step] = {exact(point)}
        self._last[path] = points[-1].step

    def _unknown(self, path: str, points: Sequence[Point]) -> Iterator[Point]:
        older: set[Exact] | None = None
        recent = self._recent.setdefault(path, {})
        for point in points:
            row = exact(point)
            if point.step <= self._last.get(path, -1 << 63):
                if row in recent.get(point.step, ()):
                    continue
                if point.step <= self._dropped.get(path, -1 << 63):
                    if older is None:
                        older = set(self._stored(path, [one.step for one in points]))
                    if row in older:
                        continue
                    older.add(row)
            self._remember(path, row)
            yield point

    def rebuild(self) -> None:
        """Learn the ends from the store."""
        columns = self._late()
        for path in {*columns.paths(), *chunked(self._sql, self._generation)}:
            self._learn(path, columns[path])
            for body, high in self._sql(
                "SELECT body, high FROM chunks WHERE generation = ? AND path = ? ORDER BY high DESC",
                (self._generation, path),
            ):
                recent = self._recent[path]
                if len(recent) == STEPS_KEPT and high < min(recent):
                    self._drop(path, high)
                    break
                self._learn(path, unpacked(body))
        self.last_slice = columns.last_slice

    def _late(self) -> Columns:
        """What is not in chunks; what was read for the piece before is not read again."""
        self._looked = True
        held = self._columns or Columns()
        found = part(self._sql, self._generation, known=(self._packed, held.last_slice))
        if found.packed != self._packed:
            held = Columns()
        self._columns, self._packed = held, found.packed
        for slice_id, body, seq in found.slices:
            held.feed(slice_id, body, seq)
        return held

    def rest(self) -> None:
        """Let go of what is stored, where the event before this one has not asked for it."""
        if not self._looked:
            self._columns = None
        self._looked = False

    def _stored(self, path: str, steps: Sequence[int]) -> Iterator[Exact]:
        """The stored rows of a series among which those of some steps are."""
        least, most = min(steps), max(steps)
        yield from rows(self._late()[path], least, most)
        for (body,) in self._sql(
            "SELECT body FROM chunks WHERE generation = ? AND path = ? AND low <= ? AND high >= ?",
            (self._generation, path, most, least),
        ):
            yield from rows(unpacked(body), least, most)

    def _learn(self, path: str, column: Column) -> None:
        self._recent.setdefault(path, {})
        steps = sorted(set(column.step))
        if len(steps) > STEPS_KEPT:
            self._drop(path, steps[-STEPS_KEPT - 1])
        for row in rows(column, steps[-STEPS_KEPT:][0] if steps else 0):
            self._remember(path, row)

    def _remember(self, path: str, row: Exact) -> None:
        step = row[0]
        recent = self._recent.setdefault(path, {})
        recent.setdefault(step, set()).add(row)
        self._last[path] = max(self._last.get(path, step), step)
        if len(recent) > STEPS_KEPT:
            gone = min(recent)
            del recent[gone]
            self._drop(path, gone)

    def _drop(self, path: str, step: float) -> None:
        self._dropped[path] = max(self._dropped.get(path, step), step)


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
        else:
            tails.rest()
        self._tails.move_to_end(generation)
        while len(self._tails) > GENERATIONS_KEPT:
            self._tails.popitem(last=False)
        return tails

    def forget(self) -> None:
        """A transaction was rolled back: what was learnt in it is not true."""
        self._tails.clear()
