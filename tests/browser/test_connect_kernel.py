"""A kernel with a store of its own is introduced to the server by the browser."""

from __future__ import annotations

import json

from playwright.sync_api import Page

from tests.browser.conftest import Open
from tests.browser.lab import DASHBOARD, WAIT
from tests.servers import Server, until

TRAIN = """
from live_studio import Live
with Live(exp_name="{name}") as live:
    for i in range(5):
        live.log_metric("loss", i / 2)
        live.next_step()
"""


def test_a_kernel_with_its_own_store_is_connected_from_its_dashboard(
    server: Server, page: Page, lab: Open
) -> None:
    opened = lab(
        "%env LIVE_STUDIO_STORE=elsewhere.db",
        "%env LIVE_STUDIO_SERVER_FILE=",
        "%load_ext live_studio",
        "%live_studio",
        TRAIN.format(name="before"),
    )
    opened.run_all()
    button = page.locator(DASHBOARD).get_by_role("button", name="Connect this kernel")
    page.locator(".ls-x", has_text="before").first.wait_for(timeout=WAIT)
    assert server.experiment("before") is None
    until(lambda: not opened.busy(4), "the last cell to end")
    button.click(timeout=WAIT)
    word = page.locator(f"{DASHBOARD} .ls-conn-word")
    until(lambda: word.all_text_contents() == ["Connected"], "the server's own view")
    opened.run_all()
    row = until(lambda: server.experiment("before"), "the run at the server")
    assert row["client"] == "live_studio"
    until(lambda: (server.experiment("before") or {})["status"] == "completed", "its end")
    (token,) = server.get("api/tokens").json()["tokens"]
    assert token["name"] == "connected kernel"
    assert "lst_" not in json.dumps(opened.save())
    assert "lst_" not in server.log
