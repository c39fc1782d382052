"""Two projects of one repository: the same runs, each with a view of its own, whatever is restarted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.browser.lab import DASHBOARD, WAIT, Lab, notebook, rows
from tests.repositories import Repo
from tests.servers import JUPYTER_TOKEN, Server, own_home, until

SHOW = "%load_ext live_studio\n%live_studio"
TRAIN = """
from live_studio import Live
with Live(exp_name={name!r}) as live:
    for step in range(3):
        live.log_metric("loss", {value} + step)
        live.next_step()
"""


@pytest.fixture(name="own")
def _own(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path, own_home(tmp_path)).start()
    yield server
    server.stop()


def save_view(page: Page) -> None:
    page.locator(f"{DASHBOARD} .ls-unsaved").get_by_role("button", name="Save").click()
    expect(page.locator(f"{DASHBOARD} .ls-unsaved")).to_have_count(0, timeout=WAIT)


def table(page: Page) -> list[str]:
    """The first words of each row of the table, commits and sections among them."""
    texts = page.locator(f"{DASHBOARD} .ls-row .ls-cell:first-child").all_inner_texts()
    return [text.split()[0] for text in texts if text.split()]


def test_each_shows_the_same_runs_in_its_own_view_after_restarts_of_server_and_kernel(
    own: Server, browser: Browser, tmp_path: Path
) -> None:
    source = Repo.pushed(tmp_path)
    source.git("clone", "--quiet", str(tmp_path / "remote.git"), str(own.notebooks / "repo"))
    repo = Repo(own.notebooks / "repo", source.env)
    (repo.folder / "models").mkdir()
    viewer = {"Authorization": f"token {JUPYTER_TOKEN}"}

    def project(folder: Path, name: str) -> None:
        body = {"path": str(folder), "name": name}
        made = requests.post(f"{own.url}api/projects", json=body, headers=viewer, timeout=60)
        assert made.status_code == 201, made.text

    project(repo.folder, "Whole")
    project(repo.folder / "models", "Part")
    notebook(repo.folder / "whole.ipynb", SHOW, TRAIN.format(name="shared", value=0.5))
    notebook(repo.folder / "models" / "part.ipynb", SHOW)
    context = browser.new_context(viewport={"width": 1300, "height": 1000})
    pages = {name: context.new_page() for name in ("whole", "part")}
    whole = Lab(own, pages["whole"], "repo/whole.ipynb").open()
    whole.run_all()
    until(lambda: "shared" in rows(pages["whole"]), "the run in the project of the whole")
    part = Lab(own, pages["part"], "repo/models/part.ipynb")
    part.page.goto(f"{own.root}lab/workspaces/part/tree/{part.name}?token={JUPYTER_TOKEN}")
    part.ready()
    part.run_all()
    until(lambda: "shared" in rows(pages["part"]), "the same run in the project of the part")

    # Each its own view: one is a plain list, the other has no column of the metric.
    pages["whole"].locator(DASHBOARD).get_by_role("button", name="Filter").click()
    pages["whole"].get_by_role("button", name="One list").click()
    pages["whole"].keyboard.press("Escape")
    save_view(pages["whole"])
    pages["part"].locator(DASHBOARD).get_by_role("button", name="Columns").click()
    pages["part"].get_by_role("checkbox", name="loss").click()
    pages["part"].keyboard.press("Escape")
    save_view(pages["part"])

    def stand() -> bool:
        return (
            table(pages["whole"]) == ["shared"]
            and "2.5" in str(rows(pages["whole"]).get("shared"))
            and table(pages["part"])[-2:] == [repo.head[:7], "shared"]
            and "2.5" not in str(rows(pages["part"]).get("shared"))
        )

    def tables() -> str:
        return json.dumps({name: [table(page), rows(page)] for name, page in pages.items()})

    def stands(what: str) -> None:
        try:
            until(stand, what)
        except AssertionError:
            raise AssertionError(f"{what}: {tables()}") from None

    stands("each view before anything is restarted")
    for lab in (whole, part):
        lab.save()
    port = urlsplit(own.url).port
    own.stop()
    own.port = port or 0
    own.start()
    for page in pages.values():
        page.reload()
    stands("each view after the server was restarted")

    whole.ready()
    for kernel in whole.server_json("api/kernels"):
        whole.request("POST", f"api/kernels/{kernel['id']}/restart")
    whole.run_all()
    until(lambda: own.changes()["experiments"][0]["generation"] == 2, "the run again")
    until(lambda: rows(pages["part"])["shared"]["status"].startswith("Completed"), "its end")
    stands("each view after the kernel was restarted")
    context.close()
