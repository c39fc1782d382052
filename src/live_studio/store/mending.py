"""Getting from a file that is gone, replaced or damaged to one that can be used.

Nothing is deleted: a damaged file is renamed, and what it still says goes into a fresh one. Where
the file only lost its name, a process that holds it open still has all of it and gives it back.
One process mends at a time; another that finds it done goes on with the result.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from ..changes import Trouble
from ..config import journals_dir
from ..errors import StoreUnusable
from . import bringing, mark, salvage
from .failures import is_damage
from .file import HEIR_OF, NOTICE, File, Identity, identity, tell, told
from .opening import BESIDE, beside, connect, remove
from .settling import Saved, settle
from .soundness import is_damaged, refuse_text

log = logging.getLogger("live_studio")

TRIES = 3
MENDING_SECONDS = 60.0
"""How long another process may take to mend."""
Clock = Callable[[], float]


def opened(
    path: Path, clock: Clock, *, old: File | None = None, damaged: bool = False, seq: int = 0
) -> File:
    """A file at `path` that can be used, with everything in it that could be saved.

    Args:
        path: The store's file.
        clock: Seconds since the epoch.
        old: The file that was open so far and is not there any more, or is `damaged`.
        damaged: What was read made no sense.
        seq: The newest sequence number that was told of.

    Raises:
        StoreError: it cannot be used now.
        sqlite3.Error: the same.
        OSError: the same.
    """
    if old is None and identity(path) is not None:
        try:
            return File(path)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            refuse_text(path)
    with _alone(path) as unfinished:
        for _ in range(TRIES):
            try:
                Mender(path, clock(), seq).mend(old, unfinished, damaged=damaged)
                return File(path)
            except sqlite3.DatabaseError as error:
                if not is_damage(error):
                    raise
                # What was mended is damaged again, or what lies there now never was sound.
                old, damaged = None, True
    raise StoreUnusable(f"The store {path.name} was damaged again each time it was mended.")


class Mender:
    """Mends one file once, alone."""

    def __init__(self, path: Path, now: float, seq: int) -> None:
        """Mend `path`."""
        self._path = path
        self._now = now
        self._seq = seq

    def mend(self, old: File | None, unfinished: Path, *, damaged: bool) -> None:
        """Do what is needed so that `path` can be opened."""
        if aside := _read(unfinished):
            # Somebody died between setting a file aside and saving what it said.
            self._replace_damaged(self._path.with_name(aside), None, unfinished)
            return
        here = identity(self._path)
        if old is None:
            if not self._is_to_be_mended(here):
                if not self._path.exists():
                    self._bring()
                return
        elif here is not None and here != old.identity:
            if old.logs_here():
                # The old file's log; SQLite would take it for that of the new one.
                self._move_leftovers()
            if is_damaged(self._path):
                self._set_aside(unfinished, None)
            else:
                self._join(old)
            return
        elif not damaged and self._give_back(old, here):
            return
        self._set_aside(unfinished, old)

    def _is_to_be_mended(self, here: Identity | None) -> bool:
        if here is not None or identity(beside(self._path, "-wal")) is not None:
            return is_damaged(self._path)
        # An empty file where runs have been logged was not always empty.
        return self._path.exists() and journals_dir(self._path).exists()

    def _bring(self) -> None:
        """There is no store on this machine: the home may have a copy of one."""
        fresh = self._scratch("brought")
        try:
            if text := bringing.brought(self._path, fresh):
                with closing(connect(fresh)) as copy:
                    self._say(copy, None, "restored", text)
                    _finish(copy)
                _publish(fresh, self._path, over=False)
        finally:
            remove(fresh)

    # the file lost its name

    def _give_back(self, old: File, here: Identity | None) -> bool:
        """Give a file that was deleted back to its path; False where it cannot be read any more."""
        fresh = self._scratch("restored")
        try:
            with closing(connect(fresh)) as copy:
                old.reader.backup(copy)
                self._say(
                    copy,
                    old,
                    "restored",
                    f"The store's file {self._path.name} was deleted while it was in use; it was "
                    "written again with all that it held. Stop Jupyter before you remove it.",
                )
                _finish(copy)
            self._move_leftovers()
            _publish(fresh, self._path, over=here is not None)
        except sqlite3.DatabaseError as error:
            if is_damage(error):
                return False
            raise
        finally:
            remove(fresh)
        return True

    def _join(self, old: File) -> None:
        """Another file lies at the path: bring what the old one held into safety."""
        with closing(File(self._path)) as new:
            mine = json.dumps(old.identity)
            if mine in (told(new.writer, HEIR_OF) or ""):
                return
            if new.writer.execute("SELECT 1 FROM generations LIMIT 1").fetchone():
                kept = self._name("replaced")
                self._keep(old, kept)
                text = (
                    f"The store's file {self._path.name} was replaced by another while it was in "
                    f"use. What it held lies beside it as {kept.name}."
                )
                _carry_tokens(old, new)
            else:
                salvage.pour(old.reader, new.writer)
                settle(new.writer, self._path, self._seq)
                text = (
                    f"The store's file {self._path.name} was replaced by an empty one while it was "
                    "in use; what it held was written into the new one."
                )
            self._say(new.writer, old, "replaced", text)

    def _keep(self, old: File, kept: Path) -> None:
        fresh = self._scratch("kept")
        try:
            with closing(connect(fresh)) as copy:
                old.reader.backup(copy)
                _finish(copy)
            fresh.replace(kept)
        finally:
            remove(fresh)

    # the file is damaged

    def _set_aside(self, unfinished: Path, old: File | None) -> None:
        aside = self._name("damaged")
        unfinished.write_text(aside.name)
        mark.clear(self._path)
        for suffix in (*BESIDE, ""):
            if beside(self._path, suffix).exists():
                beside(self._path, suffix).rename(beside(aside, suffix))
        self._replace_damaged(aside, old, unfinished)

    def _replace_damaged(self, aside: Path, old: File | None, unfinished: Path) -> None:
        fresh = self._scratch("fresh")
        try:
            # Made as any new store is, and filled before anybody can find it.
            fresh.unlink()
            with closing(File(fresh)) as new:
                try:
                    saved = salvage.from_damaged(aside, new.writer, self._path, self._seq)
                    text = _sentence(self._path, aside, saved)
                except OSError as error:
                    text = (
                        f"The store's file {self._path.name} was damaged and lies beside the new "
                        f"one as {aside.name}; nothing could be recovered: {error.strerror}."
                    )
                if old is not None:
                    # Notebooks name the store by it.
                    tell(new.writer, "store_id", old.id)
                self._say(new.writer, old, "damaged", text)
                _finish(new.writer)
            _publish(fresh, self._path, over=False)
            unfinished.write_text("")
        finally:
            remove(fresh)

    # small things

    def _say(self, connection: sqlite3.Connection, old: File | None, kind: str, text: str) -> None:
        log.warning("live_studio: %s", text)
        notice = Trouble(kind, text, self._now)
        tell(connection, NOTICE, json.dumps(asdict(notice)))
        if old is not None:
            # The list grows by one a mending; whoever still holds one of these files goes on here.
            before = told(connection, HEIR_OF) or ""
            tell(connection, HEIR_OF, f"{before} {json.dumps(old.identity)}")

    def _scratch(self, what: str) -> Path:
        """A new private file beside the store."""
        path = self._path.with_name(f".{self._path.name}.{what}-{uuid.uuid4().hex[:8]}")
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        return path

    def _name(self, what: str) -> Path:
        stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(self._now))
        name = beside(self._path, f".{what}-{stamp}")
        while name.exists():
            name = beside(name, "x")
        return name

    def _move_leftovers(self) -> None:
        """A log that outlived its file would be taken for the log of the next one."""
        mark.clear(self._path)
        for suffix in BESIDE:
            if beside(self._path, suffix).exists():
                beside(self._path, suffix).rename(self._name(f"left{suffix}"))


def _sentence(path: Path, aside: Path, saved: Saved) -> str:
    return (
        f"The store's file {path.name} was damaged. {saved.experiments:,} experiments with "
        f"{saved.points:,} points were recovered from it; the damaged file lies beside it as "
        f"{aside.name}."
    )


def _carry_tokens(old: File, new: File) -> None:
    """The kernels of running servers keep their tokens."""
    held = old.reader.execute("SELECT * FROM tokens WHERE kind = 'local'").fetchall()
    for row in held:
        names = ", ".join(row.keys())
        marks = ", ".join("?" * len(row.keys()))
        new.writer.execute(f"INSERT OR IGNORE INTO tokens ({names}) VALUES ({marks})", tuple(row))


def _finish(connection: sqlite3.Connection) -> None:
    """Bring all of it from the log into the file."""
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _publish(fresh: Path, path: Path, *, over: bool) -> None:
    """Give a finished file its name; without `over` only where nothing has it."""
    file = os.open(fresh, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)
    if not over:
        try:
            os.link(fresh, path)
        except FileExistsError:
            raise StoreUnusable(f"The store {path.name} appeared while it was mended.") from None
        except OSError:
            # A disk without hard links.
            fresh.rename(path)
        return
    fresh.replace(path)


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


@contextmanager
def _alone(path: Path) -> Iterator[Path]:
    """Hold the right to mend; yields the file that names what a mender left unfinished."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    desk = path.with_name(f".{path.name}.mending")
    file = os.open(desk, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _take(file)
        try:
            yield desk
        finally:
            _let_go(file)
    finally:
        os.close(file)


def _let_go(file: int) -> None:
    """Said, not left to the closing: a child that was forked meanwhile has the file open too."""
    with suppress(ImportError):
        import fcntl

        fcntl.flock(file, fcntl.LOCK_UN)


def _take(file: int) -> None:
    try:
        import fcntl
    except ImportError:
        return  # Windows: a file that is open keeps its name there
    deadline = time.monotonic() + MENDING_SECONDS
    while True:
        try:
            # Of the open file, not of the process: two stores of one process must wait too.
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise StoreUnusable(
                    "Another process has been mending the store for long."
                ) from None
            time.sleep(0.05)
        else:
            return
