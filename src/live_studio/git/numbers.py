"""The metrics and parameters that a commit holds itself, as DVC would show them.

What counts is what its `dvc.yaml` files name, what DVCLive writes, and `params.yaml`. Files are read
from the commit's tree and never from a folder, so a path that leads outside finds nothing. Outputs
that DVC keeps in its cache are not in Git, and are not shown.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..events import Json
from . import formats
from .process import Reader

PIPELINES = 50
REMEMBERED = 5_000
"""Files whose numbers are kept between two readings."""
FILES = 200
"""Of one commit."""
ALWAYS_METRICS = ("dvclive/metrics.json",)
ALWAYS_PARAMS = ("params.yaml", "dvclive/params.yaml")
PIPELINE = "dvc.yaml"


@dataclass(frozen=True, slots=True)
class Committed:
    """Metrics and parameters of one commit, by file."""

    metrics: Mapping[str, Json] = field(default_factory=dict)
    params: Mapping[str, Json] = field(default_factory=dict)


@dataclass(slots=True)
class Named:
    """What `dvc.yaml` files name: metrics files, and params files with the keys that count.

    No keys mean all of them.
    """

    metrics: dict[str, None] = field(default_factory=dict)
    params: dict[str, list[str]] = field(default_factory=dict)

    def add_params(self, path: str, keys: Sequence[str]) -> None:
        """A whole file stays a whole file, whatever keys of it are named besides."""
        before = self.params.get(path)
        self.params[path] = (
            [*before, *keys] if before and keys else list(keys if before is None else ())
        )


class Numbers:
    """Reads the numbers of commits; what a blob says is read once."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._named: dict[tuple[str, str], Named] = {}
        self._parsed: dict[tuple[str, str], Json] = {}

    def of(self, reader: Reader, shas: Iterable[str], tips: Iterable[str]) -> dict[str, Committed]:
        """The numbers of each commit. `tips` are where to look for pipelines."""
        if len(self._parsed) + len(self._named) > REMEMBERED:
            self._parsed.clear()
            self._named.clear()
        commits = list(dict.fromkeys(shas))
        pipelines = self._pipelines(reader, tips)
        kinds = reader.kinds(f"{sha}:{path}" for sha in commits for path in pipelines)
        self._learn(reader, kinds)
        named = {sha: self._names(sha, pipelines, kinds) for sha in commits}
        kinds = reader.kinds(
            f"{sha}:{path}" for sha, said in named.items() for path in (*said.metrics, *said.params)
        )
        self._parse(reader, kinds)
        return {sha: self._committed(sha, said, kinds) for sha, said in named.items()}

    def _pipelines(self, reader: Reader, tips: Iterable[str]) -> list[str]:
        found = dict.fromkeys((PIPELINE, f"dvclive/{PIPELINE}"))
        for tip in tips:
            listed = reader.run("ls-tree", "-r", "-z", "--name-only", "--full-tree", tip)
            for raw in listed.split(b"\0"):
                if raw == PIPELINE.encode() or raw.endswith(f"/{PIPELINE}".encode()):
                    found[raw.decode(errors="replace")] = None
        return list(found)[:PIPELINES]

    def _learn(self, reader: Reader, kinds: Mapping[str, tuple[str, str, int]]) -> None:
        new: dict[str, set[str]] = {}
        for asked, (blob, kind, size) in kinds.items():
            path = asked.partition(":")[2]
            if kind == "blob" and (blob, path) not in self._named and size <= formats.most(path):
                new.setdefault(blob, set()).add(path)
        for blob, said in reader.bodies(new):
            document = formats.parsed(PIPELINE, said)
            for path in new[blob]:
                self._named[blob, path] = named(document, posixpath.dirname(path))

    def _names(
        self, sha: str, pipelines: Iterable[str], kinds: Mapping[str, tuple[str, str, int]]
    ) -> Named:
        whole = Named(
            metrics=dict.fromkeys(ALWAYS_METRICS), params={path: [] for path in ALWAYS_PARAMS}
        )
        for path in pipelines:
            blob = kinds.get(f"{sha}:{path}", ("",))[0]
            if said := self._named.get((blob, path)):
                whole.metrics |= said.metrics
                for file, keys in said.params.items():
                    whole.add_params(file, keys)
        whole.metrics = dict.fromkeys(list(whole.metrics)[:FILES])
        whole.params = dict(list(whole.params.items())[:FILES])
        return whole

    def _parse(self, reader: Reader, kinds: Mapping[str, tuple[str, str, int]]) -> None:
        new: dict[str, set[str]] = {}
        for asked, (blob, kind, size) in kinds.items():
            path = asked.partition(":")[2]
            key = (blob, formats.suffix(path))
            if kind == "blob" and key not in self._parsed and size <= formats.most(path):
                new.setdefault(blob, set()).add(path)
        for blob, said in reader.bodies(new):
            for path in new[blob]:
                self._parsed[blob, formats.suffix(path)] = formats.parsed(path, said)

    def _committed(
        self, sha: str, said: Named, kinds: Mapping[str, tuple[str, str, int]]
    ) -> Committed:
        def held(path: str) -> Json:
            blob = kinds.get(f"{sha}:{path}", ("",))[0]
            return self._parsed.get((blob, formats.suffix(path)))

        metrics = {path: formats.numbers_of(held(path)) for path in said.metrics if held(path)}
        params = {
            path: formats.plain(formats.picked(held(path), keys))
            for path, keys in said.params.items()
            if isinstance(held(path), dict)
        }
        return Committed(
            {path: value for path, value in metrics.items() if value},
            {path: value for path, value in params.items() if value},
        )


def named(document: Json, folder: str) -> Named:
    """What one `dvc.yaml` names. Paths that are still templates name nothing."""
    found = Named()
    if not isinstance(document, dict):
        return found
    for path in _paths(document.get("metrics")):
        _add(found.metrics, folder, path)
    for path in _paths(document.get("params")):
        if inside := _inside(folder, path):
            found.add_params(inside, [])
    stages = document.get("stages")
    for stage in stages.values() if isinstance(stages, dict) else ():
        if isinstance(stage, dict):
            _name_stage(found, stage, folder)
    return found


def _name_stage(found: Named, stage: Mapping[str, Json], folder: str) -> None:
    wdir = stage.get("wdir")
    where = posixpath.join(folder, wdir) if isinstance(wdir, str) else folder
    for path in _paths(stage.get("metrics")):
        _add(found.metrics, where, path)
    params = stage.get("params")
    for one in params if isinstance(params, list) else ():
        if isinstance(one, str):
            files: dict[Json, Json] = {"params.yaml": [one]}
        else:
            files = one if isinstance(one, dict) else {}
        for path, keys in files.items():
            if isinstance(path, str) and (inside := _inside(where, path)):
                listed = keys if isinstance(keys, list) else []
                found.add_params(inside, [str(key) for key in listed])


def _paths(listed: Json) -> Iterator[str]:
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            yield from (path for path in one if isinstance(path, str))


def _add(found: dict[str, None], folder: str, path: str) -> None:
    if inside := _inside(folder, path):
        found[inside] = None


def _inside(folder: str, path: str) -> str | None:
    """A path below the tree's root as Git names it, or None for any other."""
    whole = posixpath.normpath(posixpath.join(folder, path))
    odd = whole.startswith(("/", "../")) or whole in ("..", ".") or "${" in whole or "\n" in whole
    return None if odd else whole
