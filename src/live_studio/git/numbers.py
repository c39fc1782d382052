"""The metrics and parameters that a commit holds itself, as DVC would show them.

What counts is what its `dvc.yaml` files name, what DVCLive writes, and `params.yaml`. Files are read
from the commit's tree and never from a folder, so a path that leads outside finds nothing. Metrics
that DVC keeps in its cache are found by the digest that the commit has of them.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..events import Json
from . import cache, formats
from .pipeline import Named, named, sources
from .process import Reader

PIPELINES = 50
REMEMBERED = 5_000
"""Files whose content is kept between two readings."""
FILES = 200
"""Of one commit."""
ALWAYS_METRICS = ("dvclive/metrics.json",)
ALWAYS_PARAMS = ("params.yaml", "dvclive/params.yaml")
PIPELINE = "dvc.yaml"

Kinds = Mapping[str, tuple[str, str, int]]


@dataclass(frozen=True, slots=True)
class Committed:
    """Metrics and parameters of one commit, by file."""

    metrics: Mapping[str, Json] = field(default_factory=dict)
    params: Mapping[str, Json] = field(default_factory=dict)


class Numbers:
    """Reads the numbers of commits; what a blob says is read once."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._parsed: dict[tuple[str, str], Json] = {}
        self._named: dict[tuple[str, ...], Named] = {}

    def of(self, reader: Reader, shas: Iterable[str], tips: Iterable[str]) -> dict[str, Committed]:
        """The numbers of each commit. `tips` are where to look for pipelines."""
        if len(self._parsed) + len(self._named) > REMEMBERED:
            self._parsed.clear()
            self._named.clear()
        pipelines = _pipelines(reader, tips)
        trees = [_Tree(sha, reader, self._parsed) for sha in dict.fromkeys(shas)]
        _load(trees, {tree.sha: pipelines for tree in trees})
        _load(trees, {tree.sha: _sources(tree, pipelines) for tree in trees})
        said = {tree.sha: self._names(tree, pipelines) for tree in trees}
        _load(trees, {sha: [*names.metrics, *names.params] for sha, names in said.items()})
        absent = {
            tree.sha: [path for path in said[tree.sha].metrics if not tree.has(path)]
            for tree in trees
        }
        _load(
            trees,
            {
                sha: [*said[sha].locks, *(f"{path}.dvc" for path in paths)]
                for sha, paths in absent.items()
                if paths
            },
        )
        return {tree.sha: _committed(tree, said[tree.sha], absent[tree.sha]) for tree in trees}

    def _names(self, tree: _Tree, pipelines: Iterable[str]) -> Named:
        whole = Named(
            metrics=dict.fromkeys(ALWAYS_METRICS), params={path: [] for path in ALWAYS_PARAMS}
        )
        for path in pipelines:
            if not tree.has(path):
                continue
            folder = posixpath.dirname(path)
            files = sources(tree.held(path), folder)
            key = (path, tree.blob(path), *map(tree.blob, files))
            if key not in self._named:
                self._named[key] = named(tree.held(path), folder, tree.held)
            _join(whole, self._named[key])
        for path, keys in whole.used.items():
            whole.params.setdefault(path, keys)
        whole.metrics = dict.fromkeys(list(whole.metrics)[:FILES])
        whole.params = dict(list(whole.params.items())[:FILES])
        return whole


class _Tree:
    """The files of one commit, as far as they have been loaded."""

    def __init__(self, sha: str, reader: Reader, parsed: dict[tuple[str, str], Json]) -> None:
        self.sha, self.reader, self.parsed = sha, reader, parsed
        self.blobs: dict[str, str] = {}

    def has(self, path: str) -> bool:
        return bool(self.blobs.get(path))

    def blob(self, path: str) -> str:
        return self.blobs.get(path, "")

    def held(self, path: str) -> Json:
        return self.parsed.get((self.blob(path), formats.suffix(path)))


def _load(trees: Iterable[_Tree], wanted: Mapping[str, Iterable[str]]) -> None:
    """Load these files of each commit, all with two questions to Git."""
    by_sha = {tree.sha: tree for tree in trees if tree.sha in wanted}
    if not by_sha:
        return
    reader, parsed = (some := next(iter(by_sha.values()))).reader, some.parsed
    asked = {
        f"{sha}:{path}": (tree, path)
        for sha, tree in by_sha.items()
        for path in wanted[sha]
        if path not in tree.blobs
    }
    new: dict[str, set[str]] = {}
    kinds = reader.kinds(asked)
    for name, (tree, path) in asked.items():
        blob, kind, size = kinds.get(name, ("", "", 0))
        tree.blobs[path] = blob if kind == "blob" and size <= formats.most(path) else ""
        if tree.blobs[path] and (blob, formats.suffix(path)) not in parsed:
            new.setdefault(blob, set()).add(path)
    for blob, said in reader.bodies(new):
        for path in new[blob]:
            parsed[blob, formats.suffix(path)] = formats.parsed(path, said)


def _pipelines(reader: Reader, tips: Iterable[str]) -> list[str]:
    found = dict.fromkeys((PIPELINE, f"dvclive/{PIPELINE}"))
    for tip in tips:
        listed = reader.run("ls-tree", "-r", "-z", "--name-only", "--full-tree", tip)
        for raw in listed.split(b"\0"):
            if raw == PIPELINE.encode() or raw.endswith(f"/{PIPELINE}".encode()):
                found[raw.decode(errors="replace")] = None
    return list(found)[:PIPELINES]


def _sources(tree: _Tree, pipelines: Iterable[str]) -> list[str]:
    return [
        file for path in pipelines for file in sources(tree.held(path), posixpath.dirname(path))
    ]


def _join(whole: Named, said: Named) -> None:
    whole.metrics |= said.metrics
    whole.locks |= said.locks
    for file, keys in said.params.items():
        whole.add_params(file, keys)
    for file, keys in said.used.items():
        whole.used[file] = [*whole.used.get(file, ()), *keys]


def _committed(tree: _Tree, said: Named, absent: Iterable[str]) -> Committed:
    metrics = {path: tree.held(path) for path in said.metrics} | _cached(tree, said, absent)
    numbers = {path: formats.numbers_of(held) for path, held in metrics.items() if held}
    params = {
        path: formats.plain(formats.picked(tree.held(path), keys))
        for path, keys in said.params.items()
        if isinstance(tree.held(path), dict)
    }
    return Committed(
        {path: value for path, value in numbers.items() if value},
        {path: value for path, value in params.items() if value},
    )


def _cached(tree: _Tree, said: Named, absent: Iterable[str]) -> dict[str, Json]:
    """Those metrics that are not in the tree but in DVC's cache."""
    digests: dict[str, str] = {}
    for lock, folders in said.locks.items():
        digests |= dict(cache.locked(tree.held(lock), folders))
    found = {}
    for path in absent:
        tracked = dict(cache.outputs(tree.held(f"{path}.dvc"), posixpath.dirname(path)))
        if digest := digests.get(path) or tracked.get(path):
            found[path] = _from_cache(tree, path, digest)
    return found


def _from_cache(tree: _Tree, path: str, digest: str) -> Json:
    key = (digest, formats.suffix(path))
    if key not in tree.parsed:
        said = cache.read(tree.reader.root, digest, formats.most(path))
        if said is None:
            # It may be there the next time: somebody pulls.
            return None
        tree.parsed[key] = formats.parsed(path, said)
    return tree.parsed[key]
