"""The real `dvc studio login` against the real server: denied, expired. Approval is a browser test."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.servers import JUPYTER_TOKEN, Server, own_home, running, until

pytestmark = pytest.mark.live_clients


@contextmanager
def logging_in(address: str, home: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`dvc studio login`, running in a home of its own."""
    home.mkdir(parents=True, exist_ok=True)
    with (
        (home / "said").open("w") as out,
        subprocess.Popen(
            [
                *(sys.executable, "-u", "-m", "dvc", "studio", "login", "--no-open"),
                *("-H", address, *arguments),
            ],
            env=own_home(home),
            cwd=home,
            stdout=out,
            stderr=out,
            text=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def page_of(home: Path) -> str:
    """The address that the terminal tells the person to open."""
    said = (home / "said").read_text()
    found = re.search(r"http://\S+device\?code=\S+", said)
    return found[0] if found else ""


def press(server: Server, page: str, answer: str) -> None:
    with requests.Session() as person:
        person.get(f"{server.root}lab?token={JUPYTER_TOKEN}", timeout=30)
        shown = person.get(page, timeout=30).text
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', shown))
        fields["answer"] = answer
        assert person.post(page.partition("?")[0], data=fields, timeout=30).status_code == 200


def test_a_login_that_is_denied_ends_with_a_sentence(server: Server, tmp_path: Path) -> None:
    with logging_in(server.url, tmp_path) as client:
        page = until(lambda: page_of(tmp_path), "the address to open")
        press(server, page, "deny")
        assert client.wait(60) == 1
    said = (tmp_path / "said").read_text()
    assert "failed to authenticate" in said
    assert "Traceback" not in said
    assert server.get("api/tokens").json()["tokens"] == []


def test_a_login_that_nobody_approves_expires(tmp_path: Path) -> None:
    folder, home = tmp_path / "server", tmp_path / "client"
    folder.mkdir()
    with (
        running(folder, "/user/me/", "--LiveStudioApp.login_seconds=2") as server,
        logging_in(server.url, home) as client,
    ):
        assert client.wait(60) == 1
        assert "expired" in (home / "said").read_text()
        assert server.get("api/tokens").json()["tokens"] == []


def test_an_address_without_its_slash_works_too(server: Server, tmp_path: Path) -> None:
    with logging_in(server.url.rstrip("/"), tmp_path, "--name", "no slash") as client:
        press(server, until(lambda: page_of(tmp_path), "the address to open"), "approve")
        assert client.wait(60) == 0
    names = [one["name"] for one in server.get("api/tokens").json()["tokens"]]
    assert names == ["no slash"]
