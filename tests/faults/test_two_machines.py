"""Two machines and a cable: it is pulled in the middle of a run, and put back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests import networks
from tests.faults.history import env
from tests.servers import Server, own_home, until

# Where networks may not be made, the tests are not there: nobody could run them.
CUTS = {"before the run ends": False, "until after the run has ended": True}
if not networks.is_permitted():
    CUTS = {}

TRAINS = """
import sys, time
from live_studio import Live
live = Live(exp_name=sys.argv[1])
for step in range(300):
    live.log_metrics({"loss": step / 2, "acc": -step})
    live.next_step()
    print(step, flush=True)
    if step == 100:
        input()
    time.sleep(0.005)
began = time.monotonic()
live.end()
print("ended", flush=True)
"""


@pytest.fixture(name="machines", scope="module")
def _machines(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Server, networks.Network]]:
    folder = tmp_path_factory.mktemp("server")
    with networks.apart() as network:
        server = Server(folder, own_home(folder), "/user/me/", ip="0.0.0.0")  # the cable's end
        try:
            yield server.start(), network
        finally:
            server.stop()


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_a_run_on_another_machine_arrives_once_though_the_cable_was_pulled(
    machines: tuple[Server, networks.Network], tmp_path: Path, *, cut: bool
) -> None:
    server, network = machines
    name = "cut-at-the-end" if cut else "cut-between"
    port = urlsplit(server.url).port
    url = f"http://{network.outside}:{port}{server.base}live-studio/"
    said = {
        "LIVE_STUDIO_STORE": str(tmp_path / "store.db"),
        "LIVE_STUDIO_URL": url,
        "LIVE_STUDIO_TOKEN": server.token("--name", name),
    }
    environment = env(own_home(tmp_path)) | said
    producer = subprocess.Popen(
        [*network.enter, sys.executable, "-c", TRAINS, name], env=environment, cwd=tmp_path,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert producer.stdout is not None
    assert producer.stdin is not None
    while producer.stdout.readline().strip() != "100":
        assert producer.poll() is None
    row = until(lambda: server.experiment(name), "the run")
    network.cut()
    try:
        producer.stdin.write("\n")
        producer.stdin.flush()
        # Training goes on without a network.
        while producer.stdout.readline().strip() != "299":
            assert producer.poll() is None
        if cut:
            assert producer.stdout.readline() == "ended\n"
            assert "its journal is kept" in producer.communicate(timeout=600)[1]
    finally:
        network.mend()
    if not cut:
        producer.communicate(timeout=600)
    subprocess.run(
        [*network.enter, sys.executable, "-m", "live_studio.cli", "sync"],
        env=environment, cwd=tmp_path, check=True, timeout=600,
    )  # fmt: skip

    row = until(
        lambda: (found := server.experiment(name)) and found["status"] == "completed" and found,
        "the run's end",
    )
    for path in row["series"]:
        columns = server.series(row["id"], path)
        sign = 0.5 if path.endswith("loss.tsv") else -1
        assert columns["step"] == list(range(300))
        assert columns["value"] == [sign * step for step in range(300)]
