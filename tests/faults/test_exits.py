"""How a process may leave: each way has its status, and all that was logged before is there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from live_studio.drainer import Drainer
from live_studio.studio import Studio
from tests.faults.checker import check
from tests.faults.history import env

SCRIPT = """
import os, signal, sys
from pathlib import Path
# Whatever started the tests may have switched it off for all that come after.
signal.signal(signal.SIGINT, signal.default_int_handler)
from tests.faults.history import History, Witnessed
history = History(Path(sys.argv[1]))
run = Witnessed(history, "one", params={"lr": 0.1})
for step in range(500):
    run.metrics({"loss": 1 / (step + 1), "acc": step / 500})
    run.next_step()
def ends(status, detail=None):
    history.promise(run.run, status, detail)
"""
WAYS = {
    "end": "run.end()",
    "a block": "ends('completed')\nwith run.live: pass",
    "an exception in a block": "ends('failed', 'ValueError')\nwith run.live: raise ValueError('no')",
    "exit(0) in a block": "ends('completed')\nwith run.live: sys.exit(0)",
    "exit(3) in a block": "ends('failed', 'SystemExit')\nwith run.live: sys.exit(3)",
    "Ctrl-C in a block": "ends('stopped', 'interrupted')\nwith run.live: os.kill(os.getpid(), signal.SIGINT)",
    "an exception": "ends('failed', 'ValueError')\nraise ValueError('no')",
    "Ctrl-C": "ends('stopped', 'interrupted')\nos.kill(os.getpid(), signal.SIGINT)",
    "the last line": "ends('stopped', 'exited without end()')",
    "sys.exit": "ends('stopped', 'exited without end()')\nsys.exit(1)",
    "sys.exit in a thread's time": (
        "import threading, time\nends('stopped', 'exited without end()')\n"
        "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\nsys.exit(1)"
    ),
    "os._exit": "os._exit(0)",
    "abort": "import resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); os.abort()",
    "SIGTERM": "os.kill(os.getpid(), signal.SIGTERM)",
    "SIGKILL": "os.kill(os.getpid(), signal.SIGKILL)",
    "nobody's hands": (
        "ends('stopped', 'dropped without end()')\nimport gc; del run; gc.collect(); os._exit(0)"
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_process_that_leaves_leaves_everything_and_the_right_status(
    studio: Studio, tmp_path: Path, way: str
) -> None:
    histories = tmp_path / "histories"
    subprocess.run(
        [sys.executable, "-c", SCRIPT + WAYS[way], str(histories)],
        env=env(),
        cwd=tmp_path,
        timeout=60,
        check=False,
        stderr=subprocess.DEVNULL,
    )
    drainer = Drainer(studio)
    drainer.drain()
    drainer.sweep()
    assert check(histories, studio.store.path) == []
    (row,) = studio.experiments()
    assert (row.error_text != "null") is (row.status == "failed")
    assert not list(studio.journals.glob("*.journal"))
