"""Experiments and their series as pandas data frames. pandas is imported here, and only when asked."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

from .changes import Row
from .curves import Line
from .errors import MissingPackage
from .events import Json
from .status import contact

if TYPE_CHECKING:
    import pandas as pd

_NUMBERS = {"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf")}


def table(rows: Sequence[Row], now: float) -> pd.DataFrame:
    """One row for each experiment: who it is, how it stands, and `params.*` and `metrics.*`.

    A parameter `lr` is the column `params.lr`, a metric `train/loss` the column `metrics.train/loss`;
    where two files have one of the same name, the columns carry the file too. Numbers that JSON
    cannot hold are numbers here. Times are UTC.

    Raises:
        MissingPackage: pandas is not installed.
    """
    pandas = _pandas()
    cells = [
        [*_cells("params", row.params_text), *_cells("metrics", row.metrics_text)] for row in rows
    ]
    names = _names({place for held in cells for place, _ in held})
    frame = pandas.DataFrame(
        [
            _said(row, now) | {names[place]: value for place, value in held}
            for row, held in zip(rows, cells, strict=True)
        ],
        columns=[*_FIXED, *names.values()],
    )
    for column in ("started_at", "updated_at", "ended_at"):
        frame[column] = pandas.to_datetime(frame[column], unit="s", utc=True)
    return frame


_FIXED = (
    "name", "status", "detail", "contact", "step", "generation", "repo_url", "baseline_sha",
    "client", "message", "started_at", "updated_at", "ended_at",
)  # fmt: skip
_Place = tuple[str, str, str]
"""`params` or `metrics`, the file, and the path in it."""


def _said(row: Row, now: float) -> dict[str, Any]:
    said = {name: getattr(row, name) for name in _FIXED if name != "contact"}
    return said | {"contact": contact(now, row.stale_at, row.lost_at)}


def _cells(kind: str, text: str) -> Iterator[tuple[_Place, Json]]:
    for file, held in json.loads(text).items():
        yield from (((kind, file, path), value) for path, value in _leaves(held))


def _leaves(held: Json, prefix: str = "") -> Iterator[tuple[str, Json]]:
    if not isinstance(held, Mapping):
        yield prefix.removesuffix("/"), _NUMBERS.get(held, held) if isinstance(held, str) else held
        return
    for name, below in held.items():
        yield from _leaves(below, f"{prefix}{name}/")


def _names(places: set[_Place]) -> dict[_Place, str]:
    """A column's name for each place: the shortest that tells it from the others."""
    shared = Counter((kind, path) for kind, _, path in places)
    # Parameters first, as they were set before anything was measured.
    ordered = sorted(places, key=lambda place: (place[0] != "params", place))
    return {
        (kind, file, path): f"{kind}.{path}" if shared[kind, path] == 1 else f"{kind}.{file}:{path}"
        for kind, file, path in ordered
    }


def series(lines: Sequence[Line], names: Mapping[int, str]) -> pd.DataFrame:
    """Every point of `lines`: columns `experiment`, `step`, `value` and `time`.

    Raises:
        MissingPackage: pandas is not installed.
    """
    pandas = _pandas()
    parts = [
        pandas.DataFrame(
            {
                "experiment": names[line.experiment],
                "step": line.series.step.astype("int64"),
                "value": line.series.value,
                "time": pandas.to_datetime(line.series.time, unit="ms", utc=True),
            }
        )
        for line in lines
    ]
    if not parts:
        return pandas.DataFrame({"experiment": [], "step": [], "value": [], "time": []})
    return pandas.concat(parts, ignore_index=True)


def _pandas() -> ModuleType:
    try:
        import pandas
    except ImportError:
        raise MissingPackage(
            "Data frames need pandas, which is not installed here: pip install 'live-studio[pandas]'."
        ) from None
    return pandas  # type: ignore[no-any-return]
