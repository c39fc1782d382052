"""What one `dvc.yaml` names: metrics files, and params files with the keys that count.

Templates are filled in as DVC fills them: `${...}` from `vars` and parameter files of the same
commit, `foreach` and `matrix` stage by stage. What cannot be filled in names nothing.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product

from ..events import Json
from . import formats

DEFAULT_VALUES = "params.yaml"
LOCK = "dvc.lock"
STAGES_MOST = 500
"""Of one file, with those that `foreach` and `matrix` make."""
LOOKS_MOST = 50_000
"""Values looked at in one file: an alias can be one value a billion times."""
TEXT_MOST = 4_096
_TEMPLATE = re.compile(r"(?<!\\)\$\{([^}]*)\}")

Held = Callable[[str], Json]
"""What a file of the commit holds; None where there is none."""


@dataclass(slots=True)
class Named:
    """What `dvc.yaml` files name. No keys of a params file mean all of them."""

    metrics: dict[str, None] = field(default_factory=dict)
    params: dict[str, list[str]] = field(default_factory=dict)
    used: dict[str, list[str]] = field(default_factory=dict)
    """Keys of files that only templates read; they count where the file is not in `params`."""
    locks: dict[str, dict[str, str]] = field(default_factory=dict)
    """Of each `dvc.lock`, its stages and the folder that the paths of each start from."""

    def add_params(self, path: str, keys: Sequence[str]) -> None:
        """A whole file stays a whole file, whatever keys of it are named besides."""
        before = self.params.get(path)
        self.params[path] = (
            [*before, *keys] if before and keys else list(keys if before is None else ())
        )


def sources(document: Json, folder: str) -> list[str]:
    """The files that templates of a `dvc.yaml` in `folder` may read."""
    if not isinstance(document, dict):
        return []
    found = [inside(folder, DEFAULT_VALUES), *_files(document.get("vars"), folder)]
    for stage in islice(_mapping(document.get("stages")).values(), STAGES_MOST):
        body = stage.get("do", stage) if isinstance(stage, dict) else None
        if isinstance(body, dict):
            wdir = body.get("wdir")
            found += _files(body.get("vars"), _joined(folder, wdir))
    return list(dict.fromkeys(path for path in found if path))


def named(document: Json, folder: str, held: Held) -> Named:
    """What a `dvc.yaml` in `folder` names, where the files of its commit are as `held` says."""
    found = Named()
    if not isinstance(document, dict):
        return found
    values = _Values(held, found).with_file(inside(folder, DEFAULT_VALUES))
    values = values.with_vars(document.get("vars"), folder)
    for path in _paths(values.filled_each(document.get("metrics"))):
        _add(found.metrics, folder, path)
    for path in _paths(values.filled_each(document.get("params"))):
        if one := inside(folder, path):
            found.add_params(one, [])
    folders = found.locks[posixpath.join(folder, LOCK)] = {}
    stages = _stages(_mapping(document.get("stages")), values)
    for name, stage, its_values in islice(stages, STAGES_MOST):
        try:
            folders[name] = _name_stage(found, stage, folder, its_values)
        except _UnfilledError:
            continue
    return found


def inside(folder: str, path: str) -> str | None:
    """A path below the tree's root as Git names it, or None for any other."""
    whole = posixpath.normpath(posixpath.join(folder, path))
    odd = whole.startswith(("/", "../")) or whole in ("..", ".") or "${" in whole or "\n" in whole
    return None if odd else whole


class _UnfilledError(Exception):
    """A template that names nothing, or that would become too much."""


Origin = tuple[str, str]
"""The file that a value stands in, and its key there."""


@dataclass(frozen=True, slots=True)
class _Layer:
    """Some of what templates may name."""

    document: Json
    origins: Mapping[str, Origin] = field(default_factory=dict)
    """Where the values of these keys, and of those below them, come from; `""` means of all."""

    def origin(self, key: str) -> Origin | None:
        for above, (file, at) in self.origins.items():
            if not above:
                return file, key
            if key == above or key.startswith(f"{above}."):
                return file, at + key[len(above) :]
        return None


@dataclass(slots=True)
class _Values:
    """What templates may name: layers, the innermost last."""

    held: Held
    found: Named
    layers: tuple[_Layer, ...] = ()
    loaded: frozenset[str] = frozenset()
    looks: list[int] = field(default_factory=lambda: [LOOKS_MOST])

    def with_layer(self, layer: _Layer, file: str = "") -> _Values:
        layers, loaded = (*self.layers, layer), self.loaded | {file}
        return _Values(self.held, self.found, layers, loaded, self.looks)

    def with_file(self, file: str | None, keys: Sequence[str] = ()) -> _Values:
        if file is None or file in self.loaded:
            return self
        document = formats.picked(self.held(file), keys)
        return self.with_layer(_Layer(document, {"": (file, "")}), file)

    def with_vars(self, said: Json, folder: str) -> _Values:
        values = self
        for one in said if isinstance(said, list) else ():
            if isinstance(one, dict):
                values = values.with_layer(_Layer(one))
            elif isinstance(one, str):
                path, _, keys = one.partition(":")
                values = values.with_file(inside(folder, path), [k for k in keys.split(",") if k])
        return values

    def filled(self, value: Json, *, use: bool = True) -> Json:
        """The value with its templates filled in; `use` notes which values these were."""
        self.looks[0] -= 1
        if self.looks[0] < 0:
            raise _UnfilledError
        if isinstance(value, str):
            return self._text(value, use=use)
        if isinstance(value, dict):
            return {
                self.filled(key, use=use): self.filled(inner, use=use)
                for key, inner in value.items()
            }
        if isinstance(value, list):
            return [self.filled(inner, use=use) for inner in value]
        return value

    def filled_each(self, listed: Json) -> list[Json]:
        """Those of a list that can be filled in."""
        found = []
        for one in listed if isinstance(listed, list) else ():
            try:
                found.append(self.filled(one))
            except _UnfilledError:
                continue
        return found

    def origin(self, value: Json) -> Origin | None:
        """Where a value comes from that is one template."""
        whole = _TEMPLATE.fullmatch(value) if isinstance(value, str) else None
        return self._find(whole[1])[1] if whole else None

    def _text(self, said: str, *, use: bool) -> Json:
        def value(template: re.Match[str]) -> Json:
            found, origin = self._find(template[1])
            if use and origin:
                file, key = origin
                self.found.used.setdefault(file, []).append(key)
            return found

        if whole := _TEMPLATE.fullmatch(said):
            return value(whole)
        text = _TEMPLATE.sub(lambda template: _written(value(template)), said)
        if len(text) > TEXT_MOST:
            raise _UnfilledError
        return text.replace("\\${", "${")

    def _find(self, said: str) -> tuple[Json, Origin | None]:
        key = said.strip().replace("[", ".").replace("]", "")
        for layer in reversed(self.layers):
            try:
                return formats.at(layer.document, key), layer.origin(key)
            except LookupError:
                continue
        raise _UnfilledError


def _written(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        # As a command line it would be arguments; a path it can never be.
        raise _UnfilledError
    return str(value)


def _stages(
    stages: Mapping[str, Json], values: _Values
) -> Iterator[tuple[str, Mapping[str, Json], _Values]]:
    """Each stage with what its templates may name, those that are made from one with theirs."""
    for name, stage in stages.items():
        if not isinstance(stage, dict):
            continue
        body = _mapping(stage.get("do")) if "foreach" in stage else stage
        try:
            if "matrix" in stage:
                made = _from_matrix(stage["matrix"], values)
            elif "foreach" in stage:
                made = _from_items(stage["foreach"], values)
            else:
                yield name, body, values
                continue
            for key, layer in made:
                yield f"{name}@{key}", body, values.with_layer(layer)
        except _UnfilledError:
            continue


def _from_items(said: Json, values: _Values) -> Iterator[tuple[str, _Layer]]:
    items, origin = values.filled(said, use=False), values.origin(said)
    if isinstance(items, dict):
        for key, item in items.items():
            yield str(key), _Layer({"key": key, "item": item}, _below(origin, "item", key))
    elif isinstance(items, list):
        by_number = any(isinstance(item, dict | list) for item in items)
        for number, item in enumerate(items):
            key = str(number) if by_number else _written(item)
            yield key, _Layer({"item": item}, _below(origin, "item", number))


def _from_matrix(said: Json, values: _Values) -> Iterator[tuple[str, _Layer]]:
    axes = values.filled(said, use=False)
    if not isinstance(axes, dict) or not all(isinstance(axis, list) for axis in axes.values()):
        return
    origins = {name: values.origin(_mapping(said).get(name)) for name in axes}
    for chosen in product(*(list(enumerate(axis)) for axis in axes.values())):
        item: dict[str, Json] = {}
        parts: list[str] = []
        its_origins: dict[str, Origin] = {}
        for name, (number, value) in zip(axes, chosen, strict=True):
            item[name] = value
            composed = isinstance(value, dict | list)
            parts.append(f"{name}{number}" if composed else _written(value))
            its_origins |= _below(origins[name], f"item.{name}", number)
        key = "-".join(parts)
        yield key, _Layer({"key": key, "item": item}, its_origins)


def _below(origin: Origin | None, name: str, key: object) -> dict[str, Origin]:
    return {name: (origin[0], f"{origin[1]}.{key}")} if origin else {}


def _name_stage(found: Named, stage: Mapping[str, Json], folder: str, values: _Values) -> str:
    """Add what a stage names; returns the folder that its paths start from."""
    wdir = values.filled(stage.get("wdir"))
    where = _joined(folder, wdir)
    values = values.with_vars(stage.get("vars"), where)
    filled = {
        key: values.filled(value)
        for key, value in stage.items()
        if key not in ("vars", "wdir", "matrix")
    }
    for path in _paths(filled.get("metrics")):
        _add(found.metrics, where, path)
    params = filled.get("params")
    for one in params if isinstance(params, list) else ():
        if isinstance(one, str):
            files: dict[Json, Json] = {DEFAULT_VALUES: [one]}
        else:
            files = one if isinstance(one, dict) else {}
        for path, keys in files.items():
            if isinstance(path, str) and (inner := inside(where, path)):
                listed = keys if isinstance(keys, list) else []
                found.add_params(inner, [str(key) for key in listed])
    return where


def _paths(listed: Json) -> Iterator[str]:
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            yield from (path for path in one if isinstance(path, str))


def _files(said: Json, folder: str) -> list[str]:
    listed = said if isinstance(said, list) else ()
    paths = (inside(folder, one.partition(":")[0]) for one in listed if isinstance(one, str))
    return [path for path in paths if path]


def _joined(folder: str, wdir: Json) -> str:
    return posixpath.join(folder, wdir) if isinstance(wdir, str) else folder


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


def _add(found: dict[str, None], folder: str, path: str) -> None:
    if one := inside(folder, path):
        found[one] = None
