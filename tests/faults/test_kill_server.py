"""What a server has acknowledged is there after it was killed, once."""

from __future__ import annotations

import os
import random
import threading
import time
from pathlib import Path

import requests

from tests.faults.checker import check
from tests.faults.history import History
from tests.servers import Server, own_home, until

WRITERS, ROUNDS = 4, int(os.environ.get("LIVE_STUDIO_ROUNDS", "50")) // 10
SHA = "1" * 40
PLOT = "dvclive/plots/metrics/loss.tsv"


class Writer(threading.Thread):
    """Posts points one by one, and posts again whatever was not acknowledged, as real clients do."""

    def __init__(self, server: Server, token: str, name: str, histories: Path) -> None:
        super().__init__(daemon=True)
        self.server = server
        self.token = token
        self.name = name
        self.history = History(histories)
        self.label = self.history.label()
        self.acknowledged = 0
        self.stopping = False

    def run(self) -> None:
        with self.history.call(self.label, "start", name=self.name):
            self.send({"type": "start"})
        while not self.stopping:
            step, value = self.acknowledged, self.acknowledged / 3
            body = {
                "type": "data",
                "step": step,
                "metrics": {"dvclive/metrics.json": {"data": {"loss": value}}},
                "plots": {PLOT: {"data": [{"step": step, "loss": value}]}},
            }
            with self.history.call(self.label, "points", step=step, values={"loss": value}):
                self.send(body)
            self.acknowledged += 1
        with self.history.call(self.label, "end", status="completed", detail=None):
            self.send({"type": "done"})

    def send(self, body: dict[str, object]) -> None:
        whole = {
            "repo_url": "github.com/o/r",
            "baseline_sha": SHA,
            "name": self.name,
            "client": "dvclive",
        }
        while True:
            try:
                if self.server.post(whole | body, self.token).status_code == 200:
                    return
            except (requests.RequestException, KeyError):
                pass
            time.sleep(0.05)


def test_nothing_acknowledged_is_lost_or_doubled_when_the_server_is_killed(tmp_path: Path) -> None:
    server = Server(tmp_path, own_home(tmp_path)).start()
    draw, histories = random.Random(7), tmp_path / "histories"
    try:
        token = server.token()
        writers = [
            Writer(server, token, f"writer-{number}", histories) for number in range(WRITERS)
        ]
        for writer in writers:
            writer.start()
        for _ in range(ROUNDS):
            target = sum(writer.acknowledged for writer in writers) + draw.randint(20, 80)
            until(
                lambda target=target: sum(writer.acknowledged for writer in writers) >= target,
                "writers to be acknowledged",
            )
            server.kill()
            server.start()
        for writer in writers:
            writer.stopping = True
        for writer in writers:
            writer.join(60)
            assert not writer.is_alive()
    finally:
        server.stop()
    assert check(histories, server.store) == []
