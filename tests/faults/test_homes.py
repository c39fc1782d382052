"""Where the store lies when the home is on the network, may only be read, or is full: one place, for every process."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from live_studio import config, doctor, ground, whereabouts
from live_studio.curves import Question
from live_studio.drainer import Drainer
from live_studio.errors import StoreUnusable
from live_studio.events import Key, Start
from live_studio.live import Live
from live_studio.store.homecopy import HomeCopy
from live_studio.studio import Studio
from tests.faults.checker import check
from tests.faults.disks import filled, made_up, mounted, read_only
from tests.faults.history import env
from tests.faults.unmappable import can_refuse
from tests.server.test_store_trouble import event
from tests.servers import running, until

LOGS = """
from pathlib import Path
from tests.faults.history import History, Witnessed
run = Witnessed(History(Path(os.environ["HISTORIES"])), sys.argv[1])
for step in range(50):
    run.metric("loss", step / 2)
    run.next_step()
run.end()
"""
ASKS = """
from live_studio.studio import Studio
studio = Studio()
print(json.dumps({
    "store": str(studio.store.path), "id": studio.id,
    "mode": studio.store.read("PRAGMA journal_mode")[0][0],
    "runs": sorted(row.name for row in studio.experiments()), "trouble": studio.changes().value.get("trouble"),
}))
studio.close()
"""
DOCTOR = """
from live_studio.cli import main
main(["doctor"])
"""
CHOOSES = """
from live_studio import whereabouts
print(whereabouts.store_path(), flush=True)
if "die" in sys.argv:
    os.kill(os.getpid(), signal.SIGKILL)
"""


@dataclass
class Home:
    """A home whose disk is not this machine's own, and what stands behind it."""

    data: Path
    prelude: str
    """What makes a process take the disk for what it stands for here."""
    histories: Path
    behind: Path | None = None

    @property
    def folder(self) -> Path:
        """Where the store should lie."""
        return self.data / "live_studio"

    @property
    def intended(self) -> Path:
        """The same as a file."""
        return self.folder / "store.db"

    @property
    def local(self) -> Path:
        """Where it lies instead."""
        return whereabouts._folder(whereabouts._own("/var/tmp"), self.intended) / "store.db"

    @property
    def env(self) -> dict[str, str]:
        """What a process finds it by."""
        there = env() | {"JUPYTER_DATA_DIR": str(self.data), "HISTORIES": str(self.histories)}
        for name in ("LIVE_STUDIO_STORE", "LIVE_STUDIO_SERVER_FILE"):
            there.pop(name, None)
        return there

    def begin(self, code: str, *arguments: str) -> subprocess.Popen[str]:
        """Start a process of this home."""
        code = f"import json, os, signal, sys\n{self.prelude}\n{code}"
        return subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            env=self.env,
            cwd=self.histories.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, code: str, *arguments: str) -> str:
        """What a process of this home says that ends well."""
        one = self.begin(code, *arguments)
        out, err = one.communicate(timeout=120)
        assert one.returncode == 0, err
        return out

    def end(self, several: list[subprocess.Popen[str]]) -> None:
        """Wait for processes that end well."""
        for one in several:
            _, err = one.communicate(timeout=120)
            assert one.returncode == 0, err

    def ask(self) -> dict[str, Any]:
        """How the store stands for a process that looks."""
        said: dict[str, Any] = json.loads(self.run(ASKS))
        return said

    def copies(self) -> list[Path]:
        """What went home."""
        return sorted(self.folder.glob("store.copy-*.db"))


@contextmanager
def network(tmp_path: Path, how: str) -> Iterator[Home]:
    """A home on a disk that cannot hold a log that processes share, or that stands for one."""
    with ExitStack() as left:
        if how == "fuse":
            for name in ("behind", "home"):
                (tmp_path / name).mkdir()
            left.enter_context(made_up(tmp_path / "behind", tmp_path / "home"))
            home = Home(tmp_path / "home", "", tmp_path / "histories", tmp_path / "behind")
        else:
            # A disk of another kind than the machine's own, called a network's.
            data = Path("/dev/shm") / f"live-studio-{os.getpid()}-{tmp_path.name}"
            data.mkdir(mode=0o700)
            left.callback(shutil.rmtree, data)
            kind = ground.disk(data)
            assert kind != ground.disk(Path("/var/tmp"))
            prelude = f"from live_studio import ground; ground.SHARED.add({kind!r})"
            ground.SHARED.add(kind)
            left.callback(ground.SHARED.discard, kind)
            home = Home(data, prelude, tmp_path / "histories")
        left.callback(shutil.rmtree, home.local.parent, ignore_errors=True)
        yield home


@pytest.fixture(name="home", params=["named", pytest.param("fuse", marks=pytest.mark.faults)])
def _home(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Home]:
    with network(tmp_path, request.param) as home:
        monkeypatch.delenv("LIVE_STUDIO_STORE", raising=False)
        monkeypatch.setenv("JUPYTER_DATA_DIR", str(home.data))
        yield home


def test_two_who_begin_at_once_on_a_network_home_share_a_store_on_this_machine(home: Home) -> None:
    both = [home.begin(LOGS, name) for name in ("one", "two")]
    home.end(both)
    said = home.ask()
    assert said["store"] == str(home.local)
    assert said["mode"] == "wal"
    assert said["runs"] == ["one", "two"]
    assert said["trouble"]["kind"] == "elsewhere"
    assert f"{home.folder} is on a " in said["trouble"]["text"]
    assert check(home.histories, home.local) == []
    assert not home.intended.exists()
    # What a process has done is in the home when it has ended.
    (copy,) = home.copies()
    assert copy.stat().st_mode & 0o777 == 0o600
    assert check(home.histories, copy) == []


def test_what_was_chosen_stays_whatever_a_later_process_would_find(home: Home) -> None:
    """Killed between the choice and the first write; and then the disk is as good as any."""
    one = home.begin(CHOOSES, "die")
    assert one.communicate(timeout=60)[0].strip() == str(home.local)
    assert one.returncode == -9
    assert not home.local.exists()
    # Nothing is left of the trial but the note.
    assert [path.name for path in home.folder.iterdir()] == [whereabouts.NOTE]
    home.prelude = ""
    ground.SHARED.discard("tmpfs")
    if home.behind:
        subprocess.run(["umount", str(home.data)], check=True)
        shutil.copytree(home.behind, home.data, dirs_exist_ok=True)
    assert ground.fault(home.folder) is None
    for name in ("one", "two"):
        home.run(LOGS, name)
    said = home.ask()
    assert (said["store"], said["runs"]) == (str(home.local), ["one", "two"])
    if home.behind:
        # For the fixture to take away.
        subprocess.run(["mount", "--bind", str(home.data), str(home.data)], check=True)


def test_a_machine_that_lost_its_store_gets_it_from_the_copy(home: Home) -> None:
    home.run(LOGS, "before")
    was = home.ask()
    shutil.rmtree(home.local.parent)
    both = [home.begin(LOGS, name) for name in ("one", "two")]
    home.end(both)
    said = home.ask()
    assert (said["id"], said["mode"]) == (was["id"], "wal")
    assert said["runs"] == ["before", "one", "two"]
    assert said["trouble"]["kind"] == "restored"
    assert "brought from" in said["trouble"]["text"]
    assert check(home.histories, home.local) == []


LIVES = """
from live_studio.store import homecopy
homecopy.EVERY = homecopy.REST = 0.05
from live_studio import Live
live = Live(exp_name="alive")
for step in range(10_000):
    live.log_metric("loss", step / 2)
    live.next_step()
    time.sleep(0.001)
"""


def test_a_process_that_lives_on_renews_the_copy(home: Home, tmp_path: Path) -> None:
    """Killed and wiped with all that the machine had, it is there up to the last copy."""
    one = home.begin("import time" + LIVES)

    def copied() -> int:
        for copy in home.copies():
            # It may be renewed at any moment.
            own = shutil.copyfile(copy, tmp_path / "own.db")
            with closing(Studio(own)) as studio:
                return points(studio)
        return 0

    try:
        first = until(copied, "the first copy")
        least = until(lambda: (found := copied()) > first and found, "the next copy")
    finally:
        one.kill()
        one.communicate()
    shutil.rmtree(home.local.parent)
    assert home.ask()["runs"] == ["alive"]
    with closing(Studio(home.local)) as studio:
        assert points(studio) >= least


STAYS = """
from live_studio import Live
with Live(exp_name="stays") as live:
    live.log_metric("loss", 0.5)
    print("stays", flush=True)
    sys.stdin.readline()
"""


def test_who_ends_leaves_the_copy_to_who_lives_on(home: Home) -> None:
    """A short run beside a server does not wait for all of a large store to be copied."""
    one = home.begin(STAYS)
    assert one.stdout is not None
    assert one.stdout.readline() == "stays\n"
    until(home.local.with_name("keeper").exists, "the one that keeps the copy")
    home.run(LOGS, "short")
    assert home.copies() == []
    _, err = one.communicate("\n", timeout=60)
    assert one.returncode == 0, err
    (copy,) = home.copies()
    with closing(Studio(copy)) as studio:
        assert names(studio) == ["short", "stays"]


def points(studio: Studio) -> int:
    """How many are in a store."""
    ids = [row.id for row in studio.experiments()]
    return sum(line.total for line in studio.series(Question("loss", ids)))


HOMELESS = """
import json, os, signal, sys
from pathlib import Path
from live_studio.drainer import Drainer
from live_studio import Live, courier, delivery, remote, whereabouts
from live_studio.studio import Studio
from live_studio.store import homecopy, salvage
from tests.faults.history import History, Witnessed
if not os.geteuid():
    # Root writes wherever it likes. The imports come first: nobody may not read root's Python.
    import encodings.idna, hashlib, sqlite3, tempfile
    with Live(exp_name="warm", store=os.environ["WARM"]) as live:
        live.log_metric("loss", 0.5)
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
name = (sys.argv[1:] or ["homeless"])[0]
run = Witnessed(History(Path(os.environ["HISTORIES"])), name)
run.metric("loss", 0.5)
if name == "left":
    # Before its courier looks again.
    os.kill(os.getpid(), signal.SIGKILL)
run.end()
studio = Studio()
drainer = Drainer(studio)
drainer.drain()
drainer.sweep()
said = studio.changes().value
names = sorted((row.name, row.status) for row in studio.experiments())
starts = studio.store.read("SELECT count(*) FROM generations")[0][0]
print(json.dumps([str(studio.store.path), starts, names, said.get("trouble")]))
studio.close()
"""


@dataclass
class Closed:
    """A home of somebody who may not write it."""

    data: Path
    histories: Path
    env: dict[str, str]
    how: str
    own: Path
    shut: ExitStack = field(default_factory=ExitStack)

    def close(self) -> None:
        """Let nobody write it from here on."""
        if self.how == "mount":
            self.data.chmod(0o777)
            self.shut.enter_context(read_only(self.data))
        else:
            self.data.chmod(0o555)

    def open(self) -> None:
        """Let it be written again."""
        self.shut.close()
        self.data.chmod(0o777)

    def leave(self) -> None:
        """A run that its process leaves in its journal."""
        done = subprocess.run(
            [sys.executable, "-c", HOMELESS, "left"], env=self.env, check=False, cwd="/var/tmp"
        )
        assert done.returncode == -9

    def log(self) -> tuple[Path, int, list[list[str]], dict[str, str]]:
        """A run of somebody's: where it went, how many there are and which, and what is said about it."""
        done = subprocess.run(
            [sys.executable, "-c", HOMELESS],
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
            cwd="/var/tmp",
        )
        assert done.returncode == 0, done.stderr
        store, *rest = json.loads(done.stdout)
        return Path(store), *rest


@pytest.fixture(name="closed", params=["rights", pytest.param("mount", marks=pytest.mark.faults)])
def _closed(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Closed]:
    nobody = os.geteuid() or 65534  # root writes wherever it likes
    home = Path("/var/tmp") / f"live-studio-home-{os.getpid()}"
    home.mkdir(mode=0o755)
    for name in ("data", "histories"):
        (home / name).mkdir()
        (home / name).chmod(0o777)
    there = env() | {"HOME": str(home), "JUPYTER_DATA_DIR": str(home / "data")}
    there |= {"WARM": str(tmp_path / "warm.db"), "HISTORIES": str(home / "histories")}
    there.pop("LIVE_STUDIO_STORE", None)
    there.pop("LIVE_STUDIO_SERVER_FILE", None)
    own = Path("/var/tmp") / f"live_studio-{nobody}"
    was_there = own.exists()
    closed = Closed(home / "data", home / "histories", there, request.param, own)
    try:
        yield closed
    finally:
        closed.open()
        local = whereabouts._folder(own, home / "data" / "live_studio" / "store.db")
        shutil.rmtree(local, ignore_errors=True)
        if not was_there:
            shutil.rmtree(own, ignore_errors=True)
        shutil.rmtree(home)


def test_where_the_home_may_only_be_read_every_process_finds_the_same_place(closed: Closed) -> None:
    """And goes on there when the home is good again, which then gets its copy."""
    closed.close()
    first, _, _, trouble = closed.log()
    assert first.is_relative_to(closed.own)
    assert closed.own.stat().st_mode & 0o777 == 0o700
    assert trouble["kind"] == "elsewhere"
    assert f"{closed.data / 'live_studio'} cannot be written" in trouble["text"]
    assert "no other copy" in trouble["text"]
    assert closed.log()[0] == first
    assert check(closed.histories, first) == []
    closed.open()
    again, starts, names, trouble = closed.log()
    assert again == first
    assert (starts, names) == (3, [["homeless", "completed"]])
    assert "A copy goes home" in trouble["text"]
    (copy,) = (closed.data / "live_studio").glob("store.copy-*.db")
    assert check(closed.histories, copy) == []


def test_the_runs_of_a_store_that_may_only_be_read_come_along(closed: Closed) -> None:
    """A second store with half of the runs would hide the others; nor are those lost that wait in journals."""
    before, starts, *_ = closed.log()
    assert before == closed.data / "live_studio" / "store.db"
    closed.leave()
    held = {path: path.read_bytes() for path in before.parent.glob("store.db*") if path.is_file()}
    closed.close()
    if closed.how == "rights":
        before.parent.chmod(0o555)
    after, now, names, trouble = closed.log()
    assert after.is_relative_to(closed.own)
    assert (now, names) == (starts + 2, [["homeless", "completed"], ["left", "stopped"]])
    assert trouble["kind"] == "restored"
    assert "brought from" in trouble["text"]
    assert {path: path.read_bytes() for path in held} == held
    assert check(closed.histories, after) == []


TRIES = """
from pathlib import Path
from live_studio import ground
from tests.faults.unmappable import refuse_shared_mappings
refuse_shared_mappings()
print(*ground.fault(Path(sys.argv[1])), sep=";")
"""


@pytest.mark.skipif(not can_refuse(), reason="needs a system that filters its calls")
def test_missing_shared_memory_is_found_by_trying(tmp_path: Path) -> None:
    """On a disk of a kind that looks well."""
    said = subprocess.run(
        [sys.executable, "-c", "import sys" + TRIES, str(tmp_path)],
        env=env(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "gives processes no memory to share;True\n"
    assert ground.fault(tmp_path) is None
    assert not list(tmp_path.iterdir())


def test_the_disk_that_a_machine_began_from_is_its_own_whatever_its_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container's may be of FUSE or 9p, and so is every other folder in it."""
    root = os.stat("/").st_dev
    places = (tmp_path, Path("/var/tmp"), Path(__file__).parent)
    folder = next(place for place in places if place.stat().st_dev == root)
    monkeypatch.setattr(ground, "SHARED", {ground.disk(folder), ground.disk(Path("/dev/shm"))})
    assert ground.fault(folder) is None
    assert ground.shared(Path("/dev/shm"))


@pytest.mark.faults
def test_a_server_on_a_network_home_says_so_and_begins_again_from_its_copy(tmp_path: Path) -> None:
    for name in ("behind", "data"):
        (tmp_path / name).mkdir()
    with made_up(tmp_path / "behind", tmp_path / "data"):
        intended = tmp_path / "data" / "live_studio" / "store.db"
        local = whereabouts._folder(whereabouts._own("/var/tmp"), intended)
        try:
            with running(tmp_path) as server:
                identity = server.get("api/health").json()["store_id"]
                assert server.post(event("start"), server.token()).status_code == 200
                said = server.changes()["trouble"]
                assert said["kind"] == "elsewhere"
                assert f"{intended.parent} is on a FUSE disk" in said["text"]
                assert str(local) in said["text"]
                (before,) = server.changes()["experiments"]
            shutil.rmtree(local)
            with running(tmp_path) as server:
                assert server.get("api/health").json()["store_id"] == identity
                (after,) = server.changes()["experiments"]
                assert (after["id"], after["name"]) == (before["id"], before["name"])
                assert server.changes()["trouble"]["kind"] == "restored"
            assert not intended.exists()
        finally:
            shutil.rmtree(local, ignore_errors=True)


@pytest.fixture(name="machine")
def _machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine's own room for this test alone: a disk, and memory beside it."""
    for name in ("own", "memory"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(whereabouts, "ROOTS", (str(tmp_path / "own"), str(tmp_path / "memory")))
    monkeypatch.setattr(whereabouts, "MEMORY", str(tmp_path / "memory"))
    monkeypatch.setattr(whereabouts, "leaving", {})
    return tmp_path


def taken(machine: Path, how: str, root: str = "own") -> None:
    """Somebody has taken the name that a machine's room should have."""
    own = whereabouts._own(str(machine / root))
    if how == "is a symbolic link":
        own.symlink_to(machine)
    elif how == "is no folder":
        own.touch()
    else:
        own.mkdir()
        own.chmod(0o755)
        if how == "belongs to somebody else":
            os.chown(own, 65534, 65534)


TAKEN = ["is a symbolic link", "is open to others", "is no folder"]
if not os.geteuid():
    TAKEN.append("belongs to somebody else")


@pytest.mark.parametrize("how", TAKEN)
def test_room_that_somebody_prepared_is_refused_and_the_slow_home_used(
    home: Home, machine: Path, how: str
) -> None:
    """Then and from then on: who comes when the name is free again finds the store that there is."""
    taken(machine, how)
    assert whereabouts.store_path() == home.intended
    with closing(Studio()) as studio:
        assert studio.store.read("PRAGMA journal_mode")[0][0] == "delete"
        assert "trouble" not in studio.changes().value
    own = whereabouts._own(str(machine / "own"))
    shutil.rmtree(own) if own.is_dir() and not own.is_symlink() else own.unlink()
    assert whereabouts.store_path() == home.intended
    (said,) = (one for one in doctor.findings() if one.what == "store")
    assert said.remedy is not None
    assert f"{own} {how}" in said.remedy
    assert str(home.folder) in said.remedy
    assert "LIVE_STUDIO_STORE" in said.remedy


@pytest.fixture(name="nowhere")
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home in which not even root can make a file."""
    (tmp_path / "file").write_text("")
    monkeypatch.delenv("LIVE_STUDIO_STORE", raising=False)
    monkeypatch.delenv("LIVE_STUDIO_SERVER_FILE", raising=False)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "file" / "data"))
    return tmp_path / "file" / "data" / "live_studio" / "store.db"


def test_without_a_disk_runs_are_kept_in_memory_and_that_is_said_in_red(
    nowhere: Path, machine: Path
) -> None:
    taken(machine, "is a symbolic link")
    with Live(exp_name="kept") as live:
        live.log_metric("loss", 0.5)
    with closing(Studio()) as studio:
        assert studio.store.path.is_relative_to(machine / "memory")
        assert [row.name for row in studio.experiments()] == ["kept"]
        said = studio.changes().value["trouble"]
    assert said["kind"] == "memory"
    for part in (
        str(nowhere.parent),
        "is a symbolic link",
        "gone when this machine stops",
        "LIVE_STUDIO_STORE",
    ):
        assert part in said["text"], part
    (place,) = (one for one in doctor.findings() if one.what == "place")
    assert place.found == said["text"]
    assert place.remedy


@pytest.mark.faults
def test_a_machine_whose_disks_may_all_be_only_read_has_its_memory(tmp_path: Path) -> None:
    """As in a container that was started so."""
    (tmp_path / "data").mkdir()
    with mounted(tmp_path / "data", "--bind", str(tmp_path / "data")):
        home = Home(tmp_path / "data", "", tmp_path / "histories")
        local = whereabouts._folder(whereabouts._own("/dev/shm"), home.intended)
        shut = "mount --bind {0} {0} && mount -o remount,ro,bind {0}"
        alone = " && ".join([*map(shut.format, ("/var/tmp", home.data)), 'exec "$@"'])
        try:
            for code in (LOGS, ASKS):
                done = subprocess.run(
                    ["unshare", "-m", "sh", "-c", alone, "sh", sys.executable, "-c",
                     f"import json, os, sys\n{code}", "kept"],
                    env=home.env, capture_output=True, text=True, check=False,
                )  # fmt: skip
                assert done.returncode == 0, done.stderr
            said = json.loads(done.stdout)
            assert (said["store"], said["runs"]) == (str(local / "store.db"), ["kept"])
            assert said["trouble"]["kind"] == "memory"
            assert check(home.histories, local / "store.db") == []
        finally:
            shutil.rmtree(local, ignore_errors=True)


def test_training_goes_on_where_nothing_at_all_can_be_written(nowhere: Path, machine: Path) -> None:
    for root in ("own", "memory"):
        taken(machine, "is no folder", root)
    assert whereabouts.store_path() == nowhere
    with pytest.warns(UserWarning, match="records nothing"):
        live = Live(exp_name="lost")
    live.log_metric("loss", 0.5)
    live.next_step()
    live.end()
    with closing(Studio(patient=True)) as studio:
        assert studio.changes().value["trouble"]["kind"] in ("unusable", "readonly")


def test_a_link_that_leads_nowhere_takes_no_store_and_no_copy(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "gone" / "folder")
    assert not whereabouts.is_writable(tmp_path / "link" / "live_studio" / "store.db")
    assert whereabouts.is_writable(tmp_path / "fresh" / "live_studio" / "store.db")


def test_a_user_whom_the_system_does_not_know_has_a_place_for_the_store(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HOME", "JUPYTER_DATA_DIR", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 2**31 - 7)
    assert config.data_dir().is_absolute()
    monkeypatch.setenv(config.STORE, "~nobody-is-called-so/store.db")
    assert whereabouts.store_path().name == "store.db"


def test_a_store_is_found_again_where_only_its_note_was_cleaned_away(
    nowhere: Path, machine: Path
) -> None:
    """What cleans such folders takes the oldest files first; and the home is good meanwhile."""
    with closing(logged("first")) as studio:
        store = studio.store.path
    store.with_name(whereabouts.INTENDED).unlink()
    (machine / "file").unlink()
    assert whereabouts.store_path() == store
    assert whereabouts.intended_path(store) == nowhere
    assert not nowhere.exists()


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_a_store_that_is_in_the_home_already_stays_there(
    home: Home, machine: Path, mode: str
) -> None:
    """It was used there before; moving it would be somebody's own decision."""
    home.folder.mkdir()
    with closing(Studio(home.intended)) as studio:
        assert studio.store.read("PRAGMA journal_mode")[0][0] == "delete"
    if mode == "wal" and home.behind is None:
        with closing(sqlite3.connect(home.intended)) as other:
            other.execute("PRAGMA journal_mode = WAL")
    with closing(logged("one more")) as studio:
        assert studio.store.path == home.intended
        assert [row.name for row in studio.experiments()] == ["one more"]
    assert not list(machine.glob("*/live_studio-*/*/store.db"))
    (said,) = (one.remedy for one in doctor.findings() if one.what == "store")
    assert said is not None
    assert ("let one machine alone use it" in said) is (mode == "wal" and home.behind is None)


@pytest.mark.faults
def test_a_good_store_is_left_alone_where_its_log_cannot_be_used(tmp_path: Path) -> None:
    """It was made where memory is shared, and is behind a disk now that gives none."""
    with network(tmp_path, "fuse") as home:
        assert home.behind is not None
        store = home.behind / "live_studio" / "store.db"
        Studio(store).close()
        held = {path: path.read_bytes() for path in store.parent.glob("store.db*")}
        assert store.read_bytes()[18:20] == b"\2\2"
        assert "memory that processes share" in home.begin(LOGS, "waits").communicate(timeout=60)[1]
        said = home.begin(DOCTOR).communicate(timeout=60)[0]
        assert "memory that processes share" in said
        assert "set LIVE_STUDIO_STORE" in said
        assert {path: path.read_bytes() for path in held} == held
        with closing(Studio(store)) as studio:
            drainer = Drainer(studio)
            drainer.drain()
            drainer.sweep()
        assert check(home.histories, store) == []


def test_a_place_is_tried_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIVE_STUDIO_STORE", raising=False)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    store = whereabouts.store_path()
    assert store == tmp_path / "live_studio" / "store.db"
    looked = store.parent.stat()
    assert [path.name for path in store.parent.iterdir()] == [whereabouts.NOTE]
    assert whereabouts.store_path() == store
    assert store.parent.stat().st_mtime_ns == looked.st_mtime_ns


# the copy in the home


def logged(name: str) -> Studio:
    """A store with one more run in it, which nobody else holds open."""
    studio = Studio()
    studio.record([Start(Key("github.com/o/r", "0" * 40, name), "dvclive")])
    return studio


def names(studio: Studio) -> list[str]:
    """The runs of a store."""
    return sorted(row.name for row in studio.experiments())


@pytest.fixture(name="kept")
def _kept(home: Home, machine: Path) -> HomeCopy:
    """The copy of a store with one run, made just now."""
    with closing(logged("first")) as studio:
        assert studio.homecopy is not None
        assert studio.homecopy.renew()
    return studio.homecopy


def lost(kept: HomeCopy) -> None:
    """This machine's disk was wiped."""
    shutil.rmtree(whereabouts.store_path().parent)


def test_the_note_counts_also_where_the_machine_was_wiped_and_the_home_looks_good(
    home: Home, kept: HomeCopy
) -> None:
    lost(kept)
    ground.SHARED.discard("tmpfs")
    with closing(Studio()) as studio:
        assert studio.store.path != home.intended
        assert names(studio) == ["first"]


def test_a_copy_is_made_only_of_what_has_changed(home: Home, kept: HomeCopy) -> None:
    (copy,) = home.copies()
    before = copy.stat().st_mtime_ns
    assert not kept.renew()
    assert copy.stat().st_mtime_ns == before
    with closing(logged("second")):
        assert kept.renew()
    copy.unlink()
    assert kept.renew(), "somebody took it away"


def test_one_process_at_a_time_makes_the_copy(home: Home, kept: HomeCopy) -> None:
    import fcntl

    with (
        closing(logged("second")),
        (whereabouts.store_path().with_name(".copying")).open() as other,
    ):
        fcntl.flock(other, fcntl.LOCK_EX)
        assert not kept.renew(0.1)
        assert "longer" in kept.trouble.text
        later = threading.Timer(0.2, fcntl.flock, (other, fcntl.LOCK_UN))
        later.start()
        assert kept.renew()
        later.join()


FORKS = """
import os, signal, sys, time
from pathlib import Path
from live_studio.store import homecopy, mending
mending.MENDING_SECONDS = 0.2
store = Path(sys.argv[1])
def alone():
    ends = time.monotonic() + 0.2
    return homecopy._alone(store, ends) if sys.argv[2] == "copy" else mending._alone(store)
with alone():
    child = os.fork()
    if not child:
        time.sleep(600)
        os._exit(0)
try:
    with alone():
        print("free")
finally:
    os.kill(child, signal.SIGKILL)
"""


@pytest.mark.parametrize("what", ["copy", "mend"])
def test_a_child_forked_meanwhile_keeps_nobody_waiting(tmp_path: Path, what: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORKS, str(tmp_path / "store.db"), what],
        env=env(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "free\n"


def test_a_damaged_copy_is_set_aside_and_never_written_over(home: Home, kept: HomeCopy) -> None:
    (copy,) = home.copies()
    size = copy.stat().st_size
    with copy.open("r+b") as file:
        file.write(bytes(size))
    lost(kept)
    with closing(logged("fresh")) as studio:
        assert names(studio) == ["fresh"]
        assert studio.homecopy is not None
        studio.homecopy.renew()
    (aside,) = home.folder.glob("*.damaged-*")
    assert aside.read_bytes() == bytes(size)
    assert len(home.copies()) == 1


def test_a_copy_that_cannot_be_read_now_is_waited_for(home: Home, kept: HomeCopy) -> None:
    """A fresh store in its place would be all that anybody sees from then on."""
    (copy,) = home.copies()
    away = copy.rename(copy.with_suffix(".away"))
    copy.mkdir()
    lost(kept)
    for _ in range(2):
        with pytest.raises(StoreUnusable):
            Studio()
    assert not whereabouts.store_path().exists()
    copy.rmdir()
    away.rename(copy)
    with closing(logged("second")) as studio:
        assert names(studio) == ["first", "second"]


def test_a_store_that_is_damaged_leaves_the_copy_as_it_is(home: Home, kept: HomeCopy) -> None:
    (copy,) = home.copies()
    before = copy.read_bytes()
    store = whereabouts.store_path()
    with closing(logged("second")) as studio:
        studio.store.read("PRAGMA wal_checkpoint(TRUNCATE)")
    with store.open("r+b") as file:
        file.seek(4096)
        file.write(bytes(store.stat().st_size - 4096))
    assert not kept.renew()
    assert kept.error
    assert kept.error in kept.trouble.text
    assert copy.read_bytes() == before


def test_another_store_in_the_home_is_told_of_where_its_runs_did_not_come_along(
    home: Home, machine: Path
) -> None:
    home.folder.mkdir()
    with closing(Studio(home.intended)) as there:
        there.record([Start(Key("github.com/o/r", "0" * 40, "first"), "dvclive")])
    (home.folder / whereabouts.NOTE).write_text(f"{whereabouts.ELSEWHERE}\n")
    with closing(logged("second")) as studio:
        assert names(studio) == ["first", "second"]
        assert studio.homecopy is not None
        assert "Another store" not in studio.homecopy.trouble.text
        with closing(Studio(home.intended)) as there:
            there.record([Start(Key("github.com/o/r", "0" * 40, "third"), "dvclive")])
        assert "Another store" in studio.homecopy.trouble.text
        assert str(home.intended) in studio.homecopy.trouble.text


def test_what_a_crash_left_half_written_in_the_home_does_not_come_along(
    home: Home, machine: Path
) -> None:
    """What was there before it does: that is in the journal beside the file."""
    home.folder.mkdir()
    with closing(Studio(home.intended)) as there:
        there.record([Start(Key("github.com/o/r", "0" * 40, "first"), "dvclive")])
    files = [home.intended, home.intended.with_name("store.db-journal")]
    with closing(sqlite3.connect(home.intended, isolation_level=None)) as torn:
        torn.execute("PRAGMA cache_size = 1")
        for word in ("whole", "half"):
            torn.execute("BEGIN IMMEDIATE")
            for number in range(500):
                values = (f"row-{number}", word * 200)
                torn.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", values)
            if word == "whole":
                torn.execute("COMMIT")
        halves = [file.read_bytes() for file in files]
        torn.execute("ROLLBACK")
    for file, half in zip(files, halves, strict=True):
        file.write_bytes(half)
    (home.folder / whereabouts.NOTE).write_text(f"{whereabouts.ELSEWHERE}\n")
    with closing(Studio()) as studio:
        assert studio.store.path.is_relative_to(machine)
        assert names(studio) == ["first"]
        count = "SELECT count(*) FROM meta WHERE value LIKE ?"
        assert studio.store.read(count, ("half%",))[0][0] == 0
        assert studio.store.read(count, ("whole%",))[0][0] == 500
        assert studio.store.read("PRAGMA integrity_check")[0][0] == "ok"


@pytest.mark.parametrize("goes_on", [False, True])
def test_each_machine_has_a_copy_of_its_own(home: Home, kept: HomeCopy, goes_on: bool) -> None:
    """What another machine left is taken over whole; where that goes on, both stay."""
    (copy,) = home.copies()
    other = copy.rename(copy.with_name("store.copy-other-01234567.db"))
    lost(kept)
    with closing(logged("second")) as studio:
        assert names(studio) == ["first", "second"]
        if goes_on:
            os.utime(other)
        assert studio.homecopy is not None
        assert studio.homecopy.renew()
    assert other.exists() is goes_on
    assert copy.exists()
    # Its own is taken first, whichever is the newer.
    os.utime(copy, (1.0, 1.0))
    lost(kept)
    with closing(Studio()) as studio:
        assert names(studio) == ["first", "second"]


@pytest.mark.faults
def test_a_home_that_is_full_keeps_its_last_copy(
    small_disk: Path, machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LIVE_STUDIO_STORE", raising=False)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(small_disk))
    monkeypatch.setattr(ground, "SHARED", {ground.disk(small_disk)})
    with closing(logged("first")) as studio:
        assert studio.homecopy is not None
        assert studio.homecopy.renew()
        folder = small_disk / "live_studio"
        (copy,) = folder.glob("store.copy-*.db")
        before = copy.read_bytes()
        fill = filled(small_disk)
        with closing(logged("second")):
            assert not studio.homecopy.renew()
        assert copy.read_bytes() == before
        assert {path.name for path in folder.iterdir()} == {whereabouts.NOTE, copy.name}
        assert "full" in studio.homecopy.trouble.text
        fill.unlink()
        assert studio.homecopy.renew()
        assert "A copy goes home" in studio.homecopy.trouble.text


@pytest.mark.faults
def test_a_home_that_is_full_from_the_start_is_no_ground(
    small_disk: Path, machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LIVE_STUDIO_STORE", raising=False)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(small_disk))
    fill = filled(small_disk)
    with closing(logged("first")) as studio:
        assert studio.store.path.is_relative_to(machine / "own")
        assert "has no room left" in studio.changes().value["trouble"]["text"]
    fill.unlink()
    with closing(logged("second")) as studio:
        assert names(studio) == ["first", "second"]


def test_a_process_that_ends_without_end_leaves_all_of_it_in_the_home(home: Home) -> None:
    """Its runs are closed first, and the copy is made then."""
    home.run(
        "from live_studio import Live\nlive = Live(exp_name='left')\nlive.log_metric('loss', 0.5)"
    )
    (copy,) = home.copies()
    with closing(Studio(copy)) as studio:
        (row,) = studio.experiments()
    assert (row.name, row.status, row.detail) == ("left", "stopped", "exited without end()")
    assert not list(home.local.parent.glob("*-inuse-*")), "a mark would tell of a loss"
