"""Large bodies are read in a process of their own, which may end at any moment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from live_studio import columns, wire
from live_studio.events import Data, Point
from live_studio.rows import Rows
from live_studio.server.apart import Apart, Ended, Unfit
from live_studio.server.slicing import pieces
from tests.servers import until

SHA = "1dc7b7bd70c19851d751788ee36ed964c25da1f4"
ROWS = 3 * columns.ROWS_MANY


def body(rows: list[dict[str, Any]], **fields: Any) -> bytes:
    who = {"repo_url": "github.com/o/r", "baseline_sha": SHA, "name": "run", "client": "dvclive"}
    plots = {"loss.tsv": {"data": rows}}
    return json.dumps({"type": "data", "step": 1, "plots": plots, **who, **fields}).encode()


@pytest.fixture(name="apart")
def _apart() -> Iterator[Apart]:
    apart = Apart()
    with closing(_Stopped(apart)):
        yield apart


class _Stopped:
    def __init__(self, apart: Apart) -> None:
        self.close = apart.stop


def process(apart: Apart) -> subprocess.Popen[bytes]:
    held = apart._process
    assert held is not None
    return held


def test_it_says_what_would_be_said_here(apart: Apart) -> None:
    rows: list[dict[str, Any]] = [{"step": step, "loss": step / 8} for step in range(ROWS)]
    rows[5] |= {"loss": "nan", "timestamp": 1_700_000_000_000}
    rows[6] |= {"loss": None, "timestamp": None}
    sent = body(rows, metrics={"m.json": {"big": 10**30, "odd": [1, {"a": None}]}})
    there, here = apart.parse(sent), wire.parse(sent)
    assert isinstance(there, Data)
    assert isinstance(here, Data)
    assert repr(list(there.points["loss.tsv"])) == repr(list(here.points["loss.tsv"]))
    assert (there.metrics, there.key, there.repaired) == (here.metrics, here.key, 2)


def test_what_is_no_event_is_said_to_be_none_and_whose_it_is(apart: Apart) -> None:
    with pytest.raises(Unfit, match="whole `step`") as refused:
        apart.parse(body([{"step": "last", "loss": 1}]))
    assert refused.value.about == wire.parse(body([])).key
    with pytest.raises(Unfit, match="not JSON") as refused:
        apart.parse(b"{" * 70_000)
    assert refused.value.about is None


def test_a_killed_one_is_replaced(apart: Apart) -> None:
    apart.parse(body([]))
    first = process(apart)
    os.kill(first.pid, signal.SIGKILL)
    assert apart.parse(body([{"step": 1, "loss": 2}])) is not None
    assert process(apart).pid != first.pid
    assert first.poll() is not None


def test_one_that_ends_again_and_again_is_told(
    apart: Apart, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As where the system ends whatever takes much memory."""
    ends = tmp_path / "python"
    ends.write_text("#!/bin/sh\nexit 9\n")
    ends.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(ends))
    with pytest.raises(Ended, match="try again"):
        apart.parse(body([]))


def test_it_ends_when_it_had_nothing_to_do(apart: Apart, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("live_studio.server.apart.IDLE_SECONDS", 0.01)
    apart.parse(body([]))
    until(lambda: apart._process is None, "the process to be let go")
    assert apart.parse(body([])) is not None


def test_it_ends_with_whoever_started_it() -> None:
    code = (
        "import os, sys; from live_studio.server.apart import Apart; apart = Apart();"
        f"apart.parse({body([])!r}); print(apart._process.pid, flush=True); os._exit(1)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    until(lambda: not is_alive(int(said.stdout)), "the process to end")


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_nothing_of_the_working_directory_is_imported(
    apart: Apart, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "msgspec.py").write_text("raise SystemExit('this is not msgspec')")
    monkeypatch.chdir(tmp_path)
    assert apart.parse(body([])) is not None


def test_rows_are_the_points_they_were_made_of() -> None:
    every = [Point(step, step / 3, None if step % 2 else step * 1e9) for step in range(20)]
    rows = Rows(*map(list, zip(*every, strict=True)))
    assert list(rows) == every
    assert (len(rows), rows[3], list(rows[5:9]), rows[-1]) == (20, every[3], every[5:9], every[-1])
    bare = Rows([1, 2], [0.5, float("inf")], None)
    assert list(bare) == [Point(1, 0.5), Point(2, float("inf"))]
    with pytest.raises(IndexError):
        bare[2]


def test_a_large_event_is_cut_without_making_its_points() -> None:
    event = wire.parse(body([{"step": step, "loss": 1.0} for step in range(12_000)]))
    assert isinstance(event, Data)
    parts = [part.points["loss.tsv"] for part in pieces(event)]
    assert all(isinstance(part, Rows) for part in parts)
    assert [len(part) for part in parts] == [5_000, 5_000, 2_000]
    assert [point.step for part in parts for point in part] == list(range(12_000))
