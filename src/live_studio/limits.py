"""How a person writes down what is to be kept: `90d`, `20`, `5GB`."""

from __future__ import annotations

import re

DAY = 86_400.0
UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}


def seconds(text: str) -> float:
    """A number of days, in seconds.

    Raises:
        ValueError: it is none.
    """
    found = re.fullmatch(r"(\d{1,5})d?", text)
    if not found:
        raise ValueError(f"{text!r} is no number of days, such as 90d")
    return float(found[1]) * DAY


def count(text: str) -> int:
    """A number of experiments.

    Raises:
        ValueError: it is none.
    """
    if not re.fullmatch(r"\d{1,7}", text):
        raise ValueError(f"{text!r} is no number of experiments, such as 20")
    return int(text)


def size(text: str) -> int:
    """A number of bytes.

    Raises:
        ValueError: it is none.
    """
    found = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)\s*([kmgt]?)b?", text.lower())
    if not found:
        raise ValueError(f"{text!r} is no size, such as 5GB")
    return int(float(found[1]) * UNITS[found[2]])
