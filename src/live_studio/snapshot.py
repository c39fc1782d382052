"""The picture a dashboard leaves in the notebook: a table and small charts, without a script.

GitHub, nbconvert and a dead kernel show this. It holds no token and no path of the machine.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape
from math import isfinite

from .changes import Row
from .events import Json

ROWS_MOST = 50
COLUMNS_MOST = 6
CHARTS_MOST = 3
WIDTH, HEIGHT, PAD = 260, 90, 4
PALETTE = ("#8a4fd0", "#0b8ba3", "#f0562a", "#3a9a57", "#1f86e0", "#b07d00", "#cf3f86")

Curve = tuple[Sequence[float], Sequence[float]]
"""Steps and values, reduced already."""


def html(
    rows: Sequence[Row], charts: dict[str, list[Curve]], now: float, what: str = "Saved snapshot"
) -> str:
    """The newest rows and the charts of some of them; `what` says what this is a picture of."""
    shown = rows[:ROWS_MOST]
    when = datetime.fromtimestamp(now, UTC).strftime("%d %b %Y, %H:%M UTC")
    if not shown:
        return f"<p><b>{what}</b> of {when}: no experiments yet.</p>"
    flat = [_flat(row.metrics_text) for row in shown]
    names = _first_names(flat)
    head = "".join(f"<th>{escape(name)}</th>" for name in ("Experiment", "Status", *names))
    body = "".join(
        f"<tr><td>{escape(row.name[:80])}</td><td>{escape(_status(row))}</td>"
        + "".join(f"<td style='text-align:right'>{_number(held.get(name))}</td>" for name in names)
        + "</tr>"
        for row, held in zip(shown, flat, strict=True)
    )
    left_out = len(rows) - len(shown)
    more = f" The {len(shown)} newest of {len(rows):,} experiments." if left_out else ""
    pictures = "".join(_chart(name, curves) for name, curves in list(charts.items())[:CHARTS_MOST])
    return (
        f"<div><p><b>{what}</b> of {when}. It does not update.{more}</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        f"<div>{pictures}</div></div>"
    )


def _status(row: Row) -> str:
    return row.status.capitalize() + (f" · {row.detail}" if row.detail else "")


def _flat(text: str) -> dict[str, Json]:
    found: dict[str, Json] = {}

    def walk(prefix: str, value: Json) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                walk(f"{prefix}/{name}" if prefix else name, inner)
        else:
            found[prefix] = value

    for held in json.loads(text).values():
        walk("", held)
    return found


def _first_names(flat: Iterable[dict[str, Json]]) -> list[str]:
    names: dict[str, None] = {}
    for held in flat:
        names.update(dict.fromkeys(held))
    return list(names)[:COLUMNS_MOST]


def _number(value: Json) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return "–" if value is None else escape(str(value)[:40])


def _chart(name: str, curves: Sequence[Curve]) -> str:
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
            f"{PAD + across * (WIDTH - 2 * PAD):.1f},{HEIGHT - PAD - up * (HEIGHT - 2 * PAD):.1f}"
        )

    drawn = "".join(
        f'<polyline fill="none" stroke="{PALETTE[number % len(PALETTE)]}" stroke-width="1.5" points="'
        + " ".join(place(x, y) for x, y in line)
        + '"/>'
        for number, line in enumerate(lines)
        if line
    )
    return (
        f'<figure style="display:inline-block;margin:8px"><figcaption>{escape(name)}'
        f" ({_number(low)} to {_number(high)})</figcaption>"
        f'<svg width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">{drawn}</svg></figure>'
    )
