"""Two kernels log into one store at once, and a kernel that a server restarts loses nothing."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import requests
import websocket

from live_studio.drainer import Drainer
from live_studio.studio import Studio
from tests.faults.checker import check, watching
from tests.faults.history import ROOT
from tests.kernels import kernel
from tests.servers import JUPYTER_TOKEN, Server, until

LOAD = """
import sys; sys.path.insert(0, {root!r})
from pathlib import Path
from tests.faults.history import History, Witnessed
history = History(Path({histories!r}))
"""
LOG = """
for number in range({runs}):
    run = Witnessed(history, f"{name}-{{number}}", params={{"number": number}})
    for step in range({steps}):
        run.metric("loss", 1 / (step + 1))
        run.metrics({{"a": step / 3, "b": float(-step)}})
        run.next_step()
        sum(range(3_000))
    if number % 2:
        run.end()
    else:
        history.promise(run.run, "stopped", "dropped without end()")
        del run
"""
HEADERS = {"Authorization": f"token {JUPYTER_TOKEN}"}


def test_two_kernels_write_one_store_at_once(studio: Studio, tmp_path: Path) -> None:
    histories = tmp_path / "histories"
    load = LOAD.format(root=str(ROOT), histories=str(histories))
    with watching(histories, studio), kernel() as one, kernel() as two:
        for each in (one, two):
            assert each.run(load)["status"] == "ok"
        for name, each in (("one", one), ("two", two), ("one", two), ("two", one)):
            each.begin(LOG.format(name=name, runs=4, steps=400))
        for each in (one, two):
            # Behind what was begun above.
            assert each.run("None")["status"] == "ok"
            each.begin("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
        for each in (one, two):
            until(lambda each=each: not each.manager.is_alive(), "the kernel to die")
        Drainer(studio).bury()
    assert check(histories, studio.store.path) == []
    assert len(studio.experiments()) == 8
    # Which of the two is shown is the later start's, and their numbers tell who was stored first.
    counted = studio.store.read("SELECT count(*) FROM generations GROUP BY experiment")
    assert [row[0] for row in counted] == [2] * 8


class ServersKernel:
    """A kernel that a Jupyter server has started, spoken to as a browser does."""

    def __init__(self, server: Server) -> None:
        self._api = f"{server.root}api/kernels"
        self.id = self._post("", {"name": "python3"})["id"]
        self._channels: websocket.WebSocket | None = None

    def _post(self, path: str, body: Any = None) -> Any:
        answer = requests.post(self._api + path, json=body, headers=HEADERS, timeout=60)
        assert answer.ok, answer.text
        return answer.json()

    def restart(self) -> None:
        """Press the restart button."""
        self._post(f"/{self.id}/restart")
        self.hang_up()

    def shut_down(self) -> None:
        """Choose "Shut down kernel"."""
        self.hang_up()
        requests.delete(f"{self._api}/{self.id}", headers=HEADERS, timeout=60)

    def hang_up(self) -> None:
        """Close the page."""
        if self._channels is not None:
            self._channels.close()
        self._channels = None

    def run(self, code: str) -> str:
        """Run a cell; its status."""
        if self._channels is None:
            address = f"ws{self._api.removeprefix('http')}/{self.id}/channels"
            self._channels = websocket.create_connection(
                address, timeout=60, header=[f"Authorization: token {JUPYTER_TOKEN}"]
            )
        asked = uuid.uuid4().hex
        header = {
            "msg_id": asked,
            "msg_type": "execute_request",
            "username": "",
            "session": asked,
            "version": "5.3",
        }
        content = {"code": code, "silent": False, "store_history": True, "stop_on_error": True}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        self._channels.send(json.dumps(message | {"channel": "shell", "buffers": []}))
        while True:
            said = json.loads(self._channels.recv())
            if said["parent_header"].get("msg_id") == asked and said["msg_type"] == "execute_reply":
                return str(said["content"]["status"])


def test_a_kernel_restarted_by_its_server_has_lost_nothing_and_its_run_has_stopped(
    server: Server,
) -> None:
    histories = server.folder / "histories"
    load = LOAD.format(root=str(ROOT), histories=str(histories))
    open_run = (
        "run = Witnessed(history, 'restarted')\n"
        "for step in range(3_000):\n    run.metric('loss', step / 3); run.next_step()"
    )
    kernel = ServersKernel(server)
    try:
        assert kernel.run(load + open_run) == "ok"
        kernel.restart()
        row = until(lambda: _ended(server, "restarted"), "the server to notice")
        assert row["status"] == "stopped"
        assert row["step"] == 2_999
        # The cell is not run again; another one is.
        assert kernel.run(load + open_run.replace("restarted", "another") + "\nrun.end()") == "ok"
        assert kernel.run(load + open_run.replace("restarted", "shut down")) == "ok"
    finally:
        kernel.shut_down()
    until(lambda: _ended(server, "shut down"), "the server to notice")
    assert [line for line in check(histories, server.store) if "may only be" not in line] == []
    assert (_ended(server, "another") or {})["status"] == "completed"


def _ended(server: Server, name: str) -> dict[str, Any] | None:
    row = server.experiment(name)
    return row if row and row["status"] != "running" else None
