"""The points of a request's body, by columns: a million rows may come at once, and their client waits five seconds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import repeat
from typing import Any

from .errors import InvalidEvent, shown
from .events import Point, metric_name
from .rows import Rows

STEP_MOST = 1 << 53
STAMP_MOST = 8.64e12
"""Seconds from the epoch to the last moment that a browser's clock knows."""
ROWS_MANY = 1_000
"""From here on points are kept as columns until somebody stores them."""


def points(path: str, rows: list[dict[str, float | str | None]]) -> tuple[Sequence[Point], int]:
    """The points of one series, and how many of them had no number for a value.

    Raises:
        InvalidEvent: one of them is none; the text names the series.
    """
    steps = _steps(path, rows)
    raw = _raw(path, rows)
    plain = set(map(type, raw)) <= {float}
    values: list[Any] = raw if plain else [_value(path, one) for one in raw]
    stamps = (
        [_stamp(path, row) for row in rows] if any("timestamp" in row for row in rows) else None
    )
    mended = sum(type(one) is not float for one in raw)
    if len(rows) > ROWS_MANY:
        return Rows(steps, values, stamps), mended
    every = zip(steps, values, stamps or repeat(None))  # noqa: B905  # nobody knows the length of `repeat`
    return list(map(Point._make, every)), mended


def _steps(path: str, rows: list[dict[str, float | str | None]]) -> list[int]:
    steps = [row.get("step") for row in rows]
    if set(map(type, steps)) <= {float}:
        whole = list(map(int, steps))  # type: ignore[arg-type]  # numbers, as was just seen
        if whole == steps and max(map(abs, whole), default=0) <= STEP_MOST:
            return whole
    raise InvalidEvent(f"a point of {shown(path)} has no whole `step`")


def _raw(path: str, rows: list[dict[str, float | str | None]]) -> list[float | str | None]:
    """The values as they were written: of the metric's own column, or of the only one there is."""
    column = metric_name(path).rpartition("/")[2]
    if all(column in row for row in rows):
        return [row[column] for row in rows]
    return [row[_column(path, column, row)] for row in rows]


def _column(path: str, column: str, row: dict[str, float | str | None]) -> str:
    if column in row:
        return column
    others = [name for name in row if name not in ("step", "timestamp")]
    if len(others) != 1:
        raise InvalidEvent(f"a point of {shown(path)} has no column {shown(column)}")
    return others[0]


def _value(path: str, value: float | str | None) -> float:
    try:
        return math.nan if value is None else float(value)
    except ValueError:
        raise InvalidEvent(f"{shown(path)} got {shown(str(value))}, which is no number") from None


def _stamp(path: str, row: dict[str, float | str | None]) -> float | None:
    stamp = row.get("timestamp")
    if stamp is None:
        return None
    try:
        seconds = float(stamp) / 1000
    except ValueError:
        seconds = math.nan
    if not abs(seconds) <= STAMP_MOST:
        raise InvalidEvent(f"a `timestamp` of {shown(path)} is no number of milliseconds")
    return seconds
