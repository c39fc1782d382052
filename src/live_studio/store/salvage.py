"""Taking what can be read out of a damaged file, row by row.

A page that is gone takes its rows with it and leaves the others: they are found by stepping over
the gap. What was read is then made to agree with itself again (`settling`).
"""

from __future__ import annotations

import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from .opening import beside, connect, remove, transaction
from .settling import Saved, settle

PAGE = 4096
HEADER = 100
"""Bytes at the start of the first page that say what the file is."""
MAGIC = b"SQLite format 3\0"
ROWID_MOST = 1 << 40
PROBES_MOST = 20_000
"""Steps over gaps in one table: a bound, not a hope."""
OURS = ("store_id",)
"""Of `meta` what goes over. The rest speaks of the old file."""


def from_damaged(aside: Path, target: sqlite3.Connection, store: Path, seq: int) -> Saved:
    """Fill the fresh store behind `target` with what the file set aside still says.

    `aside` is left as it is. `seq` is the newest sequence number anybody has been told of.

    Raises:
        OSError: there is no room for the copy that is read.
    """
    work = aside.with_name(f".{aside.name}-{uuid.uuid4().hex[:8]}")
    try:
        for suffix in ("", "-wal"):
            source = beside(aside, suffix)
            if source.exists():
                shutil.copyfile(source, beside(work, suffix))
                beside(work, suffix).chmod(0o600)
        work.touch(mode=0o600)
        pour_file(work, target)
    finally:
        remove(work)
    return settle(target, store, seq)


def pour_file(work: Path, target: sqlite3.Connection) -> None:
    """Copy the rows of a damaged file, which may be written to, as far as they can be read."""
    first = _first_page(target)
    for patch in (_with_header, _with_first_page):
        if not _opens(work):
            patch(work, first)
    # Whatever it is, it is none of ours, or nothing of it is left.
    if not _opens(work):
        return
    with closing(connect(work)) as source:
        pour(source, target)


def pour(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Copy every row that can be read, as it is, table by table."""
    with transaction(target):
        for (table,) in target.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall():
            _pour_table(source, target, table)


def _pour_table(source: sqlite3.Connection, target: sqlite3.Connection, table: str) -> None:
    names = [row["name"] for row in target.execute(f"PRAGMA table_info({table})")]
    with suppress(sqlite3.Error):
        held = {row["name"] for row in source.execute(f"PRAGMA table_info({table})")}
        names = [name for name in names if name in held]
    if table == "meta":
        rows: Iterator[Any] = _few(source, "SELECT key, value FROM meta WHERE key = ?", OURS)
    elif table == "clock":
        rows = _few(source, "SELECT id, seq FROM clock WHERE id = ?", (1,))
    else:
        rows = _rows(source, table, names)
    insert = f"INSERT OR REPLACE INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    for row in rows:
        # A row of garbage breaks a rule of the table and is left out.
        with suppress(sqlite3.IntegrityError):
            target.execute(insert, tuple(row))


def _few(source: sqlite3.Connection, select: str, keys: tuple[Any, ...]) -> Iterator[Any]:
    for key in keys:
        with suppress(sqlite3.Error):
            yield from source.execute(select, (key,)).fetchall()


def _rows(source: sqlite3.Connection, table: str, names: list[str]) -> Iterator[Any]:
    """The rows of a table by rowid, stepping over those that cannot be read."""
    select = f"SELECT rowid, {', '.join(names)} FROM {table} WHERE rowid > ? ORDER BY rowid"
    at, probes = -1, 0
    while probes < PROBES_MOST:
        try:
            for row in source.execute(select, (at,)):
                at = row[0]
                yield tuple(row)[1:]
            return
        except sqlite3.Error:
            step = 1
        # The next row that can be read: ever farther on, then back to the first of them.
        while not _reads(source, select, at + step):
            probes += 1
            step *= 2
            if step > ROWID_MOST:
                return
        low, high = at + step // 2, at + step
        while high - low > 1:
            probes += 1
            middle = (low + high) // 2
            low, high = (low, middle) if _reads(source, select, middle) else (middle, high)
        at = high


def _reads(source: sqlite3.Connection, select: str, after: int) -> bool:
    """Whether the first row after a rowid can be read; True too where there is none."""
    try:
        source.execute(f"{select} LIMIT 1", (after,)).fetchone()
    except sqlite3.Error:
        return False
    return True


# the first page, without which SQLite reads nothing


def _opens(work: Path) -> bool:
    try:
        with closing(connect(work)) as source:
            found = source.execute(
                "SELECT count(*) FROM sqlite_master WHERE name = 'experiments'"
            ).fetchone()[0]
    except sqlite3.Error:
        return False
    return bool(found)


def _first_page(target: sqlite3.Connection) -> bytes:
    """The first page of a fresh store: its header, and where its tables begin."""
    return bytes(target.serialize()[:PAGE])


def _with_header(work: Path, first: bytes) -> None:
    """Give a file back the header that all files of ours begin with."""
    with work.open("r+b") as file:
        file.write(_sized(first[:HEADER], work))


def _with_first_page(work: Path, first: bytes) -> None:
    """The same for all of the first page: tables made in one order begin at the same places."""
    with work.open("r+b") as file:
        file.write(_sized(first, work) + first[HEADER:])


def _sized(first: bytes, work: Path) -> bytes:
    pages = max(work.stat().st_size // PAGE, 1)
    header = bytearray(first[:HEADER])
    header[28:32] = pages.to_bytes(4, "big")
    header[32:40] = bytes(8)  # no list of free pages: it may lead anywhere
    header[92:96] = header[24:28]  # the size counts only where these two agree
    return bytes(header)
