"""Rules about time and contact. Pure: a clock is always handed in.

An experiment is heard when data, a beat or the end of a step arrives. How long a silence may last
follows from its own cadence.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

STALE_AFTER = 30.0
LOST_AFTER = 600.0
GAPS_KEPT = 15
"""Silences remembered to know a producer's cadence."""


def with_gap(gaps: str, heard_before: float, heard: float) -> str:
    """The newest gaps, as JSON, after something was heard. Not parsed: this is done with every request."""
    gap = max(round(heard - heard_before, 3), 0.0)
    if gaps == "[]":
        return f"[{gap}]"
    if gaps.count(",") >= GAPS_KEPT - 1:
        gaps = "[" + gaps.partition(",")[2]
    return f"{gaps[:-1]},{gap}]"


def silence_limits(heard: float, gaps: Sequence[float]) -> tuple[float, float]:
    """When a producer last heard at `heard` turns stale, and when it counts as lost."""
    usual = median(gaps) if gaps else 0.0
    return heard + max(STALE_AFTER, 5 * usual), heard + max(LOST_AFTER, 30 * usual)


def contact(now: float, stale_at: float, lost_at: float) -> str:
    """`live`, `stale` or `lost`. It never changes a status, and data makes it live again."""
    if now >= lost_at:
        return "lost"
    return "stale" if now >= stale_at else "live"


CANNOT_HEAR = "{} cannot be asked to stop; stop it where it runs, or mark it as stopped."
_STOCK = {"dvclive": "DVCLive", "dvc": "DVC"}
"""Clients that never ask whether anybody wants something of them, and how people call them."""


def deafness(status: str, client: str, contact: str) -> str | None:
    """Why a run cannot be asked to stop, and what to do; None: it will hear."""
    if status != "running":
        return f"It is {status} already; there is nothing to stop."
    if client in _STOCK:
        return CANNOT_HEAR.format(_STOCK[client])
    if contact == "lost":
        return "Nothing was heard of it for a long time; look where it runs, or mark it as stopped."
    return None
