"""Lines as a small picture that needs no script: for a saved notebook and for a report. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from math import isfinite

PAD = 4
PALETTE = ("#8a4fd0", "#0b8ba3", "#f0562a", "#3a9a57", "#1f86e0", "#b07d00", "#cf3f86")

Curve = tuple[Sequence[float], Sequence[float]]
"""Places on the x axis and values."""
Point = tuple[float, float]


def chart(name: str, curves: Sequence[Curve], width: int = 260, height: int = 90) -> str:
    """Lines with their name and range, as HTML; nothing where there is nothing to draw."""
    drawn = svg(curves, width, height)
    if not drawn:
        return ""
    values = [value for _, found in curves for value in found if isfinite(value)]
    return (
        f'<figure style="display:inline-block;margin:8px"><figcaption>{escape(name)}'
        f" ({number(min(values))} to {number(max(values))})</figcaption>{drawn}</figure>"
    )


def svg(curves: Sequence[Curve], width: int, height: int) -> str:
    """Lines as SVG, which fill it; nothing where there are fewer than two points."""
    lines = [[(x, y) for x, y in zip(*curve, strict=True) if isfinite(y)] for curve in curves]
    points = [point for line in lines for point in line]
    if len(points) < 2:
        return ""
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    low, high = min(y for _, y in points), max(y for _, y in points)

    def place(x: float, y: float) -> str:
        across = (x - left) / (right - left or 1)
        up = (y - low) / (high - low or 1)
        return (
            f"{PAD + across * (width - 2 * PAD):.1f},{height - PAD - up * (height - 2 * PAD):.1f}"
        )

    drawn = "".join(
        f'<polyline fill="none" stroke="{PALETTE[at % len(PALETTE)]}" stroke-width="1.5" points="'
        + " ".join(place(x, y) for x, y in line)
        + '"/>'
        for at, line in enumerate(lines)
        if line
    )
    return f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}">{drawn}</svg>'


def thinned(points: Sequence[Point], columns: int) -> Iterator[Point]:
    """Of points in order of x: the first, last, lowest and highest of so many columns, so a spike stays."""
    if len(points) <= 4 * columns:
        yield from points
        return
    for column in range(columns):
        begin, end = (len(points) * at // columns for at in (column, column + 1))
        part = range(begin, end)
        kept = {
            begin,
            end - 1,
            min(part, key=lambda at: points[at][1]),
            max(part, key=lambda at: points[at][1]),
        }
        yield from (points[at] for at in sorted(kept))


def number(value: object) -> str:
    """A value as a table shows it: numbers short, what is missing as a dash."""
    if isinstance(value, float):
        return f"{value:.4g}"
    return "–" if value is None else escape(str(value)[:40])
