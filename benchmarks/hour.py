"""As many requests as an hour of training brings, one after the other: does the server get slower, or larger?"""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

from . import harness, report
from .harness import Runner
from .load import EXPERIMENTS, Loads, milliseconds, wrong
from .report import Row, Verdict

QUESTION = (
    "360,000 requests of 5 points over kept connections: rate, answers, memory, the store's log"
)
EVENTS, QUICK = 360_000, 20_000
CLIENTS = 4


def measure(runner: Runner) -> list[Verdict]:
    from tests.servers import running

    count = QUICK if runner.quick else EVENTS
    # As the store's owner would who runs such clients: the usual limit is for one token.
    how = "--LiveStudioApp.requests_per_second=100000"
    with harness.scratch() as folder, running(folder, "/", how) as server:
        found = posted(server, count // EXPERIMENTS)
    runner.note("live_studio", 0, found)
    report.print_table(
        ("requests", "a second", "not 200", "p50 ms", "p99 ms", "most ms", "first, last tenth/s",
         "log MB", "memory MB"),
        [[f"{found['requests']:,}", f"{found['rate']:,.0f}", str(found["wrong"]),
          *milliseconds(found, "p50", "p99", "most"), f"{found['first']:,.0f}, {found['last']:,.0f}",
          f"{found['wal'] / 1e6:.1f}", f"{found['rss_warm'] / 1e6:.0f} to {found['rss_end'] / 1e6:.0f}"]],
    )  # fmt: skip
    print(f"   load while it ran: {found['load_least']:.1f}..{found['load_most']:.1f}")
    return [
        Verdict("requests a second", found["rate"], 300, "/s", least=True),
        Verdict("requests answered otherwise than 200", found["wrong"], 0, "requests"),
        Verdict("points missing, doubled or wrong", found["amiss"], 0, "points"),
        Verdict("p50", found["p50"], 0.01, "s"),
        Verdict("p99", found["p99"], 0.5, "s"),
        Verdict("memory grown", (found["rss_end"] - found["rss_warm"]) / 1e6, 50, "MB"),
        Verdict("the store's log at most", found["wal"] / 1e6, 64, "MB"),
        Verdict("last tenth to first, requests/s", found["last"] / found["first"], 0.8, least=True),
    ]


def posted(server: Any, each: int) -> Row:
    import psutil

    from tests.faults.test_load import Sender, sample
    from tests.server.test_store_trouble import event

    names = [f"run-{at}" for at in range(EXPERIMENTS)]
    memory = psutil.Process(server.process.pid).memory_info
    sender, loads, log = Sender(server), Loads(), Log(server.store)
    with closing(sender), closing(loads), closing(log), ThreadPoolExecutor(CLIENTS) as pool:
        for name in names:
            sender.post(json.dumps(event("start", name)).encode())
            sender.post(sample(name, 0))
        sender.answers.clear()
        sender.seconds.clear()
        warm, began = memory().rss, time.perf_counter()

        def client(first: int) -> list[float]:
            """Posts the steps of its share of the experiments; when each was answered."""
            answered = []
            for step in range(1, each):
                for name in names[first::CLIENTS]:
                    sender.post(sample(name, step))
                    answered.append(time.perf_counter() - began)
            return answered

        answered = sorted(moment for part in pool.map(client, range(CLIENTS)) for moment in part)
        end = memory().rss
    tenth = len(answered) // 10
    took = sorted(sender.seconds)
    return {
        "requests": len(answered), "rate": len(answered) / answered[-1],
        "wrong": sum(answer != 200 for answer in sender.answers),
        "first": tenth / answered[tenth - 1], "last": tenth / (answered[-1] - answered[-tenth - 1]),
        "p50": report.percentile(took, 50), "p99": report.percentile(took, 99), "most": took[-1],
        "amiss": sum(wrong(server, name, range(each)) for name in names),
        "wal": log.most, "rss_warm": warm, "rss_end": end, **loads.found(),
    }  # fmt: skip


class Log:
    """How long the store's log gets."""

    def __init__(self, store: Path) -> None:
        self.most = 0
        self._path = store.with_name(store.name + "-wal")
        self._stop = threading.Event()
        threading.Thread(target=self._look, daemon=True).start()

    def _look(self) -> None:
        while not self._stop.wait(0.2):
            if self._path.exists():
                self.most = max(self.most, self._path.stat().st_size)

    def close(self) -> None:
        self._stop.set()
