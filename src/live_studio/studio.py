"""`Studio`: one way in (`record`), one way out (`changes`), and who wants to be told.

It adds to the store what is decided when somebody looks: where an experiment hangs in Git, and
the columns of its series.
"""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import config
from .changes import Changes, Row, dumps
from .events import Event, Mark, Removal, metric_name
from .places import Places
from .series import Columns, Series, between, in_order, reduced
from .store import Store
from .tokens import Tokens

if TYPE_CHECKING:
    import numpy as np

MOST_BYTES = 2_000_000
POINTS_CACHED = 20_000_000

Tell = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Question:
    """What a chart asks: a metric of some experiments, whole or reduced to about `points`.

    `low` and `high` are in units of `x`; `since` leaves out what was recorded up to that seq.
    """

    metric: str
    experiments: Sequence[int]
    points: int | None = None
    x: str = "step"
    low: float | None = None
    high: float | None = None
    since: int = 0
    time: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One experiment's part of the answer."""

    experiment: int
    path: str
    total: int
    series: Series


class Studio:
    """The door to one store. Safe to use from any thread."""

    def __init__(self, path: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        """Open the store at `path`, by default where the environment says.

        Raises:
            StoreError: it cannot be used.
        """
        self.store = Store(path or config.store_path(), clock)
        self.journals = config.journals_dir(self.store.path)
        self.tokens = Tokens(self.store, self.journals)
        self._subscribers: list[Tell] = []
        # One each: nobody who subscribes, on an event loop, waits for half a million points.
        self._subscribers_lock = threading.Lock()
        self._columns_lock = threading.Lock()
        self._moved = self.store.moved()
        self._places = Places(self.store)
        self._columns: OrderedDict[int, Columns] = OrderedDict()

    @property
    def id(self) -> str:
        """Which store this is: the same in every process that opened it."""
        return self.store.id

    def close(self) -> None:
        """Close the store's connections."""
        self.store.close()

    # the way in

    def record(self, events: Sequence[Event], *, durable: bool = False) -> list[bool]:
        """Store events in one transaction and tell every subscriber.

        Returns, for each event, whether it was taken; a part of a journal that another drainer has
        stored already is not. `durable` waits until the disk has it.
        """
        taken = self.store.record(events, durable=durable)
        self._tell()
        return taken

    def journal_end(self, run: str) -> int:
        """How much of a run's journal is stored."""
        found = self.store.read("SELECT journal_end FROM generations WHERE run = ?", (run,))
        return int(found[0][0]) if found else 0

    def delete(self, experiment: int) -> bool:
        """Take an experiment out of every table; `restore` brings it back."""
        return self.record([Removal(experiment, deleted=True)])[0]

    def restore(self, experiment: int) -> bool:
        """Take a deletion back."""
        return self.record([Removal(experiment, deleted=False)])[0]

    def mark_stopped(self, experiment: int) -> bool:
        """Say that a run which counts as running has stopped; False where it does not."""
        return self.record([Mark(experiment, stopped=True)])[0]

    def unmark_stopped(self, experiment: int) -> bool:
        """Take such a mark back."""
        return self.record([Mark(experiment, stopped=False)])[0]

    # the way out

    def changes(self, since: int = 0, most_bytes: int = MOST_BYTES) -> Changes:
        """Everything that changed after `since`; a snapshot is `changes(0)`."""
        page = self.store.rows(since, most_bytes)
        look = self._places.look()
        for row in page.rows:
            row.place = look.place(row)
        return Changes(
            seq=page.seq,
            now=self.store.now(),
            more=page.more,
            experiments=[row.text for row in page.rows],
            deleted=page.deleted if since else [],
            projects=[
                dumps({name: row[name] for name in ("id", "name", "repo_url", "subdir")})
                for row in page.projects
            ],
            commits=[
                text
                for repo in page.repos
                for text in look.commits(repo["repo_url"], page.baselines[repo["repo_url"]])
            ],
        )

    def subscribe(self, tell: Tell) -> Callable[[], None]:
        """Have `tell` called, from any thread, after something changed; returns the way out."""
        with self._subscribers_lock:
            self._subscribers.append(tell)

        def unsubscribe() -> None:
            with self._subscribers_lock:
                if tell in self._subscribers:
                    self._subscribers.remove(tell)

        return unsubscribe

    @property
    def watched(self) -> bool:
        """Whether anybody looks."""
        return bool(self._subscribers)

    def notice(self) -> bool:
        """Look whether another process changed the store, and tell; says whether it did."""
        moved = self.store.moved()
        if moved == self._moved:
            return False
        self._moved = moved
        self._tell()
        return True

    def experiments(self) -> list[Row]:
        """Every experiment, newest start first, each with its place."""
        look = self._places.look()
        rows = self.store.experiments()
        for row in rows:
            row.place = look.place(row)
        return rows

    def project_of(self, repo_url: str) -> str | None:
        """The project that shows a repository."""
        found = self.store.read(
            "SELECT id FROM projects WHERE repo_url = ? ORDER BY seq LIMIT 1", (repo_url,)
        )
        return str(found[0][0]) if found else None

    # series and pictures

    def series(self, question: Question) -> list[Line]:
        """One line for each experiment that has the metric."""
        lines = []
        for experiment in question.experiments:
            found = self.store.read(
                "SELECT g.id, g.series FROM experiments e JOIN generations g ON g.id = e.generation"
                " WHERE e.id = ?",
                (experiment,),
            )
            if found:
                lines += [
                    self._line(experiment, found[0]["id"], path, question)
                    for path in json.loads(found[0]["series"])
                    if question.metric in (metric_name(path), path)
                ]
        return lines

    def image(self, experiment: int, digest: str) -> tuple[str, bytes] | None:
        """A picture that an experiment shows: its kind and bytes."""
        found = self.store.read(
            "SELECT i.kind, i.body FROM experiments e JOIN generations g ON g.experiment = e.id"
            " JOIN images i ON i.digest = ? WHERE e.id = ? AND g.images LIKE '%' || i.digest || '%'",
            (digest, experiment),
        )
        return (found[0]["kind"], found[0]["body"]) if found else None

    def _line(self, experiment: int, generation: int, path: str, question: Question) -> Line:
        with self._columns_lock:
            columns = self._columns_of(generation)
            column = columns[path]
            total = len(column.step)
            series = in_order(column, self._arrived(generation, path, question.since))
        x = series.step if question.x == "step" else series.time
        part = between(series, x, question.low, question.high)
        return Line(experiment, path, total, reduced(part, question.points or 0))

    def _columns_of(self, generation: int) -> Columns:
        columns = self._columns.setdefault(generation, Columns())
        self._columns.move_to_end(generation)
        for slice_id, body in self.store.read(
            "SELECT id, body FROM slices WHERE generation = ? AND id > ? ORDER BY id",
            (generation, columns.last_slice),
        ):
            columns.feed(slice_id, body)
        while (
            len(self._columns) > 1 and sum(c.size for c in self._columns.values()) > POINTS_CACHED
        ):
            self._columns.popitem(last=False)
        return columns

    def _arrived(self, generation: int, path: str, since: int) -> int:
        """How many points of a series were recorded up to seq `since`."""
        if not since:
            return 0
        before = Columns()
        for slice_id, body in self.store.read(
            "SELECT id, body FROM slices WHERE generation = ? AND seq <= ? ORDER BY id",
            (generation, since),
        ):
            before.feed(slice_id, body)
        return len(before[path].step)

    # Git

    def look_at_refs(self) -> None:
        """Record which connected clones have moved their refs since somebody last looked."""
        if moved := self._places.moved():
            self.record(moved)

    # refusals

    def refused(self, status: int, detail: str, address: str) -> None:
        """Remember the last request that was turned away, for whoever asks why nothing arrives."""
        said = {"status": status, "detail": detail, "address": address, "time": self.store.now()}
        self.store.note("last_refusal", json.dumps(said))

    def last_refusal(self) -> dict[str, Any] | None:
        """What `refused` was told last."""
        found = self.store.read("SELECT value FROM meta WHERE key = 'last_refusal'")
        said: dict[str, Any] | None = json.loads(found[0][0]) if found else None
        return said

    def _tell(self) -> None:
        for tell in list(self._subscribers):
            tell()


def answer(question: Question, lines: Sequence[Line], seq: int) -> dict[str, Any]:
    """The contract's series answer, ready for JSON."""
    return {
        "metric": question.metric,
        "seq": seq,
        "series": [
            {
                "experiment": str(line.experiment),
                "path": line.path,
                "total": line.total,
                "columns": columns(line.series, with_time=question.time),
            }
            for line in lines
        ],
    }


def columns(series: Series, *, with_time: bool) -> dict[str, list[Any]]:
    """A series as parallel lists; what JSON cannot say becomes text."""
    held = {"step": _integers(series.step), "value": _numbers(series.value)}
    if with_time:
        held["time"] = series.time.round().astype("int64").tolist()
    return held


def _integers(values: np.ndarray[Any, Any]) -> list[int]:
    listed: list[int] = values.astype("int64").tolist()
    return listed


def _numbers(values: np.ndarray[Any, Any]) -> list[Any]:
    import numpy as np

    listed: list[Any] = values.tolist()
    for index in np.flatnonzero(~np.isfinite(values)).tolist():
        value = listed[index]
        listed[index] = "nan" if value != value else "inf" if value > 0 else "-inf"
    return listed
