"""The table in JupyterLab, as a person works with it: and what was arranged outlives server, kernel and page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from live_studio.git.here import local_url
from tests.browser.lab import DASHBOARD, Lab, notebook
from tests.browser.looks import HOT, LIVES, calm, highlighted
from tests.browser.test_table import button, column_menu, head, names, row_menu
from tests.servers import Server, running, until

FIRST = "from live_studio import Live\nLive(exp_name={name!r}).end()"
PATIENCE = 300.0
RUNS = {"slow": (0.7, 0.1), "best": (0.9, 0.2), "worst": (0.5, 0.3)}


class Work:
    """A notebook with the dashboard, a server that may be started again, and a producer."""

    def __init__(self, server: Server, page: Page, name: str, **more: tuple[float, float]) -> None:
        self.server, self.page = server, page
        # A name of its own: the tests of this file share a server.
        self.first = f"first of {name}"
        cells = ("%load_ext live_studio", "%live_studio", FIRST.format(name=self.first))
        notebook(server.notebooks / name, *cells)
        self.lab = Lab(server, page, name).open()
        self.lab.run_all()
        self.table = page.locator(DASHBOARD)
        made = until(lambda: server.experiment(self.first), "the notebook's project", PATIENCE)
        self.repo, self.token = made["repo_url"], server.token("--name", "producer")
        for run, (acc, lr) in (RUNS | more).items():
            self.post(run, type="start", params={"params.yaml": {"lr": lr, "model": "x"}})
            self.log(run, acc)

    def post(self, name: str, **said: object) -> None:
        who = {"repo_url": self.repo, "baseline_sha": "0" * 40, "name": name, "client": "dvclive"}
        assert self.server.post(who | said, self.token).status_code == 200

    def log(self, name: str, acc: float, step: int = 0) -> None:
        self.post(name, type="data", step=step, metrics={"m.json": {"data": {"acc": acc}}})

    def shows(self, *wanted: str) -> None:
        until(
            lambda: [one for one in names(self.page) if one != self.first] == list(wanted),
            f"the rows {wanted}, not {names(self.page)}",
            PATIENCE,
        )


@pytest.fixture(scope="module", name="own")
def _own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("own"), "/user/me/") as server:
        yield server


@pytest.fixture(name="work")
def _work(own: Server, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Work]:
    """In a folder of its own, and so in a project of its own."""
    folder = own.notebooks / request.node.name
    folder.mkdir()
    context = browser.new_context(viewport={"width": 1300, "height": 1000})
    yield Work(own, context.new_page(), f"{folder.name}/work.ipynb")
    context.close()


def test_sort_filter_columns_goals_and_differences_work_in_the_notebook(work: Work) -> None:
    table, page = work.table, work.page
    work.shows("worst", "best", "slow")
    head(table, "acc").click()
    work.shows("worst", "slow", "best")
    head(table, "acc").click()
    work.shows("best", "slow", "worst")
    button(table, "Filter").click()
    button(table, "Add filter").click()
    table.get_by_label("Value").fill("0.7")
    work.shows("best", "slow")
    page.keyboard.press("Escape")
    table.locator(".ls-chip").get_by_role("button", name="Remove").click()
    work.shows("best", "slow", "worst")
    column_menu(table, "model", "Hide column")
    expect(head(table, "model")).to_have_count(0)
    button(table, "Columns").click()
    button(table, "Reset").click()
    expect(head(table, "model")).to_have_count(1)
    page.keyboard.press("Escape")
    column_menu(table, "acc", "Higher is better")
    row_menu(table, "slow", "Set as baseline")
    button(table, "Delta").click()
    best = table.locator(".ls-x").filter(has_text="best").locator(".ls-num").first
    expect(best).to_have_text("+0.2000best")


def test_exactly_the_changed_cells_are_marked_in_table_and_comparison(work: Work) -> None:
    work.shows("worst", "best", "slow")
    for name in RUNS:
        box = work.table.get_by_role("checkbox", name=f"Plot {name}")
        if box.get_attribute("aria-checked") == "false":
            box.click()
    button(work.table, "Compare").click()
    work.table.get_by_role("region", name="Compare").wait_for()
    calm(work.page)
    work.page.evaluate(LIVES)
    work.log("slow", 0.75, step=1)
    until(lambda: work.page.evaluate(HOT), "a highlight")
    assert highlighted(work.page) == ["0.7500", "0.7500"]


def test_the_keys_are_the_tables_and_no_letter_reaches_the_notebook(work: Work) -> None:
    work.shows("worst", "best", "slow")
    cells = work.page.locator(".jp-Notebook .jp-Cell").count()
    grid = work.table.get_by_role("treegrid")
    grid.focus()
    for key in ("End", "ArrowUp", "b", "d", "d", "x", "a", "y", "m"):
        work.page.keyboard.press(key)
    expect(work.page.get_by_role("menu")).to_be_visible()
    # Until it has the keys, Escape is the table's, and leaves that.
    within = "() => document.activeElement?.closest('[role=menu]') !== null"
    until(lambda: work.page.evaluate(within), "the menu to have the focus")
    work.page.keyboard.press("Escape")
    expect(grid).to_be_focused()
    assert work.page.locator(".jp-Notebook .jp-Cell").count() == cells
    # What is the notebook's stays the notebook's.
    work.page.keyboard.press("Control+s")
    until(lambda: "live-studio" in work.lab.save().__str__(), "the saved notebook")


def test_the_page_owns_the_wheel_until_somebody_goes_into_the_table(work: Work) -> None:
    for number in range(30):
        work.log(f"more-{number:02}", 0.1)
    grid = work.table.get_by_role("treegrid")
    until(lambda: grid.get_attribute("data-cut") is not None, "more rows than room")
    box = grid.bounding_box()
    assert box is not None
    middle = (box["x"] + 400, box["y"] + 120)
    work.page.mouse.move(*middle)
    scrolled = "el => el.scrollTop"
    work.page.mouse.wheel(0, 60)
    work.page.mouse.wheel(0, 60)
    assert grid.evaluate(scrolled) == 0
    grid.evaluate("el => el.scrollIntoView({block: 'center'})")
    box = grid.bounding_box()
    assert box is not None
    work.page.mouse.click(box["x"] + 400, box["y"] + 120)
    work.page.mouse.wheel(0, 60)
    until(lambda: grid.evaluate(scrolled) > 0, "the table to scroll")
    before = grid.evaluate(scrolled)
    work.page.keyboard.press("Escape")
    work.page.mouse.wheel(0, 60)
    assert grid.evaluate("el => getComputedStyle(el).overflowY") == "hidden"
    assert grid.evaluate(scrolled) == before


def test_a_saved_view_outlives_page_kernel_and_server(work: Work) -> None:
    work.shows("worst", "best", "slow")
    head(work.table, "acc").click()
    column_menu(work.table, "model", "Hide column")
    column_menu(work.table, "acc", "Higher is better")
    row_menu(work.table, "slow", "Set as baseline")
    button(work.table, "Delta").click()
    work.table.get_by_role("button", name="Save", exact=True).click()
    expect(work.table.get_by_text("View not saved")).to_have_count(0)
    work.lab.save()
    for kernel in work.lab.server_json("api/kernels"):
        work.lab.request("POST", f"api/kernels/{kernel['id']}/restart")
    server = work.server
    port = urlsplit(server.url).port
    server.kill()
    server.port = port or 0
    server.start()
    work.page.reload()
    work.shows("worst", "slow", "best")
    expect(head(work.table, "model")).to_have_count(0)
    expect(work.table.locator(".ls-foot")).to_contain_text("difference from slow")
    best = work.table.locator(".ls-x").filter(has_text="best").locator(".ls-num").first
    expect(best).to_have_text("+0.2000best")


def test_a_folder_without_a_run_goes_over_to_its_own_as_soon_as_there_is_one(
    own: Server, browser: Browser, request: pytest.FixtureRequest
) -> None:
    token = own.token("--name", "two folders")

    def logs(name: str, repo_url: str) -> None:
        who = {"repo_url": repo_url, "baseline_sha": "0" * 40, "name": name, "client": "dvclive"}
        for said in ({"type": "start"}, {"type": "data", "step": 0}):
            assert own.post(who | said, token).status_code == 200

    logs("busy", "github.com/o/busy")
    folder = own.notebooks / request.node.name
    folder.mkdir()
    notebook(folder / "work.ipynb", "%load_ext live_studio", "%live_studio")
    with closing(browser.new_context()) as context:
        page = context.new_page()
        Lab(own, page, f"{folder.name}/work.ipynb").open().run_all()
        until(lambda: names(page) == ["busy"], "the run of the other", PATIENCE)
        logs("mine", local_url(folder))
        logs("busy", "github.com/o/busy")
        until(lambda: names(page) == ["mine"], "its own run", PATIENCE)
