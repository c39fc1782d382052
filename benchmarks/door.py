"""How fast requests are answered that come as stock DVCLive sends them: a new connection for each."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from statistics import median
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import psutil

from . import harness, report
from .harness import Runner
from .report import Row, Verdict

QUESTION = "requests of stock clients: how many a second, and how late while a large one arrives"
CLIENTS = 20
"""Training scripts that post at once. Each waits until the disk has its step: of few the server waits most of the time."""
FEW = 4
PER_SECOND = 100
BARE_TORNADO = "bare tornado"
SHA = "1dc7b7bd70c19851d751788ee36ed964c25da1f4"
BARE = """
import asyncio, json
from tornado import httpserver, netutil, web

class Handler(web.RequestHandler):
    def post(self):
        json.loads(self.request.body)
        self.finish(b"{}")

async def main():
    (socket,) = netutil.bind_sockets(0, "127.0.0.1")
    server = httpserver.HTTPServer(web.Application([("/.*", Handler)]))
    server.add_sockets([socket])
    print(socket.getsockname()[1], flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""
LARGE = """
import sys, time
import requests
rows = ",".join(f'{{"step": {n}, "loss": {n / 8}}}' for n in range(850_000))
body = sys.argv[3].replace('"ROWS"', f"[{rows}]").encode()
print(len(body), flush=True)
sys.stdin.readline()
began = time.perf_counter()
answer = requests.post(sys.argv[1], data=body, timeout=60, headers={"Authorization": f"token {sys.argv[2]}"})
print(answer.status_code, time.perf_counter() - began, flush=True)
"""

Post = Callable[[int], float]


def measure(runner: Runner) -> list[Verdict]:
    seconds = 3.0 if runner.quick else 10.0
    rows: dict[str, list[Row]] = {BARE_TORNADO: [], "live_studio": []}
    late: list[Row] = []
    for repetition in range(runner.repetitions):
        with studio() as ours, bare() as theirs:
            for name in harness.shuffled(list(rows)):
                rows[name].append(asked(ours if name == "live_studio" else theirs, seconds))
                runner.note(name, repetition, rows[name][-1])
            url, token = ours.url, ours.token
            post = poster(url, token)
            found: Row = {"p99": p99(paced(post, seconds))}
            found |= beside_a_large_one(post, url, token)
            late.append(found)
            runner.note("late", repetition, found)
    ratio, few, work = (
        median(report.ratios(rows["live_studio"], rows[BARE_TORNADO], what))
        for what in ("rate", "few", "cpu")
    )
    alone, beside, large = (
        median(row[what] for row in late) for what in ("p99", "beside", "large")
    )
    report.print_table(
        ("stock posts", f"requests/s of {CLIENTS}", f"of {FEW}", "CPU us a post"),
        [
            (name, *(report.spread(report.figures(found, what)) for what in ("rate", "few", "cpu")))
            for name, found in rows.items()
        ],
    )
    report.print_table(
        ("at 100 a second", "p99 ms", "p99 ms beside a large body", "the large body, s"),
        [["live_studio", f"{alone * 1e3:.1f}", f"{beside * 1e3:.0f}", f"{large:.2f}"]],
    )
    return [
        Verdict("stock posts a second: to a bare tornado handler", ratio, 0.5, least=True),
        Verdict(f"the same of {FEW} clients", few, 0.5, least=True),
        Verdict("CPU a post: to a bare tornado handler", work, 2.0),
        Verdict("p99 at 100 posts a second", alone, 0.05, "s"),
        Verdict("p99 while a body of 25 MB arrives", beside, 0.5, "s"),
    ]


class Asked(NamedTuple):
    """Who answers."""

    url: str
    token: str
    process: psutil.Process


@contextmanager
def studio() -> Iterator[Asked]:
    """A Jupyter server."""
    from tests.servers import running

    with harness.scratch() as folder, running(folder) as server:
        yield Asked(server.url + "api/live", server.token(), psutil.Process(server.process.pid))


def asked(server: Asked, seconds: float) -> Row:
    """How many posts a second it answers, to many and to few, and what one costs it, in microseconds."""
    post = poster(server.url, server.token)
    before = sum(server.process.cpu_times()[:2])
    many = rate(post, seconds, CLIENTS)
    cpu = sum(server.process.cpu_times()[:2]) - before
    return {"rate": many, "cpu": cpu / (many * seconds) * 1e6, "few": rate(post, seconds, FEW)}


@contextmanager
def bare() -> Iterator[Asked]:
    """The least that Tornado can do: it reads the JSON and answers."""
    process = subprocess.Popen([sys.executable, "-c", BARE], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        url = f"http://127.0.0.1:{int(process.stdout.readline())}/api/live"
        yield Asked(url, "none", psutil.Process(process.pid))
    finally:
        process.kill()
        process.wait()


def said(name: str, step: int, rows: Any) -> str:
    who = {"repo_url": "github.com/o/r", "baseline_sha": SHA, "name": name, "client": "dvclive"}
    files = {"dvclive/metrics.json": {"data": {f"m{n}": step / (n + 1) for n in range(10)}}}
    plots = {"dvclive/plots/metrics/loss.tsv": {"data": rows}}
    return json.dumps({"type": "data", "step": step, "metrics": files, "plots": plots, **who})


def poster(url: str, token: str) -> Post:
    """Sends one step of a run of its own over a new connection; answers how long it took, in seconds."""
    parts = urlsplit(url)
    headers = {"Authorization": f"token {token}", "Content-Type": "application/json"}

    def post(step: int) -> float:
        body = said(f"run {threading.get_ident()}", step, [{"step": step, "loss": step / 8}])
        began = time.perf_counter()
        connection = http.client.HTTPConnection(parts.netloc, timeout=60)
        connection.request("POST", parts.path, body, headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f"answered {answer.status}")
        return time.perf_counter() - began

    return post


def rate(post: Post, seconds: float, clients: int) -> float:
    """Requests a second of so many clients, each of which waits for its answer."""
    ends = time.perf_counter() + seconds

    def client(first: int) -> int:
        step = first
        while time.perf_counter() < ends:
            post(step)
            step += 1
        return step - first

    with ThreadPoolExecutor(clients) as pool:
        return sum(pool.map(client, [0] * clients)) / seconds


def paced(post: Post, seconds: float, enough: Callable[[], bool] = lambda: False) -> list[float]:
    """How long each of 100 requests a second took; they start when it is time, answered or not."""
    began = time.perf_counter()
    futures = []
    with ThreadPoolExecutor(200) as pool:
        for number in range(int(seconds * PER_SECOND)):
            time.sleep(max(0.0, began + number / PER_SECOND - time.perf_counter()))
            futures.append(pool.submit(post, number))
            if enough():
                break
    return [future.result() for future in futures]


def beside_a_large_one(post: Post, url: str, token: str) -> Row:
    """The p99 of small requests until a large one is answered, and how long that one took."""
    sender = subprocess.Popen(
        [sys.executable, "-c", LARGE, url, token, said("large", 1, "ROWS")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert sender.stdin is not None
    assert sender.stdout is not None
    size = int(sender.stdout.readline())
    sender.stdin.write("\n")
    sender.stdin.flush()
    found = paced(post, 60.0, enough=lambda: sender.poll() is not None)
    status, took = sender.stdout.read().split()
    if status != "200":
        raise RuntimeError(f"the large body was answered {status}")
    return {"beside": p99(found), "large": float(took), "bytes": size, "others": len(found)}


def p99(found: list[float]) -> float:
    return sorted(found)[int(len(found) * 0.99)]
