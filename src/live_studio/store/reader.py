"""Rows out of the store: what changed after a sequence number."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field

from ..changes import Row, iso
from ..events import Json
from ..status import silence_limits
from . import ledger, resumed
from .shown import Shown

_ROW = """
    SELECT e.id, e.seq, e.repo_url, e.baseline_sha, e.name, e.deleted_at, g.number, g.status, g.detail,
           g.error, g.client, g.message, g.subdir, g.experiment_rev, g.params, g.metrics, g.series,
           g.images, g.plots, g.artifacts, g.total_steps, g.step, g.started_at, g.updated_at, g.ended_at, g.heard_at, g.gaps,
           g.pushed_at, g.id AS generation_id, g.resumes, g.received, g.repaired, g.duplicate, g.refused, g.refusal
    FROM experiments e JOIN generations g ON g.experiment = e.id
"""
_SHOWN = f"{_ROW} WHERE g.id = e.generation AND"
_CHANGED = """
    SELECT e.id, e.seq, e.deleted_at IS NOT NULL
    FROM experiments e JOIN generations g ON g.experiment = e.id
    WHERE g.id = e.generation AND e.seq > ? ORDER BY e.seq
"""
DELETED_BYTES = 20


@dataclass(slots=True)
class Page:
    """What one answer can hold. `seq` is how far it reaches."""

    seq: int
    more: bool = False
    rows: list[Row] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    projects: list[sqlite3.Row] = field(default_factory=list)
    repos: list[sqlite3.Row] = field(default_factory=list)
    baselines: dict[str, list[str]] = field(default_factory=dict)
    """Of each repository in `repos`: the commits its experiments start from."""


def page(connection: sqlite3.Connection, since: int, most_bytes: int, shown: Shown) -> Page:
    """The changes after `since`, cut before `most_bytes` but never within one seq.

    `shown` holds what was read of them before, in this file.
    """
    found = Page(connection.execute("SELECT seq FROM clock").fetchone()[0])
    _take_experiments(connection, since, most_bytes, found, shown)
    span = (since, found.seq)
    found.projects = connection.execute(
        "SELECT * FROM projects WHERE seq > ? AND seq <= ? ORDER BY seq", span
    ).fetchall()
    found.repos = connection.execute(
        "SELECT * FROM repos WHERE seq > ? AND seq <= ?", span
    ).fetchall()
    for repo in found.repos:
        found.baselines[repo["repo_url"]] = [
            sha
            for (sha,) in connection.execute(
                "SELECT DISTINCT baseline_sha FROM experiments WHERE repo_url = ?"
                " AND deleted_at IS NULL",
                (repo["repo_url"],),
            )
        ]
    return found


def _take_experiments(
    connection: sqlite3.Connection, since: int, most_bytes: int, found: Page, shown: Shown
) -> None:
    size = 0
    last = since
    for experiment, seq, deleted in connection.execute(_CHANGED, (since,)):
        known = None if deleted else shown.get(experiment, seq)
        if known is None and not deleted:
            known = _read(connection, experiment)
            shown.keep(*known)
        size += known[1] if known else DELETED_BYTES
        if size > most_bytes and last not in (since, seq):
            found.seq, found.more = last, True
            return
        last = seq
        if known:
            found.rows.append(known[0])
        else:
            found.deleted.append(str(experiment))


def _read(connection: sqlite3.Connection, experiment: int) -> tuple[Row, int]:
    """An experiment as viewers get it, and about how many bytes that has."""
    raw = connection.execute(f"{_SHOWN} e.id = ?", (experiment,)).fetchone()
    read = _whole(connection, raw).excerpted()
    return read, _size(read)


def _size(row: Row) -> int:
    """About how many bytes an experiment has in an answer: names and times, and all its text."""
    texts = [value for name in Row.__slots__ if isinstance(value := getattr(row, name), str)]
    return 800 + sum(len(text) if text.isascii() else len(text.encode()) for text in texts)


def experiments(connection: sqlite3.Connection) -> list[Row]:
    """Every experiment that is not deleted, newest start first."""
    return [
        _whole(connection, raw)
        for raw in connection.execute(
            f"{_SHOWN} e.deleted_at IS NULL ORDER BY g.started_at DESC"
        ).fetchall()
    ]


def generation(connection: sqlite3.Connection, experiment: int, number: int | None) -> Row | None:
    """One generation of an experiment, by default the one shown."""
    found = connection.execute(
        f"{_ROW} WHERE e.id = ?1 AND e.deleted_at IS NULL"
        " AND iif(?2 IS NULL, g.id = e.generation, g.number = ?2)",
        (experiment, number),
    ).fetchone()
    return _whole(connection, found) if found else None


def generations(connection: sqlite3.Connection, experiment: int) -> list[dict[str, Json]]:
    """All generations of an experiment in few words, newest start first."""
    return [
        {
            "generation": raw["number"],
            "status": raw["status"],
            "detail": raw["detail"],
            "step": raw["step"],
            "points": raw["received"],
            "started_at": iso(raw["started_at"]),
            "updated_at": iso(raw["updated_at"]),
            "ended_at": iso(raw["ended_at"]),
        }
        for raw in connection.execute(
            f"{_ROW} WHERE e.id = ? ORDER BY g.started_at DESC, g.id DESC", (experiment,)
        )
    ]


def _whole(connection: sqlite3.Connection, raw: sqlite3.Row) -> Row:
    """A database row with what the runs before it said that it goes on with."""
    if not raw["resumes"]:
        return row(raw)
    before = resumed.chain(connection.execute, raw["generation_id"])[:-1]
    parts = [connection.execute(f"{_ROW} WHERE g.id = ?", (one,)).fetchone() for one in before]
    return resumed.together([*map(row, parts), row(raw)])


def row(raw: sqlite3.Row) -> Row:
    """A database row as the contract's experiment."""
    stale_at, lost_at = silence_limits(raw["heard_at"], json.loads(raw["gaps"]))
    return Row(
        id=raw["id"],
        seq=raw["seq"],
        repo_url=raw["repo_url"],
        baseline_sha=raw["baseline_sha"],
        name=raw["name"],
        generation=raw["number"],
        status=raw["status"],
        detail=raw["detail"],
        error_text=raw["error"],
        client=raw["client"],
        message=raw["message"],
        subdir=raw["subdir"],
        experiment_rev=raw["experiment_rev"],
        params_text=raw["params"],
        metrics_text=raw["metrics"],
        series_text=raw["series"],
        images_text=raw["images"],
        plots_text=raw["plots"],
        artifacts_text=raw["artifacts"],
        total_steps=raw["total_steps"],
        step=raw["step"],
        started_at=raw["started_at"],
        updated_at=raw["updated_at"],
        ended_at=raw["ended_at"],
        heard_at=raw["heard_at"],
        stale_at=stale_at,
        lost_at=lost_at,
        pushed_at=raw["pushed_at"],
        ledger=ledger.said(raw),
    )
