"""From the Tokens panel to a run, in one copied block; and the panel under keys, themes and small windows."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Open
from tests.browser.lab import DASHBOARD, WAIT
from tests.servers import JUPYTER_TOKEN, Server, own_home, until

OFF = ", save_dvc_exp=False"
TRAIN = """
from dvclive import Live
with Live(exp_name="pasted", save_dvc_exp=False) as live:
    live.log_metric("loss", 0.5)
    live.next_step()
"""


def open_page(server: Server, page: Page) -> None:
    page.goto(f"{server.root}lab?token={JUPYTER_TOKEN}", wait_until="commit")
    page.goto(server.url)
    page.get_by_role("button", name="Tokens").click(timeout=WAIT)


def pasted(page: Page, recipe: str) -> str:
    """What the clipboard holds after the lines of a recipe were copied."""
    page.get_by_role("tab", name=recipe).click()
    page.get_by_role("button", name="Copy these lines").click()
    page.get_by_text("Copied").wait_for()
    return str(page.evaluate("() => navigator.clipboard.readText()"))


def run(lines: str, folder: Path) -> str:
    """A shell on another machine, with another home."""
    done = subprocess.run(
        ["bash", "-c", lines],
        env=own_home(folder),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.mark.live_clients
def test_a_token_is_made_in_the_panel_and_real_dvclive_sends_with_what_was_copied(
    server: Server, page: Page, tmp_path: Path
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_page(server, page)
    page.get_by_role("textbox", name="Name").fill("gpu-box")
    page.get_by_role("button", name="Create").click()
    secret = page.locator(".ls-tk-secret code").text_content() or ""
    page.get_by_label("not in a Git clone").check()
    lines = pasted(page, "DVCLive or DVC")
    assert secret in lines
    (tmp_path / "train.py").write_text(TRAIN)
    assert "WARNING" not in run(lines, tmp_path)
    row = until(lambda: server.experiment("pasted"), "the run")
    assert (row["client"], row["status"]) == ("dvclive", "completed")
    (tmp_path / "train.py").write_text(TRAIN.replace("dvclive", "live_studio").replace(OFF, ""))
    run(pasted(page, "live_studio"), tmp_path)
    until(lambda: (server.experiment("pasted") or {}).get("client") == "live_studio", "our own")
    (tmp_path / "train.py").write_text(TRAIN)
    assert run(pasted(page, "curl"), tmp_path).strip() == "{}"
    assert until(lambda: server.experiment("from-curl"), "the request")["status"] == "completed"
    page.get_by_role("cell", name="now").first.wait_for(timeout=WAIT)
    page.keyboard.press("Escape")
    # The experiment is there, and the secret is nowhere any more.
    page.locator(".ls-x", has_text="pasted").wait_for(timeout=WAIT)
    assert secret not in page.content()
    page.get_by_role("button", name="Tokens").click()
    page.get_by_role("button", name="Regenerate gpu-box").click()
    page.get_by_role("button", name="Yes").click()
    page.get_by_text("New token").first.wait_for()
    assert "revoked or regenerated" in run(lines, tmp_path)


def test_the_keyboard_stays_in_the_panel_and_comes_back(
    server: Server, page: Page, lab: Open
) -> None:
    server.token("--name", "one")
    opened = lab("%load_ext live_studio", "%live_studio")
    opened.run_all()
    key = page.locator(DASHBOARD).get_by_role("button", name="Tokens")
    key.focus(timeout=WAIT)
    page.keyboard.press("Enter")
    page.get_by_role("dialog", name="Tokens").wait_for()
    page.get_by_role("button", name="Revoke one").wait_for(timeout=WAIT)
    inside = "() => document.activeElement.closest('dialog') !== null || document.activeElement === document.body"
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate(inside)
    page.get_by_role("button", name="Revoke one").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Keep").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Revoke one").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    assert key.evaluate("button => button === document.activeElement")


SIZES = {"wide": (1000, 700), "narrow": (600, 800)}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_nothing_is_cut_at_any_size(server: Server, page: Page, size: str, dark: bool) -> None:
    for name in ("github-ci", "a name that is longer than any column has room for, by far"):
        server.token("--name", f"{name} {size}", "--project", "github.com/acme/cifar-resnet")
    page.set_viewport_size(dict(zip(("width", "height"), SIZES[size], strict=True)))
    page.emulate_media(color_scheme="dark" if dark else "light")
    open_page(server, page)
    page.get_by_role("button", name="New token").click(timeout=WAIT)
    shots = os.environ.get("SHOTS")
    if shots:
        page.screenshot(path=f"{shots}/form-{size}-{dark}.png")
    page.get_by_role("textbox", name="Name").fill("gpu-box")
    page.get_by_role("button", name="Create").click()
    page.get_by_role("dialog").get_by_role("button", name="Copy", exact=True).wait_for()
    if shots:
        page.screenshot(path=f"{shots}/panel-{size}-{dark}.png")
        page.get_by_role("button", name="Revoke github-ci").first.click()
        page.get_by_role("tab", name="Colab").click()
        page.screenshot(path=f"{shots}/sure-{size}-{dark}.png")
    wider = page.evaluate(
        "() => { const d = document.querySelector('.ls-tk-body'); return d.scrollWidth - d.clientWidth }"
    )
    assert wider <= 0
