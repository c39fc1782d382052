"""Stop, in the menu of a row: a press ends the cell that trains."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.kernels import kernel
from tests.servers import JUPYTER_TOKEN, Server, until

TRAINS = """
import time
from live_studio import Live
with Live(exp_name={name!r}) as live:
    while True:
        live.log_metrics({{"loss": 1 / (live.step + 1)}})
        live.next_step()
        time.sleep(0.05)
"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_press_stops_the_cell_and_the_row_says_so(
    server: Server, page: Page, tmp_path: Path, *, dark: bool
) -> None:
    name = "lr-0.02" if dark else "lr-0.01"
    page.emulate_media(color_scheme="dark" if dark else "light")
    with kernel(server.kernel_env, tmp_path) as notebook:
        notebook.begin(TRAINS.format(name=name))
        row = until(lambda: server.experiment(name), "the run")
        page.goto(f"{server.url}?token={JUPYTER_TOKEN}")
        page.get_by_role("button", name=f"Menu of {name}").last.click()
        picture(page, f"menu-{dark}")
        page.get_by_role("menuitem", name="Stop", exact=True).click()
        said = page.get_by_text(f"Asked {name} to stop. It stops at its next step.")
        expect(said).to_be_visible()
        picture(page, f"asked-{dark}")
        expect(page.get_by_text("stopped from the dashboard").first).to_be_visible(timeout=60_000)
        picture(page, f"stopped-{dark}")
        assert until(lambda: notebook.run("live.end()")["status"] == "ok", "the cell's end")
    row = server.experiment(name) or row
    assert (row["status"], row["detail"]) == ("stopped", "stopped from the dashboard")


def picture(page: Page, name: str) -> None:
    if shots := os.environ.get("SHOTS"):
        page.screenshot(path=f"{shots}/stop-{name}.png")
