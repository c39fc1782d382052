"""Several clones of one repository on this machine, seen as one.

Runs start in each of them, and a commit that one has not heard of may be in another. Where they
disagree, what is further on its way counts: in the repository, then not pushed, then rewritten.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from .picture import Memory, Picture, Place, Shown, taken
from .refs import Watch

SEPARATOR = "\0"
_FURTHER = {None: 0, "not pushed": 1, "rewritten": 2}
_LEAST = 3


class Clones:
    """The clones of one repository, the first of them the one that is shown; keeps what stays true."""

    def __init__(self, paths: Sequence[str]) -> None:
        """Look at the clones at `paths`, of which there is one at least."""
        self.paths = tuple(paths)
        self._watches = [Watch(Path(path)) for path in self.paths]
        self._memories = [Memory() for _ in self.paths]

    def fingerprint(self) -> str:
        """A text that changes when a ref of one of them does, the same in every process."""
        seen = [watch.fingerprint() for watch in self._watches]
        return seen[0] if len(seen) == 1 else hashlib.sha256(repr(seen).encode()).hexdigest()[:16]

    def picture(self, fingerprint: str, baselines: Iterable[str]) -> Picture:
        """All of them as one."""
        wanted = list(baselines)
        pictures = [
            taken(path, fingerprint, wanted, memory)
            for path, memory in zip(self.paths, self._memories, strict=True)
        ]
        readable = [picture for picture in pictures if picture.trouble is None] or pictures[:1]
        whole = readable[0]
        for other in readable[1:]:
            whole = _joined(whole, other)
        return replace(whole, path=SEPARATOR.join(self.paths))


def _joined(first: Picture, second: Picture) -> Picture:
    """The first picture with what the second knows better."""
    better = {
        sha: place
        for sha, place in second.places.items()
        if _rank(place) < _rank(first.places.get(sha))
    }
    known = {one.commit.sha for one in first.commits}
    missing = [
        one
        for one in second.commits
        if one.commit.sha in better
        and better[one.commit.sha].reason is None
        and one.commit.sha not in known
    ]
    names = {(one.baseline_sha, one.name) for one in first.experiments}
    more = [one for one in second.experiments if (one.baseline_sha, one.name) not in names]
    return replace(
        first,
        places=first.places | better,
        commits=_inserted(first.commits, missing),
        experiments=[*first.experiments, *more],
    )


def _rank(place: Place | None) -> int:
    return _FURTHER.get(place.reason, _LEAST) if place else _LEAST + 1


def _inserted(commits: Sequence[Shown], missing: Iterable[Shown]) -> Sequence[Shown]:
    """Commits with others among them: each in its branch above the first that is not newer."""
    whole = list(commits)
    for one in missing:
        branch = [at for at, shown in enumerate(whole) if shown.branch == one.branch]
        older = (at for at in branch if whole[at].commit.time <= one.commit.time)
        whole.insert(next(older, branch[-1] + 1 if branch else len(whole)), one)
    return whole
