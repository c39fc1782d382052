"""The lines of a chart as bytes: the contract's series answer, as JSON or as blocks of float64."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .bands import Band
from .curves import METRIC, Group, Line, Question
from .reduction import Odd
from .series import Series

if TYPE_CHECKING:
    import numpy as np

PIECE = 10_000
"""Numbers written as JSON at a time: the writer lets go of the interpreter only between pieces."""


def answer(
    question: Question, lines: Sequence[Line], seq: int, groups: Sequence[Group] = ()
) -> dict[str, Any]:
    """The series answer, ready for JSON."""
    return {
        "metric": question.metric,
        **({} if question.generation is None else {"generation": question.generation}),
        "seq": seq,
        **({"since": question.since} if question.since else {}),
        "series": [_line(question, line) for line in lines],
        **({"groups": [_group(question, group) for group in groups]} if question.groups else {}),
    }


def text(
    question: Question, lines: Sequence[Line], seq: int, groups: Sequence[Group] = ()
) -> bytes:
    """The series answer as JSON, written in pieces: other threads have their turn between them."""
    said = answer(question, lines, seq, groups)
    written = [_parts_text(name, said.pop(name)) for name in ("series", "groups") if name in said]
    return ",".join([_dumps(said)[:-1], *written]).encode() + b"}"


def blocks(
    question: Question, lines: Sequence[Line], seq: int, groups: Sequence[Group] = ()
) -> bytes:
    """A JSON head behind its length (u32), then each line's columns as little-endian float64.

    Where a line is smoothed, the same columns of its `smooth` points follow. After the lines come
    the groups in the same way, with columns of their own.
    """
    names = _names(question)
    head = answer(question, [], seq) | {
        "columns": names,
        "series": [
            _head(line)
            | {"points": len(line.series)}
            | ({} if line.smooth is None else {"smooth": len(line.smooth)})
            for line in lines
        ],
    }
    if question.groups:
        head |= {
            "group_columns": list(_group_columns(question)),
            "groups": [
                _group_head(group)
                | {"points": len(group.band)}
                | ({} if group.smooth is None else {"smooth": len(group.smooth)})
                for group in groups
            ],
        }
    encoded = json.dumps(head, separators=(",", ":")).encode()
    encoded += b" " * (-(len(encoded) + 4) % 8)
    arrays = [
        getattr(series, name).astype("<f8").tobytes()
        for line in lines
        for series in (line.series, line.smooth)
        if series is not None
        for name in names
    ] + [
        getattr(band, name).astype("<f8").tobytes()
        for group in groups
        for band in (group.band, group.smooth)
        if band is not None
        for name in _group_columns(question).values()
    ]
    return b"".join([struct.pack("<I", len(encoded)), encoded, *arrays])


def _line(question: Question, line: Line) -> dict[str, Any]:
    names = _names(question)
    said = _head(line) | {"columns": _columns(line.series, names)}
    if line.smooth is not None:
        said["smooth"] = _columns(line.smooth, names)
    return said


def _head(line: Line) -> dict[str, Any]:
    said: dict[str, Any] = {
        "experiment": str(line.experiment),
        "path": line.path,
        "total": line.total,
    }
    return said | _odd(line.odd)


def _group(question: Question, group: Group) -> dict[str, Any]:
    said = _group_head(group) | {"columns": _band(question, group.band)}
    if group.smooth is not None:
        said["smooth"] = _band(question, group.smooth)
    return said


def _group_head(group: Group) -> dict[str, Any]:
    said = {"experiments": [str(one) for one in group.experiments], "total": group.total}
    return said | _odd(group.odd)


def _odd(found: Odd) -> dict[str, Any]:
    if not found:
        return {}
    return {
        "odd": {kind: {"count": count, "steps": steps} for kind, (count, steps) in found.items()}
    }


def _group_columns(question: Question) -> dict[str, str]:
    """What a group's columns are called, and where they are kept."""
    place = "step" if question.x == "step" else "x"
    return {place: "at", "value": "mean", "low": "low", "high": "high", "n": "n"}


def _band(question: Question, band: Band) -> dict[str, list[Any]]:
    whole = ("step", "n")
    return {
        name: (_whole if name in whole else _numbers)(getattr(band, kept))
        for name, kept in _group_columns(question).items()
    }


def _names(question: Question) -> list[str]:
    """Which columns are sent: x where it is neither the step nor the time."""
    names = ["step", "value"]
    if question.time:
        names.append("time")
    if question.x == "relative" or question.x.startswith(METRIC):
        names.append("x")
    return names


def _columns(series: Series, names: Sequence[str]) -> dict[str, list[Any]]:
    """A series as parallel lists; what JSON cannot say becomes text."""
    return {
        name: (_whole if name in ("step", "time") else _numbers)(getattr(series, name))
        for name in names
    }


def _whole(values: np.ndarray[Any, Any]) -> list[int]:
    listed: list[int] = values.round().astype("int64").tolist()
    return listed


def _numbers(values: np.ndarray[Any, Any]) -> list[Any]:
    import numpy as np

    listed: list[Any] = values.tolist()
    for index in np.flatnonzero(~np.isfinite(values)).tolist():
        value = listed[index]
        listed[index] = "nan" if value != value else "inf" if value > 0 else "-inf"
    return listed


def _parts_text(name: str, parts: list[dict[str, Any]]) -> str:
    """Lines or groups, with their long columns in pieces."""
    written = []
    for part in parts:
        held = [
            _columns_text(column, part.pop(column))
            for column in ("columns", "smooth")
            if column in part
        ]
        written.append(",".join([_dumps(part)[:-1], *held]) + "}")
    return f'"{name}":[{",".join(written)}]'


def _columns_text(name: str, columns: dict[str, list[Any]]) -> str:
    held = ",".join(f'"{column}":{_listed(values)}' for column, values in columns.items())
    return f'"{name}":{{{held}}}'


def _listed(values: list[Any]) -> str:
    pieces = (_dumps(values[at : at + PIECE])[1:-1] for at in range(0, len(values), PIECE))
    return f"[{','.join(pieces)}]"


def _dumps(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
