"""Where experiments hang in Git: decided when somebody looks, by what the connected clones hold.

Git is asked on a thread of its own: a huge or broken clone keeps nobody who records waiting, and
who looks only for a moment. What was shown before the answer came is sent again when it is there.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Sequence

from .addresses import NO_COMMIT
from .changes import Row, dumps, iso
from .events import Event, Key, Pushed, Refs
from .git import several
from .git.picture import NO_GIT, READING, Picture, Place, not_connected
from .store import Store
from .store.reader import Page

FIRST_PATIENCE, PATIENCE = 1.0, 0.25
"""Seconds that one answer waits for Git, without anything to show and with what was true before."""
WATCH_EVERY = 1.0
"""Seconds after which an answer has refs looked at that nobody watches."""
NUMBERS_BYTES = 600_000
"""Of commits in one answer; those after it come without their numbers."""
IDLE_SECONDS = 30.0
RETRY_SECONDS = 30.0
"""Until a clone that could not be read is tried again although its refs stand still."""

log = logging.getLogger("live_studio")

Record = Callable[[Sequence[Event]], object]


class Look:
    """The connected clones as one answer sees them."""

    def __init__(self, pictures: dict[str, Picture | None]) -> None:
        """Look at `pictures`, by the address of their repository."""
        self._pictures = pictures

    def place(self, row: Row) -> dict[str, str | None]:
        """Where an experiment hangs, as the contract says it."""
        place = self._place(row.repo_url, row.baseline_sha)
        if place.reason is None:
            return {"kind": "commit", "reason": None}
        said = {"kind": "detached", "reason": place.reason, "advice": place.advice}
        return said | {"now": place.now}

    def texts(self, rows: Iterable[Row]) -> list[str]:
        """Experiments as JSON, each in its place; many hang in one."""
        places: dict[tuple[str, str], str] = {}
        texts = []
        for row in rows:
            where = row.repo_url, row.baseline_sha
            if where not in places:
                places[where] = dumps(self.place(row))
            texts.append(row.placed(places[where]))
        return texts

    def _place(self, repo_url: str, sha: str) -> Place:
        if sha == NO_COMMIT:
            return NO_GIT
        if repo_url not in self._pictures:
            return not_connected(repo_url, sha)
        picture = self._pictures[repo_url]
        return (picture.place(sha) if picture else None) or READING

    def is_connected(self, repo_url: str) -> bool:
        """Whether a clone of a repository is connected."""
        return repo_url in self._pictures

    def trouble(self, repo_url: str) -> str | None:
        """Why a connected clone cannot be read."""
        picture = self._pictures.get(repo_url)
        return picture.trouble if picture else None

    def commits(self, repo_url: str) -> list[str]:
        """The commits of a repository as the contract's JSON."""
        picture = self._pictures.get(repo_url)
        order: dict[str, int] = {}
        texts = []
        left = NUMBERS_BYTES
        for shown in picture.commits if picture else ():
            order[shown.branch] = order.get(shown.branch, -1) + 1
            said = {
                "repo_url": repo_url,
                "sha": shown.commit.sha,
                "title": shown.commit.title,
                "author": shown.commit.author,
                "time": iso(shown.commit.time),
                "branch": shown.branch,
                "order": order[shown.branch],
                "refs": list(shown.refs),
                "hidden": shown.hidden,
            }
            numbers = {"metrics": shown.numbers.metrics, "params": shown.numbers.params}
            text = dumps(said | numbers)
            left -= len(text)
            texts.append(text if left > 0 else dumps(said | {"metrics": {}, "params": {}}))
        return texts


class Places:
    """The connected clones of one store."""

    def __init__(self, store: Store, record: Record) -> None:
        """Know the clones that `store` names; `record` is told when their refs have moved."""
        self._store = store
        self._record = record
        self._changed = threading.Condition()
        self._pictures: dict[str, Picture] = {}
        self._clones: dict[str, several.Clones] = {}
        self._asked: dict[str, bool] = {}
        """Whose turn it is; whether somebody misses a baseline, or the refs alone are looked at."""
        self._visiting: str | None = None
        self._visits: dict[str, int] = {}
        self._owed: set[str] = set()
        """Repositories of which somebody was shown less than there is."""
        self._seen: dict[str, str] = {}
        """The refs as this process saw them last: two that see different ones must not take turns."""
        self._tried: dict[str, float] = {}
        self._watched_at = 0.0
        self._thread: threading.Thread | None = None
        self._closed = False

    def close(self) -> None:
        """Ask Git nothing any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout=5)

    def watch(self) -> None:
        """Have the refs of all clones looked at, without waiting for it."""
        self._watched_at = time.monotonic()
        repos = [row["repo_url"] for row in self._store.read("SELECT repo_url FROM repos")]
        self._ask(repos, missing=False)

    def look(self, page: Page) -> Look:
        """The clones as the rows of `page` need them, or as much as Git says in a moment."""
        wanted = {repo: set(shas) for repo, shas in page.baselines.items()}
        wanted |= {row["repo_url"]: set() for row in page.projects if row["repo_url"] not in wanted}
        for row in page.rows:
            wanted.setdefault(row.repo_url, set()).add(row.baseline_sha)
        repos = {row["repo_url"]: row for row in self._store.read("SELECT * FROM repos")}

        def missing(repo: str) -> bool:
            picture = self._pictures.get(repo)
            return (
                picture is None
                or picture.path != _paths(repos[repo])
                or (repos[repo]["refs"] not in ("", picture.refs))
                or any(picture.place(sha) is None for sha in wanted[repo] - {NO_COMMIT})
            )

        asked = [repo for repo in repos if repo in wanted and missing(repo)]
        if asked:
            visits = self._ask(asked, missing=True)
            first = any(repo not in self._pictures for repo in asked)
            with self._changed:
                self._changed.wait_for(
                    lambda: (
                        self._closed
                        or all(self._visits.get(repo, 0) > visits[repo] for repo in asked)
                    ),
                    FIRST_PATIENCE if first else PATIENCE,
                )
                self._owed |= {
                    repo
                    for repo in asked
                    if self._visits.get(repo, 0) <= visits[repo] or repo not in self._pictures
                }
        elif time.monotonic() - self._watched_at > WATCH_EVERY:
            self.watch()
        return Look({repo: self._pictures.get(repo) for repo in repos})

    def _ask(self, repos: Iterable[str], *, missing: bool) -> dict[str, int]:
        """Have the thread visit clones; says how often each has to have been visited by then."""
        with self._changed:
            found = {}
            for repo in repos:
                self._asked[repo] = self._asked.get(repo, False) or missing
                # A visit that is under way may have begun before what is missed was there.
                found[repo] = self._visits.get(repo, 0) + (self._visiting == repo)
            if found and not self._closed:
                if self._thread is None:
                    self._thread = threading.Thread(
                        target=self._run, name="live_studio-git", daemon=True
                    )
                    self._thread.start()
                self._changed.notify_all()
            return found

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._asked or self._closed, IDLE_SECONDS)
                if self._closed or not self._asked:
                    self._thread = None
                    return
                repo = self._visiting = next(iter(self._asked))
                missing = self._asked.pop(repo)
            events: Sequence[Event] = ()
            try:
                events = self._visit(repo, missing=missing)
            except Exception as error:  # noqa: BLE001  # without this thread no row would move again
                log.error("live_studio: a look at a clone failed: %r", error)
            with self._changed:
                self._visiting = None
                self._visits[repo] = self._visits.get(repo, 0) + 1
                if repo in self._owed and repo in self._pictures:
                    self._owed.discard(repo)
                    events = events or [Refs(repo, self._pictures[repo].refs)]
                self._changed.notify_all()
            if events:
                self._tell(events)

    def _tell(self, events: Sequence[Event]) -> None:
        try:
            self._record(events)
        except Exception as error:  # noqa: BLE001  # a busy or closed store; the next look tells it
            for event in events:
                if isinstance(event, Refs):
                    self._seen.pop(event.repo_url, None)
            if not self._closed:
                log.warning("live_studio: moved refs could not be recorded: %r", error)

    def _visit(self, repo: str, *, missing: bool) -> Sequence[Event]:
        """Read a clone where something about it is new; returns what that changes for others."""
        found = self._store.read("SELECT path, others, refs FROM repos WHERE repo_url = ?", (repo,))
        if not found:
            self._pictures.pop(repo, None)
            return []
        path, recorded = _paths(found[0]), found[0]["refs"]
        clones = self._clones.get(repo)
        if clones is None or several.SEPARATOR.join(clones.paths) != path:
            clones = self._clones[repo] = several.Clones(path.split(several.SEPARATOR))
        now = clones.fingerprint()
        before = self._pictures.get(repo)
        moved = now != recorded and self._seen.get(repo) != now
        self._seen[repo] = now
        events: list[Event] = [Refs(repo, now)] if moved else []
        if before is not None and not missing and self._still(repo, before, path, now):
            return events
        shas = self._baselines(repo)
        if before is None or not missing or _is_old(before, path, now, shas):
            self._tried[repo] = time.monotonic()
            self._pictures[repo] = clones.picture(now, shas)
        recovered = before is not None and before.trouble != self._pictures[repo].trouble
        if recovered and not moved:
            events.append(Refs(repo, now))
        return [*events, *self._pushed(repo, self._pictures[repo])]

    def _still(self, repo: str, picture: Picture, path: str, now: str) -> bool:
        """Whether a picture is as good as another look; one that could not be taken is for a while."""
        if (picture.path, picture.refs) != (path, now):
            return False
        tried = self._tried.get(repo, 0.0)
        return picture.trouble is None or time.monotonic() - tried <= RETRY_SECONDS

    def _baselines(self, repo: str) -> set[str]:
        return {
            sha
            for (sha,) in self._store.read(
                "SELECT DISTINCT baseline_sha FROM experiments WHERE repo_url = ?"
                " AND deleted_at IS NULL AND baseline_sha != ?",
                (repo, NO_COMMIT),
            )
        }

    def _pushed(self, repo: str, picture: Picture) -> list[Pushed]:
        """The experiments that Git holds and no row stands for."""
        if not picture.experiments:
            return []
        rows = self._store.read(
            "SELECT e.baseline_sha, e.name, g.status, g.experiment_rev FROM experiments e"
            " JOIN generations g ON g.id = e.generation WHERE e.repo_url = ?",
            (repo,),
        )
        revisions = {row["experiment_rev"] for row in rows}
        # A running one has not been pushed yet; it may take the revision when it is done.
        settled = {
            (row["baseline_sha"], row["name"])
            for row in rows
            if row["status"] == "running" or row["experiment_rev"]
        }
        new = [
            one
            for one in picture.experiments
            if one.commit.sha not in revisions and (one.baseline_sha, one.name) not in settled
        ]
        return [
            Pushed(
                Key(repo, one.baseline_sha, one.name),
                one.commit.sha,
                one.commit.title,
                one.commit.time,
                one.numbers.params,
                one.numbers.metrics,
            )
            for one in new
        ]


def _paths(row: sqlite3.Row) -> str:
    """The clones of a repository as `Picture.path` has them."""
    return several.SEPARATOR.join((row["path"], *json.loads(row["others"])))


def _is_old(picture: Picture, path: str, now: str, shas: set[str]) -> bool:
    if (picture.path, picture.refs) != (path, now):
        return True
    return picture.trouble is None and not shas <= picture.places.keys()
