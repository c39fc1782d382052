"""The copy in the home of a store that lies on this machine's own disk, which may be wiped.

It is renewed while something changes and when a process ends, and comes back where this machine has lost its store. Each
machine has a copy of its own: a home may be that of several. A copy that cannot be read is never written over.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from .. import lock, whereabouts
from ..changes import Trouble
from ..errors import StoreError
from ..warned import warn_once
from . import mark
from .file import File
from .opening import beside, remove

EVERY = 60.0
REST = 20.0
"""How much longer than a copy took the pause after it is at least."""
EXIT_SECONDS = 10.0
"""How long a process that ends may take over it; who comes next does it then."""
TURN_SECONDS = 0.05
STEPS = 100_000
"""Of SQLite's machine, between two looks at the clock."""
_SET = "Set LIVE_STUDIO_STORE to a file on a disk that can be written."
COPIED, CAME_FROM, KNOWN, KEEPER = "copied", "came-from", "known", "keeper"
"""Beside the store: of what and when the last copy was made; from which copy the store came; where it came from
a store that lies in the home, what that was like then; and which process renews the copy, by the name of its lock."""


class HomeCopy:
    """Keeps the copy of one store."""

    def __init__(self, store: Path, intended: Path) -> None:
        """Keep a copy of `store` in the folder where it should lie, as `intended`."""
        self._store = store
        self._intended = intended
        self._home = intended.parent
        self._pid = os.getpid()
        self._rest = EVERY
        self._thread: threading.Thread | None = None
        self.error = ""
        """Why the last try did not succeed, as the part of a sentence."""
        self._trouble: Trouble | None = None
        self._told: tuple[str, list[int], bool] | None = None
        whereabouts.leaving[store] = self._leave

    @property
    def trouble(self) -> Trouble:
        """Where the store lies, why, and what that means."""
        stands = self.error, stats(self._intended), whereabouts.is_writable(self._intended)
        if self._trouble is None or self._told != stands:
            self._told = stands
            self._trouble = self._made(*stands[:2], writable=stands[2])
        return self._trouble

    def _made(self, error: str, other: list[int], *, writable: bool) -> Trouble:
        folder = self._store.parent
        why = whereabouts.reasons(self._store) or f"{self._home} could not be used"
        kind, said = "elsewhere", f"{why}, so experiments are kept in {folder}"
        if whereabouts.is_in_memory(self._store):
            kind, said = "memory", f"{why}, so experiments are kept in memory, in {folder}"
        if error:
            then = f"The copy in the home could not be renewed: {error}."
        elif writable:
            then = "A copy goes home every minute and when a process ends."
        elif kind == "memory":
            then = f"They are gone when this machine stops. {_SET}"
        else:
            then = f"There is no other copy. {_SET}"
        if other and said_in(self._store.with_name(KNOWN)).get("stats") != other:
            then += (
                " Another store lies in the home, whose runs may not all be here: export them with"
                f" LIVE_STUDIO_STORE={self._intended}, and import them."
            )
        return Trouble(kind, f"{said}. {then}", time.time())

    def start(self) -> None:
        """Renew it from a thread, as long as this process lives."""
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._run, name="live_studio-homecopy", daemon=True
            )
            self._thread.start()

    @property
    def at(self) -> float | None:
        """When the last copy was made, in seconds since the epoch, by whichever process."""
        at = said_in(self._store.with_name(COPIED)).get("at")
        return at if isinstance(at, float) else None

    def renew(self, seconds: float | None = None) -> bool:
        """Make a copy where something has changed since the last; says whether there is a new one.

        One process at a time does; the others wait, for there may be more in the store by then. After
        `seconds` it is given up.
        """
        if not os.path.exists(self._store):
            return False
        begun = time.monotonic()
        ends = seconds and begun + seconds
        try:
            with _alone(self._store, ends):
                return self._renew(ends)
        except (OSError, sqlite3.Error, StoreError) as error:
            self.error = _why(error)
            return False
        finally:
            self._rest = max(EVERY, (time.monotonic() - begun) * REST)

    def _run(self) -> None:
        while True:
            if not self._is_left_to_another():
                with suppress(OSError):
                    self._store.with_name(KEEPER).write_text(lock.own_name())
            time.sleep(self._rest)
            if not self._is_left_to_another():
                self.renew()

    def _is_left_to_another(self) -> bool:
        """Whether another process that lives, such as a server, renews the copy."""
        try:
            name = self._store.with_name(KEEPER).read_text()
        except OSError:
            return False
        return name != lock.own_name() and lock.runs_here(name)

    def _leave(self) -> None:
        if os.getpid() == self._pid and not self._is_left_to_another():
            # Whoever ends a moment later has to see to it himself.
            with suppress(OSError):
                self._store.with_name(KEEPER).unlink(missing_ok=True)
            self.renew(EXIT_SECONDS)
            if self.error:
                warn_once(
                    f"live_studio: {self.trouble.text} `jupyter live-studio sync` tries again."
                )
            # Looking at the file has put this process's mark there again.
            mark.leave()

    def _renew(self, ends: float | None) -> bool:
        if not whereabouts.is_writable(self._intended):
            return False
        last = said_in(self._store.with_name(COPIED))
        with closing(File(self._store)) as file:
            print_ = _print(file)
            if last.get("of") == print_ and os.path.exists(str(last.get("as"))):
                return False
            self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
            target = self._home / f"store.copy-{machine()}-{file.id[:8]}.db"
            _write(file.reader, target, ends)
        self._forget_source(target)
        said = {"of": print_, "at": time.time(), "as": str(target)}
        self._store.with_name(COPIED).write_text(json.dumps(said))
        self.error = ""
        return True

    def _forget_source(self, target: Path) -> None:
        """What this store came from is in the new copy, unless the machine it was of has gone on."""
        note = self._store.with_name(CAME_FROM)
        said = said_in(note)
        source = Path(str(said.get("path", target)))
        with suppress(OSError):
            if source != target and source.stat().st_mtime_ns == said["time"]:
                source.unlink()
            note.unlink(missing_ok=True)


def stats(store: Path) -> list[int]:
    """What a store's file and log look like from outside; nothing where there is none."""
    found = []
    for suffix in ("", "-wal"):
        with suppress(OSError):
            here = os.stat(beside(store, suffix))
            found += [here.st_mtime_ns, here.st_size]
    return found


def _write(source: sqlite3.Connection, target: Path, ends: float | None) -> None:
    """Write a whole copy, and only then give it its name."""
    # One process at a time is here; what was killed half-way had the same name.
    fresh = target.with_name(f".{target.name}")
    remove(fresh)
    if ends is not None:
        source.set_progress_handler(lambda: time.monotonic() > ends, STEPS)
    try:
        os.close(os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        source.execute("VACUUM INTO ?", (str(fresh),))
        with fresh.open("rb") as file:
            os.fsync(file.fileno())
        fresh.replace(target)
    finally:
        source.set_progress_handler(None, 0)
        remove(fresh)


def _why(error: Exception) -> str:
    interrupted = getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_INTERRUPT
    if interrupted or isinstance(error, TimeoutError):
        return f"it takes longer than {EXIT_SECONDS:g} s"
    return str(getattr(error, "strerror", None) or error).rstrip(".").lower()


def machine() -> str:
    """This machine's name, as part of a file's."""
    name = os.uname().nodename if hasattr(os, "uname") else ""
    return re.sub(r"[^A-Za-z0-9.]", "_", name)[:64]


def _print(file: File) -> list[object]:
    """What is another whenever something was written that is worth a copy."""
    ask = "SELECT (SELECT seq FROM clock), count(*), max(created_at), count(revoked_at) FROM tokens"
    return [*(file.identity or ()), *file.reader.execute(ask).fetchone()]


def said_in(note: Path) -> dict[str, object]:
    """What a note of ours says; nothing where there is none."""
    with suppress(OSError, ValueError):
        said = json.loads(note.read_text())
        if isinstance(said, dict):
            return said
    return {}


@contextmanager
def _alone(store: Path, ends: float | None) -> Iterator[None]:
    """Wait until no other process makes a copy, and keep it so.

    Raises:
        TimeoutError: another did so until `ends`.
    """
    import fcntl  # where there is none, no store lies elsewhere

    file = os.open(store.with_name(".copying"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if ends is not None and time.monotonic() > ends:
                    raise TimeoutError from None
                time.sleep(TURN_SECONDS)
        try:
            yield
        finally:
            # Said, not left to the closing: a child that was forked meanwhile has the file open too.
            fcntl.flock(file, fcntl.LOCK_UN)
    finally:
        os.close(file)
