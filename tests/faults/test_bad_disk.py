"""A store's file that is deleted, replaced, cut or overwritten costs nothing that still is on the disk."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from live_studio import records
from live_studio.errors import StoreUnusable
from live_studio.events import Data, Event, Key, Point, Slice, Start
from live_studio.identity import identity
from live_studio.journal import Journal
from live_studio.reading import read
from live_studio.store import file as store_file
from live_studio.store import salvage
from live_studio.store.mending import opened
from live_studio.store.soundness import refuse_text
from live_studio.studio import Question, Studio
from tests.faults.history import History, Witnessed, env
from tests.faults.witness import Witness
from tests.servers import until

SHA = "1dc7b7bd70c19851d751788ee36ed964c25da1f4"
PATH = "dvclive/plots/metrics/train/loss.tsv"
PAGE = 4096
ROOTS = 40
"""Pages at the start in which tables begin; whose is gone, that table is."""

KILLED = """
import os, sys
from pathlib import Path
from tests.faults.test_bad_disk import fill
from tests.faults.witness import Witness
from live_studio.studio import Studio
with Witness(Path(sys.argv[2])).beside():
    studio = Studio(Path(sys.argv[1]))
    fill(studio, 39)
    # The first page is in the file, so that harm done to it there is harm.
    studio.store.read("PRAGMA wal_checkpoint(PASSIVE)")
    fill(studio, 1, first=39)
os._exit(9)
"""


def key(name: str) -> Key:
    return Key("github.com/o/r", SHA, name)


def start(name: str) -> Event:
    return Start(key(name), "dvclive")


def point(name: str, step: int) -> Event:
    newest = {"dvclive/metrics.json": {"train": {"loss": step / 2}}}
    points = {PATH: [Point(step, step / 2)]}
    return Data(key(name), "dvclive", step, metrics=newest, points=points)


@pytest.fixture(name="witness", autouse=True)
def _witness(tmp_path: Path) -> Iterator[Witness]:
    """Writes down all that a test records."""
    with Witness(tmp_path / "histories").beside() as witness:
        yield witness


def fill(studio: Studio, runs: int = 5, points: int = 60, first: int = 0) -> None:
    for run in range(first, first + runs):
        studio.record([start(f"run-{run}")])
        for step in range(points):
            studio.record([point(f"run-{run}", step)])


def held(studio: Studio) -> dict[str, list[float]]:
    """The steps of every run, which must come with the values they were logged with."""
    found = {}
    for row in studio.experiments():
        (line,) = studio.series(Question("train/loss", [row.id])) or [None]
        if line is not None:
            assert line.series.value.tolist() == [step / 2 for step in line.series.step.tolist()]
            assert row.name not in found
            found[row.name] = line.series.step.tolist()
    return found


def whole(runs: int = 5, points: int = 60) -> dict[str, list[float]]:
    return {f"run-{run}": list(map(float, range(points))) for run in range(runs)}


def remove(path: Path, *suffixes: str) -> None:
    for suffix in suffixes or ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def trouble(studio: Studio) -> dict[str, Any]:
    found = studio.changes().value.get("trouble")
    assert found, "nothing is said"
    return found  # type: ignore[no-any-return]


def beside(path: Path, what: str) -> list[Path]:
    return [
        one
        for one in path.parent.glob(f"{path.name}.{what}-*")
        if not one.name.endswith(("-wal", "-shm"))
    ]


# the file loses its name


@pytest.mark.parametrize("gone", [(), ("",), ("-wal",), ("-wal", "-shm"), ("", "-shm")], ids=str)
def test_a_file_deleted_in_use_is_written_again_with_all_that_it_held(
    studio: Studio, witness: Witness, gone: tuple[str, ...]
) -> None:
    fill(studio)
    before = studio.changes()
    path, mine = studio.store.path, studio.id
    remove(path, *gone)
    assert studio.record([point("run-0", 60)], durable=True) == [True]
    assert studio.id == mine
    assert trouble(studio)["kind"] == "restored"
    with closing(Studio(path)) as other:
        assert held(other) == whole() | {"run-0": list(map(float, range(61)))}
        assert other.id == mine
        assert other.record([start("another")]) == [True]
    later = studio.changes(before.seq)
    assert {row["name"] for row in later.value["experiments"]} == {"run-0", "another"}
    assert witness.wrong(path) == []


def test_a_file_deleted_while_nobody_writes_is_noticed_by_who_looks(
    studio: Studio, witness: Witness
) -> None:
    fill(studio)
    remove(studio.store.path)
    studio.store.look()
    assert studio.store.path.exists()
    assert held(studio) == whole()
    assert witness.wrong(studio.store.path) == []


def test_what_two_processes_stored_before_a_deletion_is_all_there_afterwards(
    studio: Studio, witness: Witness
) -> None:
    path = studio.store.path
    for run in ("run-0", "run-1"):
        studio.record([start(run)])
    with closing(Studio(path)) as other:
        for step in range(50):
            studio.record([point("run-0", step)])
            other.record([point("run-1", step)])
        remove(path)
        studio.record([point("run-0", 50)])
        other.record([point("run-1", 50)])
        assert held(studio) == held(other) == whole(2, 51)
    # Closing what is left of the old file must not take the new one's log away.
    with closing(Studio(path)) as third:
        assert held(third) == whole(2, 51)
        assert third.record([point("run-0", 51)]) == [True]
    assert witness.wrong(path) == []


def test_a_fresh_file_that_another_process_made_meanwhile_gets_what_the_old_one_held(
    studio: Studio, witness: Witness
) -> None:
    fill(studio)
    path = studio.store.path
    token = studio.tokens.issue("mine").secret
    remove(path)
    with closing(Studio(path)) as other:
        assert held(other) == {}
        assert studio.record([point("run-0", 60)]) == [True]
        expected = whole() | {"run-0": list(map(float, range(61)))}
        assert held(studio) == held(other) == expected
        assert studio.id == other.id
    assert studio.tokens.verify(token).name == "mine"
    assert trouble(studio)["kind"] == "replaced"
    assert witness.wrong(path) == []


def test_a_file_put_in_its_place_on_purpose_is_used_and_the_former_one_kept(
    studio: Studio, tmp_path: Path
) -> None:
    path = studio.store.path
    with closing(Studio(tmp_path / "backup.db")) as backup:
        fill(backup, 2, 3)
    fill(studio)
    local = studio.tokens.issue_local().secret
    os.replace(tmp_path / "backup.db", path)
    assert studio.record([point("run-0", 3)]) == [True]
    assert held(studio) == whole(2, 3) | {"run-0": [0.0, 1.0, 2.0, 3.0]}
    assert studio.tokens.verify(local).name.startswith("kernels of")
    (kept,) = beside(path, "replaced")
    assert kept.name in trouble(studio)["text"]
    with closing(Studio(kept)) as former:
        assert held(former) == whole()


def test_a_folder_that_is_gone_is_made_again(tmp_path: Path, witness: Witness) -> None:
    path = tmp_path / "deep" / "store.db"
    with closing(Studio(path)) as studio:
        fill(studio)
        remove(path)
        for left in path.parent.iterdir():
            left.unlink()
        path.parent.rmdir()
        assert studio.record([point("run-0", 60)]) == [True]
        assert len(held(studio)["run-0"]) == 61
        assert path.exists()
    assert witness.wrong(path) == []


def test_what_is_written_while_the_file_goes_is_not_acknowledged(
    studio: Studio, witness: Witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    from live_studio.errors import StoreError
    from live_studio.store.writer import Writer

    fill(studio, 1, 3)
    genuine = Writer.record_all

    def then_gone(self: Writer, events: Any) -> list[bool]:
        taken = genuine(self, events)
        remove(studio.store.path)
        return taken

    monkeypatch.setattr(Writer, "record_all", then_gone)
    with pytest.raises(StoreError, match="moved or deleted"):
        studio.record([point("run-0", 3)])
    monkeypatch.undo()
    assert studio.record([point("run-0", 3)]) == [True]
    assert held(studio) == whole(1, 4)
    assert witness.wrong(studio.store.path) == []


# the file is damaged


def zeroed(start: int, length: int) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        with path.open("r+b") as file:
            file.seek(start)
            file.write(bytes(length))

    return damage


def cut(share: float) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        os.truncate(path, int(path.stat().st_size * share))

    return damage


def noise(path: Path) -> None:
    path.write_bytes(os.urandom(path.stat().st_size))


def every_fifth_page(path: Path) -> None:
    for page in range(ROOTS, path.stat().st_size // PAGE, 5):
        zeroed(page * PAGE, PAGE)(path)


def without_log(path: Path) -> None:
    path.with_name(path.name + "-wal").unlink()


DAMAGES: dict[str, tuple[Callable[[Path], None], float]] = {
    "header zeroed": (zeroed(0, 100), 1.0),
    "first page zeroed": (zeroed(0, PAGE), 1.0),
    "every fifth page zeroed": (every_fifth_page, 0.3),
    "cut to a half": (cut(0.5), 0.1),
    "cut within the first page": (lambda path: os.truncate(path, 1000), 0.0),
    "empty": (lambda path: os.truncate(path, 0), 0.0),
    "noise": (noise, 0.0),
}
"""What is done to a file, and the share of its points that must come back."""


def checkpointed(path: Path) -> None:
    with closing(Studio(path)) as studio:
        fill(studio, 40)
        studio.store.read("PRAGMA wal_checkpoint(TRUNCATE)")


def killed(path: Path) -> None:
    """A store whose newest part is in the log only, as a killed process leaves it."""
    histories = path.parent / "histories"
    command = [sys.executable, "-c", KILLED, str(path), str(histories)]
    code = subprocess.run(command, env=env(), check=False)
    assert code.returncode == 9
    assert path.with_name(path.name + "-wal").stat().st_size


def share(studio: Studio) -> float:
    found = held(studio)
    assert found.keys() <= whole(40).keys() | {
        row.name for row in studio.experiments() if row.name.startswith("recovered-")
    }
    for steps in found.values():
        assert len(set(steps)) == len(steps)
    return sum(map(len, found.values())) / (40 * 60)


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("made", [checkpointed, killed])
def test_a_damaged_file_is_set_aside_and_what_it_says_is_recovered(
    store_path: Path, witness: Witness, made: Callable[[Path], None], damage: str
) -> None:
    made(store_path)
    (store_path.with_name(store_path.name + ".journals")).mkdir(exist_ok=True)
    harm, least = DAMAGES[damage]
    harm(store_path)
    broken = store_path.read_bytes()
    with closing(Studio(store_path)) as studio:
        # Damage inside is met when somebody reads there.
        recovered = share(studio)
        assert recovered >= least
        said = trouble(studio)
        assert said["kind"] == "damaged"
        (aside,) = beside(store_path, "damaged")
        assert aside.name in said["text"]
        assert str(store_path.parent) not in said["text"]
        if damage != "empty":
            assert aside.read_bytes()[: len(broken)] == broken or made is killed
        assert studio.record([start("next"), point("next", 0)]) == [True, True]
        assert studio.store.read("PRAGMA integrity_check")[0][0] == "ok"
    with closing(Studio(store_path)) as again:
        assert share_without(again, "next") == recovered
    assert witness.wrong(store_path, damaged=least < 1) == []
    assert len(beside(store_path, "damaged")) == 1, "it was mended more than once"


def share_without(studio: Studio, name: str) -> float:
    found = held(studio)
    del found[name]
    return sum(map(len, found.values())) / (40 * 60)


def test_a_log_that_is_gone_before_the_store_opens_is_missed_and_leaves_a_usable_store(
    store_path: Path, witness: Witness
) -> None:
    killed(store_path)
    remove(store_path, "-wal")
    with closing(Studio(store_path)) as studio:
        assert share(studio) < 1
        said = trouble(studio)
        assert said["kind"] == "cut"
        assert store_path.name in said["text"]
        assert studio.record([start("next"), point("next", 0)]) == [True, True]
    assert witness.wrong(store_path, damaged=True) == []


def test_nothing_is_missed_where_the_log_is_there_or_was_not_needed(
    store_path: Path, tmp_path: Path
) -> None:
    killed(store_path)
    # The next one finds what the killed one left, and closes properly.
    for _ in range(2):
        with closing(Studio(store_path)) as studio, closing(Studio(store_path)) as other:
            assert share(studio) == share(other) == 1
            assert not studio.changes().value.get("trouble")
    # A copy is another file: it has no mark, and needs no log.
    copy = tmp_path / "copy.db"
    copy.write_bytes(store_path.read_bytes())
    with closing(Studio(copy)) as studio:
        assert share(studio) == 1
        assert not studio.changes().value.get("trouble")


LEAVES = """
import sys
from pathlib import Path
from live_studio.studio import Studio
from tests.faults.test_bad_disk import fill
kept = Studio(Path(sys.argv[1]))
fill(kept, 2)
"""


def test_a_process_that_leaves_without_closing_is_no_loss(store_path: Path) -> None:
    """Whatever Python closes on its way out: the log goes with it, and nothing is missing."""
    command = [sys.executable, "-c", LEAVES, str(store_path)]
    subprocess.run(command, env=env(), check=True)
    assert not list(store_path.parent.glob("*-inuse-*"))
    with closing(Studio(store_path)) as studio:
        assert held(studio) == whole(2)
        assert not studio.changes().value.get("trouble")


def test_who_opens_while_others_close_misses_nothing(store_path: Path) -> None:
    """The last who closes takes the log away, and in the next moment the mark."""
    Studio(store_path).close()
    found: list[object] = []

    def open_and_close() -> None:
        for _ in range(25):
            with closing(Studio(store_path)) as studio:
                found.append(studio.changes().value.get("trouble"))

    threads = [threading.Thread(target=open_and_close) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [None] * 100


def test_damage_that_is_met_while_running_is_mended_at_once(
    studio: Studio, witness: Witness
) -> None:
    fill(studio, 40)
    studio.store.read("PRAGMA wal_checkpoint(TRUNCATE)")
    mine, seq = studio.id, studio.changes().seq
    every_fifth_page(studio.store.path)
    # What SQLite still has in memory would hide it.
    studio.store.read("PRAGMA shrink_memory")
    recovered = share(studio)
    assert 0.3 <= recovered < 1
    assert trouble(studio)["kind"] == "damaged"
    assert studio.id == mine
    assert studio.changes().seq > seq, "an open page would not ask for what came back"
    assert studio.record([start("next"), point("next", 0)]) == [True, True]
    assert witness.wrong(studio.store.path, damaged=True) == []


def test_a_run_whose_journal_is_still_there_is_stored_from_it_once_more(
    studio: Studio, witness: Witness
) -> None:
    from live_studio.drainer import Drainer

    run = Witnessed(History(witness.folder), "alive")
    for step in range(3000):
        run.metric("train/loss", step / 2)
        run.next_step()
    drainer = Drainer(studio)

    def is_whole() -> bool:
        # The run's own courier carries too, and may be in the middle of it.
        drainer.drain()
        return held(studio).get("alive") == list(map(float, range(3000)))

    until(is_whole, "the whole journal in the store")
    studio.store.read("PRAGMA wal_checkpoint(TRUNCATE)")
    size = studio.store.path.stat().st_size
    for page in range(size // PAGE // 2, size // PAGE):
        zeroed(page * PAGE, PAGE)(studio.store.path)
    studio.store.read("PRAGMA shrink_memory")
    with closing(Studio(studio.store.path)) as other:
        held(other)
    studio.store.look()
    until(is_whole, "the same again")
    run.end()
    # Of what it had stored nothing is lost either: its journal was still there.
    assert witness.wrong(studio.store.path) == []
    assert held(studio)["alive"] == list(map(float, range(3000)))
    (row,) = studio.experiments()
    assert row.ledger["received"] == 3000


def test_a_run_of_another_machine_that_lost_a_part_is_sent_again_whole(
    studio: Studio, tmp_path: Path, witness: Witness
) -> None:
    """Its client has all of its journal until it is done, and asks the server where to go on."""
    run = uuid.uuid4().hex
    said = identity("dvclive", "far")
    said.pop("plots_dir")
    sender = Journal(tmp_path / "far", run, {"client": "live_studio", "time": 1.0, **said})
    sender.append(records.text(records.NAME, {"id": 0, "path": PATH, "name": "train/loss"}))
    history = History(witness.folder)
    with history.call(label := history.label(), "start", name="far", journal=True) as learned:
        learned["run_id"] = run
    for step in range(3000):
        with history.call(label, "points", step=step, values={"train/loss": step / 2}):
            sender.append(records.point(0, step, step / 2, 2.0)[:-4])

    def send() -> None:
        reader = studio.reader(sender.path)
        while raw := read(sender.path, end := studio.standing(run).end, 8192):
            if end == 0:
                reader = studio.reader(sender.path)
            facts = reader.facts(raw[:8192])
            assert studio.record([Slice(run, end, raw[: facts.end], facts, "token")]) == [True]

    send()
    assert len(held(studio)["far"]) == 3000
    studio.store.read("PRAGMA wal_checkpoint(TRUNCATE)")
    size = studio.store.path.stat().st_size
    for page in range(size // PAGE * 7 // 8, size // PAGE):
        zeroed(page * PAGE, PAGE)(studio.store.path)
    studio.store.read("PRAGMA shrink_memory")
    with closing(Studio(studio.store.path)) as other:
        left = held(other)["far"]
    studio.store.look()
    assert 0 < len(left) < 3000
    (row,) = studio.experiments()
    assert (row.status, row.detail) == ("stopped", "recovered from a damaged store")
    send()
    assert held(studio)["far"] == list(map(float, range(3000)))
    (row,) = studio.experiments()
    assert (row.status, row.generation, row.ledger["received"]) == ("running", 2, 3000)
    assert witness.wrong(studio.store.path, alive=True, damaged=True) == []
    sender.close()


def test_mending_that_was_killed_half_way_is_finished_by_the_next(
    store_path: Path, witness: Witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    from live_studio.store import salvage

    checkpointed(store_path)
    zeroed(0, 100)(store_path)

    def dies(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(salvage, "from_damaged", dies)
    with pytest.raises(KeyboardInterrupt):
        Studio(store_path)
    monkeypatch.undo()
    assert not store_path.exists()
    with closing(Studio(store_path)) as studio:
        assert held(studio) == whole(40)
    assert witness.wrong(store_path) == []
    assert len(beside(store_path, "damaged")) == 1


def test_a_file_that_another_process_has_just_set_aside_is_no_text(tmp_path: Path) -> None:
    refuse_text(tmp_path / "store.db")
    (tmp_path / "store.db").write_bytes(b"")
    refuse_text(tmp_path / "store.db")


def test_many_who_meet_a_damaged_file_at_once_mend_it_once(
    store_path: Path, witness: Witness
) -> None:
    checkpointed(store_path)
    zeroed(0, PAGE)(store_path)
    code = (
        "import sys; from pathlib import Path; from live_studio.studio import Studio;"
        "print(len(Studio(Path(sys.argv[1])).experiments()))"
    )
    several = [
        subprocess.Popen([sys.executable, "-c", code, str(store_path)], stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    assert [int(one.communicate(timeout=120)[0]) for one in several] == [40] * 4
    assert witness.wrong(store_path) == []
    assert len(beside(store_path, "damaged")) == 1


def test_opening_costs_no_check_of_a_sound_file(store_path: Path) -> None:
    checkpointed(store_path)
    found = opened(store_path, time.time)
    assert isinstance(found, store_file.File)
    assert found.notice is None
    found.close()


class LateDamage(sqlite3.DatabaseError):
    """Damage whose finder is slow: another thread has mended the file before he looks at his error."""

    def __init__(self, mended: Callable[[], object]) -> None:
        super().__init__("database disk image is malformed")
        self._mended = mended

    @property
    def sqlite_errorcode(self) -> int:  # type: ignore[override]
        self._mended()
        return sqlite3.SQLITE_CORRUPT


def test_a_thread_that_met_damage_late_does_not_set_the_mended_file_aside(studio: Studio) -> None:
    fill(studio, 40)
    studio.store.read("PRAGMA wal_checkpoint(TRUNCATE)")
    every_fifth_page(studio.store.path)
    studio.store.read("PRAGMA shrink_memory")
    tries: list[int] = []

    def act(_: object) -> int:
        tries.append(1)
        if len(tries) == 1:
            raise LateDamage(lambda: held(studio))
        return len(tries)

    assert studio.store._run(studio.store._read_lock, act) == 2
    assert len(beside(studio.store.path, "damaged")) == 1


def test_every_json_of_a_run_is_made_readable_again(studio: Studio) -> None:
    """One text that is none would end every answer that has its row in it."""
    fill(studio, 1)
    columns = [
        name
        for _, name, kind, _, default, _ in studio.store.read("PRAGMA table_info(generations)")
        if kind == "TEXT" and default in ("'{}'", "'[]'", "'null'")
    ]
    assert {"params", "refusal"} <= {*columns}
    studio.store.jot("UPDATE generations SET " + ", ".join(f"{name} = '{{'" for name in columns))
    with closing(sqlite3.connect(studio.store.path, isolation_level=None)) as target:
        target.row_factory = sqlite3.Row
        salvage.settle(target, studio.store.path, 0)
    (row,) = studio.changes().value["experiments"]
    assert row["name"] == "run-0"


@pytest.mark.parametrize("kind", ["text", "database"])
def test_a_file_of_somebody_elses_is_left_as_it_is(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "folder" / "mine"
    path.parent.mkdir()
    if kind == "text":
        path.write_text("import torch  # größer\n" * 1000)
    else:
        with closing(sqlite3.connect(path)) as file:
            file.execute("CREATE TABLE mine (a)")
            file.commit()
    before = path.read_bytes()
    with pytest.raises(StoreUnusable, match=r"Nothing was changed; set LIVE_STUDIO_STORE"):
        Studio(path)
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == ["mine"]


def test_a_store_below_a_file_is_told_what_lies_there(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnusable, match=r"a file lies where its folder should be"):
        Studio(tmp_path / "file" / "store.db")
