"""A run whose store and journals share a disk that fills under it, and has room again later."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from live_studio.drainer import Drainer
from live_studio.studio import Studio
from tests.faults.checker import check
from tests.faults.disks import filled
from tests.faults.history import env

pytestmark = pytest.mark.faults

PRODUCER = """
import sys
from pathlib import Path
from tests.faults.history import History, Witnessed
run = Witnessed(History(Path(sys.argv[1])), "small", store=sys.argv[2])
def log(first, last):
    for step in range(first, last):
        run.metrics({"loss": step / 2, "acc": float(-step)})
        run.params({"long": f"{step} " + "x" * 2_000})
        run.next_step()
    print("logged", flush=True)
    sys.stdin.readline()
log(0, 100)
log(100, 550)
log(550, 600)
run.end()
"""


def test_a_disk_that_fills_under_a_run_and_is_freed_costs_it_nothing(
    tmp_path: Path, small_disk: Path
) -> None:
    """What finds no room waits in memory: 1.2 MB here, more than a journal reserves at a time."""
    histories, store = tmp_path / "histories", small_disk / "store.db"
    producer = subprocess.Popen(
        [sys.executable, "-c", PRODUCER, str(histories), str(store)],
        env=env(), cwd=tmp_path, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert producer.stdin is not None
    assert producer.stdout is not None

    def goes_on() -> None:
        assert producer.stdin is not None
        assert producer.stdout is not None
        producer.stdin.write("\n")
        producer.stdin.flush()
        assert producer.stdout.readline() == "logged\n", "training went on"

    assert producer.stdout.readline() == "logged\n"
    fill = filled(small_disk)
    goes_on()
    fill.unlink()
    goes_on()
    _, said = producer.communicate("\n", timeout=200)
    assert producer.returncode == 0, said
    assert "live_studio" in said, "somebody must hear of it"
    with closing(Studio(store)) as studio:
        drainer = Drainer(studio)
        drainer.drain()
        drainer.sweep()
        (row,) = studio.experiments()
        assert row.status == "completed"
    assert check(histories, store) == []
