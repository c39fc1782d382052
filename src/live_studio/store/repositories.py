"""Projects and connected repositories, written inside one transaction."""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Callable
from pathlib import Path

from ..changes import dumps
from ..events import Changed, Connect, Json, Made, Refs

CLONES_MOST = 4
"""Of one repository that are looked at; of more, the one that was connected longest ago is forgotten."""

Sql = Callable[..., sqlite3.Cursor]


class Repositories:
    """The repositories that experiments belong to, and the projects that show them."""

    def __init__(self, sql: Sql, seq: int) -> None:
        """Write with `sql`; every row gets `seq`."""
        self._sql = sql
        self._seq = seq

    def project(self, repo_url: str) -> None:
        """See that a repository has a project: what was deleted comes back before a new one is made."""
        found = self._sql(
            "SELECT id, deleted_at FROM projects WHERE repo_url = ?"
            " ORDER BY deleted_at IS NOT NULL, rowid LIMIT 1",
            (repo_url,),
        ).fetchone()
        if found is None:
            self.made(Made(uuid.uuid4().hex[:12], project_name(repo_url), repo_url))
        elif found["deleted_at"] is not None:
            self.changed(Changed(found["id"], {"deleted": False}), 0.0)

    def made(self, event: Made) -> None:
        """Somebody made a project."""
        self._sql(
            "INSERT INTO projects (id, name, repo_url, subdir, seq) VALUES (?, ?, ?, ?, ?)",
            (event.id, event.name, event.repo_url, event.subdir, self._seq),
        )

    def changed(self, event: Changed, now: float) -> bool:
        """Somebody changed a project; False where there is none."""
        said = dict(event.to)
        values: dict[str, Json] = {name: said[name] for name in ("name", "subdir") if name in said}
        if "view" in said:
            values["view"] = dumps(said["view"])
        if "deleted" in said:
            values["deleted_at"] = now if said["deleted"] else None
        names = "".join(f"{name} = ?, " for name in values)
        moved = self._sql(
            f"UPDATE projects SET {names}seq = ? WHERE id = ?",
            (*values.values(), self._seq, event.id),
        )
        return bool(moved.rowcount)

    def connect(self, event: Connect) -> None:
        """Remember where a clone of a repository lies, beside those that are known already."""
        self.project(event.repo_url)
        found = self._sql(
            "SELECT path, others FROM repos WHERE repo_url = ?", (event.repo_url,)
        ).fetchone()
        known = [found["path"], *json.loads(found["others"])] if found else []
        first = event.chosen or not known or not Path(known[0]).is_dir()
        if (event.path == known[0]) if known and first else event.path in known:
            return
        others = [path for path in known if path != event.path]
        paths = [event.path, *others] if first else [known[0], event.path, *known[1:]]
        self._sql(
            "INSERT INTO repos (repo_url, path, others, seq) VALUES (?1, ?2, ?3, ?4)"
            " ON CONFLICT (repo_url) DO UPDATE SET path = ?2, others = ?3, refs = '', seq = ?4",
            (event.repo_url, paths[0], dumps(paths[1:CLONES_MOST]), self._seq),
        )
        self._send_again(event.repo_url)

    def refs(self, event: Refs) -> None:
        """Remember what the refs of a clone look like."""
        self._sql(
            "UPDATE repos SET refs = ?, seq = ? WHERE repo_url = ?",
            (event.fingerprint, self._seq, event.repo_url),
        )
        self._send_again(event.repo_url)

    def _send_again(self, repo_url: str) -> None:
        """Let a repository's projects and experiments count as changed.

        Each experiment gets a seq of its own: one that all share could not be cut into answers of
        bearable size.
        """
        self._sql("UPDATE projects SET seq = ? WHERE repo_url = ?", (self._seq, repo_url))
        found = self._sql("SELECT id FROM experiments WHERE repo_url = ?", (repo_url,)).fetchall()
        for offset, (experiment,) in enumerate(found):
            self._sql(
                "UPDATE experiments SET seq = ? WHERE id = ?", (self._seq + offset, experiment)
            )
        self._sql("UPDATE clock SET seq = seq + ?", (max(len(found) - 1, 0),))


def project_name(repo_url: str) -> str:
    """What a project is called until somebody names it: the repository's or folder's own name."""
    if repo_url.startswith("local:"):
        return repo_url[len("local:") :].rpartition("-")[0] or repo_url
    return repo_url.rpartition("/")[2] or repo_url
