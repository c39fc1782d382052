"""Which repository and commit a folder is in."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

from ..addresses import NO_COMMIT, normal_repo_url
from ..errors import GitTrouble as Trouble
from .process import run, text


@dataclass(frozen=True, slots=True)
class Here:
    """What identifies the place where a piece of code runs."""

    repo_url: str
    baseline_sha: str
    root: Path | None
    """The root of the working tree, or a bare repository's folder; None outside Git."""
    trouble: str | None = None
    """Why Git would not say more, where there is a repository that it refuses."""


@dataclass(slots=True)
class Remote:
    """What a clone's configuration says about one remote."""

    urls: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    """Where its branches are kept: `refs/remotes/origin/`."""


@dataclass(slots=True)
class Remotes:
    """The remotes of a clone, and which of them its branches follow."""

    named: dict[str, Remote]
    followed: dict[str, str]

    def first(self, branch: str | None) -> str | None:
        """The current branch's remote, else origin, else the first that has an address."""
        wanted = [self.followed.get(branch or ""), "origin", *self.named]
        return next((name for name in wanted if name in self.named and self.named[name].urls), None)


def local_url(folder: Path) -> str:
    """The identity of a place that has no remote."""
    path = folder.resolve()
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:8]
    return f"local:{path.name or 'root'}-{digest}"


def here(folder: Path) -> Here:
    """Which repository and commit `folder` is in."""
    try:
        root = _root(folder)
    except Trouble as trouble:
        refused = str(trouble) if "safe.directory" in str(trouble) else None
        return Here(local_url(folder), NO_COMMIT, None, refused)
    # A repository without a commit fails on HEAD, and one without a branch says HEAD twice.
    head = (text(root, "rev-parse", "HEAD", "--symbolic-full-name", "HEAD") or "").split("\n")
    sha = head[0] if len(head) == 2 else NO_COMMIT
    known = remotes(root)
    name = known.first(head[-1].removeprefix("refs/heads/"))
    url = normal_repo_url(known.named[name].urls[0]) if name else local_url(root)
    return Here(url, sha, root)


def _root(folder: Path) -> Path:
    said = run(folder, "rev-parse", "--is-bare-repository", "--absolute-git-dir").decode()
    bare, _, git_dir = said.rstrip("\n").partition("\n")
    if bare == "true":
        return Path(git_dir)
    return Path(run(folder, "rev-parse", "--show-toplevel").decode().rstrip("\n"))


def remotes(root: Path) -> Remotes:
    """The remotes of a clone. Nothing, where its configuration cannot be read."""
    said = text(
        root, "config", "--null", "--get-regexp", r"^(remote|branch)\..*\.(url|fetch|remote)$"
    )
    found = Remotes({}, {})
    for entry in (said or "").split("\0"):
        key, _, value = entry.partition("\n")
        section, _, rest = key.partition(".")
        name, _, what = rest.rpartition(".")
        if section == "branch" and what == "remote":
            found.followed[name] = value
        elif section == "remote" and what in ("url", "fetch"):
            remote = found.named.setdefault(name, Remote())
            if what == "url":
                remote.urls.append(value)
            else:
                kept = value.lstrip("+^").partition(":")[2]
                remote.fetched.append(kept.partition("*")[0])
    for name, remote in found.named.items():
        remote.fetched = [kept for kept in remote.fetched if kept.startswith("refs/")]
        remote.fetched = remote.fetched or [f"refs/remotes/{name}/"]
    return found
