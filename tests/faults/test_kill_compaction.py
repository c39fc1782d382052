"""kill -9 of processes that compact one store at once, while others log: every point is there once."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

from live_studio.addresses import NO_COMMIT
from live_studio.events import Data, Key, Point
from live_studio.studio import Studio

ROUNDS = int(os.environ.get("LIVE_STUDIO_ROUNDS", "50")) // 5
LOSS = "dvclive/plots/metrics/loss.tsv"
COMPACTOR = """
import sys
from pathlib import Path
from live_studio.store import Store
store = Store(Path(sys.argv[1]))
print("open", flush=True)
while True:
    for (generation,) in store.read("SELECT id FROM generations"):
        while store.compact(generation):
            pass
    store.give_back(8)
"""


def compactor(path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", COMPACTOR, str(path)], stdout=subprocess.PIPE, text=True
    )


def test_whoever_dies_while_slices_become_chunks_every_point_is_there_once(studio: Studio) -> None:
    chance = random.Random(11)
    sent = 0
    for round_ in range(ROUNDS):
        both = [compactor(studio.store.path) for _ in range(2)]
        for process in both:
            assert process.stdout is not None
            assert process.stdout.readline() == "open\n"
        deadline, before = time.monotonic() + 60, packed(studio)
        least = chance.randrange(5, 40)
        while least > 0 or (packed(studio) == before and time.monotonic() < deadline):
            least -= 1
            for name in ("a", "b"):
                points = {LOSS: [Point(step, step / 3) for step in range(sent, sent + 20)]}
                studio.record([Data(Key("r", NO_COMMIT, name), "dvclive", points=points)])
            sent += 20
            time.sleep(chance.random() / 200)
        for process in both:
            process.kill()
            process.communicate()
        assert studio.store.read("PRAGMA quick_check")[0][0] == "ok"
        for (generation,) in studio.store.read("SELECT id FROM generations"):
            column = studio.store.whole(generation)[LOSS]
            assert list(column.step) == list(range(sent)), f"round {round_}"
        assert packed(studio) > before


def packed(studio: Studio) -> int:
    """How many points lie in chunks."""
    return int(studio.store.read("SELECT total(packed_points) FROM generations")[0][0])
