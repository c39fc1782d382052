"""Files that DVC keeps outside Git: their digests stand in the commit, their bytes in the clone's cache."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..events import Json
from .pipeline import inside

_DIGEST = re.compile(r"[0-9a-f]{32}")
FOLDERS = ("files/md5", "")
"""Of the cache: DVC 3's, and that of the versions before it."""


def locked(document: Json, folders: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The path and digest of each output that a `dvc.lock` tells; `folders` are those of its stages."""
    stages = document.get("stages") if isinstance(document, dict) else None
    for name, stage in stages.items() if isinstance(stages, dict) else ():
        if name in folders:
            yield from outputs(stage, folders[name])


def outputs(stage: Json, folder: str) -> Iterator[tuple[str, str]]:
    """The path and digest of each output of a stage, or of a `.dvc` file, in `folder`."""
    listed = stage.get("outs") if isinstance(stage, dict) else None
    for one in listed if isinstance(listed, list) else ():
        path, digest = (one.get("path"), one.get("md5")) if isinstance(one, dict) else (None, None)
        if (
            isinstance(path, str)
            and isinstance(digest, str)
            and _DIGEST.fullmatch(digest)
            and (whole := inside(folder, path))
        ):
            yield whole, digest


def read(root: Path, digest: str, most: int) -> bytes | None:
    """What the clone's own cache holds; None where it does not, or where it is over `most` bytes.

    A cache that the repository's configuration puts elsewhere is not looked at: that would be
    opening a path that somebody else has named.
    """
    for folder in FOLDERS:
        path = root / ".dvc" / "cache" / folder / digest[:2] / digest[2:]
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            continue
        with open(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            if stat.S_ISREG(found.st_mode) and found.st_size <= most:
                return file.read(most)
    return None
