"""Bringing a file to the newest schema, after a copy of it was laid beside."""

from __future__ import annotations

import os
import sqlite3
import uuid
from collections.abc import Sequence
from pathlib import Path

from ..errors import StoreTooNew, StoreUnusable
from .opening import beside, connect, remove, transaction
from .schema import MAJOR, MIGRATIONS


def migrate(
    connection: sqlite3.Connection, path: Path, migrations: Sequence[str] = MIGRATIONS
) -> None:
    """Apply the migrations that a file lacks, each in a transaction of its own.

    Raises:
        StoreTooNew: a later live_studio wrote it.
        StoreUnusable: another program did.
    """
    found = version(connection)
    if found >= MAJOR:
        raise StoreTooNew(
            f"The store {path.name} was written by a later live_studio. Nothing was changed; "
            "upgrade this live_studio, or set LIVE_STUDIO_STORE to another file."
        )
    if 0 < found < len(migrations):
        keep(connection, path, found)
    while version(connection) < len(migrations):
        with transaction(connection):
            # Asked again inside the transaction: two processes may open a new store at once.
            at = version(connection)
            if at == 0:
                _refuse_foreign(connection, path)
            if at < len(migrations):
                for statement in migrations[at].split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {at + 1}")


def _refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    if connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
        raise StoreUnusable(
            f"{path.name} is the database of another program. Nothing was changed; set"
            " LIVE_STUDIO_STORE to another file."
        )


def version(connection: sqlite3.Connection) -> int:
    """How many migrations were applied."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def keep(connection: sqlite3.Connection, path: Path, found: int) -> None:
    """Lay a copy of the file beside it, as it is at version `found`, where there is none yet."""
    kept = beside(path, f".schema-{found}")
    if kept.exists():
        return
    fresh = beside(path, f".schema-{found}-{uuid.uuid4().hex}")
    try:
        os.close(os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        copy = connect(fresh)
        try:
            connection.backup(copy)
            # Another process may have been quicker: then the copy holds what it made of it.
            meant = version(copy) == found
        finally:
            copy.close()
        if meant:
            fresh.replace(kept)
    finally:
        remove(fresh)
