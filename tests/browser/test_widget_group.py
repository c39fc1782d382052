"""The cases of the catalogue about what is on screen: each is named here with the tests that prove it."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Page, expect

from live_studio.events import Data, Done, Key, Point, Start
from live_studio.studio import Studio
from tests.browser.charts import drawn, open_page, options
from tests.browser.lab import WAIT, Lab, charts
from tests.servers import Server, until

CASES = json.loads((Path(__file__).parents[1] / "fixtures" / "bad_inputs.json").read_text())
SHOW = "%live_studio"

PROOFS = {
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
    "WID-014": "the view needs no kernel: no banner, the row says within seconds that its run stopped",
    "WID-016": "cut for as long as it takes to log much: nothing depends on how long it was",
    "WID-023": "VS Code and Colab are hosts without our server, and so is a kernel with its own store",
}
ELSEWHERE = {
    "WID-001": "benchmarks/table.py",
    "WID-002": "benchmarks/table.py",
    "WID-005": "benchmarks/charts.py",
    "WID-006": "tests/server/test_bad_inputs.py",
    "WID-008": "js/test/columns.test.ts",
    "WID-017": "tests/browser/test_quickstart.py",
    "WID-022": "tests/browser/test_screens.py",
}
"""Cases whose heart is tested or measured there, and not yet as they are written."""


def test_each_case_of_the_group_is_proven_by_a_test_that_exists() -> None:
    group = {case["id"] for case in CASES if case["group"] == "WID"}
    assert group == set(PROOFS) | set(ELSEWHERE)
    assert not set(PROOFS) & set(ELSEWHERE)
    root = Path(__file__).parents[2]
    assert all((root / path).is_file() for path in ELSEWHERE.values())
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
    """A repository of the test's own: the newest is what a page opens."""
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


# charts


def test_a_chart_of_odd_numbers_has_its_axes_and_says_what_it_left_out(
    server: Server, store: Studio, page: Page, request: pytest.FixtureRequest
) -> None:
    nan = float("nan")
    logged(store, repo(request), "odd", nothing=[nan] * 30, single=[4.5], same=[2.5] * 30)
    open_page(page, server)
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
    open_page(page, server)
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


# notebooks without a kernel, and without trust


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
