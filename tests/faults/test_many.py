"""Threads, forked workers, ranks and tasks: one run, every point once, nothing that hangs."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from live_studio.curves import Question
from live_studio.live import Live
from live_studio.studio import Studio

WORKERS = """
import multiprocessing, sys, warnings
from live_studio import Live

warnings.simplefilter("ignore")

def load(number):
    live.log_metric("from-a-worker", 1.0)  # refused with one warning; must not hang or corrupt
    return sum(range(number))

live = Live(exp_name="loader")
with multiprocessing.get_context("fork").Pool(4) as pool:
    for step in range(200):
        for _ in pool.map(load, range(8)):
            live.log_metric("loss", float(step))
        live.next_step()
live.end()
"""

RANKED = """
import sys
from live_studio import Live
with Live(exp_name="ddp", params={"lr": 0.1}) as live:
    for step in range(500):
        live.log_metrics({"loss": float(step)})
        live.next_step()
"""


def points(studio: Studio, metric: str) -> list[float]:
    (row,) = studio.experiments()
    lines = studio.series(Question(metric, [row.id]))
    return lines[0].series.value.tolist() if lines else []


def test_thirty_two_threads_log_a_thousand_points_each(studio: Studio) -> None:
    with Live(exp_name="threads") as live:

        def log(number: int) -> None:
            for i in range(1_000):
                live.log_metric("shared", float(number * 1_000 + i))
                live.log_metrics({f"own/{number}": float(i), "shared-row": float(i)})

        threads = [threading.Thread(target=log, args=(number,)) for number in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert Counter(points(studio, "shared")) == Counter(float(i) for i in range(32_000))
    assert len(points(studio, "shared-row")) == 32_000
    assert points(studio, "own/31") == [float(i) for i in range(1_000)]


def test_forked_workers_neither_hang_nor_write_nor_end_the_run(studio: Studio) -> None:
    done = subprocess.run([sys.executable, "-c", WORKERS], timeout=120, check=False)
    assert done.returncode == 0
    (row,) = studio.experiments()
    assert (row.status, row.step) == ("completed", 199)
    assert points(studio, "loss") == [float(i // 8) for i in range(1_600)]
    assert points(studio, "from-a-worker") == []


def test_four_ranks_of_one_job_are_one_row_with_every_point_once(
    studio: Studio, tmp_path: Path
) -> None:
    ranks = [
        subprocess.Popen(
            [sys.executable, "-c", RANKED], env=os.environ | {"RANK": str(rank), "WORLD_SIZE": "4"}
        )
        for rank in range(4)
    ]
    assert [rank.wait(120) for rank in ranks] == [0, 0, 0, 0]
    (row,) = studio.experiments()
    assert (row.name, row.generation, row.status) == ("ddp", 1, "completed")
    assert points(studio, "loss") == [float(i) for i in range(500)]


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
