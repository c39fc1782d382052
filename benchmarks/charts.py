"""What charts cost the browser: from a log call to the painted point, frames, memory; and very many charts."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import TYPE_CHECKING, Any

from . import harness, report
from .harness import ROOT, Runner
from .report import Row, Verdict, percentile

if TYPE_CHECKING:
    from live_studio.events import Data, Key
    from live_studio.studio import Studio

QUESTION = "charts in Chromium: log call to painted point, frames, heap; 100 metrics x 20 runs"
RUNS, METRICS, RATE = 10, 10, 10
MANY_METRICS, MANY_RUNS, MANY_POINTS = 100, 20, 300
MANY_TIMES = 5
"""A longest task is one task: only the median of some says what a page is like."""
UPDATED_POINTS, UPDATES = 500, 60

WARM = 20.0
"""Seconds of a live run that nobody watches: until every run is selected, and after the last look."""
FULL = 120.0
"""After so long a line has as many points as a chart draws, and what still grows is a leak."""
DRAWN_WHOLE = 1000
"""A line of so many points is drawn as it is."""

# The value of every point is the moment it was logged, so that the page itself can say how old it is.
CELL = """
import threading, time
from pathlib import Path
from live_studio import Live
def log(number):
    with Live(exp_name=f"run-{{number}}") as live:
        begun = time.perf_counter()
        for step in range({steps}):
            time.sleep(max(0, begun + step / {rate} - time.perf_counter()))
            live.step = step
            live.log_metrics({{f"group{{m % 2}}/metric{{m}}": time.time() for m in range({metrics})}})
threads = [threading.Thread(target=log, args=[number]) for number in range({runs})]
for thread in threads: thread.start()
for thread in threads: thread.join()
Path("done").touch()
"""
PROBE = """() => {
  // Counted by the millisecond, so that the probe itself does not grow.
  const counts = () => Object.assign(new Uint32Array(60_000),
    {add(ms) { this[Math.min(this.length - 1, Math.max(0, Math.round(ms)))] += 1 }});
  const probe = window.probe = {seen: new Map(), from: Infinity, clear() {
    Object.assign(probe, {ages: counts(), cells: counts(), frames: counts(), tasks: []}) }};
  probe.clear();
  const said = new WeakMap();
  new PerformanceObserver(list => list.getEntries().forEach(task => probe.tasks.push(task.duration)))
    .observe({type: 'longtask'});
  let before = performance.now();
  // To ask for boxes in each frame would make the browser lay out in the middle of it.
  let [plots, cells, asked] = [[], [], -Infinity];
  const find = () => {
    cells = [...document.querySelectorAll('.ls-x .ls-num')];
    plots = [...document.querySelectorAll('.ls-plot')].filter(plot => {
      const box = plot.getBoundingClientRect();
      return plot.data && box.bottom > 0 && box.top < innerHeight;
    });
  };
  const look = now => {
    probe.frames.add(now - before); before = now;
    if (now - asked > 500) { find(); asked = now }
    for (const cell of cells) {
      const logged = Number(cell.title) * 1000;
      if (said.get(cell) === logged) continue;
      said.set(cell, logged);
      if (logged > probe.from) probe.cells.add(Date.now() - logged);
    }
    for (const plot of plots) {
      for (const line of plot.data) {
        if (!line.uid?.endsWith('-line')) continue;
        const key = plot.parentElement.closest('.ls-card').ariaLabel + line.uid;
        const [known, last] = [probe.seen.get(key) ?? -1, line.x.length - 1];
        if (last < 0 || line.x[last] === known) continue;
        probe.seen.set(key, line.x[last]);
        // This runs in the frame after the one that drew it: the point has been painted.
        const shown = Date.now();
        for (let at = last; at >= 0 && line.x[at] > known; at -= 1)
          if (line.y[at] * 1000 > probe.from) probe.ages.add(shown - line.y[at] * 1000);
      }
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""
TAKEN = """() => [...['ages', 'cells', 'frames'].map(kind =>
  [...probe[kind]].flatMap((count, ms) => Array(count).fill(ms))), probe.tasks]"""
WATCH_DRAWING = """() => {
  probe.updates = [];
  const real = window.requestAnimationFrame.bind(window);
  const points = () => [...document.querySelectorAll('.ls-plot')]
    .map(plot => (plot.data ?? []).map(line => line.x.length).join()).join();
  window.requestAnimationFrame = draw => real(now => {
    const [before, begun] = [points(), performance.now()];
    draw(now);
    if (points() === before) return;
    // A task after this frame runs when it has been painted.
    const channel = new MessageChannel();
    channel.port1.onmessage = () => probe.updates.push(performance.now() - begun);
    channel.port2.postMessage(0);
  });
}"""
COUNTS = """() => [...document.querySelectorAll('.ls-plot')].filter(plot => plot.data)
  .map(plot => plot.data.filter(line => line.uid.endsWith('-line')).map(line => line.x.length))"""
# Of the lines somebody can see: how many points, and the last step.
LINES = """() => [...document.querySelectorAll('.ls-plot')].filter(plot => {
    const box = plot.getBoundingClientRect();
    return plot.data && box.bottom > 0 && box.top < innerHeight })
  .flatMap(plot => plot.data.filter(line => line.uid.endsWith('-line'))
    .map(line => [line.x.length, line.x.at(-1)]))"""


def measure(runner: Runner) -> list[Verdict]:
    if runner.minutes:
        live = [moving(runner.minutes * 60 + WARM)]
        runner.note("moving", 0, live[0])
        _print(live)
        return _verdicts(live)
    live, many, one = [], [], []
    for repetition in range(runner.repetitions):
        live.append(moving(40.0 if runner.quick else 60.0))
        runner.note("moving", repetition, live[-1])
        one.append(updating())
        runner.note("updating", repetition, one[-1])
    for repetition in range(MANY_TIMES):
        many.append(crowded())
        runner.note("crowded", repetition, many[-1])
    for rows in (live, many, one):
        _print(rows)
    crowd = [
        Verdict(
            f"100 x 20, {name}: longest task", _median(many, f"{name}, longest task ms"), 100, "ms"
        )
        for name in ("opening", "scrolling")
    ]
    update = Verdict("chart of 20 x 500 updated, p95", _median(one, "update p95 ms"), 50, "ms")
    return [*_verdicts(live), *crowd, update]


def _print(rows: list[Row]) -> None:
    report.print_table(
        ("what", "figure"),
        [(name, report.spread(report.figures(rows, name))) for name in rows[0]],
    )


def _verdicts(live: list[Row]) -> list[Verdict]:
    found = [
        Verdict("log call to painted point, p95", _median(live, "paint p95 ms"), 600, "ms"),
        Verdict("log call to painted cell, p95", _median(live, "cell p95 ms"), 250, "ms"),
        Verdict("points missing in the end", max(report.figures(live, "missing")), 0, "points"),
    ]
    if "heap an hour MB" in live[0]:
        found.append(Verdict("heap growth an hour", _median(live, "heap an hour MB"), 50, "MB"))
    return found


def _median(rows: list[Row], name: str) -> float:
    return median(report.figures(rows, name))


def moving(seconds: float) -> Row:
    """Ten runs of ten metrics at 10 Hz in one cell that keeps its kernel busy, all in charts."""
    from tests.kernels import kernel
    from tests.servers import running

    steps = int(seconds * RATE)
    cell = CELL.format(steps=steps, rate=RATE, metrics=METRICS, runs=RUNS)
    with (
        harness.scratch() as folder,
        running(folder) as server,
        kernel(_environment(server), server.notebooks) as busy,
        Opened(server) as page,
    ):
        busy.begin(cell)
        page.wait_for_selector(".ls-card .main-svg", timeout=60_000)
        _select_all(page)
        page.wait_for_timeout(3000)
        heaps = [_heap(page)]
        page.evaluate("() => { probe.clear(); probe.from = Date.now() }")
        watched = seconds - WARM
        if watched > 2 * FULL:
            page.wait_for_timeout(FULL * 1000)
            heaps.append(_heap(page))
            page.wait_for_timeout((watched - FULL) * 1000)
        else:
            page.wait_for_timeout(watched * 1000)
        ages, cells, frames, tasks = page.evaluate(TAKEN)
        heaps.append(_heap(page))
        done = server.notebooks / "done"
        # Otherwise nothing was measured while something was logged.
        assert not done.exists()
        _until(done.exists, "the cell ends")
        page.wait_for_timeout(4000)
        lines = page.evaluate(LINES)
        assert lines
        return {
            "paint p50 ms": percentile(ages, 50),
            "paint p95 ms": percentile(ages, 95),
            "points painted": len(ages),
            "cell p50 ms": percentile(cells, 50),
            "cell p95 ms": percentile(cells, 95),
            "frame p50 ms": percentile(frames, 50),
            "frame p95 ms": percentile(frames, 95),
            "longest task ms": max(tasks, default=0),
            "heap at first MB": heaps[0],
            "heap in the end MB": heaps[-1],
            "lines in sight": len(lines),
            "missing": sum(_missing(steps, *line) for line in lines),
        } | (
            {"heap an hour MB": (heaps[-1] - heaps[1]) * 3600 / (watched - FULL)}
            if len(heaps) > 2
            else {}
        )


def _missing(steps: int, drawn: int, last: float) -> int:
    """Points a line lacks: all that were logged, where it is short enough; else those after its end."""
    return steps - drawn if steps <= DRAWN_WHOLE else steps - 1 - int(last)


def _until(true: Callable[[], bool], what: str, seconds: float = 120) -> None:
    ends = time.monotonic() + seconds
    while not true():
        if time.monotonic() > ends:
            raise RuntimeError(f"not within {seconds:g} s: {what}")
        time.sleep(0.2)


def _select_all(page: Any) -> None:
    # Not by the mouse: that waits until a row stands still, and these never do.
    page.evaluate(
        """() => document.querySelectorAll('.ls-x [role="checkbox"][aria-checked="false"]')
          .forEach(box => box.click())"""
    )


def crowded() -> Row:
    """A hundred metrics of twenty runs: opening all charts, and scrolling through them."""
    from live_studio.studio import Studio
    from tests.servers import running

    with harness.scratch() as folder, running(folder) as server:
        studio = Studio(server.store)
        _fill(studio, MANY_METRICS, MANY_POINTS)
        studio.close()
        with Opened(server) as page:
            page.wait_for_selector(".ls-x", timeout=60_000)
            _select_all(page)
            page.get_by_role("button", name="Show 80 more").click()
            page.locator(".ls-plot .main-svg").nth(12).wait_for(state="attached", timeout=60_000)
            page.wait_for_timeout(4000)
            opening = max(page.evaluate("probe.tasks"), default=0)
            page.evaluate("() => probe.clear()")
            page.mouse.move(1200, 600)
            for _ in range(60):
                page.mouse.wheel(0, 250)
                page.wait_for_timeout(80)
            page.wait_for_timeout(2000)
            _, _, frames, tasks = page.evaluate(TAKEN)
            drawn = page.evaluate(COUNTS)
            return {
                "opening, longest task ms": opening,
                "scrolling, longest task ms": max(tasks, default=0),
                "scrolling, frame p95 ms": percentile(frames, 95),
                "charts drawn": len(drawn),
            }


def updating() -> Row:
    """One chart of twenty lines of five hundred points that goes on: from the beginning of a
    drawing until it has been painted.
    """
    from live_studio.studio import Studio
    from tests.servers import running

    with harness.scratch() as folder, running(folder) as server:
        studio = Studio(server.store)
        _fill(studio, 1, UPDATED_POINTS - UPDATES // 2)
        with Opened(server) as page:
            page.wait_for_selector(".ls-card .main-svg", timeout=60_000)
            _select_all(page)
            page.wait_for_timeout(2000)
            page.evaluate(WATCH_DRAWING)
            for step in range(UPDATED_POINTS - UPDATES // 2, UPDATED_POINTS + UPDATES // 2):
                studio.record(_points(1, [step]))
                page.wait_for_timeout(300)
            _until(
                lambda: page.evaluate(COUNTS) == [[UPDATED_POINTS + UPDATES // 2] * MANY_RUNS],
                "the chart has every point",
            )
            took = page.evaluate("probe.updates")
        studio.close()
    return {
        "update p50 ms": percentile(took, 50),
        "update p95 ms": percentile(took, 95),
        "updates": len(took),
    }


def _fill(studio: Studio, metrics: int, points: int) -> None:
    from live_studio.events import Start

    studio.record([Start(_key(run), "live_studio") for run in range(MANY_RUNS)])
    for data in _points(metrics, range(points)):
        studio.record([data])


def _points(metrics: int, steps: Sequence[int]) -> list[Data]:
    """Some steps of every run."""
    import math

    from live_studio.events import Data, Point

    def value(run: int, step: int) -> float:
        return math.exp(-step / 100) + math.sin(step * (run + 1) / 40) / 9

    return [
        Data(
            _key(run),
            "live_studio",
            points={
                f"dvclive/plots/metrics/group{metric % 10}/metric{metric}.tsv": [
                    Point(step, value(run, step)) for step in steps
                ]
                for metric in range(metrics)
            },
        )
        for run in range(MANY_RUNS)
    ]


def _key(run: int) -> Key:
    from live_studio.addresses import NO_COMMIT
    from live_studio.events import Key

    return Key("github.com/bench/charts", NO_COMMIT, f"run-{run}")


class Opened:
    """The dashboard on a page of its own, in a Chromium of its own."""

    def __init__(self, server: Any) -> None:
        self.server = server

    def __enter__(self) -> Any:
        from playwright.sync_api import sync_playwright

        from tests.browser.chromium import chromium, launch_arguments
        from tests.servers import JUPYTER_TOKEN

        self.playwright = sync_playwright().start()
        precise = [*launch_arguments(), "--enable-precise-memory-info"]
        self.browser = self.playwright.chromium.launch(executable_path=chromium(), args=precise)
        page = self.browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{self.server.url}?token={JUPYTER_TOKEN}")
        page.evaluate(PROBE)
        return page

    def __exit__(self, *_: object) -> None:
        self.browser.close()
        self.playwright.stop()


def _heap(page: Any) -> float:
    """Megabytes in use after everything that can go has gone."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    time.sleep(0.5)
    return float(page.evaluate("performance.memory.usedJSHeapSize")) / 1e6


def _environment(server: Any) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LIVE_STUDIO")}
    return kept | {
        "LIVE_STUDIO_STORE": str(server.store),
        "PYTHONPATH": str(ROOT / "src"),
    }
