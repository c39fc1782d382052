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
| GUESS  | JSON: like DONE, undone by whatever is logged after it                         |
| IMAGE  | JSON: path, step, time, and the digest of a file beside the journal            |
| LARGE  | JSON: kind and digest of a record too long for one, in a file beside it        |
| PLOT   | JSON: path, step, time, properties, and the digest of a file with its rows     |
| ARTIFACT | JSON: name, path, time and what else is said of a file or folder             |
| TOTAL  | JSON: how many steps there will be, and time                                   |

The series of experiments that came over HTTP are stored as NAME, FLOAT and STAMP records too, so
one decoder reads every series there is. Nothing here touches a disk.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from struct import Struct, calcsize
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

if TYPE_CHECKING:
    from .events import Facts, Json


VERSION = 1
LARGEST = 0xFFFF
"""Bytes of kind and payload that one record can hold."""

(
    HEADER,
    NAME,
    FLOAT,
    INT,
    LAYOUT,
    ROW,
    STAMP,
    VALUE,
    PARAMS,
    STEP,
    DONE,
    BEAT,
    GUESS,
    IMAGE,
    LARGE,
    PLOT,
    ARTIFACT,
    TOTAL,
) = range(1, 19)

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


# No dataclasses here: making them takes a tenth of what the logger takes to import.


class Layout:
    """The shape of a row: which series its values belong to."""

    __slots__ = ("codes", "id", "length", "pack", "series", "struct")

    def __init__(self, layout: int, series: tuple[int, ...], codes: str) -> None:
        """One struct code (`d` or `q`) for each series."""
        self.id = layout
        self.series = series
        self.codes = codes
        self.struct = Struct(_ROW_HEAD + codes)
        self.pack: Callable[..., bytes] = self.struct.pack
        self.length = self.struct.size - 2
        """What a row's length field says."""

    @classmethod
    def of(cls, layout: int, series: tuple[int, ...], codes: str) -> Layout:
        """A layout with one struct code (`d` or `q`) for each series."""
        return cls(layout, series, codes)


def sealed(body: bytes) -> bytes:
    """A record's bytes with their checksum."""
    return body + pack_crc(crc32(body))


def encoded(payload: Json) -> bytes:
    """JSON as records hold it.

    Raises:
        TypeError: it cannot be written as JSON.
    """
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()


def framed(kind: int, body: bytes) -> bytes:
    """A record around encoded JSON, not sealed yet."""
    return _HEAD.pack(len(body) + 1, kind) + body


def text(kind: int, payload: Json) -> bytes:
    """A JSON record, not sealed yet.

    Raises:
        ValueError: it does not fit into one record.
        TypeError: it cannot be written as JSON.
    """
    body = encoded(payload)
    if len(body) + 1 > LARGEST:
        raise ValueError(f"{len(body):,} bytes do not fit into one record")
    return framed(kind, body)


def point(series: int, step: int, value: float, time: float, *, stamped: bool = False) -> bytes:
    """One sealed point."""
    kind = STAMP if stamped else FLOAT
    return sealed(POINT.pack(POINT_LENGTH, kind, series, step, time, value))


def points(series: int, rows: Iterable[tuple[int, float, float | None]], now: float) -> bytes:
    """Sealed points of one series; `now` is the time of those that bring no stamp of their own."""
    body = bytearray()
    # Each name is looked up a million times where a body holds a million rows.
    pack, seal, checksum = POINT.pack, pack_crc, crc32
    for step, value, stamp in rows:
        one = (
            pack(POINT_LENGTH, FLOAT, series, step, now, value)
            if stamp is None
            else pack(POINT_LENGTH, STAMP, series, step, stamp, value)
        )
        body += one + seal(checksum(one))
    return bytes(body)


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


class Slot(NamedTuple):
    """One record of a shape: where in the shape it begins, and how much of it is the same each time."""

    kind: int
    at: int
    size: int
    head: int


class Block:
    """Whole, verified records from `start` on: `count` times the same `slots`, in `size` bytes."""

    __slots__ = ("count", "size", "slots", "start")

    def __init__(self, slots: tuple[Slot, ...], start: int, size: int, count: int) -> None:
        self.slots = slots
        self.start = start
        self.size = size
        self.count = count

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + self.size * self.count

    def records(self, number: int) -> Iterator[tuple[int, int, int]]:
        """The records of the `number`th time, as `scan` gives them."""
        for slot in self.slots:
            start = self.start + self.size * number + slot.at
            yield slot.kind, start, start + slot.size

    def columns(self, data: bytes, slot: Slot, codes: str) -> list[tuple[Any, ...]]:
        """What stands behind the head of one slot's records, field by field."""
        return list(zip(*self._fields(data, slot.at + slot.head, codes), strict=True))

    def largest(self, data: bytes, slot: Slot) -> int:
        """The largest of the whole numbers that stand behind the head of one slot's records."""
        (found,) = max(self._fields(data, slot.at + slot.head, "q"))
        return int(found)

    def whole(self, data: bytes) -> Block:
        """The part before the first record whose checksum is wrong."""
        count = self.count
        for slot in self.slots:
            sums = [crc32(record) for (record,) in self._fields(data, slot.at, f"{slot.size}s")]
            if sums.count(SOUND) < len(sums):
                wrong = (number for number, found in enumerate(sums) if found != SOUND)
                count = min(count, next(wrong))
        return Block(self.slots, self.start, self.size, count)

    def _fields(self, data: bytes, at: int, codes: str) -> Iterator[tuple[Any, ...]]:
        """What stands `at` bytes behind the beginning of each time."""
        rest = self.size - at - calcsize("<" + codes)
        fields = Struct(f"<{at}x{codes}{rest}x")
        return fields.iter_unpack(memoryview(data)[self.start : self.end])


SOUND = 0x2144DF1C
"""The checksum of any bytes with their own checksum behind them."""
_HEADS = {FLOAT: 7, INT: 7, STAMP: 7, ROW: 5, STEP: 3}
"""Bytes of length, kind and id, of the kinds that come again and again."""
LEAST_REPEATS, MOST_SLOTS, MOST_WAIT = 8, 256, 4096


def walk(data: bytes) -> Iterator[tuple[int, int, int] | Block]:
    """`scan`, with records that repeat in one shape taken together.

    A training loop logs the same names step after step; read by columns, that costs a tenth.
    """
    at, wait = 0, 1
    while True:
        if block := _block(data, at):
            yield block
            at, wait = block.end, 1
            continue
        before = at
        for record in islice(scan(data, at), wait):
            yield record
            at = record[2]
        if at == before:
            return
        # Where nothing repeats, looking for it must cost next to nothing.
        wait = min(wait * 2, MOST_WAIT)


def _block(data: bytes, start: int) -> Block | None:
    slots = _shape(data, start)
    if not slots:
        return None
    size = slots[-1].at + slots[-1].size
    count = (len(data) - start) // size
    for slot in slots:
        begin = start + slot.at
        for place in range(begin, begin + slot.head):
            column = data[place : start + count * size : size]
            count = len(column) - len(column.lstrip(column[:1]))
            if count < LEAST_REPEATS:
                return None
    block = Block(slots, start, size, count).whole(data)
    return block if block.count >= LEAST_REPEATS else None


def _shape(data: bytes, start: int) -> tuple[Slot, ...]:
    """The records from `start` on, up to where the head of the first comes again."""
    slots: list[Slot] = []
    at = start
    while len(slots) < MOST_SLOTS and at + 7 <= len(data):
        length, kind = _HEAD.unpack_from(data, at)
        if not length or kind not in _HEADS:
            break
        if slots and data.startswith(data[start : start + slots[0].head], at):
            return tuple(slots)
        slots.append(Slot(kind, at - start, length + 6, _HEADS[kind]))
        at += length + 6
    return ()


def payload(data: bytes, start: int, end: int) -> Json:
    """The JSON of a text record at `start`."""
    return json.loads(data[start + 3 : end - 4])


class Names:
    """What a journal has named so far. Reading a later slice needs the names of the earlier."""

    __slots__ = ("layouts", "metrics", "paths")

    def __init__(self) -> None:
        """Nothing yet."""
        self.paths: dict[int, str] = {}
        self.metrics: dict[int, str] = {}
        self.layouts: dict[int, Layout] = {}

    def learn(self, kind: int, said: Json) -> None:
        """Take in a NAME or LAYOUT record."""
        if kind == NAME:
            self.paths[said["id"]] = said["path"]
            self.metrics[said["id"]] = said.get("name", said["path"])
        else:
            self.layouts[said["id"]] = Layout.of(said["id"], tuple(said["series"]), said["codes"])

    def layout(self, data: bytes, start: int) -> Layout:
        """The layout of the row at `start`."""
        return self.layouts[data[start + 3] | data[start + 4] << 8]


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
