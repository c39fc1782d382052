"""Real clients need a real place to run in: a Git repository with a remote, and a token."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers import Server, own_home


@dataclass(frozen=True)
class Place:
    """A Git repository with one pushed commit, in a home of its own."""

    folder: Path
    env: dict[str, str]

    @classmethod
    def make(cls, folder: Path) -> Place:
        env = own_home(folder)
        place = cls(folder / "project", env)
        place.folder.mkdir()
        remote = folder / "remote.git"
        place.git("init", "--quiet", "--bare", str(remote))
        place.git("init", "--quiet")
        (place.folder / "train.py").write_text("print('training')\n")
        place.git("add", "train.py")
        place.git("commit", "--quiet", "-m", "Train")
        place.git("remote", "add", "origin", str(remote))
        place.git("push", "--quiet", "--set-upstream", "origin", "main")
        return place

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env=self.env,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    @property
    def repo_url(self) -> str:
        return str(self.folder.parent / "remote")

    def run(self, code: str, **env: str) -> str:
        """Run a script as a person would; return what it wrote to stderr."""
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=self.folder,
            env=self.env | env,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stderr


@pytest.fixture(scope="module", name="place")
def _place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place.make(tmp_path_factory.mktemp("place"))


@pytest.fixture(scope="module", name="studio_env")
def _studio_env(server: Server) -> dict[str, str]:
    """What a person sets so that DVCLive reports to the server."""
    return {"DVC_STUDIO_URL": server.url, "DVC_STUDIO_TOKEN": server.token("--name", "dvclive")}
