"""How much a producer may ask for: patience, pace and memory, and that others do not feel it."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from live_studio import tokens
from live_studio.server.limits import SMALL, Pace, Room
from tests.servers import Server, running, until

BODY_SECONDS = 2.0
REQUESTS_PER_SECOND = 3
REFUSALS_PER_SECOND = 2
TRAINED_SECONDS = 500.0
"""Ten times what is promised for a hundred requests in a flood: the machine may be busy."""


@pytest.fixture(scope="module", name="strict")
def _strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose limits are within reach of a test."""
    with running(
        tmp_path_factory.mktemp("strict"),
        "/",
        f"--LiveStudioApp.body_seconds={BODY_SECONDS}",
        f"--LiveStudioApp.requests_per_second={REQUESTS_PER_SECOND}",
        f"--LiveStudioApp.refusals_per_second={REFUSALS_PER_SECOND}",
        "--LiveStudioApp.body_bytes=2000000",
        "--LiveStudioApp.waiting_bytes=4000000",
    ) as server:
        yield server


@pytest.fixture(scope="module", name="strict_token")
def _strict_token(strict: Server) -> str:
    return strict.token("--name", "tests")


def body(name: str = "run", **fields: Any) -> dict[str, Any]:
    return {
        "type": "data",
        "repo_url": "github.com/o/r",
        "baseline_sha": "1dc7b7bd70c19851d751788ee36ed964c25da1f4",
        "name": name,
        "client": "dvclive",
        "step": 0,
    } | fields


class Held:
    """A request whose body does not end; whoever needs its answer waits for it."""

    def __init__(
        self, server: Server, token: str, length: int | None, sent: bytes, kind: str = ""
    ) -> None:
        own = urlsplit(server.url)
        assert own.hostname is not None
        self.socket = socket.create_connection((own.hostname, own.port), timeout=60)
        size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
        lines = [
            *(f"POST {own.path}api/live HTTP/1.1", f"Host: {own.netloc}"),
            *(f"Authorization: token {token}", size),
            *([f"Content-Type: {kind}"] if kind else []),
        ]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode() + sent)

    def drip(self, seconds: float) -> None:
        """Send a byte now and then, as long as it is taken and no answer is there."""
        self.socket.settimeout(0.1)
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            try:
                self.socket.sendall(b" ")
                if self.socket.recv(1, socket.MSG_PEEK):
                    return
            except TimeoutError:
                continue
            except OSError:
                return

    def answer(self) -> tuple[int, dict[str, str], dict[str, Any]]:
        """Status, headers and JSON; the server has hung up after them."""
        self.socket.settimeout(60)
        received = b""
        with self.socket:
            while more := self.socket.recv(65_536):
                received += more
        head, _, said = received.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        return int(first.split()[1]), headers, json.loads(said)


# size: three caps, and each by itself says so before another could


TOO_LARGE = "the body is too large: at most 2,000,000 bytes are taken, inflated"


def test_a_length_that_is_too_large_is_refused_before_a_byte_of_the_body(
    strict: Server, strict_token: str
) -> None:
    # Nothing of the body is ever sent: whoever waited for it would give up for another reason.
    status, headers, said = Held(strict, strict_token, 2_000_001, b"").answer()
    assert (status, said["detail"]) == (413, TOO_LARGE)
    assert headers["connection"] == "close"


def test_a_body_without_a_length_is_refused_where_it_grows_too_large(
    strict: Server, strict_token: str
) -> None:
    # It fits into the room that all bodies have, and its end never comes.
    sent = b"%x\r\n%s\r\n" % (2_000_001, bytes(2_000_001))
    status, headers, said = Held(strict, strict_token, None, sent).answer()
    assert (status, said["detail"]) == (413, TOO_LARGE)
    assert headers["connection"] == "close"


def test_a_small_body_that_inflates_too_large_is_refused(strict: Server, strict_token: str) -> None:
    # Neither its length nor the room for all bodies is in its way.
    packed = gzip.compress(bytes(2_000_001))
    headers = {"Authorization": f"token {strict_token}", "Content-Encoding": "gzip"}
    answer = requests.post(strict.url + "api/live", data=packed, headers=headers, timeout=60)
    assert (answer.status_code, answer.json()["detail"]) == (413, TOO_LARGE)


# patience


@pytest.mark.parametrize("kind", ["", "application/json"])
def test_half_a_body_that_is_held_open_is_cut(strict: Server, strict_token: str, kind: str) -> None:
    # The token is known from a moment ago: a small body goes the short way then.
    assert strict.post(body(), strict_token).status_code == 200
    before = strict.changes()["seq"]
    status, headers, said = Held(strict, strict_token, 500, b'{"type": "data",', kind).answer()
    assert status == 408
    assert headers["connection"] == "close"
    assert "2 s" in said["detail"]
    assert strict.changes()["seq"] == before


def test_a_body_that_drips_is_cut_all_the_same(strict: Server, strict_token: str) -> None:
    held = Held(strict, strict_token, 100_000, b"{")
    held.drip(60)
    assert held.answer()[0] == 408


def test_a_connection_serves_again_after_a_refused_body(strict: Server, strict_token: str) -> None:
    headers = {"Authorization": f"token {strict_token}"}
    with requests.Session() as session:
        for status, sent in ((400, b"{"), (200, json.dumps(body()).encode())):
            answer = session.post(strict.url + "api/live", data=sent, headers=headers, timeout=30)
            assert answer.status_code == status


def test_slow_bodies_and_wrong_tokens_do_not_hold_up_others(server: Server, token: str) -> None:
    """Fifty bodies that do not end and a flood of wrong tokens, while somebody trains."""
    stopped = threading.Event()
    wrong = tokens.mint()

    def knock() -> set[int]:
        statuses = set()
        with requests.Session() as session:
            while not stopped.wait(0.02):
                answer = session.post(
                    server.url + "api/live",
                    json=body(),
                    headers={"Authorization": f"token {wrong}"},
                    timeout=60,
                )
                statuses.add(answer.status_code)
        return statuses

    with ExitStack() as open_ones, ThreadPoolExecutor(5) as pool:
        for _ in range(50):
            held = Held(server, token, 1_000_000, b"{" + b" " * 1000)
            open_ones.enter_context(closing(held.socket))
        floods = [pool.submit(knock) for _ in range(4)]
        honest = pool.submit(train, server, token)
        try:
            # Kept waiting, each of them would take as long as the bodies that do not end.
            until(honest.done, "a hundred honest requests", TRAINED_SECONDS)
        finally:
            stopped.set()
        honest.result()
        assert set[int]().union(*(flood.result() for flood in floods)) <= {401, 429}
    found = server.experiment("honest")
    assert found is not None
    assert found["series"]["a.tsv"]["count"] == 100


def train(server: Server, token: str) -> None:
    for step in range(100):
        plots = {"a.tsv": {"data": [{"step": step, "a": step}]}}
        assert server.post(body("honest", step=step, plots=plots), token).status_code == 200


# pace


def test_a_token_that_asks_too_often_is_told_when_to_come_back(strict: Server) -> None:
    token = strict.token("--name", "eager")
    answer = limit(strict, token, body())
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 10
    assert "token" in answer.json()["detail"]
    other = strict.token("--name", "another")
    assert strict.post(body(), other).status_code == 200
    until(lambda: strict.post(body(), token).status_code == 200, "the token's next turn")


def limit(server: Server, token: str, sent: Any) -> requests.Response:
    """Post until a limit answers."""

    def post() -> list[requests.Response]:
        answer = server.post(sent, token)
        return [answer] if answer.status_code in (429, 503) else []

    return until(post, "the limit")[0]


def test_wrong_requests_of_an_address_are_limited_and_right_ones_are_not(strict: Server) -> None:
    """Everybody behind a proxy has one address: a flood must not lock the others out."""
    answer = limit(strict, tokens.mint(), body())
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 1
    assert "unknown token" in answer.json()["detail"]
    fresh = strict.token("--name", "behind the same proxy")
    assert strict.post(body(), fresh).status_code == 200


def test_pace_counts_each_name_by_itself_and_gives_back_with_time() -> None:
    now = 0.0
    pace = Pace(2.0, lambda: now)
    assert [pace.wait("a") for _ in range(21)] == [0] * 20 + [1]
    assert pace.wait("b") == 0
    now = 1.0
    assert [pace.wait("a") for _ in range(3)] == [0, 0, 1]


# memory


def test_a_body_for_which_there_is_no_room_is_refused_and_small_ones_are_not(
    strict: Server,
) -> None:
    large = body(machine={"text": "x" * 1_500_000})

    def without_room() -> bool:
        token = strict.token("--name", "large")
        with ExitStack() as open_ones:
            for _ in range(2):
                held = Held(strict, token, 1_900_000, b"{" + b" " * 1_400_000)
                open_ones.enter_context(closing(held.socket))
            answer = strict.post(large, token)
            small = strict.post(body(), token)
        assert small.status_code == 200
        if answer.status_code == 503:
            assert int(answer.headers["Retry-After"]) >= 1
        return answer.status_code == 503

    until(without_room, "no room, while both held bodies are there")
    token = strict.token("--name", "after them")
    until(lambda: strict.post(large, token).status_code == 200, "room after they hung up")


def test_room_is_given_back_whatever_became_of_the_body(strict: Server) -> None:
    """Many times what there is room for, one after another: refused, taken and broken off."""
    strict_token = strict.token("--name", "one after another")
    large = json.dumps(body(machine={"text": "x" * 1_500_000})).encode()

    def answered(sent: bytes) -> int:
        # Of who hung up the server hears a moment later.
        return until(
            lambda: (status := strict.post(sent, strict_token).status_code) != 503 and status,
            "room after the one before",
        )

    for _ in range(4):
        assert answered(large[:-2]) in (400, 429)
        assert answered(large) == 200
        Held(strict, strict_token, 1_900_000, large).socket.close()


def test_small_bodies_find_room_where_large_ones_find_none() -> None:
    room = Room(1000)
    assert room.take(700, SMALL + 1)
    assert not room.take(100, SMALL + 1)
    assert room.take(300, SMALL)
    assert not room.take(1, SMALL)
    room.give(300)
    assert room.taken == 700
