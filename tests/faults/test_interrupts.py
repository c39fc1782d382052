"""Ctrl-C at 200 random points, inside the logger too: no half call, no wrong order, and it goes on logging."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from live_studio.studio import Studio
from tests.faults.checker import check
from tests.faults.history import env

INTERRUPTED = """
import json, os, random, signal, sys, time, traceback
from pathlib import Path
from live_studio import journal
from tests.faults.history import History, Witnessed

histories, seed, wanted = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
# Space and windows are used up all the time, so that interrupts meet these ways too.
journal.STEP, journal.WINDOW = 1 << 14, 1 << 12
main, caught, where, in_cell = os.getpid(), 0, {}, False

def press(*_):
    global caught, in_cell
    if in_cell:
        caught, in_cell = caught + 1, False
        raise KeyboardInterrupt

signal.signal(signal.SIGINT, press)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
presser = os.fork()
if not presser:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    draw = random.Random(seed)
    signal.sigwait({signal.SIGUSR1})
    while os.getppid() == main:
        os.kill(main, signal.SIGINT)
        time.sleep(draw.uniform(0.0003, 0.004))
    os._exit(0)

run = Witnessed(History(histories), "interrupted")
step = -1

def cell():
    global step, in_cell
    in_cell = True
    while caught < wanted:
        # The step after one that was interrupted is another: each point is logged once.
        step += 1
        run.live.step = step
        run.metric(f"m/{step // 50}", step / 3)
        run.metrics({"a": step / 7, f"b{step // 90}": -float(step)})
        if step % 40 == 0:
            run.params({"p": ["x" * 3_000, step]})
        run.next_step()

os.kill(presser, signal.SIGUSR1)
while True:
    try:
        cell()
        in_cell = False
        os.kill(presser, signal.SIGKILL)
        os.waitpid(presser, 0)
        break
    except KeyboardInterrupt as error:
        frames = traceback.extract_tb(error.__traceback__)
        for name in {Path(frame.filename).name for frame in frames}:
            where[name] = where.get(name, 0) + 1

in_cell = False
signal.signal(signal.SIGINT, signal.SIG_IGN)
# The next cell.
run.live.step = step + 1
run.metric("after", 1.0)
run.next_step()
run.end()
print(json.dumps({"caught": caught, "where": where, "steps": step}))
"""


@pytest.mark.parametrize("seed", [1, 2])
def test_interrupts_at_random_points_leave_no_half_event_and_a_logger_that_works(
    studio: Studio, tmp_path: Path, seed: int
) -> None:
    histories = tmp_path / "histories"
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, str(histories), str(seed), "200"],
        env=env(),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        timeout=120,
        check=True,
    )
    said = json.loads(done.stdout)
    assert said["caught"] >= 200
    assert said["where"].get("journal.py", 0) > 0, said
    assert check(histories, studio.store.path) == []
    (row,) = studio.experiments()
    assert (row.status, row.step) == ("completed", said["steps"] + 1)
    assert not list(studio.journals.glob("*.journal"))
