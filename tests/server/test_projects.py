"""Projects through the viewers' door, with real repositories behind it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests

from tests.repositories import Repo
from tests.servers import JUPYTER_TOKEN, Server, running, until

VIEWER = {"Authorization": f"token {JUPYTER_TOKEN}"}


@pytest.fixture(scope="module", name="repo")
def _repo(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    return Repo.pushed(tmp_path_factory.mktemp("repo"))


def ask(server: Server, method: str, path: str, **how: Any) -> requests.Response:
    return requests.request(method, server.url + path, headers=VIEWER, timeout=60, **how)


def start(server: Server, token: str, repo_url: str, sha: str, name: str, **more: Any) -> None:
    body = {"type": "start", "repo_url": repo_url, "baseline_sha": sha, "name": name}
    assert server.post(body | {"client": "dvclive"} | more, token).status_code == 200


def test_a_project_is_made_changed_and_deleted(server: Server, repo: Repo) -> None:
    made = ask(server, "POST", "api/projects", json={"path": str(repo.folder), "name": "Mine"})
    assert made.status_code == 201
    project = made.json()
    assert project["name"] == "Mine"
    assert project["path"] == str(repo.folder)
    own = f"api/projects/{project['id']}"
    view = {"sort": ["loss"], "columns": {"hidden": ["lr"]}}
    assert ask(server, "PATCH", own, json={"view": view, "name": "M"}).json()["view"] == view
    assert ask(server, "GET", own).json()["name"] == "M"
    known = ask(server, "GET", "api/projects").json()["projects"]
    assert known == [ask(server, "GET", own).json()]
    (shown,) = server.changes()["projects"]
    assert shown["view"] == view
    assert "path" not in shown
    assert ask(server, "DELETE", own).json() == {}
    assert server.changes()["projects"] == []
    assert ask(server, "GET", own).status_code == 404
    assert ask(server, "DELETE", own).status_code == 404
    assert ask(server, "POST", own + "/restore").json() == {}
    assert ask(server, "GET", own).json()["view"] == view
    answer = ask(server, "POST", own + "/reload")
    assert answer.json() == {"detail": "Fetched origin."}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "api/projects", b"", 400),
        ("POST", "api/projects", b"{}", 400),
        ("POST", "api/projects", b'{"path": "/nowhere 100%s"}', 400),
        ("POST", "api/projects", b'{"name": 1, "repo_url": "x"}', 400),
        ("POST", "api/projects", b'{"nme": "x"}', 400),
        ("PATCH", "api/projects/000000000000", b'{"name": "x"}', 404),
        ("POST", "api/projects/000000000000/reload", b"", 404),
        ("POST", "api/projects/000000000000/restore", b"", 404),
        ("GET", "api/projects/000000000000", b"", 404),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    server: Server, method: str, path: str, body: bytes, status: int
) -> None:
    answer = ask(server, method, path, data=body)
    assert answer.status_code == status
    assert list(answer.json()) == ["detail"]
    assert "%%" not in answer.text
    assert len(answer.text) < 500


def test_projects_are_for_viewers_alone(server: Server, token: str) -> None:
    for headers in ({}, {"Authorization": f"token {token}"}):
        answer = requests.get(server.url + "api/projects", headers=headers, timeout=30)
        assert answer.status_code in (401, 403)
    with requests.Session() as browser:
        browser.get(f"{server.root}lab?token={JUPYTER_TOKEN}", timeout=30)
        body = {"repo_url": "github.com/o/r"}
        refused = browser.post(server.url + "api/projects", json=body, timeout=30)
        assert refused.status_code == 403
        xsrf = {"X-XSRFToken": browser.cookies["_xsrf"]}
        made = browser.post(server.url + "api/projects", json=body, headers=xsrf, timeout=30)
        assert made.status_code == 201


def test_two_projects_of_one_repository_outlive_the_server(tmp_path: Path, repo: Repo) -> None:
    with running(tmp_path) as server:
        token = server.token("--name", "t")
        whole = ask(server, "POST", "api/projects", json={"path": str(repo.folder)}).json()
        part = ask(
            server, "POST", "api/projects",
            json={"path": str(repo.folder), "name": "Part", "subdir": "models"},
        ).json()  # fmt: skip
        for number, project in enumerate((whole, part)):
            view = {"view": {"number": number}}
            ask(server, "PATCH", f"api/projects/{project['id']}", json=view)
        start(server, token, whole["repo_url"], repo.head, "shared", subdir="models")
        server.stop()
        server.start()
        changes = server.changes()
        assert [row["name"] for row in changes["experiments"]] == ["shared"]
        assert {one["id"]: (one["view"], one["subdir"], one["repo_url"]) for one in changes["projects"]} == {
            whole["id"]: ({"number": 0}, None, whole["repo_url"]),
            part["id"]: ({"number": 1}, "models", whole["repo_url"]),
        }  # fmt: skip
        until(
            lambda: server.changes()["experiments"][0]["place"]["kind"] == "commit",
            "the row under its commit after the restart",
        )
