"""Chunks: up to 65,536 points of one series in as few bytes as say them exactly.

A chunk gives back what slices gave: every step, the bits of every value, every time to the
millisecond (a client's own time, which is part of its row, to the last bit), in the order in which
the points arrived. Of when they arrived the last moments are kept, so that a chart that asks for
what is new gets no more than that; what came earlier counts as having come at the end of it.

    crc u32, version u8, flags u8, count u32, steps, times, values, stamps, arrivals

Whole numbers are a first one and differences: one usual difference, what each is off it in as few
bytes as most of them need, and the few that need more, with their places. A regular series of steps
costs 20 bytes however long it is, and a clock that ticks every few seconds one byte a point.
"""

from __future__ import annotations

import struct
from array import array
from typing import TYPE_CHECKING, Any
from zlib import crc32

from .series import Column

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float64]]
    Ints = np.ndarray[Any, np.dtype[np.int64]]

MOST = 65_536
"""Points in a chunk."""
VERSION = 1
_HEAD = struct.Struct("<IBBI")
_INTS = struct.Struct("<qqBI")
_EXACT = 2.0**53
_STEPS_RAW, _TIMES_RAW, _VALUES_SHORT, _ALL_STAMPED, _SOME_STAMPED = 1, 2, 4, 8, 16
_WIDTHS = {0: "", 1: "<i1", 2: "<i2", 4: "<i4", 8: "<i8"}
_EXCEPTION = 12
_ARRIVALS = 64
"""Moments of arrival that are kept exactly."""


class BrokenChunk(ValueError):
    """Bytes that are no chunk, or not whole."""


def packed(column: Column, begin: int = 0, end: int | None = None) -> bytes:
    """The points `begin` to `end` of a column, at most `MOST`, as a chunk."""
    import numpy as np

    end = len(column) if end is None else end
    steps, values, times = (
        np.frombuffer(held, dtype="<f8", count=end - begin, offset=8 * begin)
        for held in (column.step, column.value, column.time)
    )
    stamps = np.frombuffer(column.stamped, dtype=np.uint8, count=end - begin, offset=begin)
    step_flag, step_bytes = _numbers(steps, steps, _STEPS_RAW)
    millis = np.rint(times * 1000)
    kept = np.where(stamps.astype(bool), times, millis / 1000)
    time_flag, time_bytes = _numbers(millis, kept, _TIMES_RAW, 1000)
    value_flag, value_bytes = _values(values)
    stamp_flag, stamp_bytes = _stamps(stamps)
    flags = step_flag | time_flag | value_flag | stamp_flag
    body = b"".join(
        [
            _HEAD.pack(0, VERSION, flags, end - begin)[4:],
            step_bytes,
            time_bytes,
            value_bytes,
            stamp_bytes,
            _arrivals(column, begin, end),
        ]
    )
    return struct.pack("<I", crc32(body)) + body


def unpacked(body: bytes) -> Column:
    """The points of a chunk.

    Raises:
        BrokenChunk: it is damaged, or of a later version.
    """
    try:
        crc, version, flags, count = _HEAD.unpack_from(body)
        if version != VERSION or crc32(memoryview(body)[4:]) != crc or not 0 < count <= MOST:
            raise BrokenChunk(f"a chunk of {len(body):,} bytes is not whole")
        return _read(_Reader(body, _HEAD.size), flags, count)
    except (struct.error, ValueError, IndexError, OverflowError) as error:
        raise BrokenChunk(f"a chunk of {len(body):,} bytes is not whole: {error}") from None


def _read(reader: _Reader, flags: int, count: int) -> Column:
    steps = reader.floats(count) if flags & _STEPS_RAW else reader.ints(count).astype("<f8")
    times = reader.floats(count) if flags & _TIMES_RAW else reader.ints(count) / 1000
    values = reader.floats(count, short=bool(flags & _VALUES_SHORT))
    stamped = bytearray(count)
    if flags & _ALL_STAMPED:
        stamped = bytearray(b"\1" * count)
    elif flags & _SOME_STAMPED:
        stamped = bytearray(reader.bits(count).tobytes())
    (many,) = reader.take("<u4", 1).tolist()
    seqs, starts = reader.ints(many), reader.ints(many)
    return Column(
        _array("d", steps), _array("d", values), _array("d", times), stamped,
        _array("q", seqs), _array("q", starts),
    )  # fmt: skip


def _array(code: str, values: Any) -> array[Any]:
    held: array[Any] = array(code)
    held.frombytes(values.tobytes())
    return held


def _numbers(whole: Floats, exact: Floats, raw: int, scale: int = 1) -> tuple[int, bytes]:
    """Numbers as differences where `whole` says `exact` to the last bit, else as they are."""
    import numpy as np

    if (np.abs(whole) < _EXACT).all():
        numbers = whole.astype("<i8")
        if (numbers / scale).tobytes() == exact.tobytes():
            return 0, _ints(numbers)
    return raw, exact.tobytes()


def _ints(numbers: Ints) -> bytes:
    import numpy as np

    if not len(numbers):
        return _INTS.pack(0, 0, 0, 0)
    deltas = np.diff(numbers)
    # One that is there: a regular series is off by nothing, also where it has gaps.
    usual = int(np.partition(deltas, len(deltas) // 2)[len(deltas) // 2]) if len(deltas) else 0
    off = deltas - usual
    beyond = {width: np.flatnonzero(_beyond(off, width)) for width in _WIDTHS}
    width = min(_WIDTHS, key=lambda one: one * len(off) + _EXCEPTION * len(beyond[one]))
    places = beyond[width]
    parts = [_INTS.pack(int(numbers[0]), usual, width, len(places))]
    if width:
        off[places] = 0
        parts.append(off.astype(_WIDTHS[width]).tobytes())
    parts += [places.astype("<u4").tobytes(), deltas[places].astype("<i8").tobytes()]
    return b"".join(parts)


def _beyond(off: Ints, width: int) -> Any:
    """Which of them do not fit into so many bytes."""
    if not width:
        return off != 0
    most = (1 << (8 * width - 1)) - 1
    return (off < -most) | (off > most)


def _values(values: Floats) -> tuple[int, bytes]:
    import numpy as np

    with np.errstate(over="ignore", invalid="ignore"):
        short = values.astype("<f4")
        # By their bits: NaN and the sign of zero count too.
        is_exact = short.astype("<f8").tobytes() == values.tobytes()
    return (_VALUES_SHORT, short.tobytes()) if is_exact else (0, values.tobytes())


def _stamps(stamps: Any) -> tuple[int, bytes]:
    import numpy as np

    if not stamps.any():
        return 0, b""
    if stamps.all():
        return _ALL_STAMPED, b""
    return _SOME_STAMPED, np.packbits(stamps).tobytes()


def _arrivals(column: Column, begin: int, end: int) -> bytes:
    """When the points came: the seqs, and which point each begins with."""
    import numpy as np

    seqs = np.frombuffer(column.seqs, dtype="<i8") if column.seqs else np.zeros(0, "<i8")
    starts = np.frombuffer(column.starts, dtype="<i8") if column.starts else np.zeros(0, "<i8")
    # Of those that begin before `begin` the last one reaches into it.
    first = max(int(np.searchsorted(starts, begin, side="right")) - 1, 0)
    last = int(np.searchsorted(starts, end, side="left"))
    seqs, starts = seqs[first:last], np.maximum(starts[first:last] - begin, 0)
    if len(seqs) > _ARRIVALS:
        early = len(seqs) - _ARRIVALS
        seqs = seqs[early:]
        starts = np.concatenate([starts[:1], starts[early + 1 :]])
    return struct.pack("<I", len(seqs)) + _ints(seqs) + _ints(starts)


class _Reader:
    """Takes a chunk's parts one after the other."""

    def __init__(self, body: bytes, at: int) -> None:
        self._body = body
        self._at = at

    def take(self, kind: str, count: int) -> Any:
        import numpy as np

        found = np.frombuffer(self._body, dtype=kind, count=count, offset=self._at)
        self._at += found.nbytes
        return found

    def floats(self, count: int, *, short: bool = False) -> Any:
        return self.take("<f4", count).astype("<f8") if short else self.take("<f8", count)

    def bits(self, count: int) -> Any:
        import numpy as np

        return np.unpackbits(self.take("u1", -(-count // 8)), count=count)

    def ints(self, count: int) -> Any:
        import numpy as np

        first, usual, width, many = _INTS.unpack_from(self._body, self._at)
        self._at += _INTS.size
        if not count:
            return np.zeros(0, "<i8")
        deltas = np.full(count - 1, usual, dtype="<i8")
        if width:
            deltas += self.take(_WIDTHS[width], count - 1)
        places = self.take("<u4", many)
        deltas[places] = self.take("<i8", many)
        return np.concatenate([[first], deltas]).cumsum()
