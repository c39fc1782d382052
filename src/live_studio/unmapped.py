"""Where a file cannot be mapped, as on some homes on the network: the same window, written call by call.

The write is called without letting go of the GIL, as a store into a mapping does not: let go of for
a microsecond, it starves every other thread of ours and makes the call ten times slower.
"""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Callable
from functools import cache

Write = Callable[[int, bytes, int], int]


class Unmapped:
    """The part of a file from `base` on; slices of it are written and read."""

    def __init__(self, file: int, base: int) -> None:
        """Write into the open `file`, which stays its owner's."""
        self._file = file
        self._base = base
        self._write = _pwrite()

    def __setitem__(self, place: slice, record: bytes) -> None:
        """Write a record.

        Raises:
            OSError: it is not, or not wholly, written.
        """
        if self._write(self._file, record, self._base + place.start) != len(record):
            raise OSError(errno.EIO, "only a part could be written")

    def __getitem__(self, place: slice) -> bytes:
        """Read it again."""
        return os.pread(self._file, place.stop - place.start, self._base + place.start)


@cache
def _pwrite() -> Write:
    """`pwrite` that keeps the GIL, where the C library can be asked for it."""
    try:
        library = ctypes.PyDLL(None, use_errno=True)
        call = getattr(library, "pwrite64", None) or library.pwrite
    except (OSError, TypeError, AttributeError):
        return os.pwrite
    call.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int64)
    call.restype = ctypes.c_ssize_t

    def write(file: int, record: bytes, at: int) -> int:
        while (written := int(call(file, record, len(record), at))) < 0:
            number = ctypes.get_errno()
            if number != errno.EINTR:
                raise OSError(number, os.strerror(number))
        return written

    return write
