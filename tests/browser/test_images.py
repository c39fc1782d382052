"""Pictures of several experiments beside each other, as a stock client sends them."""

from __future__ import annotations

import base64
import io

from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.lab import WAIT
from tests.servers import JUPYTER_TOKEN, Server, until

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


THROUGH = """
import io, time
import numpy
from PIL import Image
from live_studio import Live
def drawn(shade, side=8):
    out = io.BytesIO()
    noise = numpy.random.default_rng(shade).integers(0, 255, (side, side, 3), dtype=numpy.uint8)
    noise[:] = noise if side > 8 else shade
    Image.fromarray(noise).save(out, format="PNG")
    return out.getvalue()
with Live(exp_name="through-comm") as live:
    for step in range(2000):
        live.log_metric("loss", 1.0)
        # Too many bytes for one message, and new all the time.
        live.log_image("noise.png", drawn(step, 200))
        if step < 3:
            live.log_image("shade.png", drawn(step * 100))
        live.next_step()
        time.sleep(0.1)
"""
SHOWN = """path => [...document.querySelectorAll(`.jp-OutputArea .ls-images[aria-label$="${path}"] img`)]
  .filter(image => image.complete && image.naturalWidth > 0).map(image => {
    const canvas = new OffscreenCanvas(1, 1).getContext('2d');
    canvas.drawImage(image, 0, 0);
    return [image.naturalWidth, canvas.getImageData(0, 0, 1, 1).data[0], image.src];
})"""


def test_a_busy_kernel_without_a_server_of_ours_shows_its_pictures(lab: Open, page: Page) -> None:
    opened = lab(
        "%env LIVE_STUDIO_STORE=own.db",
        "%env LIVE_STUDIO_SERVER_FILE=",
        "%load_ext live_studio",
        "%live_studio",
        THROUGH,
    )
    opened.run_all()
    until(
        lambda: [one[:2] for one in page.evaluate(SHOWN, "shade.png")] == [[8, 200]],
        "the last shade",
    )
    first = until(lambda: page.evaluate(SHOWN, "noise.png"), "a picture of several pieces")
    assert first[0][0] == 200
    until(lambda: page.evaluate(SHOWN, "noise.png") not in ([], first), "a newer one")
    assert opened.busy(4)
    conn = page.locator(".jp-OutputArea .ls-conn")
    assert "Through the kernel" in (conn.text_content() or "")
    assert all(src.startswith("blob:") for *_, src in page.evaluate(SHOWN, "noise.png"))
