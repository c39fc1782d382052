"""What a cell's end says about the runs of unmodified DVCLive in it, in a real kernel beside a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.kernels import Kernel, kernel
from tests.servers import Server, until

pytestmark = pytest.mark.live_clients

LOAD = "%load_ext live_studio\nfrom dvclive import Live"
OPEN = "live = Live(exp_name={name!r}, save_dvc_exp=False)\nlive.log_metric('loss', 1.0); live.next_step()"
BLOCK = """
with Live(exp_name={name!r}, save_dvc_exp=False) as live:
    live.log_metric("loss", 1.0)
    live.next_step()
    {then}
"""


@pytest.fixture(name="cell")
def _cell(server: Server, tmp_path: Path) -> Iterator[Kernel]:
    with kernel(server.kernel_env, tmp_path) as running:
        assert running.run(LOAD)["status"] == "ok"
        yield running


def becomes(server: Server, name: str, status: str, detail: str | None = None) -> dict[str, Any]:
    def stands() -> dict[str, Any] | None:
        row = server.experiment(name)
        return row if row and (row["status"], row["detail"]) == (status, detail) else None

    try:
        return until(stands, f"{status}, {detail}")  # type: ignore[return-value]
    except AssertionError as error:
        raise AssertionError(f"{error}; it is {server.experiment(name)}") from None


def has_data(server: Server, name: str, step: int) -> bool:
    row = server.experiment(name)
    return bool(row and row["step"] == step)


def test_an_exception_that_leaves_dvclives_block_fails_the_run_though_dvclive_says_done(
    server: Server, cell: Kernel
) -> None:
    cell.run(BLOCK.format(name="block", then="raise ValueError('no')"))
    row = becomes(server, "block", "failed", "ValueError")
    assert row["error"]["text"] == "no"
    assert row["error"]["cell"] == 2
    assert "raise ValueError" in row["error"]["traceback"]


def test_an_interrupt_in_dvclives_block_stops_the_run(server: Server, cell: Kernel) -> None:
    cell.begin(
        BLOCK.format(name="interrupted", then="import time\n    while True: time.sleep(0.01)")
    )
    until(lambda: has_data(server, "interrupted", 0), "the data")
    cell.interrupt()
    becomes(server, "interrupted", "stopped", "interrupted")


def test_a_cell_that_raises_after_logging_fails_an_open_run_until_more_is_logged(
    server: Server, cell: Kernel
) -> None:
    cell.run(OPEN.format(name="open"))
    cell.run("live.log_metric('loss', 2.0); live.next_step()\n1 / 0")
    becomes(server, "open", "failed", "ZeroDivisionError")
    # What was logged before the error arrives after it, and undoes nothing.
    until(lambda: has_data(server, "open", 1), "what was logged before")
    becomes(server, "open", "failed", "ZeroDivisionError")
    cell.run("live.log_metric('loss', 3.0); live.next_step()")
    row = becomes(server, "open", "running")
    assert (row["error"], row["ended_at"]) == (None, None)
    cell.run("live.end()")
    becomes(server, "open", "completed")


def test_a_typo_in_another_cell_fails_no_run_of_dvclive(server: Server, cell: Kernel) -> None:
    cell.run(BLOCK.format(name="finished", then="pass"))
    cell.run(OPEN.format(name="going"))
    # At once, while what the cell before has logged is still on its way.
    assert cell.run("lvie.end()")["status"] == "error"
    assert cell.run("live.log_metric('loss', [")["status"] == "error"
    until(lambda: has_data(server, "going", 0), "the data")
    assert cell.run("1 / 0")["status"] == "error"
    # Before anything is logged that would undo a guess; a cell's reply comes after its guesses.
    for name, status in (("going", "running"), ("finished", "completed")):
        assert (server.experiment(name) or {})["status"] == status
    cell.run("live.log_metric('loss', 0.5); live.next_step()")
    until(lambda: has_data(server, "going", 1), "the step")
    becomes(server, "going", "running")
    becomes(server, "finished", "completed")


def test_a_run_that_the_raising_cell_opened_and_left_open_fails(
    server: Server, cell: Kernel
) -> None:
    cell.run(OPEN.format(name="left") + "\n1 / 0")
    becomes(server, "left", "failed", "ZeroDivisionError")


def test_a_kernel_that_dies_stops_what_dvclive_left_open_in_it(
    server: Server, cell: Kernel
) -> None:
    cell.run(OPEN.format(name="orphan"))
    until(lambda: has_data(server, "orphan", 0), "the data")
    cell.begin("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    becomes(server, "orphan", "stopped", "process died")


def test_each_kernel_has_a_token_of_its_own_that_ends_with_it(
    server: Server, tmp_path: Path
) -> None:
    say = "%load_ext live_studio\nimport os\nopen({path!r}, 'w').write(os.environ['DVC_STUDIO_TOKEN'])"
    tokens = []
    for number in range(2):
        path = tmp_path / f"token-{number}"
        with kernel(server.kernel_env, tmp_path) as running:
            assert running.run(say.format(path=str(path)))["status"] == "ok"
            tokens.append(path.read_text())
            assert server.post(START, tokens[-1]).status_code == 200
            # Loaded again, it stays the same.
            running.run("%reload_ext live_studio\n" + say.format(path=str(path)))
            assert path.read_text() == tokens[-1]
        # A token that was just used is trusted for up to a second.
        ended = tokens[-1]
        until(lambda ended=ended: server.post(START, ended).status_code == 401, "the revocation")
    assert len({*tokens, server.said["token"]}) == 3
    assert server.post(START, server.said["token"]).status_code == 200


START: dict[str, Any] = {
    "type": "start",
    "repo_url": "github.com/o/r",
    "baseline_sha": "1" * 40,
    "name": "by-token",
    "client": "dvclive",
}
