"""The keeper: a thread that keeps a store small and quick to read while nobody needs the machine.

Beside a server; where there is none, in a kernel while no cell of it runs (`look`, from its courier),
and never in one that computes. It works in short pieces, with longer pauses between them, and looks
only where something was committed since it looked last.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator

from .errors import StoreError
from .store import Store

log = logging.getLogger("live_studio")

LOOK_EVERY = 10.0
FORGET_EVERY = 3600.0
LOOSE_EVERY = 300.0
"""A plot that is logged at every epoch leaves rows behind that nobody can see any more."""
REST = 3.0
"""How much longer than a piece of work the pause after it is."""
PAGES_AT_ONCE = 256
"""A megabyte: the store can be written again after it."""


class Keeper:
    """Keeps one store from a thread of its own, until `stop`."""

    def __init__(self, store: Store) -> None:
        """Keep `store`."""
        self._store = store
        self._moved = -1
        self._forgot_at = -FORGET_EVERY
        self._dropped_at = -LOOSE_EVERY
        self._strange: set[int] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="live_studio-keeper", daemon=True)

    def start(self) -> Keeper:
        """Begin."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """End, and wait for the piece of work at hand."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def tidy(self) -> None:
        """Do all there is to do, without pauses."""
        for _ in self._pieces():
            pass

    def _run(self) -> None:
        while not self._stop.wait(LOOK_EVERY):
            try:
                self.look(lambda took: self._stop.wait(took * REST))
            except StoreError:
                pass  # said where it is needed; what waits can wait
            except Exception as error:  # noqa: BLE001  # the server must go on, and this thread with it
                log.error("live_studio: the store could not be kept in order: %r", error)

    def look(self, stops: Callable[[float], bool]) -> None:
        """Do what there is to do, as long as nobody `stops` it after a piece that took so many seconds."""
        if time.monotonic() - self._forgot_at > FORGET_EVERY:
            self._forgot_at = time.monotonic()
            self._store.forget()
        moved = self._store.moved()
        if moved == self._moved and not self._store.due():
            return
        begun = time.monotonic()
        for _ in self._pieces(loose=begun - self._dropped_at > LOOSE_EVERY):
            if stops(time.monotonic() - begun):
                return
            begun = time.monotonic()
        self._moved = self._store.moved()

    def _pieces(self, *, loose: bool = True) -> Iterator[None]:
        """The work, piece by piece; `loose` also looks for what no run names any more."""
        for generation in self._store.due():
            while self._compacts(generation):
                yield
        if loose:
            self._dropped_at = time.monotonic()
            self._store.drop_loose()
            yield
        while self._store.give_back(PAGES_AT_ONCE):
            yield

    def _compacts(self, generation: int) -> bool:
        """Whether there is more to do in a generation. One that cannot be read is left as it is."""
        if generation in self._strange:
            return False
        try:
            return self._store.compact(generation)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  # bytes of a damaged disk: anything may be wrong with them
            log.error(
                "live_studio: the points of run %d are left as they came: %r", generation, error
            )
            self._strange.add(generation)
            return False
