"""DVCLive's files of one run: what Git and DVC keep of it, written from its own journal.

Nothing is written while the run logs. At its end the journal is read once, everything is laid into
a fresh folder beside the old files, and only what is whole takes their place.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .events import Json
from .harvest import Kept, Tables, harvest
from .journal import Journal
from .names import plain_path
from .reading import attached
from .yamls import read, with_entries, yaml

METRICS, IMAGES = "plots/metrics", "plots/images"
FIGURE, NOT_DVCS = "figure", ("bar", "histogram")
"""Templates of ours: DVC stops at one it does not know, and cannot draw a figure at all."""
NOT_FINITE = ("nan", "inf", "-inf")
CURVES = ("calibration", "det", "precision_recall", "roc")
"""Plots whose rows DVCLive keeps under their kind's name."""


@dataclass(slots=True)
class Folder:
    """Where a run's files go, and what is said of it beside the journal."""

    path: Path
    key: str
    """What the journal's paths begin with: the folder as the store names it."""
    dvcyaml: Path | None
    """None: no such file is written."""
    stamped: Collection[str] = ()
    """Metrics whose rows have a time."""
    artifacts: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    goes_on: bool = False
    """Whether the rows that are there belong to this run."""
    sums_up: bool = True
    """Whether there is to be a `metrics.json`."""


def latest(path: str | Path) -> dict[str, Json]:
    """What a `metrics.json` says; nothing where there is none that can be read."""
    try:
        said = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def last_step(folder: Path) -> int | None:
    """The step in `metrics.json`; None where there is none."""
    step = latest(folder / "metrics.json").get("step")
    return step if isinstance(step, int) else None


def write_summary(folder: Path, summary: Mapping[str, Json]) -> None:
    """Write `metrics.json`, whole or not at all.

    Raises:
        OSError: the disk does not take it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    put(folder / "metrics.json", _json(summary))


def write(
    folder: Folder, journal: Journal, summary: Mapping[str, Json]
) -> dict[str, Mapping[str, Json]]:
    """Write all files of a run in the place of those of an earlier one; the properties of its plots by path.

    Raises:
        OSError: the disk does not take them; the earlier ones stand.
    """
    folder.path.mkdir(parents=True, exist_ok=True)
    fresh = folder.path / f".live_studio-{uuid.uuid4().hex[:8]}"
    try:
        fresh.mkdir()
        if folder.goes_on:
            _copy(folder.path / "plots", fresh / "plots")
        kept = harvest(journal, folder.key, Tables(fresh / METRICS, folder.stamped))
        params = _earlier_params(folder) | kept.params
        if params:
            put(fresh / "params.yaml", yaml(params))
        if folder.sums_up:
            put(fresh / "metrics.json", _json(summary))
        _lay(fresh, journal, kept)
        _take_place(fresh, folder.path)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    if folder.dvcyaml:
        _write_dvcyaml(folder.dvcyaml, folder, kept, params, summary)
    return {path: props for path, (props, _) in kept.plots.items()}


def _earlier_params(folder: Folder) -> dict[str, Json]:
    if not folder.goes_on:
        return {}
    held = read(folder.path / "params.yaml")
    return held if isinstance(held, dict) else {}


# writing


def _lay(fresh: Path, journal: Journal, kept: Kept) -> None:
    """The pictures and plots."""
    for name, digest in kept.images.items():
        body, path = attached(journal.path, digest), plain_path(fresh, name)
        if body is not None and path:
            put(path, body)
    for name, (props, digest) in kept.plots.items():
        body, path = attached(journal.path, digest), plain_path(fresh, name)
        if body is not None and path:
            kind, rows = props.get("kind"), _with_numbers(json.loads(body))
            put(path, _json({kind: rows} if kind in CURVES else rows))


def _with_numbers(rows: Any) -> Any:
    """Rows with `NaN` and `Infinity` as DVCLive's files have them, in columns that hold numbers and nothing else.

    A journal has them as text, because they are no JSON.
    """
    if not isinstance(rows, list):
        return rows
    mixed = {
        name
        for row in rows
        for name, value in row.items()
        if isinstance(value, str | bool) and value not in NOT_FINITE
    }
    return [
        {
            name: float(value) if value in NOT_FINITE and name not in mixed else value
            for name, value in row.items()
        }
        for row in rows
    ]


def _take_place(fresh: Path, folder: Path) -> None:
    for name in ("metrics", "images", "custom", "sklearn"):
        shutil.rmtree(folder / "plots" / name, ignore_errors=True)
        if (fresh / "plots" / name).exists():
            (folder / "plots").mkdir(exist_ok=True)
            (fresh / "plots" / name).replace(folder / "plots" / name)
    for name in ("params.yaml", "metrics.json"):
        if (fresh / name).exists():
            (fresh / name).replace(folder / name)
        else:
            (folder / name).unlink(missing_ok=True)


def _write_dvcyaml(
    path: Path, folder: Folder, kept: Kept, params: Mapping[str, Json], summary: Mapping[str, Json]
) -> None:
    def told(what: Path | str) -> str:
        return Path(os.path.relpath(Path(what).absolute(), path.parent.absolute())).as_posix()

    said: dict[str, Any] = {}
    if params:
        said["params"] = [told(folder.path / "params.yaml")]
    if summary:
        said["metrics"] = [told(folder.path / "metrics.json")]
    plots: list[Json] = []
    if (folder.path / METRICS).exists():
        plots.append({told(folder.path / METRICS): {"x": "step"}})
    if (folder.path / IMAGES).exists() and kept.images:
        plots.append(told(folder.path / IMAGES))
    plots += [
        {told(folder.path / name): _drawn(props)}
        for name, (props, _) in kept.plots.items()
        if plain_path(folder.path, name) and props.get("template") != FIGURE
    ]
    if plots:
        said["plots"] = plots
    artifacts = {
        name: {**one, "path": told(str(one["path"]))} for name, one in folder.artifacts.items()
    }
    if artifacts:
        said["artifacts"] = artifacts
    put(path, with_entries(path, said, told(folder.path) + "/"))


def _drawn(props: Mapping[str, Json]) -> dict[str, Json]:
    order = ("template", "x", "y", "title", "x_label", "y_label")
    said = {name: props[name] for name in order if props.get(name) is not None}
    if said.get("template") in NOT_DVCS:
        del said["template"]
    return said


def _copy(old: Path, new: Path) -> None:
    if old.is_dir():
        shutil.copytree(old, new)


def _json(value: Json) -> bytes:
    return (json.dumps(value, indent=4) + "\n").encode()


def put(path: Path, body: bytes) -> None:
    """Write a file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        fresh.write_bytes(body)
        fresh.replace(path)
    except BaseException:  # an interrupt leaves no half file behind either; it goes on its way
        fresh.unlink(missing_ok=True)
        raise
