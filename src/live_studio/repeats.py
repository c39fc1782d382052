"""Which runs are one experiment again and again: same code, same parameters, but for some.

The dashboard tells them apart by the same rule, in TypeScript; `tests/fixtures/repeats.json` holds
both to it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import takewhile
from math import isfinite

from .changes import Row
from .events import Json


@dataclass(frozen=True, slots=True)
class Repeats:
    """Two or more experiments that are drawn as one."""

    name: str
    ids: Sequence[int]
    """In the order given."""


def repeats(rows: Sequence[Row], over: Sequence[str]) -> list[Repeats]:
    """The groups of two or more among `rows`, which are equal but for the parameters named in `over`."""
    if not over:
        return []
    known = {row.id: list(_leaves(json.loads(row.params_text), over)) for row in rows}
    groups: dict[object, list[Row]] = {}
    for row in rows:
        params = frozenset((file, path, text) for file, path, text in known[row.id])
        groups.setdefault((row.repo_url, row.baseline_sha, params), []).append(row)
    found = [members for members in groups.values() if len(members) > 1]
    names = _names(
        found, [{path: text for _, path, text in known[members[0].id]} for members in found]
    )
    return [
        Repeats(name, [row.id for row in members])
        for name, members in zip(names, found, strict=True)
    ]


def _leaves(params: Mapping[str, Json], over: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    for file, held in params.items():
        yield from (
            (file, path, _text(value)) for path, value in _walk(held, "") if path not in over
        )


def _walk(held: Json, path: str) -> Iterator[tuple[str, Json]]:
    if not isinstance(held, dict):
        yield path, held
        return
    for name, below in held.items():
        yield from _walk(below, f"{path}/{name}" if path else name)


def _text(value: Json) -> str:
    """A parameter as the dashboard writes it: numbers as JavaScript does."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and isfinite(value):
        if value != 0 and not 1e-6 <= abs(value) < 1e21:
            return re.sub(r"e([+-])0*", r"e\1", repr(value))
        return format(Decimal(repr(value)).normalize(), "f")
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _names(groups: Sequence[Sequence[Row]], params: Sequence[Mapping[str, str]]) -> list[str]:
    """What the members' names have in common; the parameters too where that tells no groups apart."""
    stems = [_stem([row.name for row in members]) for members in groups]
    count = Counter(stems)
    paths = dict.fromkeys(path for own in params for path in own)
    telling = [path for path in paths if len({own.get(path) for own in params}) > 1]
    names = []
    for stem, own, members in zip(stems, params, groups, strict=True):
        words = [f"{path}={own[path]}" for path in telling if path in own]
        alone = stem and count[stem] == 1
        names.append(stem if alone else " ".join(filter(None, [stem, *words])) or members[0].name)
    return names


_TAIL = re.compile(r"[-_./ :=]*(seed|run|s|r)?[-_./ :=]*$", re.IGNORECASE)
_SHORTEST = 2


def _stem(names: Sequence[str]) -> str:
    """A whole name, or a name up to where its number or word begins."""
    alike = takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False))
    stem = "".join(letters[0] for letters in alike)
    if stem != names[0]:
        stem = _TAIL.sub("", stem, count=1)
    return stem if len(stem) >= _SHORTEST else ""
