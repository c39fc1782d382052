"""The lines of a chart as bytes: the contract's series answer, as JSON or as blocks of float64."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .curves import METRIC, Line, Question
from .series import Series

if TYPE_CHECKING:
    import numpy as np

PIECE = 10_000
"""Numbers written as JSON at a time: the writer lets go of the interpreter only between pieces."""


def answer(question: Question, lines: Sequence[Line], seq: int) -> dict[str, Any]:
    """The series answer, ready for JSON."""
    return {
        "metric": question.metric,
        **({} if question.generation is None else {"generation": question.generation}),
        "seq": seq,
        **({"since": question.since} if question.since else {}),
        "series": [_line(question, line) for line in lines],
    }


def text(question: Question, lines: Sequence[Line], seq: int) -> bytes:
    """The series answer as JSON, written in pieces: other threads have their turn between them."""
    said = answer(question, lines, seq)
    series = []
    for line in said.pop("series"):
        held = [
            _columns_text(name, line.pop(name)) for name in ("columns", "smooth") if name in line
        ]
        series.append(",".join([_dumps(line)[:-1], *held]) + "}")
    return f'{_dumps(said)[:-1]},"series":[{",".join(series)}]}}'.encode()


def blocks(question: Question, lines: Sequence[Line], seq: int) -> bytes:
    """A JSON head behind its length (u32), then each line's columns as little-endian float64.

    Where a line is smoothed, the same columns of its `smooth` points follow.
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
    encoded = json.dumps(head, separators=(",", ":")).encode()
    encoded += b" " * (-(len(encoded) + 4) % 8)
    arrays = [
        getattr(series, name).astype("<f8").tobytes()
        for line in lines
        for series in (line.series, line.smooth)
        if series is not None
        for name in names
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
    if line.odd:
        said["odd"] = {
            kind: {"count": count, "steps": steps} for kind, (count, steps) in line.odd.items()
        }
    return said


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


def _columns_text(name: str, columns: dict[str, list[Any]]) -> str:
    held = ",".join(f'"{column}":{_listed(values)}' for column, values in columns.items())
    return f'"{name}":{{{held}}}'


def _listed(values: list[Any]) -> str:
    pieces = (_dumps(values[at : at + PIECE])[1:-1] for at in range(0, len(values), PIECE))
    return f"[{','.join(pieces)}]"


def _dumps(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
