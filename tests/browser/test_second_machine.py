"""A newcomer on a second machine: one block from the Tokens panel, and every wrong turn on the way.

Whatever goes wrong, a sentence names the fix where the person looks. Where the server is reached,
it is in the training's own output and in the Tokens panel. Where it is not, DVCLive has only the
words of its connection; the block that asks first has the sentence, and so has the doctor (see
`tests/server/test_trial.py`).
"""

from __future__ import annotations

import http.server
import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from live_studio.studio import Studio
from tests.browser.lab import WAIT
from tests.proxies import certificate, proxied
from tests.servers import JUPYTER_TOKEN, Server, own_home, until

pytestmark = [pytest.mark.live_clients, pytest.mark.timeout(900)]

TRAIN = """
from dvclive import Live
with Live(exp_name="{name}", save_dvc_exp=False) as live:
    for step in range(3):
        live.log_metric("loss", 1 / (step + 1))
        live.next_step()
print("trained")
"""
TRAIN_EACH = """
import json, os, sys
from dvclive import Live
for name, changed in json.load(sys.stdin).items():
    before = dict(os.environ)
    os.environ.update(changed)
    print("---", name, flush=True)
    with Live(dir=name, exp_name=name, save_dvc_exp=False) as live:
        live.log_metric("loss", 0.5)
        live.next_step()
    print("trained", flush=True)
    os.environ.clear()
    os.environ.update(before)
"""
PANEL = "make one in the dashboard's Tokens panel"
URL, TOKEN = "DVC_STUDIO_URL", "DVC_STUDIO_TOKEN"


@dataclass
class Machine:
    """Another home, in which nothing of this one is set."""

    folder: Path
    env: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        env = own_home(self.folder)
        for name in ("NO_PROXY", "no_proxy", "HTTP_PROXY", "http_proxy"):
            env.pop(name, None)
        self.env = env | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

    def shell(self, lines: str, **more: str) -> str:
        """What a person sees who pastes lines into a shell."""
        return self.sees("bash", "-c", lines, **more)

    def sees(self, *command: str, given: str = "", **more: str) -> str:
        return subprocess.run(
            command,
            env=self.env | more,
            cwd=self.folder,
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=240,
            check=False,
        ).stdout


@pytest.fixture(name="machine")
def _machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@dataclass
class Blocks:
    """What the panel offers to be copied."""

    plain: str
    asking: str
    """The same, but it asks first whether anything would arrive."""


@pytest.fixture(scope="module", name="blocks")
def _blocks(server: Server, browser: Browser) -> Iterator[Blocks]:
    """The lines that the panel offers, with a token just made."""
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    panel(server, page)
    page.get_by_role("textbox", name="Name").fill("second machine")
    page.get_by_role("button", name="Create").click()
    page.get_by_role("tab", name="DVCLive or DVC").click()
    page.get_by_label("not in a Git clone").check()
    plain = copied(page)
    page.get_by_label("Ask first").check()
    yield Blocks(plain, copied(page))
    context.close()


def copied(page: Page) -> str:
    """The lines that stand there, by way of the clipboard."""
    page.evaluate("() => navigator.clipboard.writeText('')")
    page.get_by_role("button", name="Copy these lines").click()
    return until(lambda: str(page.evaluate("() => navigator.clipboard.readText()")), "the lines")


def panel(server: Server, page: Page) -> None:
    page.goto(f"{server.url}?token={JUPYTER_TOKEN}")
    page.get_by_role("button", name="Tokens").click(timeout=WAIT)


def test_one_block_in_a_shell_is_a_run_and_the_doctor_there_is_content(
    server: Server, blocks: Blocks, machine: Machine
) -> None:
    (machine.folder / "train.py").write_text(TRAIN.format(name="first"))
    said = machine.shell(blocks.asking)
    assert said.splitlines()[0] == "Live Studio takes this token."
    assert "trained" in said
    assert "WARNING" not in said
    row = until(lambda: server.experiment("first"), "the run")
    assert row
    assert (row["status"], row["client"]) == ("completed", "dvclive")
    doctor = machine.shell(blocks.plain.replace("python train.py", "jupyter live-studio doctor"))
    assert "answers, and takes the token" in doctor
    assert "->" not in doctor, doctor


def test_an_address_without_its_slash_works_and_the_doctor_asks_for_it(
    server: Server, blocks: Blocks, machine: Machine
) -> None:
    (machine.folder / "train.py").write_text(TRAIN.format(name="no slash"))
    bare = blocks.asking.replace("live-studio/'", "live-studio'")
    assert bare != blocks.asking
    said = machine.shell(bare)
    assert "takes this token" in said
    assert "WARNING" not in said
    until(lambda: server.experiment("no slash"), "the run")
    bare = blocks.plain.replace("live-studio/'", "live-studio'")
    doctor = machine.shell(bare.replace("python train.py", "jupyter live-studio doctor"))
    assert "end it with a slash" in doctor


@dataclass
class Turn:
    """A wrong turn: what it sets, and what DVCLive then writes into the training's output."""

    env: dict[str, str]
    log: tuple[str, ...]


ANSWERED = {
    "expired": Turn({TOKEN: "{expired}"}, ("this token has expired", PANEL)),
    "revoked": Turn({TOKEN: "{revoked}"}, ("this token was revoked", PANEL)),
    "unknown": Turn({TOKEN: "{unknown}"}, ("belongs to another store", PANEL)),
    "jupyters": Turn({TOKEN: JUPYTER_TOKEN}, ("this is Jupyter's own token", PANEL)),
    "mistyped": Turn({TOKEN: "lst_abc"}, ("or it is mistyped", PANEL)),
    "another project": Turn(
        {TOKEN: "{other}"},
        ("sends experiments of github.com/some/other only", "for every project", "Tokens panel"),
    ),
    "reads only": Turn({TOKEN: "{reads}"}, ("may not send experiments", "Tokens panel")),
    "netrc": Turn({"NETRC": "{netrc}"}, ("~/.netrc has an entry for this host", "take the entry")),
    "base URL left out": Turn({URL: "{origin}/live-studio/"}, ("on with /user/me/live-studio/",)),
    "another user": Turn({URL: "{origin}/user/you/live-studio/"}, ("with /user/me/live-studio/",)),
    "a page's address": Turn(
        {URL: "{origin}/user/me/lab/tree/train.ipynb"}, ("on with /user/me/live-studio/",)
    ),
    "sent on": Turn(
        {URL: "{moved}/user/me/live-studio/"}, ("it was sent on", "set the one that it was sent to")
    ),
}
"""The server is reached, and says what to do."""
LOST = {
    "wrong host": ("http://nobody.invalid/", "resolve", "spelled as in the Tokens panel"),
    "wrong port": ("{closed}/", "refused", "is the port that of the Tokens panel"),
    "http for https": ("http://{tls}/user/me/live-studio/", "aborted", "with https://"),
    "https for http": (
        "https://{host}/user/me/live-studio/",
        "timed out",
        "where http:// is spoken",
    ),
    "unknown authority": (
        "https://{tls}/user/me/live-studio/",
        "CERTIFICATE",
        "REQUESTS_CA_BUNDLE",
    ),
    "another server": ("{stranger}/", "nothing here", "is DVC_STUDIO_URL as in the Tokens panel?"),
    "no address": ("live-studio/", "Invalid URL", "is DVC_STUDIO_URL as in the Tokens panel?"),
    "proxy": ("{own}", "proxy", "add its host to NO_PROXY"),
}
"""It is not: the words of the connection in DVCLive's line, and the fix that the asking block names."""
PATIENT = "https for http"
"""Here DVCLive waits for 30 seconds, and then says so."""


class Stranger(http.server.BaseHTTPRequestHandler):
    """Another server, or the front of ours that sends everybody on."""

    moved_to = ""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(301 if self.moved_to else 404)
        if self.moved_to:
            self.send_header("Location", self.moved_to + self.path)
        self.end_headers()
        self.wfile.write(b"" if self.moved_to else b"<html>nothing here</html>")

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@contextmanager
def stranger(moved_to: str = "") -> Iterator[str]:
    kind = type("Front", (Stranger,), {"moved_to": moved_to})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind) as served:
        thread = threading.Thread(target=served.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{served.server_port}"
        served.shutdown()
        thread.join()


@pytest.fixture(scope="module", name="things")
def _things(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What wrong turns need: tokens that open nothing, a closed port, servers of other kinds."""
    with closing(Studio(server.store)) as studio:
        tokens = studio.tokens
        expired, revoked = tokens.issue("expired", days=-1), tokens.issue("revoked")
        tokens.revoke(revoked.token.id)
        other = tokens.issue("other", repo_url="github.com/some/other")
        reads = tokens.issue("reads", scope="experiments:read")
    with closing(Studio(tmp_path_factory.mktemp("elsewhere") / "store.db")) as studio:
        unknown = studio.tokens.issue("of another store")
    origin = server.root.removesuffix("/user/me/")
    file = tmp_path_factory.mktemp("home") / "netrc"
    file.write_text("machine 127.0.0.1 login ada password geheim\n")
    file.chmod(0o600)
    made = certificate(tmp_path_factory.mktemp("tls"))
    with (
        socket.socket() as nobody,
        stranger() as other_server,
        stranger(origin) as moved,
        proxied(origin, certificate=made) as behind,
    ):
        nobody.bind(("127.0.0.1", 0))
        yield {
            "own": server.url,
            "origin": origin,
            "host": origin.partition("//")[2],
            "expired": expired.secret,
            "revoked": revoked.secret,
            "unknown": unknown.secret,
            "other": other.secret,
            "reads": reads.secret,
            "netrc": str(file),
            "closed": f"http://127.0.0.1:{nobody.getsockname()[1]}",
            "tls": behind.partition("//")[2],
            "stranger": other_server,
            "moved": moved,
        }


def lost_env(name: str, things: dict[str, str]) -> dict[str, str]:
    env = {URL: LOST[name][0].format(**things)}
    return env | ({"HTTP_PROXY": things["closed"]} if name == "proxy" else {})


@pytest.fixture(scope="module", name="logs")
def _logs(
    server: Server,
    blocks: Blocks,
    things: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, str]:
    """What one training after the other writes, each after a wrong turn, by its name."""
    turns = {
        name: {variable: value.format(**things) for variable, value in turn.env.items()}
        for name, turn in ANSWERED.items()
    } | {name: lost_env(name, things) for name in LOST if name != PATIENT}
    machine = Machine(tmp_path_factory.mktemp("second"))
    (machine.folder / "train.py").write_text(TRAIN_EACH)
    exports = blocks.plain.replace("python train.py", "exec python train.py")
    said = machine.sees("bash", "-c", exports, given=json.dumps(turns))
    assert len(server.changes()["experiments"]) <= 2
    return dict(re.findall(r"^--- (.*)\n((?:(?!---).*\n)*)", said, re.MULTILINE))


@pytest.mark.parametrize("name", [*ANSWERED, *(name for name in LOST if name != PATIENT)])
def test_dvclive_goes_on_training_and_its_log_says_what_was_wrong(
    logs: dict[str, str], name: str
) -> None:
    said = logs[name]
    assert said.endswith("trained\n"), said
    assert "Traceback" not in said
    words = ANSWERED[name].log if name in ANSWERED else LOST[name][1:2]
    assert [word for word in words if word.lower() not in said.lower()] == [], said
    assert said.count("Failed to post") == 1
    for secret in ("lst_", "geheim", JUPYTER_TOKEN):
        assert secret not in said


@pytest.mark.parametrize("name", [*LOST, "netrc", "base URL left out", "sent on"])
def test_the_block_that_asks_first_names_the_fix(
    blocks: Blocks, machine: Machine, things: dict[str, str], name: str
) -> None:
    if name in LOST:
        env, words = lost_env(name, things), LOST[name][2:]
    else:
        env = {variable: value.format(**things) for variable, value in ANSWERED[name].env.items()}
        words = ANSWERED[name].log
    exports, ask = blocks.asking.replace("python train.py", "").split("python -", 1)
    wrong = "\n".join(f"export {variable}='{value}'" for variable, value in env.items())
    said = machine.shell(f"{exports}{wrong}\npython -{ask}")
    (line,) = said.splitlines()
    assert line.startswith("! ")
    assert [word for word in words if word not in line] == [], line
    assert "lst_" not in said


@pytest.mark.parametrize("name", ["expired", "another project", "base URL left out"])
def test_the_panel_says_what_was_refused_until_something_is_let_in(
    server: Server, page: Page, things: dict[str, str], name: str
) -> None:
    turn = ANSWERED[name]
    said = {
        "repo_url": "github.com/o/r",
        "baseline_sha": "a" * 40,
        "name": "n",
        "client": "dvclive",
    }
    address = turn.env.get(URL, "{own}").format(**things)
    token = turn.env.get(TOKEN, "{expired}").format(**things)
    good = server.token("--name", f"good {name}")
    refused = requests.post(
        urljoin(address, "api/live"),
        json=said | {"type": "start"},
        headers={"Authorization": f"token {token}"},
        timeout=60,
    )
    assert refused.status_code in (401, 403, 404)
    until(lambda: turn.log[0] in str(server.get("api/tokens").json()["last_refusal"]), "its note")
    panel(server, page)
    shown = page.get_by_role("dialog").get_by_role("status").filter(has_text="Refused")
    expect(shown).to_contain_text("from 127.0.0.1", timeout=WAIT)
    for words in turn.log:
        expect(shown).to_contain_text(words)
    # All of it is seen: a sentence that is cut names no fix.
    assert shown.evaluate("p => p.scrollWidth <= p.clientWidth && p.scrollHeight <= p.clientHeight")
    assert server.post(said | {"type": "start"}, good).status_code == 200
    until(lambda: used(server, f"good {name}"), "its use to be noted")
    panel(server, page)
    expect(page.get_by_role("dialog")).to_contain_text("last request", timeout=WAIT)
    expect(shown).to_have_count(0)


def used(server: Server, name: str) -> bool:
    tokens = server.get("api/tokens").json()["tokens"]
    return any(token["name"] == name and token["last_used_at"] for token in tokens)
