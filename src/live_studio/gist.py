"""What the records of one journal say, slice by slice: counts, last values, and how the run stands. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from .blocks import Block, walk
from .records import (
    ARTIFACT,
    BEAT,
    DONE,
    FLOAT,
    GUESS,
    HEADER,
    IMAGE,
    INT,
    LARGE,
    LAYOUT,
    NAME,
    PARAMS,
    PLOT,
    POINT,
    ROW,
    STAMP,
    STEP,
    STEPPED,
    TOTAL,
    VALUE,
    WHOLE,
    Names,
    payload,
)

if TYPE_CHECKING:
    from .events import Facts, Json


class Reader:
    """Follows one journal and says what its slices mean."""

    def __init__(
        self, beside: Callable[[str], bytes | None] = lambda _: None, names: Names | None = None
    ) -> None:
        """Start before the first record, or behind those that said `names`.

        `beside` gives the file of a digest, if it is there.
        """
        self.names = names or Names()
        self._beside = beside

    def facts(self, data: bytes) -> Facts:
        """What the verified records of `data` say, in order; `end` is where they stop."""
        from .events import Facts

        found = Facts()
        tally = _Tally(self.names)
        for item in walk(data):
            if isinstance(item, Block):
                self._record(data, item.records(0), found, tally)
                tally.block(data, item)
                self._record(data, item.records(item.count - 1), found, tally)
            else:
                self._record(data, (item,), found, tally)
        return tally.into(found)

    def _record(
        self, data: bytes, those: Iterable[tuple[int, int, int]], found: Facts, tally: _Tally
    ) -> None:
        for kind, start, end in those:
            found.end = end
            if kind not in _SILENT:
                found.logged, found.guess = True, None
            if kind in _POINTS:
                tally.point(kind, data, start)
            elif kind == ROW:
                tally.row(data, start)
            elif kind == STEP:
                _, _, step, time = STEPPED.unpack_from(data, start)
                tally.at(step, time)
                found.step_ended = step
            elif kind != BEAT:
                self._text(kind, payload(data, start, end), found, tally)

    def _text(self, kind: int, said: Json, found: Facts, tally: _Tally) -> None:
        if kind in (NAME, LAYOUT):
            self.names.learn(kind, said)
        elif kind == VALUE:
            tally.value(said)
        elif kind == IMAGE:
            tally.at(said["step"], said["time"])
            if body := self._beside(said["digest"]):
                found.images.append((said["path"], said["step"], body))
        elif kind == PLOT:
            tally.at(said["step"], said["time"])
            if body := self._beside(said["digest"]):
                found.plots.append((said["path"], said["step"], said["props"], body))
        elif kind == LARGE:
            if body := self._beside(said["digest"]):
                self._text(said["kind"], json.loads(body), found, tally)
        else:
            self._told(kind, said, found, tally)

    def _told(self, kind: int, said: Json, found: Facts, tally: _Tally) -> None:
        """What concerns the run as a whole."""
        if kind == HEADER:
            found.header = said
            tally.seen(said["time"])
        elif kind == PARAMS:
            found.params.update(said)
        elif kind == ARTIFACT:
            tally.seen(said["time"])
            found.artifacts[said["name"]] = said
        elif kind == TOTAL:
            tally.seen(said["time"])
            found.total_steps = said["steps"]
        elif kind == GUESS:
            found.guess = said
        elif kind == DONE:
            found.done = said
            tally.at(said["step"], said["time"])


_POINTS = frozenset((FLOAT, INT, STAMP))
_SILENT = frozenset((NAME, LAYOUT, BEAT, GUESS))
"""Records that do not say that training went on."""


class _Tally:
    """Counts and last values, kept by id while reading and turned into names once at the end."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._count: dict[int, int] = {}
        self._step: dict[int, int] = {}
        self._last: dict[str, Json] = {}
        self._rows: dict[int, tuple[int, int, int]] = {}
        self._row_values: dict[int, tuple[Json, ...]] = {}
        self.step: int | None = None
        self.first: float | None = None
        self.last: float | None = None

    def seen(self, time: float) -> None:
        if self.first is None:
            self.first = time
        self.last = time

    def at(self, step: int | None, time: float) -> None:
        self.seen(time)
        if step is not None and (self.step is None or step > self.step):
            self.step = step

    def point(self, kind: int, data: bytes, start: int) -> None:
        struct = WHOLE if kind == INT else POINT
        _, _, series, step, time, value = struct.unpack_from(data, start)
        self._settle_rows_of(series)
        self.at(step, time)
        self._add(series, step, value)

    def block(self, data: bytes, block: Block) -> None:
        """Count what lies between the first and the last time, whose values are of no interest."""
        for slot in block.slots:
            largest = block.largest(data, slot)
            self.step = max(largest, largest if self.step is None else self.step)
            for series in self._series_of(data, block.start + slot.at):
                self._count[series] = self._count.get(series, 0) + block.count - 2
                self._step[series] = max(self._step.get(series, largest), largest)

    def _series_of(self, data: bytes, start: int) -> Sequence[int]:
        kind = data[start + 2]
        if kind == ROW:
            return self._names.layout(data, start).series
        return () if kind == STEP else (POINT.unpack_from(data, start)[2],)

    def value(self, said: Json) -> None:
        self.at(said["step"], said["time"])
        if "id" in said:
            self._settle_rows_of(said["id"])
            self._add(said["id"], said["step"], said["value"])
        else:
            self._settle_rows()
            self._last[said["name"]] = said["value"]

    def row(self, data: bytes, start: int) -> None:
        layout = self._names.layout(data, start)
        _, _, _, step, time, *values = layout.struct.unpack_from(data, start)
        if layout.id not in self._rows:
            self._settle_rows()
        count, largest, _ = self._rows.get(layout.id, (0, step, 0))
        self._rows[layout.id] = (count + 1, max(largest, step), step)
        self._row_values[layout.id] = tuple(values)
        self.at(step, time)

    def _add(self, series: int, step: int, value: Json, count: int = 1) -> None:
        self._count[series] = self._count.get(series, 0) + count
        self._step[series] = max(self._step.get(series, step), step)
        self._last[self._names.metrics[series]] = value

    def _settle_rows_of(self, series: int) -> None:
        # Most slices hold rows only or points only; where both name one series, order decides.
        if self._rows and any(series in self._names.layouts[i].series for i in self._rows):
            self._settle_rows()

    def _settle_rows(self) -> None:
        for layout_id, (count, largest, _) in self._rows.items():
            for series, value in zip(
                self._names.layouts[layout_id].series, self._row_values[layout_id], strict=True
            ):
                self._add(series, largest, value, count)
        self._rows.clear()
        self._row_values.clear()

    def into(self, found: Facts) -> Facts:
        self._settle_rows()
        paths = self._names.paths
        found.counts = {paths[i]: (n, self._step[i]) for i, n in self._count.items()}
        found.metrics = self._last
        found.step = self.step
        found.first_time, found.last_time = self.first, self.last
        return found
