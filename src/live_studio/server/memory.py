"""How much memory this process may still take before the system refuses it, or kills it."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

RESERVE = 64_000_000
"""Bytes that large bodies leave to everything else."""
GROUPS = Path("/sys/fs/cgroup")
PROC = Path("/proc")


def is_short_of(size: int) -> bool:
    """Whether `size` bytes more would leave too little for everything else."""
    if not _is_below(size + RESERVE):
        return False
    # What was freed may still count as ours: without this a server that once was short would stay so.
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
    return _is_below(size + RESERVE)


def _is_below(size: int) -> bool:
    left = spare()
    return left is not None and left < size


def spare(proc: Path = PROC, groups: Path = GROUPS) -> int | None:
    """Bytes, by the narrowest of all limits; None where the system names none."""
    found: list[int] = []
    for ask in (_machine, _address_space):
        # Other systems have no such files; a sandbox may hide them.
        with suppress(OSError, ValueError, ImportError, StopIteration):
            found.append(ask(proc))
    with suppress(OSError, ValueError):
        found += _containers(proc, groups)
    return min(found, default=None)


def _machine(proc: Path) -> int:
    return _line(proc / "meminfo", "MemAvailable:") * 1024


def _address_space(proc: Path) -> int:
    import resource  # not on Windows

    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    if most == resource.RLIM_INFINITY:
        raise ValueError("no limit")
    pages = int((proc / "self" / "statm").read_text().split()[0])
    return most - pages * os.sysconf("SC_PAGE_SIZE")


def _containers(proc: Path, groups: Path) -> Iterator[int]:
    """What each group of processes leaves that this one is in, of both versions of cgroups."""
    for line in (proc / "self" / "cgroup").read_text().splitlines():
        _, kinds, inside = line.split(":", 2)
        if kinds == "":
            root, names = groups, ("memory.max", "memory.current", "inactive_file")
        elif kinds == "memory":
            root = groups / "memory"
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        else:
            continue
        # In a container the path may be the host's, of which only the root is to be seen.
        own = root / inside.lstrip("/")
        for folder in (own, *own.parents):
            with suppress(OSError, ValueError, StopIteration):
                most, used = (int((folder / name).read_text()) for name in names[:2])
                # What is only kept of files is given back on demand.
                yield most - used + _line(folder / "memory.stat", names[2])
            if folder == root:
                break


def _line(path: Path, name: str) -> int:
    lines = path.read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.split()[0] == name)
