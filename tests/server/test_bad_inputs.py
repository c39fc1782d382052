"""Every hostile request of the catalogue, against a real server.

Whatever comes, the answer is a listed status and one sentence, what was refused left nothing
behind, and the next honest event is taken. The groups about Git and about the page are elsewhere.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import requests

from live_studio.studio import Studio
from tests.server.bad_inputs import CLOSED, DIFFERENT, REQUESTS, Answer, Case, Sender
from tests.servers import JUPYTER_TOKEN, Server, running, until

SHA = "1dc7b7bd70c19851d751788ee36ed964c25da1f4"
LEAK = re.compile(r'Traceback|site-packages|File "|/home/|/tmp/|/usr/')
BY_TORNADO = {"HTTP-045", "HTTP-046", "HTTP-048", "HTTP-051", "HTTP-052", "HTTP-055"}
"""Cases that end before any handler of ours sees them, or on a path that is none of ours."""


@pytest.fixture(scope="module", name="server")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    # To be refused is what this module does; one case alone is refused 200 times. The limit has its own tests.
    patience = "--LiveStudioApp.refusals_per_second=100000"
    with running(tmp_path_factory.mktemp("server"), "/user/me/", patience) as server:
        yield server


@pytest.fixture(scope="module", name="tokens")
def _tokens(server: Server, token: str) -> dict[str, str]:
    with closing(Studio(server.store)) as studio:
        expired, revoked = studio.tokens.issue("expired", days=-1), studio.tokens.issue("revoked")
        studio.tokens.revoke(revoked.token.id)
    return {
        "token": token,
        "token_expired": expired.secret,
        "token_revoked": revoked.secret,
        "jupyter_token": JUPYTER_TOKEN,
    }


@pytest.fixture(scope="module", name="sender")
def _sender(server: Server, tokens: dict[str, str]) -> Sender:
    return Sender(server, tokens)


@pytest.fixture(name="held")
def _held(server: Server) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(server.store)) as connection:
        yield connection


LEDGER = {"seq", "received", "duplicate", "repaired", "refused", "refusal", "last_used_at"}
"""What counts requests, and when tokens were used: a refusal is counted, and changes nothing else."""


def stands(held: sqlite3.Connection) -> dict[str, int]:
    """How the store stands: of every table how much is in it, as one number."""
    tables = [
        name
        for (name,) in held.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        if name not in ("meta", "clock", "sqlite_sequence")
    ]
    found = {}
    for table in tables:
        columns = [row[1] for row in held.execute(f"PRAGMA table_info({table})")]
        kept = ", ".join(name for name in columns if name not in LEDGER)
        rows = held.execute(f"SELECT {kept} FROM {table} ORDER BY 1").fetchall()
        found[table] = hash(tuple(map(tuple, rows)))
    return found


def experiments(server: Server) -> list[dict[str, Any]]:
    """Every experiment, in as many answers as it takes."""
    page = server.changes()
    found = page["experiments"]
    while page["more"]:
        page = server.changes(page["seq"])
        found += page["experiments"]
    return found


def good(server: Server, token: str) -> requests.Response:
    event = {
        "type": "data",
        "repo_url": "github.com/o/good",
        "baseline_sha": SHA,
        "name": "good",
        "client": "dvclive",
        "step": 0,
    }
    return server.post(event, token)


@pytest.mark.parametrize("case", REQUESTS, ids=[case["id"] for case in REQUESTS])
def test_a_hostile_request_is_answered_as_listed_and_leaves_nothing_behind(
    server: Server, sender: Sender, token: str, held: sqlite3.Connection, case: Case
) -> None:
    before = stands(held)
    answers = sender.send(case)
    expected = [DIFFERENT[case["id"]][0]] if case["id"] in DIFFERENT else case["expect_status"]
    for answer in answers:
        assert answer.status in expected, answer
        if answer.status != 200:
            refused(case, answer)
        assert not any(name in answer.headers for name in case.get("expect_headers_absent", ()))
    if all(answer.status != 200 for answer in answers):
        assert stands(held) == before
    assert good(server, token).status_code == 200


def refused(case: Case, answer: Answer) -> None:
    """The answer is one sentence of JSON that names the field, and repeats no more than it must."""
    if answer.status == CLOSED or case["id"] in BY_TORNADO:
        assert "Traceback" not in answer.text
        return
    assert answer.headers["content-type"] == "application/json"
    assert "\n" not in answer.text
    said = json.loads(answer.text)
    assert said.keys() == {"detail"}
    detail = said["detail"]
    assert detail.isprintable()
    assert 10 < len(detail) <= 300
    for mention in case["expect_error_mentions"]:
        assert re.search(mention, detail, re.IGNORECASE), detail
    assert not LEAK.search(detail)


def test_what_this_product_decides_otherwise_is_really_decided_otherwise() -> None:
    listed = {case["id"]: case["expect_status"] for case in REQUESTS}
    for name, (status, why) in DIFFERENT.items():
        assert status not in listed[name], f"{name}: {why}"


# what was taken reads back as it was sent


def sent_names() -> list[Case]:
    groups = ("NAME", "XSS", "CSV", "PROTO", "NUM")
    return [
        case
        for case in REQUESTS
        if case["group"] in groups and "body" in case and 200 in case["expect_status"]
    ]


@pytest.mark.parametrize("case", sent_names(), ids=[case["id"] for case in sent_names()])
def test_what_is_taken_is_held_exactly_as_it_was_sent(
    server: Server, sender: Sender, case: Case
) -> None:
    body = case["body"]
    (answer,) = sender.send(case)
    if answer.status != 200:
        assert case["group"] in ("NAME", "NUM", "XSS", "CSV")
        return
    found = [one for one in experiments(server) if one["name"] == body["name"]]
    assert found, f"{body['name']!r} is not there"
    newest = max(found, key=lambda one: one["updated_at"])
    for file, params in body.get("params", {}).items():
        assert whole(server, newest)["params"][file] == params
    for file, metrics in body.get("metrics", {}).items():
        assert whole(server, newest)["metrics"][file] == readable(metrics["data"])
    for path in body.get("plots", {}):
        assert path in newest["series"]


def whole(server: Server, row: dict[str, Any]) -> dict[str, Any]:
    """A row with the values that every viewer gets only the beginning of."""
    if not row.get("cut"):
        return row
    found: dict[str, Any] = server.get(f"api/experiments/{row['id']}?whole=1").json()
    return found.get("experiment", found)


def readable(value: Any) -> Any:
    """A value as the contract writes it: whole numbers that a browser cannot hold are text."""
    if isinstance(value, dict):
        return {name: readable(inner) for name, inner in value.items()}
    if isinstance(value, int) and abs(value) > 2**53:
        return str(value)
    return value


LIVES = {
    "life-a": [("running", 1)],
    "life-c": [("running", 0)],  # a start begins anew; whoever started sends its rows again
    "life-e": [("running", 0)],
    "life-g": [("completed", 0)],
    "life-h": [("running", 0), ("running", 0)],
    "life-i": [("running", 0), ("running", 0)],
    "life-k": [("running", 1)],
    "life-l": [("running", 4)],
    "life-o": [("running", 20)],
    "life-qé": [("running", 0)],
    "life-qe\u0301": [("running", 0)],
}


@pytest.fixture(scope="module", name="lived")
def _lived(server: Server, sender: Sender) -> dict[str, list[tuple[str, int]]]:
    lives: dict[str, list[tuple[str, int]]] = {}
    for case in REQUESTS:
        if case["group"] == "LIFE":
            assert {answer.status for answer in sender.send(case)} == {200}
    for found in experiments(server):
        points = sum(series["count"] for series in found["series"].values())
        lives.setdefault(found["name"], []).append((found["status"], points))
    return lives


@pytest.mark.parametrize("name", LIVES)
def test_sequences_end_as_they_should(lived: dict[str, list[tuple[str, int]]], name: str) -> None:
    assert lived[name] == LIVES[name]


def test_a_run_ended_when_that_was_said_first(server: Server, token: str) -> None:
    ends = []
    for _ in range(3):
        done = {"type": "done", "repo_url": "o/r", "baseline_sha": SHA, "name": "thrice"}
        assert server.post(done | {"client": "dvclive"}, token).status_code == 200
        (found,) = [one for one in experiments(server) if one["name"] == "thrice"]
        ends.append(found["ended_at"])
    assert len(set(ends)) == 1


def test_nothing_of_it_all_is_in_the_log(
    server: Server, sender: Sender, tokens: dict[str, str]
) -> None:
    """No token, no traceback, and not a line that a client wrote."""
    for case in REQUESTS:
        if case["group"] in ("AUTH", "NAME"):
            sender.send(case)
    requests.get(server.url + "api/health?last=1", timeout=30)
    requests.put(server.url + "api/live?last=1", timeout=30)
    until(lambda: "last=1" in server.log, "the last request in the log")
    log = server.log
    for name, secret in tokens.items():
        assert secret not in log, name
    assert "Traceback" not in log
    assert not re.search(r"[^\x20-\x7e\n–—…]", log.replace("\x1b[", "")), "control characters"
    for line in log.splitlines():
        assert re.match(r"\[?[A-Z \[]|\s|$", line), line
