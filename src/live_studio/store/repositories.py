"""Projects and connected repositories, written inside one transaction."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable

from ..events import Connect, Refs

Sql = Callable[..., sqlite3.Cursor]


class Repositories:
    """The repositories that experiments belong to, and the projects that show them."""

    def __init__(self, sql: Sql, seq: int) -> None:
        """Write with `sql`; every row gets `seq`."""
        self._sql = sql
        self._seq = seq

    def project(self, repo_url: str) -> None:
        """See that a repository has a project."""
        if self._sql("SELECT 1 FROM projects WHERE repo_url = ?", (repo_url,)).fetchone():
            return
        self._sql(
            "INSERT INTO projects (id, name, repo_url, seq) VALUES (?, ?, ?, ?)",
            (uuid.uuid4().hex[:12], project_name(repo_url), repo_url, self._seq),
        )

    def connect(self, event: Connect) -> None:
        """Remember where a clone of a repository lies."""
        self.project(event.repo_url)
        moved = self._sql(
            "INSERT INTO repos (repo_url, path, seq) VALUES (?1, ?2, ?3) ON CONFLICT (repo_url)"
            " DO UPDATE SET path = ?2, refs = '', seq = ?3 WHERE path != ?2",
            (event.repo_url, event.path, self._seq),
        )
        if moved.rowcount:
            self._send_again(event.repo_url)

    def refs(self, event: Refs) -> None:
        """Remember what the refs of a clone look like."""
        self._sql(
            "UPDATE repos SET refs = ?, seq = ? WHERE repo_url = ?",
            (event.fingerprint, self._seq, event.repo_url),
        )
        self._send_again(event.repo_url)

    def _send_again(self, repo_url: str) -> None:
        """Let every experiment of a repository count as changed, each with a seq of its own.

        One shared seq could not be cut into answers of bearable size.
        """
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
