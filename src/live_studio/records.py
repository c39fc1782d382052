"""The journal's records: how a logged number looks as bytes, and how bytes become records again.

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
from collections.abc import Callable, Iterable, Iterator
from struct import Struct
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from .events import Json


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
HEAD = Struct("<HB")
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
    return HEAD.pack(len(body) + 1, kind) + body


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
