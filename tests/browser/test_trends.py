"""Trends: what the commits of a branch hold, and the runs that go on from them."""

from __future__ import annotations

import json
import os
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.lab import WAIT
from tests.browser.test_git import METRICS, Journey, _journey  # noqa: F401
from tests.servers import until

DRAWN = """() => {
  const plot = document.querySelector('.ls-card[aria-label="Trend of acc"] .ls-plot');
  const box = plot?.getBoundingClientRect();
  return plot?.data && {
    ys: plot.data.map(trace => [...trace.y]),
    x: plot.data.map(trace => [...trace.x]),
    fits: plot._fullLayout.width === Math.floor(box.width) && plot._fullLayout.height === box.height,
    rings: plot.querySelectorAll('.points path').length,
  };
}"""


def test_a_trend_has_a_ring_for_each_commit_and_a_dot_for_a_run(
    journey: Journey, page: Page
) -> None:
    for title, acc in (("Second", 0.5), ("Third", 0.61)):
        journey.repo.commit(title, **{METRICS: json.dumps({"acc": acc})})
    journey.repo.git("push", "--quiet")
    journey.runs("going on")
    journey.open()
    page.get_by_role("button", name="Trends").click()
    expect(page.locator(".ls-pane")).to_contain_text("Branch", timeout=WAIT)
    drawn: dict[str, Any] = until(
        lambda: (
            (found := page.evaluate(DRAWN))
            and len(found["ys"]) == 2
            and found["rings"] == 4
            and found
        ),
        "a trend with its run",
    )
    assert drawn["ys"] == [[0.4321, 0.5, 0.61], [0.5]]
    assert drawn["x"][1] == [drawn["x"][0][-1]]
    assert drawn["fits"]
    assert page.locator('[role="img"]').first.get_attribute("aria-label") == (
        f"acc over {len(drawn['x'][0]) + drawn['x'][0][0]} commits, 0.61 at"
        f" {journey.repo.head[:7]}, 1 running"
    )
    if folder := os.environ.get("LIVE_STUDIO_SHOTS"):
        page.screenshot(path=f"{folder}/trends.png")
