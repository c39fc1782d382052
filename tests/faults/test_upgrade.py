"""A store of an earlier schema is brought to this one, with a copy kept, whoever dies over it."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from live_studio import records
from live_studio.store.migrating import migrate, version
from live_studio.store.opening import connect
from live_studio.store.schema import MIGRATIONS
from live_studio.studio import Studio
from tests.faults.checker import check
from tests.faults.history import History

ROUNDS = 20
RUNS = 150
OPENER = """
import sys
from pathlib import Path
from live_studio.store import migrating
from live_studio.studio import Studio
print("begins", flush=True)
print(len(Studio(Path(sys.argv[1])).experiments()), flush=True)
"""


@pytest.fixture(name="histories")
def _histories(tmp_path: Path) -> Path:
    """What the runs of such a store did."""
    history = History(tmp_path / "histories")
    for run in range(1, RUNS + 1):
        label = history.label()
        with history.call(label, "start", name=f"run-{run}"):
            pass
        for step in range(3):
            with history.call(label, "points", step=step, values={"loss": run + step}):
                pass
        history.promise(label, "completed")
    return tmp_path / "histories"


def first_version(path: Path) -> None:
    """A store as the first version wrote it."""
    with closing(connect(path)) as old:
        old.execute("PRAGMA auto_vacuum = INCREMENTAL")
        old.execute("PRAGMA journal_mode = WAL")
        migrate(old, path, MIGRATIONS[:1])
        for run in range(1, RUNS + 1):
            old.execute(
                "INSERT INTO experiments (id, repo_url, baseline_sha, name, generation, seq)"
                " VALUES (?1, 'github.com/o/r', 'sha', 'run-' || ?1, ?1, ?1)",
                (run,),
            )
            old.execute(
                "INSERT INTO generations (id, experiment, number, status, client, series,"
                " metrics, started_at, updated_at, heard_at) VALUES (?1, ?1, 1, 'completed', 'dvclive',"
                " json_object('loss', json_object('count', 3, 'last_step', 2)),"
                " json_object('dvclive/metrics.json', json_object('loss', ?1 + 2)), 1.0, 1.0, 1.0)",
                (run,),
            )
            points = [records.point(0, step, run + step, 1.0, stamped=True) for step in range(3)]
            named = records.sealed(records.text(records.NAME, {"id": 0, "path": "loss"}))
            old.execute(
                "INSERT INTO slices (generation, seq, body) VALUES (?1, ?1, ?2)",
                (run, named + b"".join(points)),
            )


def test_an_earlier_store_is_upgraded_and_a_copy_of_it_kept(
    store_path: Path, histories: Path
) -> None:
    first_version(store_path)
    with closing(Studio(store_path)) as studio:
        assert len(studio.experiments()) == RUNS
        assert studio.store.read("PRAGMA user_version")[0][0] == len(MIGRATIONS)
    kept = store_path.with_name(store_path.name + ".schema-1")
    with closing(sqlite3.connect(kept)) as old:
        assert old.execute("PRAGMA user_version").fetchone()[0] == 1
        assert old.execute("SELECT count(*) FROM experiments").fetchone()[0] == RUNS
    before = kept.read_bytes()
    Studio(store_path).close()
    assert kept.read_bytes() == before
    assert check(histories, store_path) == []


def test_a_store_is_usable_whenever_its_upgrade_is_killed(tmp_path: Path, histories: Path) -> None:
    chance = random.Random(5)
    longest = 0.4
    for number in range(ROUNDS):
        path = tmp_path / f"{number}.db"
        first_version(path)
        opener = subprocess.Popen(
            [sys.executable, "-c", OPENER, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert opener.stdout is not None
        assert opener.stdout.readline() == "begins\n"
        time.sleep(chance.random() * longest)
        opener.kill()
        opener.wait()
        opener.stdout.close()
        with closing(Studio(path)) as studio:
            assert len(studio.experiments()) == RUNS
            assert studio.store.read("PRAGMA integrity_check")[0][0] == "ok"
            assert "trouble" not in studio.changes().value
        assert check(histories, path) == []


@pytest.mark.parametrize("at", range(1, len(MIGRATIONS)))
def test_every_version_there_has_been_can_be_upgraded(store_path: Path, at: int) -> None:
    with closing(connect(store_path)) as old:
        migrate(old, store_path, MIGRATIONS[:at])
        assert version(old) == at
    with closing(Studio(store_path)) as studio:
        assert studio.store.read("PRAGMA user_version")[0][0] == len(MIGRATIONS)


def test_a_store_of_a_later_minor_version_is_used_as_it_is(store_path: Path) -> None:
    Studio(store_path).close()
    with closing(connect(store_path)) as later:
        later.execute("ALTER TABLE experiments ADD COLUMN later TEXT")
        later.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with closing(Studio(store_path)) as studio:
        assert studio.store.read("PRAGMA user_version")[0][0] == len(MIGRATIONS) + 1
        assert studio.experiments() == []
