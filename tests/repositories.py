"""Real Git repositories for tests, in a home of their own."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from live_studio.events import Connect, Data, Key
from live_studio.git.here import here
from live_studio.studio import Studio
from tests.servers import own_home, until


@dataclass
class Repo:
    """A working tree; `git` runs in it as its user would run it."""

    folder: Path
    env: dict[str, str] = field(repr=False)

    @classmethod
    def new(cls, folder: Path, name: str = "clone", *arguments: str) -> Repo:
        """An empty repository without a remote."""
        repo = cls(folder / name, own_home(folder))
        repo.folder.mkdir(parents=True)
        repo.git("init", "--quiet", *arguments)
        return repo

    @classmethod
    def pushed(cls, folder: Path) -> Repo:
        """A repository with one commit, which a bare remote has too."""
        repo = cls.new(folder)
        repo.git("init", "--quiet", "--bare", str(folder / "remote.git"))
        repo.git("remote", "add", "origin", str(folder / "remote.git"))
        repo.commit("First")
        repo.git("push", "--quiet", "--set-upstream", "origin", "main")
        return repo

    def git(self, *arguments: str, given: str | bytes = b"", **env: str) -> str:
        """What Git prints."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env=self.env | env,
            input=given.encode() if isinstance(given, str) else given,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        return done.stdout.decode(errors="replace").strip()

    def write(self, path: str, text: str) -> None:
        """Write a file of the working tree."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def commit(self, message: str, **files: str) -> str:
        """A new commit with a file of its own; returns its id."""
        self.write(f"{message[:20].replace('/', '_')}.txt", message)
        for path, text in files.items():
            self.write(path, text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", message)
        return self.head

    def hold(self, baseline: str, name: str, space: str = "refs/exps") -> str:
        """An experiment as `dvc exp run` leaves it; returns its commit."""
        self.git("checkout", "--quiet", "--detach", baseline)
        sha = self.commit(f"Experiment {name}", **{"dvclive/metrics.json": '{"acc": 0.9}'})
        self.git("checkout", "--quiet", "main")
        self.git("update-ref", f"{space}/{baseline[:2]}/{baseline[2:]}/{name}", sha)
        return sha

    @property
    def head(self) -> str:
        """The commit that stands here."""
        return self.git("rev-parse", "HEAD")


@dataclass
class Table:
    """What a dashboard over a Studio would know of one clone."""

    studio: Studio
    repo: Repo

    def __post_init__(self) -> None:
        self.url = here(self.repo.folder).repo_url
        self.connect(self.repo.folder)

    def connect(self, folder: Path) -> None:
        self.studio.record([Connect(self.url, str(folder))])

    def run(self, name: str, sha: str | None = None) -> None:
        """Let an experiment report that started from a commit, by default from HEAD."""
        key = Key(self.url, sha or self.repo.head, name)
        self.studio.record([Data(key, "dvclive", step=1)])

    def changes(self) -> dict[str, Any]:
        self.studio.look_at_refs()
        return self.studio.changes().value

    def row(self, name: str) -> dict[str, Any] | None:
        return next((one for one in self.changes()["experiments"] if one["name"] == name), None)

    def place(self, name: str) -> dict[str, Any]:
        (found,) = [row for row in self.changes()["experiments"] if row["name"] == name]
        place: dict[str, Any] = found["place"]
        return place

    def reason(self, name: str) -> str | None:
        reason: str | None = self.place(name)["reason"]
        return reason

    def becomes(self, name: str, reason: str | None) -> dict[str, Any]:
        """Wait until the row stands there for this reason, by itself; returns its place."""
        found: dict[str, Any] = {}

        def looked() -> bool:
            found.clear()
            found.update(self.place(name))
            return found["reason"] == reason

        try:
            until(looked, f"{name} to be {reason}")
        except AssertionError:
            raise AssertionError(f"{name} is {found}, not {reason}") from None
        return found

    def commits(self) -> list[dict[str, Any]]:
        """The commits, once Git has been read."""
        until(
            lambda: all(
                row["place"]["reason"] != "reading Git" for row in self.changes()["experiments"]
            ),
            "Git to be read",
        )
        commits: list[dict[str, Any]] = self.changes()["commits"]
        return commits

    def commit(self, sha: str) -> dict[str, Any] | None:
        return next((one for one in self.commits() if one["sha"] == sha), None)


def give_away(folder: Path) -> None:
    """Let all of a folder belong to somebody who is not us; only root can."""
    for inside, _, files in os.walk(folder):
        for path in (inside, *(f"{inside}/{file}" for file in files)):
            os.chown(path, 12345, 12345, follow_symlinks=False)
