"""Room on the disk, taken before it is written to: what is full says so, instead of killing who writes."""

from __future__ import annotations

import errno
import os

from . import config

_NOT_HERE = (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS)


def take(file: int, base: int, length: int) -> None:
    """Take `length` bytes of a file from `base` on.

    Raises:
        OSError: the disk has not so many left.
    """
    if hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(file, base, length)
        except OSError as error:
            if error.errno not in _NOT_HERE:
                raise
        else:
            return
    # Elsewhere (macOS, some file systems) written zeros take the space just as surely.
    size = os.fstat(file).st_size
    missing = base + length - size
    if missing > 0 and os.pwrite(file, bytes(missing), size) < missing:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def advice(error: OSError) -> str:
    """What the person who trains can do about it."""
    if error.errno == errno.EDQUOT:
        return f"`jupyter live-studio sync` stores them, {config.JOURNALS_GB} allows more"
    return "free some space on that disk"
