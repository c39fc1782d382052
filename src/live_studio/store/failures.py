"""What SQLite's errors mean to a person: whose fault, and what to do."""

from __future__ import annotations

import errno
import sqlite3

from ..chunks import BrokenChunk
from ..errors import StoreError, StoreFull, StoreReadOnly, StoreUnusable
from .file import Beheaded

_OF_THE_EVENT = {
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_CONSTRAINT,
    sqlite3.SQLITE_MISMATCH,
    sqlite3.SQLITE_MISUSE,
    sqlite3.SQLITE_RANGE,
    sqlite3.SQLITE_TOOBIG,
}
KEPT = "What kernels log is kept in their journals until it can be stored."
_FULL = f"The store's disk is full. {KEPT} Free some space there."
_BELOW = (
    "The store cannot be used: a file lies where its folder should be. Set LIVE_STUDIO_STORE to a file"
    " in another folder."
)
_HELD = "Another process has held the store for too long; try again."
_APART = (
    "The store needs memory that processes share, and the system gives none here. It was left as "
    f"it is. {KEPT}"
)
_SHARING = {
    sqlite3.SQLITE_IOERR_SHMOPEN,
    sqlite3.SQLITE_IOERR_SHMSIZE,
    sqlite3.SQLITE_IOERR_SHMLOCK,
    sqlite3.SQLITE_IOERR_SHMMAP,
}
_KNOWN: dict[int, tuple[type[StoreError], str]] = {
    sqlite3.SQLITE_FULL: (StoreFull, _FULL),
    sqlite3.SQLITE_READONLY: (StoreReadOnly, f"The store is read-only. {KEPT}"),
    sqlite3.SQLITE_BUSY: (StoreUnusable, _HELD),
    sqlite3.SQLITE_LOCKED: (StoreUnusable, _HELD),
}
HELD = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
"""Passes by itself, and says nothing of the disk."""


def code(error: Exception) -> int:
    """SQLite's primary result code; 0 where the error is not SQLite's own."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def is_damage(error: Exception) -> bool:
    """Whether the file's content is broken."""
    return isinstance(error, Beheaded | BrokenChunk) or code(error) in (
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
    )


def explained(error: Exception) -> StoreError | None:
    """The error as a sentence about the store; None where the statement was at fault."""
    if isinstance(error, StoreError):
        return error
    if isinstance(error, OSError):
        return _of_the_disk(error)
    said = code(error)
    if not said or said in _OF_THE_EVENT:
        return None
    if getattr(error, "sqlite_errorcode", 0) in _SHARING:
        return StoreUnusable(_APART)
    known = _KNOWN.get(said)
    return (
        known[0](known[1]) if known else StoreUnusable(f"The store cannot be used: {error}. {KEPT}")
    )


def _of_the_disk(error: OSError) -> StoreError:
    if error.errno == errno.ENOSPC:
        return StoreFull(_FULL)
    if isinstance(error, FileExistsError | NotADirectoryError):
        return StoreUnusable(_BELOW)
    return StoreUnusable(f"The store cannot be used: {error.strerror or error}. {KEPT}")


def kind(error: StoreError) -> str:
    """The error as a dashboard names it."""
    name = type(error).__name__
    return {"StoreFull": "full", "StoreReadOnly": "readonly", "StoreTooNew": "newer"}.get(
        name, "unusable"
    )
