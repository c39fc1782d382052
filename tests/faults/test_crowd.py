"""Many producers at one server, stock DVCLive and ours side by side: each point is there once."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from tests.faults.history import env
from tests.servers import Server, own_home, running, until

CROWDS = [
    pytest.param(2, 3.0),
    pytest.param(20, 600.0, marks=[pytest.mark.faults, pytest.mark.timeout(3600)]),
]
"""Producers of each kind, and for how many seconds they log."""
REPO = "https://example.com/team/crowd.git"
PRODUCER = """
import sys, time
module, name, seconds, pause, go = sys.argv[1:]
if module == "dvclive":
    from dvclive import Live
    live = Live(name, exp_name=name, save_dvc_exp=False, dvcyaml=None)
else:
    from live_studio import Live
    live = Live(exp_name=name)
print("ready", flush=True)
input()
until, step = time.monotonic() + float(seconds), 0
while time.monotonic() < until:
    live.log_metric("loss", step / 2)
    live.log_metric("acc", float(-step))
    live.next_step()
    step += 1
    time.sleep(float(pause))
live.end()
print(step, flush=True)
"""
PAUSES = {"dvclive": "0.5", "live_studio": "0.01"}


class Probe:
    """Asks for a small thing again and again, as one more stock client, and keeps how long each took."""

    def __init__(self, server: Server, token: str) -> None:
        self.seconds: list[float] = []
        self.wrong: list[int] = []
        self._server = server
        self._token = token
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        step = 0
        while not self._stopped.wait(0.1):
            body: dict[str, Any] = {
                "type": "data", "repo_url": REPO, "baseline_sha": "0" * 40, "name": "probe",
                "client": "dvclive", "step": step, "params": {}, "metrics": {},
                "plots": {"dvclive/plots/metrics/loss.tsv": {"data": [{"step": step, "loss": step}]}},
            }  # fmt: skip
            began = time.perf_counter()
            answer = self._server.post(body, self._token)
            self.seconds.append(time.perf_counter() - began)
            if answer.status_code != requests.codes.ok:
                self.wrong.append(answer.status_code)
            step += 1


@pytest.mark.parametrize(("number", "seconds"), CROWDS)
def test_a_crowd_of_stock_and_own_producers_loses_and_doubles_nothing(
    tmp_path: Path, number: int, seconds: float
) -> None:
    with running(tmp_path, "/user/me/", "--LiveStudioApp.requests_per_second=1000") as server:
        token = server.token("--name", "crowd")
        before = psutil.Process(server.process.pid).memory_info().rss
        producers = {
            f"{module}-{at}": begun(server, tmp_path, token, module, f"{module}-{at}", seconds)
            for module in PAUSES
            for at in range(number)
        }
        for one in producers.values():
            assert one.stdout is not None
            assert one.stdout.readline() == "ready\n", ended(one)
        probe = Probe(server, token)
        for one in producers.values():
            assert one.stdin is not None
            one.stdin.write("\n")
            one.stdin.flush()
        steps = {name: int(ended(one).split()[-1]) for name, one in producers.items()}
        probe.stop()
        for name, count in steps.items():
            assert_whole(server, name, count)
        took = sorted(probe.seconds)
        grown = psutil.Process(server.process.pid).memory_info().rss - before
        figures = {
            "points": 2 * sum(steps.values()),
            "probes": len(took),
            "p50_ms": round(statistics.median(took) * 1e3, 1),
            "p99_ms": round(took[int(len(took) * 0.99)] * 1e3, 1),
            "server_grew_mb": round(grown / 1e6, 1),
        }
        sys.stdout.write(f"\ncrowd {number}+{number}, {seconds:g} s: {json.dumps(figures)}\n")
        assert probe.wrong == []


def begun(
    server: Server, folder: Path, token: str, module: str, name: str, seconds: float
) -> subprocess.Popen[str]:
    home = folder / name
    home.mkdir()
    said = {"DVC_STUDIO_REPO_URL": REPO, "LIVE_STUDIO_STORE": str(home / "store.db")}
    address = {
        "dvclive": {"DVC_STUDIO_URL": server.url, "DVC_STUDIO_TOKEN": token},
        "live_studio": {"LIVE_STUDIO_URL": server.url, "LIVE_STUDIO_TOKEN": token},
    }[module]
    return subprocess.Popen(
        [sys.executable, "-c", PRODUCER, module, name, str(seconds), PAUSES[module], "go"],
        cwd=home, env=env(own_home(home)) | said | address, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def ended(producer: subprocess.Popen[str]) -> str:
    out, errors = producer.communicate(timeout=1800)
    assert producer.returncode == 0, errors
    return out


def assert_whole(server: Server, name: str, steps: int) -> None:
    """Every step of both series once, in order, and the row completed."""

    def row() -> dict[str, Any] | None:
        found = server.experiment(name)
        return found if found and found["status"] == "completed" else None

    found = until(row, f"{name} to be completed")
    expected = list(range(steps))
    for path in found["series"]:
        columns = server.series(found["id"], path)
        sign = 0.5 if path.endswith("loss.tsv") else -1.0
        assert columns["step"] == expected, name
        assert columns["value"] == [sign * step for step in expected], name
    assert len(found["series"]) == 2
