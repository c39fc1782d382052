"""The short way of small posts: what is not as usual on it is answered as everywhere else."""

from __future__ import annotations

import http.client
import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any
from urllib.parse import urlsplit

import pytest

from live_studio.server.express import SOON
from tests.servers import Server, running, until

SHA = "1dc7b7bd70c19851d751788ee36ed964c25da1f4"
KIND = "application/json"


def body(name: str, step: int = 0, **fields: Any) -> bytes:
    who = {"repo_url": "github.com/o/r", "baseline_sha": SHA, "name": name, "client": "dvclive"}
    rows = {"loss.tsv": {"data": [{"step": step, "loss": step / 8}]}}
    return json.dumps({"type": "data", "step": step, "plots": rows, **who, **fields}).encode()


def post(
    connection: http.client.HTTPConnection, server: Server, token: str, sent: bytes
) -> tuple[int, bytes]:
    headers = {"Authorization": f"token {token}", "Content-Type": KIND}
    connection.request("POST", urlsplit(server.url).path + "api/live", sent, headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def values(server: Server, name: str) -> list[float]:
    found = server.experiment(name)
    assert found is not None
    return server.series(found["id"], "loss.tsv")["value"]


def request(server: Server, token: str, sent: bytes) -> bytes:
    """A request as it goes over the wire."""
    own = urlsplit(server.url)
    lines = (
        f"POST {own.path}api/live HTTP/1.1",
        *(f"Host: {own.netloc}", f"Authorization: token {token}"),
        *(f"Content-Type: {KIND}", f"Content-Length: {len(sent)}"),
    )
    return "\r\n".join([*lines, "", ""]).encode() + sent


def connected(server: Server) -> socket.socket:
    own = urlsplit(server.url)
    return socket.create_connection((own.hostname, own.port), timeout=60)


@pytest.fixture(name="token")
def _known_token(server: Server) -> str:
    """A token that was good a moment ago."""
    token = server.token("--name", "small")
    assert server.post(json.loads(body("first")), token).status_code == 200
    return token


def test_one_connection_brings_many_posts_and_each_is_recorded_once(
    server: Server, token: str
) -> None:
    own = urlsplit(server.url)
    with closing(http.client.HTTPConnection(own.netloc, timeout=60)) as connection:
        for step in range(50):
            assert post(connection, server, token, body("kept", step)) == (200, b"{}")
        status, said = post(connection, server, token, b'{"type": "data"')
        assert status == 400
        assert json.loads(said)["detail"]
        assert post(connection, server, token, body("kept", 50)) == (200, b"{}")
    assert values(server, "kept") == [step / 8 for step in range(51)]


def test_posts_that_come_at_once_are_answered_in_order(server: Server, token: str) -> None:
    bodies = (body("piped", 0), b"[]", body("piped", 1))
    with closing(connected(server)) as connection:
        connection.sendall(b"".join(request(server, token, one) for one in bodies))
        said = b""
        while said.count(b"HTTP/1.1 ") < len(bodies):
            more = connection.recv(65536)
            assert more, said
            said += more
    assert re.findall(rb"HTTP/1.1 (\d+)", said) == [b"200", b"400", b"200"]
    assert values(server, "piped") == [0.0, 1 / 8]


def test_a_body_that_takes_its_time_is_taken_whole_and_once(server: Server, token: str) -> None:
    sent = request(server, token, body("slow", 3))
    with closing(connected(server)) as connection:
        connection.sendall(sent[:-40])
        time.sleep(1.5 * SOON)
        connection.sendall(sent[-40:-20])
        time.sleep(0.1)
        connection.sendall(sent[-20:])
        with closing(http.client.HTTPResponse(connection, method="POST")) as answer:
            answer.begin()
            assert (answer.status, answer.read()) == (200, b"{}")
    assert values(server, "slow") == [3 / 8]


def test_who_hangs_up_halfway_leaves_nothing_and_holds_up_nobody(
    server: Server, token: str
) -> None:
    for seconds in (0.0, 1.5 * SOON):
        with closing(connected(server)) as connection:
            connection.sendall(request(server, token, body("gone"))[:-30])
            time.sleep(seconds)
    assert server.post(json.loads(body("here")), token).status_code == 200
    assert server.experiment("gone") is None


@pytest.fixture(scope="module", name="narrow")
def _narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose limits are within reach of a test."""
    sizes = ("--LiveStudioApp.body_bytes=2000000", "--LiveStudioApp.waiting_bytes=4000000")
    with running(tmp_path_factory.mktemp("narrow"), "/", *sizes) as server:
        yield server


@pytest.mark.parametrize("zeros", ["", "000000"])
def test_a_large_body_is_not_taken_for_a_small_one(narrow: Server, zeros: str) -> None:
    token = narrow.token("--name", f"large {zeros}")
    assert narrow.post(json.loads(body("first")), token).status_code == 200
    # Where zeros stand before it, the first nine digits are those of a small one.
    large = body("padded").ljust(2_100_000)
    sent = request(narrow, token, large).replace(b"Length: 21", f"Length: {zeros}21".encode())
    with closing(connected(narrow)) as connection, suppress(ConnectionError):
        connection.sendall(sent)
        assert re.match(rb"HTTP/1.1 4(13|00) ", connection.recv(65536))
    assert narrow.post(json.loads(body("after")), token).status_code == 200
    assert narrow.experiment("padded") is None


def test_who_hangs_up_gives_the_room_back(narrow: Server) -> None:
    token = narrow.token("--name", "hangs up")
    assert narrow.post(json.loads(body("first")), token).status_code == 200
    half = request(narrow, token, body("gone").ljust(60_000))[:-30]
    for _ in range(80):
        with closing(connected(narrow)) as connection:
            connection.sendall(half)
    large = json.loads(body("large", machine={"text": "x" * 500_000}))
    until(lambda: narrow.post(large, token).status_code == 200, "room after they hung up")


def test_a_length_that_only_looks_like_a_number_is_refused(server: Server, token: str) -> None:
    sent = request(server, token, b"{}").replace(b"Length: 2", b"Length: \xb2")
    with closing(connected(server)) as connection:
        connection.sendall(sent)
        assert connection.recv(65536).startswith(b"HTTP/1.1 400 ")
    assert "Traceback" not in server.log


def test_a_token_of_one_project_is_refused_in_another(server: Server) -> None:
    bound = server.token("--project", "github.com/o/other")
    own = json.loads(body("own", repo_url="github.com/o/other"))
    assert server.post(own, bound).status_code == 200
    answer = server.post(json.loads(body("foreign")), bound)
    assert (answer.status_code, server.experiment("foreign")) == (403, None)
    assert "insufficient_scope" in answer.headers["WWW-Authenticate"]
