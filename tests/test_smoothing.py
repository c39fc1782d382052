"""Smoothing equals what the words say: a weighted mean of all points, written as plain loops here."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from live_studio.smoothing import smoothed

PATTERNS = st.lists(
    st.floats(-1e6, 1e6) | st.sampled_from([math.nan, math.inf, -math.inf]), max_size=25
)
# Longer than the blocks in which it is worked out.
values = st.builds(lambda pattern, times: pattern * times, PATTERNS, st.integers(1, 12))
factors = st.floats(0, 0.999)


def plainly(listed: list[float], factor: float, *, both: bool) -> list[float]:
    means = []
    for at, value in enumerate(listed):
        if not math.isfinite(value):
            means.append(math.nan)
            continue
        others = range(len(listed)) if both else range(at + 1)
        weighed = [
            (factor ** abs(at - other), listed[other])
            for other in others
            if math.isfinite(listed[other])
        ]
        total = math.fsum(weight for weight, _ in weighed)
        means.append(math.fsum(weight * held for weight, held in weighed) / total)
    return means


@given(values, factors)
def test_the_live_mean_equals_its_reference(listed: list[float], factor: float) -> None:
    found = smoothed(np.array(listed), factor)
    np.testing.assert_allclose(found, plainly(listed, factor, both=False), rtol=1e-9, atol=1e-6)


@given(values, factors)
def test_the_centred_mean_equals_its_reference(listed: list[float], factor: float) -> None:
    found = smoothed(np.array(listed), factor, "centred")
    np.testing.assert_allclose(found, plainly(listed, factor, both=True), rtol=1e-9, atol=1e-6)


def test_a_constant_stays_one_also_after_a_long_silence() -> None:
    listed = np.array([0.25, *[math.nan] * 5000, 0.25])
    for kind in ("ema", "centred"):
        found = smoothed(listed, 0.5, kind)
        np.testing.assert_allclose(found[[0, -1]], 0.25)
        assert np.isnan(found[1:-1]).all()


def test_the_largest_numbers_make_no_infinities() -> None:
    listed = np.full(2000, 1.7e308)
    np.testing.assert_allclose(smoothed(listed, 0.99), listed)
