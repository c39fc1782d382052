"""The table with nothing in it, with one run, with a dozen and with a thousand: wide and narrow, light and dark."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from live_studio.events import Data, Done, Event, Key, Point, Start
from live_studio.studio import Studio
from tests.browser.charts import open_group_menu
from tests.browser.lab import SHIFTS, WAIT
from tests.browser.looks import calm, looked_at
from tests.repositories import Repo
from tests.servers import JUPYTER_TOKEN, Server

COUNTS = (0, 1, 12, 1000)
SIZES = {"wide": (1300, 800), "narrow": (600, 800)}
METRICS, PARAMS = "dvclive/metrics.json", "dvclive/params.yaml"


@dataclass
class Crowd:
    """A project of so many experiments: four seeds of each setting, the last one running."""

    server: Server
    studio: Studio
    count: int
    project: str
    repo_url: str
    commit: str
    step: int = 1

    @classmethod
    def of(cls, server: Server, studio: Studio, count: int, folder: Path) -> Crowd:
        repo = Repo.pushed(folder)
        commit = repo.commit("Train a small network", **{METRICS: "{}", PARAMS: "lr: 0.001\n"})
        repo.git("push", "--quiet")
        made = requests.post(
            f"{server.url}api/projects",
            json={"path": str(repo.folder), "name": f"of-{count}"},
            headers={"Authorization": f"token {JUPYTER_TOKEN}"},
            timeout=60,
        ).json()
        crowd = cls(server, studio, count, made["id"], made["repo_url"], commit)
        for some in (range(count - 1), range(max(0, count - 1), count)):
            # The running one starts last, and so stands first.
            studio.record([event for number in some for event in crowd.events(number)])
        return crowd

    def key(self, number: int) -> Key:
        return Key(self.repo_url, self.commit, f"run-{number:04}")

    def events(self, number: int) -> list[Event]:
        key = self.key(number)
        params = {"lr": 10.0 ** -(1 + number // 4 % 5), "width": 32 * (1 + number // 20)}
        started = Start(key, "dvclive", {PARAMS: params | {"seed": number % 4}})
        events: list[Event] = [started, self.logged(number, 1)]
        if number < self.count - 1:
            events.append(Done(key, "dvclive", "completed"))
        return events

    def logged(self, number: int, step: int) -> Event:
        loss = 0.3 + number / 3000 + 1 / (1 + step)
        metrics = {"train": {"loss": loss}, "val": {"acc": 0.9 - number / 9000}, "step": step}
        points = {"dvclive/plots/metrics/train/loss.tsv": [Point(step, loss)]}
        return Data(self.key(number), "dvclive", step, metrics={METRICS: metrics}, points=points)

    def moves(self, page: Page) -> None:
        """The running one logs, and the page shows it."""
        self.step += 1
        self.studio.record([self.logged(self.count - 1, self.step)])
        row = page.locator(".ls-x").filter(has_text=f"run-{self.count - 1:04}")
        expect(row).to_contain_text(f"step {self.step:,}", timeout=WAIT)

    def open(self, page: Page) -> Page:
        page.goto(f"{self.server.url}?token={JUPYTER_TOKEN}#project={self.project}")
        if self.count:
            # Where the commit is known the rows have found their place.
            page.locator(".ls-co").first.wait_for(timeout=WAIT)
        expect(page.locator(".ls-foot")).to_contain_text(f"{self.count:,} exp", timeout=WAIT)
        return page


Crowds = Callable[[int], Crowd]
Shown = Callable[..., Page]


@pytest.fixture(scope="module", name="crowds")
def _crowds(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowds]:
    studio = Studio(server.store)
    made: dict[int, Crowd] = {}

    def crowd(count: int) -> Crowd:
        if count not in made:
            made[count] = Crowd.of(server, studio, count, tmp_path_factory.mktemp(f"of-{count}"))
        return made[count]

    yield crowd
    studio.close()


@pytest.fixture(name="shown")
def _shown(crowds: Crowds, browser: Browser) -> Iterator[Shown]:
    contexts = []

    def shown(count: int, size: str = "wide", theme: str = "light") -> Page:
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme
        )
        contexts.append(context)
        return crowds(count).open(context.new_page())

    yield shown
    for context in contexts:
        context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("count", COUNTS)
def test_every_number_of_runs_is_shown_whole_and_moves_nothing(
    crowds: Crowds, shown: Shown, count: int, size: str, theme: str
) -> None:
    page = shown(count, size, theme)
    name = f"{count} {size} {theme}"
    if count == 0:
        page.get_by_text("No experiments yet").wait_for()
        assert looked_at(page, name) == []
        return
    page.locator(".ls-card .main-svg").first.wait_for()
    calm(page)
    page.evaluate(SHIFTS)
    for _ in range(3):
        crowds(count).moves(page)
    assert looked_at(page, name) == []
    assert page.evaluate("window.__moved ?? []") == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("chosen", [7, 12])
def test_seven_and_more_are_compared_side_by_side(shown: Shown, size: str, chosen: int) -> None:
    page = shown(12, size)
    for box in page.get_by_role("checkbox", name=re.compile("^Plot run-")).all():
        ticked = box.get_attribute("aria-checked") == "true"
        wanted = int(str(box.get_attribute("aria-label")).rpartition("-")[2]) < chosen
        if ticked != wanted:
            box.click()
    page.get_by_role("button", name=re.compile("^Compare")).first.click()
    expect(page.locator(".ls-side-head")).to_have_count(chosen)
    assert looked_at(page, f"compare {chosen} {size}") == []
    sides = page.locator(".ls-sides")
    sides.evaluate("el => { el.scrollLeft = el.scrollWidth }")
    last = page.locator(".ls-side-head").last.bounding_box()
    assert last is not None
    assert last["x"] + last["width"] <= SIZES[size][0]
    assert looked_at(page, f"compare {chosen} {size} at its end") == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_rows_of_seeds_are_shown_whole(shown: Shown, size: str, theme: str) -> None:
    page = shown(12, size, theme)
    open_group_menu(page)
    page.get_by_role("menuitemcheckbox", name="seed").click()
    page.keyboard.press("Escape")
    expect(page.locator(".ls-repeats")).to_have_count(3)
    page.locator(".ls-repeats .ls-tw").first.click()
    expect(page.locator(".ls-x:not(.ls-repeats)")).to_have_count(4)
    page.locator(".ls-card .main-svg").first.wait_for()
    assert looked_at(page, f"seeds {size} {theme}") == []
