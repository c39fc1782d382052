"""A collector that is reached through the real jupyter-server-proxy of another Jupyter server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, WebSocket, expect

from tests.browser.lab import WAIT, rows
from tests.servers import JUPYTER_TOKEN, Server, own_home, until

SAID = {"repo_url": "github.com/behind/jupyter", "baseline_sha": "a" * 40, "client": "dvclive"}
JUPYTERS = {"Authorization": f"token {JUPYTER_TOKEN}"}


@dataclass
class Behind:
    """A collector, and the address that the world knows of it."""

    collector: Server
    url: str
    token: str

    def post(self, path: str, headers: dict[str, str], **said: Any) -> requests.Response:
        return requests.post(
            self.url + path, json=SAID | said, headers=headers, timeout=60, allow_redirects=False
        )

    @property
    def headers(self) -> dict[str, str]:
        """Jupyter's token for the one in front, and ours, which is told apart by its header."""
        return JUPYTERS | {"X-Live-Studio-Token": self.token}


@pytest.fixture(scope="module", name="behind")
def _behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    folder, before = tmp_path_factory.mktemp("collector"), tmp_path_factory.mktemp("front")
    # Two Jupyter servers under one host name would end one another's login.
    name = "--IdentityProvider.cookie_name=collector"
    collector = Server(folder, own_home(folder), program=("live_studio.cli", name))
    front = Server(before, own_home(before), "/user/me/", proxies=True)
    try:
        collector.start()
        port = collector.url.split(":")[2].partition("/")[0]
        address = f"{front.start().root}proxy/{port}/live-studio/"
        yield Behind(collector, address, collector.token("--name", "through"))
    finally:
        for one in (front, collector):
            if hasattr(one, "process"):
                one.stop()


def test_producers_pass_with_both_tokens_and_with_no_less(behind: Behind) -> None:
    sent = behind.post("api/live", behind.headers, type="done", name="through")
    assert (sent.status_code, sent.json()) == (200, {})
    row = until(lambda: behind.collector.experiment("through"), "the run")
    assert row
    assert row["status"] == "completed"
    for headers in (
        {},
        {"X-Live-Studio-Token": behind.token},
        {"Authorization": f"token {behind.token}"},
    ):
        assert behind.post("api/live", headers, type="done", name="not").status_code in (302, 403)
    refused = behind.post("api/live", JUPYTERS, type="done", name="not")
    assert refused.status_code == 401
    assert "Jupyter's own token" in refused.json()["detail"]
    assert behind.collector.experiment("not") is None


def test_what_is_handed_out_is_the_address_that_the_world_uses(behind: Behind) -> None:
    pushed = {"pushed": [f"refs/exps/{'a' * 2}/{'a' * 38}/through"], "removed": []}
    told = behind.post("webhook/dvc", behind.headers, refs=pushed)
    assert told.json()["url"].startswith(behind.url)
    login = requests.post(
        behind.url + "api/device-login", json={"client_name": "dvc"}, headers=JUPYTERS, timeout=60
    ).json()
    assert login["verification_uri"] == behind.url + "device"
    assert login["token_uri"] == behind.url + "api/device-login/token"


def test_the_dashboard_streams_and_writes_through_it(behind: Behind, page: Page) -> None:
    streams: list[str] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda _: streams.append(socket.url))

    page.on("websocket", listen)
    page.goto(f"{behind.url.partition('proxy/')[0]}lab?token={JUPYTER_TOKEN}", wait_until="commit")
    page.goto(f"{behind.url}?token={JUPYTER_TOKEN}")
    sent = behind.post("api/live", behind.headers, type="start", name="streamed")
    assert sent.status_code == 200
    until(lambda: "streamed" in rows(page), "the row")
    metrics = {"m.json": {"data": {"loss": 0.625}}}
    behind.post("api/live", behind.headers, type="data", name="streamed", step=0, metrics=metrics)
    expect(page.locator(".ls-x", has_text="0.625")).to_be_visible(timeout=WAIT)
    assert set(streams) == {behind.url.replace("http", "ws", 1) + "api/stream?since=0"}
    page.get_by_role("button", name="Tokens").click()
    page.get_by_role("button", name="New token").click(timeout=WAIT)
    page.get_by_role("textbox", name="Name").fill("made through it")
    page.get_by_role("button", name="Create").click()
    page.get_by_role("tab", name="curl").click(timeout=WAIT)
    expect(page.locator(".ls-tk-code")).to_contain_text(f"{behind.url}api/live")
