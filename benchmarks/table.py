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
BATCH = 500

# Times are taken in the page: from the event to the end of the frame that shows what it changed.
PROBE = """() => {
  const probe = window.probe = {first: 0, last: 0, messages: 0, updates: [], painted: 0};
  const Real = window.WebSocket;
  window.WebSocket = class extends Real {
    constructor(...given) {
      super(...given);
      this.addEventListener('message', () => {
        const begun = performance.now();
        probe.first ||= begun; probe.last = begun; probe.messages += 1;
        probe.afterFrame(took => probe.updates.push(took), begun);
      });
    }
  };
  probe.afterFrame = (tell, begun) => {
    // The dashboard draws in the next frame; a task after that frame runs when it has been painted.
    requestAnimationFrame(() => probe.afterTask(() => tell(performance.now() - begun)));
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
}"""
CLICK = """([selector]) => new Promise(tell => {
  const begun = performance.now();
  document.querySelector(selector).click();
  requestAnimationFrame(() => probe.afterFrame(tell, begun));
})"""
TYPE = """() => new Promise(tell => {
  const field = document.querySelector('[aria-label="Find a row by its name"]');
  field.value = '99';
  const begun = performance.now();
  field.dispatchEvent(new Event('input', {bubbles: true}));
  requestAnimationFrame(() => probe.afterFrame(tell, begun));
})"""
SCROLL = """() => new Promise(tell => {
  const scroller = document.querySelector('.ls-scroll');
  const frames = []; let before = performance.now();
  const step = () => {
    const now = performance.now(); frames.push(now - before); before = now;
    scroller.scrollTop += 130;
    frames.length < 120 ? requestAnimationFrame(step) : tell(frames.slice(1));
  };
  requestAnimationFrame(step);
})"""


def measure(runner: Runner) -> list[Verdict]:
    shapes = dict(list(SHAPES.items())[:1]) if runner.quick else SHAPES
    rows: dict[str, list[Row]] = {name: [] for name in shapes}
    for repetition in range(runner.repetitions):
        for name in harness.shuffled(list(shapes)):
            said = once(*shapes[name])
            rows[name].append(said)
            runner.note(name, repetition, said)
    parts = ("paint", "whole", "update", "sort", "filter", "scroll", "page_mb", "server_mb")
    heads = (
        "table",
        "first paint",
        "from first byte",
        f"{UPDATED} cells",
        "sort",
        "filter",
        "scroll p95",
        "page MB",
    )
    report.print_table(
        (*heads, "server MB"),
        [
            (name, *(report.spread(report.figures(found, part)) for part in parts))
            for name, found in rows.items()
        ],
    )
    large = rows["10,000 x 30"]
    return [
        Verdict(
            "table 10,000 x 30: first paint", median(report.figures(large, "paint")), 200, "ms"
        ),
        Verdict("the same: 20 cells", median(report.figures(large, "update")), 16, "ms"),
    ]


def once(count: int, columns: int) -> Row:
    from tests.servers import running

    with harness.scratch() as folder, running(folder) as server:
        studio = Studio(server.store)
        try:
            fill(studio, count, columns)
            with opened(server) as page:
                return look_at(page, studio, count, columns) | {
                    "server_mb": _resident(server.process.pid) / 1e6
                }
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
    from tests.browser.lab import running_chromium
    from tests.servers import JUPYTER_TOKEN

    with running_chromium() as browser:
        page = browser.new_context(
            viewport={"width": 1400, "height": 900}, bypass_csp=True
        ).new_page()
        page.add_init_script(f"({PROBE})()")
        page.goto(f"{server.url}?token={JUPYTER_TOKEN}")
        yield page


def look_at(page: Any, studio: Studio, count: int, columns: int) -> Row:
    page.wait_for_function("probe.painted > 0", timeout=120_000)
    page.wait_for_function(
        f"document.querySelector('.ls-foot').innerText.includes('{count:,} experiments')",
        timeout=120_000,
    )
    paint, whole = page.evaluate("[probe.painted - probe.last, probe.painted - probe.first]")
    update = median(_update(page, studio, turn, columns) for turn in range(10))
    sorting = [page.evaluate(CLICK, [".ls-head .ls-col"]) for _ in range(4)]
    page.locator(".ls-scroll").press("/")
    find = page.get_by_label("Find a row by its name")
    find.wait_for()
    finding = page.evaluate(TYPE)
    find.press("Escape")
    frames = page.evaluate(SCROLL)
    heap = page.evaluate("performance.memory ? performance.memory.usedJSHeapSize / 1e6 : 0")
    return {
        "paint": max(paint, 0),
        "whole": whole,
        "update": update,
        "sort": median(sorting),
        "filter": finding,
        "scroll": report.percentile(frames, 95),
        "page_mb": heap,
    }


def _update(page: Any, studio: Studio, turn: int, columns: int) -> float:
    """Twenty experiments change one number each, in one message."""
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
    page.wait_for_function("probe.updates.length > 0", timeout=60_000)
    time.sleep(0.3)
    return float(page.evaluate("Math.max(...probe.updates)"))


def _resident(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096
