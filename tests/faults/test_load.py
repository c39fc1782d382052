"""A server under the load of many small requests: each is answered, each point is there once, and memory stays level."""

from __future__ import annotations

import http.client
import json
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
import requests

from tests.server.test_store_trouble import event, point, steps
from tests.servers import Server, running

PER_SECOND = 100
METRICS = ("loss", "acc", "lr", "grad/norm", "val/loss")
LOADS = [
    pytest.param(10, 2.0),
    pytest.param(50, 600.0, marks=[pytest.mark.faults, pytest.mark.timeout(3600)]),
]
"""Experiments, and for how many seconds a hundred requests a second arrive for them."""
GROWN_MOST = 50e6
"""Bytes of memory that the server may have more afterwards than when it was warm."""
MOST = 3_000
"""Small requests beside a large one: on a machine that is too slow for the pace they would only wait."""
SIZE = 28_000_000


class Sender:
    """Posts over one kept connection for each thread that asks it to, and keeps how long each took."""

    def __init__(self, server: Server) -> None:
        self._address = urlsplit(server.url)
        self._head = {
            "Authorization": f"token {server.token('--name', 'load')}",
            "Content-Type": "application/json",
        }
        self._own = threading.local()
        self._connections: list[http.client.HTTPConnection] = []
        self.seconds: list[float] = []
        self.answers: list[int] = []

    def post(self, body: bytes) -> int:
        """What a body is answered, however long it takes."""
        began = time.perf_counter()
        if not hasattr(self._own, "connection"):
            netloc = self._address.netloc
            self._own.connection = http.client.HTTPConnection(netloc, timeout=600)
            self._connections.append(self._own.connection)
        connection = self._own.connection
        connection.request("POST", self._address.path + "api/live", body, self._head)
        answer = connection.getresponse()
        answer.read()
        self.seconds.append(time.perf_counter() - began)
        self.answers.append(answer.status)
        return int(answer.status)

    def close(self) -> None:
        for connection in self._connections:
            connection.close()


def sample(name: str, step: int) -> bytes:
    """One step of five metrics, as stock DVCLive sends it."""
    plots = {
        f"dvclive/plots/metrics/{metric}.tsv": {"data": [{"step": step, metric: step / (at + 1)}]}
        for at, metric in enumerate(METRICS)
    }
    return json.dumps(event("data", name, step=step, plots=plots)).encode()


def paced(bodies: Iterator[bytes], sender: Sender, pool: ThreadPoolExecutor) -> list[Future[int]]:
    """Post a hundred a second, each when it is time for it, whether or not those before are answered."""
    began, sent = time.monotonic(), []
    for body in bodies:
        time.sleep(max(0.0, began + len(sent) / PER_SECOND - time.monotonic()))
        sent.append(pool.submit(sender.post, body))
    return sent


@contextmanager
def loaded(folder: Path) -> Iterator[tuple[Server, Sender, ThreadPoolExecutor]]:
    how = "--LiveStudioApp.requests_per_second=1000"
    with running(folder, "/", how) as server:
        sender = Sender(server)
        with closing(sender), ThreadPoolExecutor(200) as pool:
            yield server, sender, pool


@pytest.mark.parametrize(("number", "seconds"), LOADS)
def test_a_hundred_requests_a_second_are_all_answered_and_every_point_is_there_once(
    tmp_path: Path, number: int, seconds: float
) -> None:
    """How late the answers are is for `benchmarks door`; a wrong one, a lost point and a leak are not."""
    names = [f"run-{at}" for at in range(number)]
    each = round(seconds * PER_SECOND / number)
    with loaded(tmp_path) as (server, sender, pool):
        for name in names:
            assert sender.post(json.dumps(event("start", name)).encode()) == 200
        for name in names:
            assert sender.post(sample(name, 0)) == 200
        server_process = psutil.Process(server.process.pid)
        warm = server_process.memory_info().rss
        bodies = (sample(name, step) for step in range(1, each) for name in names)
        answers = [one.result() for one in paced(bodies, sender, pool)]
        grown = server_process.memory_info().rss - warm
        assert answers == [200] * (number * (each - 1))
        for name in names:
            found = server.experiment(name)
            assert found is not None
            assert len(found["series"]) == len(METRICS)
            for path in found["series"]:
                columns = server.series(found["id"], path)
                at = METRICS.index(path.removeprefix("dvclive/plots/metrics/").removesuffix(".tsv"))
                assert columns["step"] == list(range(each))
                assert columns["value"] == [step / (at + 1) for step in range(each)]
        assert grown < GROWN_MOST
        took = sorted(sender.seconds)
        said = f"p50 {statistics.median(took) * 1e3:.1f} ms, p99 {took[int(len(took) * 0.99)] * 1e3:.1f} ms"
        sys.stdout.write(f"\nload {number} x {each} requests: {said}, {grown / 1e6:.1f} MB more\n")


def large() -> tuple[bytes, int]:
    """A body of 28 MB that is one series, and its points."""
    row = '{"step": %d, "loss": %s}'
    count = SIZE // len(row % (900_000, 900_000 / 8)) + 1
    rows = ",".join(row % (number, number / 8) for number in range(count))
    body = point(0, "large") | {"plots": {"dvclive/plots/metrics/loss.tsv": {"data": ["ROWS"]}}}
    return json.dumps(body).replace('"ROWS"', rows).encode(), count


@pytest.mark.faults
@pytest.mark.timeout(1800)
def test_a_large_body_and_a_hundred_small_ones_a_second_are_all_answered_and_counted(
    tmp_path: Path,
) -> None:
    body, count = large()
    assert len(body) >= SIZE
    with loaded(tmp_path) as (server, sender, pool):
        for name in ("run", "large"):
            assert sender.post(json.dumps(event("start", name)).encode()) == 200
        answer = pool.submit(sender.post, body)

        def beside() -> Iterator[bytes]:
            """Small ones until the large one is answered, and a second more."""
            for step in range(MOST):
                if answer.done() and step >= PER_SECOND:
                    return
                yield json.dumps(point(step)).encode()

        sent = paced(beside(), sender, pool)
        assert answer.result() == requests.codes.ok
        assert {one.result() for one in sent} == {200}
        assert sorted(steps(server)) == list(range(len(sent)))
        row: dict[str, Any] | None = server.experiment("large")
        assert row is not None
        ((_, series),) = row["series"].items()
        assert series == {"count": count, "last_step": count - 1}
