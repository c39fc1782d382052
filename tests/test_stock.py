"""Where stock clients are told to send: a user's own setting wins, ours is not his."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from live_studio import config, stock
from tests.servers import own_home


@pytest.fixture(name="server_file")
def _server_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [*os.environ]:
        if name.startswith(("DVC", "STUDIO")):
            monkeypatch.delenv(name)
    for name, value in own_home(tmp_path).items():
        monkeypatch.setenv(name, value)
    for name in (stock.URL, stock.TOKEN, stock.REPO_URL):
        # What is set below is taken back after the test.
        monkeypatch.setenv(name, "")
    file = tmp_path / "server.json"
    monkeypatch.setenv(config.SERVER_FILE, str(file))
    monkeypatch.setattr(stock, "_ours", {}, raising=False)
    monkeypatch.setattr(stock, "_asked", None)
    monkeypatch.setattr(stock, "_followed", None)
    monkeypatch.chdir(tmp_path)
    return file


def announce(file: Path, number: int) -> None:
    said = {"url": f"http://127.0.0.1:{number}/", "store_id": "s", "journal_version": 1}
    file.write_text(json.dumps(said | {"token": f"token-{number}"}))


def test_a_server_that_started_again_is_followed_on_the_next_load(server_file: Path) -> None:
    announce(server_file, 1)
    assert stock.point_here() == "http://127.0.0.1:1/"
    assert not stock.points_elsewhere()
    announce(server_file, 2)
    assert stock.point_here() == "http://127.0.0.1:2/"
    assert os.environ[stock.TOKEN] == "token-2"


def test_what_a_user_sets_over_ours_is_the_users(server_file: Path) -> None:
    announce(server_file, 1)
    stock.point_here()
    os.environ[stock.URL] = "http://theirs/"
    announce(server_file, 2)
    assert stock.points_elsewhere()
    assert stock.point_here() is None
    assert os.environ[stock.URL] == "http://theirs/"


def clone(folder: Path, remote: str) -> Path:
    folder.mkdir()
    for words in (["init", "--quiet"], ["remote", "add", "origin", remote]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    return folder


def test_a_second_clone_is_named_because_dvcs_client_remembers_the_first(
    server_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dvc_studio_client.config import get_studio_config, get_studio_repo_url

    announce(server_file, 1)
    get_studio_repo_url.cache_clear()
    for name in ("one", "two", "one"):
        folder = tmp_path / name
        monkeypatch.chdir(folder if folder.exists() else clone(folder, f"https://host/o/{name}"))
        assert stock.is_behind()
        stock.point_here()
        assert not stock.is_behind()
        sent = get_studio_config()["repo_url"]
        assert sent.removeprefix("https://") == f"host/o/{name}"
    get_studio_repo_url.cache_clear()
