"""A run that is sent elsewhere: complete there, in order, exactly once, whatever the network does."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from live_studio.studio import Studio
from tests.faults.checker import check
from tests.faults.history import env
from tests.faults.network import Network
from tests.servers import Server, own_home, running, until

PRODUCER = """
import sys, time
from pathlib import Path
from tests.faults.history import History, Witnessed

name, folder, steps, pause = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
PNG = b"\\x89PNG\\r\\n\\x1a\\n"
live = Witnessed(History(folder), name, params={"lr": 0.1})
print("opened", flush=True)
for step in range(steps):
    live.metrics({"train/loss": step / 2, "acc": step})
    live.metric("lonely", float(-step))
    if step % 50 == 7:
        live.image("sample.png", PNG + step.to_bytes(4, "big") * 500)
        live.params({"last": step, "long": "x" * 70_000})
    live.next_step()
    print(step, flush=True)
    time.sleep(pause)
if len(sys.argv) > 5:
    input()
began = time.monotonic()
live.end()
print("ended", time.monotonic() - began, flush=True)
"""


@dataclass
class Far:
    """A server and the machine from which runs are sent to it, which share nothing but a network."""

    server: Server
    network: Network
    home: Path
    token: str

    @property
    def histories(self) -> Path:
        return self.home / "histories"

    @property
    def url(self) -> str:
        return self.network.through(self.server.url)

    @property
    def journals(self) -> Path:
        return self.home / "store.db.journals"

    def env(self, **more: str) -> dict[str, str]:
        said = {
            "LIVE_STUDIO_STORE": str(self.home / "store.db"),
            "LIVE_STUDIO_URL": self.url,
            "LIVE_STUDIO_TOKEN": self.token,
        }
        return env(own_home(self.home)) | said | more

    def produce(
        self, name: str, steps: int = 300, pause: float = 0.002, *, waits: bool = False, **more: str
    ) -> subprocess.Popen[str]:
        arguments = [
            name,
            str(self.histories),
            str(steps),
            str(pause),
            *(["waits"] if waits else []),
        ]
        return subprocess.Popen(
            [sys.executable, "-c", PRODUCER, *arguments],
            env=self.env(**more),
            cwd=self.home,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def sync(
        self, *arguments: str, stdin: str = "", **more: str
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [
                sys.executable,
                "-W",
                "error::ResourceWarning",
                "-m",
                "live_studio.cli",
                "sync",
                *arguments,
            ],
            env=self.env(**more),
            cwd=self.home,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "ResourceWarning" not in done.stderr, "a connection was left open"
        return done

    def waiting(self) -> list[Path]:
        return list(self.journals.glob("remote-*/*.journal"))

    def revoke(self) -> None:
        with closing(Studio(self.server.store)) as studio:
            studio.tokens.revoke_secret(self.token)

    def wrong(self, name: str) -> list[str]:
        """What the histories say is wrong with a run; other tests' runs are their own business."""
        found = check(self.histories, self.server.store)
        return [line for line in found if line.startswith((f"{name} (", f"{name}:"))]

    def assert_whole(self, name: str, steps: int = 300, status: str = "completed") -> None:
        """Exactly what was logged is there, in the order in which it was."""
        assert self.wrong(name) == []
        row = self.server.experiment(name)
        assert row is not None
        assert (row["status"], row["generation"]) == (status, 1)
        for path in row["series"]:
            columns = self.server.series(row["id"], path)
            assert columns["step"] == list(range(steps))
            assert columns["time"] == sorted(columns["time"])
            sign = {"loss": 0.5, "acc": 1, "lonely": -1}[path.rpartition("/")[2][:-4]]
            assert columns["value"] == [sign * step for step in range(steps)]
        assert not self.waiting()

    def assert_no_secret(self, *texts: str) -> None:
        """The token stands nowhere on the producer's machine, and in no log."""
        held = [path.read_bytes() for path in self.home.rglob("*") if path.is_file()]
        for text in [*texts, self.server.log]:
            assert self.token not in text
        assert not any(self.token.encode() in body for body in held)


def read(producer: subprocess.Popen[str], line: str) -> None:
    """Follow what a producer prints up to a line."""
    assert producer.stdout is not None
    for read in producer.stdout:
        if read.strip() == line:
            return
    raise AssertionError(f"the producer ended before {line}")


def ended(producer: subprocess.Popen[str]) -> tuple[float, str]:
    """How long `end()` took, and what the producer said on stderr."""
    out, said = producer.communicate("\n", timeout=600)
    assert producer.returncode == 0, said
    found = re.search(r"^ended (.+)$", out, re.MULTILINE)
    assert found is not None
    return float(found[1]), said


def warnings(said: str) -> list[str]:
    return [line for line in said.splitlines() if "live_studio" in line]


@pytest.fixture(name="shared", scope="module")
def _shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("far"), "/user/me/") as server:
        yield server


@pytest.fixture(name="far")
def _far(shared: Server, tmp_path: Path) -> Iterator[Far]:
    """Each test has a producer's machine, a network and histories of its own; names are too."""
    yield from _between(shared, tmp_path)


@pytest.fixture(name="mortal")
def _mortal(tmp_path: Path) -> Iterator[Far]:
    """The same with a server that may die."""
    folder = tmp_path / "server"
    folder.mkdir()
    with running(folder, "/user/me/") as server:
        server.port = urlsplit(server.url).port or 0
        yield from _between(server, tmp_path)


def _between(server: Server, folder: Path) -> Iterator[Far]:
    network = Network(urlsplit(server.url).port or 0)
    home = folder / "producer"
    home.mkdir()
    yield Far(server, network, home, server.token("--name", folder.name[:60]))
    network.stop()


AWAY = [3.0, pytest.param(300.0, marks=[pytest.mark.faults, pytest.mark.timeout(1800)])]
"""Seconds that a server is away."""
LEAVES = 100.0
"""Seconds, ten times what `end()` may take at most; `benchmarks end` says how many it takes."""
MODES = {
    # what the producer says, and how many requests it takes until it says so
    "500": ("500", 1),
    "503": ("503", 2),
    "429": ("429", 2),
    "424": ("424", 2),
    "hub": ("answered by a login page or a hub", 1),
    "nonsense": ("does not speak HTTP", 3),
    "endless": ("does not take journals", 1),
    "reset mid-body": ("cannot be reached", 3),
    "answer lost": ("cannot be reached", 3),
    "hang": ("cannot be reached: no whole answer within 5 s", 2),
    "drip": ("cannot be reached: no whole answer within 5 s", 2),
    "302": ("redirects to /hub/login", 1),
    "307": ("redirects to elsewhere.example/x/", 1),
    "login page": ("does not take journals", 1),
}


@pytest.mark.parametrize("mode", MODES)
def test_whatever_goes_wrong_on_the_way_each_point_arrives_once(far: Far, mode: str) -> None:
    sentence, requests = MODES[mode]
    producer = far.produce(mode, waits=True)
    read(producer, "40")
    far.network.mode = mode
    until(lambda: far.network.met[mode] >= requests, "requests to meet the fault")
    read(producer, "299")
    row = far.server.experiment(mode)
    assert row is None or row["status"] == "running"
    far.network.mode = "fine"
    seconds, said = ended(producer)
    assert seconds < LEAVES
    if far.waiting():
        assert far.sync().returncode == 0
    far.assert_whole(mode)
    (line,) = warnings(said)[:1]
    assert sentence in line
    assert "kept here" in line
    far.assert_no_secret(said)


def test_a_run_that_began_before_its_server_arrives_complete(mortal: Far) -> None:
    far = mortal
    far.server.kill()
    producer = far.produce("early", waits=True)
    read(producer, "299")
    assert far.waiting()
    far.server.start()
    seconds, said = ended(producer)
    assert seconds < LEAVES
    if far.waiting():
        assert far.sync().returncode == 0
    far.assert_whole("early")
    assert len(warnings(said)) <= 2
    far.assert_no_secret(said)


def test_a_server_that_is_killed_again_and_again_loses_and_doubles_nothing(mortal: Far) -> None:
    far = mortal
    producer = far.produce("outlives", 1_000, 0.005, waits=True)
    for step in ("100", "500"):
        read(producer, step)
        far.server.kill()
        read(producer, str(int(step) + 100))
        far.server.start()
    _, said = ended(producer)
    if far.waiting():
        assert far.sync().returncode == 0
    far.assert_whole("outlives", 1_000)
    assert len([line for line in warnings(said) if "cannot be reached" in line]) <= 1


@pytest.mark.parametrize("away", AWAY)
def test_a_server_that_is_away_in_the_middle_of_a_run_gets_all_of_it(
    mortal: Far, away: float
) -> None:
    # A longer absence is logged through more slowly: the pictures say that they are as wide and
    # high as their step, and a server takes none of 100 million pixels.
    far, pause = mortal, 0.02 if away < 60 else 0.06
    steps = int(away / pause) + 600
    producer = far.produce("goes-on", steps, pause, waits=True)
    read(producer, "100")
    until(lambda: far.server.experiment("goes-on"), "the run")
    far.server.kill()
    left = time.monotonic()
    # Training goes on at its own pace meanwhile: a step a line.
    while time.monotonic() < left + away:
        assert producer.stdout is not None
        assert producer.stdout.readline().strip().isdigit(), "training has stopped"
    far.server.start()
    seconds, said = ended(producer)
    assert seconds < LEAVES
    if far.waiting():
        assert far.sync().returncode == 0
    far.assert_whole("goes-on", steps)
    assert len([line for line in warnings(said) if "cannot be reached" in line]) <= 1


def test_a_producer_that_is_killed_is_delivered_and_told_lost_by_whoever_comes_next(
    far: Far,
) -> None:
    producer = far.produce("killed", 100_000, waits=True)
    read(producer, "60")
    far.network.mode = "503"
    until(lambda: far.network.met["503"], "the fault")
    read(producer, "150")
    producer.kill()
    producer.communicate()
    assert far.waiting()
    far.network.mode = "fine"
    assert far.sync().returncode == 0
    assert far.wrong("killed") == []
    row = far.server.experiment("killed")
    assert row is not None
    assert (row["status"], row["detail"]) == ("stopped", "process died")
    assert row["step"] >= 149
    assert not far.waiting()


def test_the_next_process_that_logs_there_brings_what_the_last_one_left(far: Far) -> None:
    far.network.mode = "503"
    first = far.produce("left-behind", waits=True)
    read(first, "299")
    first.kill()
    first.communicate()
    far.network.mode = "fine"
    second = far.produce("brings-it", waits=True)
    until(lambda: (far.server.experiment("left-behind") or {}).get("status") == "stopped", "it")
    ended(second)
    assert far.wrong("left-behind") == []
    far.assert_whole("brings-it")


def test_a_token_that_ends_is_said_once_and_another_delivers_the_rest(far: Far) -> None:
    producer = far.produce("revoked", pause=0.02, waits=True)
    read(producer, "40")
    until(lambda: far.server.experiment("revoked"), "the run")
    far.revoke()
    until(lambda: far.server.post({}, far.token).status_code == 401, "the token's end")
    read(producer, "299")
    seconds, said = ended(producer)
    assert seconds < LEAVES
    (first, *rest) = warnings(said)
    assert "refuses the token" in first
    assert "token create" in first
    assert all("refuses" not in line for line in rest)
    assert far.waiting()
    refused = far.sync()
    assert refused.returncode == 1
    assert "refuses the token" in refused.stdout
    bare = far.sync(LIVE_STUDIO_TOKEN="")
    assert bare.returncode == 1
    assert "no token" in bare.stdout
    other = far.server.token("--name", "renewed")
    done = far.sync("--url", far.url, "--token-stdin", stdin=other + "\n", LIVE_STUDIO_TOKEN="")
    assert done.returncode == 0, done.stdout + done.stderr
    far.assert_whole("revoked")
    far.assert_no_secret(said, refused.stdout, refused.stderr, done.stdout, done.stderr)


def test_a_proxy_that_takes_small_bodies_only_gets_small_ones(far: Far) -> None:
    far.network.mode = "503"
    producer = far.produce("small", 900, 0, waits=True)
    read(producer, "899")
    far.network.mode = "413"
    _, said = ended(producer)
    if far.waiting():
        assert far.sync().returncode == 0
    assert far.network.met["413"] > 3
    far.assert_whole("small", 900)
    assert not [line for line in warnings(said) if "too large" in line]


def test_only_a_proxy_that_was_named_is_asked_and_no_password_file_is_read(far: Far) -> None:
    (far.home / "home").mkdir(exist_ok=True)
    netrc = far.home / "home" / ".netrc"
    netrc.write_text("machine 127.0.0.1 login ada password hunter2")
    netrc.chmod(0o600)
    nobody = {"HTTP_PROXY": "http://127.0.0.1:9/", "http_proxy": "http://127.0.0.1:9/"}
    nobody |= {"NO_PROXY": "", "no_proxy": "", "LIVE_STUDIO_URL": far.server.url}
    ended(far.produce("direct", 20, **nobody))
    assert not far.network.met
    far.assert_whole("direct", 20)
    named = {"LIVE_STUDIO_PROXY": f"http://127.0.0.1:{far.network.own_port}"}
    plain = far.server.url.replace("localhost", "127.0.0.1")
    ended(far.produce("by-proxy", 20, **nobody | named | {"LIVE_STUDIO_URL": plain}))
    assert far.network.met["fine"] >= 1
    far.assert_whole("by-proxy", 20)


def test_a_certificate_that_nobody_vouches_for_is_a_sentence(far: Far, tmp_path: Path) -> None:
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    make += ["-subj", "/CN=127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run(make, cwd=tmp_path, check=True, capture_output=True)
    far.network.encrypt(tmp_path / "cert.pem", tmp_path / "key.pem")
    url = far.url.replace("http://", "https://")
    producer = far.produce("encrypted", 20, LIVE_STUDIO_URL=url)
    _, said = ended(producer)
    assert "certificate of 127.0.0.1" in warnings(said)[0]
    assert far.server.experiment("encrypted") is None
    assert far.waiting()


SILENT = """
import time
from live_studio import Live, courier
courier.BEAT_EVERY = 0.2
live = Live(exp_name="silent")
for step in range(300):
    live.log_metrics({"train/loss": step / 2, "acc": step})
    live.next_step()
    time.sleep(0.002)
print("logged", flush=True)
input()
live.end()
"""


def test_a_run_travels_in_batches_over_one_connection_and_beats_when_it_is_silent(far: Far) -> None:
    producer = subprocess.Popen(
        [sys.executable, "-c", SILENT], env=far.env(), cwd=far.home, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    read(producer, "logged")
    whole = until(lambda: at_step(far, "silent", 299), "all steps")
    # A request a step would be twice as many.
    assert far.network.met["fine"] < 150
    heard = until(
        lambda: (
            (now := at_step(far, "silent", 299)) and now["heard_at"] > whole["heard_at"] and now
        ),
        "a beat",
    )
    assert heard["status"] == "running"
    assert heard["series"] == whole["series"]
    producer.communicate("\n", timeout=600)
    assert producer.returncode == 0
    assert far.network.connections == 1


def at_step(far: Far, name: str, step: int) -> dict[str, Any] | None:
    """A run's row, once it stands there."""
    row = far.server.experiment(name)
    return row if row and row["step"] == step else None


@pytest.mark.parametrize("mode", ["hang", "drip", "503", "refused"])
def test_the_end_returns_whatever_the_server_does_and_sync_brings_the_rest(
    far: Far, mode: str
) -> None:
    producer = far.produce(f"ends-{mode}", waits=True)
    read(producer, "40")
    until(lambda: far.server.experiment(f"ends-{mode}"), "the run")
    far.network.breaks(mode)
    read(producer, "299")
    seconds, said = ended(producer)
    assert seconds < LEAVES
    assert "its journal is kept" in said
    assert far.waiting()
    far.network.breaks("fine")
    assert far.sync().returncode == 0
    far.assert_whole(f"ends-{mode}")
