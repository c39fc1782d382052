"""A run is asked to stop over HTTP, and it does: in a real kernel, beside a real server, and far away."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import requests

from live_studio.studio import Studio
from tests.faults.checker import check
from tests.faults.history import env
from tests.kernels import Kernel, kernel
from tests.servers import JUPYTER_TOKEN, Server, own_home, until

STOPPED = ("stopped", "stopped from the dashboard")
TRAINS = """
import os, time
from pathlib import Path
from tests.faults.history import History, Witnessed
history = History(Path(os.environ["HISTORIES"]))
run = Witnessed(history, {name!r})
history.promise(run.run, *{ends!r})
def train():
    step = 0
    while True:
        try:
            run.metrics({{"loss": step / 2, "acc": -step}})
            run.next_step()
        except Exception:
            print("swallowed")
        step += 1
        time.sleep(0.01)
"""
LOOPS = {"in a block": "with run.live:\n    train()", "without one": "train()"}


def ask(server: Server, experiment: str) -> requests.Response:
    """Press Stop."""
    return requests.post(
        f"{server.url}api/experiments/{experiment}/stop",
        headers={"Authorization": f"token {JUPYTER_TOKEN}"},
        timeout=30,
    )


def stops(server: Server, notebook: Kernel, name: str, loop: str, histories: Path) -> None:
    """Train in a cell until somebody asks it to stop; see what is left of it."""
    notebook.begin(TRAINS.format(name=name, ends=STOPPED) + loop)
    row = until(lambda: server.experiment(name), "the run")
    until(lambda: (server.experiment(name) or row)["step"], "a step")
    asked = ask(server, row["id"])
    assert (asked.status_code, asked.json()) == (200, {})
    until(lambda: status(server, name) == STOPPED, "the run to stop")
    # The cell has ended: the kernel runs the next one.
    until(lambda: notebook.run("pass")["status"] == "ok", "the kernel")
    # What is logged to it now does not undo it.
    assert notebook.run("run.live.log_metric('loss', 9.0)\nrun.live.end()")["status"] == "ok"
    assert status(server, name) == STOPPED
    wrong = check(histories, server.store, alive=True)
    assert [line for line in wrong if line.startswith((f"{name} (", f"{name}:"))] == []
    refused = ask(server, row["id"])
    assert (refused.status_code, refused.json()) == (
        409,
        {"detail": "It is stopped already; there is nothing to stop."},
    )


def status(server: Server, name: str) -> tuple[Any, Any]:
    row = server.experiment(name)
    assert row is not None
    return row["status"], row["detail"]


@pytest.mark.parametrize("how", LOOPS)
def test_a_cell_that_is_asked_to_stop_ends_and_so_does_its_run(
    server: Server, tmp_path: Path, how: str
) -> None:
    histories = tmp_path / "histories"
    with kernel(env(server.kernel_env) | {"HISTORIES": str(histories)}, tmp_path) as notebook:
        stops(server, notebook, f"asked {how}", LOOPS[how], histories)


def test_a_run_of_another_machine_hears_it_with_the_answer_to_its_numbers(
    server: Server, tmp_path: Path
) -> None:
    histories = tmp_path / "histories"
    far = {
        "LIVE_STUDIO_STORE": str(tmp_path / "own.db"),
        "LIVE_STUDIO_URL": server.url,
        "LIVE_STUDIO_TOKEN": server.token("--name", "far"),
        "HISTORIES": str(histories),
    }
    with kernel(env(own_home(tmp_path)) | far, tmp_path) as notebook:
        stops(server, notebook, "far", LOOPS["in a block"], histories)


def test_a_cell_beside_no_server_hears_it_from_the_store(
    studio: Studio, store_path: Path, tmp_path: Path
) -> None:
    histories = tmp_path / "histories"
    with kernel(env() | {"HISTORIES": str(histories)}, tmp_path) as notebook:
        notebook.begin(TRAINS.format(name="alone", ends=STOPPED) + LOOPS["without one"])
        (row,) = until(studio.experiments, "the run")
        studio.stop(row.id)
        until(lambda: studio.experiments()[0].status == "stopped", "the run to stop")
        assert until(lambda: notebook.run("pass")["status"] == "ok", "the kernel")
    assert check(histories, store_path) == []


def test_a_notebook_says_in_one_line_who_stopped_it(server: Server, tmp_path: Path) -> None:
    cell = (
        "from live_studio import Live\nimport time\nwith Live(exp_name='one line') as live:\n"
        "    while True:\n        live.next_step()\n        time.sleep(0.01)"
    )
    with kernel(server.kernel_env, tmp_path) as notebook:
        asked = notebook.client.execute(cell)
        row = until(lambda: server.experiment("one line"), "the run")
        assert ask(server, row["id"]).status_code == 200
        said = until(lambda: shown(notebook, asked), "what the cell shows")
    assert said["ename"] == "StopRequested"
    assert said["traceback"] == ["StopRequested: one line was stopped from the dashboard."]


def shown(notebook: Kernel, asked: str) -> dict[str, Any] | None:
    """The error that a cell shows."""
    message = notebook.client.get_iopub_msg(timeout=60)
    if message["msg_type"] != "error" or message["parent_header"]["msg_id"] != asked:
        return None
    content: dict[str, Any] = message["content"]
    return content


@pytest.mark.live_clients
def test_stock_dvclive_cannot_hear_and_it_is_said_what_to_do(
    server: Server, tmp_path: Path
) -> None:
    cell = (
        "%load_ext live_studio\nfrom dvclive import Live\n"
        "live = Live(exp_name='stock', save_dvc_exp=False)\n"
        "live.log_metric('loss', 1.0)\nlive.next_step()"
    )
    with kernel(server.kernel_env, tmp_path) as notebook:
        assert notebook.run(cell)["status"] == "ok"
        row = until(lambda: server.experiment("stock"), "the run")
        refused = ask(server, row["id"])
        assert refused.status_code == 409
        assert re.fullmatch(
            r"DVCLive cannot be asked .* mark it as stopped\.", refused.json()["detail"]
        )
        assert status(server, "stock") == ("running", None)
        assert ask(server, "987654321").status_code == 404
