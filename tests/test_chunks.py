"""A chunk gives back what was put into it, to the last bit, and takes no more bytes than it must."""

from __future__ import annotations

import math
import random
import struct
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live_studio.chunks import MOST, BrokenChunk, packed, unpacked
from live_studio.series import Column, in_order

START = 1_764_000_000.0

steps = st.integers(-(2**63), 2**63 - 1) | st.integers(-5, 300) | st.integers(0, 2**20)
bits = st.integers(0, 2**64 - 1).map(lambda one: struct.unpack("<d", struct.pack("<Q", one))[0])
values = bits | st.floats(width=32) | st.sampled_from([math.nan, math.inf, -math.inf, -0.0, 0.0])
times = st.floats(0, 2e9) | st.integers(0, 2**41).map(lambda ms: ms / 1000) | st.floats(-1e14, 1e14)
# What came together: points, and how far the seq moved on before them.
arrivals = st.lists(
    st.tuples(
        st.integers(1, 2**31), st.lists(st.tuples(steps, values, times, st.booleans()), max_size=5)
    ),
    min_size=1,
    max_size=80,
)


def column_of(parts: list[tuple[int, list[tuple[int, float, float, bool]]]]) -> Column:
    column, seq = Column(), 0
    for moved, rows in parts:
        seq += moved
        if rows:
            column.seqs.append(seq)
            column.starts.append(len(column))
        for step, value, time, stamped in rows:
            column.add(step, value, time, stamped=stamped)
    return column


def shown(column: Column) -> list[bytes]:
    """What anybody ever sees of a column: exact rows, times to the millisecond."""
    held = in_order(column)
    return [held.step.tobytes(), held.value.tobytes(), held.time.tobytes()]


@given(arrivals)
@settings(deadline=None)
def test_a_chunk_gives_back_every_point_to_the_last_bit(
    parts: list[tuple[int, list[tuple[int, float, float, bool]]]],
) -> None:
    column = column_of(parts)
    if not len(column):
        return
    again = unpacked(packed(column))
    assert again.step.tobytes() == column.step.tobytes()
    assert again.value.tobytes() == column.value.tobytes()
    assert again.stamped == column.stamped
    assert shown(again) == shown(column)
    for one, other, stamped in zip(column.time, again.time, column.stamped, strict=True):
        assert not stamped or one == other


@given(arrivals, st.data())
@settings(deadline=None)
def test_points_in_two_chunks_are_the_same_as_in_one(
    parts: list[tuple[int, list[tuple[int, float, float, bool]]]], data: st.DataObject
) -> None:
    column = column_of(parts)
    if len(column) < 2:
        return
    cut = data.draw(st.integers(1, len(column) - 1))
    joined = unpacked(packed(column, 0, cut))
    joined.join(unpacked(packed(column, cut)))
    assert shown(joined) == shown(unpacked(packed(column)))
    for since in [0, *column.seqs]:
        # What came after `since` is there; where that was long ago, more than that may be given.
        assert joined.arrived(since) <= column.arrived(since)
    for since in [*column.seqs][-60:]:
        assert joined.arrived(since) == column.arrived(since)


@pytest.mark.parametrize(
    ("value", "most"),
    [(random.random, 11.0), (lambda: random.randrange(2**20) / 1024, 7.0)],
    ids=["random float64", "exact as float32"],
)
@pytest.mark.parametrize("pause", [0.0, 0.001, 1.0, 60.0], ids=lambda pause: f"every {pause} s")
def test_a_point_takes_few_bytes(value: object, most: float, pause: float) -> None:
    chance = random.Random(7)
    column, time = Column(), START
    for step in range(MOST):
        time += pause * chance.uniform(0.9, 1.1) + (3600 if step % 20_000 == 19_999 else 0)
        column.add(step, value(), time)  # type: ignore[operator]
    column.seqs, column.starts = array("q", range(500)), array("q", range(0, 50_000, 100))
    assert len(packed(column)) / MOST <= most


@given(st.data())
@settings(deadline=None)
def test_a_damaged_chunk_is_refused(data: st.DataObject) -> None:
    column = Column()
    for step in range(50):
        column.add(step, step / 3, START + step, stamped=step % 2 == 0)
    body = bytearray(packed(column))
    if data.draw(st.booleans()):
        body[data.draw(st.integers(0, len(body) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    else:
        del body[data.draw(st.integers(0, len(body) - 1)) :]
    with pytest.raises(BrokenChunk):
        unpacked(bytes(body))
