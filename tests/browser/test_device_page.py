"""A person approves a real `dvc studio login` in a real browser, and real DVCLive sends from then on."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.live_clients.conftest import Place
from tests.live_clients.test_studio_login import logging_in, page_of
from tests.servers import JUPYTER_TOKEN, Server, until

pytestmark = pytest.mark.live_clients
HOSTILE = "<img src=x onerror=\"window.__xss='name'\">"
TRAIN = """
from dvclive import Live
with Live(exp_name="logged-in", save_dvc_exp=False) as live:
    live.log_metric("loss", 0.5)
    live.next_step()
"""


def test_dvc_studio_login_is_approved_in_the_browser(
    server: Server, page: Page, tmp_path: Path
) -> None:
    with logging_in(server.url, tmp_path, "--name", HOSTILE) as client:
        address = until(lambda: page_of(tmp_path), "the address to open")
        page.goto(address)
        # A stranger is asked to log in first, and is then led back to the login.
        page.wait_for_selector("input[type=password]")
        page.goto(f"{server.root}lab?token={JUPYTER_TOKEN}", wait_until="commit")
        page.goto(address)
        code = address.rpartition("=")[2]
        assert page.locator("dd.code").text_content() == code
        assert HOSTILE in (page.locator("dl").text_content() or "")
        assert page.evaluate("window.__xss") is None
        assert page.locator("img").count() == 0
        page.get_by_role("button", name="Approve").click()
        page.get_by_text("Approved").wait_for()
        assert client.wait(60) == 0, (tmp_path / "said").read_text()
    # In a repository, because DVCLive reads what the login has saved nowhere else.
    place = Place.make(tmp_path)
    place.run(TRAIN)
    row = until(lambda: server.experiment("logged-in"), "the run")
    assert (row["client"], row["repo_url"]) == ("dvclive", place.repo_url)


def test_a_code_can_be_typed_and_a_wrong_one_is_told(server: Server, page: Page) -> None:
    page.goto(f"{server.root}lab?token={JUPYTER_TOKEN}", wait_until="commit")
    page.goto(f"{server.url}device")
    page.get_by_label("Code").fill("bbbb-bbbb")
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("No login waits under this code").wait_for()
