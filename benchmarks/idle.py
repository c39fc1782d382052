"""What a server costs while a page is open and nothing is logged."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from statistics import median
from typing import Any

from . import harness, report
from .harness import Runner
from .report import Row, Verdict
from .stream import Watch, _listen

QUESTION = "share of a core and bytes written by a server whose page is open, nothing logged"
SETTLE, SPAN = 12.0, 20.0


def measure(runner: Runner) -> list[Verdict]:
    settle, span = (11.0, 8.0) if runner.quick else (SETTLE, SPAN)
    rows: dict[str, list[Row]] = {"page open": [], "no page": []}
    for repetition in range(1 if runner.quick else max(runner.repetitions // 2, 1)):
        for name in harness.shuffled(list(rows)):
            said = once(settle, span, page=name == "page open")
            rows[name].append(said)
            runner.note(name, repetition, said)
    report.print_table(
        ("server", "% of a core", "bytes written"),
        [
            (
                name,
                report.spread(report.figures(found, "percent")),
                report.spread(report.figures(found, "written")),
            )
            for name, found in rows.items()
        ],
    )
    opened = rows["page open"]
    return [
        Verdict("idle, page open", median(report.figures(opened, "percent")), 0.3, "% of a core"),
        Verdict("idle, page open: written", max(report.figures(opened, "written")), 0, "bytes"),
    ]


def once(settle: float, span: float, *, page: bool) -> Row:
    from tests.servers import running

    with harness.scratch() as folder, running(folder) as server:
        _log_a_little(server)
        watch = Watch()
        listener = threading.Thread(target=_listen, args=[server, watch])
        if page:
            listener.start()
        try:
            time.sleep(settle)
            before = used(server.process.pid)
            time.sleep(span)
            after = used(server.process.pid)
        finally:
            watch.over.set()
            if page:
                listener.join()
    return {
        "percent": (after["cpu"] - before["cpu"]) / span * 100,
        "written": after["written"] - before["written"],
    }


def _log_a_little(server: Any) -> None:
    """A table that is not empty, from a run that is over."""
    import os
    import subprocess
    import sys

    code = (
        "from live_studio import Live\n"
        "with Live(exp_name='before') as live:\n"
        "    for i in range(100):\n"
        "        live.log_metric('loss', float(i)); live.next_step()"
    )
    env = os.environ | {"LIVE_STUDIO_STORE": str(server.store)}
    subprocess.run([sys.executable, "-c", code], env=env, cwd=server.notebooks, check=True)


def used(pid: int) -> dict[str, float]:
    """CPU seconds of all threads of a process, to the nanosecond, and bytes sent to the disk."""
    cpu = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        cpu += int((task / "schedstat").read_text().split()[0])
    counters = dict(line.split(": ") for line in Path(f"/proc/{pid}/io").read_text().splitlines())
    return {"cpu": cpu / 1e9, "written": int(counters["write_bytes"])}
