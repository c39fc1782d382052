"""What is said to the person who trains: each thing once in a process."""

from __future__ import annotations

import warnings

_warned: set[str] = set()


def warn_once(message: str) -> None:
    """Say something to the person who trains, once."""
    if message not in _warned:
        _warned.add(message)
        warnings.warn(message, stacklevel=5)
