"""The producers' door: who may come in, what is taken, and what a refusal looks like."""

from __future__ import annotations

import base64
import gzip
import json
import select
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from live_studio import tokens
from live_studio.studio import Studio
from tests.servers import JUPYTER_TOKEN, Server, until

SHA = "1dc7b7bd70c19851d751788ee36ed964c25da1f4"
MB = 1 << 20


def body(kind: str = "data", **fields: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "repo_url": "github.com/o/r",
        "baseline_sha": SHA,
        "name": "door",
        "client": "dvclive",
        **({"step": 0} if kind == "data" else {}),
    } | fields


def knock(server: Server, headers: dict[str, str], path: str = "api/live") -> requests.Response:
    return requests.post(
        server.url + path, json=body(), headers=headers, timeout=30, allow_redirects=False
    )


def detail(answer: requests.Response) -> str:
    """The sentence of a refusal, which is one line of JSON and short enough to be printed."""
    assert answer.headers["Content-Type"] == "application/json"
    assert "\n" not in answer.text
    said = answer.json()
    assert said.keys() == {"detail"}
    assert said["detail"].isprintable()
    assert 10 < len(said["detail"]) <= 200
    return str(said["detail"])


def held(server: Server) -> dict[str, Any]:
    """Everything a viewer sees but the counting of requests, which has its own moments."""
    changes = server.changes() | {"now": "", "seq": 0}
    rows = sorted(changes["experiments"], key=lambda row: row["id"])
    return changes | {"experiments": [row | {"ledger": None} for row in rows]}


@pytest.fixture(name="unmoved")
def _unmoved(server: Server) -> Iterator[None]:
    """What is refused leaves the store as it was; that it was refused is counted."""
    before = held(server)
    yield
    assert held(server) == before


@pytest.fixture(name="store")
def _store(server: Server) -> Iterator[Studio]:
    """A Studio beside the server, over the same file."""
    with closing(Studio(server.store)) as studio:
        yield studio


# who may come in


@pytest.mark.parametrize("scheme", ["token", "Token", "Bearer", "bearer"])
def test_a_token_opens_the_door_under_either_scheme(
    server: Server, token: str, scheme: str
) -> None:
    answer = knock(server, {"Authorization": f"{scheme} {token}"})
    assert (answer.status_code, answer.json()) == (200, {})


def test_a_token_in_our_own_header_opens_where_authorization_is_taken(
    server: Server, token: str
) -> None:
    headers = {"X-Live-Studio-Token": token, "Authorization": "Bearer of-a-proxy"}
    assert knock(server, headers).status_code == 200


def test_success_is_200_and_an_empty_object(server: Server, token: str) -> None:
    for kind in ("start", "data", "done"):
        answer = server.post(body(kind), token)
        assert (answer.status_code, answer.content) == (200, b"{}")
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.history == []


def wrong_headers() -> dict[str, dict[str, str]]:
    unknown = tokens.mint()
    mistyped = unknown[:-1] + ("0" if unknown[-1] != "0" else "1")
    password = base64.b64encode(b"ada:secret").decode()
    return {
        "nothing": {},
        "empty": {"Authorization": ""},
        "unknown": {"Authorization": f"token {unknown}"},
        "mistyped": {"Authorization": f"token {mistyped}"},
        "Jupyter's own": {"Authorization": f"token {JUPYTER_TOKEN}"},
        "Jupyter's own in our header": {"X-Live-Studio-Token": JUPYTER_TOKEN},
        "a password": {"Authorization": f"Basic {password}"},
        "no scheme": {"Authorization": unknown},
        "two tokens": {"Authorization": f"token {unknown} {unknown}"},
        "cookie": {"Cookie": f"_xsrf=2|a|b|1; username={unknown}"},
    }


WRONG = wrong_headers()


@pytest.mark.usefixtures("unmoved")
@pytest.mark.parametrize("headers", WRONG.values(), ids=WRONG.keys())
def test_without_a_right_token_the_answer_is_401_and_says_what_to_do(
    server: Server, headers: dict[str, str]
) -> None:
    answer = knock(server, headers)
    assert answer.status_code == 401
    shown = any(headers.get(name) for name in ("Authorization", "X-Live-Studio-Token"))
    challenge = 'Bearer error="invalid_token"' if shown else "Bearer"
    assert answer.headers["WWW-Authenticate"] == challenge
    assert "live-studio token create" in detail(answer) or "netrc" in detail(answer)


@pytest.mark.usefixtures("unmoved")
def test_a_token_in_the_query_opens_nothing(server: Server, token: str) -> None:
    for name in ("token", "access_token"):
        answer = knock(server, {}, f"api/live?{name}={token}")
        assert answer.status_code == 401
        assert "Authorization" in detail(answer)


def test_a_token_that_expired_or_was_revoked_is_told_apart(server: Server, store: Studio) -> None:
    expired = store.tokens.issue("yesterday's", days=-1).secret
    revoked = store.tokens.issue("taken back").secret
    assert server.post(body(), revoked).status_code == 200
    store.store.write("UPDATE tokens SET revoked_at = 1 WHERE name = 'taken back'")
    until(lambda: server.post(body(), revoked).status_code == 401, "the revocation", 2)
    for token, word in ((expired, "expired"), (revoked, "revoked")):
        answer = server.post(body(), token)
        assert answer.status_code == 401
        assert word in detail(answer)


def test_a_browser_that_is_logged_in_cannot_write(server: Server) -> None:
    with requests.Session() as browser:
        browser.get(f"{server.root}lab?token={JUPYTER_TOKEN}", timeout=30)
        assert browser.get(server.url + "api/changes", timeout=30).status_code == 200
        headers = {"X-XSRFToken": browser.cookies["_xsrf"]}
        answer = browser.post(server.url + "api/live", json=body(), headers=headers, timeout=30)
    assert answer.status_code == 401


def test_a_token_for_writing_does_not_open_the_viewers_door(server: Server, token: str) -> None:
    for scheme in ("token", "Bearer"):
        answer = requests.get(
            server.url + "api/changes",
            headers={"Authorization": f"{scheme} {token}"},
            timeout=30,
            allow_redirects=False,
        )
        assert answer.status_code in (302, 401, 403)


# where it stands


def test_the_door_stands_at_the_base_too_and_with_a_slash(server: Server, token: str) -> None:
    for root in (server.url, server.root):
        for slash in ("", "/"):
            answer = requests.post(
                f"{root}api/live{slash}",
                json=body(),
                headers={"Authorization": f"token {token}"},
                timeout=30,
                allow_redirects=False,
            )
            assert (answer.status_code, answer.json()) == (200, {}), f"{root}api/live{slash}"


@pytest.mark.usefixtures("unmoved")
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_only_post_is_answered(server: Server, token: str, method: str) -> None:
    answer = requests.request(
        method,
        server.url + "api/live",
        headers={"Authorization": f"token {token}"},
        timeout=30,
        allow_redirects=False,
    )
    assert answer.status_code == 405
    assert "POST" in detail(answer)
    assert answer.headers["Allow"] == "POST"


@pytest.mark.usefixtures("unmoved")
@pytest.mark.parametrize(
    "foreign",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:8888"},
        {"Host": "127.0.0.1.evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
    ids=lambda headers: " ".join(*headers.items()),
)
def test_a_foreign_host_or_origin_is_refused_even_with_a_token(
    server: Server, token: str, foreign: dict[str, str]
) -> None:
    answer = knock(server, {"Authorization": f"token {token}"} | foreign)
    assert answer.status_code == 403
    detail(answer)


def test_our_own_pages_and_loopback_names_are_no_strangers(server: Server, token: str) -> None:
    own = urlsplit(server.url)
    for headers in ({"Origin": f"http://{own.netloc}"}, {"Host": f"localhost:{own.port}"}):
        answer = knock(server, {"Authorization": f"token {token}"} | headers)
        assert answer.status_code == 200


# what is taken


@pytest.mark.usefixtures("unmoved")
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (b"{", "not JSON"),
        (b"", "not JSON"),
        (b"[]", "object"),
        (b"\xff\xff", "JSON"),
        (json.dumps(body()).encode().replace(b'"step": 0', b'"step": NaN'), "JSON"),
        (body(step=True), "step"),
        (body(step="3"), "step"),
        (body(baseline_sha=SHA[:39]), "baseline_sha"),
        (body("restart"), "type"),
        (body("restart\r\nX-Evil: 1"), "type"),
        (body(repo_url=None), "repo_url"),
        (body(name=""), "name"),
        (body(plots={"a.tsv": {"data": [{"step": 0, "a": "ok"}]}}), "a.tsv"),
        (body(plots={"a.svg": {"image": "PHN2Zy8+"}}), "a.svg"),
        (body(params={"p.yaml": {"text": "x" * 100_000}}, step=1.5), "step"),
    ],
)
def test_a_wrong_body_is_refused_with_the_name_of_the_field(
    server: Server, token: str, wrong: Any, field: str
) -> None:
    answer = server.post(wrong, token)
    assert answer.status_code == 400
    assert field in detail(answer)


def test_a_gzipped_body_is_taken(server: Server, token: str) -> None:
    headers = {"Authorization": f"token {token}", "Content-Encoding": "gzip"}
    plots = {"a.tsv": {"data": [{"step": step, "a": 0.5} for step in range(20_000)]}}
    packed = gzip.compress(json.dumps(body(name="packed", plots=plots)).encode())
    answer = requests.post(server.url + "api/live", data=packed, headers=headers, timeout=30)
    assert answer.status_code == 200
    found = server.experiment("packed")
    assert found is not None
    assert found["series"] == {"a.tsv": {"count": 20_000, "last_step": 19_999}}


PACKED = gzip.compress(json.dumps(body()).encode())


@pytest.mark.usefixtures("unmoved")
@pytest.mark.parametrize(
    ("encoding", "packed", "status", "word"),
    [
        ("gzip", gzip.compress(bytes(200 * MB)), 413, "large"),
        ("gzip", gzip.compress(gzip.compress(bytes(200 * MB))), 400, "JSON"),
        ("gzip", PACKED[:-9], 400, "gzip"),
        ("gzip", PACKED + b"more", 400, "gzip"),
        ("gzip", b"{}", 400, "gzip"),
        ("gzip", b"", 400, "gzip"),
        ("gzip, gzip", PACKED, 415, "Content-Encoding"),
        ("br", PACKED, 415, "Content-Encoding"),
        ("deflate", PACKED, 415, "Content-Encoding"),
    ],
    ids=[
        *("bomb", "twice", "cut", "more behind", "not gzip", "nothing"),
        *("gzip, gzip", "br", "deflate"),
    ],
)
def test_a_compressed_body_that_is_none_or_too_large_is_refused(
    server: Server, token: str, encoding: str, packed: bytes, status: int, word: str
) -> None:
    Path(f"/proc/{server.process.pid}/clear_refs").write_text("5")
    before = peak_memory(server)
    headers = {"Authorization": f"token {token}", "Content-Encoding": encoding}
    answer = requests.post(server.url + "api/live", data=packed, headers=headers, timeout=30)
    assert answer.status_code == status
    assert word in detail(answer)
    assert peak_memory(server) - before < 64 * MB


@pytest.mark.usefixtures("unmoved")
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "a" * 500])
def test_a_body_of_another_kind_is_refused(server: Server, token: str, kind: str) -> None:
    headers = {"Authorization": f"token {token}", "Content-Type": kind}
    sent = json.dumps(body()).encode()
    answer = requests.post(server.url + "api/live", data=sent, headers=headers, timeout=30)
    assert answer.status_code == 415
    assert "application/json" in detail(answer)


def test_a_body_as_large_as_clients_send_is_taken(server: Server, token: str) -> None:
    image = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(7 * MB)).decode()
    plots = {f"dvclive/plots/images/{number}.png": {"image": image} for number in range(3)}
    sent = json.dumps(body(name="large", plots=plots)).encode()
    assert len(sent) > 27 * MB
    assert server.post(sent, token).status_code == 200
    found = server.experiment("large")
    assert found is not None
    assert len(found["images"]) == 3


# large bodies nobody asked for


class Sender:
    """Sends a request by hand, and stops as soon as an answer comes."""

    def __init__(self, server: Server, headers: dict[str, str]) -> None:
        own = urlsplit(server.url)
        assert own.hostname is not None
        self.socket = socket.create_connection((own.hostname, own.port), timeout=30)
        lines = [f"POST {own.path}api/live HTTP/1.1", f"Host: {own.netloc}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self.sent = 0

    def send(self, size: int, *, chunked: bool = False) -> None:
        piece = bytes(MB)
        if chunked:
            piece = b"%x\r\n%s\r\n" % (len(piece), piece)
        try:
            while self.sent < size and not select.select([self.socket], [], [], 0)[0]:
                self.socket.sendall(piece)
                self.sent += MB
            if chunked and self.sent >= size:
                self.socket.sendall(b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            return  # the server has hung up, which its answer explains

    def answer(self) -> bytes:
        received = b""
        with self.socket:
            try:
                while more := self.socket.recv(65_536):
                    received += more
            except ConnectionResetError:
                pass
        return received


def peak_memory(server: Server) -> int:
    """The most memory that the server's process has ever held, in bytes."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


@pytest.mark.usefixtures("unmoved")
@pytest.mark.parametrize("chunked", [False, True], ids=["with a length", "chunked"])
def test_a_stranger_cannot_fill_the_memory(server: Server, chunked: bool) -> None:
    Path(f"/proc/{server.process.pid}/clear_refs").write_text("5")  # the peak begins anew
    before = peak_memory(server)
    length = {"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": str(300 * MB)}
    sender = Sender(server, length)
    sender.send(300 * MB, chunked=chunked)
    assert sender.answer().startswith(b"HTTP/1.1 401 ")
    assert sender.sent < 20 * MB
    assert peak_memory(server) - before < 20 * MB


@pytest.mark.usefixtures("unmoved")
def test_more_than_30_megabytes_are_refused_unread(server: Server, token: str) -> None:
    headers = {"Authorization": f"token {token}", "Content-Length": "30000001"}
    sender = Sender(server, headers)
    sender.send(33 * MB)
    head, _, said = sender.answer().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 413 ")
    assert "30000000" in json.loads(said)["detail"].replace(",", "")
    assert sender.sent < 33 * MB


@pytest.mark.usefixtures("unmoved")
def test_a_body_without_a_length_ends_at_30_megabytes(server: Server, token: str) -> None:
    sender = Sender(server, {"Authorization": f"token {token}", "Transfer-Encoding": "chunked"})
    sender.send(300 * MB, chunked=True)
    answer = sender.answer()
    assert not answer.startswith(b"HTTP/1.1 200 ")
    assert sender.sent < 60 * MB


def test_a_small_body_without_a_length_is_taken(server: Server, token: str) -> None:
    answer = requests.post(
        server.url + "api/live",
        data=iter([json.dumps(body()).encode()]),
        headers={"Authorization": f"token {token}"},
        timeout=30,
    )
    assert answer.status_code == 200


def test_a_client_that_hangs_up_in_the_middle_disturbs_nobody(server: Server, token: str) -> None:
    sender = Sender(server, {"Authorization": f"token {token}", "Content-Length": str(30 * MB)})
    sender.send(5 * MB)
    sender.socket.close()
    assert server.post(body(), token).status_code == 200


# what remains


def test_no_token_is_ever_written_to_the_log(server: Server, token: str, store: Studio) -> None:
    expired = store.tokens.issue("old", days=-1).secret
    knock(server, {"Authorization": f"token {token}"})
    knock(server, {}, f"api/live?token={token}")
    knock(server, {}, f"api/live?marker=1&access_token={token}")
    server.post(body(step="x" * 10, name=token), token)
    server.post(body(), expired)
    requests.get(server.url + f"api/changes?token={token}", timeout=30)
    requests.put(server.url + "api/live?last=1", timeout=30)
    until(lambda: "last=1" in server.log, "the last request in the log")
    for secret in (token, expired):
        assert secret not in server.log
        assert secret[4:20] not in server.log


def test_accepted_data_counts_as_activity_and_refused_data_does_not(
    server: Server, token: str
) -> None:
    def last() -> str:
        answer = requests.get(
            server.root + "api/status",
            headers={"Authorization": f"token {JUPYTER_TOKEN}"},
            timeout=30,
        )
        return str(answer.json()["last_activity"])

    before = last()
    knock(server, {})
    server.post(body(step="3"), token)
    server.changes()
    assert last() == before

    def is_noted() -> bool:
        assert server.post(body(), token).status_code == 200
        return last() > before

    # Not with every post: what is accepted within a second of the last is one activity.
    until(is_noted, "the activity")


def test_requests_that_come_at_once_are_all_recorded(server: Server, token: str) -> None:
    def post(step: int) -> int:
        plots = {"dvclive/plots/metrics/a.tsv": {"data": [{"step": step, "a": float(step)}]}}
        wrong = step % 10 == 9
        sent = body(name="at once", step="x" if wrong else step, plots=plots)
        return server.post(sent, token).status_code

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(post, range(200)))
    assert answers == [400 if step % 10 == 9 else 200 for step in range(200)]
    found = server.experiment("at once")
    assert found is not None
    columns = server.series(found["id"], "dvclive/plots/metrics/a.tsv")
    assert columns["step"] == [step for step in range(200) if step % 10 != 9]


def test_what_was_refused_stands_in_the_ledger_of_its_experiment(
    server: Server, token: str
) -> None:
    own = body(name="misspelt")
    assert server.post(body("start", name="misspelt"), token).status_code == 200
    wrong = own | {"type": "data", "step": "one"}
    for answer in (server.post(wrong, token), server.post(wrong, token)):
        assert answer.status_code == 400
    # Nobody becomes an experiment by being refused.
    assert server.post(wrong | {"name": "unheard of"}, token).status_code == 400

    def counted() -> dict[str, Any]:
        rows = {row["name"]: row for row in server.changes()["experiments"]}
        assert "unheard of" not in rows
        ledger: dict[str, Any] = rows["misspelt"]["ledger"]
        return ledger

    until(lambda: counted()["refused"] == 2, "both refusals in the ledger")
    assert counted()["refusal"]["status"] == 400
    assert "$.step" in counted()["refusal"]["detail"]
