"""The view is always alive: beside a busy cell, after a reload, without a kernel, in every tab."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Open
from tests.browser.lab import DASHBOARD, SHIFTS, WAIT, charts, draws, moves, rows
from tests.servers import JUPYTER_TOKEN, Server, until

LOAD, SHOW = "%load_ext live_studio", "%live_studio"
TRAIN = """
import math, time
from live_studio import Live
with Live(exp_name="{name}", params={{"lr": 0.1}}) as live:
    for i in range({steps}):
        live.log_metrics({{"train/loss": 2 / (1 + i / 20) + math.sin(i) / 20, "val/acc": i / (i + 30)}})
        live.next_step()
        time.sleep(0.05)
"""


def train(name: str, steps: int = 1200) -> str:
    return TRAIN.format(name=name, steps=steps)


def test_row_and_charts_move_while_the_training_cell_runs(lab: Open, page: Page) -> None:
    opened = lab(LOAD, SHOW, train("moving"))
    opened.run_all()
    moves(page, "moving")
    draws(page, "train/loss")
    assert opened.busy(2)
    page.evaluate(SHIFTS)
    for _ in range(5):
        moves(page, "moving")
        draws(page, "val/acc")
    assert page.evaluate("window.__shifts ?? 0") == 0
    until(lambda: rows(page)["moving"]["marked"], "a highlight on what changed")
    assert opened.busy(2)
    box = page.locator(".ls-plot").first.bounding_box()
    drawn = page.locator(".ls-plot svg.main-svg").first.bounding_box()
    assert box is not None
    assert drawn is not None
    assert (round(drawn["width"]), round(drawn["height"])) == (
        round(box["width"]),
        round(box["height"]),
    )


def test_a_reload_in_a_busy_cell_shows_everything_at_once_and_it_moves(
    lab: Open, page: Page
) -> None:
    opened = lab(LOAD, SHOW, train("reloaded"))
    opened.run_all()
    moves(page, "reloaded")
    opened.save()
    page.reload()
    moves(page, "reloaded")
    draws(page, "train/loss")
    # The cell went on all the time: its kernel had no chance to answer the new page.
    assert rows(page)["reloaded"]["status"].startswith("Running")


def test_a_kernel_restart_leaves_the_view_complete_and_says_that_the_run_stopped(
    lab: Open, page: Page
) -> None:
    opened = lab(LOAD, SHOW, train("restarted"))
    opened.run_all()
    moves(page, "restarted")
    for kernel in opened.server_json("api/kernels"):
        opened.request("POST", f"api/kernels/{kernel['id']}/restart")
    # Jupyter interrupts a busy kernel before it restarts it, so which of the two reasons is a race.
    until(lambda: rows(page)["restarted"]["status"].startswith("Stopped"), "the row to say so")
    assert charts(page)["train/loss"] > 1


def test_without_a_kernel_the_view_is_complete_and_what_runs_elsewhere_moves(
    lab: Open, page: Page, server: Server
) -> None:
    opened = lab(LOAD, SHOW, "from live_studio import Live\nLive(exp_name='was-here').end()")
    opened.run_all()
    until(
        lambda: rows(page).get("was-here", {}).get("status", "").startswith("Completed"),
        "the run's end",
    )
    opened.save()
    opened.forget_sessions()
    token = server.token()
    project = {"repo_url": server.experiment("was-here")["repo_url"], "baseline_sha": "0" * 40}
    whole = project | {"name": "elsewhere", "client": "dvclive"}
    assert server.post(whole | {"type": "start"}, token).status_code == 200
    page.reload()
    for step in range(3):
        metrics = {"m.json": {"data": {"loss": step + 0.5}}}
        server.post(whole | {"type": "data", "step": step, "metrics": metrics}, token)
        until(
            lambda step=step: f"{step}.5" in str(rows(page).get("elsewhere")),
            "the other run to move",
        )
    assert "was-here" in rows(page)


def test_one_notebook_and_nine_pages_all_stay_live(lab: Open, page: Page, server: Server) -> None:
    opened = lab(LOAD, SHOW, train("everywhere"))
    opened.run_all()
    moves(page, "everywhere")
    project = server.changes()["projects"][0]["id"]
    pages = [page.context.new_page() for _ in range(9)]
    for number, other in enumerate(pages):
        other.goto(f"{server.url}?project={project}&tab={number}")
    for other in [page, *pages]:
        other.bring_to_front()
        moves(other, "everywhere")
    for other in pages:
        other.close()


def test_notebook_7_shows_the_same(server: Server, page: Page, lab: Open) -> None:
    opened = lab(LOAD, SHOW, train("in-notebook-7"))
    opened.forget_sessions()
    page.goto(f"{server.root}notebooks/{opened.name}?token={JUPYTER_TOKEN}")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=WAIT)
    page.wait_for_function(
        "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel"
    )
    opened.run_all()
    moves(page, "in-notebook-7")
    draws(page, "train/loss")


def test_a_kernel_with_a_store_of_its_own_is_shown_through_its_comm(lab: Open, page: Page) -> None:
    opened = lab(
        "%env LIVE_STUDIO_STORE=own.db",
        "%env LIVE_STUDIO_SERVER_FILE=",
        LOAD,
        SHOW,
        train("through-comm"),
    )
    opened.run_all()
    moves(page, "through-comm")
    draws(page, "train/loss")
    assert opened.busy(4)
    assert "Through the kernel" in (page.locator(f"{DASHBOARD} .ls-conn").text_content() or "")
    # A busy kernel answers nothing, and what it pushed is enough for most of the details.
    page.locator(f"{DASHBOARD} .ls-x-name", has_text="through-comm").click()
    details = page.get_by_role("region", name="Details of through-comm")
    expect(details).to_contain_text("while a cell runs, it answers nothing")
    expect(details.get_by_role("region", name="dvclive/params.yaml")).to_contain_text("lr0.1")


def test_an_idle_kernel_tells_of_earlier_starts_and_has_times_for_the_axis(
    lab: Open, page: Page
) -> None:
    opened = lab(
        "%env LIVE_STUDIO_STORE=twice.db",
        "%env LIVE_STUDIO_SERVER_FILE=",
        LOAD,
        SHOW,
        train("twice", 30),
        train("twice", 20),
    )
    opened.run_all()
    until(lambda: rows(page).get("twice", {}).get("status", "").startswith("Running"), "a run")
    until(lambda: not opened.busy(5), "both trainings to end", 120)
    page.locator(f"{DASHBOARD} .ls-x-name", has_text="twice").click()
    details = page.get_by_role("region", name="Details of twice")
    stored = details.get_by_role("region", name="Received").locator("dd").first
    expect(stored).to_have_text("40 points")
    starts = details.locator(".ls-start")
    expect(starts).to_have_count(2, timeout=60_000)
    starts.nth(1).click()
    expect(stored).to_have_text("60 points", timeout=60_000)
    until(lambda: max(places(page), default=0) == 29, "the chart of the earlier start")
    details.get_by_role("button", name="Close details").click()
    page.locator(f"{DASHBOARD} .ls-phead button", has_text=re.compile("^time$")).click()
    until(lambda: min(places(page), default=0) > 1e12, "points at their times")


def places(page: Page) -> list[float]:
    """Where the points of the first chart stand."""
    found: list[float] = page.evaluate(
        """() => {
            const plot = document.querySelector(".ls-pane .ls-plot");
            const data = plot?.data ?? [];
            return data.flatMap(({ x }) => [...(x ?? [])].map(Number)).filter(Number.isFinite);
        }"""
    )
    return found


def test_a_deleted_row_goes_and_undo_brings_it_back(lab: Open, page: Page, server: Server) -> None:
    opened = lab(LOAD, SHOW, "from live_studio import Live\nLive(exp_name='unwanted').end()")
    opened.run_all()
    until(lambda: "unwanted" in rows(page), "the row")
    page.get_by_label("Menu of unwanted").click(force=True)
    page.get_by_role("menuitem", name=re.compile("Delete")).click()
    until(lambda: "unwanted" not in rows(page), "the row to go")
    # The page does not wait for the server, which may be busy.
    until(lambda: server.experiment("unwanted") is None, "the deletion")
    page.get_by_role("button", name="Undo").click()
    until(lambda: "unwanted" in rows(page), "the row to come back")
    until(lambda: server.experiment("unwanted") is not None, "its restoring")


HOSTILE = [
    "<img src=x onerror=window.__xss=1>",
    "<script>window.__xss=1</script>",
    "__proto__",
    "constructor",
    "$\\href{javascript:window.__xss=1}{x}$",
]


@pytest.mark.parametrize("way", ["names", "metrics"])
def test_what_clients_call_things_is_only_ever_text(
    lab: Open, page: Page, server: Server, way: str
) -> None:
    opened = lab(LOAD, SHOW, "from live_studio import Live\nLive(exp_name='host').end()")
    opened.run_all()
    until(lambda: "host" in rows(page), "the row")
    token = server.token()
    whole = {
        "repo_url": server.experiment("host")["repo_url"],
        "baseline_sha": "0" * 40,
        "client": "x",
    }
    for number, text in enumerate(HOSTILE):
        name, metric = (text, "loss") if way == "names" else (f"n-{number}", text)
        said = {
            "type": "data",
            "name": name,
            "step": 1,
            "params": {text: {text: text}},
            "metrics": {"m.json": {"data": {metric: 0.5}}},
            "plots": {
                f"plots/metrics/{metric}.tsv": {
                    "data": [{"step": 0, metric: 1}, {"step": 1, metric: 2}]
                }
            },
        }
        assert server.post(whole | said, token).status_code == 200
    expected = HOSTILE if way == "names" else [f"n-{number}" for number in range(len(HOSTILE))]
    until(lambda: set(expected) <= set(rows(page)), "the hostile rows")
    until(lambda: charts(page), "a chart")
    assert page.evaluate("window.__xss") is None
    assert page.evaluate("Object.keys(Object.prototype)") == []


def test_the_page_says_when_the_server_is_gone_and_goes_on_when_it_is_back(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from tests.servers import own_home

    folder = tmp_path_factory.mktemp("coming-and-going")
    own = Server(folder, own_home(folder)).start()
    context = browser.new_context()
    try:
        token = own.token()
        whole = {
            "repo_url": "github.com/o/r",
            "baseline_sha": "0" * 40,
            "name": "steady",
            "client": "dvclive",
        }
        own.post(whole | {"type": "start"}, token)
        page = context.new_page()
        page.goto(f"{own.url}?token={JUPYTER_TOKEN}")
        until(lambda: "steady" in rows(page), "the row")
        port = urlsplit(own.url).port
        own.kill()
        page.get_by_text("Connection lost").wait_for(timeout=WAIT)
        assert "steady" in rows(page)
        own.port = port or 0
        own.start()
        own.post(
            whole | {"type": "data", "step": 7, "metrics": {"m.json": {"data": {"loss": 7.5}}}},
            token,
        )
        until(lambda: "7.5" in str(rows(page).get("steady")), "the page to go on")
    finally:
        context.close()
        own.stop()
