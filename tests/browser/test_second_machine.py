"""A newcomer on a second machine: one block from the Tokens panel is a run, and the doctor there is content.

What the doctor says of each wrong turn is in `tests/server/test_trial.py`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.lab import WAIT
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


@dataclass
class Machine:
    """Another home, in which nothing of this one is set."""

    folder: Path
    env: dict[str, str]

    def shell(self, lines: str) -> str:
        """What a person sees who pastes lines into a shell."""
        done = subprocess.run(
            ["bash", "-c", lines],
            env=self.env,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        return done.stdout + done.stderr


@pytest.fixture(name="machine")
def _machine(tmp_path: Path) -> Machine:
    env = own_home(tmp_path)
    for name in ("NO_PROXY", "no_proxy", "HTTP_PROXY", "http_proxy"):
        env.pop(name, None)
    return Machine(tmp_path, env | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"})


@pytest.fixture(scope="module", name="block")
def _block(server: Server, browser: Browser) -> Iterator[str]:
    """The lines that the panel offers, with a token just made."""
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    panel(server, page)
    page.get_by_role("textbox", name="Name").fill("second machine")
    page.get_by_role("button", name="Create").click()
    page.get_by_role("tab", name="DVCLive or DVC").click()
    page.get_by_label("not in a Git clone").check()
    page.get_by_role("button", name="Copy these lines").click()
    page.get_by_text("Copied").wait_for()
    yield str(page.evaluate("() => navigator.clipboard.readText()"))
    context.close()


def panel(server: Server, page: Page) -> None:
    page.goto(f"{server.url}?token={JUPYTER_TOKEN}")
    page.get_by_role("button", name="Tokens").click(timeout=WAIT)


def test_one_block_in_a_shell_is_a_run_and_the_doctor_there_is_content(
    server: Server, block: str, machine: Machine
) -> None:
    (machine.folder / "train.py").write_text(TRAIN.format(name="first"))
    said = machine.shell(block)
    assert "trained" in said
    assert "WARNING" not in said
    row = until(lambda: server.experiment("first"), "the run")
    assert row
    assert (row["status"], row["client"]) == ("completed", "dvclive")
    doctor = machine.shell(block.replace("python train.py", "jupyter live-studio doctor"))
    assert "answers, and takes the token" in doctor
    assert "->" not in doctor, doctor


def test_an_address_without_its_slash_works_and_the_doctor_asks_for_it(
    server: Server, block: str, machine: Machine
) -> None:
    (machine.folder / "train.py").write_text(TRAIN.format(name="no slash"))
    bare = block.replace("live-studio/'", "live-studio'")
    assert bare != block
    assert "WARNING" not in machine.shell(bare)
    until(lambda: server.experiment("no slash"), "the run")
    doctor = machine.shell(bare.replace("python train.py", "jupyter live-studio doctor"))
    assert "end it with a slash" in doctor
