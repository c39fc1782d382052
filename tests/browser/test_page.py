"""The page `<base>/live-studio/`: what a person has chosen there outlives a reload."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.lab import rows
from tests.servers import JUPYTER_TOKEN, Server, until

LOSS = "dvclive/plots/metrics/loss.tsv"


@pytest.fixture(scope="module", name="token")
def _token(server: Server) -> str:
    return server.token("--name", "page")


def logged(server: Server, token: str, repo: str, name: str) -> None:
    said = {"repo_url": repo, "baseline_sha": "a" * 40, "name": name, "client": "dvclive"}
    for body in (
        said | {"type": "start"},
        said | {"type": "data", "step": 0, "plots": {LOSS: {"data": [{"step": 0, "loss": 1}]}}},
    ):
        assert server.post(body, token).status_code == 200


def test_the_chosen_project_is_there_after_a_reload_and_has_an_address(
    server: Server, page: Page, token: str
) -> None:
    logged(server, token, "github.com/one/cifar", "older")
    logged(server, token, "github.com/two/cifar", "newer")
    page.goto(f"{server.url}?token={JUPYTER_TOKEN}")
    until(lambda: list(rows(page)) == ["newer"], "the busiest project")
    menu = page.locator(".ls-holder > button[aria-haspopup=menu]")
    expect(menu).to_have_text("cifargithub.com/two")
    menu.press("ArrowDown")
    expect(page.get_by_role("menuitemradio", checked=True)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    until(lambda: list(rows(page)) == ["older"], "the chosen project")
    expect(menu).to_be_focused()
    address = page.url
    page.reload()
    until(lambda: list(rows(page)) == ["older"], "the chosen project after a reload")
    page.goto(f"{server.url}#")
    until(lambda: list(rows(page)) == ["newer"], "an address without a choice")
    page.goto(address)
    until(lambda: list(rows(page)) == ["older"], "an address that was pasted")
