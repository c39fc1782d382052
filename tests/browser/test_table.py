"""The table as a person uses it: sort, filter, columns, goals, differences, comparison, keys alone."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.looks import HOT, LIVES, highlighted, violations
from tests.servers import JUPYTER_TOKEN, Server, until

RUNS = {"slow": (0.7, 0.1), "best": (0.9, 0.2), "worst": (0.5, 0.3), "nan": ("nan", 0.4)}
SHOWN = ["nan", "worst", "best", "slow"]


class Producer:
    """Logs to the server as stock clients do."""

    def __init__(self, server: Server, token: str, repo: str) -> None:
        self.server, self.token, self.repo = server, token, repo

    def start(self, name: str, lr: float) -> None:
        self.post(name, type="start", params={"params.yaml": {"lr": lr, "model": "x"}})

    def log(self, name: str, acc: float | str, step: int = 0) -> None:
        self.post(name, type="data", step=step, metrics={"m.json": {"data": {"acc": acc}}})

    def post(self, name: str, **said: Any) -> None:
        who = {"repo_url": self.repo, "baseline_sha": "b" * 40, "name": name, "client": "dvclive"}
        answer = self.server.post(who | said, self.token)
        assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module", name="token")
def _token(server: Server) -> str:
    return server.token("--name", "table")


@pytest.fixture(name="producer")
def _producer(server: Server, token: str, request: pytest.FixtureRequest) -> Producer:
    """Four runs in a repository of this test's own."""
    producer = Producer(server, token, f"github.com/table/{request.node.name[:60]}")
    for name, (acc, lr) in RUNS.items():
        producer.start(name, lr)
        producer.log(name, acc)
    return producer


@pytest.fixture(name="table")
def _table(producer: Producer, page: Page) -> Page:
    page.goto(f"{producer.server.url}?token={JUPYTER_TOKEN}")
    until(lambda: names(page) == SHOWN, "the newest project with its rows")
    return page


def names(page: Page) -> list[str]:
    return page.locator(".ls-x .ls-name .ls-cut").all_inner_texts()


def head(page: Page, name: str) -> Locator:
    return page.locator(".ls-head [role=columnheader]").filter(has_text=name)


def column_menu(page: Page, name: str, item: str) -> None:
    head(page, name).click(button="right")
    page.locator("[role^=menuitem]").filter(has_text=item).click()


def row_menu(page: Page, name: str, item: str) -> None:
    page.get_by_role("button", name=f"Menu of {name}").click(force=True)
    page.locator("[role^=menuitem]").filter(has_text=item).click()


def button(page: Page, name: str) -> Locator:
    """By its name, whatever it counts."""
    return page.get_by_role("button", name=re.compile(rf"^{name}\b"))


def wait_for(page: Page, wanted: Sequence[str]) -> None:
    until(lambda: names(page) == list(wanted), f"the rows {wanted}, not {names(page)}")


def test_the_changed_cell_and_no_other_is_marked_and_the_mark_goes(
    table: Page, producer: Producer
) -> None:
    for name in RUNS:
        box = table.get_by_role("checkbox", name=f"Plot {name}")
        if box.get_attribute("aria-checked") == "false":
            box.click()
    button(table, "Compare").click()
    expect(table.locator(".ls-side-head")).to_have_count(4)
    until(lambda: table.evaluate(HOT) == [], "calm")
    table.evaluate(LIVES)
    producer.log("slow", 0.75, step=1)
    until(lambda: table.evaluate(HOT), "a highlight")
    assert highlighted(table) == ["0.7500", "0.7500"]


def test_sorting_goes_up_and_down_and_numbers_come_before_what_is_none(table: Page) -> None:
    head(table, "acc").click()
    wait_for(table, ["worst", "slow", "best", "nan"])
    expect(head(table, "acc")).to_have_attribute("aria-sort", "ascending")
    head(table, "acc").click()
    wait_for(table, ["best", "slow", "worst", "nan"])
    head(table, "acc").click()
    wait_for(table, SHOWN)


def test_filters_are_made_switched_off_and_cleared(table: Page) -> None:
    button(table, "Filter").click()
    button(table, "Add filter").click()
    table.get_by_label("Value").fill("0.7")
    wait_for(table, ["best", "slow"])
    table.keyboard.press("Escape")
    expect(button(table, "Filter")).to_be_focused()
    chip = table.locator(".ls-chip")
    chip.locator("button").first.click()
    wait_for(table, SHOWN)
    chip.get_by_role("button", name="Remove").click()
    expect(chip).to_have_count(0)


def test_columns_are_hidden_widened_pinned_and_come_back(table: Page) -> None:
    button(table, "Columns").click()
    table.get_by_label("Only columns that differ").check()
    expect(head(table, "model")).to_have_count(0)
    table.keyboard.press("Escape")
    before = head(table, "lr").bounding_box()
    assert before is not None
    edge = head(table, "lr").locator(".ls-edge").bounding_box()
    assert edge is not None
    table.mouse.move(edge["x"] + 3, edge["y"] + 5)
    table.mouse.down()
    table.mouse.move(edge["x"] + 63, edge["y"] + 5, steps=4)
    table.mouse.up()
    until(
        lambda: (head(table, "lr").bounding_box() or before)["width"] > before["width"] + 40,
        "a wider column",
    )
    column_menu(table, "lr", "Pin")
    expect(table.locator(".ls-head .ls-pins").last).to_contain_text("lr")
    button(table, "Columns").click()
    button(table, "Reset").click()
    expect(head(table, "model")).to_have_count(1)


def test_goals_and_differences_say_what_is_better(table: Page) -> None:
    column_menu(table, "acc", "Higher is better")
    row_menu(table, "slow", "Set as baseline")
    button(table, "Delta").click()
    cell = table.locator(".ls-x").filter(has_text="best").locator(".ls-num").first
    expect(cell).to_have_text("+0.2000best")
    worst = table.locator(".ls-x").filter(has_text="worst").locator(".ls-num").first
    expect(worst).to_have_text("−0.2000worse than the baseline")
    expect(table.locator(".ls-foot")).to_contain_text("difference from slow")


def test_the_table_as_shown_is_saved_as_csv(table: Page, tmp_path: Path) -> None:
    head(table, "acc").click()
    wait_for(table, ["worst", "slow", "best", "nan"])
    with table.expect_download() as waiting:
        button(table, "Save the table as CSV").click()
    waiting.value.save_as(tmp_path / "table.csv")
    rows = list(csv.DictReader((tmp_path / "table.csv").read_text().splitlines()))
    assert [row["experiment"] for row in rows] == ["worst", "slow", "best", "nan"]
    assert [row["m.json:acc"] for row in rows] == ["0.5", "0.7", "0.9", "nan"]


def test_everything_is_reached_by_keys_alone(table: Page) -> None:
    until(lambda: pressed_until_focused(table), "the table by Tab")
    table.keyboard.press("End")
    for key in ("ArrowRight", "ArrowRight", "s"):
        table.keyboard.press(key)
    wait_for(table, ["worst", "slow", "best", "nan"])
    expect(table.locator(".ls-active")).to_contain_text("slow")
    table.keyboard.press("b")
    table.keyboard.press("d")
    expect(table.locator(".ls-foot")).to_contain_text("difference from slow")
    table.keyboard.press("/")
    table.keyboard.type("wor")
    wait_for(table, ["worst"])
    table.keyboard.press("Escape")
    wait_for(table, ["worst", "slow", "best", "nan"])
    table.keyboard.press("c")
    expect(table.get_by_role("region", name="Compare")).to_be_visible()
    table.keyboard.press("Delete")
    wait_for(table, ["worst", "best", "nan"])
    table.keyboard.press("Control+z")
    wait_for(table, ["worst", "slow", "best", "nan"])
    table.keyboard.press("?")
    expect(table.get_by_role("dialog", name="Keys")).to_be_visible()


def pressed_until_focused(page: Page) -> bool:
    page.keyboard.press("Tab")
    return bool(page.evaluate("document.activeElement?.getAttribute('role') === 'treegrid'"))


@pytest.fixture(params=["light", "dark"], name="themed")
def _themed(request: pytest.FixtureRequest, browser: Browser, producer: Producer) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 1300, "height": 1000}, color_scheme=request.param
    )
    page = context.new_page()
    page.goto(f"{producer.server.url}?token={JUPYTER_TOKEN}")
    wait_for(page, SHOWN)
    yield page
    context.close()


def test_axe_finds_nothing_in_the_table_the_panels_and_the_panes(themed: Page) -> None:
    column_menu(themed, "acc", "Higher is better")
    row_menu(themed, "slow", "Set as baseline")
    button(themed, "Delta").click()
    found = violations(themed, "the table and its charts")
    for name in ("Filter", "Columns", "Keys"):
        button(themed, name).click()
        if name == "Filter":
            button(themed, "Add filter").click()
        found += violations(themed, name)
        themed.keyboard.press("Escape")
    button(themed, "Compare").click()
    expect(themed.get_by_role("region", name="Compare")).to_be_visible()
    found += violations(themed, "Compare")
    assert found == []


FRAME = """
import json, live_studio
frame = live_studio.experiments().to_frame()
columns = {"name": "name", "acc": "metrics.acc", "lr": "params.lr", "model": "params.model"}
print(json.dumps([{short: str(row[long]) for short, long in columns.items()}
                  for _, row in frame.iterrows() if row["repo_url"] == %r]))
"""


def test_the_file_holds_what_the_frame_holds_in_full_and_in_the_order_on_screen(
    table: Page, producer: Producer, tmp_path: Path
) -> None:
    producer.log("slow", 0.1 + 0.2, step=1)
    column_menu(table, "model", "Hide column")
    head(table, "lr").click()
    wait_for(table, ["slow", "best", "worst", "nan"])
    row_menu(table, "best", "Set as baseline")
    button(table, "Delta").click()
    until(lambda: "−0.6000" in table.locator(".ls-x").first.inner_text(), "the newest value")
    with table.expect_download() as waiting:
        button(table, "Save the table as CSV").click()
    waiting.value.save_as(tmp_path / "table.csv")
    rows = list(csv.DictReader((tmp_path / "table.csv").read_text().splitlines()))
    assert [row["experiment"] for row in rows] == ["slow", "best", "worst", "nan"]
    assert "params.yaml:model" not in rows[0]
    assert rows[0]["m.json:acc from best"] == repr((0.1 + 0.2) - 0.9)
    said = subprocess.run(
        [sys.executable, "-c", FRAME % producer.repo],
        env=producer.server.kernel_env,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    frame = {row["name"]: (row["acc"], row["lr"]) for row in json.loads(said)}
    assert {row["experiment"]: (row["m.json:acc"], row["params.yaml:lr"]) for row in rows} == frame
