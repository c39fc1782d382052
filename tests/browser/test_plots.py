"""The plots pane as a person uses it: search, pin, scales, numbers behind a chart, files, a live tail."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from live_studio.runs import Experiments, experiments
from tests.browser.charts import drawn, open_page, options, run, running
from tests.browser.lab import WAIT
from tests.servers import Server, until

RUNS = """
import math
from live_studio import Live
for name in ("one", "two"):
    with Live(exp_name=name) as live:
        for step in range(60):
            live.step = step
            live.log_metrics({"train/loss": 1 / (step + 1) - (0.5 if step == 30 else 0),
                              "val/acc": math.nan if step in (7, 8) else step / 60,
                              "tokens": step * 512.0})
"""
METRICS = ("train/loss", "val/acc", "tokens")
LIVE = """
import sys
from live_studio import Live
with Live(exp_name="three") as live:
    for step in range(20):
        live.step = step
        live.log_metric("val/acc", float("inf") if step == 5 else 0.9)
        sys.stdin.readline()
"""
SIZES = """() => [...document.querySelectorAll('.ls-plot')].filter(plot => plot._fullLayout)
  .map(plot => [plot.getBoundingClientRect(), plot._fullLayout]
    .flatMap(({width, height}) => [Math.floor(width), Math.floor(height)]))"""
HAIRS = """() => [...document.querySelectorAll('.ls-card:has(.ls-hair)')].map(card => {
  const plot = card.querySelector('.ls-plot');
  const {xaxis} = plot._fullLayout;
  const hair = card.querySelector('.ls-hair').getBoundingClientRect();
  return xaxis.p2l(hair.left + hair.width / 2 - plot.getBoundingClientRect().left - xaxis._offset);
})"""
LOSS = '.ls-card[aria-label="train/loss"]'


@pytest.fixture(name="runs", scope="module")
def _runs(server: Server) -> Server:
    run(server, RUNS)
    return server


def sizes_agree(page: Page) -> bool:
    return all(
        (width, height) == (drawn_width, drawn_height)
        for width, height, drawn_width, drawn_height in page.evaluate(SIZES)
    )


def cards(page: Page) -> list[str | None]:
    return [card.get_attribute("aria-label") for card in page.locator(".ls-card").all()]


def choose(page: Page, metric: str, item: str) -> None:
    page.get_by_role("button", name=f"Menu of {metric}").click()
    page.get_by_role("menuitem", name=item).click()


def test_charts_are_found_pinned_moved_and_sized(runs: Server, page: Page) -> None:
    open_page(page, runs)
    assert cards(page) == ["train/loss", "val/acc", "tokens"]
    page.get_by_label("Find a chart").fill("ACC")
    expect(page.locator(".ls-card")).to_have_count(1)
    page.get_by_label("Find a chart").fill("nothing like it")
    page.get_by_role("button", name="Show all").click()
    choose(page, "tokens", "Pin to the top")
    until(lambda: cards(page) == ["tokens", "train/loss", "val/acc"], "the pinned chart on top")
    page.get_by_role("button", name="train/", exact=False).first.click()
    until(lambda: cards(page) == ["tokens", "val/acc"], "the folded group")
    page.get_by_role("button", name="train/", exact=False).first.click()
    choose(page, "tokens", "Unpin")
    choose(page, "val/acc", "Move back")
    until(lambda: cards(page) == ["val/acc", "train/loss", "tokens"], "the moved chart")
    for size in ("small", "large", "medium"):
        page.get_by_role("button", name="Menu of the charts").click()
        page.get_by_role("menuitemradio", name=f"{size.capitalize()} charts").click()
        page.keyboard.press("Escape")
        until(lambda: sizes_agree(page), f"{size} charts drawn as large as their boxes")
    for width in (600, 1600, 900):
        page.set_viewport_size({"width": width, "height": 1000})
        until(lambda: sizes_agree(page), f"charts of a page {width} wide")


def test_scales_axes_and_marks(runs: Server, page: Page) -> None:
    open_page(page, runs)
    until(lambda: len(options(page, "val/acc")) >= 4, "both lines and their marks")
    assert {uid.rpartition("mark-")[2] for uid in options(page, "val/acc") if "mark-" in uid} == {
        "nan"
    }
    page.locator(LOSS).hover()
    page.locator(f"{LOSS} .ls-tools").get_by_text("log").click()
    until(lambda: [uid for uid in options(page, "train/loss") if "mark-below" in uid], "the mark")
    assert not [uid for uid in options(page, "tokens") if "mark" in uid]
    page.get_by_label("A metric as X axis").select_option("metric:tokens")
    until(lambda: drawn(page, "train/loss").range[1] == 59 * 512, "the other metric as axis")
    page.get_by_role("button", name="relative").click()
    until(lambda: drawn(page, "train/loss").range[1] < 60, "seconds since the start")


def test_one_hair_runs_through_all_charts_at_the_step_under_the_pointer(
    runs: Server, page: Page
) -> None:
    open_page(page, runs)
    for metric in METRICS:
        until(lambda metric=metric: options(page, metric), f"the chart of {metric}")
    plot = page.locator(f"{LOSS} .ls-plot")
    box = plot.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 60)
    steps: list[float] = until(
        lambda: len(found := page.evaluate(HAIRS)) == len(METRICS) and found,
        "a hair in every chart",
    )
    # Charts of different widths: as near as their pixels are.
    assert max(steps) - min(steps) < 0.5
    assert 25 < min(steps) < 45
    expect(page.locator(".ls-tip")).to_have_count(1)
    page.mouse.move(5, 5)
    until(lambda: page.evaluate(HAIRS) == [], "no hair")


def test_numbers_and_files_hold_what_was_logged(runs: Server, page: Page, tmp_path: Path) -> None:
    open_page(page, runs)
    page.locator(LOSS).hover()
    choose(page, "train/loss", "Show as table")
    table = page.locator(f"{LOSS} table")
    expect(table.locator("thead")).to_contain_text("one")
    expect(table.locator("tbody tr").first).to_contain_text("1.0000")
    until(lambda: sizes_agree(page), "a table that changes no size")
    texts = {}
    for item in ("CSV", "SVG", "PNG"):
        with page.expect_download(timeout=WAIT) as file:
            choose(page, "train/loss", item)
        path = tmp_path / file.value.suggested_filename
        file.value.save_as(path)
        texts[item] = path.read_bytes()
    assert texts["PNG"].startswith(b"\x89PNG")
    assert b">one<" in texts["SVG"]
    assert b">train/loss<" in texts["SVG"]
    rows = list(csv.reader(io.StringIO(texts["CSV"].decode())))
    assert rows[0] == ["experiment", "step", "train/loss", "time"]
    assert len(rows) == 1 + 2 * 60
    assert [float(row[2]) for row in rows if row[0] == "one"] == [
        1 / (step + 1) - (0.5 if step == 30 else 0) for step in range(60)
    ]


def test_a_figure_in_code_is_the_one_on_screen(
    runs: Server, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_page(page, runs)
    page.get_by_label("Smoothing").fill("0.6")
    until(lambda: [uid for uid in options(page, "val/acc") if "-raw-" in uid], "the smoothed lines")
    shown = page.evaluate("""() => document.querySelector('.ls-card[aria-label="val/acc"] .ls-plot')
      .data.filter(trace => /-line$/.test(trace.uid)).map(({x, y, line, uid}) =>
        [/-raw-/.test(uid), [...x], [...y], line.color])""")
    monkeypatch.setenv("LIVE_STUDIO_STORE", str(runs.store))
    monkeypatch.delenv("LIVE_STUDIO_SERVER_FILE", raising=False)
    found = experiments()
    names = ("one", "two")
    in_code = Experiments(
        [found[name] for name in reversed(names)], found[names[0]]._studio
    ).figure("val/acc", smooth=0.6)
    as_shown = list(shown)
    as_made = [[trace.opacity is not None, said(trace.x), said(trace.y)] for trace in in_code.data]
    assert len(as_shown) == 4
    # As many of each, whatever the order; the two runs logged the same.
    assert sorted(map(repr, as_made)) == sorted(repr(floats(line)) for line in as_shown)


def floats(line: list[Any]) -> list[Any]:
    raw, x, y, _ = line
    return [raw, [float(value) for value in x], [None if v is None else float(v) for v in y]]


def said(values: Iterable[float]) -> list[float | None]:
    """Numbers as a browser says them."""
    return [None if value != value else float(value) for value in values]


def test_a_legend_isolates_and_a_chart_fills_the_screen(runs: Server, page: Page) -> None:
    open_page(page, runs)
    until(lambda: len(slots(page)) == 2, "both lines")
    page.locator(".ls-lg", has_text="one").click(modifiers=["Alt"])
    until(lambda: len(slots(page)) == 1, "one line alone")
    page.locator(".ls-lg", has_text="one").click(modifiers=["Alt"])
    until(lambda: len(slots(page)) == 2, "both lines again")
    page.locator(LOSS).hover()
    page.locator(LOSS).get_by_label("Full screen").click()
    page.wait_for_function(
        "document.fullscreenElement?.getAttribute('aria-label') === 'train/loss'"
    )
    until(lambda: sizes_agree(page) and page.evaluate(SIZES)[0][3] > 500, "a chart that fills it")
    page.locator(LOSS).get_by_label("Full screen").click()
    until(lambda: sizes_agree(page) and page.evaluate(SIZES)[0][3] == 176, "a chart among others")


def slots(page: Page) -> set[str]:
    return {uid.split("-")[1] for uid in options(page, "train/loss")}


def test_a_run_that_starts_appears_and_its_points_follow(runs: Server, page: Page) -> None:
    open_page(page, runs)
    until(lambda: options(page, "val/acc"), "the chart")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with running(runs, LIVE) as process:
        assert process.stdin
        for step in range(19):
            process.stdin.write(b"\n")
            process.stdin.flush()
            until(lambda n=step + 2: third(page) == n, "the next point")
    until(lambda: [uid for uid in options(page, "val/acc") if "mark-inf" in uid], "the infinity")
    tails = [url for url in asked if "metric=val%2Facc" in url and "since=" in url]
    # What was there already is not fetched again.
    assert len(tails) > 10


def third(page: Page) -> int:
    return int(options(page, "val/acc").get("ls-2-2-line", 0))
