"""Charts while data flow: what is drawn is what was logged, in charts that stay whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from subprocess import Popen

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from live_studio.smoothing import smoothed
from tests.browser.charts import drawn, open_page, options, running
from tests.browser.charts import run as logged
from tests.browser.lab import WAIT, Lab, notebook
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


HIDE = """state => {
  Object.defineProperty(document, 'visibilityState', {configurable: true, get: () => state});
  document.dispatchEvent(new Event('visibilitychange')) }"""
# A drawing that asks for this fails, once.
BREAK = f"""() => {{ const plot = {PLOT};
  Object.defineProperty(plot, '_fullData', {{configurable: true, get() {{
    delete plot._fullData; throw new Error('a broken drawing') }} }}) }}"""
# Every chart drawn as large as its box, all of it inside its card.
WHOLE = """() => [...document.querySelectorAll('.ls-plot')].filter(plot => plot._fullLayout).every(plot => {
  const [box, card, svg] = [plot, plot.closest('.ls-card'), plot.querySelector('.main-svg')]
    .map(element => element.getBoundingClientRect());
  const {width, height} = plot._fullLayout;
  return Math.floor(box.width) === width && Math.floor(box.height) === height
    && svg.left >= card.left && svg.right <= card.right && svg.bottom <= card.bottom })"""


def all_drawn(page: Page, run: Run) -> bool:
    """Whether each logged point is on the chart, and none twice."""
    shown = drawn(page, METRIC)
    return options(page, METRIC)["ls-0-0-line"] == len(run.logged) and all(
        shown.shows(*point) for point in run.logged.items()
    )


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
    assert options(page, METRIC)["ls-0-0-line"] == len(run.logged)


SOFT = f"{PLOT}.data.find(trace => trace.uid === 'ls-0-0-line')"


def is_smoothed(page: Page, run: Run) -> bool:
    """Whether the line in front is the whole run smoothed, and is drawn as such."""
    steps = sorted(run.logged)
    found = page.evaluate(f"() => [{SOFT}.x, {SOFT}.y]")
    wanted = smoothed(np.array([run.logged[step] for step in steps]), 0.6)
    shown = drawn(page, METRIC, "ls-0-0-line")
    return (
        found[0] == steps
        and np.allclose(found[1], wanted, rtol=1e-9)
        and all(shown.shows(*point) for point in zip(steps, wanted, strict=True))
    )


def test_a_smoothed_live_line_goes_on_by_its_tails_and_is_what_all_points_smoothed_are(
    live: tuple[Server, Run], page: Page
) -> None:
    server, run = live
    open_page(page, server)
    until(lambda: all_drawn(page, run), "the first points")
    slider = page.get_by_label("Smoothing")
    slider.evaluate(
        "el => { el.value = 0.6; el.dispatchEvent(new Event('input', {bubbles: true})) }"
    )
    until(lambda: is_smoothed(page, run), "the smoothed line")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for step in sorted({*range(5, 45)} - {LATE}):
        run.log(step, (step * 7) % 5)
        until(lambda: is_smoothed(page, run), f"the point of step {step}")
    series = [url for url in asked if "api/series" in url and "train%2Floss" in url]
    assert series
    assert all("since=" in url for url in series)
    # One that comes late changes all that follow it.
    run.log(LATE, 50)
    until(lambda: is_smoothed(page, run), "the line with the late point")


def test_a_hidden_page_fetches_nothing_and_catches_up_when_it_is_seen_again(
    live: tuple[Server, Run], page: Page
) -> None:
    server, run = live
    open_page(page, server)
    until(lambda: all_drawn(page, run), "the first points")
    browser = page.context.new_cdp_session(page)
    page.evaluate(HIDE, "hidden")
    page.wait_for_load_state("networkidle")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for step in range(5, 20):
        run.log(step, step % 2)
    until(lambda: "step 19" in page.locator(".ls-x").inner_text(), "the hidden table to follow")
    # A browser may also put such a page to sleep altogether.
    browser.send("Page.setWebLifecycleState", {"state": "frozen"})
    for step in range(20, 200):
        run.log(step, step % 2)
    until(lambda: last_step(server) == 199, "the server to have everything")
    assert not [url for url in asked if "api/series" in url]
    browser.send("Page.setWebLifecycleState", {"state": "active"})
    page.evaluate(HIDE, "visible")
    until(lambda: all_drawn(page, run), "everything")


def last_step(server: Server) -> int | None:
    step: int | None = server.experiment("one")["step"]
    return step


def test_a_time_offline_is_made_up_for_on_a_page(live: tuple[Server, Run], page: Page) -> None:
    server, run = live
    open_page(page, server)
    offline_and_back(server, run, page)


def test_a_time_offline_is_made_up_for_in_a_notebook(
    live: tuple[Server, Run], page: Page, tmp_path: Path
) -> None:
    server, run = live
    notebook(server.notebooks / "offline.ipynb", "%load_ext live_studio", "%live_studio")
    Lab(server, page, "offline.ipynb").open().run_all()
    page.wait_for_selector(".ls-card .ls-plot .main-svg", timeout=WAIT)
    offline_and_back(server, run, page)


def offline_and_back(server: Server, run: Run, page: Page) -> None:
    until(lambda: all_drawn(page, run), "the first points")
    page.context.set_offline(offline=True)
    for step in range(5, 150):
        run.log(step, step % 2)
    until(lambda: last_step(server) == 149, "the server to have everything")
    assert options(page, METRIC)["ls-0-0-line"] == 5
    page.context.set_offline(offline=False)
    until(lambda: all_drawn(page, run), "everything")
    run.log(150, 0)
    until(lambda: all_drawn(page, run), "what comes after that")


def test_a_range_somebody_dragged_open_stays_while_points_arrive(
    live: tuple[Server, Run], page: Page
) -> None:
    server, run = live
    for step in range(5, 40):
        run.log(step, step % 2)
    open_page(page, server)
    until(lambda: all_drawn(page, run), "the first points")
    box = page.locator(f'.ls-card[aria-label="{METRIC}"] .nsewdrag').bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.25, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, middle, steps=5)
    page.mouse.up()
    until(lambda: drawn(page, METRIC).range[0] > 5, "the part of it")
    chosen = drawn(page, METRIC).range
    for step in range(40, 60):
        run.log(step, step % 2)
    until(lambda: "step 59" in page.locator(".ls-x").inner_text(), "the table to follow")
    until(lambda: "59" in other_end(page), "the other chart to follow")
    assert drawn(page, METRIC).range == chosen
    page.mouse.dblclick(box["x"] + box["width"] / 2, middle)
    until(lambda: all_drawn(page, run), "all of it again")


def other_end(page: Page) -> str:
    return str(
        page.evaluate(
            """() => document.querySelector('.ls-card[aria-label="val/acc"] .ls-plot').data[0].x.at(-1)"""
        )
    )


def test_a_chart_whose_drawing_fails_says_so_and_recovers(
    live: tuple[Server, Run], page: Page
) -> None:
    server, run = live
    open_page(page, server)
    until(lambda: all_drawn(page, run), "the first points")
    page.evaluate(BREAK)
    page.evaluate(
        """() => new MutationObserver(() => { window.said ||= document.body.innerText
          .includes('could not be drawn') }).observe(document.body, {childList: true, subtree: true})"""
    )
    # Far away, so that it takes a whole drawing.
    run.log(5, 50)
    until(lambda: page.evaluate("window.said"), "the sentence that says so")
    expect(page.get_by_text("could not be drawn")).to_have_count(0, timeout=WAIT)
    until(lambda: all_drawn(page, run), "a chart that is whole again")


def test_only_charts_in_sight_are_fetched_and_drawn(server: Server, page: Page) -> None:
    script = """
from live_studio import Live
with Live(exp_name="many") as live:
    for step in range(3):
        live.step = step
        live.log_metrics({f"metric{number:02}": step for number in range(18)})
"""
    logged(server, script)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_viewport_size({"width": 1300, "height": 420})
    open_page(page, server)
    last = page.locator('.ls-card[aria-label="metric17"]')
    expect(last).to_be_attached()
    assert not last.locator(".main-svg").count()
    assert not [url for url in asked if "metric=metric17" in url]
    height = last.evaluate("card => card.offsetHeight")
    last.scroll_into_view_if_needed()
    expect(last.locator(".main-svg").first).to_be_visible()
    assert [url for url in asked if "metric=metric17" in url]
    # Its place was kept for it.
    assert last.evaluate("card => card.offsetHeight") == height


def test_charts_are_whole_through_resizing_zooming_themes_and_the_splitter(
    live: tuple[Server, Run], page: Page
) -> None:
    server, run = live
    notebook(server.notebooks / "sizes.ipynb", "%load_ext live_studio", "%live_studio")
    lab = Lab(server, page, "sizes.ipynb").open()
    lab.run_all()
    page.wait_for_selector(".ls-card .ls-plot .main-svg", timeout=WAIT)
    step = 5

    def is_whole(what: str) -> None:
        nonlocal step
        run.log(step, step % 2)
        step += 1
        until(lambda: page.evaluate(WHOLE) and all_drawn(page, run), f"whole charts {what}")

    is_whole("at first")
    lab.command("application:toggle-left-area")
    is_whole("beside a side bar that came or went")
    lab.theme("JupyterLab Dark")
    is_whole("in the dark")
    splitter = page.locator(".ls-split, [role=separator]").first
    splitter.focus()
    for _ in range(3):
        page.keyboard.press("ArrowUp")
    is_whole("after the splitter has moved")
    zoomed = page.context.new_cdp_session(page)
    metrics = {"width": 650, "height": 600, "deviceScaleFactor": 2, "mobile": False}
    zoomed.send("Emulation.setDeviceMetricsOverride", metrics)
    is_whole("at 200 %")
    zoomed.send("Emulation.clearDeviceMetricsOverride")
    is_whole("at 100 % again")
