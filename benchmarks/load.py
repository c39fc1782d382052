"""A server under many small requests for minutes: late answers, memory, and a large request in the middle."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from threading import Event, Thread
from typing import Any

from . import harness, report
from .harness import Runner
from .report import Row, Verdict

QUESTION = "100 requests a second of 5 points each for 50 experiments, and one of 28 MB beside them"
EXPERIMENTS, PER_SECOND = 50, 100
LARGE_AFTER = 0.6
"""When the large request comes, as a share of the whole time."""
LARGE = """
import sys, time
import requests
from tests.faults.test_load import large
body, count = large()
print(len(body), count, flush=True)
sys.stdin.readline()
began = time.perf_counter()
answer = requests.post(sys.argv[1], data=body, timeout=600, headers={"Authorization": f"token {sys.argv[2]}"})
print(answer.status_code, time.perf_counter() - began, flush=True)
"""
Sent = tuple[float, "Future[float]"]
"""When a request was due, and how long it took."""


def measure(runner: Runner) -> list[Verdict]:
    from tests.servers import running

    seconds = 60 * (runner.minutes or (0.5 if runner.quick else 10.0))
    how = "--LiveStudioApp.requests_per_second=1000"
    with harness.scratch() as folder, running(folder, "/", how) as server:
        found = loaded(server, seconds)
    runner.note("live_studio", 0, found)
    report.print_table(
        ("requests", "not 200", "p50 ms", "p99 ms", "most ms", "beside the large one", "p99 ms", "the large one s"),
        [[f"{found['requests']:,}", str(found["wrong"]), *milliseconds(found, "p50", "p99", "most"),
          f"{found['beside']}", *milliseconds(found, "beside_p99"), f"{found['large']:.2f}"]],
    )  # fmt: skip
    report.print_table(
        ("the server's memory, MB", "warm", "before the large one", "after it", "at the end"),
        [["live_studio", *(f"{found[f'rss_{when}'] / 1e6:.0f}" for when in MOMENTS)]],
    )
    print(f"   load while it ran: {found['load_least']:.1f}..{found['load_most']:.1f}")
    grown = (found["rss_end"] - found["rss_warm"]) / 1e6
    return [
        Verdict("requests answered otherwise than 200", found["wrong"], 0, "requests"),
        Verdict("points missing, doubled or wrong", found["amiss"], 0, "points"),
        Verdict("p50 at 100 requests a second", found["p50"], 0.01, "s"),
        Verdict("p99 at 100 requests a second", found["p99"], 0.5, "s"),
        Verdict("p99 while 28 MB are answered", found["beside_p99"], 1.0, "s"),
        Verdict("28 MB answered", found["large"], 5.0, "s"),
        Verdict("memory grown, the large request included", grown, 50, "MB"),
    ]


MOMENTS = ("warm", "before", "after", "end")


def milliseconds(found: Row, *names: str) -> list[str]:
    return [f"{found[name] * 1e3:.1f}" for name in names]


def loaded(server: Any, seconds: float) -> Row:
    import psutil

    from tests.faults.test_load import Sender, sample
    from tests.server.test_store_trouble import event

    names = [f"run-{at}" for at in range(EXPERIMENTS)]
    each = round(seconds * PER_SECOND / EXPERIMENTS)
    memory = psutil.Process(server.process.pid).memory_info
    sender = Sender(server)
    loads = Loads()
    with closing(sender), closing(loads), ThreadPoolExecutor(200) as pool:
        for name in (*names, "large"):
            sender.post(json.dumps(event("start", name)).encode())
        for name in names:
            sender.post(sample(name, 0))
        # A server that has drawn one chart has loaded what reads series, NumPy above all; its keeper would anyway.
        wrong(server, names[0], range(1))
        sender.answers.clear()
        beside = Beside(server.url + "api/live", server.token("--name", "large"))
        rss = {"rss_warm": memory().rss}
        bodies = (sample(name, step) for step in range(1, each) for name in names)
        sent: list[Sent] = []
        for due, body in paced(bodies):
            if beside.began is None and len(sent) >= LARGE_AFTER * EXPERIMENTS * (each - 1):
                rss["rss_before"] = memory().rss
                beside.go()
            if beside.ended() and "rss_after" not in rss:
                rss["rss_after"] = memory().rss
            sent.append((due, pool.submit(timed, sender, body)))
        took = [(due, one.result()) for due, one in sent]
    first, last = beside.wait()
    rss |= {"rss_after": rss.get("rss_after", memory().rss), "rss_end": memory().rss}
    every = sorted(seconds for _, seconds in took)
    during = sorted(seconds for due, seconds in took if due < last and due + seconds > first)
    amiss = sum(wrong(server, name, range(each)) for name in names)
    amiss += wrong_large(server, beside.count)
    return {
        "seconds": seconds, "requests": len(took), "amiss": amiss,
        "wrong": sum(answer != 200 for answer in (*sender.answers, beside.status)),
        "p50": report.percentile(every, 50), "p99": report.percentile(every, 99), "most": every[-1],
        "beside": len(during), "beside_p99": report.percentile(during, 99),
        "large": last - first, "bytes": beside.size, **rss, **loads.found(),
    }  # fmt: skip


def paced(bodies: Iterator[bytes]) -> Iterator[tuple[float, bytes]]:
    """Each body when it is time for it."""
    began = time.perf_counter()
    for number, body in enumerate(bodies):
        due = began + number / PER_SECOND
        time.sleep(max(0.0, due - time.perf_counter()))
        yield due, body


def timed(sender: Any, body: bytes) -> float:
    """From when the request leaves the queue of this process to its answer."""
    began = time.perf_counter()
    sender.post(body)
    return time.perf_counter() - began


class Beside:
    """A process of its own that sends one large body when it is told to."""

    def __init__(self, url: str, token: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", LARGE, url, token],
            cwd=harness.ROOT, env={**os.environ, "PYTHONPATH": str(harness.ROOT)},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        self.size, self.count = map(int, self._process.stdout.readline().split())
        self.began: float | None = None
        self.status = 0

    def go(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        self.began = time.perf_counter()

    def ended(self) -> bool:
        return self._process.poll() is not None

    def wait(self) -> tuple[float, float]:
        """When it was sent and answered, by this process's clock."""
        out, _ = self._process.communicate(timeout=900)
        status, took = out.split()
        self.status = int(status)
        assert self.began is not None
        return self.began, self.began + float(took)


class Loads:
    """How busy the machine is, looked at every five seconds."""

    def __init__(self) -> None:
        self._seen = [os.getloadavg()[0]]
        self._stop = Event()
        Thread(target=self._look, daemon=True).start()

    def _look(self) -> None:
        while not self._stop.wait(5):
            self._seen.append(os.getloadavg()[0])

    def close(self) -> None:
        self._stop.set()

    def found(self) -> Row:
        return {"load_least": min(self._seen), "load_most": max(self._seen)}


def wrong(server: Any, name: str, steps: range) -> int:
    """How many points of an experiment are not there once, or with another value."""
    from tests.faults.test_load import METRICS

    row = server.experiment(name)
    missing = 0
    for at, metric in enumerate(METRICS):
        path = f"dvclive/plots/metrics/{metric}.tsv"
        columns = server.series(row["id"], path)
        right = [(step, step / (at + 1)) for step in steps]
        there = list(zip(columns["step"], columns["value"], strict=True))
        missing += 0 if there == right else max(1, len(set(right) ^ set(there)))
    return missing


def wrong_large(server: Any, count: int) -> int:
    """The same of the large body, by its count and its last step."""
    ((_, series),) = server.experiment("large")["series"].items()
    return abs(series["count"] - count) + abs(series["last_step"] - (count - 1))
