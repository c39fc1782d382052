"""The cases of the catalogue about what is on screen: each is named here with the tests that prove it."""

from __future__ import annotations

import importlib
import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from playwright.sync_api import Browser, CDPSession, Page, expect

from live_studio.events import Data, Done, Key, Point, Start
from live_studio.studio import Studio
from tests.browser.charts import drawn, open_page, options, running
from tests.browser.conftest import Open
from tests.browser.lab import WAIT, Lab, charts, rows
from tests.browser.looks import looked_at
from tests.servers import JUPYTER_TOKEN, Server, until

CASES = json.loads((Path(__file__).parents[1] / "fixtures" / "bad_inputs.json").read_text())
SHOW = "%live_studio"
HERE = "test_widget_group:"
PROOFS = {
    "WID-001": (f"{HERE}test_ten_thousand_runs_stand_in_few_rows_wherever_one_scrolls",),
    "WID-005": (
        f"{HERE}test_a_hundred_updates_a_second_are_few_frames_and_little_work",
        f"{HERE}test_a_hundred_updates_a_second_are_few_messages_of_a_kernel",
    ),
    "WID-002": ("test_widget_group:test_five_thousand_columns_stand_in_few_cells",),
    "WID-006": ("test_widget_group:test_odd_names_are_one_row_each_in_their_order",),
    "WID-008": ("test_widget_group:test_a_nested_and_a_flat_metric_of_one_path_are_two_columns",),
    "WID-017": ("test_widget_group:test_a_saved_notebook_is_readable_as_a_page_without_scripts",),
    "WID-022": ("test_widget_group:test_dark_narrow_and_enlarged_cuts_nothing",),
    "WID-003": ("test_spikes:test_every_spike_of_a_million_points_is_drawn_at_every_zoom",),
    "WID-012": (
        "test_widget_group:test_a_chart_of_odd_numbers_has_its_axes_and_says_what_it_left_out",
    ),
    "WID-013": ("test_widget_group:test_a_log_scale_counts_what_it_cannot_draw",),
    "WID-014": (
        "test_alive:test_a_kernel_restart_leaves_the_view_complete_and_says_that_the_run_stopped",
    ),
    "WID-016": (
        "test_live_charts:test_a_time_offline_is_made_up_for_on_a_page",
        "test_live_charts:test_a_time_offline_is_made_up_for_in_a_notebook",
    ),
    "WID-019": ("test_widget_group:test_a_crafted_notebook_that_nobody_trusts_runs_nothing",),
    "WID-023": (
        "test_alive:test_row_and_charts_move_while_the_training_cell_runs",
        "test_alive:test_notebook_7_shows_the_same",
        "test_alive:test_a_kernel_with_a_store_of_its_own_is_shown_through_its_comm",
        "test_alive:test_without_a_kernel_the_view_is_complete_and_what_runs_elsewhere_moves",
    ),
}
DIFFERENT = {
    "WID-001": "how long it takes, and frames while scrolling, are measured in `benchmarks/table.py`",
    "WID-005": "frames of the stream are 20 a second at most; a kernel's messages 10, and 2 with points",
    "WID-014": "the view needs no kernel: it says within seconds which runs stopped with it, and goes on",
    "WID-016": "cut for as long as it takes to log much: nothing depends on how long it was",
    "WID-023": "VS Code and Colab are hosts without our server, and so is a kernel with its own store",
}


def test_each_case_of_the_group_is_proven_by_a_test_that_exists() -> None:
    group = {case["id"] for case in CASES if case["group"] == "WID"}
    assert group == set(PROOFS)
    assert set(DIFFERENT) <= group
    for proofs in PROOFS.values():
        for proof in proofs:
            module, _, test = proof.partition(":")
            assert callable(getattr(importlib.import_module(f"tests.browser.{module}"), test))


@pytest.fixture(name="store")
def _store(server: Server) -> Iterator[Studio]:
    studio = Studio(server.store)
    yield studio
    studio.close()


def repo(request: pytest.FixtureRequest) -> str:
    """A repository of the test's own, and so a project of its own."""
    return f"github.com/widgets/{request.node.name[:40].strip('_')}"


def logged(store: Studio, repo_url: str, name: str, **series: list[float]) -> None:
    """A run with the points of each metric."""
    key = Key(repo_url, "c" * 40, name)
    points = {
        f"dvclive/plots/metrics/{metric}.tsv": [
            Point(step, value) for step, value in enumerate(values)
        ]
        for metric, values in series.items()
    }
    metrics = {"m.json": {metric: values[-1] for metric, values in series.items()}}
    store.record([Start(key, "dvclive"), Data(key, "dvclive", 1, metrics=metrics, points=points)])
    store.record([Done(key, "dvclive")])


def open_project(page: Page, server: Server, store: Studio, repo_url: str) -> None:
    """The page with that project, whatever else is in the store."""
    project = until(lambda: store.project_of(repo_url), "the project")
    page.goto(f"{server.url}?token={JUPYTER_TOKEN}#project={project}")


# charts


def test_a_chart_of_odd_numbers_has_its_axes_and_says_what_it_left_out(
    server: Server, store: Studio, page: Page, request: pytest.FixtureRequest
) -> None:
    nan = float("nan")
    logged(store, repo(request), "odd", nothing=[nan] * 30, single=[4.5], same=[2.5] * 30)
    open_page(page, server, store.project_of(repo(request)) or "")
    until(lambda: len(charts(page)) == 3, "three charts")
    for metric in ("nothing", "single", "same"):
        card = page.locator(f'.ls-card[aria-label="{metric}"]')
        expect(card.locator(".xtick text").first).to_be_attached(timeout=WAIT)
        expect(card.locator(".ytick text").first).to_be_attached(timeout=WAIT)
        range_ = drawn(page, metric).range
        assert range_[0] < range_[1]
    nothing = page.locator('.ls-card[aria-label="nothing"]')
    expect(nothing.locator(".ls-plot")).to_contain_text("NaN ×30")
    assert drawn(page, "single", "ls-").shows(0, 4.5)
    assert drawn(page, "same").shows(0, 2.5)
    assert drawn(page, "same").shows(29, 2.5)
    assert page.locator(".ls-card").get_by_text("could not").count() == 0


def test_a_log_scale_counts_what_it_cannot_draw(
    server: Server, store: Studio, page: Page, request: pytest.FixtureRequest
) -> None:
    logged(store, repo(request), "signs", loss=[10.0, 1.0, 0.0, -2.0, -0.0, 5.0])
    open_page(page, server, store.project_of(repo(request)) or "")
    card = page.locator('.ls-card[aria-label="loss"]')
    plot = card.locator(".ls-plot")
    assert "≤ 0" not in (plot.text_content() or "")
    card.hover()
    card.locator(".ls-tools").get_by_text("log").click()
    until(lambda: [uid for uid in options(page, "loss") if "mark-below" in uid], "the mark")
    expect(plot).to_contain_text("≤ 0 ×3")
    page.mouse.move(0, 0)
    card.hover()
    card.locator(".ls-tools").get_by_text("log").click()
    expect(plot).not_to_contain_text("≤ 0")
    until(lambda: drawn(page, "loss").shows(3, -2.0), "the negative one")


# many, odd and small


def test_ten_thousand_runs_stand_in_few_rows_wherever_one_scrolls(
    server: Server, store: Studio, page: Page, request: pytest.FixtureRequest
) -> None:
    keys = [Key(repo(request), "c" * 40, f"run-{number:05}") for number in range(10_000)]
    for at in range(0, len(keys), 1000):
        part = keys[at : at + 1000]
        store.record([Data(key, "dvclive", 1, metrics={"m.json": {"loss": 0.5}}) for key in part])
    store.record([Done(key, "dvclive") for key in keys])
    open_project(page, server, store, repo(request))
    expect(page.locator(".ls-foot")).to_contain_text("10,000 experiments", timeout=10 * WAIT)
    shown = page.locator(".ls-x")
    grid = page.locator("[role=treegrid]")
    assert int(grid.get_attribute("aria-rowcount") or 0) >= 10_000
    grid.hover()
    names, top = set(), shown.first.locator(".ls-x-name")
    for _ in range(12):
        assert 10 < shown.count() < 200
        names.add(top.text_content())
        page.mouse.wheel(0, 5_000)
        until(lambda: top.text_content() not in names, "other rows to stand there")
    grid.focus()
    page.keyboard.press("Control+End")
    expect(page.locator(".ls-x", has_text="run-00000")).to_be_visible(timeout=WAIT)
    assert 10 < shown.count() < 200


UPDATES = 500
FAST = f"""
import sys, time
from live_studio import Live
with Live(exp_name="fast") as live:
    live.log_metric("loss", 0.0)
    sys.stdin.readline()
    begun = time.perf_counter()
    for step in range(1, {UPDATES} + 1):
        live.step = step
        live.log_metric("loss", step / 7)
        time.sleep(max(0.0, begun + step / 100 - time.perf_counter()))
"""


def test_a_hundred_updates_a_second_are_few_frames_and_little_work(
    server: Server, store: Studio, page: Page
) -> None:
    frames: list[int] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda _: frames.append(1)))
    with running(server, FAST) as training:
        (repo_url,) = until(
            lambda: [row.repo_url for row in store.experiments() if row.name == "fast"], "the run"
        )
        open_project(page, server, store, repo_url)
        page.wait_for_selector(".ls-card .ls-plot .main-svg", timeout=WAIT)
        work = page.context.new_cdp_session(page)
        work.send("Performance.enable", {"timeDomain": "threadTicks"})
        before, worked, begun = len(frames), busy(work), time.monotonic()
        assert training.stdin
        training.stdin.write(b"\n")
        training.stdin.flush()
        until(lambda: "Completed" in str(rows(page).get("fast")), "its end")
        took, worked = time.monotonic() - begun, busy(work) - worked
    assert str(UPDATES) in rows(page)["fast"]["cells"]
    assert 5 < len(frames) - before < 20 * took + 5
    assert worked < took / 2, "processor time of the page's thread"


def busy(work: CDPSession) -> float:
    """Seconds that the page's thread has worked so far, whatever else runs on this machine."""
    said = work.send("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in said if one["name"] == "TaskDuration"))


def test_a_hundred_updates_a_second_are_few_messages_of_a_kernel(lab: Open, page: Page) -> None:
    heard: Counter[bytes] = Counter()

    def hear(frame: str | bytes) -> None:
        said = frame if isinstance(frame, bytes) else frame.encode()
        heard.update(re.findall(rb'"content":\{"type":"(changes|series)"', said))

    page.on("websocket", lambda socket: socket.on("framereceived", hear))
    loop = FAST.replace("sys.stdin.readline()", "time.sleep(0)").replace("fast", "in-kernel")
    opened = lab(
        *("%env LIVE_STUDIO_STORE=fast.db", "%env LIVE_STUDIO_SERVER_FILE="),
        *("%load_ext live_studio", SHOW, loop),
    )
    opened.run_first(4)
    page.locator(".jp-OutputArea .ls").wait_for(timeout=WAIT)
    heard.clear()
    begun = time.monotonic()
    opened.run_cell(4)
    until(lambda: "Completed" in str(rows(page).get("in-kernel")), "its end")
    took = time.monotonic() - begun
    assert str(UPDATES) in rows(page)["in-kernel"]["cells"]
    assert 5 < heard[b"changes"] < 10 * took + 5
    assert heard[b"series"] < 5 * took + 5


def test_five_thousand_columns_stand_in_few_cells(
    server: Server, store: Studio, page: Page, request: pytest.FixtureRequest
) -> None:
    key = Key(repo(request), "c" * 40, "wide")
    params = {"params.yaml": {f"p{number:04}": number for number in range(5_000)}}
    store.record([Start(key, "dvclive", params=params), Done(key, "dvclive")])
    open_project(page, server, store, repo(request))
    expect(page.locator(".ls-x", has_text="wide")).to_be_visible(timeout=WAIT)
    until(lambda: page.locator(".ls-x > *").count() > 3, "columns")
    assert page.locator(".ls-x > *").count() < 300


def test_odd_names_are_one_row_each_in_their_order(
    server: Server, store: Studio, page: Page, request: pytest.FixtureRequest
) -> None:
    names = ["first", "two\nlines", "a\ttab", "\u202eright to left", "\U0001f40d" * 9, "last"]
    for name in names:
        logged(store, repo(request), name, loss=[1.0])
    open_project(page, server, store, repo(request))
    until(lambda: page.locator(".ls-x").count() == len(names), "a row for each")
    shown = page.locator(".ls-x .ls-cut").all_text_contents()
    assert [text for text in shown if text in names] == names[::-1]
    boxes = [row.bounding_box() for row in page.locator(".ls-x").all()]
    heights = {round(box["height"]) for box in boxes if box}
    assert len(heights) == 1
    tops = [box["y"] for box in boxes if box]
    assert tops == sorted(tops)
    assert {round(below - above) for above, below in pairwise(tops)} == heights


def test_a_nested_and_a_flat_metric_of_one_path_are_two_columns(
    server: Server, store: Studio, page: Page, request: pytest.FixtureRequest
) -> None:
    key = Key(repo(request), "c" * 40, "twice")
    store.record(
        [
            Data(
                key,
                "dvclive",
                1,
                metrics={"m.json": {"a": {"b": 1.125}, "a.b": 2.25, "c": {"d": 3.5}, "c/d": 4.75}},
            )
        ]
    )
    open_project(page, server, store, repo(request))
    for value in ("1.125", "2.25", "3.5", "4.75"):
        until(lambda value=value: value in str(rows(page).get("twice")), f"the cell of {value}")


def test_dark_narrow_and_enlarged_cuts_nothing(
    server: Server, store: Studio, browser: Browser, request: pytest.FixtureRequest
) -> None:
    logged(store, repo(request), "small", loss=[0.5, 0.25], acc=[0.5, 0.75])
    context = browser.new_context(
        viewport={"width": 400, "height": 700}, device_scale_factor=2, color_scheme="dark"
    )
    page = context.new_page()
    open_project(page, server, store, repo(request))
    expect(page.locator(".ls-x", has_text="small")).to_be_visible(timeout=WAIT)
    assert looked_at(page, "dark 400 px at 200 %") == []
    ground = page.locator(".ls").evaluate("node => getComputedStyle(node).backgroundColor")
    assert max(int(part) for part in re.findall(r"\d+", ground)[:3]) < 100, ground
    context.close()


# notebooks without a kernel, and without trust


def test_a_saved_notebook_is_readable_as_a_page_without_scripts(
    server: Server, browser: Browser, tmp_path: Path
) -> None:
    cell = "from live_studio import Live\nwith Live(exp_name='kept') as live:\n    live.log_metric('loss', 0.625)"
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(text) for text in ("%load_ext live_studio", cell, SHOW)]
    )
    # As JupyterLab saves it, which keeps no widget's state unless it is told to.
    client = NotebookClient(
        book,
        timeout=300,
        kernel_name="python3",
        store_widget_state=False,
        resources={"metadata": {"path": str(tmp_path)}},
    )
    client.execute(env=server.kernel_env)
    (html, _) = HTMLExporter().from_notebook_node(book)
    assert not re.search(r"lst_[0-9A-Za-z]{8}", html)
    assert JUPYTER_TOKEN not in html
    (tmp_path / "saved.html").write_text(html)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((tmp_path / "saved.html").as_uri(), wait_until="domcontentloaded")
    expect(page.get_by_role("cell", name="kept").first).to_be_visible(timeout=WAIT)
    expect(page.get_by_text("0.625").last).to_be_visible()
    context.close()


ATTACK = "window.__xss = 1"
ESM = f"{ATTACK}; export default {{ initialize() {{ {ATTACK} }}, render() {{ {ATTACK} }} }}"
HTML = f"<table><tr><td>crafted</td></tr></table><img src=x onerror='{ATTACK}'><script>{ATTACK}</script>"


def crafted(view: dict[str, Any]) -> Any:
    """A notebook whose outputs and widget state were written by somebody else."""
    v4: Any = nbformat.v4
    state = {
        "model_module": "anywidget",
        "model_module_version": "~0.9.0",
        "model_name": "AnyModel",
        "state": {
            "_anywidget_id": "live_studio.widget.Dashboard",
            "_esm": ESM,
            "_model_module": "anywidget",
            "_model_name": "AnyModel",
            "_view_module": "anywidget",
            "_view_name": "AnyView",
            "snapshot": {"experiments": [{"name": HTML}]},
        },
    }
    data = {
        "application/vnd.live-studio.view+json": view,
        "application/vnd.jupyter.widget-view+json": {"model_id": "a" * 32, "version_major": 2},
        "text/html": HTML,
    }
    only = {
        "application/vnd.jupyter.widget-view+json": data["application/vnd.jupyter.widget-view+json"]
    }
    cells = [
        v4.new_code_cell(SHOW, outputs=[v4.new_output("display_data", data=shown)])
        for shown in (data, only, {"text/html": HTML})
    ]
    return v4.new_notebook(
        cells=cells,
        metadata={
            "kernelspec": {"name": "python3", "display_name": "python3"},
            "widgets": {
                "application/vnd.jupyter.widget-state+json": {
                    "version_major": 2,
                    "version_minor": 0,
                    "state": {"a" * 32: state},
                }
            },
        },
    )


VIEWS = {
    "another store": {"version": 1, "store_id": HTML, "project": HTML, "plot": None},
    "this store": {"version": 1, "store_id": "", "project": HTML, "plot": [HTML, "__proto__"]},
    "no view at all": {"version": 1, "store_id": {"toString": HTML}, "project": [HTML]},
}


@pytest.mark.parametrize("view", VIEWS)
def test_a_crafted_notebook_that_nobody_trusts_runs_nothing(
    server: Server, page: Page, view: str
) -> None:
    name = f"crafted-{view.replace(' ', '-')}.ipynb"
    (server.notebooks / name).write_text(json.dumps(crafted(VIEWS[view])))
    Lab(server, page, name).open()
    outputs = page.locator(".jp-OutputArea-output")
    until(lambda: outputs.count() >= 2, "its outputs")
    shown = ".live-studio-output .ls" if view == "this store" else ".live-studio-output table"
    page.locator(shown).first.wait_for(timeout=WAIT)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.__xss") is None
    assert page.evaluate("Object.keys(Object.prototype)") == []
    assert page.locator(".live-studio-output [onerror], .live-studio-output script").count() == 0
