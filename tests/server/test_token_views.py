"""Tokens over HTTP: made and ended through the viewers' door, felt at the producers' at once."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from live_studio import tokens
from tests.servers import JUPYTER_TOKEN, Server, until

SHA = "1dc7b7bd70c19851d751788ee36ed964c25da1f4"


def body(name: str = "tokens", repo: str = "github.com/o/r") -> dict[str, Any]:
    return {
        "type": "data",
        "repo_url": repo,
        "baseline_sha": SHA,
        "name": name,
        "client": "dvclive",
        "step": 0,
    }


def ask(server: Server, method: str, path: str = "", said: Any = None) -> requests.Response:
    """What a person's dashboard asks, already past Jupyter's door."""
    return requests.request(
        method,
        f"{server.url}api/tokens{path}",
        headers={"Authorization": f"token {JUPYTER_TOKEN}"},
        json=said,
        timeout=30,
        allow_redirects=False,
    )


def made(server: Server, **said: Any) -> dict[str, Any]:
    answer = ask(server, "POST", said={"name": "gpu-box"} | said)
    assert answer.status_code == 201, answer.text
    return answer.json()  # type: ignore[no-any-return]


def listed(server: Server) -> dict[str, dict[str, Any]]:
    answer = ask(server, "GET")
    assert answer.status_code == 200
    return {token["id"]: token for token in answer.json()["tokens"]}


@pytest.fixture(autouse=True)
def _no_tokens(server: Server) -> Iterator[None]:
    yield
    ask(server, "DELETE")


def test_a_token_is_made_shown_once_and_opens(server: Server) -> None:
    one = made(server, name="gpu-box")
    secret = one.pop("token")
    assert tokens.is_well_formed(secret)
    assert listed(server) == {one["id"]: one}
    assert secret not in ask(server, "GET").text + ask(server, "GET", f"/{one['id']}").text
    assert (one["name"], one["scope"]) == ("gpu-box", "experiments:write")
    assert one["last_used_at"] is None
    assert server.post(body(), secret).status_code == 200
    until(lambda: listed(server)[one["id"]]["last_used_at"], "the use to be noted")
    assert secret not in server.log


def test_expiry_is_90_days_unless_told(server: Server) -> None:
    from datetime import datetime

    def days(**said: Any) -> float | None:
        one = made(server, **said)
        if one["expires_at"] is None:
            return None
        ends, began = (datetime.fromisoformat(one[at]) for at in ("expires_at", "created_at"))
        return (ends - began).total_seconds() / 86_400

    assert days() == pytest.approx(90)
    assert days(expires_days=7) == pytest.approx(7)
    assert days(expires_days=None) is None


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "a\x1b[31mb"}, "name"),
        ({"name": 3}, "name"),
        ({"name": "a", "scope": "all"}, "scope"),
        ({"name": "a", "expires_days": 0}, "expires_days"),
        ({"name": "a", "expires_days": True}, "expires_days"),
        ({"name": "a", "project": "100% nowhere"}, "100% nowhere"),
        ({"name": "a", "kind": "local"}, "kind"),
        ([], "object"),
    ],
)
def test_a_wrong_wish_is_refused_with_the_field(server: Server, wrong: Any, word: str) -> None:
    answer = ask(server, "POST", said=wrong)
    assert answer.status_code == 400
    assert word in answer.json()["detail"]
    assert listed(server) == {}


def test_only_a_viewer_may_and_writes_pass_the_xsrf_check(server: Server) -> None:
    one = made(server)
    ways = [
        ("GET", ""),
        ("POST", ""),
        ("DELETE", ""),
        ("GET", f"/{one['id']}"),
        ("DELETE", f"/{one['id']}"),
        ("POST", f"/{one['id']}/regenerate"),
    ]
    with requests.Session() as browser:
        browser.get(f"{server.root}lab?token={JUPYTER_TOKEN}", timeout=30)
        for method, path in ways:
            address = f"{server.url}api/tokens{path}"
            strangers = ({}, {"Authorization": f"token {one['token']}"})
            for headers in strangers:
                answer = requests.request(
                    method, address, headers=headers, timeout=30, allow_redirects=False
                )
                assert answer.status_code in (302, 401, 403), (method, path, headers)
            if method != "GET":
                answer = browser.request(method, address, json={"name": "x"}, timeout=30)
                assert answer.status_code == 403, (method, path)
        assert list(listed(server)) == [one["id"]]
        headers = {"X-XSRFToken": browser.cookies["_xsrf"]}
        address = f"{server.url}api/tokens/{one['id']}"
        assert browser.delete(address, headers=headers, timeout=30).status_code == 200
    assert listed(server) == {}


def test_what_is_not_there_is_404(server: Server) -> None:
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/regenerate")):
        answer = ask(server, method, f"/0123456789ab{path}")
        assert answer.status_code == 404
        assert "0123456789ab" in answer.json()["detail"]


# the end of a token


def end(server: Server, one: dict[str, Any], how: str) -> None:
    if how == "regenerate":
        assert ask(server, "POST", f"/{one['id']}/regenerate").status_code == 200
    elif how == "revoke":
        assert ask(server, "DELETE", f"/{one['id']}").status_code == 200
    else:
        assert ask(server, "DELETE").json() == {"revoked": 1}


@pytest.mark.parametrize("how", ["regenerate", "revoke", "revoke all"])
def test_an_ended_token_is_dead_in_the_next_request_on_the_same_connection(
    server: Server, how: str
) -> None:
    one = made(server)
    headers = {"Authorization": f"token {one['token']}"}
    with requests.Session() as client:
        for _ in range(3):
            client.post(server.url + "api/live", json=body(), headers=headers, timeout=30)
        end(server, one, how)
        answer = client.post(server.url + "api/live", json=body(), headers=headers, timeout=30)
    assert answer.status_code == 401
    assert "revoked or regenerated" in answer.json()["detail"]


def test_the_new_secret_of_a_regenerated_token_opens(server: Server) -> None:
    one = made(server)
    again = ask(server, "POST", f"/{one['id']}/regenerate").json()
    assert again["id"] == one["id"]
    assert server.post(body(), again["token"]).status_code == 200
    assert server.post(body(), one["token"]).status_code == 401


def test_an_upload_that_runs_while_its_token_is_revoked_stores_nothing(server: Server) -> None:
    one = made(server)
    own = urlsplit(server.url)
    sent = json.dumps(body("half way")).encode()
    with socket.create_connection((str(own.hostname), own.port or 80), timeout=30) as line:
        line.sendall(
            f"POST {own.path}api/live HTTP/1.1\r\nHost: {own.netloc}\r\n"
            f"Authorization: token {one['token']}\r\nContent-Length: {len(sent)}\r\n\r\n".encode()
            + sent[:20]
        )
        # The token was right when the upload began: that is on record as a use of it.
        until(lambda: listed(server)[one["id"]]["last_used_at"], "the upload to begin")
        end(server, one, "revoke")
        line.sendall(sent[20:])
        assert line.recv(65_536).startswith(b"HTTP/1.1 401 ")
    assert server.experiment("half way") is None


def test_what_another_process_revokes_is_dead_within_moments(server: Server) -> None:
    one = made(server)
    assert server.post(body(), one["token"]).status_code == 200
    subprocess.run(
        [sys.executable, "-m", "live_studio.cli", "token", "revoke", one["id"]],
        env=server.env,
        check=True,
        capture_output=True,
    )
    # Busy machines aside it is 0.9 s: what is remembered of a token is that old at most.
    until(lambda: server.post(body(), one["token"]).status_code == 401, "the revocation", 10)


# what it may


def test_a_token_of_one_project_writes_that_project_only(server: Server) -> None:
    one = made(server, project="https://github.com/acme/cifar.git")
    assert one["repo_url"] == "github.com/acme/cifar"
    for spelling in ("git@github.com:acme/cifar.git", "https://me:pw@github.com/acme/cifar"):
        assert server.post(body("own", spelling), one["token"]).status_code == 200
    before = server.changes() | {"now": ""}
    answer = server.post(body("foreign", "github.com/acme/other"), one["token"])
    assert answer.status_code == 403
    assert "github.com/acme/cifar only" in answer.json()["detail"]
    assert "insufficient_scope" in answer.headers["WWW-Authenticate"]
    assert server.changes() | {"now": ""} == before


def test_a_token_for_something_else_sends_nothing(server: Server) -> None:
    one = made(server)
    # A later live_studio may know other scopes, and writes into the same store.
    from contextlib import closing

    from live_studio.studio import Studio

    with closing(Studio(server.store)) as beside:
        reader = beside.tokens.issue("reader", scope="experiments:read").secret
    answer = server.post(body("read"), reader)
    assert answer.status_code == 403
    assert "experiments:read" in answer.json()["detail"]
    assert server.experiment("read") is None
    assert server.post(body(), one["token"]).status_code == 200
