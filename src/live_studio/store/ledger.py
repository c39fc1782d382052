"""What became of everything that was sent for a run, counted in the transaction that decides it.

received: points that arrived and were stored.
repaired: what could be kept only after a change: points whose value came as text or as nothing and
became a number, requests whose repository address carried credentials, which were taken out, and
torn ends of journals that dead processes left, which were skipped.
duplicate: points that were sent again and dropped because they were stored already. Two drainers
that read one stretch of a journal are our own affair, and nothing that was sent twice.
refused: requests about this experiment that were turned away, and files in them that were, with what
was said of the last one.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence

from ..changes import dumps, iso
from ..events import Json, Refused, Slice
from .repositories import Sql

COLUMNS = ("received", "repaired", "duplicate", "refused")
_REFUSED = "UPDATE generations SET refused = refused + ?, refusal = ? WHERE {} RETURNING experiment"
_NEWEST = (
    "id = (SELECT generation FROM experiments WHERE repo_url = ? AND baseline_sha = ? AND name = ?)"
)


class Ledger:
    """Counts what no other statement of the transaction writes anyway."""

    def __init__(self, sql: Sql, seq: int, now: float) -> None:
        """Write with `sql`, at `now`."""
        self._sql = sql
        self._seq = seq
        self._now = now

    def refused(self, event: Refused) -> bool:
        """Requests were turned away; False where no such experiment is known."""
        refusal = {"status": event.status, "detail": event.detail, "time": iso(self._now)}
        about = event.about
        where, named = "run = ?", [about]
        if not isinstance(about, str):
            where, named = _NEWEST, [about.repo_url, about.baseline_sha, about.name]
        found = self._sql(_REFUSED.format(where), (event.count, dumps(refusal), *named)).fetchall()
        self._changed(found)
        return bool(found)

    def _changed(self, experiments: Sequence[sqlite3.Row]) -> None:
        for (experiment,) in experiments:
            self._sql("UPDATE experiments SET seq = ? WHERE id = ?", (self._seq, experiment))


def points(piece: Slice) -> int:
    """How many points a slice holds."""
    return sum(count for count, _ in piece.facts.counts.values())


def said(raw: sqlite3.Row | Mapping[str, Json]) -> dict[str, Json]:
    """The ledger of a generation as the contract writes it."""
    return {name: raw[name] for name in COLUMNS} | {"refusal": json.loads(raw["refusal"])}
