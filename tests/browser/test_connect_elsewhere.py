"""A kernel of another machine: another data directory, another network, and a cable to this server.

The browser reaches both. One press introduces them, and from then on the server shows what the kernel logs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import networks
from tests.browser.lab import DASHBOARD, WAIT, Lab, moves, notebook
from tests.servers import Server, own_home, until

PLACES = {False: "another data directory", True: "another network"}
"""Where networks may not be made, the name of the one test that is left says so."""
if not (NETWORKS := networks.is_permitted()):
    PLACES = {False: "another data directory (networks are not permitted here)"}

TRAIN = """
import time
from pathlib import Path
from live_studio import Live
with Live(exp_name="far away") as live:
    while not Path("enough").exists():
        live.log_metric("loss", 1 / (live.step + 1))
        live.next_step()
        time.sleep(0.02)
"""


def install(server: Server, folder: Path, enter: list[str]) -> None:
    """A kernel that knows nothing of the server it is started by, as behind a gateway."""
    home = folder / "far"
    home.mkdir()
    own = {name: value for name, value in own_home(home).items() if value.startswith(str(home))}
    forgotten = [f"--unset={name}" for name in ("LIVE_STUDIO_STORE", "LIVE_STUDIO_SERVER_FILE")]
    spec = {
        "argv": [
            *enter,
            *("env", *forgotten, *(f"{name}={value}" for name, value in own.items())),
            *(sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"),
        ],
        "display_name": "Far",
        "language": "python",
    }
    kernels = folder / "data" / "kernels" / "far"
    kernels.mkdir(parents=True)
    (kernels / "kernel.json").write_text(json.dumps(spec))


@pytest.fixture(name="far", params=PLACES, ids=PLACES.values())
def _far(request: pytest.FixtureRequest) -> Iterator[tuple[Server, networks.Network | None]]:
    with ExitStack() as stack:
        # The names of sockets must be short, and pytest's own folders are not.
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="far")))
        network = stack.enter_context(networks.apart()) if request.param else None
        # Files join Jupyter and the kernel: no port of the one is to be reached by the other.
        server = Server(
            folder,
            own_home(folder),
            "/user/me/",
            ("--KernelManager.transport=ipc",),
            ip="0.0.0.0" if network else "127.0.0.1",
        )
        install(server, folder, network.enter if network else [])
        stack.callback(lambda: hasattr(server, "process") and server.stop())
        yield server.start(), network


def seen_from(server: Server, host: str) -> str:
    """The server's root, as it is called at `host`."""
    port = server.said["url"].split(":")[2].partition("/")[0]
    return f"http://{host}:{port}{server.base}"


def test_a_kernel_elsewhere_is_connected_from_the_browser_and_stays_in_view_after_a_reload(
    far: tuple[Server, networks.Network | None], page: Page
) -> None:
    server, network = far
    name = "far.ipynb"
    address = seen_from(server, network.outside) if network else server.root
    notebook(server.notebooks / name, "%load_ext live_studio", "%live_studio", TRAIN, kernel="far")
    lab = Lab(server, page, name)
    if network:
        lab.open(seen_from(server, "127.0.0.1"))
        run(lab, 2)
        connect(page)
        page.get_by_text("Open this page by an address that it can reach").wait_for(timeout=WAIT)
        assert server.get("api/tokens").json()["tokens"] == []
    lab.open(address)
    run(lab, 2)
    connect(page)
    until(lambda: server.get("api/tokens").json()["tokens"], "the kernel's token")
    # The output that offered this is another now, whatever else is run: the server draws it.
    word = page.locator(f"{DASHBOARD} .ls-conn-word")
    until(lambda: word.all_text_contents() == ["Connected"], "the server's own view")
    lab.run_cell(2)
    row = until(lambda: server.experiment("far away"), "the run at the server")
    assert (row["status"], row["client"]) == ("running", "live_studio")
    moves(page, "far away")

    saved = server.notebooks / name
    until(lambda: server.said["store_id"] in saved.read_text(), "the output on the disk, by itself")
    page.reload()
    lab.ready()
    moves(page, "far away")
    assert [kernel["execution_state"] for kernel in lab.server_json("api/kernels")] == ["busy"]
    page.goto(f"{address}live-studio/")
    moves(page, "far away")
    (server.notebooks / "enough").touch()
    row = until(lambda: ended(server), "its end")
    assert row["status"] == "completed"
    assert row["step"] > 0
    secrets = json.dumps(json.loads((server.notebooks / name).read_text()))
    assert "lst_" not in secrets + server.log


def run(lab: Lab, cells: int) -> None:
    """Run the first cells, and wait for the dashboard that the last of them shows."""
    lab.run_first(cells)
    lab.page.locator(DASHBOARD).wait_for(timeout=WAIT)


def connect(page: Page) -> None:
    button = page.locator(DASHBOARD).get_by_role("button", name="Connect this kernel")
    expect(button).to_be_enabled(timeout=WAIT)
    button.click(timeout=WAIT)


def ended(server: Server) -> dict[str, Any] | None:
    row = server.experiment("far away")
    return row if row and row["status"] != "running" else None
