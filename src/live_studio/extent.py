"""How large and how deep a file of params or metrics is: it stands in its row, which every page reads. Pure."""

from __future__ import annotations

from typing import Any

from .errors import InvalidEvent, shown

DEPTH_MOST = 64
"""Deepest nesting of a params or metrics file: every reader of the store can follow it."""
FILE_MOST = 4_000_000
"""Characters of a params or metrics file, about."""


def size(what: str, file: str, held: Any) -> int:
    """About how many characters a file has.

    Raises:
        InvalidEvent: it is nested too deeply for its readers.
    """
    found = 0
    level: list[Any] = [held]
    for _ in range(DEPTH_MOST + 1):
        if not level:
            return found
        inner: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                found += sum(map(len, value)) + 4 * len(value)
                inner += value.values()
            elif isinstance(value, list):
                found += 4 * len(value)
                inner += value
            elif isinstance(value, str):
                found += len(value)
        level = [value for value in inner if isinstance(value, dict | list | str)]
    if any(isinstance(value, dict | list) for value in level):
        raise InvalidEvent(f"{what} file {shown(file)} is nested too deeply")
    return found


def is_deeper(value: Any, most: int) -> bool:
    """Whether lists and objects lie in each other more than `most` deep."""
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return most == 0 or any(is_deeper(item, most - 1) for item in inner)
