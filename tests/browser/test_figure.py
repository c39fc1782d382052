"""The figure in code is the chart on screen: the same lines, colours, smoothing, means and gaps."""

from __future__ import annotations

import math
import re
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Page, Request

from live_studio.runs import experiments
from tests.browser.charts import open_group_menu, open_page, run
from tests.servers import Server, until

RUNS = """
import math
from live_studio import Live
for lr in (0.01, 0.1):
    for seed in range(2):
        with Live(exp_name=f"lr{lr}-seed{seed}", params={"lr": lr, "seed": seed}) as live:
            for step in range(3000 - 700 * seed):
                live.step = step
                value = lr + math.sin(step / 200 + seed) + (9.0 if step == 1777 else 0)
                live.log_metrics({"loss": math.nan if 500 <= step < 520 else value})
"""
NAMES = [f"lr{lr}-seed{seed}" for lr in (0.01, 0.1) for seed in range(2)]
SHOWN = """() => document.querySelector('.ls-card[aria-label="loss"] .ls-plot').data
  .filter(({uid}) => /-(line|band)$/.test(uid))
  .map(({uid, x, y, line, fillcolor}) => ({uid, x: [...x], y: [...y], line, fillcolor}))"""

Shown = list[tuple[str, str, list[Any], list[Any]]]


@pytest.fixture(name="runs", scope="module")
def _runs(server: Server) -> Server:
    run(server, RUNS)
    return server


class Asked:
    """What the page asked for last."""

    def __init__(self, page: Page) -> None:
        self.query: dict[str, list[str]] = {}
        page.on("request", self._note)

    def _note(self, request: Request) -> None:
        if "api/series" in request.url:
            self.query = parse_qs(urlparse(request.url).query)

    @property
    def points(self) -> int:
        return int(self.query["points"][0])


def on_screen(page: Page) -> Shown:
    """Kind, colour, places and values of each trace, in the order in which they are drawn."""
    return [
        (
            "band" if trace.get("fillcolor") else "raw" if "-raw-" in trace["uid"] else "line",
            colour(trace.get("fillcolor") or trace["line"]["color"]),
            trace["x"],
            trace["y"],
        )
        for trace in page.evaluate(SHOWN)
    ]


def in_code(**how: Any) -> Shown:
    """The same of a figure's."""
    return [
        (
            "band" if trace.fill else "raw" if trace.opacity else "line",
            colour(trace.fillcolor or trace.line.color),
            list(map(close, trace.x)),
            list(map(close, trace.y)),
        )
        for trace in experiments().figure("loss", **how).data
    ]


def colour(said: str) -> str:
    """Red, green and blue: how faint a trace is, figures say with an opacity of its own."""
    if said.startswith("#"):
        return str(tuple(int(said[at : at + 2], 16) for at in (1, 3, 5)))
    return str(tuple(int(part) for part in re.findall(r"\d+", said)[:3]))


def close(value: float) -> Any:
    return None if math.isnan(value) else pytest.approx(float(value), rel=1e-12)


def test_lines_means_and_bands_in_code_are_those_on_screen(
    runs: Server, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVE_STUDIO_STORE", str(runs.store))
    monkeypatch.delenv("LIVE_STUDIO_SERVER_FILE", raising=False)
    asked = Asked(page)
    open_page(page, runs)
    # In the order in which they started, as figures give their colours.
    for name in NAMES:
        box = page.get_by_label(f"Plot {name}", exact=True)
        if box.get_attribute("aria-checked") == "true":
            box.click()
    for name in NAMES:
        page.get_by_label(f"Plot {name}", exact=True).click()

    def agree(count: int, **how: Any) -> None:
        until(
            lambda: (
                len(shown := on_screen(page)) == count
                and shown == in_code(points=asked.points, **how)
            ),
            f"the figure of {how}",
        )

    agree(4)
    page.get_by_label("Smoothing").fill("0.9")
    agree(8, smooth=0.9)
    open_group_menu(page)
    page.get_by_role("menuitemcheckbox", name="seed").click()
    page.keyboard.press("Escape")
    agree(6, smooth=0.9, group="seed")
    page.get_by_label("Smoothing").fill("0")
    agree(4, group="seed")
    open_group_menu(page)
    page.get_by_role("menuitemradio", name="mean, min to max").click()
    page.keyboard.press("Escape")
    agree(4, group="seed", band="range")
