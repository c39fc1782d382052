"""What a notebook's dashboard says of its kernel, its runs and itself: each state really brought about, and looked at."""

from __future__ import annotations

import json
import os
import signal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.lab import DASHBOARD, WAIT, Lab, rows
from tests.browser.looks import looked_at, picture, violations
from tests.servers import Server, until

LOAD, SHOW = "%load_ext live_studio", "%live_studio"
PID = "import os, pathlib\n_ = pathlib.Path('pid').write_text(str(os.getpid()))"
TWO = """
import time
from live_studio import Live
first, second = Live(exp_name="cosine-b512", steps=90_000), Live(exp_name="warmup-5", steps=90_000)
for step in range(20):
    for live in (first, second):
        live.log_metrics({"train/loss": 2 / (1 + step / 20), "val/acc": step / (step + 30)})
        live.next_step()
# The cell goes on, and as nothing is highlighted any more, its colours can be judged.
while True:
    time.sleep(0.05)
"""
NAMES = ("cosine-b512", "warmup-5")
FAILS = """
from live_studio import Live
with Live(exp_name="warmup-10", params={"lr": 0.03, "batch": 256}) as live:
    for step in range(20):
        live.log_metric("train/loss", 2 / (1 + step))
        live.next_step()
    raise FloatingPointError("found NaN in the gradient of layer4.1.conv2")
"""
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


def seen(page: Page, name: str) -> list[str]:
    """What an eye and axe find wrong with this state, in light and in dark."""
    found = []
    for theme, title in THEMES.items():
        page.evaluate(
            "name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})",
            title,
        )
        dark = str(theme == "light").lower()
        page.wait_for_function(f"document.body.dataset.jpThemeLight === '{dark}'", timeout=WAIT)
        page.locator("#jupyterlab-splash").wait_for(state="detached", timeout=WAIT)
        page.locator(".jp-OutputArea .ls").first.scroll_into_view_if_needed()
        page.locator("*:focus").evaluate_all("all => all.forEach(one => one.blur())")
        found += looked_at(page, f"state {name} {theme}") + violations(page, f"{name} {theme}")
    return found


def trains(page: Page, *names: str) -> None:
    def run() -> bool:
        there = rows(page)
        return all(there.get(one, {}).get("status", "").startswith("Running") for one in names)

    until(run, "the runs of the cell")


@pytest.fixture(name="training")
def _training(lab: Open, page: Page) -> Lab:
    """A dashboard, and two runs in a cell that goes on."""
    opened = lab(LOAD, SHOW, PID, TWO)
    opened.run_all()
    trains(page, *NAMES)
    return opened


def test_a_notebook_without_any_run_says_how_to_begin_and_why_nothing_arrives(
    lab: Open, page: Page, server: Server
) -> None:
    # The first of this file: its server has seen no run yet.
    lab(LOAD, SHOW).run_all()
    page.get_by_text("No experiments yet").wait_for(timeout=WAIT)
    assert seen(page, "empty") == []
    # Somebody sends, and it is turned away.
    assert server.post({}, "no-token-of-ours").status_code == 401
    page.get_by_role("button", name="Nothing arrives?").click()
    told = page.locator(f"{DASHBOARD} [role=status].ls-silence")
    expect(told).to_contain_text("Last request now from 127.0.0.1: 401, ", timeout=WAIT)
    expect(told).to_contain_text("jupyter live-studio doctor")
    assert seen(page, "nothing arrives") == []


def test_a_busy_kernel_is_named_with_its_cell_and_the_view_goes_on_without_a_shift(
    lab: Open, page: Page
) -> None:
    # Names of its own: this kernel goes on, and the next test kills one whose runs it has to know from these.
    names = ("busy-b512", "busy-5")
    cell = TWO.replace(NAMES[0], names[0]).replace(NAMES[1], names[1])
    opened = lab(LOAD, SHOW, PID, cell)
    opened.run_first(3)
    page.locator(DASHBOARD).wait_for(timeout=WAIT)
    said = page.locator(f"{DASHBOARD} .ls-conn")
    expect(said).to_have_text("Connected", timeout=WAIT)
    opened.run_cell(3)
    trains(page, *names)
    where = page.locator(f"{DASHBOARD} .ls-bar button").last.bounding_box()
    expect(said).to_have_text("Kernel busy, view live", timeout=WAIT)
    assert page.locator(f"{DASHBOARD} .ls-bar button").last.bounding_box() == where
    foot = page.locator(f"{DASHBOARD} .ls-foot")
    expect(foot).to_contain_text("In [4] has been running for", timeout=WAIT)
    assert seen(page, "busy") == []
    # A page that is opened later cannot know which cell it is, and says what it knows.
    opened.save()
    page.reload()
    trains(page, *names)
    expect(page.locator(f"{DASHBOARD} .ls-conn")).to_have_text(
        "Kernel busy, view live", timeout=WAIT
    )
    expect(page.locator(f"{DASHBOARD} .ls-foot")).to_contain_text("A cell is running")


def test_a_killed_kernel_is_told_with_its_runs_which_can_be_shown(
    training: Lab, page: Page, server: Server
) -> None:
    os.kill(int((server.notebooks / "pid").read_text()), signal.SIGKILL)
    banner = page.locator(f"{DASHBOARD} .ls-banner")
    expect(banner).to_contain_text("The kernel died at", timeout=WAIT)
    expect(banner).to_contain_text("are marked Stopped. Every logged value is here.", timeout=WAIT)
    for name in NAMES:
        assert name in banner.inner_text()
        assert rows(page)[name]["status"].startswith("Stopped")
    expect(page.locator(f"{DASHBOARD} .ls-conn")).to_have_text("Connected", timeout=WAIT)
    # JupyterLab says it too, over everything.
    page.locator(".jp-Dialog").get_by_role("button", name="Ok").click()
    assert seen(page, "gone") == []
    banner.get_by_role("button", name="Show these two").click()
    chosen = page.locator(f"{DASHBOARD} .ls-x.ls-sel .ls-x-name")
    assert sorted(chosen.all_inner_texts()) == ["cosine-b512", "warmup-5"]
    banner.get_by_role("button", name="Close").click()
    expect(banner).to_have_count(0)


def test_a_run_whose_cell_raised_says_what_and_where(lab: Open, page: Page) -> None:
    opened = lab(LOAD, SHOW, FAILS)
    opened.run_all()
    row = page.locator(f"{DASHBOARD} .ls-x").filter(has_text="warmup-10")
    expect(row).to_contain_text("FloatingPointError", timeout=WAIT)
    row.locator(".ls-x-name").click()
    pane = page.get_by_role("region", name="Details of warmup-10")
    expect(pane).to_contain_text("found NaN in the gradient of layer4.1.conv2", timeout=WAIT)
    expect(pane).to_contain_text("In [3], line 6")
    expect(pane.locator(".ls-failure-line")).to_contain_text("raise FloatingPointError")
    whole = pane.get_by_text("Traceback (most recent call last)")
    expect(whole).to_be_hidden()
    pane.get_by_text("Whole traceback").click()
    expect(whole).to_be_visible()
    for term in pane.locator("dt").all():
        assert term.evaluate("el => el.scrollWidth <= el.clientWidth + 1"), term.inner_text()
    page.locator(f"{DASHBOARD} .ls-card .main-svg").first.wait_for(timeout=WAIT)
    assert seen(page, "failed") == []
    pane.get_by_role("button", name="Go to cell In [3]").click()
    assert page.evaluate("window.jupyterapp.shell.currentWidget.content.activeCellIndex") == 2


def test_a_kernel_with_its_own_store_is_said_to_be_the_way_until_it_dies(
    lab: Open, page: Page, server: Server
) -> None:
    own = ("%env LIVE_STUDIO_STORE=states.db", "%env LIVE_STUDIO_SERVER_FILE=")
    opened = lab(*own, LOAD, SHOW, PID, TWO)
    opened.run_all()
    trains(page, *NAMES)
    said = page.locator(f"{DASHBOARD} .ls-conn")
    expect(said).to_have_text("Through the kernel")
    expect(said).to_have_attribute(
        "title", "No server extension here, so updates pause while a cell runs."
    )
    assert seen(page, "through the kernel") == []
    before = page.locator(f"{DASHBOARD} .ls-x").count()
    os.kill(int((server.notebooks / "pid").read_text()), signal.SIGKILL)
    expect(page.locator(f"{DASHBOARD} .ls-banner").first).to_contain_text(
        "It does not update.", timeout=WAIT
    )
    assert page.locator(f"{DASHBOARD} .ls-x").count() == before


def test_the_small_view_of_a_run_is_whole(lab: Open, page: Page) -> None:
    opened = lab(LOAD, "%live_studio plot", TWO)
    opened.run_all()
    page.wait_for_selector(".jp-OutputArea .ls-inline .ls-plot .main-svg", timeout=WAIT)
    assert seen(page, "inline") == []


def test_a_notebook_whose_store_is_elsewhere_shows_what_was_saved(
    lab: Open, page: Page, server: Server
) -> None:
    opened = lab(LOAD, SHOW, FAILS)
    opened.run_all()
    until(lambda: rows(page).get("warmup-10", {}).get("status", "").startswith("Failed"), "the run")
    until(lambda: "FloatingPointError" in str(pictures(opened)), "its end in the saved picture")
    saved = opened.save()
    for view in views(saved):
        view["store_id"] = "0" * 32
    (server.notebooks / opened.name).write_text(json.dumps(saved))
    page.goto("about:blank")
    opened.open()
    shown = page.locator(".live-studio-output")
    for text in ("Saved snapshot", "warmup-10", "Failed", "run %live_studio to go live"):
        expect(shown).to_contain_text(text, timeout=WAIT)
    for theme, title in THEMES.items():
        opened.theme(title)
        dark = str(theme == "light").lower()
        page.wait_for_function(f"document.body.dataset.jpThemeLight === '{dark}'", timeout=WAIT)
        page.locator("#jupyterlab-splash").wait_for(state="detached", timeout=WAIT)
        assert violations(page, f"snapshot {theme}", ".live-studio-output") == []
        picture(page, f"state snapshot {theme}")


def pictures(opened: Lab) -> list[str]:
    """The static pictures in the saved notebook."""
    outputs = [one for cell in opened.save()["cells"] for one in cell.get("outputs", [])]
    return ["".join(one.get("data", {}).get("text/html", "")) for one in outputs]


def views(saved: dict[str, Any]) -> list[dict[str, Any]]:
    outputs = [one for cell in saved["cells"] for one in cell.get("outputs", [])]
    found = [one.get("data", {}).get("application/vnd.live-studio.view+json") for one in outputs]
    return [one for one in found if one]
