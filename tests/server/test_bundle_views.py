"""A project leaves and comes in over HTTP as it does from a terminal; what cannot be taken changes nothing."""

from __future__ import annotations

import json
import resource
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from live_studio import cli
from tests.server.test_store_trouble import event, point
from tests.servers import JUPYTER_TOKEN, Server, running

HEADERS = {"Authorization": f"token {JUPYTER_TOKEN}"}
UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


@pytest.fixture(scope="module", name="filled")
def _filled(server: Server) -> Server:
    """Three runs of one project."""
    token = server.token("--name", "moves")
    for number in range(3):
        name = f"run-{number}"
        for said in (event("start", name), point(0, name), event("done", name)):
            assert server.post(said, token).status_code == 200
    return server


@pytest.fixture(scope="module", name="file")
def _file(filled: Server) -> bytes:
    answer = filled.get(f"api/projects/{project(filled)}/export")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Disposition"].endswith(".live-studio")
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    return answer.content


def project(server: Server) -> str:
    (found,) = server.get("api/projects").json()["projects"]
    return str(found["id"])


def send(server: Server, body: Any, **how: Any) -> requests.Response:
    how.setdefault("headers", HEADERS)
    return requests.post(f"{server.url}api/import", data=body, timeout=60, **how)


def left_behind(server: Server) -> list[Path]:
    return [*Path(server.env["TMPDIR"]).glob("live_studio-*")]


@pytest.fixture(scope="module", name="other")
def _other(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("other")
    with pytest.MonkeyPatch.context() as patch:
        (folder / "tmp").mkdir()
        patch.setenv("TMPDIR", str(folder / "tmp"))
        with running(folder) as server:
            yield server


def test_what_one_server_gives_another_takes_once_and_says_what_it_has(
    other: Server, file: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = send(other, file).json()
    assert (said["taken"], sorted(said["names"])) == (3, ["run-0", "run-1", "run-2"])
    assert (said["there"], said["in_trash"]) == (0, 0)
    assert said["projects"] == other_projects(other)
    one = other.experiment("run-1") or {}
    assert one["status"] == "completed"
    deleted = requests.delete(
        f"{other.url}api/experiments/{one['id']}", headers=HEADERS, timeout=30
    )
    assert deleted.status_code == 200
    # In pieces, as a browser sends what is large.
    again = send(other, iter([file[:1000], file[1000:]])).json()
    assert (again["taken"], again["there"], again["in_trash"]) == (0, 3, 1)
    # The command reads what the page has saved.
    (tmp_path / "saved.live-studio").write_bytes(file)
    monkeypatch.setenv("LIVE_STUDIO_STORE", str(tmp_path / "third.db"))
    assert cli.main(["import", str(tmp_path / "saved.live-studio")]) == 0
    assert left_behind(other) == []


def other_projects(server: Server) -> list[dict[str, str]]:
    return [
        {"id": one["id"], "name": one["name"]}
        for one in server.get("api/projects").json()["projects"]
    ]


@pytest.mark.parametrize("body", [b"", b"no such file", "cut", "later"])
def test_a_file_that_is_none_is_refused_in_a_sentence_and_nothing_comes_in(
    other: Server, file: bytes, body: bytes | str
) -> None:
    if body == "cut":
        body = file[: len(file) // 2]
    if body == "later":
        # The number in SQLite's header that says which version of ours wrote it.
        body = file[:60] + (99).to_bytes(4, "big") + file[64:]
    before = other.changes() | {"now": ""}
    answer = send(other, body)
    assert answer.status_code == 400
    assert "the file" in answer.json()["detail"]
    assert other.changes() | {"now": ""} == before
    assert left_behind(other) == []


def test_who_may_not_write_is_refused_before_a_byte_of_the_file_is_sent(other: Server) -> None:
    there = urlsplit(other.url)
    with socket.create_connection((there.hostname, there.port), timeout=60) as connection:
        # With a token against forgery, which anybody can make up, and without a login.
        forged = "ab" * 16
        head = (
            f"POST {there.path}api/import HTTP/1.1\r\nHost: {there.netloc}\r\nContent-Length: 70000\r\n"
            f"Cookie: _xsrf={forged}\r\nX-XSRFToken: {forged}\r\n\r\n"
        )
        connection.sendall(head.encode())
        assert connection.recv(100).split()[1] == b"403"
    assert left_behind(other) == []


def test_a_method_that_is_none_is_answered_whatever_body_it_has(other: Server) -> None:
    for body in (b"{}", b"x" * 300_000):
        answer = requests.put(f"{other.url}api/import", data=body, timeout=60, headers=HEADERS)
        assert answer.status_code == 405
        assert left_behind(other) == []


def test_a_full_disk_is_said_both_ways_and_leaves_nothing_behind(
    other: Server, file: bytes
) -> None:
    resource.prlimit(other.process.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    try:
        answers = [other.get(f"api/projects/{project(other)}/export"), send(other, file)]
    finally:
        resource.prlimit(other.process.pid, resource.RLIMIT_FSIZE, UNLIMITED)
    for answer in answers:
        assert answer.status_code == 507, answer.text
        assert "disk" in json.loads(answer.text)["detail"]
    assert left_behind(other) == []
    assert send(other, file).status_code == 200


def test_a_folder_for_files_that_is_gone_is_named_both_ways(other: Server, file: bytes) -> None:
    folder = Path(other.env["TMPDIR"])
    away = folder.rename(folder.with_name("away"))
    try:
        answers = [other.get(f"api/projects/{project(other)}/export"), send(other, file)]
    finally:
        away.rename(folder)
    for answer in answers:
        assert answer.status_code == 507, answer.text
        said = json.loads(answer.text)["detail"]
        assert str(folder) in said
        assert "TMPDIR" in said
    assert send(other, file).status_code == 200


def test_a_project_that_is_none_has_no_file(filled: Server) -> None:
    assert filled.get(f"api/projects/{'0' * 12}/export").status_code == 404
