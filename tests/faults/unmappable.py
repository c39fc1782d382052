"""A process in which the system refuses shared mappings, as file systems without them do."""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

MMAP = {"x86_64": 9, "aarch64": 222}
LOAD, IF_EQUAL, IF_BITS, RETURN = 0x20, 0x15, 0x45, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.ENODEV
NUMBER, FLAGS, MAP_SHARED = 0, 16 + 3 * 8, 1


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


def can_refuse() -> bool:
    """Whether this is a system that filters its calls."""
    return platform.system() == "Linux" and platform.machine() in MMAP


def refuse_shared_mappings() -> None:
    """From here on `mmap` with MAP_SHARED fails in this process with ENODEV."""
    steps = [
        (LOAD, 0, 0, NUMBER),
        (IF_EQUAL, 0, 3, MMAP[platform.machine()]),
        (LOAD, 0, 0, FLAGS),
        (IF_BITS, 0, 1, MAP_SHARED),
        (RETURN, 0, 0, REFUSE),
        (RETURN, 0, 0, ALLOW),
    ]
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    library = ctypes.CDLL(None, use_errno=True)
    program = _Program(len(steps), code)
    for call in ((38, 1, 0, 0, 0), (22, 2, ctypes.byref(program), 0, 0)):
        if library.prctl(*call) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
