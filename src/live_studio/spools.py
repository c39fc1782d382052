"""Where journals wait that go to a server elsewhere: a folder for each address, below those that stay at home."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path

from . import journal

TARGET = "target.json"
PREFIX = "remote-"


def spool(journals: Path, url: str) -> Path:
    """Where the journals lie that go to `url`: a folder beside those that stay at home."""
    return journals / (PREFIX + hashlib.sha256(url.encode()).hexdigest()[:8])


def spools(journals: Path) -> list[tuple[Path, str]]:
    """Every such folder that has journals, and the address they go to."""
    found = []
    for path in sorted(journals.glob(f"{PREFIX}*/{TARGET}")):
        with suppress(OSError, ValueError, KeyError, TypeError):
            url = json.loads(path.read_text())["url"]
            if any(path.parent.glob("*" + journal.SUFFIX)):
                found.append((path.parent, str(url)))
    return found


def prepare(folder: Path, url: str) -> None:
    """Make a spool, and write down where it goes; never with what token.

    Raises:
        OSError: the disk does not take it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / TARGET
    if path.exists():
        return
    fresh = path.with_suffix(f".{os.getpid()}.new")
    file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(file, "w") as out:
        json.dump({"url": url}, out)
    fresh.replace(path)
