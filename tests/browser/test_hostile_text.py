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
            if body["name"] == "lumpy-mosk":
                # A run of its own: the files of one replace each other.
                body["name"] = case["id"]
            start = {"type": "start"} | {
                key: body[key] for key in ("name", "params", "message") if key in body
            }
            for said in (start, body | {"type": "data", "step": 1}):
                yield said | {"repo_url": REPO, "baseline_sha": "d" * 40, "client": "dvclive"}


def leaves(value: Any, path: str = "") -> Iterator[str]:
    """What stands in a file: the names, as the dashboard joins them, and the texts."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, f"{path}/{name}" if path else name)
        return
    yield path
    if isinstance(value, str):
        yield value


@pytest.fixture(name="taken")
def _taken(server: Server) -> list[dict[str, Any]]:
    """The requests that were taken."""
    token = server.token("--name", "hostile")
    sent = [{k: v for k, v in body.items() if k != "params" or v} for body in bodies()]
    return [body for body in sent if server.post(body, token).status_code == 200]


@pytest.fixture(name="hostile")
def _hostile(taken: list[dict[str, Any]]) -> set[str]:
    """The names of all those runs."""
    names = {body["name"] for body in taken}
    assert len(names) > 8
    return names


TEXTS = "pane => [...pane.querySelectorAll('*')].map(one => one.textContent)"


def texts(body: dict[str, Any]) -> Iterator[str]:
    """Every text in a request that the pane of its run shows."""
    yield body["name"]
    if body.get("message"):
        yield body["message"]
    for file in body.get("params", {}).values():
        yield from leaves(file)
    for file in body.get("metrics", {}).values():
        yield from leaves(file["data"])


def test_every_text_of_theirs_stands_in_its_runs_pane_as_it_was_sent(
    server: Server, page: Page, taken: list[dict[str, Any]], hostile: set[str]
) -> None:
    page.goto(f"{server.url}?token={JUPYTER_TOKEN}")
    until(lambda: shown(page) == hostile, "the rows")
    wanted = {
        name: {text for body in taken if body["name"] == name for text in texts(body)}
        for name in hostile
    }
    assert sum(map(len, wanted.values())) > 20
    for name, said in wanted.items():
        opened(page, name, said)
        clean(page)
        page.keyboard.press("Escape")


def opened(page: Page, name: str, said: set[str]) -> None:
    # By its place: a locator's own language is not to meet these names.
    names = page.locator(".ls-x .ls-name .ls-cut")
    names.nth(names.all_text_contents().index(name)).click()
    pane = page.locator(".ls-detail")
    pane.wait_for()
    until(lambda: name in pane.evaluate(TEXTS), f"the pane of {name!r}")
    for closed in pane.locator("details:not([open]) > summary").all():
        closed.click()
    missing = f"of {sorted(said)} something in the pane of {name!r}"
    until(lambda: said <= set(pane.evaluate(TEXTS)), missing)


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
