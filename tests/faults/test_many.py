"""Threads, forked workers, ranks and tasks: one run, every point once, nothing that hangs."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from live_studio.curves import Question
from live_studio.live import Live
from live_studio.studio import Studio
from tests.faults.checker import check
from tests.faults.history import History, Witnessed, env
from tests.servers import until

WORKERS = """
import multiprocessing, sys, warnings
from pathlib import Path
from tests.faults.history import History, Witnessed

def load(number):
    # In a fork: refused with one warning; must not hang or corrupt. In a spawned one: unknown.
    if live is not None:
        live.log_metric("from-a-worker", 1.0)
    return sum(range(number))

live = None
if __name__ == "__main__":
    warnings.simplefilter("ignore")
    history, way = History(Path(sys.argv[1])), sys.argv[2]
    run = Witnessed(history, "loader")
    live = run.live
    with multiprocessing.get_context(way).Pool(4) as pool:
        for step in range(100):
            for number, _ in enumerate(pool.map(load, range(8))):
                run.metric(f"loss/{number}", float(step))
            run.next_step()
    run.end()
"""

RANKED = """
import os, sys
from pathlib import Path
from tests.faults.history import History, Witnessed
from live_studio import Live
rank = int(os.environ["RANK"])
if rank == 0:
    run = Witnessed(History(Path(sys.argv[1])), "ddp", params={"lr": 0.1})
    log, step, end = run.metrics, run.next_step, run.end
else:
    live = Live(exp_name="ddp", params={"lr": 0.1})
    log, step, end = live.log_metrics, live.next_step, live.end
for number in range(500):
    log({"loss": float(number)})
    step()
end()
"""
WATCHDOG = 60
"""Seconds after which a process that has not ended hangs."""


def points(studio: Studio, metric: str) -> list[float]:
    (row,) = studio.experiments()
    lines = studio.series(Question(metric, [row.id]))
    return lines[0].series.value.tolist() if lines else []


def test_thirty_two_threads_share_a_run(studio: Studio, tmp_path: Path) -> None:
    """A thousand calls of each, and each point once."""
    history = History(tmp_path / "histories")
    run = Witnessed(history, "threads")

    def log(number: int) -> None:
        for i in range(500):
            run.metric("shared", float(number * 1_000 + i))
            run.metrics({f"own/{number}": float(i), "shared-row": float(number * 1_000 + i)})

    threads = [threading.Thread(target=log, args=(number,)) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WATCHDOG)
        assert not thread.is_alive()
    run.end()
    assert check(tmp_path / "histories", studio.store.path) == []
    assert points(studio, "own/31") == [float(i) for i in range(500)]


def test_a_burst_is_taken_at_once_and_soon_there_for_everybody(
    studio: Studio, tmp_path: Path
) -> None:
    """2,000 calls as fast as they go: ten times two seconds to take them, and ten to show them."""
    run = Witnessed(History(tmp_path / "histories"), "burst")
    began = time.monotonic()
    for i in range(2_000):
        run.metric("loss", float(i))
    assert time.monotonic() - began < 20
    until(lambda: len(points(studio, "loss")) == 2_000, "the burst", 100)
    assert points(studio, "loss") == [float(i) for i in range(2_000)]
    run.end()
    assert check(tmp_path / "histories", studio.store.path) == []


@pytest.mark.parametrize("way", ["fork", "spawn", "forkserver"])
def test_workers_neither_hang_nor_write_nor_end_the_run(
    studio: Studio, tmp_path: Path, way: str
) -> None:
    script, histories = tmp_path / "train.py", tmp_path / "histories"
    script.write_text(WORKERS)
    done = subprocess.run(
        [sys.executable, str(script), str(histories), way],
        env=env(),
        cwd=tmp_path,
        timeout=WATCHDOG,
        check=False,
    )
    assert done.returncode == 0
    assert check(histories, studio.store.path) == []
    (row,) = studio.experiments()
    assert (row.status, row.step) == ("completed", 99)


def test_four_ranks_of_one_job_are_one_row_with_every_point_once(
    studio: Studio, tmp_path: Path
) -> None:
    histories = tmp_path / "histories"
    ranks = [
        subprocess.Popen(
            [sys.executable, "-c", RANKED, str(histories)],
            env=env() | {"RANK": str(rank), "WORLD_SIZE": "4"},
            cwd=tmp_path,
            stderr=subprocess.DEVNULL,
        )
        for rank in range(4)
    ]
    assert [rank.wait(WATCHDOG) for rank in ranks] == [0, 0, 0, 0]
    assert check(histories, studio.store.path) == []
    (row,) = studio.experiments()
    assert (row.name, row.generation, row.status) == ("ddp", 1, "completed")


def test_tasks_of_one_loop_share_a_run(studio: Studio) -> None:
    async def log(live: Live, number: int) -> None:
        for i in range(100):
            live.log_metric("loss", float(number * 100 + i))
            await asyncio.sleep(0)

    async def main() -> None:
        with Live(exp_name="tasks") as live:
            await asyncio.gather(*(log(live, number) for number in range(10)))

    asyncio.run(main())
    assert sorted(points(studio, "loss")) == [float(i) for i in range(1_000)]


def test_a_silent_rank_still_refuses_what_nobody_could_log(monkeypatch: pytest.MonkeyPatch) -> None:
    from live_studio import InvalidMetric, InvalidParam

    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.warns(UserWarning, match="rank 1 records nothing"):
        live = Live(exp_name="quiet")
    with pytest.raises(InvalidMetric):
        live.log_metric("loss", [1])  # type: ignore[arg-type]
    with pytest.raises(InvalidParam):
        live.log_param("model", object())
    live.end()


LEAVES = """
import os, sys, time
from live_studio import Live
with Live(exp_name="parent") as live:
    live.log_metric("loss", 1.0)
    if os.fork() == 0:
        sys.exit(3)
    began = time.monotonic()
    os.wait()
    assert time.monotonic() - began < 5, "the child took its time to leave"
    live.log_metric("loss", 2.0)
"""


def test_a_forked_child_that_leaves_the_block_ends_nothing(studio: Studio) -> None:
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", LEAVES], check=False)
    assert done.returncode == 0
    assert points(studio, "loss") == [1.0, 2.0]
    assert studio.experiments()[0].status == "completed"
