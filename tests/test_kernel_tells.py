"""A dashboard that comes through a kernel, with no server beside it, tells a run what a server would."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from live_studio import Live
from live_studio.studio import Studio
from tests.kernels import Kernel, kernel
from tests.servers import until

TRAINS = """
import time
from live_studio import Live
live = Live(exp_name="busy")
while True:
    live.log_metric("loss", 0.5)
    live.next_step()
    time.sleep(0.01)
"""


class Page:
    """A browser's end of a widget's comm."""

    def __init__(self, notebook: Kernel) -> None:
        """Show the dashboard, and take the comm that it opens."""
        self.client = notebook.client
        notebook.begin("import live_studio\nlive_studio.dashboard()")
        self.comm = until(self._opened, "the widget's comm")
        self.asks = 0

    def _opened(self) -> str | None:
        said = self.client.get_iopub_msg(timeout=60)
        state = said["content"].get("data", {}).get("state", {})
        is_ours = said["msg_type"] == "comm_open" and "store_id" in state
        return said["content"]["comm_id"] if is_ours else None

    def tell(self, what: str, experiment: int) -> str | None:
        """Say something to a run; what stood in the way."""
        self.asks += 1
        asked = {"type": "tell", "ask": self.asks, "what": what, "experiment": str(experiment)}
        data = {"method": "custom", "content": asked}
        said = self.client.session.msg("comm_msg", {"comm_id": self.comm, "data": data})
        self.client.shell_channel.send(said)
        told = until(self._told, "an answer")
        return told["problem"]

    def _told(self) -> dict[str, Any] | None:
        said = self.client.get_iopub_msg(timeout=60)
        told = said["content"].get("data", {}).get("content") or {}
        is_it = said["msg_type"] == "comm_msg" and told.get("ask") == self.asks
        return told if is_it else None


def test_a_run_of_another_process_is_asked_to_stop_and_says_why_it_cannot(
    studio: Studio, tmp_path: Path
) -> None:
    with kernel(cwd=tmp_path) as notebook, kernel(cwd=tmp_path) as other:
        page = Page(notebook)
        other.begin(TRAINS)
        (row,) = until(studio.experiments, "the run")
        assert page.tell("stop", row.id) is None
        until(lambda: studio.experiments()[0].status == "stopped", "the run to stop")
        assert studio.experiments()[0].detail == "stopped from the dashboard"
        assert page.tell("stop", row.id) == "It is stopped already; there is nothing to stop."
        assert page.tell("stop", row.id + 1) == "no such experiment"


def test_a_run_is_marked_as_stopped_and_the_mark_is_taken_back(
    studio: Studio, tmp_path: Path
) -> None:
    live = Live(exp_name="left open")
    with kernel(cwd=tmp_path) as notebook:
        page = Page(notebook)
        (row,) = until(studio.experiments, "the run")
        assert page.tell("mark-stopped", row.id) is None
        assert studio.experiments()[0].status == "stopped"
        assert page.tell("mark-stopped", row.id) == "It does not count as running."
        assert page.tell("unmark-stopped", row.id) is None
        assert studio.experiments()[0].status == "running"
        assert page.tell("unmark-stopped", row.id) == "It was not marked as stopped."
    live.end()
