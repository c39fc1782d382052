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


def logged(
    server: Server, token: str, repo: str, name: str, points: int = 1, **params: object
) -> None:
    said = {"repo_url": repo, "baseline_sha": "a" * 40, "name": name, "client": "dvclive"}
    rows = [{"step": step, "loss": 1 / (step + 1)} for step in range(points)]
    for body in (
        said | {"type": "start", "params": {"params.yaml": params}},
        said | {"type": "data", "step": points - 1, "plots": {LOSS: {"data": rows}}},
    ):
        assert server.post(body, token).status_code == 200


def test_the_chosen_project_is_there_after_a_reload_and_has_an_address(
    server: Server, page: Page, token: str
) -> None:
    logged(server, token, "github.com/one/cifar", "older")
    logged(server, token, "github.com/two/cifar", "newer")
    page.goto(f"{server.url}?token={JUPYTER_TOKEN}")
    until(lambda: list(rows(page)) == ["newer"], "the busiest project")
    menu = page.locator(".ls-bar .ls-holder > button[aria-haspopup=menu]")
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


def test_one_experiment_is_looked_at_by_keyboard_with_its_earlier_start(
    server: Server, page: Page, token: str
) -> None:
    prompt = "Summarise. " * 500
    logged(server, token, "github.com/three/deep", "again", 40, lr=0.5)
    logged(server, token, "github.com/three/deep", "again", 3, lr=0.25, prompt=prompt)
    wrong = {"repo_url": "github.com/three/deep", "baseline_sha": "a" * 40, "name": "again"}
    assert server.post(wrong | {"client": "x", "type": "data"}, token).status_code == 400
    page.goto(f"{server.url}?token={JUPYTER_TOKEN}")
    until(lambda: list(rows(page)) == ["again"], "the row")
    table = page.get_by_role("treegrid")
    table.focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    pane = page.get_by_role("region", name="Details of again")
    expect(pane).to_be_focused()
    received = pane.get_by_role("region", name="Received").locator("dd")
    expect(received.nth(0)).to_have_text("3 points")
    expect(received.nth(3)).to_have_text("1 request")
    expect(received.nth(4)).to_contain_text("400, ")
    values = pane.get_by_role("region", name="params.yaml").locator("dd")
    expect(values.nth(1)).to_contain_text(f"({len(prompt):,} characters)")
    pane.get_by_role("button", name="Show long params in full").click()
    expect(values.nth(1)).to_have_text(prompt.strip())
    starts = pane.locator(".ls-start")
    expect(starts).to_have_count(2)
    starts.nth(1).press("Enter")
    expect(values).to_have_text(["0.5"])
    expect(received.nth(0)).to_have_text("40 points")
    until(lambda: "39" in drawn(page), "the earlier start's points on its chart")
    page.keyboard.press("Escape")
    expect(pane).to_have_count(0)
    expect(table).to_be_focused()


def drawn(page: Page) -> str:
    """The last step on the axis of the first chart of the pane, as Plotly holds it."""
    return str(
        page.evaluate(
            """() => {
                const plot = document.querySelector(".ls-detail .ls-plot");
                const steps = (plot?.data ?? []).flatMap(({ x }) => [...(x ?? [])]);
                return steps.length ? Math.max(...steps) : "";
            }"""
        )
    )
