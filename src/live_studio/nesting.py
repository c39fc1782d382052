"""Metrics by name into the nested form of DVCLive's summary, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .events import Json


def nest(top: dict[str, Json], values: Mapping[str, Json]) -> None:
    """Put metrics by name into the nested form that DVCLive's summary has."""
    for name, value in values.items():
        *groups, last = [part for part in name.split("/") if part] or [name]
        inner = top
        for group in groups:
            below = inner.setdefault(group, {})
            if not isinstance(below, dict):
                # `loss` and `loss/train` in one run: the flat name keeps both.
                inner, last = top, name
                break
            inner = below
        before = inner.get(last)
        if isinstance(before, dict):
            # `loss` after `loss/train`: the group's own names stand flat from now on.
            top |= {f"{name}/{below}": leaf for below, leaf in leaves(before)}
        inner[last] = value


def leaves(group: Mapping[str, Json], prefix: str = "") -> Iterator[tuple[str, Json]]:
    """Every value of nested metrics, by its whole name."""
    for name, value in group.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{prefix}{name}/")
        else:
            yield prefix + name, value
