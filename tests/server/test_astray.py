"""Producers that were given a wrong address of this server are told the right one, and nobody else is."""

from __future__ import annotations

import pytest
import requests

from tests.servers import JUPYTER_TOKEN, Server

BODY = {"type": "start", "repo_url": "github.com/o/r", "baseline_sha": "a" * 40, "name": "astray"}


def post(server: Server, path: str, **headers: str) -> requests.Response:
    origin = server.root.removesuffix("/user/me/")
    return requests.post(origin + path, json=BODY | {"client": "dvc"}, headers=headers, timeout=60)


@pytest.mark.parametrize(
    "path",
    [
        "/api/live",
        "/live-studio/api/live",
        "/live-studio/api/live/",
        "/live-studio/webhook/dvc",
        "/user/you/live-studio/api/live",
        "/user/me/lab/api/live",
        "/user/me/lab/tree/a/b/api/live",
        "/user/me/notebooks/api/live",
        "/user/me/live-studio/api/api/live",
        "/user/me/live-studio/x/webhook/dvc",
        "/live-studio/api/device-login",
    ],
)
def test_a_post_that_went_astray_is_told_the_path(server: Server, token: str, path: str) -> None:
    answer = post(server, path, Authorization=f"token {token}")
    assert answer.status_code == 404
    assert answer.json()["detail"].endswith("goes on with /user/me/live-studio/")
    assert answer.headers["Content-Type"] == "application/json"
    # Whoever has no token is told no more and no less.
    assert post(server, path).json() == answer.json()
    assert server.experiment("astray") is None


def test_a_foreign_host_name_is_told_nothing_and_none_is_kept(server: Server) -> None:
    answer = post(server, "/live-studio/api/live", Host="evil.example")
    assert answer.status_code == 403
    assert "/user/me/" not in answer.text
    post(server, "/live-studio/api/live", **{"X-Forwarded-Proto": "javascript"})
    assert "evil.example" not in str(server.get("api/tokens").json()["last_refusal"])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        # A notebook may lie there; another extension, or a server behind it, may take posts there.
        ("get", "/user/me/lab/tree/api/live"),
        ("get", "/api/live"),
        ("post", "/user/me/proxy/8888/live-studio/api/live"),
        ("post", "/user/me/rstudio/api/live"),
        ("post", "/user/me/api/contents/api/live"),
        ("post", "/user/me/live-studio/api/live"),
    ],
)
def test_what_is_not_astray_is_left_to_others(server: Server, method: str, path: str) -> None:
    origin = server.root.removesuffix("/user/me/")
    answer = requests.request(
        method, origin + path, headers={"Authorization": f"token {JUPYTER_TOKEN}"}, timeout=60
    )
    assert "Live Studio is not at this path" not in answer.text


def test_what_went_astray_is_not_read_to_its_end(server: Server) -> None:
    with requests.Session() as session:
        answer = session.post(
            server.root.removesuffix("/user/me/") + "/api/live", data=b"x" * 3_000_000, timeout=60
        )
    assert answer.status_code == 404
    assert answer.headers["Connection"] == "close"
