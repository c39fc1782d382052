"""Where the system shares no memory between processes: a store of our own, and one made elsewhere."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from live_studio.courier import Drainer
from live_studio.studio import Studio
from tests.faults.checker import check
from tests.faults.history import env
from tests.faults.unmappable import can_refuse

pytestmark = pytest.mark.skipif(not can_refuse(), reason="needs a system that filters its calls")

BEGIN = """
import os, signal, sys, warnings
from pathlib import Path
from live_studio.errors import StoreUnusable
from live_studio.studio import Studio
from tests.faults.history import History, Witnessed
from tests.faults.unmappable import refuse_shared_mappings
histories, store, name = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
history = History(histories)
def log(name):
    run = Witnessed(history, name, params={"lr": 0.1}, store=store)
    for step in range(500):
        run.metrics({"loss": 1 / (step + 1), "a": float(step)})
        run.next_step()
    return run
"""
ALONE = """
refuse_shared_mappings()
for number in range(3):
    log(f"{name}-{number}").end()
    studio = Studio(store)
    assert studio.store.read("PRAGMA journal_mode")[0][0] == "delete"
    assert not store.with_name(store.name + "-wal").exists()
    studio.close()
left = log(f"{name}-left")
os.kill(os.getpid(), signal.SIGKILL)
"""
SHARED = """
log(name).end()
studio = Studio(store)
assert studio.store.read("PRAGMA journal_mode")[0][0] == "wal"
open_run = log(f"{name}-left")
if sys.argv[4] == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
open_run.end()
studio.close()
"""
STRANGER = """
refuse_shared_mappings()
for _ in range(2):
    try:
        Studio(store)
    except StoreUnusable as error:
        assert "memory that processes share" in str(error), error
    else:
        sys.exit("it was opened")
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    log(name).end()
(text,) = {str(one.message) for one in said if "stores it" in str(one.message)}
assert "memory that processes share" in text, text
assert ".." not in text, text
left = log(f"{name}-left")
os.kill(os.getpid(), signal.SIGKILL)
"""
ROLLBACK, WAL = b"\1\1", b"\2\2"


def mode(store: Path) -> bytes:
    """What the file's header says of its journal."""
    return store.read_bytes()[18:20]


def content(store: Path) -> tuple[bytes, bytes]:
    """The file and its log."""
    log = store.with_name(store.name + "-wal")
    return store.read_bytes(), log.read_bytes() if log.exists() else b""


def begin(code: str, *arguments: object) -> subprocess.Popen[bytes]:
    told = [str(argument) for argument in arguments]
    return subprocess.Popen([sys.executable, "-c", BEGIN + code, *told], env=env())


def drained(store: Path) -> None:
    """What any process does that looks at the store."""
    studio = Studio(store)
    try:
        drainer = Drainer(studio)
        drainer.drain()
        drainer.sweep()
    finally:
        studio.close()


def test_a_store_made_without_shared_memory_never_needs_any(
    store_path: Path, tmp_path: Path
) -> None:
    """Two processes that share nothing write it at once, and one that could share reads it."""
    histories = tmp_path / "histories"
    both = [begin(ALONE, histories, store_path, name) for name in ("one", "two")]
    assert [one.wait(120) for one in both] == [-9, -9]
    assert mode(store_path) == ROLLBACK
    drained(store_path)
    assert check(histories, store_path) == []
    assert mode(store_path) == ROLLBACK


@pytest.mark.parametrize("ending", ["killed", "closed"])
def test_a_good_store_is_left_alone_where_no_memory_is_shared(
    store_path: Path, tmp_path: Path, ending: str
) -> None:
    """Its newest rows may be in its log alone: whoever cannot use that must not touch either."""
    histories = tmp_path / "histories"
    assert begin(SHARED, histories, store_path, "shared", ending).wait(60) == (
        -9 if ending == "killed" else 0
    )
    if ending == "closed":
        # Threads of a process that ends leave their connections open.
        with closing(sqlite3.connect(store_path)) as last:
            last.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = content(store_path)
    assert bool(before[1]) is (ending == "killed")
    assert begin(STRANGER, histories, store_path, "stranger").wait(60) == -9
    assert content(store_path) == before
    assert len(list(Path(f"{store_path}.journals").glob("*.journal"))) >= 2
    drained(store_path)
    assert check(histories, store_path) == []
    assert mode(store_path) == WAL
    assert not list(tmp_path.glob("*.damaged-*"))
