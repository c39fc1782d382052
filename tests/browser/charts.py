"""What is really drawn in a chart: the vertices of its lines, in units of its axes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.browser.lab import WAIT
from tests.servers import JUPYTER_TOKEN, Server

DRAWN = """([metric, part]) => {
  const plot = document.querySelector(`.ls-card[aria-label="${metric}"] .ls-plot`);
  const {xaxis, yaxis} = plot._fullLayout;
  const paths = [...plot.querySelectorAll(`.scatterlayer .trace[class*="${part}"] path.js-line`)];
  const dots = [...plot.querySelectorAll(`.scatterlayer .trace[class*="${part}"] .points path`)];
  const ends = dots.map(dot => dot.getAttribute('transform').match(/-?[\\d.]+(e-?\\d+)?/g).map(Number));
  const vertices = paths.flatMap(path => [...path.getAttribute('d').matchAll(
    /[ML]?(-?[\\d.]+(?:e-?\\d+)?),(-?[\\d.]+(?:e-?\\d+)?)|H(-?[\\d.]+)|V(-?[\\d.]+)/g)]
    .map(([, x, y, h, v]) => [x ?? h, y ?? v]).reduce((all, [x, y]) => {
      const [a, b] = all.at(-1) ?? [0, 0];
      return [...all, [x === undefined ? a : Number(x), y === undefined ? b : Number(y)]];
    }, []));
  return {range: [...plot.layout.xaxis.range],
          points: [...vertices, ...ends].map(([x, y]) => [xaxis.p2l(x), yaxis.p2l(y)]),
          pixel: [Math.abs(xaxis.p2l(1) - xaxis.p2l(0)), Math.abs(yaxis.p2l(1) - yaxis.p2l(0))]};
}"""


@dataclass
class Drawn:
    """The vertices and dots of a metric's chart."""

    range: list[float]
    points: list[list[float]]
    pixel: list[float]

    def shows(self, x: float, y: float, *, pixels: float = 1.5) -> bool:
        """Whether something is drawn within a pixel or so of a point."""
        return any(
            abs(point[0] - x) <= pixels * self.pixel[0]
            and abs(point[1] - y) <= pixels * self.pixel[1]
            for point in self.points
        )


def drawn(page: Page, metric: str, part: str = "-line") -> Drawn:
    """What a chart's traces of a kind draw now."""
    return Drawn(**page.evaluate(DRAWN, [metric, part]))


def options(page: Page, metric: str) -> dict[str, Any]:
    """How many points each trace of a chart has, by the last part of its name."""
    found: dict[str, Any] = page.evaluate(
        """metric => {
      const plot = document.querySelector(`.ls-card[aria-label="${metric}"] .ls-plot`);
      return Object.fromEntries((plot?.data ?? []).map(trace => [trace.uid, trace.x.length]));
    }""",
        metric,
    )
    return found


def open_page(page: Page, server: Server, project: str = "") -> None:
    """The dashboard on a page of its own, with its charts; of the newest project, or of one by its id."""
    page.goto(f"{server.url}?token={JUPYTER_TOKEN}" + (f"#project={project}" if project else ""))
    page.wait_for_selector(".ls-card .ls-plot .main-svg", timeout=WAIT)


def open_group_menu(page: Page) -> None:
    """The menu of the parameters that make no difference: behind another one where charts are narrow."""
    control = page.get_by_label("Group over parameters")
    if control.is_visible():
        control.click()
        return
    page.get_by_role("button", name="Menu of the charts").click()
    page.get_by_role("menuitem", name="Group over…").click()


def run(server: Server, script: str, folder: Path | None = None) -> None:
    """Let a script log into the server's store, in a process of its own, to its end."""
    with running(server, script, folder) as process:
        process.communicate(timeout=300)
        assert process.returncode == 0


@contextmanager
def running(
    server: Server, script: str, folder: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A script that logs into the server's store, from this folder, and reads lines from us."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("LIVE_STUDIO")}
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        env=env | {"LIVE_STUDIO_STORE": str(server.store)},
        cwd=folder or server.notebooks,
        stdin=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.stdin:
            process.stdin.close()
        process.wait(60)
