"""How a run ends: by itself, by an error, by somebody who asks it to stop, or with its process."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from . import cells, delivery, records
from .errors import LiveStudioError, StopRequested
from .journal import Journal
from .run import Run, opened
from .warned import warn_once

if TYPE_CHECKING:
    from .events import Json

END_SECONDS = 9.5
"""The promise is ten: what is given up at this moment takes a moment to be left."""
CLOSE_EVERY = 0.2
on_end: list[Callable[[], None]] = []
"""Called after each `end()`: a dashboard renews the picture it leaves in the notebook."""
_now = time.time
Itself = TypeVar("Itself", bound="Ending")


class Ending(Run):
    """Ends a run."""

    _store: Path
    _naming: threading.RLock

    def end(self) -> None:
        """Complete the experiment. Inside `with Live()` the block's end does it.

        Returns after about 10 s at most; what could not be stored by then stays in the journal and is stored
        by the next server or kernel that looks.
        """
        if not self._inside_with:
            self._end("completed")

    def __enter__(self: Itself) -> Itself:
        """Return itself; the block's end ends the experiment."""
        self._inside_with = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Complete the experiment, or fail it with what was raised."""
        self._inside_with = False
        if error is None or (isinstance(error, SystemExit) and not error.code):
            self._end("completed")
        elif isinstance(error, KeyboardInterrupt):
            self._end("stopped", detail="interrupted")
        else:
            self._end("failed", detail=type(error).__name__, error=cells.told(error))

    def _end(
        self, status: str, detail: str | None = None, error: Json = None, *, save: bool = True
    ) -> None:
        # A forked child that leaves its parent's `with` ends nothing.
        if self._ended or os.getpid() != self._pid:
            return
        self._ending = True
        opened.discard(self)
        if self._monitor:
            self._monitor.end()
        self._sum_up()
        self._finish(status, detail, error, rev=self._keep(save=save))
        deadline = time.monotonic() + END_SECONDS
        self._close_journal(deadline)
        if isinstance(self._journal, Journal):
            delivery.finish(self._journal.path, self._store, deadline)
        for tell in tuple(on_end):
            try:
                tell()
            except Exception as trouble:  # noqa: BLE001  # training goes on, and its own error counts
                warn_once(f"live_studio could not renew the saved picture: {trouble}")

    def _sum_up(self) -> None:
        """Do what DVCLive does at the end; it must not keep the run from ending as it did."""
        try:
            self._log_summary()
        except LiveStudioError as error:
            warn_once(f"live_studio left out what the summary held: {error}")

    def _finish(
        self, status: str, detail: str | None = None, error: Json = None, rev: str | None = None
    ) -> None:
        """Write the last record."""
        self._ended = self._ending = True
        if self._monitor:
            self._monitor.end()
        # What DVCLive reports: the largest step that ended or was summed up, else the one it stands in.
        told = [step for step in (self._synced, self._summed) if step is not None]
        step = max(told, default=self._step or 0)
        if not told and self._step is not None:
            self._journal.append(
                records.STEPPED.pack(records.STEP_LENGTH, records.STEP, step, _now())
            )
        said = {"status": status, "detail": detail, "error": error, "step": step, "time": _now()}
        body = records.text(records.DONE, said | ({"experiment_rev": rev} if rev else {}))
        self._journal.append(body)

    # somebody wants it to stop

    def _stop_soon(self) -> None:
        """Stop at the next call that logs. Called by the courier's thread, again and again.

        The calls pay nothing for it until then: what they store a record with is exchanged.
        """
        if not self._ending:
            self._asked_to_stop = True
            self._append = self._append_and_obey

    def _append_and_obey(self, body: bytes) -> None:
        self._journal.append(body)
        self._obey()

    def _obey(self) -> None:
        """Stop where somebody wants that; what is logged by now is kept."""
        if not self._asked_to_stop or self._ending or os.getpid() != self._pid:
            return
        with self._naming:
            first, self._asked_to_stop = self._asked_to_stop, False
        if first:
            self._end("stopped", detail="stopped from the dashboard")
            raise StopRequested(f"{self.exp_name} was stopped from the dashboard.")

    def __del__(self) -> None:
        """Say that nobody can log here any more, where nobody has ended it."""
        # An exiting interpreter has closed what was open; a half-made run has nothing to close.
        if self._ended or os.getpid() != self._pid or sys.is_finalizing():
            return
        try:
            self._keep(save=False)
        finally:
            self._finish("stopped", "dropped without end()")
            self._journal.close(whatever=True)

    def _close_journal(self, deadline: float) -> None:
        """Wait for a full disk as long as may be; say what it would not take."""
        while not self._journal.close() and time.monotonic() < deadline:
            time.sleep(CLOSE_EVERY)
        self._journal.close(whatever=True)
        if isinstance(self._journal, Journal) and self._journal.dropped:
            warn_once(
                f"live_studio: the disk of {self._journal.path.parent} was full; {self._journal.dropped:,}"
                f" records of {self.exp_name!r} are lost. Free some space there."
            )


@atexit.register
def _at_exit() -> None:
    """Close what a process leaves open: a run that just stops is not completed."""
    # In a notebook it is whatever any cell raised last, however long ago.
    failed = getattr(sys, "last_value", None) if cells.shell() is None else None
    for live in [*opened]:
        if isinstance(failed, KeyboardInterrupt):
            live._end("stopped", detail="interrupted", save=False)
        elif failed is not None:
            live._end("failed", detail=type(failed).__name__, error=cells.told(failed), save=False)
        else:
            live._end("stopped", detail="exited without end()", save=False)


def _after_fork() -> None:
    # The child did not open these runs and must not close them.
    for live in [*opened]:
        opened.discard(live)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
