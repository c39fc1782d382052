"""Whether a file that can be opened is sound."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from .failures import is_damage
from .file import File


def is_damaged(path: Path) -> bool:
    """Whether SQLite finds something wrong in a store; it reads all of it.

    Raises:
        StoreError: it cannot be opened for another reason.
        sqlite3.Error: the same.
    """
    try:
        with closing(File(path)) as file:
            return str(file.reader.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok"
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            return True
        raise
