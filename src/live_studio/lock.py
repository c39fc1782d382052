"""The sign of life of a process: a lock file that the system lets go of when the process dies.

A POSIX record lock (`lockf`) falls with its process whatever kills it, and is not inherited by a
fork. It also falls when the process closes *any* descriptor of the file, so the file's name says
whose it is and nobody opens his own a second time.
"""

from __future__ import annotations

import os
import sys
import time
from functools import cache
from pathlib import Path
from types import ModuleType

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:
    fcntl = None  # Windows, where no process is declared dead by its lock

_held: dict[tuple[int, str], int] = {}


@cache
def _machine() -> str:
    """This boot of this machine, and this PID namespace."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip().replace("-", "")[:12]
        space = os.readlink("/proc/self/ns/pid").rpartition("[")[2].rstrip("]")
    except OSError:
        return f"{os.uname().nodename}-0" if sys.platform != "win32" else "windows-0"
    return f"{boot}-{space}"


def _started(pid: int) -> str:
    """When a process started, in the system's own ticks: PIDs come again, this pair does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return "0"
    fields = stat.rpartition(")")[2].split()
    # A dead process stays on the list until its parent asks for it; in a container nobody may.
    return "0" if fields[0] in "ZX" else fields[19]


def own_name() -> str:
    """The name of this process's lock file."""
    return _name_of(os.getpid())


@cache
def _name_of(pid: int) -> str:
    started = _started(pid)
    if started == "0":
        started = str(_import_time)
    return f"{_machine()}-{pid}-{started}.lock"


_import_time = time.time_ns()
if hasattr(os, "register_at_fork"):
    # A descendant may get the number of an ancestor that is long gone.
    os.register_at_fork(after_in_child=_name_of.cache_clear)


def hold(folder: Path) -> str:
    """Hold this process's lock in `folder` until the process ends; return the file's name."""
    name = own_name()
    mine = (os.getpid(), str(folder))
    path = folder / name
    # Whoever sweeps may take the file away between its opening and its locking, and a user may
    # at any time: what counts is that the file of this name is the one that is locked.
    while mine not in _held or not _is_file(_held[mine], path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if _is_held(descriptor):
            os.close(descriptor)
        else:
            _held[mine] = descriptor
    return name


def is_dead(folder: Path, name: str) -> bool:
    """Whether the process that held the lock `name` is known to be gone.

    A lock of another boot, host or PID namespace says nothing: its process is never declared dead.
    """
    if name == own_name() or not name.startswith(_machine() + "-") or _runs(name):
        return False
    try:
        descriptor = os.open(folder / name, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    try:
        return _is_held(descriptor) is False
    finally:
        os.close(descriptor)


def runs_here(name: str) -> bool:
    """Whether the process that holds the lock `name` is known to run on this machine."""
    return name.startswith(_machine() + "-") and _runs(name)


def sweep(folder: Path) -> None:
    """Remove the lock files of dead processes of which no journal is left to ask."""
    for found in folder.glob("*.lock"):
        if is_dead(folder, found.name):
            found.unlink(missing_ok=True)


def _is_held(descriptor: int) -> bool | None:
    """Take the lock of an open file: False, it was free; True, somebody has it; None, no locks here."""
    if fcntl is None:
        return None
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return None
    return False


def _is_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except OSError:
        return False


def _runs(name: str) -> bool:
    """Whether a process of this number and start is there, whatever became of its file."""
    pid, started = name.removesuffix(".lock").split("-")[-2:]
    return pid.isdigit() and _started(int(pid)) == started != "0"
