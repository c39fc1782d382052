"""Reduction never invents, never hides an extreme, never closes a gap, and keeps the order."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live_studio.reduction import between, odd, reduced
from live_studio.series import Series

ODD = [math.nan, math.inf, -math.inf]
PATTERNS = st.lists(
    st.floats(-1e9, 1e9) | st.sampled_from([*ODD, 0.0, -1.0]), min_size=1, max_size=30
)
# A pattern again and again: long enough that something is left out, and columns begin anywhere in it.
values = st.builds(lambda pattern, times: pattern * times, PATTERNS, st.integers(1, 20))
budgets = st.integers(4, 100)


def series(listed: list[float], steps: list[float] | None = None) -> Series:
    step = np.array(steps if steps is not None else range(len(listed)), dtype=np.float64)
    return Series(step, np.array(listed, dtype=np.float64), step * 1000)


def indices(listed: list[float], points: int, *, log: bool) -> list[int]:
    """Which points are left: in these tests a point's step is its place."""
    return [int(step) for step in reduced(series(listed), points, log=log).step]


def has_a_place(value: float, *, log: bool) -> bool:
    return math.isfinite(value) and (value > 0 or not log)


@given(values, budgets, st.booleans())
def test_a_reduced_series_holds_points_of_the_whole_in_order_with_its_ends(
    listed: list[float], points: int, log: bool
) -> None:
    part = reduced(series(listed), points, log=log)
    at = part.step.astype(int)
    assert (np.diff(at) > 0).all()
    np.testing.assert_array_equal(np.array(listed)[at], part.value)
    np.testing.assert_array_equal(at * 1000, part.time)
    assert at[0] == 0
    assert at[-1] == len(listed) - 1


@given(values, budgets, st.booleans())
def test_every_column_keeps_its_first_last_lowest_and_highest(
    listed: list[float], points: int, log: bool
) -> None:
    if len(listed) <= points:
        return
    left = indices(listed, points, log=log)
    edges = np.linspace(0, len(listed) - 1, max(points // 4, 1) + 1)[1:-1]
    column_of = np.searchsorted(edges, np.arange(len(listed)), side="right")
    for column in set(column_of.tolist()):
        own = [
            at
            for at in np.flatnonzero(column_of == column).tolist()
            if has_a_place(listed[at], log=log)
        ]
        if own:
            lowest, highest = (pick(listed[at] for at in own) for pick in (min, max))
            shown = [at for at in left if at in own]
            assert (shown[0], shown[-1]) == (own[0], own[-1])
            assert lowest in [listed[at] for at in shown]
            assert highest in [listed[at] for at in shown]


@given(values, budgets, st.booleans())
def test_no_gap_is_closed_and_none_is_made(listed: list[float], points: int, log: bool) -> None:
    left = indices(listed, points, log=log)
    drawn = [at for at in left if has_a_place(listed[at], log=log)]
    for one, two in pairwise(drawn):
        really = any(not has_a_place(listed[at], log=log) for at in range(one, two))
        shown = any(one < at < two for at in left)
        assert really == shown


@given(values, budgets)
def test_every_kind_of_point_without_a_place_stays_and_is_counted(
    listed: list[float], points: int
) -> None:
    part = reduced(series(listed), points, log=True)
    counted = odd(series(listed), log=True)
    assert odd(part, log=True).keys() == counted.keys()
    assert counted.get("nan", (0,))[0] == sum(math.isnan(value) for value in listed)
    assert counted.get("inf", (0,))[0] == listed.count(math.inf)
    assert counted.get("below", (0,))[0] == sum(-math.inf < value <= 0 for value in listed)


@given(values)
def test_a_series_that_fits_comes_back_whole(listed: list[float]) -> None:
    np.testing.assert_array_equal(reduced(series(listed), len(listed)).value, listed)


@given(values, budgets)
def test_it_stays_small(listed: list[float], points: int) -> None:
    finite = [value for value in listed if math.isfinite(value)]
    assert len(reduced(series(finite or [0.0]), points)) <= max(points, 6)


spikes = st.sampled_from([0, 1, 4095, 4096, 65_535, 65_536, 499_999, 999_998, 999_999])


@settings(max_examples=25, deadline=None)
@given(spikes | st.integers(0, 999_999), spikes, st.integers(0, 900_000), st.booleans())
def test_spikes_in_a_million_points_stay_at_every_zoom(
    first: int, second: int, begin: int, under_nan: bool
) -> None:
    listed = np.sin(np.arange(1_000_000) / 500)
    if under_nan:
        for spike in (first, second):
            listed[max(spike - 2, 0) : spike + 3] = math.nan
    listed[first], listed[second] = 50.0, -50.0
    steps = np.arange(1_000_000, dtype=np.float64)
    whole = Series(steps, listed, steps)
    for low, high in [(0, 999_999), (begin, begin + 99_999), (first - 500, first + 500)]:
        part = reduced(between(whole, low, high), 1000)
        assert len(part) <= 1010
        for spike in (first, second):
            if low <= spike <= high:
                assert spike in part.step


def test_columns_are_as_wide_as_pixels_not_as_points() -> None:
    """A thousand points within one second and one an hour later: the axis belongs to time."""
    times = [*np.linspace(0, 1, 1000).tolist(), 3600.0]
    part = reduced(series([float(i) for i in range(1001)], times), 400)
    assert part.step.tolist() == [0, 1, 3600]


def test_points_that_all_stand_at_one_place_still_show_how_far_they_reach() -> None:
    part = reduced(series([float(i) for i in range(100)], [7.0] * 100), 40)
    assert part.value.tolist() == [0, 99]


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [
        (3.5, 6.5, [3, 4, 5, 6, 7]),
        (3, 6, [2, 3, 4, 5, 6, 7]),
        (4.2, 4.8, [4, 5]),
        (None, 1, [0, 1, 2]),
        (8, None, [7, 8, 9]),
        (100, 200, []),
        (-9, -1, []),
    ],
)
def test_a_window_keeps_a_neighbour_on_each_side(
    low: float | None, high: float | None, found: list[float]
) -> None:
    assert between(series([0.5] * 10), low, high).step.tolist() == found
