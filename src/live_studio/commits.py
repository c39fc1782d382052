"""What Git says about a local clone: where we are, which commits are reachable, what they are called.

Read by `git` on PATH with options that keep a hostile repository quiet: no hooks, no fsmonitor, no
lazy fetch, no prompts; commits by plumbing, which checks no signature and so starts no `gpg.program`
of the repository's own. Nothing is ever fetched and no path that a client named is ever opened.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .events import NO_COMMIT, normal_repo_url

TIMEOUT = 5.0
_SAFE = (
    "--no-pager",
    "--no-optional-locks",
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.fsmonitor=false",
    "-c", "log.showSignature=false",
    "-c", "protocol.allow=never",
)  # fmt: skip
_ENV = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",  # unlike protocol.allow, the repository cannot overrule it
    "LC_ALL": "C",
}
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit that experiments start from, and the branch it is shown under."""

    sha: str
    title: str
    author: str
    time: float
    branch: str


@dataclass(frozen=True, slots=True)
class Here:
    """What identifies the place where a piece of code runs."""

    repo_url: str
    baseline_sha: str
    root: Path | None
    """The root of the working tree; None outside Git."""


def git(folder: Path, *arguments: str) -> str | None:
    """What `git` prints, or None where it fails, is missing or takes too long."""
    printed = _git(folder, *arguments)
    return None if printed is None else printed.decode(errors="replace").rstrip("\n")


def _git(folder: Path, *arguments: str) -> bytes | None:
    try:
        done = subprocess.run(
            ["git", *_SAFE, "-C", str(folder), *arguments],
            capture_output=True,
            timeout=TIMEOUT,
            env=os.environ | _ENV,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def local_url(folder: Path) -> str:
    """The identity of a place that has no remote."""
    path = folder.resolve()
    digest = hashlib.sha256(str(path).encode()).hexdigest()[:8]
    return f"local:{path.name or 'root'}-{digest}"


def here(folder: Path) -> Here:
    """Which repository and commit `folder` is in."""
    found = git(folder, "rev-parse", "--show-toplevel", "HEAD")
    if found is None:
        # A repository without a commit fails on HEAD and still has a root.
        top = git(folder, "rev-parse", "--show-toplevel")
        root, sha = (Path(top), NO_COMMIT) if top else (None, NO_COMMIT)
    else:
        top, _, sha = found.rpartition("\n")
        root = Path(top)
    if root is None:
        return Here(local_url(folder), sha, None)
    remote = _remote(root)
    return Here(normal_repo_url(remote) if remote else local_url(root), sha, root)


def _remote(root: Path) -> str | None:
    """The address of the current branch's remote, else of origin, else of the only one."""
    branch = git(root, "symbolic-ref", "--short", "-q", "HEAD")
    names = [git(root, "config", f"branch.{branch}.remote")] if branch else []
    names.append("origin")
    names += (git(root, "remote") or "").splitlines()[:1]
    for name in names:
        if name and (url := git(root, "config", f"remote.{name}.url")):
            return url
    return None


def fingerprint(folder: Path) -> str:
    """A text that changes when a ref does, found by looking at files only. Empty outside Git."""
    dot_git = folder / ".git"
    try:
        if dot_git.is_file():
            dot_git = folder / dot_git.read_text().partition("gitdir:")[2].strip()
        common = dot_git / "commondir"
        shared = dot_git / common.read_text().strip() if common.exists() else dot_git
        seen = hashlib.sha256()
        for file in (dot_git / "HEAD", shared / "packed-refs", *sorted(_files(shared / "refs"))):
            if file.exists():
                stat = file.stat()
                seen.update(f"{file}:{stat.st_mtime_ns}:{stat.st_size}\n".encode())
        return seen.hexdigest()[:16]
    except OSError:
        return ""


def _files(folder: Path) -> Iterable[Path]:
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path))
        else:
            yield Path(entry.path)


class Repository:
    """A connected clone: which of the commits that experiments start from it holds."""

    def __init__(self, root: Path) -> None:
        """Look at the working tree at `root`; nothing is read yet."""
        self.root = root

    def reason(self, sha: str, commits: Sequence[Commit]) -> str | None:
        """Why an experiment that starts from `sha` is detached; None when it is not."""
        if sha == NO_COMMIT:
            return "no Git"
        if any(commit.sha == sha for commit in commits):
            return None
        known = (
            _SHA.fullmatch(sha) is not None
            and git(self.root, "cat-file", "-e", f"{sha}^{{commit}}") is not None
        )
        return "not pushed" if known else "unknown commit"

    def commits(self, shas: Iterable[str]) -> list[Commit]:
        """Those of `shas` that are reachable from what counts as the repository, newest first."""
        found = []
        for sha in sorted(set(shas) - {NO_COMMIT}):
            branch = self._branch(sha) if _SHA.fullmatch(sha) else None
            said = _git(self.root, "cat-file", "commit", sha) if branch else None
            if branch and said:
                found.append(_commit(sha, said, branch))
        return sorted(found, key=lambda commit: -commit.time)

    def _branch(self, sha: str) -> str | None:
        """The branch that a commit is shown under: the repository's main one if it holds it."""
        remote = git(self.root, "remote")
        spaces = ("refs/remotes",) if remote else ("refs/heads", "refs/tags")
        refs = git(
            self.root, "for-each-ref", "--format=%(refname)", "--sort=-committerdate",
            f"--contains={sha}", *spaces,
        )  # fmt: skip
        names = [name for ref in (refs or "").splitlines() if (name := _short(ref))]
        for first in ("main", "master"):
            if first in names:
                return first
        return names[0] if names else None


def _commit(sha: str, said: bytes, branch: str) -> Commit:
    """A commit object as Git stores it: lines of `name value`, an empty line, the message."""
    head, _, message = said.partition(b"\n\n")
    fields: dict[bytes, bytes] = {}
    for line in head.splitlines():
        name, _, value = line.partition(b" ")
        fields.setdefault(name, value)
    coding = fields.get(b"encoding", b"utf-8").decode("ascii", "replace")
    author = fields.get(b"author", b"").rpartition(b" <")[0]
    first = message.lstrip(b"\n").partition(b"\n\n")[0]
    title = " ".join(_text(first, coding).split("\n")).strip()
    return Commit(sha, title, _text(author, coding), _time(fields.get(b"committer", b"")), branch)


def _time(person: bytes) -> float:
    """When a person, `Name <mail> seconds zone`, is said to have done it; absurd times are the epoch."""
    found = re.fullmatch(rb"(-?\d{1,15}) [+-]\d+", person.rpartition(b"> ")[2])
    return float(found[1]) if found else 0.0


def _text(raw: bytes, coding: str) -> str:
    try:
        return raw.decode(coding, "replace")
    except (LookupError, ValueError):
        return raw.decode(errors="replace")


def _short(ref: str) -> str:
    _, kind, name = ref.split("/", 2)
    if kind == "remotes":
        name = name.partition("/")[2]
    return "" if name == "HEAD" else name
