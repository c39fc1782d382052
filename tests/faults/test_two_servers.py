"""Two servers over one store while kernels and clients log, and one of them is killed."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack, closing
from pathlib import Path

from live_studio.studio import Studio
from tests.faults.checker import check, watching
from tests.faults.history import env
from tests.faults.test_kill_server import Writer
from tests.servers import Server, running, until

LOG = """
import sys, threading
from pathlib import Path
from tests.faults.history import History, Witnessed
history, name = History(Path(sys.argv[1])), sys.argv[2]
run = Witnessed(history, name, params={"lr": 0.1})
step = 0
# Until it is told that enough has happened.
told = threading.Event()
threading.Thread(target=lambda: (sys.stdin.readline(), told.set()), daemon=True).start()
while not told.wait(0.001):
    run.metrics({"loss": 1 / (step + 1), "a": float(step)})
    run.next_step()
    step += 1
run.end()
"""
SHARE = 30
"""What each client has been acknowledged before the kill, and again after it."""


def logger(server: Server, histories: Path, name: str) -> subprocess.Popen[str]:
    """A process that a server started, as kernels are."""
    return subprocess.Popen(
        [sys.executable, "-c", LOG, str(histories), name],
        env=env(server.kernel_env),
        stdin=subprocess.PIPE,
        text=True,
    )


def ended(loggers: list[subprocess.Popen[str]], writers: list[Writer]) -> None:
    """Let all of them say that they are done."""
    for one in loggers:
        one.communicate("enough\n", timeout=60)
        assert one.returncode == 0
    for writer in writers:
        writer.stopping = True
    for writer in writers:
        writer.join(60)
        assert not writer.is_alive()


def test_nothing_is_lost_or_doubled_when_one_of_two_servers_is_killed(tmp_path: Path) -> None:
    with ExitStack() as open_ones:
        first = open_ones.enter_context(running(tmp_path))
        second = open_ones.enter_context(running(tmp_path))
        studio = open_ones.enter_context(closing(Studio(second.store)))
        histories, token, both = tmp_path / "histories", first.token(), (first, second) * 2
        open_ones.enter_context(watching(histories, studio))
        loggers = [logger(one, histories, f"kernel-{n}") for n, one in enumerate(both)]
        open_ones.callback(lambda: [one.kill() for one in loggers])
        writers = [Writer(one, token, f"client-{n}", histories) for n, one in enumerate(both)]
        for writer in writers:
            writer.start()

        def progress(target: int) -> None:
            until(
                lambda: min(writer.acknowledged for writer in writers) >= target,
                "all clients to be acknowledged",
            )

        def statuses() -> list[str]:
            return [row["status"] for row in second.changes()["experiments"]]

        progress(SHARE)
        until(lambda: statuses() == ["running"] * 8, "every run to be in the table")
        first.kill()
        for writer in writers:
            writer.server = second  # where a person would look next
        progress(2 * SHARE)
        ended(loggers, writers)
        until(lambda: statuses() == ["completed"] * 8, "every run to be completed")
        assert "Traceback" not in first.log  # one log of both
    assert check(histories, second.store) == []
