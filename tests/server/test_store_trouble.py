"""A server whose store goes wrong says so at both doors, and is well again without a restart."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests
import websocket

from live_studio.events import Key, Start
from live_studio.store.schema import MAJOR
from live_studio.studio import Studio
from tests.servers import JUPYTER_TOKEN, Server, own_home, running, until

SHA = "1dc7b7bd70c19851d751788ee36ed964c25da1f4"
LOSS = "dvclive/plots/metrics/loss.tsv"


def event(kind: str, name: str = "run", **more: Any) -> dict[str, Any]:
    key = {"repo_url": "github.com/o/r", "baseline_sha": SHA, "name": name, "client": "dvclive"}
    return {"type": kind, **key, **more}


def point(step: int, name: str = "run") -> dict[str, Any]:
    plots = {LOSS: {"data": [{"step": step, "loss": step / 2}]}}
    return event("data", name, step=step, plots=plots)


def trouble(server: Server) -> dict[str, Any]:
    return server.changes().get("trouble") or {}


def steps(server: Server, name: str = "run") -> list[int]:
    found = server.experiment(name)
    return server.series(found["id"], LOSS)["step"] if found else []


class Stream:
    """One page's stream, as it arrives."""

    def __init__(self, server: Server, since: int = 0) -> None:
        self._socket = websocket.create_connection(
            f"ws{server.url.removeprefix('http')}api/stream?since={since}",
            timeout=60,
            header=[f"Authorization: token {JUPYTER_TOKEN}"],
        )

    def until_trouble(self, kind: str | None) -> dict[str, Any]:
        while True:
            said = json.loads(self._socket.recv())
            if (said.get("trouble") or {}).get("kind") == kind:
                return said  # type: ignore[no-any-return]

    def until_closed(self) -> None:
        while self._socket.recv():
            pass

    def close(self) -> None:
        self._socket.close()
        # Where the server has said goodbye first, that alone leaves the connection open.
        self._socket.shutdown()


def starting(folder: Path, store: Path) -> Server:
    """A server that has been started; it may not announce itself."""
    return Server(folder, own_home(folder), "/", (f"--LiveStudioApp.store_path={store}",))


@pytest.fixture(name="blocked")
def _blocked(tmp_path: Path) -> Iterator[tuple[Server, Path]]:
    """A server whose store cannot be opened: a file stands where its folder should be."""
    in_the_way = tmp_path / "in-the-way"
    in_the_way.write_text("not a folder")
    server = starting(tmp_path, in_the_way / "store.db")
    port = free_port()
    server.port = port
    server.said = {"url": f"http://127.0.0.1:{port}/live-studio/"}
    try:
        server.launch()
        until(lambda: answers(server), "the server's first answer")
        yield server, in_the_way
    finally:
        server.stop()


def free_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def answers(server: Server) -> bool:
    try:
        return requests.get(server.url + "api/health", timeout=5).status_code == 200
    except requests.ConnectionError:
        return False


def test_a_store_that_cannot_be_opened_is_told_at_both_doors_and_tried_again(
    blocked: tuple[Server, Path],
) -> None:
    server, in_the_way = blocked
    answer = server.post(event("start"), "lst_" + "0" * 36)
    # Nobody can be asked whether the token is right; whoever is mistyped is told so all the same.
    assert answer.status_code in (401, 503)
    assert answer.headers["Content-Type"] == "application/json"
    said = trouble(server)
    assert said["kind"] == "unusable"
    assert "store" in said["text"]
    assert str(in_the_way.parent) not in said["text"]
    assert server.get("").status_code == 200
    refused = server.get("api/experiments/1/series", params={"path": "loss"})
    assert refused.status_code == 503
    assert refused.json() == {"detail": said["text"]}
    assert refused.headers["Retry-After"]
    stream = Stream(server)
    stream.until_trouble("unusable")
    in_the_way.unlink()
    stream.until_trouble(None)
    stream.close()
    server.said = until(server.announced, "the announcement of the store")
    assert server.post(event("start"), server.said["token"]).status_code == 200
    assert server.experiment("run")
    assert server.log.count("The store cannot be used") == 1
    assert "Traceback" not in server.log


def test_a_right_token_gets_503_while_the_store_cannot_be_read(tmp_path: Path) -> None:
    # A token that was mistyped is known without the store; this one is well formed.
    from live_studio.tokens import mint

    (tmp_path / "in-the-way").write_text("")
    server = starting(tmp_path, tmp_path / "in-the-way" / "store.db")
    server.port = free_port()
    server.said = {"url": f"http://127.0.0.1:{server.port}/live-studio/"}
    try:
        server.launch()
        until(lambda: answers(server), "the server's first answer")
        for path in ("live-studio/api/live", "api/live"):
            answer = requests.post(
                server.root + path,
                data=json.dumps(event("start")),
                headers={"Authorization": f"token {mint()}"},
                timeout=30,
            )
            assert answer.status_code == 503
            assert answer.headers["Retry-After"] == "5"
            assert "store" in answer.json()["detail"]
    finally:
        server.stop()


def test_a_store_of_a_later_major_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    with closing(sqlite3.connect(store)) as later:
        later.execute("CREATE TABLE later (x)")
        later.execute(f"PRAGMA user_version = {MAJOR}")
    before = store.read_bytes()
    server = starting(tmp_path, store)
    server.port = free_port()
    server.said = {"url": f"http://127.0.0.1:{server.port}/live-studio/"}
    try:
        server.launch()
        until(lambda: answers(server), "the server's first answer")
        said = trouble(server)
        assert said["kind"] == "newer"
        assert "later live_studio" in said["text"]
        assert str(tmp_path) not in said["text"]
        env = server.env | {"LIVE_STUDIO_STORE": str(store)}
        for command in (["doctor"], ["sync"], ["token", "create"]):
            done = subprocess.run(
                [sys.executable, "-m", "live_studio.cli", *command],
                env=env,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 1, command
            assert "later live_studio" in done.stdout + done.stderr
            assert "Traceback" not in done.stdout + done.stderr
    finally:
        server.stop()
    assert store.read_bytes() == before


def test_a_store_deleted_under_a_running_server_loses_nothing(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        token = server.token()
        assert server.post(event("start"), token).status_code == 200
        for step in range(20):
            assert server.post(point(step), token).status_code == 200
        stream = Stream(server)
        for suffix in ("", "-wal", "-shm"):
            server.store.with_name(server.store.name + suffix).unlink()
        stream.until_trouble("restored")
        stream.close()
        assert server.store.exists()
        assert server.post(point(20), token).status_code == 200
        assert steps(server) == list(range(21))
        assert "deleted while it was in use" in trouble(server)["text"]
        server.kill()
    with running(tmp_path) as server:
        assert steps(server) == list(range(21))


def test_a_store_replaced_under_a_running_server_is_used_and_pages_begin_anew(
    tmp_path: Path,
) -> None:
    with running(tmp_path) as server:
        token = server.token()
        for step in range(20):
            server.post(point(step), token)
        before = requests.get(server.url + "api/health", timeout=10).json()["store_id"]
        stream = Stream(server)
        stream.until_trouble(None)
        other = tmp_path / "other"
        other.mkdir()
        with closing(Studio(other / "o.db")) as theirs:
            theirs.record([Start(Key("github.com/o/r", SHA, "theirs"), "dvclive")])
        os.replace(other / "o.db", server.store)
        stream.until_closed()
        stream.close()
        after = requests.get(server.url + "api/health", timeout=10).json()["store_id"]
        assert after != before
        assert server.experiment("theirs")
        assert server.experiment("run") is None
        said = until(
            lambda: (s := server.announced()) and s["store_id"] == after and s,
            "the new announcement",
        )
        assert server.post(event("start"), said["token"]).status_code == 200
