"""The first five minutes: `make lab`, look, run all, look, save."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.lab import DASHBOARD, WAIT, Lab, draws, moves, rows
from tests.servers import JUPYTER_TOKEN, Server, own_home, until

ROOT = Path(__file__).resolve().parent.parent.parent
NOTEBOOK = "examples/notebooks/quickstart.ipynb"
SAVED_MOST = 200_000


class MadeLab(Server):
    """What `make lab` starts, in a clone and a home of its own."""

    source = ROOT

    @property
    def notebooks(self) -> Path:
        return self.folder / "clone"

    def start(self) -> MadeLab:
        subprocess.run(
            ["git", "clone", "--quiet", str(self.source), str(self.notebooks)], check=True
        )
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "examples/lab.py", "--no-browser", "--port=0"),
                    *(f"--IdentityProvider.token={JUPYTER_TOKEN}", "--expose-app-in-browser"),
                ],
                cwd=self.notebooks,
                env=self.env | {"DEMO_PAUSE": "0.2"},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until(
            lambda: self.process.poll() is not None or "sends its numbers to" in self.log,
            "the demo",
            300,
        )
        assert self.process.poll() is None, self.log
        (said,) = (self.folder / "runtime").glob("live_studio-*.json")
        self.said = json.loads(said.read_text())
        return self


@pytest.fixture(name="made")
def _made(tmp_path: Path) -> Iterator[MadeLab]:
    made = MadeLab(tmp_path, own_home(tmp_path))
    try:
        yield made.start()
    finally:
        if hasattr(made, "process"):
            made.stop()


@pytest.mark.timeout(1200)  # it builds everything anew, beside other tests
def test_make_lab_then_run_all_then_save(made: MadeLab, page: Page) -> None:
    lab = Lab(made, page, NOTEBOOK).open()
    # Before anything is run, the run that was started beside JupyterLab moves.
    moves(page, "dvclive-demo", WAIT / 1000)
    assert all("*" not in text for text in page.locator(".jp-InputPrompt").all_text_contents())
    assert page.locator(DASHBOARD).first.get_by_text("Detached").count() == 0
    lab.run_all()
    moves(page, "two-layers")
    moves(page, "dvclive-demo")
    # Only charts that can be seen are drawn, and running all cells scrolls to the last.
    page.locator(f"{DASHBOARD} .ls-card").first.scroll_into_view_if_needed()
    draws(page, "train/loss")
    training = page.locator(".jp-CodeCell").nth(2).locator(".jp-InputPrompt").first
    assert "*" in (training.text_content() or "")
    # Both hang under the commit that the clone stands at, and none is detached.
    assert page.locator(f"{DASHBOARD}").first.get_by_text("Detached").count() == 0
    until(lambda: rows(page)["two-layers"]["status"].startswith("Completed"), "the training to end")
    until(lambda: not any(map(lab.busy, range(5))), "the last cell")
    lab.save()
    saved = (made.notebooks / NOTEBOOK).read_text()
    assert len(saved.encode()) < SAVED_MOST
    assert "Saved snapshot" in saved
    assert "plotly" not in saved.lower()
    assert not re.search(r"lst_[0-9A-Za-z]{8}", saved)
    assert JUPYTER_TOKEN not in saved
    assert str(made.folder) not in saved
