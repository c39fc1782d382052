"""The picture a dashboard leaves in the notebook: a table and small charts, without a script.

GitHub, nbconvert and a dead kernel show this. It holds no token and no path of the machine.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape

from .changes import Row
from .events import Json
from .nesting import leaves
from .sketch import Curve, chart, number

ROWS_MOST = 50
COLUMNS_MOST = 6
CHARTS_MOST = 3


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
        + "".join(f"<td style='text-align:right'>{number(held.get(name))}</td>" for name in names)
        + "</tr>"
        for row, held in zip(shown, flat, strict=True)
    )
    left_out = len(rows) - len(shown)
    more = f" The {len(shown)} newest of {len(rows):,} experiments." if left_out else ""
    pictures = "".join(chart(name, curves) for name, curves in list(charts.items())[:CHARTS_MOST])
    return (
        f"<div><p><b>{what}</b> of {when}. It does not update.{more}</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        f"<div>{pictures}</div></div>"
    )


def _status(row: Row) -> str:
    return row.status.capitalize() + (f" · {row.detail}" if row.detail else "")


def _flat(text: str) -> dict[str, Json]:
    return {name: value for held in json.loads(text).values() for name, value in leaves(held)}


def _first_names(flat: Iterable[dict[str, Json]]) -> list[str]:
    names: dict[str, None] = {}
    for held in flat:
        names.update(dict.fromkeys(held))
    return list(names)[:COLUMNS_MOST]
