"""How much disk journals may take: where nobody carries them away they would fill it.

What is beyond it waits in memory as it does when the disk is full.
"""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

from . import config

SHARE = 0.9
"""Of what is free: other people need the disk too."""
GRANT = 64 << 20
"""Bytes handed out before the folder is looked through again."""
RETRY_AFTER = 1.0


class Quota:
    """The allowance of one folder of journals."""

    def __init__(self, folder: Path) -> None:
        """Nothing is granted yet."""
        self._folder = folder
        self._granted = 0
        self._asked_at = -RETRY_AFTER

    def take(self, wanted: int) -> None:
        """Count `wanted` bytes as taken.

        Raises:
            OSError: there is no room for them; the text says what to do.
        """
        if wanted > self._granted and time.monotonic() - self._asked_at >= RETRY_AFTER:
            self._asked_at = time.monotonic()
            self._granted = min(self._room(), max(GRANT, wanted))
            if self._granted >= wanted:
                self._asked_at = -RETRY_AFTER
        if wanted > self._granted:
            raise OSError(
                errno.EDQUOT,
                f"journals may take {config.journals_most() / 1e9:g} GB, and {SHARE:.0%} of what is free",
            )
        self._granted -= wanted

    def _room(self) -> int:
        from shutil import disk_usage

        taken = 0
        with os.scandir(self._folder) as found:
            for entry in found:
                try:
                    taken += entry.stat(follow_symlinks=False).st_size
                except FileNotFoundError:
                    continue
        free = disk_usage(self._folder).free
        return max(min(config.journals_most() - taken, int(SHARE * free)), 0)
