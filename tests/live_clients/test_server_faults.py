"""Unmodified DVCLive while its server is away: training goes on, and what it was told is stored is there once."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.faults.checker import check
from tests.faults.history import env
from tests.servers import Server, own_home, until

pytestmark = pytest.mark.live_clients

TRAIN = """
import os, sys, time
from pathlib import Path
from dvclive import Live
from tests.faults.history import History
histories, name, steps, gates = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
last = Path(gates, f"{name}-last")
history = History(histories)
run, numbers, acknowledged = history.label(), [], 0

def invoke(what, **said):
    number = history.label()
    history.write("invoke", n=number, run=run, what=what, **said)
    return number

started = invoke("start", name=name)
live = Live(exp_name=name, save_dvc_exp=False, dir=name)
if "start" not in live._studio_events_to_skip:
    history.write("ok", n=started)
step = 0
while step < steps and not last.exists():
    numbers.append(invoke("points", step=step, values={"loss": step / 3}))
    live.log_metric("loss", step / 3)
    live.next_step()
    # What DVCLive itself takes for sent is what it was told is stored.
    live._wait_for_studio_updates_posted()
    sent = max(live._num_points_sent_to_studio.values(), default=0)
    for number in numbers[acknowledged:sent]:
        history.write("ok", n=number)
    acknowledged = max(acknowledged, sent)
    gate = Path(gates, f"{name}-{step}")
    if gate.exists():
        gate.write_text("reached")
        while gate.exists():
            time.sleep(0.01)
    step += 1
    time.sleep(float(os.environ.get("PAUSE", "0")))
invoke("end", status="completed", detail=None)
live.end()
"""


AWAY = [3.0, pytest.param(300.0, marks=[pytest.mark.faults, pytest.mark.timeout(1800)])]
"""Seconds that the server is away."""
_trainings: list[subprocess.Popen[bytes]] = []


@pytest.fixture(name="own_server")
def _own_server(tmp_path: Path) -> Iterator[Server]:
    """A server that may be killed, and comes back at the same address."""
    server = Server(tmp_path, own_home(tmp_path)).start()
    server.port = urlsplit(server.url).port or 0
    try:
        yield server
    finally:
        for training in _trainings:
            training.kill()
            training.wait()
        _trainings.clear()
        server.stop()


def train(
    server: Server, token: str, name: str, steps: int, *gates: int, pause: float = 0.0
) -> subprocess.Popen[bytes]:
    for step in gates:
        gate(server, name, step).touch()
    studio = {
        "DVC_STUDIO_URL": server.url,
        "DVC_STUDIO_TOKEN": token,
        "DVC_STUDIO_REPO_URL": "https://github.com/org/repo",
        "PAUSE": str(pause),
    }
    # Into a file: DVCLive complains at each step, and a pipe that nobody reads would stop it.
    with said(server, name).open("wb") as out:
        training = subprocess.Popen(
            [
                sys.executable,
                "-c",
                TRAIN,
                str(histories(server)),
                name,
                str(steps),
                str(server.folder),
            ],
            env=env(server.env | studio),
            cwd=server.folder,
            stderr=out,
        )
    _trainings.append(training)
    return training


def said(server: Server, name: str) -> Path:
    """What a training writes on stderr."""
    return server.folder / f"{name}.stderr"


def ended(server: Server, training: subprocess.Popen[bytes], name: str) -> None:
    """Wait for a training's own end, which must be a good one."""
    assert training.wait(600) == 0, said(server, name).read_text()


def histories(server: Server) -> Path:
    return server.folder / "histories"


def gate(server: Server, name: str, step: int) -> Path:
    return server.folder / f"{name}-{step}"


def reached(server: Server, name: str, step: int) -> None:
    until(lambda: gate(server, name, step).read_text() == "reached", f"{name} at step {step}")


def test_training_begun_while_the_server_is_away_ends_as_well(own_server: Server) -> None:
    token = own_server.token()
    own_server.kill()
    training = train(own_server, token, "alone", 10)
    ended(own_server, training, "alone")
    assert "failed" in said(own_server, "alone").read_text()
    own_server.start()
    # DVCLive sends nothing of a run whose start nobody took: this too is the truth.
    assert own_server.experiment("alone") is None
    assert check(histories(own_server), own_server.store) == []


def test_what_was_logged_while_the_server_was_away_arrives_when_it_is_back(
    own_server: Server,
) -> None:
    token = own_server.token()
    training = train(own_server, token, "patient", 30, 9, 19)
    reached(own_server, "patient", 9)
    own_server.kill()
    gate(own_server, "patient", 9).unlink()
    reached(own_server, "patient", 19)
    own_server.start()
    gate(own_server, "patient", 19).unlink()
    ended(own_server, training, "patient")
    row = own_server.experiment("patient")
    assert row is not None
    assert (row["status"], row["step"]) == ("completed", 29)
    (path,) = row["series"]
    assert own_server.series(row["id"], path)["step"] == list(range(30))
    assert check(histories(own_server), own_server.store) == []


@pytest.mark.parametrize("away", AWAY)
def test_a_server_that_is_away_in_the_middle_of_a_run_gets_all_of_it(
    own_server: Server, away: float
) -> None:
    token = own_server.token()
    training = train(own_server, token, "goes-on", 1_000_000, 9, pause=0.1)
    reached(own_server, "goes-on", 9)
    own_server.kill()
    gate(own_server, "goes-on", 9).unlink()
    back = time.monotonic() + away
    while time.monotonic() < back:
        assert training.poll() is None, "training has stopped"
        time.sleep(0.1)
    own_server.start()
    missed = int(away / 0.1) // 10
    until(lambda: ((own_server.experiment("goes-on") or {}).get("step") or 0) > missed, "the rest")
    (own_server.folder / "goes-on-last").touch()
    ended(own_server, training, "goes-on")
    row = own_server.experiment("goes-on")
    assert row is not None
    assert row["status"] == "completed"
    (path,) = row["series"]
    assert own_server.series(row["id"], path)["step"] == list(range(row["step"] + 1))
    assert check(histories(own_server), own_server.store) == []


def test_a_server_killed_again_and_again_keeps_what_it_told_dvclive_is_stored(
    own_server: Server,
) -> None:
    token, names, gates = own_server.token(), ["one", "two"], (29, 59, 89)
    trainings = [train(own_server, token, name, 90, *gates) for name in names]
    for closed in gates:
        until(
            lambda closed=closed: all(
                ((own_server.experiment(name) or {}).get("step") or -1) >= closed - 25
                for name in names
            ),
            f"most steps before {closed}",
        )
        own_server.kill()
        own_server.start()
        for name in names:
            # Without a server they run on: they wait for it here, so that it can be killed again.
            reached(own_server, name, closed)
            gate(own_server, name, closed).unlink()
    for name, training in zip(names, trainings, strict=True):
        ended(own_server, training, name)
    assert check(histories(own_server), own_server.store) == []
    for name in names:
        row = own_server.experiment(name)
        assert row is not None
        assert (row["status"], row["step"]) == ("completed", 89)
