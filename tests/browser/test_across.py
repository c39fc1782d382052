"""Parameters against metrics: a thousand experiments, one selection in axes, dots and table."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.charts import run
from tests.browser.lab import WAIT
from tests.servers import JUPYTER_TOKEN, Server, until

COUNT = 1000
RUNS = f"""
from live_studio.events import Data, Done, Key, Start
from live_studio.addresses import NO_COMMIT
from live_studio.studio import Studio
studio = Studio()
for n in range({COUNT}):
    key = Key("local:sweep-00000000", NO_COMMIT, f"trial-{{n:04}}")
    params = {{"lr": 10.0 ** (n % 5 - 5), "opt": ["adam", "sgd"][n % 2], "width": n % 7}}
    if n % 10 == 0:
        del params["width"]
    acc = n / {COUNT}
    studio.record([
        Start(key, "live_studio", params={{"params.yaml": params}}),
        Data(key, "live_studio", metrics={{"metrics.json": {{"acc": "nan" if n == 3 else acc}}}}),
        Done(key, "live_studio"),
    ])
studio.close()
"""
LONGEST = """() => {
  window.longest = 0;
  new PerformanceObserver(list => {
    for (const {duration} of list.getEntries()) window.longest = Math.max(window.longest, duration);
  }).observe({entryTypes: ['longtask']});
}"""


@pytest.fixture(name="sweep", scope="module")
def _sweep(server: Server) -> Server:
    run(server, RUNS)
    return server


@pytest.fixture(name="across")
def _across(sweep: Server, page: Page) -> Page:
    page.goto(f"{sweep.url}?token={JUPYTER_TOKEN}")
    page.wait_for_selector(".ls-row", timeout=WAIT)
    page.get_by_role("button", name="Trends").click()
    page.wait_for_selector(".ls-across-card path", timeout=WAIT)
    return page


def selected(page: Page) -> str:
    return page.locator(".ls-foot").inner_text()


def test_every_experiment_is_drawn_and_what_has_no_place_is_said(across: Page) -> None:
    # Seven shades, those without one, and the few that are selected: not a thousand elements.
    lines = across.locator(".ls-across-line")
    assert lines.count() < 20
    drawn = across.evaluate(
        "() => [...document.querySelectorAll('.ls-across-line:not(.ls-front)')]"
        ".map(path => path.getAttribute('d').split('M').length - 1).reduce((a, b) => a + b)"
    )
    assert drawn == COUNT
    axes = across.locator("g:has(> .ls-across-name)")
    expect(axes.filter(has_text="lr")).to_contain_text("log")
    expect(axes.filter(has_text="opt")).to_contain_text("adam")
    expect(axes.filter(has_text="width")).to_contain_text("– ×100")
    expect(axes.filter(has_text="acc")).to_contain_text("NaN, ∞ ×1")


def test_brushing_an_axis_selects_its_rows(across: Page) -> None:
    across.evaluate(LONGEST)
    box = across.get_by_role("slider", name="acc").bounding_box()
    assert box
    middle = box["x"] + box["width"] / 2
    across.mouse.move(middle, box["y"] + 1)
    across.mouse.down()
    across.mouse.move(middle, box["y"] + box["height"] / 2, steps=5)
    across.mouse.up()
    until(lambda: " selected" in selected(across), "a selection")
    count = int(selected(across).split(" ")[0].replace(",", ""))
    assert 400 < count < 600, "the upper half"
    # By keys: the lower half of another axis, and only those that are in both.
    across.get_by_role("slider", name="opt").press("ArrowDown")
    until(
        lambda: (
            int(selected(across).split(" ")[0].replace(",", ""))
            in range(count // 2 - 2, count // 2 + 3)
        ),
        "half of them",
    )
    expect(across.get_by_role("slider", name="opt")).to_have_attribute(
        "aria-valuetext", "0 % to 25 % selected"
    )
    if folder := os.environ.get("LIVE_STUDIO_SHOTS"):
        across.screenshot(path=f"{folder}/across.png")
        Path(folder, "across.txt").write_text(f"longest task {across.evaluate('longest'):.0f} ms")
    across.get_by_role("button", name="Clear brushes").click()
    expect(across.locator("rect.ls-across-brush")).to_have_count(0)


def test_a_loop_around_dots_selects_them_and_a_row_brings_its_line_to_the_front(
    across: Page,
) -> None:
    across.get_by_role("region", name="Scatter").locator("select").last.select_option("metric acc")
    box = across.locator(".ls-across-scatter").bounding_box()
    assert box
    left, top = box["x"] + 64, box["y"] + 2
    width, height = box["width"] - 80, box["height"] - 60
    # The upper right quarter: acc against acc is a diagonal.
    corners = [(0.55, 1), (0.55, 0.45), (1.02, 0.45), (1.02, -0.02), (0.55, -0.02)]
    across.mouse.move(left + width * 0.55, top + height * 0.45)
    across.mouse.down()
    for x, y in [*corners[2:], (0.55, 0.45)]:
        across.mouse.move(left + width * x, max(top, top + height * y), steps=4)
    across.mouse.up()
    until(lambda: " selected" in selected(across), "a selection")
    assert 300 < int(selected(across).split(" ")[0].replace(",", "")) < 500
    across.locator(".ls-x").first.hover()
    expect(across.locator(".ls-across-line.ls-front")).to_have_count(1)
    expect(across.locator(".ls-across-dot.ls-front")).to_have_count(1)
    across.locator(".ls-foot").hover()
    expect(across.locator(".ls-across-line.ls-front")).to_have_count(0)
