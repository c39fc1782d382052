"""Whether a file that can be opened is sound."""

from __future__ import annotations

import sqlite3
from codecs import getincrementaldecoder
from contextlib import closing, suppress
from pathlib import Path

from ..errors import StoreUnusable
from .failures import is_damage
from .file import File

TEXT_BYTES = 4096


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


def refuse_text(path: Path) -> None:
    """A script or a table that was named by mistake is no damaged store: one has zeros from its first bytes on.

    Raises:
        StoreUnusable: it is a text.
        OSError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            head = file.read(TEXT_BYTES)
    except FileNotFoundError:
        return  # another process is mending it, and has set it aside
    with suppress(UnicodeDecodeError):
        # Where the last character is cut that is no matter.
        if head and "\0" not in getincrementaldecoder("utf-8")().decode(head):
            raise StoreUnusable(
                f"{path.name} is a text, and no store. Nothing was changed; set LIVE_STUDIO_STORE"
                " to another file."
            )
