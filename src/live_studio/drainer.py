"""The drainer: moves what the journals of a folder hold to where they are carried.

Any number of drainers may work on one journal: the transaction that stores a slice advances the
journal's end by compare-and-set, so each byte counts once. No lease, nothing to time out.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from . import journal, lock, reading
from .errors import Withheld
from .events import Event, Facts, Lost, Slice, Standing
from .records import VERSION

log = logging.getLogger("live_studio")

FINISH_EVERY = 0.02
"""Seconds between looks at a journal that is to be finished."""
FORSAKEN_SECONDS = 600.0
CLOCK_TICK = 0.1
"""Seconds within which two changes of a folder may carry the same time."""


class Reads(Protocol):
    """What says of a journal's bytes what has to be known of them."""

    def facts(self, data: bytes) -> Facts:
        """What the whole records of `data` say, and where they end."""


class Shore(Protocol):
    """Where journals are carried to: `Studio` or `Remote`."""

    @property
    def journals(self) -> Path:
        """The folder of the journals that are to go there."""

    @property
    def far(self) -> bool:
        """Whether each look is a request, so that a process carries its own journals only."""

    @property
    def ready(self) -> bool:
        """Whether it is there now."""

    @property
    def watched(self) -> bool:
        """Whether anybody here looks at what is in it."""

    @property
    def openings(self) -> int:
        """Moves whenever what is there may be less than it was."""

    @property
    def round_bytes(self) -> int:
        """How much of a journal it takes at once."""

    def reader(self, path: Path) -> Reads:
        """What reads the journal at `path`."""

    def standing(self, run: str) -> Standing:
        """How a run stands there."""

    def record(self, events: Sequence[Event]) -> list[bool]:
        """Take events; says of each whether it was taken."""


class Follower:
    """Reads one journal from where the store stopped."""

    def __init__(self, path: Path, run: str, holder: str, reader: Reads) -> None:
        """Follow the journal at `path` of the process that holds the lock file `holder`."""
        self.path = path
        self.run = run
        self.holder = holder
        self.at = 0
        self.done = False
        self._known = 0
        self._reader = reader

    def next(self, most: int) -> Slice | None:
        """The next slice, if there is one, of at most `most` bytes."""
        if self._known < self.at:
            self._learn(most)
        raw = reading.read(self.path, self.at, most)
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

    def _learn(self, at_once: int) -> None:
        """Take in the names in what others stored, without which later records mean nothing."""
        while self._known < self.at:
            most = min(at_once, self.at - self._known)
            facts = self._reader.facts(reading.read(self.path, self._known, most)[:most])
            if not facts.end:
                return
            self._known += facts.end
            self.done = self.done or bool(facts.done)


class Drainer:
    """Moves what the journals of a folder hold into a Studio."""

    def __init__(self, studio: Shore) -> None:
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
        others = [one for one in self._written(here=False) if not self._has_its_own_courier(one)]
        for follower in others if of_others else self._followers.values():
            end = self._end_of(follower)
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
                with suppress(Withheld):
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
            time.sleep(FINISH_EVERY)
        return False

    def listen(self) -> None:
        """Hear whether somebody wants a run that this process writes to stop."""
        with suppress(Withheld):
            for follower in self._written(here=True):
                self._end_of(follower)

    def _end_of(self, follower: Follower) -> int:
        """How much of a journal is stored; who writes it here is told what is wanted of it."""
        end, stop = self._studio.standing(follower.run)
        if stop:
            journal.ask_to_stop(follower.path)
        return end

    def _written(self, *, here: bool) -> list[Follower]:
        mine = lock.own_name()
        return [one for one in self._followers.values() if (one.holder == mine) is here]

    def _has_its_own_courier(self, follower: Follower) -> bool:
        return self._studio.far and lock.runs_here(follower.holder)

    def _meet(self) -> None:
        """Follow the journals that are new. The folder is listed only when it has changed."""
        if self._openings != self._studio.openings:
            # A file that was mended, or a server that was away, may have less of a journal than before.
            for follower in self._followers.values():
                with suppress(Withheld):
                    follower.seek(self._end_of(follower))
            self._openings = self._studio.openings
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
            said = reading.header(path)
        except OSError:
            return False
        if said is None and _is_forsaken(path):
            path.unlink(missing_ok=True)
        # A journal of another version is left to the process that writes it.
        if said and said["version"] == VERSION:
            follower = Follower(path, said["run"], said["lock"], self._studio.reader(path))
            self._followers[path] = follower
            # A server far away is asked when there is something for it.
            follower.seek(0 if self._studio.far else self._end_of(follower))
        return said is not None

    def _store(self, followers: list[Follower]) -> bool:
        with suppress(Withheld):
            return self._stored(followers)
        return False

    def _stored(self, followers: list[Follower]) -> bool:
        """One transaction for the new slices of all journals."""
        read = [(follower, self._next(follower)) for follower in followers]
        pieces = [(follower, piece) for follower, piece in read if piece]
        if not pieces:
            return False
        try:
            self._record(pieces)
        except (OSError, MemoryError):
            raise  # the store's trouble, the machine's or the network's, not that of what is to be stored
        except Exception as error:  # find the one that cannot be stored
            if len(pieces) == 1 and isinstance(error, Withheld):
                raise
            if len(pieces) == 1:
                self._set_aside(pieces[0][0], error)
            else:
                for follower, _ in pieces:
                    self._store([follower])
        return True

    def _next(self, follower: Follower) -> Slice | None:
        try:
            return follower.next(self._studio.round_bytes)
        except FileNotFoundError:
            # Somebody else stored its end and took it away.
            self._followers.pop(follower.path, None)
        except (OSError, MemoryError):
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
                follower.seek(self._end_of(follower))

    def _set_aside(self, follower: Follower, error: Exception) -> None:
        """Leave a journal that cannot be understood, under a name that nobody follows."""
        aside = follower.path.with_suffix(".unreadable")
        log.error("live_studio: %s cannot be stored and is kept: %r", aside, error)
        follower.path.replace(aside)
        self._followers.pop(follower.path, None)

    def _is_behind(self, follower: Follower) -> bool:
        """Whether the store has less than was put into it: its file was damaged since, and mended."""
        end = self._end_of(follower)
        if end >= follower.at:
            return False
        follower.seek(end)
        return True

    def _close(self, follower: Follower) -> None:
        while self._stored([follower]) or self._is_behind(follower):
            pass
        if follower.path not in self._followers:
            return
        if not follower.done:
            torn = bool(reading.read(follower.path, follower.at, 2))
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
