"""Experiments and their generations, written inside one transaction."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from .. import status
from ..changes import dumps
from ..events import Image, Json, Key, image_kind
from .merging import with_plots
from .repositories import Repositories, Sql

Row = sqlite3.Row
FACT, GUESSED, MARKED, HELD = range(4)
"""How a status came about: what was said, what probably happened, what a person marked.

Held is a guess that data on their way do not undo, because they were logged before it."""
FIND = """
    SELECT g.*, e.id AS experiment_id
    FROM experiments e JOIN generations g ON g.experiment = e.id WHERE
"""
"""A generation and its experiment; what follows says which."""


PICTURES_KEPT = 100
"""Pictures of one path that a row can list; a slider's steps become coarser beyond that."""


class Generations:
    """Finds, opens and changes generations; every row it touches carries the transaction's seq."""

    def __init__(self, sql: Sql, seq: int, now: float, repositories: Repositories) -> None:
        """Write with `sql`, at `now`."""
        self.sql = sql
        self.seq = seq
        self.now = now
        self._repositories = repositories

    def experiment(self, key: Key) -> int:
        """The experiment of this identity, made where there is none."""
        found = self.sql(
            "SELECT id FROM experiments WHERE repo_url = ? AND baseline_sha = ? AND name = ?",
            (key.repo_url, key.baseline_sha, key.name),
        ).fetchone()
        if found:
            return int(found[0])
        added = self.sql(
            "INSERT INTO experiments (repo_url, baseline_sha, name, seq) VALUES (?, ?, ?, ?)",
            (key.repo_url, key.baseline_sha, key.name, self.seq),
        )
        return int(added.lastrowid or 0)

    def of(self, key: Key, client: str) -> Row:
        """The shown generation of an experiment; data may arrive whose start never did."""
        found: Row | None = self.sql(
            f"{FIND} g.id = e.generation AND repo_url = ? AND baseline_sha = ? AND name = ?",
            (key.repo_url, key.baseline_sha, key.name),
        ).fetchone()
        return found or self.open(self.experiment(key), client, self.now)

    def open(self, experiment: int, client: str, started: float, run: str | None = None) -> Row:
        """Begin a new generation of an experiment."""
        number = self.sql(
            "SELECT coalesce(max(number), 0) + 1 FROM generations WHERE experiment = ?",
            (experiment,),
        ).fetchone()[0]
        generation = self.sql(
            "INSERT INTO generations (experiment, number, run, status, client,"
            " started_at, updated_at, heard_at) VALUES (?, ?, ?, 'running', ?, ?, ?, ?)",
            (experiment, number, run, client, started, started, started),
        ).lastrowid
        # A journal found late belongs to its own time: the newest start is the one shown. What
        # seems to have started in the future did so before somebody turned the clock back.
        self.sql(
            "UPDATE experiments SET deleted_at = NULL, seq = ?1, generation = (SELECT id FROM"
            " generations WHERE experiment = ?2 ORDER BY id != ?3 AND started_at > ?4,"
            " started_at DESC, id DESC LIMIT 1)"
            " WHERE id = ?2",
            (self.seq, experiment, generation, self.now),
        )
        repo_url, baseline = self.sql(
            "SELECT repo_url, baseline_sha FROM experiments WHERE id = ?", (experiment,)
        ).fetchone()
        # A project that was deleted comes back with a run, as an experiment does.
        self._repositories.project(repo_url)
        # The commits are sent again for a baseline that nobody has been told of, and for no other.
        self.sql(
            "UPDATE repos SET seq = ?1 WHERE repo_url = ?2 AND NOT EXISTS (SELECT 1 FROM experiments"
            " WHERE repo_url = ?2 AND baseline_sha = ?3 AND deleted_at IS NULL AND id != ?4)",
            (self.seq, repo_url, baseline, experiment),
        )
        return self._load(int(generation or 0))

    def _load(self, generation: int) -> Row:
        row: Row = self.sql(f"{FIND} g.id = ?", (generation,)).fetchone()
        return row

    def save(self, row: Row, **changed: Any) -> None:
        """Change columns of a generation; its experiment counts as changed."""
        names = ", ".join(f"{name} = ?" for name in changed)
        self.sql(
            f"UPDATE generations SET {names} WHERE id = ?",
            (*changed.values(), row["id"]),
        )
        self.sql("UPDATE experiments SET seq = ? WHERE id = ?", (self.seq, row["experiment_id"]))

    def heard(self, row: Row) -> dict[str, Any]:
        """What hearing of a generation now changes in it."""
        gaps = status.with_gap(row["gaps"], row["heard_at"], self.now)
        return {"heard_at": self.now, "gaps": gaps}

    def images(
        self, row: Row | Mapping[str, Any], images: Sequence[tuple[str, int | None, Image]]
    ) -> str:
        """Store pictures; the generation's list of them as text, one for each path and step."""
        shown = {(image["path"], image["step"]): image for image in json.loads(row["images"])}
        for path, step, image in images:
            digest = hashlib.sha256(image.body).hexdigest()
            self.sql(
                "INSERT OR IGNORE INTO images VALUES (?, ?, ?)",
                (digest, image_kind(image.body), image.body),
            )
            # At the end, also where it is sent again: the last of a path is its newest.
            shown.pop((path, step), None)
            shown[path, step] = {"path": path, "step": step, "digest": digest}
        return dumps(_thinned(list(shown.values()), {path for path, _, _ in images}))

    def plots(
        self, row: Row | Mapping[str, Any], plots: Sequence[tuple[str, int, Json, bytes]]
    ) -> str:
        """Store the rows of plots; the generation's list of them as text, one for each path."""
        said = []
        for path, step, props, body in plots:
            digest = hashlib.sha256(body).hexdigest()
            self.sql("INSERT OR IGNORE INTO plot_rows VALUES (?, ?)", (digest, body))
            said.append({"path": path, "step": step, "props": props, "digest": digest})
        return with_plots(row["plots"], said)

    def add_slice(self, generation: int, body: bytes) -> int:
        """Store points; the id under which they lie."""
        added = self.sql(
            "INSERT INTO slices (generation, seq, body) VALUES (?, ?, ?)",
            (generation, self.seq, body),
        )
        return int(added.lastrowid or 0)


def _thinned(images: list[dict[str, Any]], paths: set[str]) -> list[dict[str, Any]]:
    """Of a path with too many pictures those less whose neighbours are nearest to each other."""
    for path in paths:
        own = [image for image in images if image["path"] == path and image["step"] is not None]
        own.sort(key=lambda image: int(image["step"]))
        while len(own) > PICTURES_KEPT:
            ends = zip(own, own[1:-1], own[2:], strict=False)
            _, gone, _ = min(ends, key=lambda three: int(three[2]["step"] - three[0]["step"]))
            own.remove(gone)
            images.remove(gone)
    return images
