"""How long a logged number takes to whoever looks, whatever the cell is doing meanwhile."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from . import harness, report
from .harness import Contestant, Runner
from .report import Row, Verdict, percentile
from .work import hold, length_for, rounds_for, spin

QUESTION = "milliseconds from the call to the client, 10 runs x 10 Hz in one busy process"
RUNS, HERTZ = 10, 10
CELLS = ("busy", "sleeping", "holding")
HOLD_SECONDS, HOLD_EVERY = 0.2, 1.0

Seen = dict[str, list[tuple[float, int]]]
"""Of each run, when a client saw how many points."""


def measure(runner: Runner) -> list[Verdict]:
    seconds = 6.0 if runner.quick else 20.0
    repetitions = 1 if runner.quick else max(runner.repetitions // 2, 1)
    verdicts = []
    for kind, watch, most in (("server", by_stream, 100.0), ("kernel thread", by_changes, 250.0)):
        rows: dict[str, list[Row]] = {cell: [] for cell in CELLS}
        for repetition in range(repetitions):
            for cell in harness.shuffled(CELLS):
                with harness.scratch() as folder:
                    said = watch(folder, cell, seconds)
                rows[cell].append(said)
                runner.note(f"{kind}, {cell}", repetition, said)
        report.print_table(
            (f"{kind}, cell", "p50 ms", "p95 ms", "most ms", "points", "missing"),
            [line(cell, found) for cell, found in rows.items()],
        )
        for cell, found in rows.items():
            measured = median(report.figures(found, "p95"))
            verdicts.append(
                Verdict(f"log to client p95, {kind}, cell {cell}", measured, most, "ms")
            )
        missing = sum(row["missing"] for found in rows.values() for row in found)
        verdicts.append(Verdict(f"points missing, {kind}", missing, 0, "points"))
    return verdicts


def line(cell: str, rows: list[Row]) -> tuple[str, ...]:
    spreads = (report.spread(report.figures(rows, name)) for name in ("p50", "p95", "most"))
    points = sum(row["points"] for row in rows)
    return (cell, *spreads, f"{points:,}", str(sum(row["missing"] for row in rows)))


def by_stream(folder: Path, cell: str, seconds: float) -> Row:
    """Watch over a WebSocket of a real Jupyter Server."""
    from tests.servers import running

    with running(folder) as server:
        beside = {
            "LIVE_STUDIO_STORE": str(server.store),
            "LIVE_STUDIO_SERVER_FILE": str(
                server.folder / "runtime" / f"live_studio-{server.process.pid}.json"
            ),
        }
        return _watched(folder, cell, seconds, beside, lambda watch: _listen(server, watch))


def by_changes(folder: Path, cell: str, seconds: float) -> Row:
    """Watch the store from another process; the kernel's own thread is all that drains."""
    return _watched(folder, cell, seconds, {}, lambda watch: _poll(folder / "store.db", watch))


class Watch:
    """What a client has seen so far."""

    def __init__(self) -> None:
        self.seen: Seen = {}
        self.over = threading.Event()

    def take(self, changes: dict[str, Any]) -> None:
        now = time.time()
        for row in changes["experiments"]:
            count = sum(series["count"] for series in row["series"].values())
            self.seen.setdefault(row["name"], []).append((now, count))


def _watched(
    folder: Path, cell: str, seconds: float, env: dict[str, str], listen: Callable[[Watch], None]
) -> Row:
    producer = Contestant(cell, "stream:produce", {"cell": cell, "seconds": seconds})
    watch = Watch()
    listener = threading.Thread(target=listen, args=[watch])
    listener.start()
    try:
        said = harness.run(producer, folder, env)
        # The last points were logged a second before the producer's process ended.
    finally:
        watch.over.set()
        listener.join()
    return _latencies(said["logged"], watch.seen)


def _latencies(logged: dict[str, list[float]], seen: Seen) -> Row:
    taken, missing = [], 0
    for run, times in logged.items():
        arrivals = iter(seen.get(run, []))
        now, count = next(arrivals, (0.0, 0))
        for number, called in enumerate(times, 1):
            while count < number and (found := next(arrivals, None)):
                now, count = found
            if count >= number:
                taken.append((now - called) * 1e3)
            else:
                missing += 1
    return {
        "p50": percentile(taken, 50),
        "p95": percentile(taken, 95),
        "most": max(taken),
        "points": len(taken),
        "missing": missing,
    }


def _listen(server: Any, watch: Watch) -> None:
    from tornado.httpclient import HTTPRequest
    from tornado.websocket import websocket_connect

    from tests.servers import JUPYTER_TOKEN

    async def listen() -> None:
        address = server.url.replace("http", "ws", 1) + "api/stream?since=0"
        headers = {"Authorization": f"token {JUPYTER_TOKEN}"}
        client = await websocket_connect(
            HTTPRequest(address, headers=headers), compression_options={}, max_message_size=1 << 26
        )
        while not watch.over.is_set():
            try:
                text = await asyncio.wait_for(client.read_message(), 0.5)
            except TimeoutError:
                continue
            watch.take(json.loads(text or '{"experiments": []}'))
        client.close()

    asyncio.run(listen())


def _poll(store: Path, watch: Watch) -> None:
    from live_studio.studio import Studio

    studio, seq = Studio(store), 0
    try:
        while not watch.over.is_set():
            if studio.notice():
                changes = studio.changes(seq)
                seq = changes.seq
                watch.take(changes.value)
            time.sleep(0.005)
    finally:
        studio.close()


# in the producer's process


def produce(cell: str, seconds: float) -> Row:
    """A cell that logs on time, and between two times works, sleeps or holds the GIL."""
    from live_studio import Live, config, courier

    if config.neighbour() is None:
        # A dashboard in this kernel looks, as where there is no server; without one, thread and
        # store are in no hurry.
        courier.shared(config.store_path()).studio.subscribe(lambda: None)
    lives = {f"run-{number}": Live(exp_name=f"run-{number}") for number in range(RUNS)}
    logged: dict[str, list[float]] = {name: [] for name in lives}
    pause = {"busy": _work(), "sleeping": _sleep, "holding": _hold_and_work()}[cell]
    begun = time.time()
    for tick in range(int(seconds * HERTZ)):
        while (left := begun + tick / HERTZ - time.time()) > 0:
            pause(left)
        for name, live in lives.items():
            logged[name].append(time.time())
            live.log_metric("loss", float(tick))
    # Nothing is closed: what is seen came while the runs were open.
    ends = time.time() + 1.5
    while time.time() < ends:
        pause(0.01)
    return {"logged": logged}


def _sleep(left: float) -> None:
    time.sleep(left)


def _work() -> Callable[[float], None]:
    rounds = rounds_for(0.5e-3)
    return lambda _: spin(rounds) and None


def _hold_and_work() -> Callable[[float], None]:
    """Python work with a C call of 200 ms in every second."""
    work, length = _work(), length_for(HOLD_SECONDS)
    held_at = time.time()

    def pause(left: float) -> None:
        nonlocal held_at
        if time.time() - held_at >= HOLD_EVERY:
            held_at = time.time()
            hold(length)
        else:
            work(left)

    return pause
