"""A kernel that dies right after a call has lost nothing, and its run says so."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from live_studio.curves import Question
from live_studio.drainer import Drainer
from live_studio.studio import Studio
from tests.faults.checker import check
from tests.faults.history import History, Witnessed, env
from tests.kernels import dying_kernel
from tests.servers import Server, until

LOOP = """
import os, signal
from pathlib import Path
from tests.faults.history import History, Witnessed
run = Witnessed(History(Path({histories!r})), {name!r}, params={{"k": {k}}})
for i in range({k}):
    {call}
os.kill(os.getpid(), signal.SIGKILL)
"""
CALLS = {
    "points": 'run.metric("loss", float(i))',
    "rows": 'run.metrics({"loss": float(i), "acc": i / 2})',
    "steps": 'run.metric("loss", float(i)); run.next_step()',
}


def loop(histories: Path, name: str, k: int, call: str = "points") -> str:
    return LOOP.format(histories=str(histories), name=name, k=k, call=CALLS[call])


@pytest.fixture(name="histories")
def _histories(tmp_path: Path) -> Path:
    return tmp_path / "histories"


def points(studio: Studio, name: str) -> list[float]:
    (row,) = [row for row in studio.experiments() if row.name == name]
    (line,) = studio.series(Question("loss", [row.id]))
    return line.series.value.tolist()


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("seed", range(4))
def test_a_kernel_killed_after_call_k_leaves_k_points_and_a_stopped_run(
    studio: Studio, tmp_path: Path, histories: Path, call: str, seed: int
) -> None:
    k = random.Random(f"{call}{seed}").randint(1, 30_000)
    name = f"{call}-{seed}"
    with dying_kernel(env(), tmp_path) as client:
        client.execute(loop(histories, name, k, call))
    drainer = Drainer(studio)
    drainer.drain()
    drainer.sweep()
    assert check(histories, studio.store.path) == []
    assert points(studio, name) == [float(i) for i in range(k)]
    (row,) = studio.experiments()
    assert (row.status, row.detail) == ("stopped", "process died")
    assert not list(studio.journals.glob("*.journal"))


def test_whoever_asks_for_the_experiments_finds_the_dead_ones_dead(
    studio: Studio, tmp_path: Path, histories: Path
) -> None:
    with dying_kernel(env(), tmp_path) as client:
        client.execute(loop(histories, "dead", 700))
    # In this process a Live or a courier may have looked before; the first question must suffice.
    ask = (
        "from live_studio import experiments; (one,) = experiments(); print(one.status, one.detail)"
    )
    asked = subprocess.run(
        [sys.executable, "-c", ask], check=True, capture_output=True, text=True
    ).stdout
    assert asked.strip() == "stopped process died"
    assert check(histories, studio.store.path) == []
    assert points(studio, "dead") == [float(i) for i in range(700)]


def test_beside_a_server_a_killed_kernel_is_stopped_without_anybody_asking(
    server: Server, histories: Path
) -> None:
    for number in range(3):
        k, name = 5_000 + 777 * number, f"killed-{number}"
        with dying_kernel(env(server.kernel_env), server.notebooks) as client:
            client.execute(loop(histories, name, k))
        row = until(
            lambda name=name: (
                (found := server.experiment(name)) and found["status"] != "running" and found
            ),
            "the server to notice",
        )
        assert (row["status"], row["detail"]) == ("stopped", "process died")
        (path,) = row["series"]
        assert server.series(row["id"], path)["value"] == [float(i) for i in range(k)]
    assert check(histories, server.store) == []


def test_a_rerun_keeps_the_old_generations_points(studio: Studio, histories: Path) -> None:
    history = History(histories)
    for length in (30, 20):
        run = Witnessed(history, "again")
        for i in range(length):
            run.metric("loss", float(i))
            run.next_step()
        run.end()
    assert check(histories, studio.store.path) == []
    (row,) = studio.experiments()
    assert (row.generation, row.status) == (2, "completed")
    assert len(points(studio, "again")) == 20


def test_a_journal_found_after_a_rerun_lands_in_its_own_generation(
    studio: Studio, tmp_path: Path, histories: Path
) -> None:
    with dying_kernel(env(), tmp_path) as client:
        client.execute(loop(histories, "late", 500))
    hidden = [path.rename(path.with_suffix(".away")) for path in studio.journals.glob("*.journal")]
    again = Witnessed(History(histories), "late")
    again.metric("loss", 9.0)
    again.end()
    for path in hidden:
        path.rename(path.with_suffix(".journal"))
    drainer = Drainer(studio)
    drainer.drain()
    drainer.sweep()
    assert points(studio, "late") == [9.0]
    (row,) = studio.experiments()
    assert row.status == "completed"
    assert check(histories, studio.store.path) == []
