"""What can be logged: numbers as Python's own, parameters as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import InvalidMetric


def check(name: str, value: Any) -> None:
    """Refuse what is neither a number nor text.

    Raises:
        InvalidMetric: it is something else; the text names it.
    """
    if not isinstance(plain(value), int | float | str):
        raise InvalidMetric(f"{name!r} got a {type(value).__name__}; log one number per step.")


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


def writable(value: Any) -> Any:
    """A parameter as JSON: tuples become lists, numpy numbers plain ones, NaN a text."""
    if isinstance(value, Mapping):
        return {str(name): writable(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [writable(inner) for inner in value]
    value = plain(value)
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    return value
