"""The newest part of a history: which branch a commit is shown under, and in which order."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from ..errors import GitTrouble
from .process import Reader

WINDOW = 5_000
"""Commits that are known with their parents. Reading so many costs the same in any history."""

TIPS_ALONE = 50
"""That are walked one by one where they cannot be walked together."""

Parents = Mapping[str, Sequence[str]]


@dataclass(slots=True)
class Labels:
    """The branch of each commit, and the branches that end inside another one."""

    branch: dict[str, str] = field(default_factory=dict)
    folded: dict[str, list[str]] = field(default_factory=dict)
    """By commit: the branches that end there and have nothing of their own."""


def window(reader: Reader, tips: Iterable[str]) -> dict[str, list[str]]:
    """The newest commits that can be reached from `tips`, each with its parents."""
    given = list(tips)
    if not given:
        return {}
    try:
        return _walked(reader, given)
    except GitTrouble:
        # One branch that lost a commit shall not take the others with it.
        whole: dict[str, list[str]] = {}
        for tip in given[:TIPS_ALONE]:
            with suppress(GitTrouble):
                whole |= _walked(reader, [tip])
        return whole


def _walked(reader: Reader, tips: list[str]) -> dict[str, list[str]]:
    # Git's own order needs no look at the whole history, as an order by topology would.
    lines = reader.lines("rev-list", "--parents", f"-n{WINDOW}", "--stdin", given=tips)
    return {sha: parents for sha, *parents in (line.split(" ") for line in lines)}


def labelled(parents: Parents, branches: Sequence[tuple[str, str]]) -> Labels:
    """Each commit's branch: the first of `branches` that holds it."""
    found = Labels()
    for name, tip in branches:
        if tip in found.branch:
            found.folded.setdefault(tip, []).append(name)
            continue
        waiting = [tip]
        while waiting:
            sha = waiting.pop()
            if sha in parents and sha not in found.branch:
                found.branch[sha] = name
                waiting += parents[sha]
    return found


def in_order(parents: Parents) -> list[str]:
    """Children before parents, and otherwise as Git came by them: commit times may be nonsense."""
    place = {sha: index for index, sha in enumerate(parents)}
    children = dict.fromkeys(parents, 0)
    for found in parents.values():
        for parent in found:
            if parent in children:
                children[parent] += 1
    ready = [place[sha] for sha, count in children.items() if not count]
    heapq.heapify(ready)
    names = list(parents)
    ordered = []
    while ready:
        sha = names[heapq.heappop(ready)]
        ordered.append(sha)
        for parent in parents[sha]:
            if parent in children:
                children[parent] -= 1
                if not children[parent]:
                    heapq.heappush(ready, place[parent])
    return ordered


def unreachable(reader: Reader, shas: Iterable[str], tips: Iterable[str]) -> set[str]:
    """Those of `shas`, all of them commits, that cannot be reached from `tips`."""
    asked = list(shas)
    if not asked:
        return set()
    given = [*asked, *(f"^{tip}" for tip in tips)]
    return set(asked) & set(reader.lines("rev-list", "--stdin", given=given))
