"""Two Jupyter servers over one store, and a server whose authorizer denies."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import websocket

from tests.servers import JUPYTER_TOKEN, Server, own_home, running, until

SHA = "1dc7b7bd70c19851d751788ee36ed964c25da1f4"
START: dict[str, Any] = {
    "type": "start",
    "repo_url": "github.com/o/r",
    "baseline_sha": SHA,
    "name": "run",
    "client": "dvclive",
}
DENIER = """
from jupyter_server.auth.authorizer import Authorizer
class Denier(Authorizer):
    def is_authorized(self, handler, user, action, resource):
        return resource != "live_studio"
"""


def test_a_second_server_leaves_the_first_ones_kernels_their_token(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        mine = first.said["token"]
        with running(tmp_path) as second:
            theirs = second.said["token"]
            assert theirs != mine
            assert first.post(START, mine).status_code == 200
            assert second.post(START, mine).status_code == 200
            first.kill()
            with running(tmp_path) as third:
                answer = third.post(START, mine)
                assert answer.status_code == 401
                assert "revoked" in answer.text
                assert third.post(START, theirs).status_code == 200
                second.stop()
                # A token that was just used is trusted for up to a second.
                until(lambda: third.post(START, theirs).status_code == 401, "the revocation", 5)
                assert third.post(START, third.said["token"]).status_code == 200


def test_the_stream_asks_the_authorizer_as_every_route_does(tmp_path: Path) -> None:
    (tmp_path / "denier.py").write_text(DENIER)
    path = [str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]
    env = own_home(tmp_path) | {"PYTHONPATH": os.pathsep.join(path)}
    server = Server(tmp_path, env, "/", ("--ServerApp.authorizer_class=denier.Denier",))
    try:
        server.start()
        assert server.get("api/changes").status_code == 403
        with pytest.raises(websocket.WebSocketBadStatusException) as refused:
            websocket.create_connection(
                f"ws{server.url.removeprefix('http')}api/stream",
                timeout=30,
                header=[f"Authorization: token {JUPYTER_TOKEN}"],
            )
        assert refused.value.status_code == 403
    finally:
        server.stop()
