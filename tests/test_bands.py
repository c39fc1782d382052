"""The mean and spread of several runs: right at every place, for any steps, gaps, ends and lengths."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live_studio.bands import KINDS, band, between, reduced, student
from live_studio.series import Series

Points = Sequence[tuple[float, float]]

values = st.floats(-1e6, 1e6) | st.sampled_from([math.nan, math.inf, -math.inf])
# Steps of their own, some twice, runs of different length, some far from the others, some empty.
runs = st.lists(
    st.tuples(st.integers(0, 40), st.lists(st.tuples(st.integers(0, 30), values), max_size=12)).map(
        lambda drawn: sorted((float(drawn[0] + step), value) for step, value in drawn[1])
    ),
    min_size=1,
    max_size=6,
)


def series(points: Points) -> Series:
    step, value = (np.array([point[part] for point in points], dtype=float) for part in (0, 1))
    order = np.argsort(step, kind="stable")
    return Series(step[order], value[order], step[order] * 1000)


def worth(points: Points, x: float) -> float | None:
    """What a run is worth at `x`, told as simply as can be; None where it does not count."""
    own = [value for at, value in points if at == x]
    if own:
        return own[-1] if math.isfinite(own[-1]) else None
    before, after = [at for at, _ in points if at < x], [at for at, _ in points if at > x]
    if not before or not after:
        return None
    left, right = worth(points, before[-1]), worth(points, after[0])
    if left is None or right is None:
        return None
    return float(np.interp(x, [before[-1], after[0]], [left, right]))


@settings(max_examples=300, deadline=None)
@given(runs, st.sampled_from(KINDS))
def test_a_band_is_what_numpy_says_of_the_runs_that_count_at_each_place(
    several: list[Points], kind: str
) -> None:
    found = band([series(points) for points in several], kind)
    places = {at for points in several for at, _ in points}
    assert places <= set(found.at.tolist())
    assert (np.diff(found.at) > 0).all()
    for at, mean, low, high, n in zip(
        found.at, found.mean, found.low, found.high, found.n, strict=True
    ):
        counted = [held for points in several if (held := worth(points, at)) is not None]
        assert n == len(counted)
        size = max(map(abs, counted), default=0.0)

        def close(expected: float, size: float = size) -> object:
            return pytest.approx(expected, rel=1e-9, abs=1e-7 * size + 1e-12)

        if not counted:
            assert np.isnan([mean, low, high]).all()
            continue
        assert mean == close(float(np.mean(counted)))
        if kind == "range":
            assert [low, high] == [close(min(counted)), close(max(counted))]
        elif n < 2:
            assert np.isnan([low, high]).all()
        else:
            half = float(np.std(counted, ddof=1))
            if kind == "ci":
                half *= student(len(counted) - 1) / math.sqrt(len(counted))
            assert [low, high] == [close(mean - half), close(mean + half)]


@settings(deadline=None)
@given(runs)
def test_nothing_is_said_beyond_the_runs_or_between_two_that_do_not_meet(
    several: list[Points],
) -> None:
    found = band([series(points) for points in several])
    spans = [(points[0][0], points[-1][0]) for points in several if points]
    for at, n in zip(found.at, found.n, strict=True):
        assert n <= sum(start <= at <= end for start, end in spans)
    # Between two places that are neighbours some run goes on, or one of them is a gap.
    for left, right in zip(range(len(found) - 1), range(1, len(found)), strict=True):
        covered = any(start <= found.at[left] and found.at[right] <= end for start, end in spans)
        assert covered or 0 in (found.n[left], found.n[right])


def test_runs_that_log_at_the_same_steps_are_averaged_exactly() -> None:
    same = [series([(step, 0.1 * seed) for step in range(5)]) for seed in (1, 1, 1)]
    found = band(same)
    assert found.mean.tolist() == [0.1] * 5
    assert found.low.tolist() == found.high.tolist() == [0.1] * 5


def test_a_run_that_is_shorter_counts_as_far_as_it_came() -> None:
    found = band([series([(0, 1.0), (1, 1.0), (2, 1.0)]), series([(0, 3.0), (1, 3.0)])], "range")
    assert found.n.tolist() == [2, 2, 1]
    assert found.mean.tolist() == [2, 2, 1]


@settings(deadline=None)
@given(runs, st.sampled_from(KINDS), st.integers(12, 60))
def test_a_reduced_band_keeps_the_extremes_of_its_mean_and_edges(
    several: list[Points], kind: str, points: int
) -> None:
    # Long enough that something is left out.
    longer = [
        [(at + 71.0 * turn, value) for turn in range(20) for at, value in run] for run in several
    ]
    whole = band([series(run) for run in longer], kind)
    part = reduced(whole, points)
    assert set(part.at.tolist()) <= set(whole.at.tolist())
    for name in ("mean", "low", "high"):
        line, left = getattr(whole, name), getattr(part, name)
        if np.isfinite(line).any():
            assert np.nanmin(left) == np.nanmin(line)
            assert np.nanmax(left) == np.nanmax(line)
    if len(whole):
        assert (part.at[0], part.at[-1]) == (whole.at[0], whole.at[-1])
    assert (np.isnan(whole.mean).any()) == np.isnan(part.mean).any()


def test_a_stretch_of_a_band_reaches_beyond_its_edges() -> None:
    whole = band([series([(step, 1.0) for step in range(10)])])
    assert between(whole, 3.5, 6).at.tolist() == [3, 4, 5, 6, 7]
    assert between(whole, 20, 30).at.tolist() == []


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    [(1, 12.7062), (2, 4.30265), (20, 2.08596), (21, 2.07961), (30, 2.04227), (100, 1.98397)],
)
def test_a_confidence_interval_is_students(freedom: int, quantile: float) -> None:
    assert student(freedom) == pytest.approx(quantile, abs=2e-5)
