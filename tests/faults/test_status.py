"""The status is true: what a cell's end says about the runs it logged to, in a real kernel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from live_studio import courier
from live_studio.drainer import Drainer
from live_studio.events import Data, Done, Key, Start
from live_studio.studio import Studio
from tests.faults.checker import check, watching
from tests.faults.history import History, Witnessed, env
from tests.faults.witness import Witness
from tests.kernels import Kernel, kernel
from tests.servers import until

OPEN = """
import os
from pathlib import Path
from tests.faults.history import History, Witnessed
history = History(Path(os.environ["HISTORIES"]))
run = Witnessed(history, "one")
run.metric("loss", 1.0)
def ends(status, detail, guess=True):
    history.promise(run.run, status, detail, guess=guess)
"""
"""What a cell that opens a run writes down; `ends` is said before a cell raises."""


@pytest.fixture(name="histories")
def _histories(tmp_path: Path) -> Path:
    return tmp_path / "histories"


@pytest.fixture(name="cell")
def _cell(studio: Studio, histories: Path) -> Iterator[Kernel]:
    """A kernel whose runs are judged when the test is over, while it still lives."""
    with kernel(env() | {"HISTORIES": str(histories)}) as running, watching(histories, studio):
        yield running
        courier_has_carried_all(studio)
        assert check(histories, studio.store.path, alive=running.manager.is_alive()) == []


def courier_has_carried_all(studio: Studio) -> None:
    """What was logged last may still be on its way; whoever looks at the end finds it."""
    drainer = Drainer(studio)
    drainer.drain()
    drainer.sweep()


@pytest.fixture(name="here")
def _here(studio: Studio, histories: Path) -> Iterator[Witnessed]:
    """A run of this process, judged when the test is over."""
    with watching(histories, studio):
        yield Witnessed(History(histories), "one")
    courier_has_carried_all(studio)
    assert check(histories, studio.store.path, alive=True) == []


def row(studio: Studio) -> dict[str, Any]:
    found = studio.changes().value["experiments"]
    return found[0] if found else {"status": None, "detail": None, "error": None, "ended_at": None}


def becomes(studio: Studio, status: str, detail: str | None = None) -> dict[str, Any]:
    until(
        lambda: (row(studio)["status"], row(studio)["detail"]) == (status, detail),
        f"{status}, {detail}",
    )
    return row(studio)


def test_a_cell_that_raises_after_logging_fails_its_run_with_class_text_and_cell(
    studio: Studio, cell: Kernel
) -> None:
    cell.run(OPEN)
    cell.run("run.metric('loss', 2.0)\nends('failed', 'ZeroDivisionError')\n1 / 0")
    found = becomes(studio, "failed", "ZeroDivisionError")
    assert found["error"]["text"] == "division by zero"
    assert found["error"]["cell"] == 2
    assert "1 / 0" in found["error"]["traceback"]
    assert found["ended_at"]


def test_logging_again_undoes_the_guess(studio: Studio, cell: Kernel) -> None:
    cell.run(OPEN + "ends('failed', 'ZeroDivisionError')\n1 / 0")
    becomes(studio, "failed", "ZeroDivisionError")
    cell.run("run.metric('loss', 0.5)")
    found = becomes(studio, "running")
    assert (found["error"], found["ended_at"]) == (None, None)
    cell.run("run.end()")
    becomes(studio, "completed")


def test_an_interrupt_stops_the_run_until_it_goes_on(studio: Studio, cell: Kernel) -> None:
    cell.begin(OPEN + "ends('stopped', 'interrupted')\nimport time\nwhile True: time.sleep(0.01)")
    becomes(studio, "running")
    cell.interrupt()
    becomes(studio, "stopped", "interrupted")
    cell.run("run.next_step()")
    becomes(studio, "running")


def test_a_typo_in_another_cell_fails_no_run(studio: Studio, cell: Kernel) -> None:
    cell.run(OPEN)
    becomes(studio, "running")
    assert cell.run("rnu.end()")["status"] == "error"
    assert cell.run("run.metric('loss', 'x', [")["status"] == "error"
    cell.run("run.metric('loss', 0.5); run.next_step()")
    until(lambda: row(studio)["step"] == 0 and row(studio)["metrics"], "the step")
    assert row(studio)["status"] == "running"


def test_an_exception_inside_with_is_a_fact_and_names_its_cell(
    studio: Studio, cell: Kernel
) -> None:
    cell.run(
        OPEN
        + "ends('failed', 'ValueError', guess=False)\nwith run.live:\n    raise ValueError('no')"
    )
    found = becomes(studio, "failed", "ValueError")
    assert found["error"]["cell"] == 1


def test_a_second_run_in_the_kernel_leaves_the_first_one_alone(
    studio: Studio, cell: Kernel
) -> None:
    cell.run(OPEN)
    cell.run(
        "two = Witnessed(history, 'two')\ntwo.metric('loss', 1.0)\n"
        "history.promise(two.run, 'failed', 'ZeroDivisionError')\nwith two.live:\n    1 / 0"
    )
    expected = {"one": "running", "two": "failed"}
    until(lambda: {row.name: row.status for row in studio.experiments()} == expected, "both runs")


def test_a_silent_run_beats_while_its_code_runs_and_keeps_its_time_of_data(
    studio: Studio, histories: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier, "BEAT_EVERY", 0.05)
    run = Witnessed(History(histories), "one")
    try:
        run.metric("loss", 1.0)
        until(lambda: row(studio).get("series"), "the point")
        first = row(studio)
        until(lambda: row(studio)["heard_at"] > first["heard_at"], "a beat")
        until(lambda: row(studio)["updated_at"] == first["updated_at"], "no data")
    finally:
        run.end()
    assert check(histories, studio.store.path) == []


def test_a_kernel_in_which_no_cell_runs_does_not_beat(
    studio: Studio, cell: Kernel, tmp_path: Path
) -> None:
    seen = tmp_path / "seen"
    cell.run(OPEN + "from live_studio import cells\nassert cells.busy()")
    becomes(studio, "running")
    # Nothing may run in the kernel while it is looked at, so it looks by itself.
    cell.run(
        "import threading\n"
        f"look = lambda: open({str(seen)!r}, 'w').write(str(cells.busy()))\n"
        "threading.Timer(0.5, look).start()"
    )
    until(lambda: seen.exists() and seen.read_text(), "the kernel's own look")
    assert seen.read_text() == "False"


def test_contact_turns_stale_and_lost_by_the_runs_own_cadence(studio: Studio) -> None:
    from live_studio.status import contact, silence_limits

    stale, lost = silence_limits(1000.0, [0.1, 0.1, 0.1])
    assert (stale, lost) == (1030.0, 1600.0)
    assert silence_limits(1000.0, [60.0, 60.0, 60.0]) == (1300.0, 2800.0)
    assert [contact(now, stale, lost) for now in (1029, 1030, 1600)] == ["live", "stale", "lost"]


def test_a_persons_mark_stands_until_the_next_start(
    studio: Studio, histories: Path, here: Witnessed
) -> None:
    here.metric("loss", 1.0)
    until(lambda: row(studio)["status"], "the run")
    marked = int(row(studio)["id"])
    assert studio.mark_stopped(marked)
    assert (row(studio)["status"], row(studio)["detail"]) == ("stopped", "marked as stopped")
    here.history.promise(here.run, "stopped", "marked as stopped")
    here.metric("loss", 2.0)
    here.live.end()
    assert (row(studio)["status"], row(studio)["detail"]) == ("stopped", "marked as stopped")
    assert "2.0" in str(row(studio)["metrics"])
    Witnessed(here.history, "one").end()
    assert row(studio)["status"] == "completed"
    assert not studio.mark_stopped(marked)


def test_a_mark_can_be_taken_back(studio: Studio, histories: Path) -> None:
    key = Key("github.com/o/r", "1" * 40, "stock")
    witness = Witness(histories)
    with witness.beside():
        _mark_and_take_back(studio, key)
    assert witness.wrong(studio.store.path) == []


def _mark_and_take_back(studio: Studio, key: Key) -> None:
    studio.record([Start(key, "dvclive")])
    marked = int(row(studio)["id"])
    assert not studio.unmark_stopped(marked)
    assert studio.mark_stopped(marked)
    studio.record([Data(key, "dvclive", step=1)])
    assert row(studio)["status"] == "stopped"
    assert studio.unmark_stopped(marked)
    assert (row(studio)["status"], row(studio)["ended_at"]) == ("running", None)
    studio.record([Done(key, "dvclive")])
    assert row(studio)["status"] == "completed"


def test_what_was_said_while_a_mark_stood_is_true_when_it_is_taken_back(
    studio: Studio, here: Witnessed
) -> None:
    here.metric("loss", 1.0)
    until(lambda: row(studio)["status"], "the run")
    marked = int(row(studio)["id"])
    studio.mark_stopped(marked)
    here.end()
    assert row(studio)["detail"] == "marked as stopped"
    assert studio.unmark_stopped(marked)
    assert (row(studio)["status"], row(studio)["detail"]) == ("completed", None)


def test_a_beat_in_a_cell_that_raises_fails_no_run(studio: Studio, cell: Kernel) -> None:
    cell.run("from live_studio import courier\ncourier.BEAT_EVERY = 0.05\n" + OPEN)
    first = becomes(studio, "running")
    # Long enough for several beats, which are not what this cell has logged.
    cell.begin("import time\nwhile True: time.sleep(0.01)")
    until(lambda: row(studio)["heard_at"] > first["heard_at"], "a beat")
    cell.interrupt()
    # What was queued behind an interrupted cell is aborted, so it is asked again.
    until(lambda: cell.run("pass")["status"] == "ok", "the kernel")
    before = row(studio)["heard_at"]
    cell.begin("while True: time.sleep(0.01)")
    # A beat that comes after the cell's end: what that end said has been stored by then.
    until(lambda: row(studio)["heard_at"] > before, "a later beat")
    assert row(studio)["status"] == "running"


def test_an_old_typo_says_nothing_about_a_run_left_open(studio: Studio, cell: Kernel) -> None:
    assert cell.run("a_typo_an_hour_ago")["status"] == "error"
    cell.run(OPEN + "ends('stopped', 'exited without end()', guess=False)")
    cell.client.shutdown()
    becomes(studio, "stopped", "exited without end()")


def test_an_error_names_files_without_their_folders(studio: Studio, cell: Kernel) -> None:
    cell.run(OPEN)
    cell.run("run.next_step()\nends('failed', 'JSONDecodeError')\nimport json\njson.loads('{')")
    found = becomes(studio, "failed", "JSONDecodeError")
    assert 'File "decoder.py"' in found["error"]["traceback"]
    assert 'File "/' not in found["error"]["traceback"]
