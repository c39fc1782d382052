"""Where experiments hang in Git: decided when somebody looks, by what the connected clones hold."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .changes import Row, dumps, iso
from .commits import Commit, Repository, fingerprint
from .events import NO_COMMIT, Refs
from .store import Store


@dataclass(slots=True)
class Clone:
    """What was found in a connected clone while its refs stood still."""

    repository: Repository
    commits: list[Commit] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    reasons: dict[str, str | None] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    """Who asks while another asks Git waits for the answer: half of it says "not pushed"."""

    def learn(self, shas: Sequence[str]) -> None:
        """Ask Git about commits that nobody has asked about."""
        with self.lock:
            new = set(shas) - self.asked
            if new:
                found = [*self.commits, *self.repository.commits(new)]
                self.commits = sorted(found, key=lambda commit: -commit.time)
                self.asked |= new

    def reason(self, sha: str) -> str | None:
        """Why an experiment that starts from `sha` is detached; None when it is not."""
        with self.lock:
            if sha not in self.reasons:
                self.learn([sha])
                self.reasons[sha] = self.repository.reason(sha, self.commits)
            return self.reasons[sha]


class Look:
    """The connected clones as one answer sees them."""

    def __init__(self, clones: dict[str, Clone]) -> None:
        """Look at `clones`, by the address of their repository."""
        self._clones = clones

    def place(self, row: Row) -> dict[str, str | None]:
        """Where an experiment hangs, as the contract says it."""
        reason: str | None
        if row.baseline_sha == NO_COMMIT:
            reason = "no Git"
        elif row.repo_url not in self._clones:
            reason = "not connected"
        else:
            reason = self._clones[row.repo_url].reason(row.baseline_sha)
        return {"kind": "detached" if reason else "commit", "reason": reason}

    def commits(self, repo_url: str, baselines: Sequence[str]) -> list[str]:
        """The commits that experiments of a repository start from, as the contract's JSON."""
        if repo_url not in self._clones:
            return []
        clone = self._clones[repo_url]
        clone.learn(baselines)
        wanted = set(baselines)
        order: dict[str, int] = {}
        texts = []
        for commit in clone.commits:
            if commit.sha in wanted:
                order[commit.branch] = order.get(commit.branch, -1) + 1
                said = asdict(commit) | {"time": iso(commit.time)}
                texts.append(dumps({"repo_url": repo_url, **said, "order": order[commit.branch]}))
        return texts


class Places:
    """The connected clones of one store."""

    def __init__(self, store: Store) -> None:
        """Know the clones that `store` names; nothing is read yet."""
        self._store = store
        self._lock = threading.Lock()
        self._clones: dict[tuple[str, str, str], Clone] = {}

    def moved(self) -> list[Refs]:
        """Which clones have moved their refs since somebody last recorded it."""
        found = []
        for repo in self._store.read("SELECT repo_url, path, refs FROM repos"):
            now = fingerprint(Path(repo["path"]))
            if now != repo["refs"]:
                found.append(Refs(repo["repo_url"], now))
        return found

    def look(self) -> Look:
        """The clones as they are now; what is known of those whose refs stood still is kept."""
        clones = {}
        with self._lock:
            for repo in self._store.read("SELECT repo_url, path, refs FROM repos"):
                known = (repo["repo_url"], repo["path"], repo["refs"])
                if known not in self._clones:
                    for old in [key for key in self._clones if key[0] == repo["repo_url"]]:
                        del self._clones[old]
                    self._clones[known] = Clone(Repository(Path(repo["path"])))
                clones[repo["repo_url"]] = self._clones[known]
        return Look(clones)
