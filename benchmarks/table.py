"""What a large table costs the browser: until it stands, and for every change after that."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from live_studio.events import Data, Done, Event, Key, Start
from live_studio.studio import Studio

from . import harness, report
from .harness import Runner
from .report import Row, Verdict

QUESTION = "first paint, updates, sorting, filtering and scrolling of large tables in Chromium"
SHAPES = {
    "10,000 x 30": (10_000, 30),
    "79 x 2,261": (79, 2_261),
    "1,500 x 1,500": (1_500, 1_500),
}
REPO = "github.com/bench/table"
UPDATED = 20
TURNS = 20
BATCH = 500
PATIENCE = 60_000

# Times are taken in the page. `painted` is until a task runs after the frame that shows the change: what somebody waits,
# up to a whole frame of it for the screen. `work` is what of that keeps the page busy: the message, and its frame.
PROBE = """() => {
  const probe = window.probe = {first: 0, last: 0, updates: [], painted: 0};
  const Real = window.WebSocket;
  window.WebSocket = class extends Real {
    constructor(...given) {
      super(...given);
      this.addEventListener('message', () => {
        const begun = performance.now();
        probe.first ||= begun; probe.last = begun;
        probe.handled = 0;
        probe.afterFrame((painted, frame) =>
          probe.updates.push({painted, work: probe.handled + frame}), begun);
      });
    }
    set onmessage(act) {
      super.onmessage = event => {
        const begun = performance.now();
        act(event);
        probe.handled += performance.now() - begun;
      };
    }
  };
  probe.afterFrame = (tell, begun) => {
    // The dashboard draws in the next frame; a task after that frame runs when it has been painted.
    requestAnimationFrame(() => {
      const frame = performance.now();
      probe.afterTask(() => tell(performance.now() - begun, performance.now() - frame));
    });
  };
  probe.afterTask = act => { const channel = new MessageChannel();
    channel.port1.onmessage = act; channel.port2.postMessage(0); };
  // Rows are put in during a frame; what is asked for then runs when that frame has been painted.
  const rows = new MutationObserver(() => {
    if (!document.querySelector('.ls-x')) return;
    rows.disconnect();
    probe.afterTask(() => { probe.painted = performance.now() });
  });
  rows.observe(document, {childList: true, subtree: true});
  // What somebody does is drawn by the next frame, and by the one after it where that frame set off another drawing.
  probe.timed = act => new Promise(tell => {
    const begun = performance.now();
    act();
    requestAnimationFrame(() => probe.afterFrame(tell, begun));
  });
}"""
SORT = "() => probe.timed(() => document.querySelector('.ls-head .ls-col').click())"
PRESS = """key => probe.timed(() => document.querySelector('.ls-scroll').dispatchEvent(
  new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true})))"""
FIND = """text => probe.timed(() => {
  const field = document.querySelector('[aria-label="Find a row by its name"]');
  field.value = text;
  field.dispatchEvent(new Event('input', {bubbles: true}));
})"""
SCROLL = """([along, by]) => new Promise(tell => {
  const scroller = document.querySelector('.ls-scroll');
  const frames = []; let before = performance.now();
  const step = () => {
    const now = performance.now(); frames.push(now - before); before = now;
    scroller[along] += by;
    frames.length < 120 ? requestAnimationFrame(step) : tell(frames.slice(1));
  };
  requestAnimationFrame(step);
})"""
FOOT = "text => document.querySelector('.ls-foot').innerText.includes(text)"
HEAP = "() => { gc(); return performance.memory.usedJSHeapSize / 1e6 }"


def measure(runner: Runner) -> list[Verdict]:
    """Every shape has one server, and a fresh page for each repetition; what waits longer than a minute ends it."""
    chosen = {name: SHAPES[name] for name in runner.only or SHAPES}
    if runner.quick:
        chosen = dict(list(chosen.items())[:1])
    rows: dict[str, list[Row]] = {name: [] for name in chosen}
    for name, (count, columns) in chosen.items():
        with stocked(count, columns) as (server, studio):
            for repetition in range(runner.repetitions):
                said = look_at(server, studio, repetition, count, columns)
                rows[name].append(said)
                runner.note(name, repetition, said)
    told = {
        "paint": "first paint",
        "whole": "from first byte",
        "work": f"{UPDATED} cells, work",
        "work_95": "p95",
        "painted": "painted",
        "painted_95": "p95",
        "sort": "sort",
        "filter": "filter",
        "find": "find",
        "scroll": "scroll p95",
        "sideways": "sideways p95",
        "page_mb": "page MB",
        "server_mb": "server MB",
    }
    report.print_table(
        ("table", *told.values()),
        [
            (name, *(report.spread(report.figures(found, part)) for part in told))
            for name, found in rows.items()
        ],
    )
    if not (large := rows.get("10,000 x 30")):
        return []
    return [
        Verdict("table 10,000 x 30: first paint", _median(large, "paint"), 200, "ms"),
        Verdict("the same: 20 cells, work of the page, p95", _median(large, "work_95"), 16, "ms"),
    ]


def _median(rows: list[Row], part: str) -> float:
    return median(report.figures(rows, part))


@contextmanager
def stocked(count: int, columns: int) -> Iterator[tuple[Any, Studio]]:
    """A server whose store holds a table of this shape."""
    from tests.servers import running

    with harness.scratch() as folder, running(folder) as server:
        studio = Studio(server.store)
        try:
            fill(studio, count, columns)
            yield server, studio
        finally:
            studio.close()


def fill(studio: Studio, count: int, columns: int) -> None:
    """Runs of half metrics and half parameters; all have ended but those that are updated later."""
    for begin in range(0, count, BATCH):
        events: list[Event] = []
        for number in range(begin, min(begin + BATCH, count)):
            params = {f"p{i}": (number * 7 + i) % 97 for i in range(columns // 2)}
            metrics = numbers(number, columns)
            key = Key(REPO, "c" * 40, f"run-{number}")
            events += [
                Start(key, "bench", {"params.yaml": params}),
                Data(key, "bench", 1, metrics={"metrics.json": metrics}),
            ]
            if number >= UPDATED:
                events.append(Done(key, "bench"))
        studio.record(events)


def numbers(number: int, columns: int) -> dict[str, float]:
    return {
        f"group{i % 5}/m{i}": (number * 31 + i) % 1009 / 7 for i in range(columns - columns // 2)
    }


@contextmanager
def opened(server: Any) -> Iterator[Any]:
    """A page of its own, with a probe in it; no animation frame is dropped for want of a screen."""
    from playwright.sync_api import sync_playwright

    from tests.browser.chromium import chromium, launch_arguments
    from tests.servers import JUPYTER_TOKEN

    arguments = [*launch_arguments(), "--js-flags=--expose-gc", "--enable-precise-memory-info"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=arguments)
        try:
            page = browser.new_context(
                viewport={"width": 1400, "height": 900}, bypass_csp=True
            ).new_page()
            page.set_default_timeout(PATIENCE)
            page.add_init_script(f"({PROBE})()")
            page.goto(f"{server.url}?token={JUPYTER_TOKEN}")
            yield page
        finally:
            browser.close()


def look_at(server: Any, studio: Studio, repetition: int, count: int, columns: int) -> Row:
    """One page from its opening until everything has been done in it once."""
    with opened(server) as page:
        page.wait_for_function("probe.painted > 0")
        page.wait_for_function(FOOT, arg=f"{count:,} experiments")
        paint, whole = page.evaluate("[probe.painted - probe.last, probe.painted - probe.first]")
        time.sleep(1)  # The other rows are searched for columns between frames.
        heap = page.evaluate(HEAP)
        updates = [
            _update(page, studio, repetition * TURNS + turn, columns) for turn in range(TURNS)
        ]
        sorting = [page.evaluate(SORT) for _ in range(4)]
        page.locator(".ls-x .ls-status").first.click()
        page.locator(".ls-scroll").press("ArrowRight")
        filtering = page.evaluate(PRESS, "f")
        page.locator(".ls-chips .ls-chip button[aria-label^=Remove]").first.click()
        page.locator(".ls-scroll").press("/")
        find = page.get_by_label("Find a row by its name")
        find.wait_for()
        finding = page.evaluate(FIND, "99")
        find.press("Escape")
        down, across = (
            page.evaluate(SCROLL, ["scrollTop", 130]),
            page.evaluate(SCROLL, ["scrollLeft", 60]),
        )
        work, painted = ([one[part] for one in updates] for part in ("work", "painted"))
        return {
            "paint": max(paint, 0),
            "whole": whole,
            "work": median(work),
            "work_95": report.percentile(work, 95),
            "painted": median(painted),
            "painted_95": report.percentile(painted, 95),
            "sort": median(sorting),
            "filter": filtering,
            "find": finding,
            "scroll": report.percentile(down, 95),
            "sideways": report.percentile(across, 95),
            "page_mb": heap,
            "server_mb": _resident(server.process.pid) / 1e6,
        }


def _update(page: Any, studio: Studio, turn: int, columns: int) -> dict[str, float]:
    """Twenty experiments change one number each, in one message; the slowest where they came in several."""
    page.evaluate("probe.updates = []")
    studio.record(
        [
            Data(
                Key(REPO, "c" * 40, f"run-{number}"),
                "bench",
                turn + 2,
                metrics={
                    "metrics.json": numbers(number, columns) | {"group0/m0": turn + number / 7}
                },
            )
            for number in range(UPDATED)
        ]
    )
    page.wait_for_function("probe.updates.length > 0")
    time.sleep(0.2)
    slowest: dict[str, float] = page.evaluate(
        "probe.updates.reduce((a, b) => a.work > b.work ? a : b)"
    )
    return slowest


def _resident(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096
