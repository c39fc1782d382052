"""What a server has acknowledged is there after it was killed, once."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from pathlib import Path

import requests

from tests.servers import Server, own_home, until

WRITERS, ROUNDS = 4, 5
SHA = "1" * 40
PLOT = "dvclive/plots/metrics/loss.tsv"


class Writer(threading.Thread):
    """Posts points one by one, and posts again whatever was not acknowledged, as real clients do."""

    def __init__(self, server: Server, token: str, name: str) -> None:
        super().__init__(daemon=True)
        self.server = server
        self.token = token
        self.name = name
        self.acknowledged: list[int] = []
        self.invoked = 0
        self.stopping = False

    def run(self) -> None:
        self.send({"type": "start"})
        while not self.stopping:
            step = self.invoked
            self.invoked += 1
            body = {
                "type": "data",
                "step": step,
                "plots": {PLOT: {"data": [{"step": step, "loss": step}]}},
            }
            self.send(body)
            self.acknowledged.append(step)

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
    draw = random.Random(7)
    try:
        token = server.token()
        writers = [Writer(server, token, f"writer-{number}") for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        for _ in range(ROUNDS):
            target = sum(len(writer.acknowledged) for writer in writers) + draw.randint(20, 80)
            until(
                lambda target=target: sum(len(writer.acknowledged) for writer in writers) >= target,
                "writers to be acknowledged",
            )
            server.kill()
            server.start()
        for writer in writers:
            writer.stopping = True
        for writer in writers:
            writer.join(60)
            assert not writer.is_alive()
        for writer in writers:
            row = server.experiment(writer.name)
            assert row is not None
            stored = Counter(server.series(row["id"], PLOT)["step"])
            assert set(stored.values()) == {1}
            assert set(writer.acknowledged) <= set(stored) <= set(range(writer.invoked))
    finally:
        server.stop()
