"""Reduction never invents, never hides an extreme, and keeps the order."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from live_studio import records
from live_studio.series import Column, Columns, Series, between, in_order, reduced

values = st.lists(
    st.floats(-1e9, 1e9) | st.sampled_from([math.nan, math.inf, -math.inf]),
    min_size=1,
    max_size=400,
)


def series(listed: list[float]) -> Series:
    steps = np.arange(len(listed), dtype=np.float64)
    return Series(steps, np.array(listed, dtype=np.float64), steps * 1000)


@given(values, st.integers(4, 200))
def test_a_reduced_series_holds_points_of_the_whole_in_order_with_its_ends(
    listed: list[float], points: int
) -> None:
    whole, part = series(listed), reduced(series(listed), points)
    at = part.step.astype(int)
    assert (np.diff(at) > 0).all()
    np.testing.assert_array_equal(whole.value[at], part.value)
    assert at[0] == 0
    assert at[-1] == len(listed) - 1


@given(values, st.integers(4, 200))
def test_extremes_and_gaps_survive(listed: list[float], points: int) -> None:
    whole, part = series(listed).value, reduced(series(listed), points).value
    for pick in (np.fmin.reduce, np.fmax.reduce):
        np.testing.assert_equal(pick(part), pick(whole))
    assert np.isnan(part).any() == np.isnan(whole).any()


@given(values)
def test_a_series_that_fits_comes_back_whole(listed: list[float]) -> None:
    assert len(reduced(series(listed), len(listed))) == len(listed)


@settings(max_examples=20)
@given(st.integers(0, 99_999), st.integers(0, 99_999))
def test_planted_spikes_are_drawn(first: int, second: int) -> None:
    listed = np.sin(np.arange(100_000) / 500)
    listed[first], listed[second] = 50.0, -50.0
    steps = np.arange(100_000, dtype=np.float64)
    part = reduced(Series(steps, listed, steps), 1000)
    assert len(part) <= 1100
    assert part.value.min() == listed.min()
    assert part.value.max() == listed.max()


def test_a_window_keeps_a_neighbour_on_each_side() -> None:
    whole = series([float(i) for i in range(10)])
    assert between(whole, whole.step, 3.5, 6.5).step.tolist() == [3, 4, 5, 6, 7]
    assert between(whole, whole.step, 100, 200).step.tolist() == []


def test_points_stand_in_order_of_step_and_then_of_arrival() -> None:
    column = Column()
    for step, value in ((2, 1.0), (0, 2.0), (2, 3.0), (1, 4.0)):
        column.add(step, value, 0.0)
    ordered = in_order(column)
    assert ordered.step.tolist() == [0, 1, 2, 2]
    assert ordered.value.tolist() == [2.0, 4.0, 1.0, 3.0]


def test_slices_that_are_fed_one_by_one_give_what_one_slice_gives() -> None:
    name = records.sealed(records.text(records.NAME, {"id": 0, "path": "a.tsv"}))
    pieces = [name + records.point(0, 0, 1.0, 5.0), records.point(0, 1, 2.0, 6.0)]
    one, two = Columns(), Columns()
    one.feed(1, b"".join(pieces))
    for number, piece in enumerate(pieces):
        two.feed(number, piece)
    assert one["a.tsv"].value.tolist() == two["a.tsv"].value.tolist() == [1.0, 2.0]
    assert one["missing"].value.tolist() == []
