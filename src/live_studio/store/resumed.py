"""Runs that go on with an earlier one: which that is, and what the two are together.

A resumed run has a journal and a generation of its own, so that a late part of the earlier one
still lands where it belongs. What is shown is put together whenever somebody looks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..changes import Row, dumps
from ..events import Json
from ..nesting import leaves, nest
from . import ledger
from .merging import with_artifacts, with_counts, with_plots

Ask = Callable[..., Any]
"""Runs one SELECT; its result can be gone through."""

FRESH, ALONE = None, 0
"""`generations.resumes` of a run that begins anew, and of one that wanted to go on where nothing is."""
_LINK = """
    UPDATE generations SET resumes = coalesce((
        SELECT id FROM generations AS earlier WHERE earlier.experiment = generations.experiment
        AND earlier.started_at < generations.started_at
        ORDER BY earlier.started_at DESC, earlier.id DESC LIMIT 1), 0)
    WHERE experiment = ? AND resumes IS NOT NULL
"""
_CHAIN = """
    WITH RECURSIVE chain (id, resumes) AS (
        SELECT id, resumes FROM generations WHERE id = ?
        UNION SELECT g.id, g.resumes FROM generations g JOIN chain ON g.id = chain.resumes
    ) SELECT id FROM chain ORDER BY id != ?, (SELECT started_at FROM generations WHERE id = chain.id) DESC
"""
_LAST = """
    SELECT e.name, e.baseline_sha, g.* FROM experiments e JOIN generations g ON g.id = e.generation
    WHERE e.deleted_at IS NULL AND e.repo_url = ?1
    AND (e.name = ?2 OR ?2 IS NULL AND EXISTS (SELECT 1 FROM json_each(g.metrics) WHERE key = ?3))
    ORDER BY g.started_at DESC, g.id DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Last:
    """The run that a new one goes on with."""

    name: str
    baseline_sha: str
    started_at: float
    step: int | None
    """The last step that ended; None: none has."""
    summary: Mapping[str, Json] | None = None
    """The newest value of each metric, nested; None where that is not told."""


def link(sql: Ask, experiment: int) -> None:
    """Say of an experiment's resumed runs which one each goes on with: the start before its own.

    Asked again with every start: the journal of an earlier run may be the later one to arrive.
    """
    sql(_LINK, (experiment,))


def chain(ask: Ask, generation: int) -> list[int]:
    """A generation and those that it goes on with, oldest first."""
    return [found[0] for found in ask(_CHAIN, (generation, generation))][::-1]


def last(ask: Ask, repo_url: str, name: str | None, metrics_file: str) -> Last | None:
    """The newest run of a repository with this name, or without a name with this metrics file."""
    for found in ask(_LAST, (repo_url, name, metrics_file)):
        held = "{}"
        for part in chain(ask, found["id"]):
            for (metrics,) in ask("SELECT metrics FROM generations WHERE id = ?", (part,)):
                held = _metrics(held, metrics)
        files = json.loads(held)
        summary: dict[str, Json] = files.get(metrics_file) or next(iter(files.values()), {})
        step = summary.get("step")
        whole = step if isinstance(step, int) else None
        return Last(found["name"], found["baseline_sha"], found["started_at"], whole, summary)
    return None


def together(parts: Sequence[Row]) -> Row:
    """What several runs, each going on with the one before, are as one row."""
    first, newest = parts[0], parts[-1]
    counted = {name: sum(int(part.ledger[name]) for part in parts) for name in ledger.COLUMNS}
    steps = [part.step for part in parts if part.step is not None]
    totals = [part.total_steps for part in parts if part.total_steps is not None]
    whole = newest
    for part in parts[-2::-1]:
        whole = replace(
            whole,
            params_text=_params(part.params_text, whole.params_text),
            metrics_text=_metrics(part.metrics_text, whole.metrics_text),
            series_text=_series(part.series_text, whole.series_text),
            images_text=_images(part.images_text, whole.images_text),
            plots_text=with_plots(part.plots_text, json.loads(whole.plots_text)),
            artifacts_text=with_artifacts(
                part.artifacts_text, {one["name"]: one for one in json.loads(whole.artifacts_text)}
            ),
            message=whole.message or part.message,
            subdir=whole.subdir or part.subdir,
        )
    return replace(
        whole,
        step=max(steps, default=None),
        total_steps=totals[-1] if totals else None,
        started_at=first.started_at,
        ledger=newest.ledger | counted,
    )


def _params(earlier: str, later: str) -> str:
    held: dict[str, dict[str, Json]] = json.loads(earlier)
    for file, values in json.loads(later).items():
        held[file] = held.get(file, {}) | values
    return dumps(held)


def _metrics(earlier: str, later: str) -> str:
    held: dict[str, Json] = json.loads(earlier)
    for file, values in json.loads(later).items():
        nest(held.setdefault(file, {}), dict(leaves(values)))
    return dumps(held)


def _series(earlier: str, later: str) -> str:
    counts = {path: (one["count"], one["last_step"]) for path, one in json.loads(later).items()}
    return with_counts(earlier, counts)


def _images(earlier: str, later: str) -> str:
    held = {(image["path"], image["step"]): image for image in json.loads(earlier)}
    for image in json.loads(later):
        held.pop((image["path"], image["step"]), None)
        held[image["path"], image["step"]] = image
    return dumps(list(held.values()))
