"""A server that may take little memory refuses what is too much for it, and stays alive."""

from __future__ import annotations

import json
import resource
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.faults.checker import check
from tests.faults.test_kill_server import Writer
from tests.servers import Server, own_home, until

LEFT = 150_000_000
"""Bytes that the server may take beyond what it has when it is limited."""
LARGE, ROWS, PATH = 24, 60_000, "loss.tsv"
ALLOCATOR = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "131072"}
SHOWN = 200
SHA = "1" * 40


def event(kind: str, name: str, **fields: Any) -> dict[str, Any]:
    who = {"repo_url": "github.com/o/r", "baseline_sha": SHA, "name": name, "client": "dvclive"}
    return {"type": kind, **who, **fields}


def large(number: int) -> bytes:
    rows = [{"step": step, "timestamp": step, "loss": str(step + number)} for step in range(ROWS)]
    body = event("data", f"large-{number}", step=0, plots={PATH: {"data": rows}})
    return json.dumps(body).encode()


@contextmanager
def sparing(folder: Path) -> Iterator[Server]:
    """A server that gives space back as soon as it is free, as memory is given back by pages."""
    server = Server(folder, own_home(folder) | ALLOCATOR)
    try:
        yield server.start()
        assert server.process.poll() is None
        assert "Traceback" not in server.log
    finally:
        server.stop()


def limit(server: Server) -> None:
    """From here on the system gives the server little more than it has."""
    pages = int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + LEFT
    resource.prlimit(server.process.pid, resource.RLIMIT_AS, (most, most))


class Patient:
    """A client that comes again as long as it is refused with a reason."""

    def __init__(self) -> None:
        self.answers: Counter[int] = Counter()

    def ask(self, send: Callable[[], requests.Response]) -> requests.Response:
        """The answer, once it is a success."""

        def taken() -> list[requests.Response]:
            answer = send()
            self.answers[answer.status_code] += 1
            assert answer.status_code in (200, 503), answer.text
            if answer.status_code == 200:
                return [answer]
            assert int(answer.headers["Retry-After"]) >= 1
            assert answer.json()["detail"]
            time.sleep(0.5)  # less than it is told to wait
            return []

        return until(taken, "a request to be taken", 300)[0]


def values(server: Server, patient: Patient, number: int) -> list[float]:
    """What is stored of a large body."""
    found = server.experiment(f"large-{number}")
    assert found is not None
    path = f"api/experiments/{found['id']}/series"
    said = patient.ask(lambda: server.get(path, params={"path": PATH}))
    read: list[float] = said.json()["series"][0]["columns"]["value"]
    return read


@contextmanager
def looking(server: Server, patient: Patient) -> Iterator[None]:
    """Two who ask for whole snapshots all the time."""
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.1):
            patient.ask(lambda: server.get("api/changes?since=0"))

    with ThreadPoolExecutor(2) as pool:
        lookers = [pool.submit(look) for _ in range(2)]
        try:
            yield
        finally:
            done.set()
        for looker in lookers:
            looker.result()


@contextmanager
def writing(server: Server, token: str, histories: Path) -> Iterator[None]:
    """Two who log little, and write down what was acknowledged."""
    writers = [Writer(server, token, f"writer-{number}", histories) for number in range(2)]
    for writer in writers:
        writer.start()
    try:
        yield
    finally:
        for writer in writers:
            writer.stopping = True
    for writer in writers:
        writer.join(60)
        assert not writer.is_alive()


@pytest.mark.faults
def test_a_server_with_little_memory_refuses_and_lives(tmp_path: Path) -> None:
    """Bodies that decoded take more than there is, whole snapshots, and two who log little."""
    patient, histories = Patient(), tmp_path / "histories"
    bodies = [large(number) for number in range(LARGE)]
    with sparing(tmp_path) as server:
        token = server.token()
        params = {"params.yaml": {f"name-{number}": number for number in range(200)}}
        for number in range(SHOWN):
            start = event("start", f"shown-{number}", params=params)
            assert server.post(start, token).status_code == 200
        # What is loaded at the first use is there before the limit.
        assert server.post(large(LARGE), token).status_code == 200
        assert values(server, patient, LARGE) == [float(step + LARGE) for step in range(ROWS)]
        limit(server)

        def send(body: bytes) -> None:
            headers = {"Authorization": f"token {token}"}
            url = server.url + "api/live"
            patient.ask(lambda: requests.post(url, data=body, headers=headers, timeout=120))

        with (
            writing(server, token, histories),
            looking(server, patient),
            ThreadPoolExecutor(LARGE) as pool,
        ):
            for sent in [pool.submit(send, body) for body in bodies]:
                sent.result()
        assert patient.answers[503], "nothing was too much: the limit is too wide to show anything"
        for number in range(LARGE):
            assert values(server, patient, number) == [float(step + number) for step in range(ROWS)]
    others = ("large-", "shown-")
    assert [line for line in check(histories, server.store) if not line.startswith(others)] == []
