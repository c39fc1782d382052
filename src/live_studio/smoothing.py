"""Smoothing over every point of a series, before anything is left out.

Both kinds weigh neighbours by `factor ** distance`: `ema` looks back only, as a live curve must,
and lags behind; `centred` looks both ways and lags nowhere. What is not finite has no weight and
stays a gap.
"""

from __future__ import annotations

import math
from itertools import accumulate
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float64]]

KINDS = ("ema", "centred")
FACTOR_MOST = 0.999
BLOCK = 64
NOTHING = 1e-30
HUGE = 1e290
"""Sums of numbers beyond this could overflow, and show infinities that nobody logged."""


def reach(factor: float) -> int:
    """How many points back anything has weight: what is farther away changes no digit of a double."""
    return 0 if factor <= 0 else math.ceil(math.log(NOTHING) / math.log(factor))


def smoothed(value: Floats, factor: float, kind: str = "ema") -> Floats:
    """The weighted mean around each point; `factor` from 0 (nothing changes) to `FACTOR_MOST`."""
    import numpy as np

    finite = np.isfinite(value)
    known = np.where(finite, value, 0.0)
    largest = float(np.abs(known).max(initial=0.0))
    scale = largest if largest > HUGE else 1.0
    sums = _weighed(known / scale if scale != 1 else known, factor, kind)
    weights = _weighed(finite.astype(np.float64), factor, kind)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = sums / weights * scale
    return np.where(finite, mean, np.nan)


def _weighed(value: Floats, factor: float, kind: str) -> Floats:
    back = _decayed(value, factor)
    if kind == "ema":
        return back
    return back + _decayed(value[::-1], factor)[::-1] - value


def _decayed(value: Floats, factor: float) -> Floats:
    """Of each point the sum of all before it and itself, each times `factor ** distance`.

    In blocks: within one as a product of matrices, from one to the next in a plain loop.
    """
    import numpy as np

    rows = -(-len(value) // BLOCK)
    padded = np.zeros(rows * BLOCK)
    padded[: len(value)] = value
    distance = np.arange(BLOCK)[:, None] - np.arange(BLOCK)
    weights = np.where(distance >= 0, float(factor) ** np.maximum(distance, 0), 0.0)
    sums = padded.reshape(rows, BLOCK) @ weights.T
    passed_on = float(factor) ** BLOCK
    ends = accumulate(sums[:-1, -1].tolist(), lambda held, end: held * passed_on + end, initial=0.0)
    carried = np.array(list(ends)[:rows])
    sums += carried[:, None] * float(factor) ** np.arange(1, BLOCK + 1)
    return sums.ravel()[: len(value)]
