"""Takes the README's pictures: `make lab`, all cells run, the training cell still running.

Run it with `.venv/bin/python -m tools.screenshots`; the pictures land in `docs/images`.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from tests.browser.lab import DASHBOARD, Lab, draws, moves, running_chromium
from tests.browser.test_quickstart import NOTEBOOK, ROOT, MadeLab
from tests.servers import own_home, until

OUT = ROOT / "docs" / "images"
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


def main() -> int:
    """Take them all."""
    OUT.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        running_chromium() as browser,
    ):
        made = MadeLab(Path(folder), own_home(Path(folder)))
        made.source = pushed(Path(folder), made.env)
        try:
            made.start()
            page = browser.new_context(viewport={"width": 1300, "height": 1080}).new_page()
            take(Lab(made, page, NOTEBOOK).open(), page)
        finally:
            made.stop()
    return 0


def pushed(folder: Path, env: dict[str, str]) -> Path:
    """A bare repository with this tree as one commit of somebody's, as a user's own would be."""
    bare, work = folder / "two-moons.git", folder / "work"
    for command in (
        ["git", "clone", "--quiet", str(ROOT), str(work)],
        ["git", "-C", str(work), "checkout", "--quiet", "--orphan", "fresh"],
        ["git", "-C", str(work), "commit", "--quiet", "-m", "Two layers, tanh"],
        ["git", "-C", str(work), "branch", "--quiet", "-M", "fresh", "main"],
        ["git", "init", "--quiet", "--bare", "-b", "main", str(bare)],
        ["git", "-C", str(work), "push", "--quiet", str(bare), "main"],
    ):
        subprocess.run(command, check=True, env=env)
    return bare


def take(lab: Lab, page: Page) -> None:
    """The same moment in both themes."""
    page.get_by_role("button", name="No", exact=True).click()
    moves(page, "dvclive-demo")
    lab.run_all()
    moves(page, "two-layers")
    card = page.locator(f"{DASHBOARD} .ls-card").first
    for name, theme in THEMES.items():
        lab.theme(theme)
        page.locator("#jupyterlab-splash").wait_for(state="detached")
        page.locator(DASHBOARD).first.evaluate("node => node.scrollIntoView({block: 'center'})")
        card.wait_for()
        draws(page, "val/acc")
        until(lambda: lab.busy(2), "the training cell to be running")
        path = OUT / f"quickstart-{name}.png"
        page.screenshot(path=path)
        slim(path)


def slim(path: Path) -> None:
    """A clone carries every version of it: 256 colours are all that a screen of ours has."""
    with Image.open(path) as picture:
        few = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


if __name__ == "__main__":
    sys.exit(main())
