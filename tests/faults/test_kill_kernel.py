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
from tests.kernels import dying_kernel
from tests.servers import Server, until

LOOP = """
import os, signal
from live_studio import Live
live = Live(exp_name={name!r}, params={{"k": {k}}})
for i in range({k}):
    {call}
os.kill(os.getpid(), signal.SIGKILL)
"""
CALLS = {
    "points": 'live.log_metric("loss", float(i))',
    "rows": 'live.log_metrics({"loss": float(i), "acc": 0.5})',
    "steps": 'live.log_metric("loss", float(i)); live.next_step()',
}


def points(studio: Studio, name: str) -> list[float]:
    (row,) = [row for row in studio.experiments() if row.name == name]
    (line,) = studio.series(Question("loss", [row.id]))
    return line.series.value.tolist()


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("seed", range(4))
def test_a_kernel_killed_after_call_k_leaves_k_points_and_a_stopped_run(
    studio: Studio, tmp_path: Path, call: str, seed: int
) -> None:
    k = random.Random(f"{call}{seed}").randint(1, 30_000)
    name = f"{call}-{seed}"
    with dying_kernel(cwd=tmp_path) as client:
        client.execute(LOOP.format(name=name, k=k, call=CALLS[call]))
    drainer = Drainer(studio)
    drainer.drain()
    drainer.sweep()
    assert points(studio, name) == [float(i) for i in range(k)]
    (row,) = studio.experiments()
    assert (row.status, row.detail) == ("stopped", "process died")
    assert not list(studio.journals.glob("*.journal"))


def test_whoever_asks_for_the_experiments_finds_the_dead_ones_dead(
    studio: Studio, tmp_path: Path
) -> None:
    with dying_kernel(cwd=tmp_path) as client:
        client.execute(LOOP.format(name="dead", k=700, call=CALLS["points"]))
    # In this process a Live or a courier may have looked before; the first question must suffice.
    ask = (
        "from live_studio import experiments; (one,) = experiments(); print(one.status, one.detail)"
    )
    asked = subprocess.run(
        [sys.executable, "-c", ask], check=True, capture_output=True, text=True
    ).stdout
    assert asked.strip() == "stopped process died"
    assert points(studio, "dead") == [float(i) for i in range(700)]


def test_beside_a_server_a_killed_kernel_is_stopped_without_anybody_asking(server: Server) -> None:
    for number in range(3):
        k, name = 5_000 + 777 * number, f"killed-{number}"
        with dying_kernel(server.kernel_env, server.notebooks) as client:
            client.execute(LOOP.format(name=name, k=k, call=CALLS["points"]))
        row = until(
            lambda name=name: (
                (found := server.experiment(name)) and found["status"] != "running" and found
            ),
            "the server to notice",
        )
        assert (row["status"], row["detail"]) == ("stopped", "process died")
        (path,) = row["series"]
        assert server.series(row["id"], path)["value"] == [float(i) for i in range(k)]


def test_a_rerun_keeps_the_old_generations_points(studio: Studio, store_path: Path) -> None:
    from live_studio import Live

    for length in (30, 20):
        with Live(exp_name="again") as live:
            for i in range(length):
                live.log_metric("loss", float(i))
                live.next_step()
    (row,) = studio.experiments()
    assert (row.generation, row.status) == (2, "completed")
    assert len(points(studio, "again")) == 20
    kept = studio.store.read("SELECT number, series FROM generations ORDER BY number")
    assert ['"count":30' in series or '"count":20' in series for _, series in kept] == [True, True]
    first = studio.store.read("SELECT id FROM generations WHERE number = 1")[0][0]
    columns = studio.curves.columns(first)
    column = columns[next(iter(columns.paths()))]
    assert list(column.value) == [float(i) for i in range(30)]


def test_a_journal_found_after_a_rerun_lands_in_its_own_generation(
    studio: Studio, tmp_path: Path
) -> None:
    with dying_kernel(cwd=tmp_path) as client:
        client.execute(LOOP.format(name="late", k=500, call=CALLS["points"]))
    hidden = [path.rename(path.with_suffix(".away")) for path in studio.journals.glob("*.journal")]
    from live_studio import Live

    with Live(exp_name="late") as live:
        live.log_metric("loss", 9.0)
    for path in hidden:
        path.rename(path.with_suffix(".journal"))
    drainer = Drainer(studio)
    drainer.drain()
    drainer.sweep()
    assert points(studio, "late") == [9.0]
    (row,) = studio.experiments()
    assert row.status == "completed"
    counts = studio.store.read("SELECT series FROM generations ORDER BY started_at")
    assert '"count":500' in counts[0][0]
