"""Experiments that Git holds, written inside one transaction."""

from __future__ import annotations

from typing import Any

from ..changes import dumps
from ..events import Pushed
from .generations import Generations
from .merging import jsonable
from .remotes import NOT_SEEN

CLIENT = "git"


def pushed(generations: Generations, event: Pushed) -> bool:
    """Merge with the row that reported live, or show what the commit says. False: it is known."""
    sql, key = generations.sql, event.key
    if sql(
        "SELECT 1 FROM generations g JOIN experiments e ON e.id = g.experiment"
        " WHERE e.repo_url = ? AND g.experiment_rev = ?",
        (key.repo_url, event.experiment_rev),
    ).fetchone():
        return False
    found = sql(
        "SELECT g.id, e.id AS experiment_id, g.status, g.detail, g.experiment_rev FROM experiments e"
        " JOIN generations g ON g.id = e.generation"
        " WHERE e.repo_url = ? AND e.baseline_sha = ? AND e.name = ?",
        (key.repo_url, key.baseline_sha, key.name),
    ).fetchone()
    if found:
        # A run that goes on has not been pushed yet: the revision is of one before it.
        if found["status"] == "running" or found["experiment_rev"]:
            return False
        generations.save(found, experiment_rev=event.experiment_rev)
        if found["detail"] == NOT_SEEN:
            generations.save(found, **_said(event))
        return True
    row = generations.open(generations.experiment(key), CLIENT, event.time)
    generations.save(row, status="completed", experiment_rev=event.experiment_rev, **_said(event))
    return True


def _said(event: Pushed) -> dict[str, Any]:
    """What the commit says of a run that nobody saw."""
    return {
        "message": event.message,
        "params": dumps(jsonable(dict(event.params))),
        "metrics": dumps(jsonable(dict(event.metrics))),
        "ended_at": event.time,
    }
