"""What a run says of a file or folder it made: its name, size and digest. Nothing is uploaded."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .errors import InvalidArtifact
from .events import Json
from .values import is_text

TEXT_MOST = 500


def described(path: Any, name: str | None) -> dict[str, Json]:
    """Name, path, size in bytes and SHA-256; of a folder that of its files' names and digests.

    Raises:
        InvalidArtifact: it is no path, or leads to nothing that can be read.
    """
    if not isinstance(path, str | os.PathLike):
        raise InvalidArtifact(
            f"log_artifact got a {type(path).__name__}; give the path of a file or folder."
        )
    there = Path(path)
    try:
        size, digest = _measured(there)
    except OSError as error:
        raise InvalidArtifact(
            f"artifact {there.name!r} cannot be read: {error.strerror or error}."
        ) from None
    called = name or there.stem
    if not is_text(called) or not 0 < len(called) <= TEXT_MOST:
        raise InvalidArtifact(f"{called[:40]!a} cannot be an artifact's name.")
    return {"name": called, "path": _shown(there), "size": size, "sha256": digest}


def copied(path: str | os.PathLike[str], folder: Path) -> Path:
    """`path` copied into `folder`, in the place of what has its name there."""
    source, target = Path(path), folder / Path(path).name
    folder.mkdir(parents=True, exist_ok=True)
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy2(source, target)
    return target


def _measured(path: Path) -> tuple[int, str]:
    if not path.is_dir():
        with path.open("rb") as opened:
            return path.stat().st_size, hashlib.file_digest(opened, "sha256").hexdigest()
    size, digest = 0, hashlib.sha256()
    for file in _files(path):
        length, its = _measured(file)
        size += length
        digest.update(f"{file.relative_to(path).as_posix()}\0{its}\n".encode(errors="replace"))
    return size, digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _shown(path: Path) -> str:
    """Relative to where the program stands; of what lies elsewhere the last part alone."""
    try:
        relative = path.resolve().relative_to(Path.cwd().resolve())
    except ValueError:
        return path.name
    return relative.as_posix().encode(errors="backslashreplace").decode()[-TEXT_MOST:]
