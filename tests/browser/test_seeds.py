"""Runs that are equal but for their seed: one mean with a band in each chart, one row in the table."""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.charts import open_group_menu, open_page, run, running
from tests.browser.lab import WAIT
from tests.servers import Server, until

RUNS = """
import math
from live_studio import Live
for lr in (0.01, 0.1):
    for seed in range(3):
        with Live(exp_name=f"lr{lr}-seed{seed}", params={"lr": lr, "seed": seed}) as live:
            for step in range(60 - 20 * seed if lr == 0.1 else 60):
                live.step = step
                odd = lr == 0.01 and seed == 2 and 10 <= step < 20
                acc = math.nan if odd else lr + step / 100 + seed / 10
                live.log_metrics({"val/acc": acc})
"""
LATE = """
import sys
from live_studio import Live
with Live(exp_name="lr0.1-seed3", params={"lr": 0.1, "seed": 3}) as live:
    for step in range(4):
        live.step = step
        live.log_metrics({"val/acc": 5.0})
    sys.stdin.readline()
"""
DRAWN = """() => {
  const plot = document.querySelector('.ls-card[aria-label="val/acc"] .ls-plot');
  return (plot?.data ?? []).map(({uid, x, y, fillcolor}) => ({uid, x: [...x], y: [...y], fillcolor}));
}"""


@pytest.fixture(name="seeds", scope="module")
def _seeds(server: Server) -> Server:
    run(server, RUNS)
    return server


def grouped(page: Page) -> None:
    """All runs plotted and put together over their seeds, where the saved view does not say so."""
    control = page.get_by_label("Group over parameters")
    if "none" not in str(control.get_attribute("aria-label")):
        return
    boxes = page.get_by_role("checkbox", name="Plot lr")
    expect(boxes).to_have_count(6)
    for name in [str(box.get_attribute("aria-label")) for box in boxes.all()]:
        box = page.get_by_label(name, exact=True)
        if box.get_attribute("aria-checked") == "false":
            box.click()
    open_group_menu(page)
    page.get_by_role("menuitemcheckbox", name="seed").click()
    page.keyboard.press("Escape")


def traces(page: Page, part: str, count: int) -> list[dict[str, Any]]:
    """The drawn traces of a kind, in the order of their colours."""
    found: list[dict[str, Any]] = until(
        lambda: (
            len(
                found := [
                    trace
                    for trace in page.evaluate(DRAWN)
                    if trace["uid"].endswith(part) and trace["x"]
                ]
            )
            == count
            and found
        ),
        f"{count} traces of {part}",
    )
    return sorted(found, key=lambda trace: str(trace["uid"]))


def test_runs_over_seeds_are_one_mean_with_its_band(seeds: Server, page: Page) -> None:
    open_page(page, seeds)
    grouped(page)
    lines, bands = traces(page, "-line", 2), traces(page, "-band", 2)
    by_mean = {round(trace["y"][0], 3): trace for trace in lines}
    assert by_mean.keys() == {0.11, 0.2}, "the two learning rates"
    steps = np.arange(60)
    # The longer one: all three as far as the shortest goes, then two, then one.
    runs = np.array([0.1 + steps / 100 + seed / 10 for seed in range(3)])
    for seed in range(3):
        runs[seed, 60 - 20 * seed :] = math.nan
    drawn = by_mean[0.2]
    np.testing.assert_array_equal(drawn["x"], steps)
    np.testing.assert_allclose(drawn["y"], np.nanmean(runs, axis=0))
    (band,) = [one for one in bands if one["uid"].split("-")[1] == drawn["uid"].split("-")[1]]
    assert band["fillcolor"].endswith(", 0.16)")
    # One alone has no deviation: the band ends where the second run does.
    assert max(x for x in band["x"] if x is not None) == 39
    std = np.nanstd(runs[:, :40], axis=0, ddof=1)
    np.testing.assert_allclose(band["y"][:40], np.nanmean(runs[:, :40], axis=0) + std)
    # Where one of three is NaN two count, and its mark says so.
    other = by_mean[0.11]
    np.testing.assert_allclose(other["y"][15], 0.01 + 0.15 + 0.05)
    assert "mark-nan" in str([trace["uid"] for trace in page.evaluate(DRAWN)])
    expect(page.locator(".ls-caption")).to_contain_text("mean ± std over seed · n = 3")
    expect(page.locator(".ls-lg")).to_have_count(2)
    # The numbers behind it say the same: three, then two, then one alone.
    card = page.locator(".ls-card").first
    card.hover()
    card.get_by_role("button", name="Menu of").click()
    page.get_by_role("menuitem", name="Show as table").click()
    table = page.locator(".ls-data")
    means = np.nanmean(runs, axis=0)
    first = f"{means[0]:.4f} ± {std[0]:.4f} of 3"
    expect(table.locator("tbody tr").nth(0)).to_contain_text(first)
    table.evaluate("el => { el.scrollTop = 22 * 45 }")
    expect(table.locator('tr[aria-rowindex="52"]')).to_contain_text(f"{means[50]:.4f} of 1")
    card.get_by_role("button", name="Menu of").click()
    page.get_by_role("menuitem", name="Show as chart").click()
    if folder := os.environ.get("LIVE_STUDIO_SHOTS"):
        page.screenshot(path=f"{folder}/seeds.png")


def test_the_table_shows_mean_and_deviation_in_a_row_that_opens(seeds: Server, page: Page) -> None:
    open_page(page, seeds)
    grouped(page)
    rows = page.locator(".ls-repeats")
    expect(rows).to_have_count(2)
    last = np.array([0.1 + (59 - 20 * seed) / 100 + seed / 10 for seed in range(3)])
    said = f"{last.mean():.4f} ± {last.std(ddof=1):.4f}"
    expect(rows.filter(has_text="lr0.1")).to_contain_text(said)
    expect(page.locator(".ls-x:not(.ls-repeats)")).to_have_count(0)
    rows.filter(has_text="lr0.1").get_by_role("button", name="Open lr0.1").click()
    expect(page.locator(".ls-x:not(.ls-repeats)")).to_have_count(3)
    # By keys, too: back on the row, closed with the arrow, off with a space.
    page.locator(".ls-scroll").focus()
    rows.filter(has_text="lr0.1").locator(".ls-status").click()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".ls-x:not(.ls-repeats)")).to_have_count(0)
    page.keyboard.press("Space")
    expect(rows.filter(has_text="lr0.1").get_by_role("checkbox")).not_to_be_checked()
    traces(page, "-line", 1)


def test_the_group_and_its_band_are_part_of_the_saved_view(seeds: Server, page: Page) -> None:
    open_page(page, seeds)
    grouped(page)
    open_group_menu(page)
    page.get_by_role("menuitemradio", name="mean, min to max").click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("View not saved")).to_have_count(0)
    page.reload()
    expect(page.locator(".ls-repeats")).to_have_count(2, timeout=WAIT)
    expect(page.locator(".ls-caption")).to_contain_text("mean, min to max over seed", timeout=WAIT)
    # 0.2 at step 0: from seed 0 to seed 2.
    bands = traces(page, "-band", 2)
    assert [round(value, 3) for value in (bands[0]["y"][0], bands[0]["y"][-2])] in (
        [0.3, 0.1],
        [0.21, 0.01],
    )


def test_a_run_that_starts_joins_its_group_and_moves_its_mean(seeds: Server, page: Page) -> None:
    open_page(page, seeds)
    grouped(page)
    expect(page.locator(".ls-repeats")).to_have_count(2, timeout=WAIT)
    with running(seeds, LATE):
        expect(page.locator(".ls-repeats").filter(has_text="lr0.1")).to_contain_text(
            "4", timeout=WAIT
        )
        if (
            not page.locator(".ls-repeats")
            .filter(has_text="lr0.1")
            .get_by_role("checkbox", checked=True)
            .count()
        ):
            page.locator(".ls-repeats").filter(has_text="lr0.1").locator(".ls-ck").click()
        expected = (0.1 + 0.2 + 0.3 + 5.0) / 4
        until(
            lambda: any(
                trace["uid"].endswith("-line") and abs(trace["y"][0] - expected) < 1e-9
                for trace in page.evaluate(DRAWN)
                if trace["y"] and trace["y"][0] is not None
            ),
            "a mean of four",
        )
