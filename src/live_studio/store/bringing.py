"""Bringing a store from the home to a machine that has none: from a copy, or from one that cannot be used there."""

from __future__ import annotations

import json
import os
import shutil
import time
from contextlib import closing, suppress
from pathlib import Path

from .. import config, ground, whereabouts
from .file import identity
from .homecopy import CAME_FROM, KNOWN, machine, stats
from .opening import beside, connect, remove
from .soundness import is_damaged


def brought(store: Path, scratch: Path) -> str | None:
    """Fill `scratch` with what the home has of a store that this machine has not; None: nothing.

    Returns a sentence about it. A copy that is damaged is set aside.

    Raises:
        StoreTooNew: a later live_studio wrote it.
        OSError: it cannot be read now; a fresh store must not take its place.
        sqlite3.Error: the same.
    """
    intended = whereabouts.intended_path(store)
    if intended is None:
        return None
    _take_journals(intended, store)
    for source in _sources(intended):
        for suffix in ("", "-wal", "-journal"):
            if os.path.exists(beside(source, suffix)):
                shutil.copyfile(beside(source, suffix), beside(scratch, suffix))
        if is_damaged(scratch):
            remove(scratch)
            if source != intended:
                with suppress(OSError):  # a home that may only be read
                    source.replace(beside(source, f".damaged-{time.strftime('%Y%m%d-%H%M%S')}"))
            continue
        if ground.fault(scratch.parent) is None:
            with closing(connect(scratch)) as copy:
                copy.execute("PRAGMA journal_mode = WAL")
        found = source.stat()
        if source == intended:
            store.with_name(KNOWN).write_text(json.dumps({"stats": stats(intended)}))
        else:
            came = {"path": str(source), "time": found.st_mtime_ns}
            store.with_name(CAME_FROM).write_text(json.dumps(came))
        return (
            f"This machine had no store, so it was brought from {source}, of "
            f"{time.strftime('%Y-%m-%d %H:%M', time.localtime(found.st_mtime))}."
        )
    return None


def _take_journals(intended: Path, store: Path) -> None:
    """What waits to be stored where nothing can be written any more is stored here: who does so knows each run."""
    there = config.journals_dir(intended)
    if there.is_dir():
        shutil.copytree(
            there,
            config.journals_dir(store),
            ignore=shutil.ignore_patterns("*.lock"),
            dirs_exist_ok=True,
        )


def _sources(intended: Path) -> list[Path]:
    """What the home has: this machine's copies, those of others, and a store that cannot be used there."""
    copies = sorted(
        intended.parent.glob("store.copy-*.db"), key=lambda one: one.stat().st_mtime, reverse=True
    )
    own = f"store.copy-{machine()}-"
    # A sort is stable: the newest stays first.
    copies.sort(key=lambda one: not one.name.startswith(own))
    return [*copies, intended] if identity(intended) else copies
