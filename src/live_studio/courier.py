"""The courier: one thread that carries journals into a Studio and news to its subscribers.

Any number of drainers may work on one journal: the transaction that stores a slice advances the
journal's end by compare-and-set, so each byte counts once. No lease, nothing to time out.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from . import journal, lock
from .events import Lost, Slice
from .records import VERSION, Reader
from .studio import Studio

log = logging.getLogger("live_studio")

FAST, SLOW = 0.02, 0.25
"""Seconds between looks while things move, and when nothing has moved for a while."""
BESIDE_TRAINING = 0.1
"""The same as FAST in a process that computes: each look takes the GIL away from it."""
UNWATCHED = 0.5
"""The same while nobody looks: the journals keep what is logged, and rare large slices cost less."""
REFS_EVERY = 1.0
SWEEP_EVERY = 1.0
BEAT_EVERY = 10.0
FORSAKEN_SECONDS = 600.0
YIELD_SECONDS = 1.0
"""How long a journal may stand still before a yielding courier carries it itself."""
ROUND_BYTES = 4 << 20
CLOCK_TICK = 0.1
"""Seconds within which two changes of a folder may carry the same time."""


class Follower:
    """Reads one journal from where the store stopped."""

    def __init__(self, path: Path, run: str, holder: str) -> None:
        """Follow the journal at `path` of the process that holds the lock file `holder`."""
        self.path = path
        self.run = run
        self.holder = holder
        self.at = 0
        self.done = False
        self._known = 0
        self._reader = Reader(partial(journal.attached, path))

    def next(self, most: int = ROUND_BYTES) -> Slice | None:
        """The next slice, if there is one."""
        if self._known < self.at:
            self._learn()
        raw = journal.read(self.path, self.at, most)
        if not raw:
            return None
        facts = self._reader.facts(raw)
        if not facts.end:
            return None
        self._known = max(self._known, self.at + facts.end)
        return Slice(self.run, self.at, raw[: facts.end], facts)

    def stored(self, piece: Slice) -> None:
        """That slice is in the store."""
        self.at = piece.end
        self.done = self.done or bool(piece.facts.done)

    def seek(self, end: int) -> None:
        """Somebody else stored up to `end`: go on from there."""
        # The slice that lost the race may have said the end; it is said again by what follows.
        self._known = min(self._known, self.at)
        self.at = end

    def _learn(self) -> None:
        """Take in the names in what others stored, without which later records mean nothing."""
        while self._known < self.at:
            most = min(ROUND_BYTES, self.at - self._known)
            facts = self._reader.facts(journal.read(self.path, self._known, most)[:most])
            if not facts.end:
                return
            self._known += facts.end
            self.done = self.done or bool(facts.done)


class Drainer:
    """Moves what the journals of a folder hold into a Studio."""

    def __init__(self, studio: Studio) -> None:
        """Know no journal yet."""
        self._studio = studio
        self._followers: dict[Path, Follower] = {}
        self._listed = self._openings = 0

    def drain(self) -> bool:
        """Store what is new in every journal; says whether anything was."""
        self._meet()
        return self._store(list(self._followers.values()))

    def drain_own(self) -> bool:
        """The same for the journals that this process writes."""
        self._meet()
        return self._store(self._written(here=True))

    def drain_what_waits(self, *, of_others: bool = False) -> bool:
        """The same, but leave alone what somebody else has moved on since the last look."""
        self._meet()
        waiting = []
        for follower in self._written(here=False) if of_others else self._followers.values():
            end = self._studio.journal_end(follower.run)
            if end == follower.at:
                waiting.append(follower)
            else:
                follower.seek(end)
        return self._store(waiting)

    @property
    def following(self) -> int:
        """How many journals are not carried home yet."""
        return len(self._followers)

    def sweep(self) -> None:
        """Close the books of processes that are gone, and remove journals that are stored whole."""
        for follower in list(self._followers.values()):
            # Asked before the last read: what a living process writes after it is read next time.
            if follower.done or lock.is_dead(follower.path.parent, follower.holder):
                self._close(follower)
        folder = self._studio.journals
        if not self._followers and folder.exists() and not any(folder.glob("*" + journal.SUFFIX)):
            lock.sweep(folder)

    def bury(self) -> None:
        """Do so at once, and only that: living journals are left to who follows them."""
        self._meet()
        self.sweep()

    def finish(self, path: Path, deadline: float) -> bool:
        """Store one journal to its end and remove it; False where `deadline` came first."""
        while time.monotonic() < deadline:
            if path not in self._followers:
                self._follow(path)
            follower = self._followers.get(path)
            if follower is None:
                return not path.exists()
            self._store([follower])
            if follower.done:
                self._close(follower)
                return True
            time.sleep(FAST)
        return False

    def _written(self, *, here: bool) -> list[Follower]:
        mine = lock.own_name()
        return [one for one in self._followers.values() if (one.holder == mine) is here]

    def _meet(self) -> None:
        """Follow the journals that are new. The folder is listed only when it has changed."""
        if self._openings != self._studio.store.openings:
            # A file that was mended may have less of a journal than the one before it.
            for follower in self._followers.values():
                follower.seek(self._studio.journal_end(follower.run))
            self._openings = self._studio.store.openings
        folder = self._studio.journals
        try:
            changed = os.stat(folder).st_mtime_ns
        except FileNotFoundError:
            return
        if changed == self._listed:
            return
        looked = time.time_ns()
        met = [self._follow(path) for path in folder.glob("*" + journal.SUFFIX)]
        if all(met) and abs(looked - changed) > CLOCK_TICK * 1e9:
            self._listed = changed

    def _follow(self, path: Path) -> bool:
        """Whether a journal could be asked what it is."""
        if path in self._followers:
            return True
        try:
            said = journal.header(path)
        except OSError:
            return False
        if said is None and _is_forsaken(path):
            path.unlink(missing_ok=True)
        # A journal of another version is left to the process that writes it.
        if said and said["version"] == VERSION:
            follower = Follower(path, said["run"], said["lock"])
            self._followers[path] = follower
            follower.seek(self._studio.journal_end(follower.run))
        return said is not None

    def _store(self, followers: list[Follower]) -> bool:
        """One transaction for the new slices of all journals."""
        read = [(follower, self._next(follower)) for follower in followers]
        pieces = [(follower, piece) for follower, piece in read if piece]
        if not pieces:
            return False
        try:
            self._record(pieces)
        except OSError:
            raise  # the store's trouble or the disk's, not that of what is to be stored
        except Exception as error:  # noqa: BLE001  # find the one that cannot be stored
            if len(pieces) == 1:
                self._set_aside(pieces[0][0], error)
            else:
                for follower, _ in pieces:
                    self._store([follower])
        return True

    def _next(self, follower: Follower) -> Slice | None:
        try:
            return follower.next()
        except FileNotFoundError:
            # Somebody else stored its end and took it away.
            self._followers.pop(follower.path, None)
        except OSError:
            raise
        except Exception as error:  # noqa: BLE001  # one broken journal must not stop the others
            self._set_aside(follower, error)
        return None

    def _record(self, pieces: list[tuple[Follower, Slice]]) -> None:
        taken = self._studio.record([piece for _, piece in pieces])
        for (follower, piece), stored in zip(pieces, taken, strict=True):
            if stored:
                follower.stored(piece)
            else:
                follower.seek(self._studio.journal_end(follower.run))

    def _set_aside(self, follower: Follower, error: Exception) -> None:
        """Leave a journal that cannot be understood, under a name that nobody follows."""
        aside = follower.path.with_suffix(".unreadable")
        log.error("live_studio: %s cannot be stored and is kept: %r", aside, error)
        follower.path.replace(aside)
        self._followers.pop(follower.path, None)

    def _is_behind(self, follower: Follower) -> bool:
        """Whether the store has less than was put into it: its file was damaged since, and mended."""
        end = self._studio.journal_end(follower.run)
        if end >= follower.at:
            return False
        follower.seek(end)
        return True

    def _close(self, follower: Follower) -> None:
        while self._store([follower]) or self._is_behind(follower):
            pass
        if follower.path not in self._followers:
            return
        if not follower.done:
            torn = bool(journal.read(follower.path, follower.at, 2))
            self._studio.record([Lost(follower.run, torn=torn)])
        follower.path.unlink(missing_ok=True)
        for beside in follower.path.parent.glob(f"{follower.run}.*"):
            beside.unlink(missing_ok=True)
        self._followers.pop(follower.path, None)


def _is_forsaken(path: Path) -> bool:
    """Whether a journal without its first record is too old to get one: its process died in between."""
    with suppress(OSError):
        return time.time() - path.stat().st_mtime > FORSAKEN_SECONDS
    return False


class Courier:
    """Drains and watches from a thread of its own until `stop`."""

    def __init__(
        self,
        studio: Studio,
        *,
        yielding: bool = False,
        own_first: bool = False,
        pause: float = FAST,
    ) -> None:
        """Carry for `studio`, with a look every `pause` seconds while things move.

        A `yielding` courier leaves journals to a server that keeps up; one that looks after its
        `own_first` leaves those of other processes to their own couriers, in the same way.
        """
        self.studio = studio
        self.drainer = Drainer(studio)
        self.last_error: str | None = None
        self.chores: set[Callable[[], None]] = set()
        self._yielding = yielding
        self._own_first = own_first
        self._pause = pause
        self._wake = threading.Event()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="live_studio-courier", daemon=True)

    def start(self) -> Courier:
        """Begin."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """End, and wait for the thread."""
        self._stopped = True
        self._wake.set()
        if self._thread is not threading.current_thread():
            self._thread.join(timeout=5)

    def hurry(self) -> None:
        """Look again at once."""
        self._wake.set()

    def _run(self) -> None:
        rounds = _Rounds(self._pause)
        while not self._stopped:
            try:
                moved = self._look(rounds)
            except OSError as error:
                # A full or busy disk: nothing is lost, the journals stay, and the next look tries again.
                self.last_error = str(error)
                moved = self.studio.watched and self.studio.notice()
            except Exception as error:  # noqa: BLE001  # without this thread nothing would move again
                self.last_error = repr(error)
                log.error("live_studio: a look at the journals failed: %r", error)
                moved = False
            self._wake.wait(rounds.pause(moved=moved) if self.studio.watched else UNWATCHED)
            self._wake.clear()

    def _look(self, rounds: _Rounds) -> bool:
        if rounds.due("store", SWEEP_EVERY):
            self.studio.store.look()
        moved = self._drain(rounds)
        if rounds.due("beat", BEAT_EVERY):
            for chore in tuple(self.chores):
                chore()
        if rounds.due("sweep", SWEEP_EVERY):
            self.drainer.sweep()
            self.studio.bury()
        if self.studio.watched:
            if rounds.due("refs", REFS_EVERY):
                self.studio.look_at_refs()
            moved = self.studio.notice() or moved
        return moved

    def _drain(self, rounds: _Rounds) -> bool:
        if self._yielding:
            return rounds.due("drain", YIELD_SECONDS) and self.drainer.drain_what_waits()
        if not self._own_first:
            return self.drainer.drain()
        moved = self.drainer.drain_own()
        if rounds.due("others", YIELD_SECONDS):
            moved = self.drainer.drain_what_waits(of_others=True) or moved
        return moved


class _Rounds:
    """When to look again: soon while things move, rarely when they do not."""

    def __init__(self, fast: float) -> None:
        self._fast = fast
        self._due: dict[str, float] = {}
        self._moved_at = time.monotonic()

    def due(self, what: str, every: float) -> bool:
        now = time.monotonic()
        if now < self._due.get(what, 0.0):
            return False
        self._due[what] = now + every
        return True

    def pause(self, *, moved: bool) -> float:
        now = time.monotonic()
        if moved:
            self._moved_at = now
        return self._fast if now - self._moved_at < 2 else SLOW


_couriers: dict[tuple[int, str], Courier] = {}
_couriers_lock = threading.Lock()


def shared(path: Path, **how: Any) -> Courier:
    """The courier of this process for the store at `path`, started when first asked for."""
    with _couriers_lock:
        mine = (os.getpid(), str(path))
        if mine not in _couriers:
            here = Courier(Studio(path, patient=True), own_first=True, pause=BESIDE_TRAINING, **how)
            _couriers[mine] = here.start()
        return _couriers[mine]
