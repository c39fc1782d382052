"""What can be logged: numbers as Python's own, parameters as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import InvalidMetric

DEPTH_MOST = 64
"""Deepest nesting of parameters: every reader of the store can follow it."""
BITS_MOST = 10_000
"""Longest whole number: every reader can write it down."""
NO_TEXT = "it holds half a character (a lone surrogate), which no file can keep"


def check(name: str, value: Any) -> None:
    """Refuse what is neither a number nor text.

    Raises:
        InvalidMetric: it is something else; the text names it.
    """
    known = plain(value)
    if not isinstance(known, int | float | str):
        raise InvalidMetric(f"{name!r} got a {type(value).__name__}; log one number per step.")
    if isinstance(known, str) and not is_text(known):
        raise InvalidMetric(f"{name!r} got {known[:40]!a}: {NO_TEXT}.")
    if type(known) is int and known.bit_length() > BITS_MOST:
        raise InvalidMetric(
            f"{name!r} got a whole number of {known.bit_length():,} bits; at most {BITS_MOST:,}."
        )


def plain(value: Any) -> Any:
    """A number of numpy or torch as Python's own."""
    if type(value) in (float, int, str):
        return value
    if isinstance(value, float):
        return float(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    # A numpy scalar, or an array or tensor of one element.
    item = getattr(value, "item", None)
    if callable(item):
        try:
            return item()
        except (TypeError, ValueError, RuntimeError):
            return value
    return value


def fits(value: Any) -> bool:
    """Whether a number has a place in a record's columns."""
    return type(value) is float or -(1 << 63) <= value < 1 << 63


def is_number(value: Any) -> bool:
    """Whether a value, text too, can be drawn."""
    try:
        float(value)
    except (TypeError, ValueError, OverflowError):
        return False
    return True


def is_text(value: str) -> bool:
    """Whether a text can be written down; half a character cannot."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def writable(value: Any, depth: int = 0) -> Any:
    """A parameter as JSON: tuples become lists, numpy numbers plain ones, NaN a text.

    Raises:
        ValueError: it is nested too deep, or in itself, or holds what cannot be written.
    """
    if depth > DEPTH_MOST:
        raise ValueError(f"nested deeper than {DEPTH_MOST} levels, or in itself")
    if isinstance(value, Mapping):
        return {writable(str(name)): writable(inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [writable(inner, depth + 1) for inner in value]
    value = plain(value)
    if isinstance(value, str) and not is_text(value):
        raise ValueError(NO_TEXT)
    if type(value) is int and value.bit_length() > BITS_MOST:
        raise ValueError(f"a whole number of {value.bit_length():,} bits")
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    return value
