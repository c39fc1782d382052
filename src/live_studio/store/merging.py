"""What a row holds as JSON text, and what it holds after something was added. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

from ..changes import dumps
from ..events import Json
from ..nesting import nest

EXACT = 2**53
LISTED_MOST = 500
"""Plots, and artifacts, that a row can list: the newest."""


def jsonable(value: Json) -> Json:
    """A value as the contract writes it: numbers that JSON or a browser cannot hold become text."""
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if isinstance(value, dict):
        return {name: jsonable(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [jsonable(inner) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > EXACT:
        return str(value)
    return value


def encoded(value: Json) -> str:
    """As `dumps`, in a tenth of its time; for what arrives by request, where msgspec is loaded anyway."""
    import msgspec

    return msgspec.json.encode(value).decode()


def decoded(text: str) -> Any:
    """The value of such text."""
    import msgspec

    return msgspec.json.decode(text)


def with_files(text: str, files: Mapping[str, Json]) -> str:
    """Files replaced whole, as requests send them."""
    return encoded(decoded(text) | jsonable(dict(files)))


def with_params(text: str, file: str, said: Mapping[str, Json]) -> str:
    """Parameters added to one file, as journals send them."""
    held = json.loads(text)
    held[file] = held.get(file, {}) | jsonable(dict(said))
    return dumps(held)


def with_metrics(text: str, file: str, values: Mapping[str, Json]) -> str:
    """Metrics by name into the nested form that DVCLive's summary has."""
    held = json.loads(text)
    nest(held.setdefault(file, {}), jsonable(dict(values)))
    return dumps(held)


def with_counts(text: str, counts: Mapping[str, tuple[int, int]]) -> str:
    """Points added to what is known of each series."""
    series = json.loads(text)
    for path, (count, step) in counts.items():
        held = series.setdefault(path, {"count": 0, "last_step": step})
        held["count"] += count
        held["last_step"] = max(held["last_step"], step)
    return dumps(series)


def with_artifacts(text: str, said: Mapping[str, Json]) -> str:
    """Artifacts added to those known, or in the place of one of the same name."""
    held = {artifact["name"]: artifact for artifact in json.loads(text)} | jsonable(dict(said))
    return dumps(list(held.values())[-LISTED_MOST:])


def with_plots(text: str, plots: Iterable[Json]) -> str:
    """Plots added to those known, or in the place of one of the same path."""
    held = {plot["path"]: plot for plot in json.loads(text)} | {
        plot["path"]: plot for plot in plots
    }
    return dumps(list(held.values())[-LISTED_MOST:])


def ended(done: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a status and its reason."""
    return {
        "status": done["status"],
        "detail": done.get("detail"),
        "error": dumps(done.get("error")),
        "ended_at": done["time"],
    }
