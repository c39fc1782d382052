"""What may go: old experiments and those too many, chosen without touching them; and what has gone.

Choosing moves nothing. What was chosen goes into the trash first, where anybody sees it and can
bring it back, and out of the file when it has lain there for long.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from .repositories import Sql

GRACE_SECONDS = 30 * 86_400.0
"""How long the trash keeps what was put there."""
TOLD_SECONDS = 3.0
"""Within which every open page has heard that something is in the trash: without a row it cannot be told of."""
STILL_HEARD = 86_400.0
"""A run of which something was heard within that time may go on, also in the trash."""
_SIZES = """
    SELECT experiment, sum(bytes) FROM (
        SELECT g.experiment, length(s.body) AS bytes FROM slices s JOIN generations g ON g.id = s.generation
        UNION ALL
        SELECT g.experiment, length(c.body) FROM chunks c JOIN generations g ON g.id = c.generation
        UNION ALL
        SELECT experiment, length(params) + length(metrics) + length(series) + length(images)
            + length(plots) + 1000 FROM generations
        UNION ALL
        SELECT experiment, length(body) FROM (
            SELECT DISTINCT g.experiment, i.digest, i.body FROM generations g, json_each(g.images) said
            JOIN images i ON i.digest = json_extract(said.value, '$.digest')
            UNION
            SELECT DISTINCT g.experiment, r.digest, r.body FROM generations g, json_each(g.plots) said
            JOIN plot_rows r ON r.digest = json_extract(said.value, '$.digest'))
    ) GROUP BY experiment
"""
_SHOWN = """
    SELECT e.id, e.name, e.repo_url, e.deleted_at, g.status, g.pushed_at,
        (SELECT max(updated_at) FROM generations WHERE experiment = e.id) AS updated_at
    FROM experiments e JOIN generations g ON g.id = e.generation
"""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is to be kept. Runs that go on, and pushed ones, are kept unless they are named."""

    older: float | None = None
    """Seconds since something was last logged."""
    keep: int | None = None
    """So many of each repository, the newest, stay whatever else is said."""
    most_bytes: int | None = None
    """What all experiments together may take; the oldest go first."""
    repos: Collection[str] | None = None
    """Only those of these repositories."""
    running: bool = False
    pushed: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """An experiment, and the room it takes: points, pictures, plots and rows of all its starts."""

    id: int
    name: str
    repo_url: str
    status: str
    updated_at: float
    bytes: int
    pushed: bool

    @property
    def why_not(self) -> str | None:
        """Why it stays unless it is named."""
        if self.status == "running":
            return "running"
        return "pushed" if self.pushed else None


@dataclass(frozen=True, slots=True)
class Heap:
    """How many experiments lie somewhere, and the room they take."""

    count: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What would go, the oldest first, and what stays although it is old or large enough."""

    going: list[Kept]
    spared: list[Kept]
    held: Heap
    """All experiments that are not in the trash."""
    trash: Heap


def plan(sql: Sql, limits: Limits, now: float) -> Plan:
    """Choose; nothing is changed."""
    sizes: Mapping[int, int] = dict(sql(_SIZES).fetchall())
    held = _found(sql, limits, sizes, "IS NULL")
    total = left = sum(one.bytes for one in held)
    going, spared = [], []
    for one in reversed(_beyond_the_newest(held, limits.keep)):
        if not _is_to_go(one, limits, now, left):
            continue
        if _is_spared(one, limits):
            spared.append(one)
        else:
            going.append(one)
            left -= one.bytes
    away = _found(sql, limits, sizes, "IS NOT NULL")
    trash = Heap(len(away), sum(one.bytes for one in away))
    return Plan(going, spared, Heap(len(held), total), trash)


def _beyond_the_newest(held: list[Kept], keep: int | None) -> list[Kept]:
    met: Counter[str] = Counter()
    found = []
    for one in held:
        met[one.repo_url] += 1
        if met[one.repo_url] > (keep or 0):
            found.append(one)
    return found


def _is_to_go(one: Kept, limits: Limits, now: float, left: int) -> bool:
    if limits.older is not None and one.updated_at < now - limits.older:
        return True
    if limits.most_bytes is not None and left > limits.most_bytes:
        return True
    # Where only a number is said, it is the limit; else it protects.
    return limits.keep is not None and limits.older is None and limits.most_bytes is None


def _is_spared(one: Kept, limits: Limits) -> bool:
    if one.status == "running":
        return not limits.running
    return one.pushed and not limits.pushed


def _found(sql: Sql, limits: Limits, sizes: Mapping[int, int], deleted: str) -> list[Kept]:
    """Every experiment outside the trash, or in it, the newest first."""
    rows = sql(f"{_SHOWN} WHERE e.deleted_at {deleted} ORDER BY updated_at DESC").fetchall()
    found = [_kept(row, sizes) for row in rows]
    return [one for one in found if limits.repos is None or one.repo_url in limits.repos]


def _kept(row: Any, sizes: Mapping[int, int]) -> Kept:
    return Kept(
        row["id"],
        row["name"],
        row["repo_url"],
        row["status"],
        row["updated_at"],
        int(sizes.get(row["id"], 0)),
        row["pushed_at"] is not None,
    )


def forgotten(sql: Sql, before: float, now: float) -> list[int]:
    """What has lain in the trash since before `before`, and does not go on."""
    rows = sql(
        "SELECT id FROM experiments WHERE deleted_at < ? AND NOT EXISTS (SELECT 1 FROM generations g"
        " WHERE g.experiment = experiments.id AND g.status = 'running' AND g.heard_at > ?)",
        (before, now - STILL_HEARD),
    )
    return [row[0] for row in rows.fetchall()]


def forget(sql: Sql, experiment: int, before: float) -> bool:
    """Take all of an experiment out of the file, inside a transaction; False if it came back."""
    gone = sql("DELETE FROM experiments WHERE id = ? AND deleted_at < ?", (experiment, before))
    if not gone.rowcount:
        return False
    for table in ("slices", "chunks"):
        sql(
            f"DELETE FROM {table} WHERE generation IN"
            " (SELECT id FROM generations WHERE experiment = ?)",
            (experiment,),
        )
    sql("DELETE FROM generations WHERE experiment = ?", (experiment,))
    return True


_FILES = (("images", "images"), ("plot_rows", "plots"))
"""Tables of bodies, and the column of a generation that names them."""


def loose(sql: Sql) -> dict[str, list[str]]:
    """The pictures and rows of plots that no start names, by their table.

    A plot that is logged again names its newest rows alone, and a picture may have been thinned out.
    """
    return {
        table: [
            digest
            for (digest,) in sql(
                f"SELECT digest FROM {table} WHERE digest NOT IN"
                " (SELECT json_extract(said.value, '$.digest')"
                f" FROM generations g, json_each(g.{column}) said WHERE g.{column} != '[]')"
            )
        ]
        for table, column in _FILES
    }


def let_go(sql: Sql, found: Mapping[str, list[str]], since: int) -> int:
    """Take out what was `loose` at seq `since`, inside a transaction; says how many.

    What was named again meanwhile stays: only what has changed since then is looked through.
    """
    count = 0
    for table, column in _FILES:
        named = {
            one["digest"]
            for (text,) in sql(
                f"SELECT g.{column} FROM generations g JOIN experiments e ON e.id = g.experiment"
                " WHERE e.seq > ?",
                (since,),
            )
            for one in json.loads(text)
        }
        for digest in found[table]:
            if digest not in named:
                sql(f"DELETE FROM {table} WHERE digest = ?", (digest,))
                count += 1
    return count
