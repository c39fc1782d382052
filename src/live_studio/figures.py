"""A metric's chart as a Plotly figure: the lines, marks and colours that the dashboard draws.

Imports plotly where a figure is made: nothing else in Python needs it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .bands import Band
from .curves import METRIC, Group, Line, Question
from .series import Series
from .sketch import PALETTE

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


Trace = dict[str, Any]
WORDS = {"std": "mean ± std", "ci": "mean, 95 % CI", "range": "mean, min to max"}
BAND = 0.16


@dataclass(frozen=True, slots=True)
class Label:
    """How an experiment, or a group of repeats, is called and which colour it has."""

    name: str
    slot: int

    @property
    def colour(self) -> str:
        """Its hue."""
        return PALETTE[self.slot % len(PALETTE)]

    @property
    def stroke(self) -> dict[str, Any]:
        """How its line is drawn: after seven colours the same again, with another dash."""
        dash = DASHES[self.slot // len(PALETTE) % len(DASHES)]
        return {"color": self.colour, "width": WIDTH, "dash": dash}


def figure(
    question: Question,
    lines: Sequence[Line],
    groups: Sequence[Group],
    labels: Mapping[int, Label],
    over: Sequence[str] = (),
) -> go.Figure:
    """The figure of a metric; `labels` are those of the experiments, and of each group's by its first."""
    import plotly.graph_objects as go

    bands: list[Trace] = []
    behind: list[Trace] = []
    front: list[Trace] = []
    marks: list[Trace] = []
    for line in lines:
        label = labels[line.experiment]
        _draw(line.series, line.smooth, label, question, behind, front)
        marks += _marks(line, label.colour, question)
    for group in groups:
        label = labels[group.experiments[0]]
        soft = None if group.smooth is None else _mean(group.smooth)
        _draw(_mean(group.band), soft, label, question, behind, front)
        bands.append(_filled(group.smooth or group.band, label, question))
    drawn = go.Figure([go.Scatter(trace) for trace in (*bands, *behind, *front)])
    drawn.update_layout(
        template="plotly_white",
        title=_title(question, groups, over),
        hovermode="x unified",
        xaxis={"title": _axis_name(question.x), "type": "date" if question.x == "time" else None},
        yaxis={"type": "log" if question.log else "linear"},
        legend={"orientation": "h", "y": -0.2},
        annotations=marks,
    )
    return drawn


def _draw(
    series: Series,
    smooth: Series | None,
    label: Label,
    question: Question,
    behind: list[Trace],
    front: list[Trace],
) -> None:
    """The line in front and, where that is smoothed, what was logged faint behind it."""
    said = {"name": _text(label.name), "legendgroup": str(label.slot)}
    front.append(_curve(series if smooth is None else smooth, label.stroke, question) | said)
    if smooth is not None:
        faint = _curve(series, {"color": label.colour, "width": BEHIND}, question)
        behind.append(faint | said | {"opacity": STRENGTH, "showlegend": False})


def _mean(band: Band) -> Series:
    return Series(band.at, band.mean, band.at)


def _filled(band: Band, label: Label, question: Question) -> Trace:
    """One shape for each stretch in which there is a band."""
    import numpy as np

    there = np.isfinite(band.low) & np.isfinite(band.high)
    ends = np.flatnonzero(np.diff(np.concatenate([[False], there, [False]]).astype(int)))
    low = band.low
    if question.log:
        # What the axis has no place for ends at the lowest value that it has one for.
        drawn = np.concatenate([band.mean, band.low, band.high])
        drawn = drawn[np.isfinite(drawn) & (drawn > 0)]
        low = np.maximum(low, drawn.min(initial=np.inf))
    x: list[Any] = []
    y: list[Any] = []
    for begin, end in ends.reshape(-1, 2):
        part = slice(begin, end)
        x += [band.at[part], band.at[part][::-1], [np.nan]]
        y += [band.high[part], low[part][::-1], [np.nan]]
    at = np.concatenate(x) if x else np.empty(0)
    red, green, blue = (int(label.colour[place : place + 2], 16) for place in (1, 3, 5))
    return {
        "x": _on_axis(at, question),
        "y": np.concatenate(y) if y else np.empty(0),
        "mode": "none",
        "fill": "toself",
        "fillcolor": f"rgba({red}, {green}, {blue}, {BAND})",
        "hoverinfo": "skip",
        "showlegend": False,
        "legendgroup": str(label.slot),
    }


def _title(question: Question, groups: Sequence[Group], over: Sequence[str]) -> str:
    metric = _text(question.metric)
    if not groups:
        return metric
    sizes = sorted({len(group.experiments) for group in groups})
    n = str(sizes[0]) if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}"
    said = f"{WORDS[question.band]} over {', '.join(over)} · n = {n}"
    return f"{metric}<br><sub>{_text(said)}</sub>"


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
    return _on_axis(series.at, question)


def _on_axis(at: Any, question: Question) -> Any:
    return at.astype("datetime64[ms]") if question.x == "time" else at


def _axis_name(x: str) -> str:
    return _text({"relative": "seconds since start"}.get(x, x.removeprefix(METRIC)))


def _text(said: str) -> str:
    """Plotly reads its texts as a small HTML."""
    return said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
