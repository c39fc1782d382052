"""The mean of several runs of one metric, and how far they lie apart.

Runs rarely log at the same places, so they are brought to common ones: every place where any of
them has a point. Where a run has a point of its own it counts as it is; between two neighbours it
counts with the straight line from one to the other; before its first point, after its last one, and
beside a NaN or an infinity it does not count at all. So `n`, how many count, varies along the axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .reduction import kept
from .series import Series

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float64]]

KINDS = ("std", "ci", "range")
"""One sample standard deviation on each side, a confidence interval of the mean of 95 % (Student's
t), and the lowest and highest run."""


@dataclass(slots=True)
class Band:
    """The mean of runs along an axis, and their spread; NaN where there is none to speak of."""

    at: Floats
    """Where on the axis; ascending, each place once."""
    mean: Floats
    low: Floats
    high: Floats
    """NaN where one run alone has no spread; for `range` wherever none counts."""
    n: Floats
    """How many runs count there; 0 in a gap."""

    def __len__(self) -> int:
        """How many places."""
        return len(self.at)

    def take(self, which: Any) -> Band:
        """Some of the places: indices, flags or a slice, as numpy takes them."""
        return Band(
            self.at[which], self.mean[which], self.low[which], self.high[which], self.n[which]
        )


def band(runs: Sequence[Series], kind: str = "std") -> Band:
    """The mean of `runs`, each in the order of its axis, with a band of one of `KINDS`."""
    import numpy as np

    parts = [_newest(run) for run in runs if len(run)]
    at = _common([x for x, _ in parts])
    n, mean, squares = np.zeros(len(at)), np.zeros(len(at)), np.zeros(len(at))
    low, high = np.full(len(at), np.inf), np.full(len(at), -np.inf)
    for x, value in parts:
        held = _brought(x, value, at)
        there = np.isfinite(held)
        held = held[there]
        n[there] += 1
        with np.errstate(over="ignore", invalid="ignore"):
            off = held - mean[there]
            mean[there] += off / n[there]
            squares[there] += off * (held - mean[there])
        low[there] = np.minimum(low[there], held)
        high[there] = np.maximum(high[there], held)
    mean[n == 0] = np.nan
    if kind == "range":
        low[n == 0] = high[n == 0] = np.nan
    else:
        half = _spread(squares, n, kind)
        low, high = mean - half, mean + half
    return Band(at, mean, low, high, n)


def reduced(whole: Band, points: int, *, log: bool = False) -> Band:
    """About `points` of its places: those of the extremes of the mean and of both edges."""
    import numpy as np

    if points <= 0 or len(whole) <= points:
        return whole
    share = max(points // 3, 4)
    lines = (whole.mean, whole.low, whole.high)
    found = [kept(whole.at, line, share, log=log) for line in lines]
    return whole.take(np.unique(np.concatenate(found)))


def between(whole: Band, low: float | None, high: float | None) -> Band:
    """The part in [low, high], with a neighbour on each side so that lines reach the edge."""
    import numpy as np

    start = 0 if low is None else int(np.searchsorted(whole.at, low, side="left"))
    stop = len(whole) if high is None else int(np.searchsorted(whole.at, high, side="right"))
    if start == len(whole) or stop == 0:
        return whole.take(slice(0, 0))
    return whole.take(slice(max(start - 1, 0), stop + 1))


def _newest(run: Series) -> tuple[Floats, Floats]:
    """Places and values; of several points at one place the one that came last."""
    import numpy as np

    last = np.append(np.diff(run.at) > 0, True)
    return (run.at, run.value) if last.all() else (run.at[last], run.value[last])


def _common(axes: Sequence[Floats]) -> Floats:
    """Every place of any run, and one in each stretch that no run covers: lines break there."""
    import numpy as np

    if not axes:
        return np.empty(0)
    if all(len(x) == len(axes[0]) and bool((x == axes[0]).all()) for x in axes[1:]):
        return axes[0]
    holes, reached = [], -np.inf
    for start, end in sorted((float(x[0]), float(x[-1])) for x in axes):
        if np.isfinite(reached) and start > reached:
            holes.append((start + reached) / 2)
        reached = max(reached, end)
    return np.unique(np.concatenate([*axes, holes]))


def _brought(x: Floats, value: Floats, at: Floats) -> Floats:
    """A run's values at the common places; NaN where it does not count."""
    import numpy as np

    if len(x) == len(at):
        return value
    found = np.full(len(at), np.nan)
    begin, end = np.searchsorted(at, [x[0], x[-1]])
    places = at[begin : end + 1]
    left = np.searchsorted(x, places, side="right") - 1
    right = np.minimum(left + 1, len(x) - 1)
    exact = x[left] == places
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (places - x[left]) / (x[right] - x[left])
        line = value[left] * (1 - share) + value[right] * share
    found[begin : end + 1] = np.where(exact, value[left], line)
    return found


def _spread(squares: Floats, n: Floats, kind: str) -> Floats:
    import numpy as np

    with np.errstate(invalid="ignore", divide="ignore"):
        std = np.sqrt(squares / (n - 1))
        std[n < 2] = np.nan
        if kind == "std":
            return std
        counts = np.unique(n).tolist()
        quantiles = np.array([student(int(count) - 1) if count > 1 else np.nan for count in counts])
        half: Floats = std / np.sqrt(n) * quantiles[np.searchsorted(counts, n)]
    return half


_T = (
    12.7062, 4.30265, 3.18245, 2.77645, 2.57058, 2.44691, 2.36462, 2.30600, 2.26216, 2.22814,
    2.20099, 2.17881, 2.16037, 2.14479, 2.13145, 2.11991, 2.10982, 2.10092, 2.09302, 2.08596,
)  # fmt: skip
_Z = 1.959964


def student(freedom: int) -> float:
    """How many standard errors of a mean hold it with 95 %, on both sides, at so many degrees of freedom."""
    if freedom <= len(_T):
        return _T[freedom - 1]
    # Student's t by the normal one: exact to five digits from here on.
    z = _Z
    first, second = (z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3
