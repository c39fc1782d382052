"""kill -9 at random calls, 200 rounds: nothing logged is missing, nothing doubled, no status wrong."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from live_studio import reading
from live_studio.drainer import Drainer
from live_studio.studio import Studio
from tests.faults.checker import check, watching
from tests.faults.history import env
from tests.servers import Server, until

ROUNDS = int(os.environ.get("LIVE_STUDIO_ROUNDS", "50"))
"""For each of the four ways; `make faults` asks for more."""


@pytest.fixture(name="workers")
def _workers(tmp_path: Path) -> Iterator[Path]:
    """Where producers write down the workers that they leave behind."""
    pids = tmp_path / "workers"
    pids.touch()
    yield pids
    for pid in pids.read_text().split():
        with suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)


def rounds(histories: Path, first: int, count: int, pace: str, workers: Path, **more: str) -> None:
    arguments = [str(histories), str(first), str(count), pace, str(workers)]
    command = [sys.executable, "-m", "tests.faults.rounds", *arguments]
    subprocess.run(command, env=env() | more, cwd=workers.parent, check=True)


def living(workers: Path) -> list[int]:
    found = []
    for pid in map(int, workers.read_text().split()):
        with suppress(ProcessLookupError):
            os.kill(pid, 0)
            found.append(pid)
    return found


@pytest.mark.parametrize("pace", ["tight", "paced"])
def test_without_a_server_the_next_look_finds_all_that_killed_producers_logged(
    studio: Studio, tmp_path: Path, workers: Path, pace: str
) -> None:
    histories, away = tmp_path / "histories", tmp_path / "away"
    away.mkdir()
    draw = random.Random(pace)
    with watching(histories, studio):
        rounds(histories, 0, ROUNDS // 2, pace, workers)
        # Some journals are found only after their experiments have run again.
        for path in studio.journals.glob("*.journal"):
            if draw.random() < 0.4:
                for part in studio.journals.glob(f"{path.stem}.*"):
                    part.rename(away / part.name)
        look(studio)
        rounds(histories, ROUNDS // 2, ROUNDS - ROUNDS // 2, pace, workers)
        for part in away.iterdir():
            part.rename(studio.journals / part.name)
        look(studio)
    assert check(histories, studio.store.path) == []
    assert not waiting(studio.journals)
    assert len(living(workers)) > 0


def waiting(journals: Path) -> list[Path]:
    """Journals with something in them: a process may die before it has written the first record."""
    found = []
    for path in journals.glob("*.journal"):
        with suppress(FileNotFoundError):
            if reading.header(path):
                found.append(path)
    return found


def look(studio: Studio) -> None:
    drainer = Drainer(studio)
    drainer.drain()
    drainer.sweep()


@pytest.mark.parametrize("pace", ["tight", "paced"])
def test_beside_a_server_all_that_killed_producers_logged_is_there_without_anybody_asking(
    server: Server, tmp_path: Path, workers: Path, pace: str
) -> None:
    histories = server.folder / "histories"
    first = {"tight": 1_000, "paced": 2_000}[pace]
    rounds(histories, first, ROUNDS, pace, workers, **server.kernel_env)
    journals = server.store.with_name(server.store.name + ".journals")
    until(lambda: not waiting(journals), "the server to carry all home")
    assert len(living(workers)) > 0
    assert check(histories, server.store) == []
