"""Many points of one series in the room of their numbers.

A body may hold a million. As tuples they take ten times the memory, and as long again to hand them
from one process to another.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from typing import overload

from .events import Point


class Rows(Sequence[Point]):
    """Points that are made when somebody asks for them."""

    __slots__ = ("_stamps", "_steps", "_values")

    def __init__(
        self, steps: Iterable[int], values: Iterable[float], stamps: Iterable[float | None] | None
    ) -> None:
        """As many `values` as `steps`; as many `stamps`, or None where no row has one."""
        self._steps = array("q", steps)
        self._values = array("d", values)
        # No stamp is not finite, so none is mistaken for a missing one.
        self._stamps: array[float] | None = None
        if stamps is not None:
            self._stamps = array("d", (math.nan if one is None else one for one in stamps))

    def __len__(self) -> int:
        """How many points."""
        return len(self._steps)

    @overload
    def __getitem__(self, index: int) -> Point: ...
    @overload
    def __getitem__(self, index: slice) -> Rows: ...
    def __getitem__(self, index: int | slice) -> Point | Rows:
        """One point, or some of them."""
        if isinstance(index, slice):
            part = Rows((), (), None)
            part._steps, part._values = self._steps[index], self._values[index]
            part._stamps = self._stamps and self._stamps[index]
            return part
        stamp = self._stamps[index] if self._stamps else math.nan
        return Point(self._steps[index], self._values[index], None if stamp != stamp else stamp)

    def __iter__(self) -> Iterator[Point]:
        """Every point."""
        if self._stamps:
            stamps = (None if stamp != stamp else stamp for stamp in self._stamps)
            return map(Point._make, zip(self._steps, self._values, stamps, strict=True))
        return map(Point._make, zip(self._steps, self._values, repeat(None)))
