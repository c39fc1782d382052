"""A million points with a few spikes: each is drawn, at every zoom, raw and behind a smoothed line."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.charts import drawn, open_page, options, run
from tests.servers import Server, until

LAST = 999_999
SPIKES = {
    0: 30.0,
    65_535: 40.0,
    65_536: -40.0,
    400_000: 50.0,
    500_000: 45.0,
    700_001: -50.0,
    LAST: -30.0,
}
PLACE = """(plot, step) => {
  const {xaxis} = plot._fullLayout;
  return xaxis._offset + xaxis.l2p(step);
}"""
LONELY = 500_000
"""This one stands between NaNs: there is no line to it."""
MILLION = f"""
import math
from live_studio import Live
spikes = {SPIKES!r}
with Live(exp_name="needles") as live:
    for step in range({LAST + 1}):
        value = spikes.get(step, math.sin(step / 5000))
        if 0 < abs(step - {LONELY}) < 3:
            value = math.nan
        live.step = step
        live.log_metric("loss", value)
"""


@pytest.fixture(name="needles", scope="module")
def _needles(server: Server) -> Server:
    run(server, MILLION)
    return server


def test_every_spike_of_a_million_points_is_drawn_at_every_zoom(
    needles: Server, page: Page
) -> None:
    open_page(page, needles)
    all_are_drawn(page, "")
    for spike in SPIKES:
        zoomed_in(page, spike)
    smoothing = page.get_by_label("Smoothing")
    smoothing.fill("0.9")
    until(lambda: [uid for uid in options(page, "loss") if "-raw-" in uid], "the smoothed line")
    all_are_drawn(page, "-raw")
    # The smoothed line is calm where the logged one is not.
    soft = drawn(page, "loss", "-0-line")
    assert max(point[1] for point in soft.points if point[0] > 1000) < 10
    for spike in (0, 65_535, 400_000, LONELY, LAST):
        zoomed_in(page, spike, "-raw")


def all_are_drawn(page: Page, part: str) -> None:
    assert sum(options(page, "loss").values()) < 2500
    lines, dots = drawn(page, "loss", f"{part}-line"), drawn(page, "loss", f"{part}-dots")
    for step, value in SPIKES.items():
        assert (dots if step == LONELY else lines).shows(step, value), (step, value)
    assert drawn(page, "loss", "mark-nan").shows(LONELY - 2, 0, pixels=2e9)


def zoomed_in(page: Page, spike: int, part: str = "") -> None:
    """With Ctrl and the wheel, step by step, until single points are seen; then all the way back."""
    plot = page.locator('.ls-card[aria-label="loss"] .ls-plot')
    width = 1_000_000.0
    while width > 50:
        before = drawn(page, "loss").range
        box = plot.bounding_box()
        assert box
        page.mouse.move(box["x"] + plot.evaluate(PLACE, spike), box["y"] + 60)
        page.keyboard.down("Control")
        for _ in range(16):
            page.mouse.wheel(0, -100)
        page.keyboard.up("Control")
        until(
            lambda before=before: drawn(page, "loss").range != before and shown(page, spike, part),
            f"spike {spike} at a width of {width:g}",
        )
        now = drawn(page, "loss").range
        width = now[1] - now[0]
        assert now[0] - 2 <= spike <= now[1] + 2
    plot.dblclick(position={"x": 100, "y": 60})
    until(lambda: drawn(page, "loss").range[1] > LAST - 1, "the whole chart")
    until(lambda: drawn(page, "loss", f"{part}-line").shows(0, SPIKES[0]), "the first point")


def shown(page: Page, spike: int, part: str) -> bool:
    dots = drawn(page, "loss", f"{part}-dots")
    return (dots if spike == LONELY else drawn(page, "loss", f"{part}-line")).shows(
        spike, SPIKES[spike]
    )
