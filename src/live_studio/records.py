"""The journal's records: how a logged number looks as bytes, and how bytes become numbers again.

A journal is a sequence of records, each `<u16 length><u8 kind><payload><u32 crc32>`, little-endian;
the length counts kind and payload, the checksum covers length, kind and payload. A length of zero
is the end: the space behind it was taken ahead and never written.

| kind   | payload                                                                        |
|--------|--------------------------------------------------------------------------------|
| HEADER | JSON: run, key, client, lock, time and what `Start` says; always the first     |
| NAME   | JSON: id, path of the series, and the metric's name                            |
| FLOAT  | id u32, step i64, time f64 (s since epoch), value f64                          |
| INT    | the same with the value as i64, so that whole numbers stay whole               |
| LAYOUT | JSON: id, ids of the series, struct codes of the values                        |
| ROW    | layout u16, step i64, time f64, then the values as the layout says             |
| STAMP  | like FLOAT, where the time is the client's own column and part of the row      |
| VALUE  | JSON: name, value, and id, step, time where it is also a point                 |
| PARAMS | JSON: parameters to merge                                                      |
| STEP   | step i64, time f64: the step ended                                             |
| DONE   | JSON: status, detail, error, step, time                                        |
| BEAT   | time f64                                                                       |

The series of experiments that came over HTTP are stored as NAME, FLOAT and STAMP records too, so
one decoder reads every series there is. Nothing here touches a disk.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from struct import Struct
from zlib import crc32

from .events import Facts, Json

VERSION = 1
LARGEST = 0xFFFF
"""Bytes of kind and payload that one record can hold."""

HEADER, NAME, FLOAT, INT, LAYOUT, ROW, STAMP, VALUE, PARAMS, STEP, DONE, BEAT = range(1, 13)

POINT = Struct("<HBIqdd")
WHOLE = Struct("<HBIqdq")
STEPPED = Struct("<HBqd")
BEATEN = Struct("<HBd")
_ROW_HEAD = "<HBHqd"
_HEAD = Struct("<HB")
_CRC = Struct("<I")
POINT_LENGTH = POINT.size - 2
STEP_LENGTH = STEPPED.size - 2
pack_crc = _CRC.pack


@dataclass(frozen=True, slots=True)
class Layout:
    """The shape of a row: which series its values belong to."""

    id: int
    series: tuple[int, ...]
    struct: Struct
    length: int
    """What a row's length field says."""
    pack: Callable[..., bytes]

    @classmethod
    def of(cls, layout: int, series: tuple[int, ...], codes: str) -> Layout:
        """A layout with one struct code (`d` or `q`) for each series."""
        struct = Struct(_ROW_HEAD + codes)
        return cls(layout, series, struct, struct.size - 2, struct.pack)


def sealed(body: bytes) -> bytes:
    """A record's bytes with their checksum."""
    return body + pack_crc(crc32(body))


def text(kind: int, payload: Json) -> bytes:
    """A JSON record, not sealed yet.

    Raises:
        ValueError: it does not fit into one record.
        TypeError: it cannot be written as JSON.
    """
    encoded = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
    if len(encoded) + 1 > LARGEST:
        raise ValueError(f"{len(encoded):,} bytes do not fit into one record")
    return _HEAD.pack(len(encoded) + 1, kind) + encoded


def point(series: int, step: int, value: float, time: float, *, stamped: bool = False) -> bytes:
    """One sealed point."""
    kind = STAMP if stamped else FLOAT
    return sealed(POINT.pack(POINT_LENGTH, kind, series, step, time, value))


def scan(data: bytes, start: int = 0) -> Iterator[tuple[int, int, int]]:
    """Yield `(kind, position, next position)` of every verified record from `start` on.

    Stops at the first record that is not whole: in a live journal it may be half written.
    """
    size = len(data)
    while start + 7 <= size:
        length = data[start] | data[start + 1] << 8
        end = start + 2 + length
        if not length or end + 4 > size:
            return
        if _CRC.unpack_from(data, end)[0] != crc32(data[start:end]):
            return
        yield data[start + 2], start, end + 4
        start = end + 4


def payload(data: bytes, start: int, end: int) -> Json:
    """The JSON of a text record at `start`."""
    return json.loads(data[start + 3 : end - 4])


@dataclass(slots=True)
class Names:
    """What a journal has named so far. Reading a later slice needs the names of the earlier."""

    paths: dict[int, str] = field(default_factory=dict)
    metrics: dict[int, str] = field(default_factory=dict)
    layouts: dict[int, Layout] = field(default_factory=dict)

    def learn(self, kind: int, said: Json) -> None:
        """Take in a NAME or LAYOUT record."""
        if kind == NAME:
            self.paths[said["id"]] = said["path"]
            self.metrics[said["id"]] = said.get("name", said["path"])
        else:
            self.layouts[said["id"]] = Layout.of(said["id"], tuple(said["series"]), said["codes"])


class Reader:
    """Follows one journal and says what its slices mean."""

    def __init__(self) -> None:
        """Start before the first record."""
        self.names = Names()

    def facts(self, data: bytes) -> Facts:
        """What the verified records of `data` say, in order; `end` is where they stop."""
        found = Facts()
        tally = _Tally(self.names)
        for kind, start, end in scan(data):
            found.end = end
            if kind in _POINTS:
                tally.point(kind, data, start)
            elif kind == ROW:
                tally.row(data, start)
            elif kind == STEP:
                _, _, step, time = STEPPED.unpack_from(data, start)
                tally.at(step, time)
                found.step_ended = step
            elif kind == BEAT:
                tally.seen(BEATEN.unpack_from(data, start)[2])
            else:
                self._text(kind, payload(data, start, end), found, tally)
        return tally.into(found)

    def _text(self, kind: int, said: Json, found: Facts, tally: _Tally) -> None:
        if kind == HEADER:
            found.header = said
            tally.seen(said["time"])
        elif kind in (NAME, LAYOUT):
            self.names.learn(kind, said)
        elif kind == PARAMS:
            found.params.update(said)
        elif kind == VALUE:
            tally.value(said)
        elif kind == DONE:
            found.done = said
            tally.at(said["step"], said["time"])


_POINTS = frozenset((FLOAT, INT, STAMP))


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

    def value(self, said: Json) -> None:
        self.at(said["step"], said["time"])
        if "id" in said:
            self._settle_rows_of(said["id"])
            self._add(said["id"], said["step"], said["value"])
        else:
            self._settle_rows()
            self._last[said["name"]] = said["value"]

    def row(self, data: bytes, start: int) -> None:
        layout = self._names.layouts[data[start + 3] | data[start + 4] << 8]
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
