"""Any number of drainers may carry one journal; each may die at any moment; each point counts once."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from live_studio.curves import Question
from live_studio.studio import Studio
from tests.faults.checker import check, watching
from tests.faults.history import env
from tests.servers import until

DRAINER = """
import sys, time
from pathlib import Path
from live_studio.courier import Courier
from live_studio.studio import Studio
Courier(Studio(Path(sys.argv[1]))).start()
time.sleep(600)
"""

PRODUCER = """
import sys
from pathlib import Path
from tests.faults.history import History, Witnessed
store, name, count, way, histories = sys.argv[1:]
run = Witnessed(History(Path(histories)), name, store=store)
for i in range(int(count)):
    if way == "rows":
        run.metrics({"a": float(i), "b": -float(i)})
    elif way == "points":
        run.metric("a", float(i))
        run.metric("b", -float(i))
    else:
        run.metric("a", i)
        run.metrics({"b": -i, "c/d": 0.5})
    run.next_step()
    if way == "mixed" and i % 7 == 0:
        sum(range(20_000))
run.end()
"""


def run(code: str, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", code, *arguments], env=env())


@contextmanager
def killed_again_and_again(store: Path, seed: int) -> Iterator[None]:
    """Two drainers beside the producers' own, each killed at random and started anew."""
    draw = random.Random(seed)
    drainers = [run(DRAINER, str(store)) for _ in range(2)]
    ends = time.monotonic()

    def strike() -> None:
        victim = draw.randrange(len(drainers))
        drainers[victim].kill()
        drainers[victim].wait()
        drainers[victim] = run(DRAINER, str(store))

    try:
        yield strike
    finally:
        assert time.monotonic() > ends
        for drainer in drainers:
            drainer.kill()
            drainer.wait()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_drainers_that_race_and_die_store_each_point_once(
    store_path: Path, studio: Studio, tmp_path: Path, seed: int
) -> None:
    histories = tmp_path / "histories"
    count, ways = 8_000, ("rows", "points", "mixed", "rows")
    with (
        killed_again_and_again(store_path, seed) as strike,
        watching(histories, studio),
    ):
        producers = [
            run(PRODUCER, str(store_path), f"run-{number}", str(count), way, str(histories))
            for number, way in enumerate(ways)
        ]
        draw = random.Random(seed)
        while any(producer.poll() is None for producer in producers):
            # Deaths come at moments of their own; how many there are does not matter.
            time.sleep(draw.uniform(0.1, 0.5))
            strike()
        assert [producer.returncode for producer in producers] == [0] * len(ways)
        until(lambda: not list(studio.journals.glob("*.journal")), "journals carried home")
    assert check(histories, store_path) == []
    for row in studio.experiments():
        assert (row.step, row.generation) == (count - 1, 1)
        for metric, sign in (("a", 1), ("b", -1)):
            # The judge knows no order; charts do.
            (line,) = studio.series(Question(metric, [row.id]))
            assert line.series.value.tolist() == [sign * i for i in range(count)]
            assert line.total == count


def test_a_slice_that_comes_twice_is_taken_once(store_path: Path, studio: Studio) -> None:
    from live_studio import Live, reading
    from live_studio.events import Slice
    from live_studio.gist import Reader

    live = Live(exp_name="twice", store=store_path.with_name("other.db"))
    live.log_metric("a", 1.0)
    (path,) = store_path.with_name("other.db.journals").glob("*.journal")
    raw = reading.read(path, 0)
    facts = Reader().facts(raw)
    piece = Slice("run", 0, raw[: facts.end], facts)
    assert studio.record([piece, piece]) == [True, False]
    assert studio.record([piece]) == [False]
    (row,) = studio.experiments()
    assert studio.series(Question("a", [row.id]))[0].total == 1
    live.end()
