"""Figures for people: medians with their spread, ratios inside one repetition, verdicts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class Verdict:
    """A demand, and what was measured. `least`: the demand is a lower bound."""

    what: str
    measured: float
    demanded: float
    unit: str = "x"
    least: bool = False

    @property
    def reached(self) -> bool:
        if self.least:
            return self.measured >= self.demanded
        return self.measured <= self.demanded


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that `percent` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def figures(rows: Sequence[Row], name: str) -> list[float]:
    """One figure of every repetition."""
    return [row[name] for row in rows]


def ratios(rows: Sequence[Row], peers: Sequence[Row], name: str) -> list[float]:
    """A figure in units of a peer's, repetition by repetition."""
    return [row[name] / peer[name] for row, peer in zip(rows, peers, strict=True)]


def spread(values: Sequence[float]) -> str:
    """A median and the range around it."""
    low, high = min(values), max(values)
    return f"{short(median(values))} ({short(low)}..{short(high)})"


def short(value: float) -> str:
    """Three digits that matter."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def print_table(
    heads: Sequence[str], lines: Sequence[Sequence[str]], say: Callable[[str], None] = print
) -> None:
    """Columns as wide as they need."""
    widths = [max(map(len, column)) for column in zip(heads, *lines, strict=True)]
    for line in (heads, ["-" * width for width in widths], *lines):
        cells = [
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        say("   " + "  ".join(cells))


def print_verdicts(verdicts: Sequence[Verdict]) -> None:
    """Every demand beside what was measured, by the medians."""
    if not verdicts:
        return
    print("\n== demands")
    print_table(
        ("what", "measured", "demanded", ""),
        [
            (
                verdict.what,
                f"{verdict.measured:.3g} {verdict.unit}",
                f"{'>=' if verdict.least else '<='} {verdict.demanded:g} {verdict.unit}",
                "reached" if verdict.reached else "NOT reached",
            )
            for verdict in verdicts
        ],
    )
