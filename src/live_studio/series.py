"""Series as columns: decoding stored slices, and their order.

`Columns` is fed with stored slices in order and remembers where it stopped, so that a chart which
is asked for again pays only for what is new. Needs numpy only where records repeat, or arrays are
handed out.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .blocks import Block, Slot, walk
from .records import (
    FLOAT,
    INT,
    LAYOUT,
    NAME,
    POINT,
    ROW,
    STAMP,
    STEP,
    VALUE,
    WHOLE,
    Names,
    payload,
)

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float64]]

_Part = tuple[int, int, "array[float]", "array[float]", "array[float]"]
"""A series and part of it: its id, the kind of its records, steps, times and values."""


@dataclass(slots=True)
class Column:
    """One series in arrival order. `stamped` is 1 for the rows whose time is the client's own.

    `seqs` are the sequence numbers under which points came, `starts` how many stood there before.
    """

    step: array[float] = field(default_factory=lambda: array("d"))
    value: array[float] = field(default_factory=lambda: array("d"))
    time: array[float] = field(default_factory=lambda: array("d"))
    stamped: bytearray = field(default_factory=bytearray)
    seqs: array[int] = field(default_factory=lambda: array("q"))
    starts: array[int] = field(default_factory=lambda: array("q"))

    def arrived(self, since: int) -> int:
        """How many points were recorded up to seq `since`."""
        at = bisect_right(self.seqs, since)
        return self.starts[at] if at < len(self.seqs) else len(self.step)

    def add(self, step: int, value: float, time: float, *, stamped: bool = False) -> None:
        """Append one point; `time` in seconds since the epoch."""
        self.step.append(step)
        self.value.append(value)
        self.time.append(time)
        self.stamped.append(stamped)

    def join(self, later: Column) -> None:
        """Append the points of another part of the same series."""
        before = len(self.step)
        self.seqs.extend(later.seqs)
        self.starts.extend(before + start for start in later.starts)
        self.step.extend(later.step)
        self.value.extend(later.value)
        self.time.extend(later.time)
        self.stamped.extend(later.stamped)

    def __len__(self) -> int:
        """How many points."""
        return len(self.step)


@dataclass(slots=True)
class Series:
    """One series in reading order: x ascending, equal ones as they arrived."""

    step: Floats
    value: Floats
    time: Floats
    """Milliseconds since the epoch."""
    x: Floats | None = None
    """Where the points stand on the x axis, where that is not their step."""

    def __len__(self) -> int:
        """How many points."""
        return len(self.step)

    @property
    def at(self) -> Floats:
        """Where the points stand on the x axis."""
        return self.step if self.x is None else self.x

    def take(self, which: Any) -> Series:
        """Some of the points: indices, flags or a slice, as numpy takes them."""
        x = None if self.x is None else self.x[which]
        return Series(self.step[which], self.value[which], self.time[which], x)

    def over(self, x: Floats) -> Series:
        """The points on another axis, in its order; those without a place on it are left out."""
        import numpy as np

        order = np.argsort(x, kind="stable")
        order = order[np.isfinite(x[order])]
        return Series(self.step[order], self.value[order], self.time[order], x[order])


class Columns:
    """The series of one generation, decoded from its slices."""

    def __init__(self) -> None:
        """Start before the first slice."""
        self.last_slice = 0
        self.size = 0
        self._seq = 0
        self._names = Names()
        self._columns: dict[str, Column] = {}

    def __getitem__(self, path: str) -> Column:
        """The column of a series; empty where nothing was recorded."""
        return self._columns.get(path) or Column()

    def paths(self) -> list[str]:
        """The series that have points."""
        return list(self._columns)

    def precede(self, path: str, earlier: Column) -> None:
        """Put what lies in chunks before what was fed of a series."""
        self.size += len(earlier)
        if path in self._columns:
            earlier.join(self._columns[path])
        self._columns[path] = earlier

    @property
    def names(self) -> Names:
        """What the slices have named so far."""
        return self._names

    def feed(self, slice_id: int, body: bytes, seq: int = 0) -> None:
        """Decode one stored slice. Slices come in the order in which they were stored."""
        self._seq = seq
        for item in walk(body):
            if not isinstance(item, Block):
                self._record(body, *item)
            elif not self._block(body, item):
                for number in range(item.count):
                    for record in item.records(number):
                        self._record(body, *record)
        self.last_slice = slice_id

    def _record(self, body: bytes, kind: int, start: int, end: int) -> None:
        if kind == ROW:
            self._row(body, start)
        elif kind in (FLOAT, STAMP, INT):
            struct = WHOLE if kind == INT else POINT
            _, _, series, step, time, value = struct.unpack_from(body, start)
            self._column(series).add(step, value, time, stamped=kind == STAMP)
            self.size += 1
        elif kind in (NAME, LAYOUT):
            self._names.learn(kind, payload(body, start, end))
        elif kind == VALUE:
            self._value(payload(body, start, end))

    def _block(self, body: bytes, block: Block) -> bool:
        """Whether a block could be taken by columns: not where a series comes twice each time."""
        found = [part for slot in block.slots for part in self._parts(body, block, slot)]
        if len({part[0] for part in found}) < len(found):
            return False
        for series, kind, steps, times, values in found:
            column = self._column(series)
            column.stamped.extend((b"\1" if kind == STAMP else b"\0") * block.count)
            column.step.extend(steps)
            column.time.extend(times)
            column.value.extend(values)
            self.size += block.count
        return True

    def _parts(self, body: bytes, block: Block, slot: Slot) -> list[_Part]:
        """The points of one slot, by series."""
        at = block.start + slot.at
        if slot.kind == STEP:
            return []
        if slot.kind == ROW:
            layout = self._names.layout(body, at)
            codes, several = layout.codes, list(layout.series)
        else:
            codes, several = "q" if slot.kind == INT else "d", [POINT.unpack_from(body, at)[2]]
        steps, times, *values = (
            _column_of(body, block, slot.at + slot.head + 8 * place, code)
            for place, code in enumerate("qd" + codes)
        )
        return [
            (series, slot.kind, steps, times, part)
            for series, part in zip(several, values, strict=True)
        ]

    def _column(self, series: int) -> Column:
        path = self._names.paths[series]
        column = self._columns.get(path)
        if column is None:
            column = self._columns[path] = Column()
        if not column.seqs or column.seqs[-1] != self._seq:
            column.seqs.append(self._seq)
            column.starts.append(len(column.step))
        return column

    def _row(self, body: bytes, start: int) -> None:
        layout = self._names.layout(body, start)
        _, _, _, step, time, *values = layout.struct.unpack_from(body, start)
        for series, value in zip(layout.series, values, strict=True):
            self._column(series).add(step, value, time)
        self.size += len(values)

    def _value(self, said: dict[str, Any]) -> None:
        # A number too long for a record's columns, or written as text: a point all the same.
        if "id" not in said:
            return
        self._column(said["id"]).add(said["step"], float(said["value"]), said["time"])
        self.size += 1


def _column_of(body: bytes, block: Block, at: int, code: str) -> array[float]:
    """The numbers that stand `at` bytes behind the beginning of each of a block's repeats."""
    import numpy as np

    kind = "<i8" if code == "q" else "<f8"
    found = np.ndarray((block.count,), kind, body, block.start + at, (block.size,))
    column: array[float] = array("d")
    column.frombytes(found.astype(np.float64).tobytes())
    return column


def in_order(column: Column, begin: int = 0, end: int | None = None) -> Series:
    """A column's arrivals from `begin` to `end`, in reading order, with times to the millisecond."""
    import numpy as np

    # Copies: an array whose memory somebody looks at cannot grow.
    step, value, time = (
        np.frombuffer(held, dtype=np.float64)[begin:end].copy() if held else np.zeros(0)
        for held in (column.step, column.value, column.time)
    )
    time = np.rint(time * 1000)
    if len(step) > 1 and bool((np.diff(step) < 0).any()):
        order = np.argsort(step, kind="stable")
        step, value, time = step[order], value[order], time[order]
    return Series(step, value, time)


def joined(parts: Sequence[Series]) -> Series:
    """What runs logged that go on with each other, oldest first, in reading order."""
    import numpy as np

    filled = [part for part in parts if len(part)]
    if len(filled) < 2:
        return filled[0] if filled else parts[0]
    step = np.concatenate([part.step for part in filled])
    value = np.concatenate([part.value for part in filled])
    time = np.concatenate([part.time for part in filled])
    order = np.argsort(step, kind="stable")
    return Series(step[order], value[order], time[order])
