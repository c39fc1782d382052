"""What `dvc exp push` and `dvc exp remove` say, written inside one transaction.

DVC names a ref, which is a baseline and a name, and a remote, which need not be the address under
which the run reported. A commit that is known says more than either.
"""

from __future__ import annotations

import sqlite3

from ..addresses import NO_COMMIT
from ..events import InRemote
from .generations import FACT, FIND, Generations

NOT_SEEN = "pushed, not seen live"


class Remotes:
    """Marks experiments whose commit lies in a remote."""

    def __init__(self, generations: Generations) -> None:
        """Write through `generations`."""
        self._generations = generations

    def told(self, event: InRemote) -> bool:
        """Mark an experiment, or take the mark away; False where nothing had it.

        One that was never seen live becomes a completed row: its commit is all there is of it.
        """
        row = self._by_key(event)
        if event.elsewhere:
            row = self._by_commit(event) or row or self._by_name(event)
        now = self._generations.now
        if not event.there:
            if row is None or row["pushed_at"] is None:
                return False
            self._generations.save(row, pushed_at=None)
            return True
        if row is None:
            row = self._generations.open(self._generations.experiment(event.key), "dvc", now)
            self._generations.save(
                row, status="completed", detail=NOT_SEEN, ended_at=now, guessed=FACT
            )
        self._generations.save(row, pushed_at=now)
        return True

    def _by_commit(self, event: InRemote) -> sqlite3.Row | None:
        if event.experiment_rev is None:
            return None
        return self._one(
            "g.experiment_rev = ? AND e.baseline_sha = ?",
            (event.experiment_rev, event.key.baseline_sha),
        )

    def _by_key(self, event: InRemote) -> sqlite3.Row | None:
        return self._one("e.repo_url = ? AND e.baseline_sha = ? AND e.name = ?", _values(event))

    def _by_name(self, event: InRemote) -> sqlite3.Row | None:
        if event.key.baseline_sha == NO_COMMIT:
            return None
        return self._one("e.baseline_sha = ? AND e.name = ?", _values(event)[1:])

    def _one(self, which: str, values: tuple[str, ...]) -> sqlite3.Row | None:
        """The shown generation of the one experiment that is meant; of several none is."""
        found = self._generations.sql(
            f"{FIND} g.id = e.generation AND {which} LIMIT 2", values
        ).fetchall()
        return found[0] if len(found) == 1 else None


def _values(event: InRemote) -> tuple[str, str, str]:
    key = event.key
    return (key.repo_url, key.baseline_sha, key.name)
