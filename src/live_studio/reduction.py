"""Leaving points out without lying: what a chart of so many pixels shows of a longer series.

Of each pixel column the first, last, lowest and highest point stay. A point that is no place on the
axis (NaN, an infinity, zero or less on a logarithmic one) is a gap: no gap is closed, and the first
of each kind stays in each column, for its mark. Nothing is invented and the order stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .series import Series

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float64]]
    Flags = np.ndarray[Any, np.dtype[np.bool_]]
    Indices = np.ndarray[Any, np.dtype[np.intp]]

STEPS_NAMED = 10
"""A mark's tooltip names so many steps."""

Odd = dict[str, tuple[int, list[int]]]
"""Of each kind of point without a place (`nan`, `inf`, `-inf`, `below`): how many, and the first steps."""


def reduced(series: Series, points: int, *, log: bool = False) -> Series:
    """About `points` of the points; a series that fits comes back whole."""
    if points <= 0 or len(series) <= points:
        return series
    return series.take(kept(series.at, series.value, points, log=log))


def between(series: Series, low: float | None, high: float | None) -> Series:
    """The part whose x lies in [low, high], with one neighbour on each side so lines reach the edge."""
    import numpy as np

    size = len(series)
    start = 0 if low is None else int(np.searchsorted(series.at, low, side="left"))
    stop = size if high is None else int(np.searchsorted(series.at, high, side="right"))
    if start == size or stop == 0:
        return series.take(slice(0, 0))
    return series.take(slice(max(start - 1, 0), stop + 1))


def odd(series: Series, *, log: bool = False) -> Odd:
    """The points that have no place on the axis, by kind."""
    found: Odd = {}
    for kind, flags in _kinds(series.value, log=log).items():
        if count := int(flags.sum()):
            steps = series.step[flags.nonzero()[0][:STEPS_NAMED]]
            found[kind] = (count, steps.astype("int64").tolist())
    return found


def all_odd(several: Sequence[Odd]) -> Odd:
    """What several series count, together."""
    found: Odd = {}
    for one in several:
        for kind, (count, steps) in one.items():
            before, known = found.get(kind, (0, []))
            found[kind] = (before + count, sorted({*known, *steps})[:STEPS_NAMED])
    return found


def kept(x: Floats, value: Floats, points: int, *, log: bool = False) -> Indices:
    """Which points stay: at most four in each of `points // 4` columns of x, and what gaps need."""
    import numpy as np

    size = len(value)
    cuts = np.linspace(x[0], x[-1], max(points // 4, 1) + 1)[1:-1]
    edges = np.unique(np.concatenate([[0], np.searchsorted(x, cuts), [size]]))
    keep = np.zeros(size, dtype=bool)
    # The ends stay whatever they are: they say how far the series reaches.
    keep[0] = keep[-1] = True
    kinds = _kinds(value, log=log)
    drawn = ~np.logical_or.reduce([*kinds.values()])
    if drawn.all():
        _keep_extremes(value, edges, None, keep)
    else:
        place = drawn.nonzero()[0]
        _keep_extremes(value[place], np.unique(np.searchsorted(place, edges)), place, keep)
        for flags in kinds.values():
            where = flags.nonzero()[0]
            keep[where[np.unique(np.searchsorted(edges, where, "right"), return_index=True)[1]]] = (
                True
            )
        _keep_gaps(drawn, keep)
    found: Indices = keep.nonzero()[0]
    return found


def _kinds(value: Floats, *, log: bool) -> dict[str, Flags]:
    import numpy as np

    kinds = {"nan": np.isnan(value), "inf": value == np.inf, "-inf": value == -np.inf}
    if log:
        kinds["below"] = (value <= 0) & (value > -np.inf)
    return kinds


def _keep_extremes(value: Floats, edges: Indices, place: Indices | None, keep: Flags) -> None:
    """First, last, lowest and highest of each column; `place` says where the points really are."""
    import numpy as np

    starts, ends = edges[:-1], edges[1:]
    columns = list(zip(starts.tolist(), ends.tolist(), strict=True))
    low = [begin + int(value[begin:end].argmin()) for begin, end in columns]
    high = [begin + int(value[begin:end].argmax()) for begin, end in columns]
    found = np.concatenate([starts, ends - 1, low, high]).astype(np.intp)
    keep[found if place is None else place[found]] = True


def _keep_gaps(drawn: Flags, keep: Flags) -> None:
    """One point of each gap that lies between two neighbours which are kept."""
    import numpy as np

    gaps = (~drawn).nonzero()[0]
    # How many of the kept points that are drawn stand before each gap's points: equal, same line.
    before = np.cumsum(keep & drawn)[gaps]
    keep[gaps[np.unique(before, return_index=True)[1]]] = True
