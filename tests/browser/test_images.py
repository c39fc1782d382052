"""Pictures of several experiments beside each other, as a stock client sends them."""

from __future__ import annotations

import base64
import io

from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.lab import WAIT
from tests.servers import JUPYTER_TOKEN, Server

PATH = "dvclive/plots/images/recon.png"


def picture(shade: int) -> str:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (shade, shade, shade)).save(out, format="PNG")
    return base64.b64encode(out.getvalue()).decode()


def test_each_experiment_shows_its_latest_picture_at_or_before_the_step(
    server: Server, page: Page
) -> None:
    token = server.token("--name", "pictures")
    for name, steps in (("one", (0, 10, 20)), ("two", (5, 20))):
        said = {"repo_url": "github.com/pictures/seen", "baseline_sha": "e" * 40, "name": name}
        said |= {"client": "dvclive"}
        assert server.post(said | {"type": "start"}, token).status_code == 200
        for step in steps:
            plots = {PATH: {"image": picture(step * 10)}}
            body = said | {"type": "data", "step": step, "plots": plots}
            assert server.post(body, token).status_code == 200
    page.goto(f"{server.url}?token={JUPYTER_TOKEN}")
    strip = page.locator(f'.ls-images[aria-label="{PATH}"]')
    expect(strip.locator("img")).to_have_count(2, timeout=WAIT)
    captions = strip.locator("figcaption .ls-dim")
    expect(captions).to_have_count(0)
    slider = strip.get_by_role("slider")
    slider.focus()
    seen = []
    # Each key press is one recorded step back, whoever recorded it.
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
        shown = strip.locator(".ls-slide b").text_content()
        seen.append((shown, sorted(captions.all_text_contents()), strip.locator("img").count()))
    assert seen == [("10", ["5"], 2), ("5", ["0"], 2), ("0", [], 1)]
    expect(strip).to_contain_text("none yet")
    strip.hover()
    strip.get_by_label("Full screen").click()
    page.wait_for_function(
        "path => document.fullscreenElement?.getAttribute('aria-label') === path", arg=PATH
    )
