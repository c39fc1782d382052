"""The judge itself is judged: sound histories pass, and each kind of lie about them is called by name."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from live_studio import InvalidMetric
from live_studio.studio import Studio
from tests.faults.checker import check, watching
from tests.faults.history import History, Witnessed
from tests.servers import until

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"


@pytest.fixture(name="histories")
def _histories(studio: Studio, tmp_path: Path) -> Path:
    """What a run did that is in the store as it should be."""
    folder = tmp_path / "histories"
    history = History(folder)
    with watching(folder, studio):
        run = Witnessed(history, "good", params={"lr": 0.1})
        for step in range(3):
            run.metric("loss", 1.0 / (step + 1))
            run.metrics({"val/acc": step / 2, "val/loss": 0.5 * step})
            run.next_step()
        run.image("a.png", PNG)
        run.params({"lr": 0.2})
        with pytest.raises(InvalidMetric):
            run.metric("loss", [1.0])
        shown = lambda: studio.experiments() and studio.experiments()[0].status  # noqa: E731
        until(lambda: shown() == "running", "the run")
        run.end()
        until(lambda: shown() == "completed", "the end")
    return folder


def sql(statement: str) -> Callable[[Path, Path], None]:
    def doctor(_: Path, store: Path) -> None:
        with closing(sqlite3.connect(store)) as connection, connection:
            assert connection.execute(statement).rowcount

    return doctor


def without(**said: Any) -> Callable[[Path, Path], None]:
    """Take the last call that says this out of the history, as if nobody had made it."""

    def doctor(folder: Path, _: Path) -> None:
        (path,) = [one for one in folder.iterdir() if b"invoke" in one.read_bytes()]
        lines = [json.loads(line) for line in path.read_bytes().replace(b"\0", b"").splitlines()]
        gone = [line["n"] for line in lines if said.items() <= line.items()][-1]
        kept = [line for line in lines if line["n"] != gone]
        path.write_text("".join(json.dumps(line) + "\n" for line in kept))

    return doctor


def added(what: str, **said: Any) -> Callable[[Path, Path], None]:
    """Put an acknowledged call behind all others."""

    def doctor(folder: Path, _: Path) -> None:
        (path,) = [one for one in folder.iterdir() if b"invoke" in one.read_bytes()]
        run = json.loads(path.read_bytes().partition(b"\n")[0])["run"]
        history = History(folder)
        with history.call(run, what, **said):
            pass

    return doctor


def seen(*rows: tuple[int, str, str, int]) -> Callable[[Path, Path], None]:
    def doctor(folder: Path, _: Path) -> None:
        history = History(folder)
        for row in rows:
            history.write("seen", row=row)

    return doctor


LIES: dict[str, tuple[Callable[[Path, Path], None], str]] = {
    "a lost slice": (sql("DELETE FROM slices"), "acknowledged points are lost"),
    "a doubled slice": (
        sql(
            "INSERT INTO slices (generation, seq, body) SELECT generation, seq, body FROM slices"
            " ORDER BY length(body) DESC LIMIT 1"
        ),
        "points too many",
    ),
    "an invented point": (without(what="points", step=1), "points too many"),
    "a point that never came": (
        added("points", step=9, values={"loss": 1.0}),
        "1 acknowledged points are lost",
    ),
    "an old last value": (
        sql("UPDATE generations SET metrics = replace(metrics, '0.333', '0.444')"),
        "loss is 0.444",
    ),
    "an old parameter": (
        sql("UPDATE generations SET params = replace(params, '0.2', '0.1')"),
        "lr is 0.1",
    ),
    "a lost parameter": (
        sql("UPDATE generations SET params = replace(params, 'lr', 'rl')"),
        "lr is missing",
    ),
    "a lost picture": (sql("UPDATE generations SET images = '[]'"), "image a.png is lost"),
    "a picture without bytes": (sql("DELETE FROM images"), "its bytes are not there"),
    "a wrong count": (
        sql("""UPDATE generations SET series = replace(series, '"count":3', '"count":4')"""),
        "the row counts",
    ),
    "a wrong status": (sql("UPDATE generations SET status = 'running'"), "may only be one of"),
    "a wrong reason": (sql("UPDATE generations SET detail = 'died'"), "may only be one of"),
    "a run in no history": (
        sql("INSERT INTO generations (experiment, number, run, status, client, started_at,"
            " updated_at, heard_at) SELECT experiment, 99, 'r', status, client, started_at,"
            " updated_at, heard_at FROM generations"),
        "nobody ran it",
    ),
    "a run of another's name": (sql("UPDATE experiments SET name = 'other'"), "is called other"),
    "a lost run": (sql("DELETE FROM generations"), "acknowledged, but not in the store"),
    "a fact undone": (
        seen((1, "r", "failed", 0), (1, "r", "running", 0)),
        "was failed for a fact and became running",
    ),
}  # fmt: skip


def test_a_true_history_is_found_true(histories: Path, store_path: Path) -> None:
    assert check(histories, store_path) == []


@pytest.mark.parametrize("lie", LIES)
def test_each_kind_of_lie_is_found(histories: Path, store_path: Path, lie: str) -> None:
    doctor, expected = LIES[lie]
    doctor(histories, store_path)
    found = check(histories, store_path)
    assert any(expected in line for line in found), found


def test_completed_before_anybody_said_so_is_found(histories: Path, studio: Studio) -> None:
    ((run,),) = studio.store.read("SELECT run FROM generations")
    early = folder_with_first_line(histories, run)
    assert early.exists()
    assert any("before anybody said so" in line for line in check(histories, studio.store.path))


def folder_with_first_line(folder: Path, run: str) -> Path:
    path = folder / "early.history"
    path.write_text(json.dumps({"did": "seen", "at": 0.0, "row": [1, run, "completed", 0]}) + "\n")
    return path


def test_half_a_call_is_found(studio: Studio, tmp_path: Path) -> None:
    history = History(tmp_path / "histories")
    run = Witnessed(history, "half")
    unknown = {"n": "unknown", "run": run.run, "what": "points", "step": 0}
    history.write("invoke", **unknown, values={"a": 1.0, "b": 2.0})
    run.live.log_metric("a", 1.0)
    run.end()
    (line,) = check(tmp_path / "histories", studio.store.path)
    assert "half of a call" in line


def test_a_process_that_dies_while_it_writes_leaves_a_history_that_reads(
    studio: Studio, tmp_path: Path
) -> None:
    history = History(tmp_path / "histories")
    Witnessed(history, "torn").end()
    history._map[history._at : history._at + 20] = b'{"did": "invoke", "r'
    assert check(tmp_path / "histories", studio.store.path) == []
