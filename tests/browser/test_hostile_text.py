"""What strangers call their runs, metrics and parameters is text on every screen, and never anything else."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.servers import JUPYTER_TOKEN, Server, until

CASES = json.loads((Path(__file__).parents[1] / "fixtures" / "bad_inputs.json").read_text())
REPO = "github.com/hostile/text"
CLEAN = """() => ({
  ran: window.__xss, prototype: Object.keys(Object.prototype), polluted: ({}).polluted ?? ({}).x,
  frames: document.querySelectorAll('.ls iframe, .ls script, .ls style, .ls form:not([method])').length,
  links: [...document.querySelectorAll('.ls a')].map(a => a.protocol).filter(p => !/^https?:|^blob:/.test(p)),
})"""
UNTOUCHED = {"prototype": [], "frames": 0, "links": []}


def bodies() -> Iterator[dict[str, Any]]:
    """The requests of the groups whose harm a browser would do, all of one repository."""
    for case in CASES if isinstance(CASES, list) else CASES["cases"]:
        if case["group"] in ("XSS", "PROTO", "CSV"):
            body = case.get("body") or json.loads(case["body_text"])
            start = {"type": "start"} | {
                key: body[key] for key in ("name", "params", "message") if key in body
            }
            for said in (start, body | {"type": "data", "step": 1}):
                yield said | {"repo_url": REPO, "baseline_sha": "d" * 40, "client": "dvclive"}


@pytest.fixture(name="hostile")
def _hostile(server: Server) -> set[str]:
    """The names of all those runs."""
    token = server.token("--name", "hostile")
    names = set()
    for body in bodies():
        answer = server.post({k: v for k, v in body.items() if k != "params" or v}, token)
        if answer.status_code == 200:
            names.add(body["name"])
    assert len(names) > 8
    return names


def test_it_is_text_in_table_detail_charts_compare_panels_and_file(
    server: Server, page: Page, hostile: set[str]
) -> None:
    page.goto(f"{server.url}?token={JUPYTER_TOKEN}")
    until(lambda: shown(page) == hostile, f"{sorted(hostile)}, not {sorted(shown(page))}")
    clean(page)
    boxes = page.locator(".ls-x [role=checkbox][aria-checked=false]")
    while boxes.count():
        boxes.first.click()
    page.wait_for_selector(".ls-card")
    clean(page)
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("region", name="Compare")).to_be_visible()
    clean(page)
    for name in ("Filter", "Columns"):
        page.get_by_role("button", name=name).click()
        clean(page)
        page.keyboard.press("Escape")
    page.locator(".ls-x").first.click()
    for _ in hostile:
        page.keyboard.press("Enter")
        expect(page.locator(".ls-detail, .ls-pane").first).to_be_visible()
        clean(page)
        page.keyboard.press("Escape")
        page.locator(".ls-scroll").focus()
        page.keyboard.press("ArrowDown")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save the table as CSV").click()
    text = Path(waiting.value.path()).read_text()
    for row in csv.DictReader(io.StringIO(text)):
        assert not row["experiment"].startswith(("=", "+", "@"))


def shown(page: Page) -> set[str]:
    return set(page.locator(".ls-x .ls-name .ls-cut").all_text_contents())


def clean(page: Page) -> None:
    found = page.evaluate(CLEAN)
    assert {key: value for key, value in found.items() if value is not None} == UNTOUCHED
