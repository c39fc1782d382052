"""`Studio`: one way in (`record`), one way out (`changes`), and who wants to be told.

It adds to the store what is decided when somebody looks: where an experiment hangs in Git, and
what of its series a chart can show.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from . import config, reading, status, whereabouts
from .changes import Changes, Row, Trouble, dumps, iso
from .curves import Curves, Group, Line, Question
from .errors import NoSuchExperiment, NotListening, StoreError
from .events import Event, Gone, Mark, Removal, Standing, Stop
from .gist import Reader
from .places import Places
from .projects import Projects
from .projects import text as project_text
from .store import Store
from .store.homecopy import HomeCopy
from .store.reader import Page
from .tokens import Tokens

MOST_BYTES = 2_000_000

log = logging.getLogger("live_studio")

Tell = Callable[[], None]


class Studio:
    """The door to one store. Safe to use from any thread."""

    ready = True
    """A store here is never away; `Remote` may be."""
    far = False
    round_bytes = 4 << 20
    """How much of a journal is taken at once."""

    def __init__(
        self,
        path: Path | None = None,
        clock: Callable[[], float] = time.time,
        *,
        patient: bool = False,
    ) -> None:
        """Open the store at `path`, by default where the environment says.

        A `patient` one does not raise where the store cannot be used now: it says so in `changes`,
        and tries again.

        Raises:
            StoreError: it cannot be used.
        """
        self.store = Store(path or whereabouts.store_path(), clock, patient=patient)
        intended = whereabouts.intended_path(self.store.path)
        self.homecopy = HomeCopy(self.store.path, intended) if intended else None
        """The copy of a store that lies elsewhere than it should."""
        self.journals = config.journals_dir(self.store.path)
        self.tokens = Tokens(self.store, self.journals)
        self._subscribers: list[Tell] = []
        # One each: nobody who subscribes, on an event loop, waits for half a million points.
        self._subscribers_lock = threading.Lock()
        self._moved = self._stands()
        self._places = Places(self.store, self.record)
        self.projects = Projects(self.store, self.record)
        self.curves = Curves(self.store)

    @property
    def id(self) -> str:
        """Which store this is: the same in every process that opened it."""
        return self.store.id

    @property
    def trouble(self) -> Trouble | None:
        """Why nothing can be stored, what happened to the store lately, or that it lies elsewhere."""
        return self.store.trouble or (self.homecopy.trouble if self.homecopy else None)

    def close(self) -> None:
        """Ask Git nothing more, and close the store's connections."""
        self._places.close()
        self.store.close()

    @property
    def openings(self) -> int:
        """Moves whenever the store's file was mended or replaced."""
        return self.store.openings

    # the way in

    def record(self, events: Sequence[Event], *, durable: bool = False) -> list[bool]:
        """Store events in one transaction and tell every subscriber.

        Returns, for each event, whether it was taken; a part of a journal that another drainer has
        stored already is not. `durable` waits until the disk has it.
        """
        taken = self.store.record(events, durable=durable)
        self._tell()
        return taken

    def flush(self) -> None:
        """Wait until the disk has everything that was recorded.

        Raises:
            StoreError: it cannot take it.
        """
        self.store.flush()

    def standing(self, run: str) -> Standing:
        """How much of a run's journal is stored, and whether somebody wants it to stop."""
        found = self.store.read(
            "SELECT journal_end, stop_asked_at IS NOT NULL FROM generations WHERE run = ?", (run,)
        )
        return Standing(int(found[0][0]), bool(found[0][1])) if found else Standing(0)

    def reader(self, path: Path) -> Reader:
        """What reads the journal at `path`."""
        return Reader(partial(reading.attached, path))

    def delete(self, experiment: int) -> bool:
        """Take an experiment out of every table; `restore` brings it back."""
        return self.record([Removal(experiment, deleted=True)])[0]

    def restore(self, experiment: int) -> bool:
        """Take a deletion back."""
        return self.record([Removal(experiment, deleted=False)])[0]

    def delete_all(self, experiments: Sequence[int]) -> int:
        """Take several out of every table at once; says how many there were."""
        return sum(self.record([Removal(one, deleted=True) for one in experiments]))

    def restore_all(self, experiments: Sequence[int]) -> int:
        """Take deletions back; says how many there were."""
        return sum(self.record([Removal(one, deleted=False) for one in experiments]))

    def trash(self, most: int = 500) -> list[dict[str, Any]]:
        """What was deleted, the last first: enough of each to know it again."""
        rows = self.store.read(
            "SELECT e.id, e.name, e.repo_url, g.status, e.deleted_at FROM experiments e"
            " JOIN generations g ON g.id = e.generation WHERE e.deleted_at IS NOT NULL"
            " ORDER BY e.deleted_at DESC, e.id DESC LIMIT ?",
            (most,),
        )
        return [
            dict(row) | {"id": str(row["id"]), "deleted_at": iso(row["deleted_at"])} for row in rows
        ]

    def mark_stopped(self, experiment: int) -> bool:
        """Say that a run which counts as running has stopped; False where it does not."""
        return self.record([Mark(experiment, stopped=True)])[0]

    def unmark_stopped(self, experiment: int) -> bool:
        """Take such a mark back."""
        return self.record([Mark(experiment, stopped=False)])[0]

    def stop(self, experiment: int) -> None:
        """Ask the producer of a run to stop. It does so at its next step, and says so.

        Raises:
            NoSuchExperiment: there is none, or it is deleted.
            NotListening: its producer cannot hear; the text says why and what to do.
        """
        row = self.store.generation(experiment, None)
        if row is None:
            raise NoSuchExperiment("no such experiment")
        known = status.contact(self.store.now(), row.stale_at, row.lost_at)
        deafness = status.deafness(row.status, row.client, known)
        if deafness or not self.record([Stop(experiment)])[0]:
            raise NotListening(deafness or status.CANNOT_HEAR.format("This client"))

    # the way out

    def changes(self, since: int = 0, most_bytes: int = MOST_BYTES) -> Changes:
        """Everything that changed after `since`; a snapshot is `changes(0)`."""
        try:
            return self._changes(since, most_bytes)
        except StoreError:
            trouble = self.trouble
            if trouble is None:
                raise
            return Changes(since, self.store.now(), trouble=trouble)

    def _changes(self, since: int, most_bytes: int) -> Changes:
        page = self.store.rows(since, most_bytes)
        look = self._places.look(page)
        return Changes(
            seq=page.seq,
            now=self.store.now(),
            more=page.more,
            trouble=self.trouble,
            experiments=look.texts(page.rows),
            deleted=page.deleted if since else [],
            projects=[
                project_text(
                    row,
                    look.trouble(row["repo_url"]),
                    connected=look.is_connected(row["repo_url"]),
                )
                for row in page.projects
                if since or row["deleted_at"] is None
            ],
            commits=[text for repo in page.repos for text in look.commits(repo["repo_url"])],
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
        """Look whether another process changed the store, and tell; says whether it did.

        That the store cannot be used any more, or can again, is a change too.
        """
        moved = self._stands()
        if moved == self._moved:
            return False
        self._moved = moved
        self._tell()
        return True

    def _stands(self) -> tuple[int, Trouble | None]:
        moved = -1
        with suppress(StoreError):
            moved = self.store.moved()
        return moved, self.trouble

    def details(
        self, experiment: int, generation: int | None = None, *, whole: bool = False
    ) -> str | None:
        """One experiment as JSON: its row, by default of the newest generation, and all generations.

        `whole` leaves long params and metrics as they are. None: there is no such generation.
        """
        row = self.store.generation(experiment, generation)
        if row is None:
            return None
        row.place = self._places.look(Page(row.seq, rows=[row])).place(row)
        held = dumps(self.store.generations(experiment))
        text = (row if whole else row.excerpted()).text
        return f'{{"experiment":{text},"generations":{held}}}'

    def experiments(self) -> list[Row]:
        """Every experiment, newest start first. Where they hang in Git is not asked."""
        return self.store.experiments()

    def project_of(self, repo_url: str, folder: str = "") -> str | None:
        """The project that shows a repository, or the `folder` in it."""
        return self.projects.of(repo_url, folder)

    # series and pictures

    def answerable(self, question: Question) -> Question:
        """The question, without its `since` where only all points tell the truth."""
        return self.curves.answerable(question)

    def series(self, question: Question) -> list[Line]:
        """One line for each experiment that has the metric."""
        return self.curves.lines(question)

    def groups(self, question: Question) -> list[Group]:
        """A mean and a band for each group whose runs have the metric."""
        return self.curves.groups(question)

    def image(self, experiment: int, digest: str) -> tuple[str, bytes] | None:
        """A picture that an experiment shows: its kind and bytes."""
        found = self.store.read(
            "SELECT i.kind, i.body FROM experiments e JOIN generations g ON g.experiment = e.id"
            " JOIN images i ON i.digest = ? WHERE e.id = ? AND g.images LIKE '%' || i.digest || '%'",
            (digest, experiment),
        )
        return (found[0]["kind"], found[0]["body"]) if found else None

    def plot_rows(self, experiment: int, digest: str) -> bytes | None:
        """The rows of a plot that an experiment shows, as JSON."""
        found = self.store.read(
            "SELECT r.body FROM experiments e JOIN generations g ON g.experiment = e.id"
            " JOIN plot_rows r ON r.digest = ? WHERE e.id = ? AND g.plots LIKE '%' || r.digest || '%'",
            (digest, experiment),
        )
        return bytes(found[0]["body"]) if found else None

    # Git

    def look_at_refs(self) -> None:
        """Have it recorded when a connected clone has moved its refs; returns before it is known."""
        self._places.watch()

    # kernels

    def bury(self) -> None:
        """End the tokens of kernels that are gone; what stock clients left open in them has stopped."""
        self.tokens.end_dead()
        left = self.store.read(
            "SELECT DISTINCT g.sender FROM generations g JOIN tokens t ON t.id = g.sender"
            " WHERE g.status = 'running' AND t.kind = 'local' AND t.revoked_at IS NOT NULL"
        )
        if left:
            self.record([Gone(sender) for (sender,) in left])

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
            try:
                tell()
            except Exception as error:  # noqa: BLE001  # what was stored is stored, whoever cannot be told
                log.warning("live_studio: a subscriber could not be told of a change: %r", error)
