"""The courier: one thread that carries journals into a Studio and news to its subscribers.

Whether the Studio is a store here or a server far away makes no difference to a journal.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

from . import cells, config
from .drainer import Drainer, Shore
from .keeper import Keeper
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
KEEP_EVERY = 10.0
YIELD_SECONDS = 1.0
"""How long a journal may stand still before a yielding courier carries it itself."""

Carried = TypeVar("Carried", bound=Shore)


class Courier(Generic[Carried]):
    """Drains and watches from a thread of its own until `stop`."""

    def __init__(
        self,
        studio: Carried,
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
        # A server has a keeper of its own.
        keeps = own_first and not yielding
        self._keeper = Keeper(studio.store) if keeps and isinstance(studio, Studio) else None
        if not yielding and isinstance(studio, Studio) and studio.homecopy:
            studio.homecopy.start()
        self._yielding = yielding
        self._own_first = own_first
        self._pause = pause
        self._wake = threading.Event()
        self._stopped = False
        self._closing = 0
        self._thread = threading.Thread(target=self._run, name="live_studio-courier", daemon=True)

    def start(self) -> Courier[Carried]:
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

    def finish(self, path: Path, deadline: float, worth: Callable[[], bool]) -> bool:
        """Wait until the thread has carried a journal to its end; False where it has not.

        The thread goes on after `deadline`, and when waiting is no longer `worth` it.
        """
        self._closing += 1
        try:
            while path.exists() and time.monotonic() < deadline and worth():
                self.hurry()
                time.sleep(FAST)
        finally:
            self._closing -= 1
        return not path.exists()

    def _run(self) -> None:
        rounds = _Rounds(self._pause)
        while not self._stopped:
            try:
                moved = self._look(rounds)
            except OSError as error:
                # A full or busy disk: nothing is lost, the journals stay, and the next look tries again.
                self.last_error = str(error)
                moved = self._notice()
            except Exception as error:  # noqa: BLE001  # without this thread nothing would move again
                self.last_error = repr(error)
                log.error("live_studio: a look at the journals failed: %r", error)
                moved = False
            self._wake.wait(rounds.pause(moved=moved) if self.studio.watched else UNWATCHED)
            self._wake.clear()

    def _look(self, rounds: _Rounds) -> bool:
        here = self.studio if isinstance(self.studio, Studio) else None
        if here and rounds.due("store", SWEEP_EVERY):
            here.store.look()
        moved = self.studio.ready and self._drain(rounds)
        if rounds.due("beat", BEAT_EVERY):
            for chore in tuple(self.chores):
                chore()
        if not self.studio.ready:
            return False
        if self._closing or rounds.due("sweep", SWEEP_EVERY):
            self.drainer.sweep()
            if here:
                here.bury()
        if here and here.watched and rounds.due("refs", REFS_EVERY):
            here.look_at_refs()
        if self._keeper and not cells.busy() and rounds.due("keep", KEEP_EVERY):
            self._keeper.look(lambda _: cells.busy())
        return self._notice() or moved

    def _notice(self) -> bool:
        here = self.studio
        return isinstance(here, Studio) and here.watched and here.notice()

    def _drain(self, rounds: _Rounds) -> bool:
        if self._yielding:
            return rounds.due("drain", YIELD_SECONDS) and self.drainer.drain_what_waits()
        if not self._own_first:
            return self.drainer.drain()
        moved = self.drainer.drain_own()
        if rounds.due("wishes", YIELD_SECONDS):
            self.drainer.listen()
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


_couriers: dict[tuple[int, str], Courier[Any]] = {}
_couriers_lock = threading.Lock()


def shared(path: Path, **how: Any) -> Courier[Studio]:
    """The courier of this process for the store at `path`, started when first asked for."""
    return carrying(config.journals_dir(path), lambda: Studio(path, patient=True), **how)


def carrying(folder: Path, make: Callable[[], Carried], **how: Any) -> Courier[Carried]:
    """The courier of this process for the journals in `folder`, started when first asked for.

    `make` opens what they are carried to.
    """
    with _couriers_lock:
        mine = (os.getpid(), str(folder))
        if mine not in _couriers:
            _couriers[mine] = Courier(make(), own_first=True, pause=BESIDE_TRAINING, **how).start()
        return _couriers[mine]


def sharing(folder: Path) -> Courier[Any] | None:
    """The courier of this process for the journals in `folder`, where there is one."""
    return _couriers.get((os.getpid(), str(folder)))
