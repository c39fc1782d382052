"""A Plotly figure as plain data: its traces and axes, without what could act in a page that shows it.

The dashboard draws what it knows of a figure, attribute by attribute, whoever sent it. Here a
figure is refused, with the reason, where it would not be drawn.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from .errors import InvalidPlot
from .events import Json
from .values import writable

TYPES = ("bar", "heatmap", "histogram", "parcoords", "scatter", "scattergl")
FIGURE_MOST = 4_000_000
"""Bytes of a figure: a page reads it whole."""
TRACES_MOST = 100

_UNSEEN = {"customdata", "hoverinfo", "hoverlabel", "hovertemplate", "hovertext", "ids", "meta"}
"""Of traces: the dashboard has a tooltip of its own."""
_ELSEWHERE = {"geo", "images", "map", "mapbox", "sliders", "template", "updatemenus"}
"""Of layouts: other looks, other places."""


def is_figure(said: Any) -> bool:
    """Whether this is a figure of Plotly's, or what one looks like as a dict."""
    if isinstance(said, Mapping):
        return isinstance(said.get("data"), list | tuple)
    return hasattr(said, "to_plotly_json") and hasattr(said, "data")


def encoded(name: str, figure: Any) -> tuple[bytes, str | None]:
    """The figure as JSON, and its title.

    Raises:
        InvalidPlot: it has traces that are not drawn here, too many of them, or is too large.
    """
    said = figure if isinstance(figure, Mapping) else figure.to_plotly_json()
    traces = [_trace(name, trace) for trace in said["data"]]
    if not 0 < len(traces) <= TRACES_MOST:
        raise InvalidPlot(
            f"figure {name!r} has {len(traces):,} traces; from 1 to {TRACES_MOST} are drawn."
        )
    layout = {key: v for key, v in (said.get("layout") or {}).items() if key not in _ELSEWHERE}
    try:
        plain = writable(_decoded({"data": traces, "layout": layout}))
        body = json.dumps(plain, separators=(",", ":"), ensure_ascii=False, default=str).encode()
    except (TypeError, ValueError, binascii.Error) as error:
        raise InvalidPlot(f"figure {name!r} cannot be written as JSON: {error}.") from None
    if len(body) > FIGURE_MOST:
        raise InvalidPlot(
            f"figure {name!r} has {len(body):,} bytes; at most {FIGURE_MOST:,}: draw fewer points,"
            " or log it as a picture with log_image."
        )
    return body, _title(plain["layout"])


def _trace(name: str, trace: Any) -> dict[str, Json]:
    said = dict(trace) if isinstance(trace, Mapping) else trace.to_plotly_json()
    kind = said.get("type") or "scatter"
    if kind not in TYPES:
        raise InvalidPlot(
            f"figure {name!r} has a trace of type {str(kind)[:40]!a}; there are {', '.join(TYPES)}."
            " Log it as a picture with log_image, or its rows with log_plot."
        )
    return {key: value for key, value in said.items() if key not in _UNSEEN}


def _title(layout: Mapping[str, Json]) -> str | None:
    title = layout.get("title")
    text = title.get("text") if isinstance(title, Mapping) else title
    return text if isinstance(text, str) and text else None


def _decoded(value: Any) -> Any:
    """Arrays as lists, also those that Plotly has packed; dates as text."""
    if isinstance(value, Mapping):
        if {"bdata", "dtype"} <= value.keys():
            return _unpacked(value)
        return {name: _decoded(inner) for name, inner in value.items()}
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_decoded(inner) for inner in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def _unpacked(packed: Mapping[str, Any]) -> Any:
    import numpy as np

    flat = np.frombuffer(
        base64.b64decode(packed["bdata"], validate=True), np.dtype(str(packed["dtype"]))
    )
    sizes = str(packed.get("shape") or len(flat)).split(",")
    return flat.reshape([int(size) for size in sizes]).tolist()
