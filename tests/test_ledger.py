"""What became of everything that was sent for a run is counted where it is decided."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from live_studio import journal, reading, records, wire
from live_studio.drainer import Drainer, Follower
from live_studio.events import Event, Lost
from live_studio.store.schema import MIGRATIONS
from live_studio.studio import Studio

SHA = "1dc7b7bd70c19851d751788ee36ed964c25da1f4"
LOSS = "dvclive/plots/metrics/loss.tsv"
NOTHING = {"received": 0, "repaired": 0, "duplicate": 0, "refused": 0, "refusal": None}
KILLED = """
import os, sys
from live_studio import Live
live = Live(exp_name="killed", store=sys.argv[1])
for i in range(30):
    live.log_metric("loss", float(i))
    live.next_step()
os.kill(os.getpid(), 9)
"""


def said(kind: str, repo: str = "github.com/o/r", **fields: Any) -> Event:
    body = {"type": kind, "repo_url": repo, "baseline_sha": SHA, "name": "run", "client": "dvclive"}
    return wire.parse(json.dumps(body | fields).encode())


def points(*rows: tuple[int, Any], **more: Any) -> Event:
    data = [{"step": step, "loss": value} for step, value in rows]
    return said("data", step=rows[-1][0], plots={LOSS: {"data": data}}, **more)


def ledger(studio: Studio) -> dict[str, Any]:
    (found,) = studio.changes().value["experiments"]
    counted: dict[str, Any] = found["ledger"]
    assert counted["received"] == sum(one["count"] for one in found["series"].values())
    return counted


def test_points_are_counted_once_and_what_comes_again_as_duplicate(studio: Studio) -> None:
    studio.record([said("start"), points((0, 1.0), (1, 0.5))])
    assert ledger(studio) == NOTHING | {"received": 2}
    studio.record([points((0, 1.0), (1, 0.5), (2, 0.25))])
    studio.record([points((0, 1.0))])
    assert ledger(studio) == NOTHING | {"received": 3, "duplicate": 3}


def test_a_start_opens_a_page_of_its_own(studio: Studio) -> None:
    studio.record([said("start"), points((0, 1.0), (0, 1.0))])
    studio.record([said("start")])
    assert ledger(studio) == NOTHING


def test_what_had_to_be_changed_is_counted_as_repaired(studio: Studio) -> None:
    studio.record([said("start", repo="https://me:secret@github.com/o/r")])
    assert ledger(studio)["repaired"] == 1
    studio.record([points((0, "nan"), (1, None), (2, "0.5"), (3, 0.25), (4, 7))])
    assert ledger(studio) == NOTHING | {"received": 5, "repaired": 4}
    studio.record([said("done", repo="git@github.com:o/r.git")])
    studio.record([said("done", repo="ssh://git@github.com/o/r")])
    assert ledger(studio)["repaired"] == 4


def killed(store_path: Path) -> Path:
    """The journal that a killed process left."""
    subprocess.run([sys.executable, "-c", KILLED, str(store_path)], check=False)
    (path,) = store_path.with_name(store_path.name + ".journals").glob("*" + journal.SUFFIX)
    return path


def follower(studio: Studio, path: Path) -> Follower:
    header = reading.header(path)
    assert header is not None
    return Follower(path, header["run"], header["lock"], studio.reader(path))


def test_two_readers_of_one_journal_make_no_duplicate(studio: Studio, store_path: Path) -> None:
    path = killed(store_path)
    one, other = (follower(studio, path).next(1 << 20) for _ in range(2))
    assert one is not None
    assert other is not None
    taken = studio.record([one])[0]
    before = ledger(studio)
    assert studio.record([other]) == [False]
    assert ledger(studio) == before
    assert before["duplicate"] == 0
    assert before["received"] == 30 or not taken


def test_a_torn_end_is_counted_and_what_stands_before_it_is_not(
    studio: Studio, store_path: Path
) -> None:
    path = killed(store_path)
    *_, (_, _, end) = records.scan(reading.read(path, 0))
    with path.open("r+b") as file:
        os.pwrite(file.fileno(), records.point(0, 30, 30.0, 0.0)[:-3], end)
    drainer = Drainer(studio)
    drainer.drain()
    drainer.sweep()
    (found,) = studio.changes().value["experiments"]
    assert (found["status"], found["ledger"]) == ("stopped", ledger(studio))
    assert ledger(studio) == NOTHING | {"received": 30, "repaired": 1}
    # Another drainer, or a client far away that got no answer, says so once more.
    studio.record([Lost(path.stem, torn=True)])
    assert ledger(studio) == NOTHING | {"received": 30, "repaired": 1}


def test_a_whole_end_needs_no_repair(studio: Studio, store_path: Path) -> None:
    killed(store_path)
    drainer = Drainer(studio)
    drainer.drain()
    drainer.sweep()
    assert ledger(studio) == NOTHING | {"received": 30}


def test_a_store_of_before_knows_what_it_has_received(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as old:
        old.executescript(MIGRATIONS[0])
        series = {LOSS: {"count": 3, "last_step": 2}, "other": {"count": 4, "last_step": 2}}
        old.execute(
            "INSERT INTO experiments VALUES (1, 'github.com/o/r', ?, 'run', 1, NULL, 1)", (SHA,)
        )
        old.execute(
            "INSERT INTO generations (id, experiment, number, status, client, series, started_at,"
            " updated_at, heard_at) VALUES (1, 1, 1, 'running', 'dvclive', ?, 0, 0, 0)",
            (json.dumps(series),),
        )
        old.execute("PRAGMA user_version = 1")
        old.commit()
    with closing(Studio(path)) as studio:
        assert ledger(studio) == NOTHING | {"received": 7}
