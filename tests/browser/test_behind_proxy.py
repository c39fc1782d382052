"""Behind a reverse proxy that ends TLS, or strips a prefix: the stream, the addresses and the posts."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, WebSocket, expect

from tests.browser.lab import WAIT, rows
from tests.proxies import certificate, proxied
from tests.servers import JUPYTER_TOKEN, Server, own_home, until

BASE = "/user/me/"
SAID = {"repo_url": "github.com/behind/proxy", "baseline_sha": "a" * 40, "client": "dvclive"}


@dataclass
class Front:
    """The server as the world sees it."""

    server: Server
    root: str
    certificate: Path

    @property
    def url(self) -> str:
        return f"{self.root}{BASE}live-studio/"

    def post(self, path: str, token: str, **said: Any) -> requests.Response:
        return requests.post(
            self.url + path,
            json=said,
            headers={"Authorization": f"token {token}"},
            verify=str(self.certificate),
            timeout=60,
        )


@pytest.fixture(scope="module", name="front")
def _front(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    made = certificate(tmp_path_factory.mktemp("tls"))
    target = server.root.removesuffix(BASE)
    with proxied(target, certificate=made) as root:
        yield Front(server, root, made)


@pytest.fixture(name="page")
def _page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(
        ignore_https_errors=True, permissions=["clipboard-read", "clipboard-write"]
    )
    yield context.new_page()
    context.close()


def test_the_dashboard_streams_through_it(front: Front, page: Page) -> None:
    token = front.server.token("--name", "stream")
    streams: dict[str, list[str]] = {}

    def listen(socket: WebSocket) -> None:
        heard = streams.setdefault(socket.url, [])
        socket.on("framereceived", lambda frame: heard.append(str(frame)))

    page.on("websocket", listen)
    assert front.post("api/live", token, **SAID, type="start", name="far").status_code == 200
    page.goto(f"{front.url}?token={JUPYTER_TOKEN}")
    until(lambda: "far" in rows(page), "the row")
    for step in range(3):
        metrics = {"m.json": {"data": {"loss": step + 0.25}}}
        sent = front.post(
            "api/live", token, **SAID, type="data", name="far", step=step, metrics=metrics
        )
        assert (sent.status_code, sent.json()) == (200, {})
        expect(page.locator(".ls-x", has_text=f"{step}.25")).to_be_visible(timeout=WAIT)
    (address,) = streams
    assert address.startswith(front.url.replace("https://", "wss://") + "api/stream")
    assert any("2.25" in frame for frame in streams[address])


def test_what_is_handed_out_is_the_address_that_the_world_uses(front: Front, page: Page) -> None:
    token = front.server.token("--name", "addresses")
    login = requests.post(
        front.url + "api/device-login",
        json={"client_name": "dvc", "scopes": ["EXPERIMENTS"]},
        verify=str(front.certificate),
        timeout=60,
    ).json()
    assert login["verification_uri"].startswith(front.url)
    assert login["token_uri"].startswith(front.url)
    pushed = {"pushed": [f"refs/exps/{'a' * 2}/{'a' * 38}/far"], "removed": []}
    told = front.post("webhook/dvc", token, repo_url=SAID["repo_url"], client="dvc", refs=pushed)
    assert told.json()["url"].startswith(front.url)
    page.goto(f"{front.url}?token={JUPYTER_TOKEN}")
    page.get_by_role("button", name="Tokens").click(timeout=WAIT)
    page.get_by_role("button", name="New token").click(timeout=WAIT)
    page.get_by_role("textbox", name="Name").fill("from the panel")
    page.get_by_role("button", name="Create").click()
    page.get_by_role("tab", name="DVCLive or DVC").click()
    page.get_by_role("button", name="Copy these lines").click()
    page.get_by_text("Copied").wait_for()
    lines = str(page.evaluate("() => navigator.clipboard.readText()"))
    assert f"DVC_STUDIO_URL='{front.url}'" in lines


@pytest.mark.live_clients
def test_real_dvclive_sends_through_it(front: Front, tmp_path: Path) -> None:
    env = own_home(tmp_path) | {
        "DVC_STUDIO_URL": front.url,
        "DVC_STUDIO_TOKEN": front.server.token("--name", "dvclive"),
        "DVC_STUDIO_REPO_URL": "https://github.com/behind/proxy",
        "REQUESTS_CA_BUNDLE": str(front.certificate),
    }
    train = (
        "from dvclive import Live\n"
        "with Live(exp_name='through', save_dvc_exp=False) as live: live.log_metric('loss', 0.5)"
    )
    done = subprocess.run(
        [sys.executable, "-c", train],
        env=env,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    )
    assert "Failed to post" not in done.stderr
    row = until(lambda: front.server.experiment("through"), "the run")
    assert row
    assert row["status"] == "completed"


def test_a_proxy_that_strips_its_prefix_lets_producers_through(server: Server) -> None:
    token = server.token("--name", "strip")
    with proxied(server.root.removesuffix(BASE), strip="/outer") as root:
        address = f"{root}/outer{BASE}live-studio/"
        sent = requests.post(
            address + "api/live",
            data=json.dumps(SAID | {"type": "done", "name": "stripped"}),
            headers={"Authorization": f"token {token}", "Content-Type": "application/json"},
            timeout=60,
        )
        assert (sent.status_code, sent.json()) == (200, {})
        refused = requests.post(address + "api/live", json={}, timeout=60)
        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"] == "Bearer"
        assert "no token" in refused.json()["detail"]
    found = server.experiment("stripped")
    assert found
    assert found["status"] == "completed"
