"""What is logged as a plot is drawn beside the metrics: every template, live, as a table and as a file."""

from __future__ import annotations

import csv
import io
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.charts import open_page, run, running
from tests.browser.conftest import Open
from tests.browser.lab import DASHBOARD, WAIT
from tests.servers import Server, until

RUNS = """
import numpy as np
from live_studio import Live
rng = np.random.default_rng(0)
for name, noise in (("one", 0.8), ("two", 1.6)):
    truth = rng.integers(0, 2, 200)
    score = np.clip(truth * 0.5 + rng.random(200) * 0.25 * noise, 0, 1)
    with Live(exp_name=name) as live:
        live.log_metric("loss", 1.0)
        live.log_sklearn_plot("confusion_matrix", ["cat", "cat", "dog", "dog"], ["cat", "dog", "dog", "dog"])
        live.log_sklearn_plot("confusion_matrix", ["cat", "cat", "dog", "dog"],
                              ["cat", "dog", "dog", "dog"], name="shares", normalized=True)
        for kind in ("roc", "precision_recall", "calibration", "det"):
            live.log_sklearn_plot(kind, truth, score)
        live.log_plot("gain", [{"f": f"feature {i}", "n": i} for i in range(5)], "n", "f", "bar_horizontal_sorted")
        live.log_plot("deep/dots", [{"x": i, "y": i * i} for i in range(20)], "x", "y", "scatter")
        live.log_plot("bins", [{"w": float(v)} for v in rng.normal(size=500)], "w", "w", "histogram")
        live.log_plot("soft", [{"x": i, "y": i % 7} for i in range(50)], "x", "y", "smooth")
        live.log_plot("curve", [{"x": i, "a": i, "b": -i} for i in range(9)], "x", ["a", "b"], title="Two of them")
"""
LIVE = """
import sys
from live_studio import Live
with Live(exp_name="moving") as live:
    live.log_metric("loss", 1.0)
    for step in range(1, 20):
        live.log_plot("moving", [{"x": i, "y": i} for i in range(step)], "x", "y")
        live.next_step()
        sys.stdin.readline()
"""
THROUGH = """
import time
from live_studio import Live
with Live(exp_name="through-comm") as live:
    for step in range(1, 1200):
        live.log_metric("loss", 1 / step)
        live.log_plot("moving", [{"x": i, "y": i} for i in range(step)], "x", "y")
        live.next_step()
        time.sleep(0.2)
"""
NAMES = [
    *("confusion_matrix", "shares", "roc", "precision_recall", "calibration", "det"),
    *("gain", "deep/dots", "bins", "soft", "curve"),
]
DATA = """name => {
  const plot = document.querySelector(`.ls-card[aria-label="${name}"] .ls-plot`);
  return (plot?.data ?? []).map(({type, x, y, z, text, hoverinfo, uid}) =>
    ({type, uid, x: [...x], y: [...y], z: z?.map(row => [...row]), text: text && [...text]}));
}"""
FITS = """() => [...document.querySelectorAll('.ls-plot')].filter(plot => plot._fullLayout).every(plot => {
  const {width, height} = plot.getBoundingClientRect();
  return Math.floor(width) === plot._fullLayout.width && Math.floor(height) === plot._fullLayout.height;
})"""


@pytest.fixture(name="runs", scope="module")
def _runs(server: Server) -> Server:
    run(server, RUNS)
    return server


def traces(page: Page, name: str) -> list[dict[str, Any]]:
    page.locator(f'.ls-card[aria-label="{name}"]').scroll_into_view_if_needed()
    found: list[dict[str, Any]] = until(lambda: page.evaluate(DATA, name), f"the plot {name}")
    return found


def has_traces(page: Page, name: str, count: int) -> bool:
    return len(traces(page, name)) == count


def choose(page: Page, name: str, item: str) -> None:
    page.locator(f'.ls-card[aria-label="{name}"]').hover()
    page.get_by_role("button", name=f"Menu of {name}").click()
    page.get_by_role("menuitem", name=item).click()


def cards(page: Page) -> list[str | None]:
    return [card.get_attribute("aria-label") for card in page.locator(".ls-card").all()]


def test_every_template_is_drawn_for_both_experiments_in_a_group_of_its_own(
    runs: Server, page: Page
) -> None:
    open_page(page, runs)
    assert cards(page) == ["loss", *NAMES]
    counts = {
        **dict.fromkeys(NAMES, 2),
        # A reference line each; two columns; dots behind their curves.
        "roc": 3,
        # The numbers of each.
        "confusion_matrix": 4,
        "shares": 4,
        "calibration": 3,
        "curve": 4,
        "soft": 4,
    }
    for name, count in counts.items():
        # The rows of one experiment may come before those of the other.
        until(partial(has_traces, page, name, count), f"{count} traces of {name}")
    plain, normal = traces(page, "confusion_matrix")[0], traces(page, "shares")[0]
    assert traces(page, "confusion_matrix")[2]["text"] == ["1", "1", "0", "2"]
    assert traces(page, "shares")[2]["text"] == ["50", "50", "0", "100"]
    assert plain["z"] == normal["z"] == [[0.5, 0.5], [0, 1]]
    assert sum(traces(page, "bins")[0]["y"]) == 500
    assert traces(page, "gain")[0]["type"] == "bar"
    assert page.locator(".ls-card", has_text="roc").first.text_content().count("AUC") == 2  # type: ignore[union-attr]
    for width in (600, 1600, 900):
        page.set_viewport_size({"width": width, "height": 1000})
        until(lambda: page.evaluate(FITS), f"plots of a page {width} wide, as large as their boxes")
    head = page.locator(".ls-group-head", has_text="Plots")
    head.click()
    until(lambda: cards(page) == ["loss"], "the folded group")
    head.click()
    choose(page, "roc", "Pin to the top")
    until(lambda: cards(page)[0] == "roc", "the pinned plot on top")
    choose(page, "roc", "Unpin")
    page.get_by_label("Find a chart").fill("DOTS")
    until(lambda: cards(page) == ["deep/dots"], "the plot that was searched")
    page.get_by_label("Find a chart").fill("")
    page.locator(".ls-lg", has_text="one").click()
    until(lambda: len(traces(page, "deep/dots")) == 1, "the other experiment alone")


def test_rows_are_read_as_a_table_under_the_pointer_and_in_files(
    runs: Server, page: Page, tmp_path: Path
) -> None:
    open_page(page, runs)
    traces(page, "confusion_matrix")
    card = page.locator('.ls-card[aria-label="confusion_matrix"]')
    cell = card.locator(".heatmaplayer image").first.bounding_box()
    assert cell
    page.mouse.move(cell["x"] + cell["width"] * 0.75, cell["y"] + cell["height"] * 0.25)
    expect(card.locator(".ls-tip")).to_contain_text("count1 of 2")
    expect(card.locator(".ls-tip")).to_contain_text("share50 %")
    traces(page, "curve")
    choose(page, "curve", "Show as table")
    table = page.locator('.ls-card[aria-label="curve"] table')
    expect(table.locator("thead")).to_have_text("experimentxab")
    expect(table.locator("tbody tr").nth(1)).to_contain_text("11−1")
    texts = {}
    for item in ("CSV", "SVG", "PNG"):
        with page.expect_download(timeout=WAIT) as file:
            choose(page, "curve", item)
        path = tmp_path / file.value.suggested_filename
        file.value.save_as(path)
        texts[item] = path.read_bytes()
    assert texts["PNG"].startswith(b"\x89PNG")
    assert b">one<" in texts["SVG"]
    assert b">curve<" in texts["SVG"]
    read = list(csv.reader(io.StringIO(texts["CSV"].decode())))
    assert read[0] == ["experiment", "x", "a", "b"]
    assert sorted(read[1:]) == sorted(
        [name, str(i), str(i), str(-i)] for name in ("one", "two") for i in range(9)
    )


def test_a_plot_moves_when_it_is_logged_again(runs: Server, page: Page) -> None:
    open_page(page, runs)
    with running(runs, LIVE) as process:
        assert process.stdin
        for step in range(1, 19):
            until(partial(has_rows, page, step), f"{step} rows")
            process.stdin.write(b"\n")
            process.stdin.flush()


def has_rows(page: Page, count: int) -> bool:
    return longest(page) == count


def longest(page: Page) -> int:
    card = page.locator('.ls-card[aria-label="moving"]')
    if not card.count():
        return 0
    # Out of sight nothing is fetched.
    card.scroll_into_view_if_needed()
    found = page.evaluate(DATA, "moving")
    return max((len(trace["x"]) for trace in found), default=0)


def test_a_busy_kernel_shows_its_plots_through_the_comm(lab: Open, page: Page) -> None:
    opened = lab(
        "%env LIVE_STUDIO_STORE=own.db",
        "%env LIVE_STUDIO_SERVER_FILE=",
        "%load_ext live_studio",
        "%live_studio",
        THROUGH,
    )
    opened.run_all()
    until(lambda: longest(page), "the first rows")
    before = longest(page)
    until(lambda: longest(page) > before, "more rows while the cell runs")
    assert opened.busy(4)
    assert "Through the kernel" in (page.locator(f"{DASHBOARD} .ls-conn").text_content() or "")
