"""A mark beside the store's file for each process that has it open with a log.

The log may hold what the file itself does not. SQLite takes it away when the last who has the file open closes
it. Where a mark stands and the log is gone, a process died and somebody else took the log away; what it held is
missing without SQLite noticing, because the file is sound.
"""

from __future__ import annotations

import atexit
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from glob import escape
from pathlib import Path

from .opening import beside

SUFFIX = "-inuse-"
CLOSING_SECONDS, LOOK_EVERY = 5.0, 0.005
"""Who closes takes the log away first, and the marks a moment later, on a busy machine a long one."""
_own: dict[Path, int] = {}
"""This process's marks; a forked child has its parent's in here, which are not its own."""


def stand(path: Path) -> None:
    """Make the mark of this process. Where nobody may, a loss goes unnoticed."""
    pid = os.getpid()
    made = beside(path, f"{SUFFIX}{pid}")
    with suppress(OSError):
        os.close(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
        _own[made] = pid


def clear(path: Path) -> None:
    """Take all marks of a file away: its log is in it, or it is not that file any more."""
    for one in _standing(path):
        with suppress(OSError):
            one.unlink(missing_ok=True)


def is_alone(path: Path) -> bool:
    """Whether a mark stands without the log, and nobody is just closing the file."""
    ends = time.monotonic() + CLOSING_SECONDS
    while _is_bare(path):
        nobody = not any(map(_lives, _standing(path)))
        # Whoever was just closing has taken his mark with him.
        if (nobody or time.monotonic() > ends) and _is_bare(path):
            return True
        time.sleep(LOOK_EVERY)
    return False


def _is_bare(path: Path) -> bool:
    return any(_standing(path)) and not beside(path, "-wal").exists()


def _lives(made: Path) -> bool:
    """Whether the process of a mark may be alive; one of another machine or container may."""
    if os.name != "posix":
        return True
    try:
        os.kill(int(made.name.rpartition("-")[2]), 0)
    except (ProcessLookupError, ValueError, OverflowError):
        return False
    except OSError:
        return True
    return True


def _standing(path: Path) -> Iterator[Path]:
    return path.parent.glob(f"{escape(path.name)}{SUFFIX}*")


@atexit.register
def leave() -> None:
    """Take this process's marks away: one that ends by itself may close its files unasked, and the log goes with the last of them."""
    for made, pid in _own.items():
        if pid == os.getpid():
            with suppress(OSError):
                made.unlink(missing_ok=True)
