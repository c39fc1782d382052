"""A full disk, one that may only be read, and little memory: said at once, and over without a restart."""

from __future__ import annotations

import itertools
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from live_studio import doctor
from live_studio.studio import Studio
from tests.faults.disks import filled
from tests.faults.history import env
from tests.faults.witness import Witness
from tests.server.test_store_trouble import event, point, steps, trouble
from tests.servers import Server, running, until

UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)

LOGGER = """
import sys
from pathlib import Path
from tests.faults.history import History, Witnessed
run = Witnessed(History(Path(sys.argv[2])), "kernel", store=sys.argv[1])
for step in range(500):
    run.metric("loss", step / 2)
    run.next_step()
print("logged", flush=True)
sys.stdin.readline()
run.end()
"""


@contextmanager
def no_growth(server: Server) -> Iterator[None]:
    """No file of the server's may grow, as on a disk that is full."""
    pid = server.process.pid
    log = server.store.with_name(server.store.name + "-wal")
    size = max(log.stat().st_size, server.store.stat().st_size, 1)
    # What SQLite writes again inside a file that has its size already still succeeds.
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (min(size, 8192), resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, UNLIMITED)


@pytest.fixture(name="witness")
def _witness(tmp_path: Path) -> Witness:
    return Witness(tmp_path / "histories")


def numbered(step: int) -> dict[str, Any]:
    """A point as DVCLive sends it: the newest value beside the series."""
    return point(step) | {"metrics": {"dvclive/metrics.json": {"data": {"loss": step / 2}}}}


def test_a_server_whose_files_cannot_grow_says_so_and_goes_on_when_they_can(
    tmp_path: Path, witness: Witness
) -> None:
    def send(step: int) -> requests.Response:
        return witness.post(server, numbered(step), token)

    with running(tmp_path) as server:
        token = server.token()
        assert witness.post(server, event("start"), token).status_code == 200
        for step in range(20):
            assert send(step).status_code == 200
        later = itertools.count(20)
        with no_growth(server):
            # An answer that refuses counts as false.
            (refused,) = until(
                lambda: [a] if (a := send(next(later))).status_code != 200 else [],
                "a refusal",
            )
            assert refused.status_code in (503, 507)
            assert refused.headers["Retry-After"] == "5"
            assert "store" in refused.json()["detail"]
            assert steps(server)[:20] == list(range(20)), "what is there can be read"
            assert trouble(server)["kind"] in ("unusable", "full")
            logger = subprocess.Popen(
                [sys.executable, "-c", LOGGER, str(server.store), str(witness.folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=env(server.env),
                text=True,
            )
            assert logger.stdout is not None
            assert logger.stdout.readline() == "logged\n", "training went on"
        until(lambda: not trouble(server), "the store to be well again")
        last = next(later)
        assert send(last).status_code == 200
        assert {*steps(server)} >= {*range(20), last}
        logger.communicate("\n", timeout=60)
        assert logger.returncode == 0
        found = until(lambda: server.experiment("kernel"), "the journal to be delivered")
        until(
            lambda: (server.experiment("kernel") or {})["status"] == "completed",
            "the end of the run",
        )
        (path,) = found["series"]
        assert server.series(found["id"], path)["step"] == list(range(500))
        assert witness.wrong(server.store) == []
        assert "Traceback" not in server.log


@pytest.mark.faults
def test_a_server_on_a_full_disk_refuses_reads_on_and_recovers(
    tmp_path: Path, small_disk: Path, witness: Witness
) -> None:
    def send(step: int) -> requests.Response:
        return witness.post(server, numbered(step), token)

    option = f"--LiveStudioApp.store_path={small_disk / 'store.db'}"
    with running(tmp_path, "/", option) as server:
        token = server.said["token"]
        assert witness.post(server, event("start"), token).status_code == 200
        for step in range(20):
            assert send(step).status_code == 200
        fill = filled(small_disk)
        acknowledged = list(range(20))
        refused = None
        for step in range(20, 3000):
            answer = send(step)
            if answer.status_code != 200:
                refused = answer
                break
            acknowledged.append(step)
        assert refused is not None
        assert refused.status_code in (503, 507)
        assert refused.headers["Retry-After"] == "5"
        assert steps(server) == acknowledged
        said = trouble(server)
        assert said["kind"] in ("full", "unusable")
        beside = server.env | {"LIVE_STUDIO_STORE": str(small_disk / "store.db")}
        for command in ("doctor", "sync"):
            done = subprocess.run(
                [sys.executable, "-m", "live_studio.cli", command],
                env=beside,
                capture_output=True,
                text=True,
                check=False,
            )
            assert "Traceback" not in done.stdout + done.stderr, command
        fill.unlink()
        until(lambda: not trouble(server), "the store to be well again")
        assert send(acknowledged[-1] + 1).status_code == 200
        assert steps(server) == [*acknowledged, acknowledged[-1] + 1]
        assert witness.wrong(small_disk / "store.db") == []


def test_a_store_that_lets_nobody_write_names_that(store_path: Path, witness: Witness) -> None:
    with closing(Studio(store_path)) as studio, witness.beside():
        file = studio.store._file
        assert file is not None
        file.writer.execute("PRAGMA query_only = 1")
        from live_studio.errors import StoreReadOnly
        from live_studio.events import Key, Start

        start = Start(Key("github.com/o/r", "0" * 40, "run"), "dvclive")
        with pytest.raises(StoreReadOnly, match="read-only"):
            studio.record([start])
        assert studio.changes().value["trouble"]["kind"] == "readonly"
        file.writer.execute("PRAGMA query_only = 0")
        assert studio.record([start]) == [True]
        assert "trouble" not in studio.changes().value
    assert witness.wrong(store_path) == []


def test_doctor_and_sync_name_a_full_disk(
    store_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from live_studio.cli import main

    if not Path("/dev/full").exists():
        pytest.skip("no device here is always full")
    Studio(store_path).close()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        codes = [main(["doctor"]), main(["sync"])]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    said = capsys.readouterr()
    assert codes == [1, 1]
    assert str(store_path) in said.out
    assert str(store_path) in said.err
    assert "Traceback" not in said.out + said.err
    assert [one.remedy for one in doctor.findings() if one.what == "store"] == [None]
