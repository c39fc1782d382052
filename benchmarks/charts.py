"""What charts cost the browser: from a log call to the painted point, frames, memory; and very many charts."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from . import harness, report
from .harness import ROOT, Runner
from .report import Row, Verdict, percentile

QUESTION = "charts in Chromium: log call to painted point, frames, heap; 100 metrics x 20 runs"
RUNS, METRICS, RATE = 10, 10, 10
MANY_METRICS, MANY_RUNS, MANY_POINTS = 100, 20, 300

# The value of every point is the moment it was logged, so that the page itself can say how old it is.
PRODUCER = """
import sys, threading, time
from live_studio import Live
seconds, runs, metrics, rate = (float(word) for word in sys.argv[1:])
def log(number):
    with Live(exp_name=f"run-{number}") as live:
        begun = time.perf_counter()
        for step in range(int(seconds * rate)):
            time.sleep(max(0, begun + step / rate - time.perf_counter()))
            live.step = step
            live.log_metrics({f"group{m % 2}/metric{m}": time.time() for m in range(int(metrics))})
threads = [threading.Thread(target=log, args=[number]) for number in range(int(runs))]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
PROBE = """() => {
  const probe = window.probe = {ages: [], frames: [], tasks: [], seen: new Map(), from: Infinity};
  new PerformanceObserver(list => list.getEntries().forEach(task => probe.tasks.push(task.duration)))
    .observe({type: 'longtask'});
  let before = performance.now();
  // To ask for boxes in each frame would make the browser lay out in the middle of it.
  let [shown, asked] = [[], -Infinity];
  const plots = now => {
    if (now - asked < 500) return shown;
    asked = now;
    return shown = [...document.querySelectorAll('.ls-plot')].filter(plot => {
      const box = plot.getBoundingClientRect();
      return plot.data && box.bottom > 0 && box.top < innerHeight;
    });
  };
  const look = now => {
    probe.frames.push(now - before); before = now;
    for (const plot of plots(now)) {
      for (const line of plot.data) {
        if (!line.uid?.endsWith('-line')) continue;
        const key = plot.parentElement.closest('.ls-card').ariaLabel + line.uid;
        const [known, last] = [probe.seen.get(key) ?? -1, line.x.length - 1];
        if (last < 0 || line.x[last] === known) continue;
        probe.seen.set(key, line.x[last]);
        // This runs in the frame after the one that drew it: the point has been painted.
        const shown = Date.now();
        for (let at = last; at >= 0 && line.x[at] > known; at -= 1)
          if (line.y[at] * 1000 > probe.from) probe.ages.push(shown - line.y[at] * 1000);
      }
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""
COUNTS = """() => [...document.querySelectorAll('.ls-plot')].filter(plot => plot.data)
  .map(plot => plot.data.filter(line => line.uid.endsWith('-line')).map(line => line.x.length))"""


def measure(runner: Runner) -> list[Verdict]:
    seconds = 40.0 if runner.quick else 60.0
    live, many = [], []
    for repetition in range(runner.repetitions):
        live.append(moving(seconds))
        runner.note("moving", repetition, live[-1])
        many.append(crowded())
        runner.note("crowded", repetition, many[-1])
    for rows in (live, many):
        report.print_table(
            ("what", "figure"),
            [(name, report.spread(report.figures(rows, name))) for name in rows[0]],
        )
    return [
        Verdict("log call to painted point, p95", _median(live, "paint p95 ms"), 600, "ms"),
        Verdict("points missing in the end", max(report.figures(live, "missing")), 0, "points"),
        Verdict("heap grown", _median(live, "heap grown MB"), 50, "MB"),
    ]


def _median(rows: list[Row], name: str) -> float:
    return median(report.figures(rows, name))


def moving(seconds: float) -> Row:
    """Ten runs of ten metrics at 10 Hz, all in charts."""
    from tests.servers import running

    with harness.scratch() as folder, running(folder) as server, Opened(server) as page:
        started = time.time()
        producer = subprocess.Popen(
            [sys.executable, "-c", PRODUCER, *map(str, (seconds, RUNS, METRICS, RATE))],
            env=_environment(server),
            cwd=server.notebooks,
        )
        page.wait_for_selector(".ls-card .main-svg", timeout=60_000)
        _select_all(page)
        page.wait_for_timeout(3000)
        begun = _heap(page)
        print(f"   watching from {time.time() - started:.1f} s on", flush=True)
        page.evaluate(
            "() => Object.assign(probe, {frames: [], tasks: [], ages: [], from: Date.now()})"
        )
        page.wait_for_timeout((seconds - 20) * 1000)
        probe = page.evaluate(
            "() => ({ages: probe.ages, frames: probe.frames, tasks: probe.tasks})"
        )
        grown = _heap(page) - begun
        # Otherwise nothing was measured while something was logged.
        assert producer.poll() is None
        producer.wait(60)
        page.wait_for_timeout(4000)
        counts = page.evaluate(COUNTS)
        steps = int(seconds * RATE)
        missing = sum(steps - count for chart in _visible(page, counts) for count in chart)
        return {
            "paint p50 ms": percentile(probe["ages"], 50),
            "paint p95 ms": percentile(probe["ages"], 95),
            "points painted": len(probe["ages"]),
            "frame p95 ms": percentile(probe["frames"], 95),
            "longest task ms": max(probe["tasks"], default=0),
            "heap grown MB": grown,
            "missing": missing,
        }


def _select_all(page: Any) -> None:
    # Not by the mouse: that waits until a row stands still, and these never do.
    page.evaluate(
        """() => document.querySelectorAll('.ls-x [role="checkbox"][aria-checked="false"]')
          .forEach(box => box.click())"""
    )


def _visible(page: Any, counts: list[list[int]]) -> list[list[int]]:
    shown = page.evaluate("""() => [...document.querySelectorAll('.ls-plot')].filter(plot => plot.data)
      .map(plot => { const box = plot.getBoundingClientRect();
                     return box.bottom > 0 && box.top < innerHeight })""")
    return [count for count, seen in zip(counts, shown, strict=True) if seen]


def crowded() -> Row:
    """A hundred metrics of twenty runs: opening all charts, and scrolling through them."""
    from tests.servers import running

    with harness.scratch() as folder, running(folder) as server:
        _fill(server.store)
        with Opened(server) as page:
            page.wait_for_selector(".ls-x", timeout=60_000)
            _select_all(page)
            page.get_by_role("button", name="Show 80 more").click()
            page.locator(".ls-plot .main-svg").nth(12).wait_for(state="attached", timeout=60_000)
            page.wait_for_timeout(4000)
            opening = max(page.evaluate("probe.tasks"), default=0)
            page.evaluate("() => Object.assign(probe, {frames: [], tasks: []})")
            page.mouse.move(1200, 600)
            for _ in range(60):
                page.mouse.wheel(0, 250)
                page.wait_for_timeout(80)
            page.wait_for_timeout(2000)
            probe = page.evaluate("() => ({frames: probe.frames, tasks: probe.tasks})")
            drawn = page.evaluate(COUNTS)
            return {
                "opening, longest task ms": opening,
                "scrolling, longest task ms": max(probe["tasks"], default=0),
                "scrolling, frame p95 ms": percentile(probe["frames"], 95),
                "charts drawn": len(drawn),
            }


def _fill(store: Path) -> None:
    import math

    from live_studio.events import NO_COMMIT, Data, Key, Point, Start
    from live_studio.studio import Studio

    studio = Studio(store)
    for run in range(MANY_RUNS):
        key = Key("github.com/bench/charts", NO_COMMIT, f"run-{run}")
        points = {
            f"dvclive/plots/metrics/group{metric % 10}/metric{metric}.tsv": [
                Point(step, math.exp(-step / 100) + math.sin(step * (run + 1) / 40) / 9)
                for step in range(MANY_POINTS)
            ]
            for metric in range(MANY_METRICS)
        }
        studio.record([Start(key, "live_studio"), Data(key, "live_studio", points=points)])
    studio.close()


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
