"""Several clones of one repository on one machine are looked at together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from live_studio.events import Connect
from live_studio.studio import Studio
from tests.repositories import Repo, Table
from tests.servers import own_home, until


@pytest.fixture(name="repo")
def _repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    for name, value in own_home(tmp_path).items():
        monkeypatch.setenv(name, value)
    return Repo.pushed(tmp_path)


@pytest.fixture(name="table")
def _table(studio: Studio, repo: Repo) -> Table:
    return Table(studio, repo)


def second_clone(repo: Repo, tmp_path: Path) -> Repo:
    repo.git("clone", "--quiet", str(tmp_path / "remote.git"), str(tmp_path / "second"))
    return Repo(tmp_path / "second", repo.env)


def test_runs_in_two_clones_do_not_take_turns(table: Table, repo: Repo, tmp_path: Path) -> None:
    other = second_clone(repo, tmp_path)
    here_only = repo.commit("Here only")
    there_only = other.commit("There only")
    for _ in range(2):
        table.connect(repo.folder)
        table.run("here", here_only)
        table.connect(other.folder)
        table.run("there", there_only)
        assert "Push main" in table.becomes("here", "not pushed")["advice"]
        assert "Push main" in table.becomes("there", "not pushed")["advice"]
    (path,) = table.studio.store.read("SELECT path FROM repos")[0]
    assert path == str(repo.folder), "a run elsewhere must not take the first clone's place"


def test_what_another_clone_has_pushed_hangs_under_its_commit(
    table: Table, repo: Repo, tmp_path: Path
) -> None:
    other = second_clone(repo, tmp_path)
    table.connect(other.folder)
    sha = other.commit("There")
    table.run("run", sha)
    table.becomes("run", "not pushed")
    other.git("push", "--quiet")
    table.becomes("run", None)
    assert [(one["title"], one["branch"], one["order"]) for one in table.commits()] == [
        ("There", "main", 0),
        ("First", "main", 1),
    ]
    exp = other.hold(sha, "theirs")
    until(lambda: table.row("theirs"), "the experiment that only the second clone holds")
    assert (table.row("theirs") or {})["experiment_rev"] == exp


def test_one_of_two_clones_may_vanish(table: Table, repo: Repo, tmp_path: Path) -> None:
    other = second_clone(repo, tmp_path)
    table.connect(other.folder)
    table.run("run")
    table.becomes("run", None)
    repo.folder.rename(tmp_path / "away")
    other.commit("Moves the refs")
    table.becomes("run", None)
    (project,) = table.changes()["projects"]
    assert project["trouble"] is None
    other.folder.rename(tmp_path / "away too")
    table.becomes("run", "not connected")


def test_a_clone_that_somebody_chooses_comes_first(
    table: Table, repo: Repo, tmp_path: Path
) -> None:
    other = second_clone(repo, tmp_path)
    table.studio.record([Connect(table.url, str(other.folder), chosen=True)])
    assert tuple(table.studio.store.read("SELECT path, others FROM repos")[0]) == (
        str(other.folder),
        f'["{repo.folder}"]',
    )
    for number in range(9):
        table.studio.record([Connect(table.url, str(tmp_path / f"many{number}"))])
    (others,) = table.studio.store.read("SELECT others FROM repos")[0]
    assert len(json.loads(others)) == 3
