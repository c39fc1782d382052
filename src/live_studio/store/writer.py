"""Events into rows, inside one transaction that somebody else opened.

Recording rules: a start opens a generation; params and metrics replace per file; points are a set
of exact rows per series; a done is never undone by data; a journal's slice counts exactly once,
because the transaction that adds it advances the journal's end by compare-and-set.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

from ..events import (
    Changed,
    Connect,
    Data,
    Done,
    Event,
    Gone,
    Guess,
    Imported,
    InRemote,
    Lost,
    Made,
    Mark,
    Pushed,
    Refs,
    Refused,
    Removal,
    Resume,
    Slice,
    Start,
    Stop,
)
from .generations import FACT, FIND, MARKED, Generations
from .imported import Imports
from .journals import Journals
from .ledger import Ledger
from .merging import ended
from .pushed import pushed
from .remotes import Remotes
from .repositories import Repositories
from .requests import Requests
from .seen import Seen


class Writer:
    """Writes the events of one transaction; every row it touches carries the same seq."""

    def __init__(self, connection: sqlite3.Connection, seen: Seen, now: float) -> None:
        """Take the next sequence number."""
        self._sql = connection.execute
        self._now = now
        self._seq = int(self._sql("UPDATE clock SET seq = seq + 1 RETURNING seq").fetchone()[0])
        self._repositories = Repositories(self._sql, self._seq)
        self._generations = Generations(self._sql, self._seq, now, self._repositories)
        self._requests = Requests(self._generations, seen)
        self._ledger = Ledger(self._sql, self._seq, now)
        self._journals = Journals(self._generations, self._repositories)
        self._ways: dict[type, Callable[[Any], bool | None]] = {
            Slice: lambda piece: self._journals.slices([piece])[0],
            Lost: self._journals.lost,
            Start: self._requests.start,
            Data: self._requests.data,
            Done: self._requests.done,
            Guess: self._requests.guess,
            Resume: self._requests.resume,
            Gone: self._requests.gone,
            Connect: self._repositories.connect,
            Refs: self._repositories.refs,
            Made: self._repositories.made,
            Changed: lambda event: self._repositories.changed(event, now),
            Pushed: lambda event: pushed(self._generations, event),
            Removal: self._remove,
            Mark: self._mark,
            Stop: self._stop,
            Refused: self._ledger.refused,
            InRemote: Remotes(self._generations).told,
            Imported: Imports(self._generations).take,
        }

    def record_all(self, events: Sequence[Event]) -> list[bool]:
        """Write events, parts of journals all at once; says of each whether it was taken."""
        pieces = [event for event in events if isinstance(event, Slice)]
        taken = iter(self._journals.slices(pieces) if pieces else ())
        return [next(taken) if isinstance(event, Slice) else self.record(event) for event in events]

    def record(self, event: Event) -> bool:
        """Write one event. False: there was nothing it concerns, or a part of a journal is stored."""
        return self._ways[type(event)](event) is not False

    # what people say

    def _mark(self, event: Mark) -> bool:
        """A person's word stands until the next start; it concerns only what counts as running."""
        wanted = ("running", FACT) if event.stopped else ("stopped", MARKED)
        row = self._sql(
            f"{FIND} g.id = e.generation AND e.id = ? AND g.status = ? AND g.guessed = ?",
            (event.experiment, *wanted),
        ).fetchone()
        if not row:
            return False
        if event.stopped:
            detail, when = "marked as stopped", row["updated_at"]
            self._generations.save(
                row, status="stopped", detail=detail, ended_at=when, guessed=MARKED
            )
        else:
            # What was said while the mark stood is true as soon as the mark is gone.
            said = json.loads(row["said"] or "null") or ended({"status": "running", "time": None})
            self._generations.save(row, guessed=FACT, said=None, **said)
        return True

    def _stop(self, event: Stop) -> bool:
        """Only a run with a journal hears of it; how it ends is for its producer to say."""
        row = self._sql(
            f"{FIND} g.id = e.generation AND e.id = ? AND g.status = 'running' AND g.run IS NOT NULL",
            (event.experiment,),
        ).fetchone()
        if row:
            self._generations.save(row, stop_asked_at=self._now, detail="stopping")
        return bool(row)

    def _remove(self, event: Removal) -> bool:
        moved = self._sql(
            "UPDATE experiments SET deleted_at = ?, seq = ? WHERE id = ?",
            (self._now if event.deleted else None, self._seq, event.experiment),
        )
        return bool(moved.rowcount)
