"""Projects, what Git holds of experiments, and fetching when somebody asks for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from live_studio.addresses import NO_COMMIT
from live_studio.errors import GitTrouble, InvalidProject, NoSuchProject
from live_studio.events import Data, Done, Key, Start
from live_studio.git import fetch
from live_studio.studio import Studio
from tests.repositories import Repo, Table
from tests.servers import own_home, until


@pytest.fixture(name="home", autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in own_home(tmp_path).items():
        monkeypatch.setenv(name, value)


@pytest.fixture(name="repo")
def _repo(tmp_path: Path) -> Repo:
    return Repo.pushed(tmp_path)


@pytest.fixture(name="table")
def _table(studio: Studio, repo: Repo) -> Table:
    return Table(studio, repo)


# projects


def test_a_repository_that_is_seen_first_has_a_project(studio: Studio) -> None:
    studio.record([Start(Key("github.com/o/r", NO_COMMIT, "run"), "dvclive")])
    (project,) = studio.projects.known()
    assert (project.name, project.repo_url, project.subdir) == ("r", "github.com/o/r", None)
    studio.record([Start(Key("github.com/o/r", NO_COMMIT, "another"), "dvclive")])
    assert len(studio.projects.known()) == 1


def test_projects_are_made_changed_deleted_and_restored(studio: Studio) -> None:
    made = studio.projects.make(" A  name ", repo_url="https://ada:s3cret@github.com/o/r.git")
    assert (made.name, made.repo_url) == ("A name", "github.com/o/r")
    seq = studio.store.seq()
    changed = studio.projects.change(made.id, {"name": "B", "subdir": "a/./b/"})
    assert (changed.name, changed.subdir, changed.view) == ("B", "a/b", None)
    (said,) = studio.changes(seq).value["projects"]
    assert said == {
        "id": made.id, "name": "B", "repo_url": "github.com/o/r", "subdir": "a/b",
        "connected": False, "trouble": None, "view": None,
    }  # fmt: skip
    view = {"filter": [{"column": "loss", "is": "<", "than": 0.5}], "sort": "loss"}
    assert studio.projects.change(made.id, {"view": view}).view == view
    assert studio.changes().value["projects"][0]["view"] == view
    assert studio.projects.change(made.id, {"view": None}).view is None

    seq = studio.store.seq()
    assert studio.projects.delete(made.id)
    assert studio.changes(seq).value["projects"] == [{"id": made.id, "deleted": True}]
    assert studio.changes().value["projects"] == []
    with pytest.raises(NoSuchProject):
        studio.projects.change(made.id, {"name": "C"})
    assert studio.projects.restore(made.id)
    assert studio.projects.one(made.id).name == "B"
    assert not studio.projects.restore("nowhere")


def test_a_deleted_project_comes_back_with_a_run(studio: Studio) -> None:
    key = Key("github.com/o/r", NO_COMMIT, "run")
    studio.record([Start(key, "dvclive")])
    (project,) = studio.projects.known()
    studio.projects.delete(project.id)
    studio.record([Data(key, "dvclive", step=1)])
    assert studio.projects.known() == []
    studio.record([Start(key, "dvclive")])
    assert [one.id for one in studio.projects.known()] == [project.id]


@pytest.mark.parametrize(
    "to",
    [
        {"name": ""},
        {"name": "a\x1b[31m"},
        {"name": "x" * 201},
        {"name": 7},
        {"subdir": "../up"},
        {"subdir": "/etc"},
        {"view": []},
        {"view": {"x": "y" * 70_000}},
        {"path": "relative"},
        {"path": "/nowhere/at/all"},
        {"path": "/"},
        {"path": "a\0b"},
        {"path": 7},
    ],
)
def test_a_project_that_cannot_be_is_refused(studio: Studio, to: dict[str, object]) -> None:
    made = studio.projects.make("ok", repo_url="github.com/o/r")
    with pytest.raises(InvalidProject):
        studio.projects.change(made.id, to)
    assert studio.projects.one(made.id) == made


def test_a_folder_of_a_clone_becomes_a_project_of_it(studio: Studio, repo: Repo) -> None:
    repo.write("models/one/train.py", "")
    repo.commit("Folder")
    made = studio.projects.make(path=str(repo.folder / "models"))
    assert (made.name, made.subdir, made.path) == ("remote", "models", str(repo.folder))
    whole = studio.projects.make("whole", path=str(repo.folder))
    assert whole.repo_url == made.repo_url
    assert studio.projects.of(made.repo_url, "models/one") == made.id
    assert studio.projects.of(made.repo_url, "modelsX") == whole.id
    assert studio.projects.of(made.repo_url, "") == whole.id
    assert studio.projects.of("github.com/no/where", "") is None
    assert len(studio.projects.known()) == 2


def test_a_clone_that_is_connected_takes_its_rows_from_detached(studio: Studio, repo: Repo) -> None:
    key = Key("github.com/o/r", repo.head, "run")
    studio.record([Data(key, "dvclive", step=1)])
    (project,) = studio.projects.known()
    seq = studio.store.seq()
    studio.projects.change(project.id, {"path": str(repo.folder)})

    def nested() -> bool:
        rows = studio.changes(seq).value["experiments"]
        return bool(rows) and rows[0]["place"]["kind"] == "commit"

    until(nested, "the row under its commit")
    (said,) = studio.changes().value["projects"]
    assert said["connected"]
    assert "path" not in said


def test_a_clone_in_trouble_says_so_in_its_project(table: Table, tmp_path: Path) -> None:
    table.run("run")
    table.repo.folder.rename(tmp_path / "away")
    table.becomes("run", "not connected")
    (project,) = table.changes()["projects"]
    assert "not there any more" in project["trouble"]


# experiments that Git holds


def test_experiments_that_git_holds_are_rows(table: Table, repo: Repo) -> None:
    sha = repo.hold(repo.head, "pushed/one")
    table.run("live")
    until(lambda: table.row("pushed/one"), "the row")
    table.becomes("pushed/one", None)
    found = table.row("pushed/one") or {}
    assert (found["status"], found["experiment_rev"], found["client"]) == ("completed", sha, "git")
    assert found["metrics"] == {"dvclive/metrics.json": {"acc": 0.9}}
    assert isinstance(found["id"], str)
    table.studio.delete(int(found["id"]))
    repo.hold(repo.head, "another")
    until(lambda: table.row("another"), "another row")
    assert table.row("pushed/one") is None, "what was deleted stays away"


def test_what_reported_live_is_the_same_row(table: Table, repo: Repo) -> None:
    key = Key(table.url, repo.head, "live")
    other = Key(table.url, repo.head, "renamed")
    table.studio.record([Start(key, "dvclive"), Start(other, "dvclive"), Done(key, "dvclive")])
    sha = repo.hold(repo.head, "live")
    renamed = repo.hold(repo.head, "as-dvc-called-it")
    table.studio.record([Done(other, "dvclive", experiment_rev=renamed)])
    until(lambda: (table.row("live") or {}).get("experiment_rev") == sha, "the revision")
    table.becomes("live", None)
    names = [one["name"] for one in table.changes()["experiments"]]
    assert sorted(names) == ["live", "renamed"]
    assert (table.row("live") or {})["client"] == "dvclive"


# fetching


def other_clone(repo: Repo, tmp_path: Path) -> Repo:
    repo.git("clone", "--quiet", str(tmp_path / "remote.git"), str(tmp_path / "other"))
    return Repo(tmp_path / "other", repo.env)


def test_nothing_is_fetched_until_somebody_reloads(
    table: Table, repo: Repo, tmp_path: Path
) -> None:
    other = other_clone(repo, tmp_path)
    sha = other.commit("Theirs")
    exp = other.hold(sha, "theirs")
    other.git("push", "--quiet", "origin", "main", "refs/exps/*:refs/exps/*")
    table.run("run", sha)
    table.becomes("run", "unknown commit")
    project = table.studio.project_of(table.url) or ""
    assert table.studio.projects.reload(project) == "Fetched origin."
    table.becomes("run", None)
    until(lambda: table.row("theirs"), "the experiment that was pushed")
    assert (table.row("theirs") or {})["experiment_rev"] == exp
    assert repo.git("for-each-ref", "refs/exps") == "", "the user's own refs stay as they are"


def test_a_project_without_a_clone_cannot_reload(studio: Studio) -> None:
    made = studio.projects.make("far", repo_url="github.com/o/r")
    with pytest.raises(InvalidProject, match="No clone"):
        studio.projects.reload(made.id)


def test_a_remote_that_is_gone_or_silent_is_said_in_a_sentence(repo: Repo, tmp_path: Path) -> None:
    for address in (
        "https://ada:s3cret@127.0.0.1:1/o/r.git",
        f"{tmp_path}//ada:s3cret@host/r.git",
        str(tmp_path / "nowhere" / "r.git"),
    ):
        repo.git("remote", "set-url", "origin", address)
        with pytest.raises(GitTrouble, match=r"^[A-Z].*\.$") as found:
            fetch.fetch(repo.folder)
        assert "s3cret" not in str(found.value)
        assert str(tmp_path) not in str(found.value)
    repo.git("remote", "remove", "origin")
    assert "no remote" in fetch.fetch(repo.folder)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("core.sshCommand", "{program}"),
        ("core.alternateRefsCommand", "{program}"),
        ("core.gitProxy", "{program}"),
        ("credential.helper", "!{program}"),
        ("credential.https://example.org.helper", "{program}"),
        ("remote.origin.uploadpack", "{program}"),
        ("remote.origin.vcs", "ext"),
        ("include.path", "{include}"),
    ],
)
def test_a_reload_runs_no_program_of_the_repository(
    repo: Repo, tmp_path: Path, setting: str, value: str
) -> None:
    canary = tmp_path / "canary"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {canary}\n")
    program.chmod(0o755)
    include = tmp_path / "include"
    include.write_text(f"[core]\n\tsshCommand = {program}\n")
    repo.git("config", setting, value.format(program=program, include=include))
    with pytest.raises(GitTrouble, match="names a program"):
        fetch.fetch(repo.folder)
    assert not canary.exists()


def test_hooks_and_odd_transports_do_not_run_in_a_reload(repo: Repo, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("reference-transaction", "post-merge", "pre-auto-gc"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {canary}\n")
        (hooks / name).chmod(0o755)
    repo.git("config", "core.hooksPath", str(hooks))
    repo.git("config", "protocol.ext.allow", "always")
    assert fetch.fetch(repo.folder) == "Fetched origin."
    repo.git("config", "remote.origin.url", f"ext::touch {canary}")
    with pytest.raises(GitTrouble):
        fetch.fetch(repo.folder)
    assert not canary.exists()
    repo.git("update-ref", "refs/heads/trap", "HEAD")
    assert canary.exists(), "the trap itself does not work"
