"""What ground a folder is for a store: tried with a real file, real writes and a second connection."""

from __future__ import annotations

import errno
import os
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sqlite3

SHARED = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "9p", "lustre", "gpfs", "ceph", "afs", "beegfs",
          "panfs", "wekafs", "vboxsf", "fuse", "fuseblk"}  # fmt: skip
"""Kinds of disks to which other machines may write as well, or behind which a program stands. SQLite's log (WAL) needs
memory that all who write share: it may look well from one machine, and be torn by two."""
SUFFIXES = ("", "-wal", "-shm", "-journal")


class Fault(NamedTuple):
    """What makes a folder no ground for a store."""

    text: str
    """What follows the folder's name in a sentence."""
    keeps: bool
    """Whether a store can be kept there all the same, slower, without a log."""


def fault(folder: Path) -> Fault | None:
    """What is wrong with a folder, which is made where it is missing; None: nothing.

    Takes a few milliseconds, and leaves nothing behind.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        return Fault(_words(error), keeps=False)
    found = _tried(folder)
    if (found is None or found.keeps) and (named := shared(folder)):
        return Fault(f"is on a {named}", keeps=True)
    return found


def shared(folder: Path) -> str:
    """What to call a folder's disk to which other machines may write too; empty where none does."""
    kind = disk(folder)
    if kind.partition(".")[0] not in SHARED or _is_root(folder):
        return ""
    return f"{'FUSE' if kind.startswith('fuse') else 'network'} disk ({kind})"


def disk(folder: Path) -> str:
    """The kind of a folder's disk as Linux names it, such as `ext4` or `nfs4`; empty where nobody says."""
    with suppress(OSError, ValueError, IndexError):
        device = os.stat(folder).st_dev
        wanted = f"{os.major(device)}:{os.minor(device)}"
        with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as mounts:
            for line in mounts:
                if line.split(" ", 3)[2] == wanted:
                    return line.partition(" - ")[2].split(" ", 1)[0]
    return ""


def _is_root(folder: Path) -> bool:
    """Whether a folder is on the disk that its machine or container began from, which nobody else has."""
    return os.stat(folder).st_dev == os.stat("/").st_dev


def _tried(folder: Path) -> Fault | None:
    """Write a database with one connection and read it with another, without a log and with one."""
    import sqlite3

    scratch = folder / f".probe-{os.getpid()}-{os.urandom(4).hex()}.db"
    keeps = False
    try:
        os.close(os.open(scratch, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        with closing(_connected(scratch)) as one, closing(_connected(scratch)) as two:
            one.execute("CREATE TABLE probe (mode)")
            _passes(one, two, "delete")
            keeps = True
            # Where no memory is shared the pragma answers `wal` all the same, and what comes next fails.
            _passes(one, two, "wal")
    except (OSError, sqlite3.Error) as error:
        if keeps:
            return Fault("gives processes no memory to share", keeps=True)
        return Fault(_words(error), keeps=False)
    finally:
        for suffix in SUFFIXES:
            with suppress(OSError):
                os.unlink(f"{scratch}{suffix}")
    return None


def _connected(path: Path) -> sqlite3.Connection:
    import sqlite3

    connection = sqlite3.connect(path, isolation_level=None, timeout=1.0)
    # What is asked is whether the system takes it, not whether it outlives a loss of power.
    connection.execute("PRAGMA synchronous = OFF")
    return connection


def _passes(one: sqlite3.Connection, two: sqlite3.Connection, mode: str) -> None:
    """Raise where what one writes in a journal mode the other does not read."""
    said = one.execute(f"PRAGMA journal_mode = {mode}").fetchone()[0]
    one.execute("INSERT INTO probe VALUES (?)", (mode,))
    found = two.execute("SELECT mode FROM probe ORDER BY rowid DESC").fetchone()
    if said != mode or found != (mode,):
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))


def _words(error: Exception) -> str:
    import sqlite3

    full = getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL
    if full or getattr(error, "errno", 0) in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return "has no room left"
    return "cannot be written" if isinstance(error, OSError) else f"takes no database ({error})"
