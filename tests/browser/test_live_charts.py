"""Charts while data flow: what is drawn is what was logged, in charts that stay whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from subprocess import Popen

import pytest
from playwright.sync_api import Page

from tests.browser.charts import drawn, open_page, options, running
from tests.servers import Server, until
from tests.servers import running as serving

METRIC = "train/loss"
LATE = 30
# Each line it reads is a command: a step and a value to log.
LOGGER = """
import sys
from live_studio import Live
with Live(exp_name="one") as live:
    for line in sys.stdin:
        step, value = line.split()
        live.step = int(step)
        live.log_metrics({"train/loss": float(value), "val/acc": float(step)})
"""
PLOT = f"document.querySelector('.ls-card[aria-label=\"{METRIC}\"] .ls-plot')"


class Run:
    """A run that logs what it is told."""

    def __init__(self, process: Popen[bytes]) -> None:
        self.process = process
        self.logged: dict[int, float] = {}

    def log(self, step: int, value: float) -> None:
        assert self.process.stdin
        self.process.stdin.write(f"{step} {value}\n".encode())
        self.process.stdin.flush()
        self.logged[step] = value


@pytest.fixture(name="server", scope="module")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server"), "/user/me/") as server:
        yield server


@pytest.fixture(name="live")
def _live(tmp_path: Path) -> Iterator[tuple[Server, Run]]:
    """A server of the test's own, and a run in its store with a few points."""
    with serving(tmp_path) as server, running(server, LOGGER) as process:
        run = Run(process)
        for step in range(5):
            run.log(step, step % 2)
        yield server, run


def all_drawn(page: Page, run: Run) -> bool:
    shown = drawn(page, METRIC)
    return len(shown.points) > 0 and all(shown.shows(*point) for point in run.logged.items())


def test_points_that_arrive_are_drawn_where_they_belong_and_seldom_by_a_whole_drawing(
    live: tuple[Server, Run], page: Page
) -> None:
    server, run = live
    open_page(page, server)
    until(lambda: all_drawn(page, run), "the first points")
    page.evaluate(
        f"() => {{ window.wholes = 0; {PLOT}.on('plotly_afterplot', () => wholes += 1) }}"
    )
    for step in sorted({*range(5, 65)} - {LATE}):
        run.log(step, step % 2)
        until(lambda: all_drawn(page, run), f"the point of step {step}")
        end = page.evaluate(
            f"""() => {{
            const box = {PLOT}.querySelector('[class*="-running"] .points path').getBoundingClientRect();
            const {{left, top}} = {PLOT}.getBoundingClientRect();
            const {{xaxis, yaxis}} = {PLOT}._fullLayout;
            return [xaxis.p2l(box.x + box.width / 2 - left - xaxis._offset),
                    yaxis.p2l(box.y + box.height / 2 - top - yaxis._offset)] }}"""
        )
        assert end == pytest.approx([step, step % 2], abs=0.05 * step)
    assert page.evaluate("wholes") < 40
    # One that comes late stands between the others.
    run.log(LATE, 0.5)
    until(lambda: all_drawn(page, run), "the late point")
    assert options(page, METRIC)["ls-0-0-line"] == 65
