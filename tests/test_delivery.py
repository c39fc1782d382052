"""Where runs go: what was said at the call, then `connect`, then the environment; and who is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from live_studio import config, delivery
from live_studio.delivery import Target, address, target
from live_studio.errors import InvalidAddress, TokenError
from live_studio.tokens import mint
from tests.servers import Server, own_home, running

TOKEN = mint()
VARIABLES = (config.URL, config.TOKEN, config.DVC_URL, config.DVC_OFFLINE, *config.DVC_TOKENS)

SWITCHES = """
import json, sys
from live_studio import Live, connect, experiments
url, token = sys.argv[1:]
PNG = b"\\x89PNG\\r\\n\\x1a\\n" + bytes(40)
live = Live(exp_name="switches", params={"lr": 0.1})
for step in range(100):
    live.log_metric("loss", float(step))
    live.next_step()
live.log_image("a.png", PNG)
import time
while not any(row.name == "switches" and row.step for row in experiments()):
    time.sleep(0.05)
connect(url, token)
for step in range(100, 200):
    live.log_metric("loss", float(step))
    live.next_step()
live.end()
with Live(exp_name="after") as late:
    late.log_metric("loss", 1.0)
print(json.dumps([[row.name, row.status] for row in experiments()]))
"""


@pytest.fixture(autouse=True)
def _nothing_set(store_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("https://host/base/live-studio/", "https://host/base/live-studio/"),
        (" https://host/base/live-studio ", "https://host/base/live-studio/"),
        ("http://localhost:8888", "http://localhost:8888/"),
        ("https://host/live-studio/#tab", "https://host/live-studio/"),
        ("https://host/user/jörg m%20x/", "https://host/user/j%C3%B6rg%20m%20x/"),
    ],
)
def test_an_address_has_one_spelling(said: str, meant: str) -> None:
    assert address(said) == meant


@pytest.mark.parametrize(
    "said",
    ["host/live-studio", "ftp://host/", "https://", "http://host:port/", "http://[::1/", "",
     "https://ada:hunter2@host/", "https://host/?token=hunter2", "http://host..example/",
     f"http://{'a' * 70}.example/", "http://ho st/", "http://ho\0st/", "http://host/\ud800/"],
)  # fmt: skip
def test_what_is_no_address_raises_at_once_and_shows_no_secret(said: str) -> None:
    with pytest.raises(InvalidAddress) as told:
        address(said)
    assert "hunter2" not in str(told.value)


@pytest.mark.parametrize("token", ["hunter2", "isat_abc", "lst_with space", "lst_líne", "lst_a\nb"])
def test_a_token_of_another_kind_raises_at_once_and_is_not_shown(token: str) -> None:
    with pytest.raises(TokenError) as told:
        target("https://host/", token, at_home=False)
    assert token not in str(told.value)


def test_a_target_does_not_show_its_token() -> None:
    assert TOKEN not in repr(Target("https://host/", TOKEN))


FAR = "https://host/live-studio/"
DVC = {config.DVC_URL: FAR, "DVC_STUDIO_TOKEN": TOKEN}


@pytest.mark.parametrize(
    ("environment", "goes"),
    [
        ({}, None),
        ({config.URL: FAR}, FAR),
        ({config.URL: FAR} | DVC | {config.DVC_URL: "https://other/"}, FAR),
        (DVC, FAR),
        ({config.DVC_URL: FAR, "STUDIO_TOKEN": TOKEN}, FAR),
        # Another product's Studio is no place for journals.
        (DVC | {"DVC_STUDIO_TOKEN": "isat_something"}, None),
        ({config.DVC_URL: FAR}, None),
        (DVC | {config.DVC_OFFLINE: "true"}, None),
    ],
)
def test_the_environment_says_where_runs_go(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], goes: str | None
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    found = target(None, None, at_home=False)
    assert (found and found.url) == goes
    assert target(None, None, at_home=True) is None


def test_beside_a_server_what_dvc_is_told_counts_for_dvc_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = {"url": "http://here/", "store_id": "1", "journal_version": 1, "token": TOKEN}
    (tmp_path / "server.json").write_text(json.dumps(said))
    monkeypatch.setenv(config.SERVER_FILE, str(tmp_path / "server.json"))
    for name, value in DVC.items():
        monkeypatch.setenv(name, value)
    assert target(None, None, at_home=False) is None
    monkeypatch.setenv(config.URL, FAR)
    found = target(None, None, at_home=False)
    assert found is not None
    assert found.url == FAR


@pytest.mark.parametrize("url", [" https://host/my lab/\n", "https://host/my%20lab"])
def test_a_token_finds_its_address_however_that_is_spelled(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv(config.URL, url)
    monkeypatch.setenv(config.TOKEN, TOKEN)
    found = target(None, None, at_home=False)
    assert found is not None
    assert config.token_for(found.url) == TOKEN
    assert config.token_for("https://host/my") is None


def test_a_token_is_sent_to_its_own_address_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(config.URL, FAR.rstrip("/"))
    monkeypatch.setenv(config.TOKEN, TOKEN)
    assert config.token_for(FAR) == TOKEN
    assert config.token_for("https://evil.example/") is None
    monkeypatch.delenv(config.URL)
    assert config.token_for("https://evil.example/") == TOKEN  # named beside no address: for any


def test_a_wrong_address_in_the_environment_stops_no_training(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(config.URL, "no address")
    with pytest.warns(UserWarning, match="records at home"):
        assert target(None, None, at_home=False) is None


def test_a_token_without_an_address_is_a_mistake() -> None:
    with pytest.raises(InvalidAddress, match="LIVE_STUDIO_URL"):
        target(None, TOKEN, at_home=False)


def test_connect_takes_open_runs_along_from_their_start(tmp_path: Path) -> None:
    home = tmp_path / "kernel"
    home.mkdir()
    with running(tmp_path) as server:
        token = server.token()
        env = own_home(home) | {"LIVE_STUDIO_STORE": str(home / "store.db")}
        done = subprocess.run(
            [sys.executable, "-c", SWITCHES, server.url, token],
            env=env, cwd=home, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == [["switches", "stopped"]]
        whole(server, "switches", 200)
        whole(server, "after", 1)
        (picture,) = server.experiment("switches")["images"]  # type: ignore[index]
        assert picture["step"] == 100
    assert not list((home / "store.db.journals").rglob("*.journal"))


def whole(server: Server, name: str, steps: int) -> None:
    row = server.experiment(name)
    assert row is not None
    assert (row["status"], row["generation"]) == ("completed", 1)
    (path,) = row["series"]
    assert len(server.series(row["id"], path)["step"]) == steps


def test_a_spool_is_private_and_holds_the_address_alone(store_path: Path) -> None:
    where = Target(FAR, TOKEN)
    spool = delivery.folder(store_path, where)
    assert spool.parent == config.journals_dir(store_path)
    assert json.loads((spool / "target.json").read_text()) == {"url": FAR}
    assert os.stat(spool / "target.json").st_mode & 0o077 == 0
    assert os.stat(spool).st_mode & 0o077 == 0
    assert delivery.folder(store_path, Target("https://other/", TOKEN)) != spool
