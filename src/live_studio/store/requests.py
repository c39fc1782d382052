"""What requests say of a stock client's experiment, written inside one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from .. import records
from ..changes import dumps
from ..events import Data, Done, Gone, Guess, Point, Resume, Start
from .generations import FACT, FIND, GUESSED, HELD, MARKED, Generations
from .merging import decoded, encoded, ended, with_files
from .points import BESIDE_JOURNAL
from .seen import Seen

ON_ITS_WAY = 5.0
"""Seconds that a stock client gives a request: older ones were not on their way at a guess."""


class Requests:
    """Writes what arrived by request: it goes to the newest generation of its experiment."""

    def __init__(self, generations: Generations, seen: Seen) -> None:
        """Write through `generations`; `seen` knows which points are there already."""
        self._generations = generations
        self._seen = seen

    def start(self, event: Start) -> None:
        """A producer opens an experiment."""
        experiment = self._generations.experiment(event.key)
        before = self._generations.sql(
            "SELECT g.* FROM experiments e JOIN generations g ON g.id = e.generation WHERE e.id = ?",
            (experiment,),
        ).fetchone()
        row = self._generations.open(experiment, event.client, self._generations.now)
        keep: dict[str, Any] = {}
        if before:
            # A client that resumes sends its series again from the start, but not its pictures.
            keep = {name: before[name] for name in ("images", "message", "subdir")}
        if event.message is not None:
            keep["message"] = event.message
        if event.subdir is not None:
            keep["subdir"] = event.subdir
        keep["sender"] = event.sender
        self._generations.save(
            row, params=with_files("{}", event.params), repaired=event.repaired, **keep
        )

    def data(self, event: Data) -> None:
        """Numbers, parameters or pictures arrive."""
        row = self._generations.of(event.key, event.client)
        changed: dict[str, Any] = self._heard(row, event)
        if row["guessed"] == GUESSED or (row["guessed"] == HELD and self._is_later(row)):
            changed |= ended({"status": "running", "time": None}) | {"guessed": FACT}
        changed["repaired"] = row["repaired"] + event.repaired
        if event.params:
            changed["params"] = with_files(row["params"], event.params)
        if event.metrics:
            changed["metrics"] = with_files(row["metrics"], event.metrics)
        if event.points:
            changed |= self._points(row, event.points)
        if event.images:
            changed["images"] = self._generations.images(
                row, [(path, event.step, image) for path, image in event.images.items()]
            )
        if event.step is not None:
            changed["step"] = max(event.step, event.step if row["step"] is None else row["step"])
        self._generations.save(row, updated_at=self._generations.now, **changed)

    def _points(self, row: sqlite3.Row, points: Mapping[str, Sequence[Point]]) -> dict[str, Any]:
        series: dict[str, dict[str, int]] = decoded(row["series"])
        # A journal numbers its series itself: beside one, requests name theirs anew each time.
        ids = {} if row["run"] else {path: number for number, path in enumerate(series)}
        tails = self._seen.tails(self._generations.sql, row["id"], row["last_slice"])
        body = bytearray()
        sent, fresh = 0, 0
        for path, rows in points.items():
            if path not in ids:
                ids[path] = len(ids) + (BESIDE_JOURNAL if row["run"] else 0)
                series.setdefault(path, {"count": 0, "last_step": -1})
                said = {"id": ids[path], "path": path}
                body += records.sealed(records.text(records.NAME, said))
            new = tails.new(path, rows)
            sent, fresh = sent + len(rows), fresh + len(new)
            body += records.points(ids[path], new, self._generations.now)
            counted = series[path]
            counted["count"] += len(new)
            counted["last_step"] = max([counted["last_step"], *(point.step for point in new)])
        counted_up = {
            "received": row["received"] + fresh,
            "duplicate": row["duplicate"] + sent - fresh,
        }
        if not body:
            return counted_up
        last = self._generations.add_slice(row["id"], bytes(body))
        tails.last_slice = last
        return counted_up | {"series": encoded(series), "last_slice": last}

    def done(self, event: Done) -> None:
        """A producer says how it ended."""
        row = self._generations.of(event.key, event.client)
        changed: dict[str, Any] = self._heard(row, event)
        changed["repaired"] = row["repaired"] + event.repaired
        if event.metrics:
            changed["metrics"] = with_files(row["metrics"], event.metrics)
        if event.experiment_rev is not None:
            changed["experiment_rev"] = event.experiment_rev
        # It ended when that was said first, however often it is said.
        again = row["status"] == event.status and row["guessed"] == FACT
        ended_at = row["ended_at"] if again else self._generations.now
        done = {"status": event.status, "detail": event.detail, "time": ended_at}
        if row["guessed"] == MARKED:
            changed["said"] = dumps(ended(done))
        else:
            changed |= ended(done) | {"guessed": FACT}
        self._generations.save(row, updated_at=self._generations.now, **changed)

    # what the kernel of a stock client says

    def guess(self, event: Guess) -> bool:
        """Believe it, unless a person has said otherwise.

        DVCLive says `done` also where its block is left by an exception, so a done does not count.
        """
        sql, now = self._generations.sql, self._generations.now
        row = sql(f"{FIND} g.id = ? AND g.guessed != ?", (event.generation, MARKED)).fetchone()
        if not row:
            return False
        said = {"status": event.status, "detail": event.detail, "error": event.error, "time": now}
        self._generations.save(row, guessed=HELD, **ended(said))
        return True

    def resume(self, event: Resume) -> None:
        """What arrives from now on was logged after the guesses."""
        self._generations.sql(
            "UPDATE generations SET guessed = ? WHERE sender = ? AND guessed = ?",
            (GUESSED, event.sender, HELD),
        )

    def gone(self, event: Gone) -> None:
        """The runs of a kernel that has gone have stopped; a process it left may go on with them."""
        rows = self._generations.sql(
            f"{FIND} g.sender = ? AND g.status = 'running'", (event.sender,)
        ).fetchall()
        for row in rows:
            said = {"status": "stopped", "detail": event.detail, "time": row["updated_at"]}
            self._generations.save(row, guessed=GUESSED, **ended(said))

    def _is_later(self, row: sqlite3.Row) -> bool:
        return bool(self._generations.now > row["ended_at"] + ON_ITS_WAY)

    def _heard(self, row: sqlite3.Row, event: Data | Done) -> dict[str, Any]:
        # Named only where it is another: a column that is written costs its index anew.
        sender = {"sender": event.sender} if event.sender not in (None, row["sender"]) else {}
        return self._generations.heard(row) | sender
