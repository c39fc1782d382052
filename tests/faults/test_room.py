"""Where files cannot be mapped, and where journals have taken what they may."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from live_studio import records, warned
from live_studio.drainer import Drainer
from live_studio.journal import Journal
from live_studio.studio import Studio
from tests.faults.checker import check
from tests.faults.history import env
from tests.faults.unmappable import can_refuse
from tests.servers import until

UNMAPPED = """
import mmap, os, signal, sys, time
from pathlib import Path
from tests.faults.history import History, Witnessed
from tests.faults.unmappable import refuse_shared_mappings
histories, ending = Path(sys.argv[1]), sys.argv[2]
history = History(histories)
refuse_shared_mappings()
scratch = os.open(sys.argv[3], os.O_RDWR | os.O_CREAT)
os.truncate(scratch, 10)
try:
    mmap.mmap(scratch, 10)
except OSError:
    pass
else:
    sys.exit("the system still maps")
run = Witnessed(history, "unmapped", params={"lr": 0.1})
for step in range(9_000):  # past the first mebibyte
    run.metric("loss", 1 / (step + 1))
    run.metrics({"a": float(step), "b": float(-step), "c": 0.5})
    run.next_step()
assert not isinstance(run.live._journal._map, mmap.mmap)
if ending == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
run.end()
"""


@pytest.mark.skipif(not can_refuse(), reason="needs a system that filters its calls")
@pytest.mark.parametrize("ending", ["killed", "ended"])
def test_without_shared_mappings_everything_is_written_and_survives_kill_9(
    studio: Studio, tmp_path: Path, ending: str
) -> None:
    histories = tmp_path / "histories"
    arguments = [str(histories), ending, str(tmp_path / "scratch")]
    done = subprocess.run(
        [sys.executable, "-c", UNMAPPED, *arguments], env=env(), check=False, cwd=tmp_path
    )
    assert done.returncode == (-9 if ending == "killed" else 0)
    drainer = Drainer(studio)
    drainer.drain()
    drainer.sweep()
    assert check(histories, studio.store.path) == []


def test_journals_take_no_more_than_they_may_and_go_on_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVE_STUDIO_JOURNALS_GB", "0.003")
    warned._warned.clear()
    first = Journal(tmp_path, "first", {"time": 1.0})
    second = Journal(tmp_path, "second", {"time": 1.0})
    text = records.text(records.PARAMS, {"x": "y" * 60_000})
    with pytest.warns(UserWarning, match=r"0\.003 GB.*wait in memory.*live-studio sync"):
        [second.append(text) for _ in range(40)]
    assert sum(path.stat().st_size for path in tmp_path.glob("*.journal")) <= 3_000_000
    assert not second.close()
    with pytest.warns(UserWarning, match="left out"):
        assert first.attach(b"y" * 2_500_000) is None
    monkeypatch.setenv("LIVE_STUDIO_JOURNALS_GB", "1")
    # Room is asked for again after a second, however often somebody tries meanwhile.
    until(second.close, "room for what waits")
    assert second.dropped == 0
    assert second.path.stat().st_size > 40 * 60_000
    assert first.close()
