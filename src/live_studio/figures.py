"""A metric's chart as a Plotly figure: the lines, marks and colours that the dashboard draws.

Imports plotly where a figure is made: nothing else in Python needs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .curves import METRIC, Line, Question
from .series import Series
from .snapshot import PALETTE

if TYPE_CHECKING:
    import plotly.graph_objects as go

DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
WIDTH, BEHIND, STRENGTH = 1.75, 1.0, 0.28
MARKS = {
    "nan": ("NaN", "◇"),
    "inf": ("∞", "△"),
    "-inf": ("−∞", "▽"),
    "below": ("≤ 0", "▼"),
}


def figure(question: Question, lines: Sequence[Line], names: Sequence[str]) -> go.Figure:
    """The figure of a metric; `names` are those of the lines' experiments, in the same order."""
    import plotly.graph_objects as go

    behind, front, marks = [], [], []
    for slot, (line, name) in enumerate(zip(lines, names, strict=True)):
        colour = PALETTE[slot % len(PALETTE)]
        said = {"name": _text(name), "legendgroup": str(slot)}
        dash = DASHES[slot // len(PALETTE) % len(DASHES)]
        stroke = {"color": colour, "width": WIDTH, "dash": dash}
        if line.smooth is None:
            front.append(_curve(line.series, stroke, question) | said)
        else:
            faint = {"color": colour, "width": BEHIND}
            behind.append(
                _curve(line.series, faint, question)
                | said
                | {"opacity": STRENGTH, "showlegend": False}
            )
            front.append(_curve(line.smooth, stroke, question) | said)
        marks += _marks(line, colour, question)
    drawn = go.Figure([go.Scatter(trace) for trace in (*behind, *front)])
    drawn.update_layout(
        template="plotly_white",
        title=_text(question.metric),
        hovermode="x unified",
        xaxis={"title": _axis_name(question.x), "type": "date" if question.x == "time" else None},
        yaxis={"type": "log" if question.log else "linear"},
        legend={"orientation": "h", "y": -0.2},
        annotations=marks,
    )
    return drawn


def _curve(series: Series, stroke: dict[str, Any], question: Question) -> dict[str, Any]:
    """A line that breaks where a point has no place; a point between two gaps shows as a dot."""
    import numpy as np

    placed = np.isfinite(series.value)
    if question.log:
        placed &= series.value > 0
    near = np.concatenate([[False], placed, [False]])
    alone = placed & ~near[:-2] & ~near[2:]
    return {
        "x": _places(series, question),
        "y": np.where(placed, series.value, np.nan),
        "mode": "lines+markers" if alone.any() else "lines",
        "line": stroke,
        "marker": {"size": np.where(alone, 5, 0), "color": stroke["color"]},
        "connectgaps": False,
    }


def _marks(line: Line, colour: str, question: Question) -> list[dict[str, Any]]:
    """A mark for each kind of point without a place: at the edge, where the first one is."""
    found = []
    for kind, (count, steps) in line.odd.items():
        word, sign = MARKS[kind]
        first = (line.series.step == steps[0]).nonzero()[0][:1]
        if not len(first):
            continue
        named = ", ".join(f"{step:,}" for step in steps) + (" …" if count > len(steps) else "")
        found.append(
            {
                "x": _places(line.series, question)[first[0]],
                "y": 1 if kind == "inf" else 0,
                "yref": "y domain",
                "text": f"{sign} {word} ×{count:,}" if count > 1 else f"{sign} {word}",
                "hovertext": _text(f"{word} at {'steps' if count > 1 else 'step'} {named}"),
                "showarrow": False,
                "xanchor": "left",
                "yanchor": "top" if kind == "inf" else "bottom",
                "font": {"color": colour},
            }
        )
    return found


def _places(series: Series, question: Question) -> Any:
    return series.at.astype("datetime64[ms]") if question.x == "time" else series.at


def _axis_name(x: str) -> str:
    return _text({"relative": "seconds since start"}.get(x, x.removeprefix(METRIC)))


def _text(said: str) -> str:
    """Plotly reads its texts as a small HTML."""
    return said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
