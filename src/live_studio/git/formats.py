"""Files of numbers as DVC reads them: JSON, YAML 1.2, TOML, and the constants of a Python file."""

from __future__ import annotations

import ast
import json
import math
import posixpath
import tomllib
from collections.abc import Sequence

from ..events import Json

MOST = 1 << 20
YAML_MOST = 100_000
"""The YAML parser is written in Python: a larger file would keep a core busy for seconds."""
VALUES_MOST = 2_000
DEPTH_MOST = 20
EXACT = 2**53


def suffix(path: str) -> str:
    """What decides how a file is read; everything unknown is YAML, as in DVC."""
    ending = posixpath.splitext(path)[1].lower()
    return ending if ending in (".json", ".toml", ".py") else ".yaml"


def most(path: str) -> int:
    """How many bytes of such a file are read at most."""
    return YAML_MOST if suffix(path) == ".yaml" else MOST


def parsed(path: str, said: bytes) -> Json:
    """What a file holds; None where it is damaged."""
    try:
        text = said.decode()
        match suffix(path):
            case ".json":
                return json.loads(text)
            case ".toml":
                return tomllib.loads(text)
            case ".py":
                return _constants(ast.parse(text).body)
            case _:
                return _yaml(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None


def _yaml(text: str) -> Json:
    # DVC's own parser: YAML 1.2 reads 1e-3 as a number and `no` as a word.
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return YAML(typ="safe", pure=True).load(text)
    except (YAMLError, AttributeError, TypeError, KeyError) as error:
        raise ValueError(str(error)) from None


def _constants(body: Sequence[ast.stmt], *, of_self: bool = False) -> dict[str, Json]:
    """Names and constants of a module, its classes, and `self` in their `__init__`."""
    found: dict[str, Json] = {}
    for statement in body:
        match statement:
            case ast.ClassDef(name=name, body=inner):
                found[name] = _constants(inner)
            case ast.FunctionDef(name="__init__", body=inner):
                found |= _constants(inner, of_self=True)
            case (
                ast.Assign(targets=[target], value=value)
                | ast.AnnAssign(target=target, value=ast.expr() as value)
            ):
                known = _name(target, of_self=of_self)
                try:
                    if known is not None:
                        found[known] = ast.literal_eval(value)
                except (ValueError, TypeError):
                    continue
            case _:
                continue
    return found


def _name(target: ast.expr, *, of_self: bool) -> str | None:
    match target:
        case ast.Name(id=name) if not of_self:
            return name
        case ast.Attribute(attr=name, value=ast.Name(id="self")):
            return name
        case _:
            return None


def at(document: Json, key: str) -> Json:
    """The value at a key, `train.lr` for one inside a group and `layers.0` for one of a list.

    Raises:
        LookupError: there is none.
    """
    for part in key.split("."):
        if isinstance(document, dict):
            document = document[part]
        elif isinstance(document, list) and part.isdecimal():
            document = document[int(part)]
        else:
            raise KeyError(key)
    return document


def picked(document: Json, keys: Sequence[str]) -> Json:
    """Only these of a file's values, in groups as in the file; all where no keys are named."""
    if not keys:
        return document
    found: dict[str, Json] = {}
    for key in keys:
        try:
            value = at(document, key)
        except LookupError:
            continue
        *groups, last = key.split(".")
        into = found
        for group in groups:
            into = into.setdefault(group, {})
            if not isinstance(into, dict):
                break
        else:
            into[last] = value
    return found


def numbers_of(document: Json) -> Json:
    """What DVC takes for metrics: numbers, truths and words, in groups that are not empty."""
    return _Plain(lists=False).of(document) or {}


def plain(document: Json) -> Json:
    """A document as JSON holds it."""
    return _Plain(lists=True).of(document)


class _Plain:
    """Copies a document as JSON, up to so many values: an alias can be one value a billion times."""

    def __init__(self, *, lists: bool) -> None:
        self._lists = lists
        self._left = VALUES_MOST

    def of(self, value: Json, depth: int = 0) -> Json:
        self._left -= 1
        if self._left < 0 or depth > DEPTH_MOST:
            return None
        if isinstance(value, dict):
            held = {
                str(name): self.of(inner, depth + 1) for name, inner in _some(value, self._left)
            }
            return held if self._lists else {k: v for k, v in held.items() if v not in (None, {})}
        if isinstance(value, list | tuple | set | frozenset):
            if not self._lists:
                return None
            return [
                self.of(inner, depth + 1) for _, inner in _some(dict(enumerate(value)), self._left)
            ]
        return _leaf(value, words=self._lists)


def _some(values: dict[Json, Json], most_of: int) -> list[tuple[Json, Json]]:
    return list(values.items())[: max(0, most_of)]


def _leaf(value: Json, *, words: bool) -> Json:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if isinstance(value, int) and abs(value) > EXACT:
        # Longer than Python would write as a decimal.
        return str(value) if value.bit_length() < 4096 else "inf"
    if isinstance(value, int | float):
        return value
    return str(value) if words else None
