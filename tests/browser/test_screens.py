"""Every screen of the table as an eye meets it: wide and narrow, light and dark, zoomed, without colour or motion.

With LIVE_STUDIO_SHOTS=<folder> each screen is kept there as a picture.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from itertools import product

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.lab import SHIFTS, WAIT
from tests.browser.looks import calm, looked_at, violations
from tests.browser.scene import RUNS, Scene
from tests.servers import Server, until

SIZES = {"wide": (1300, 800), "narrow": (600, 800), "zoomed": (640, 400)}


@pytest.fixture(scope="module", name="scene")
def _scene(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    scene = Scene(server, tmp_path_factory.mktemp("scene"))
    yield scene
    scene.studio.close()


Screen = Callable[..., Page]


@pytest.fixture(name="screen")
def _screen(scene: Scene, browser: Browser) -> Iterator[Screen]:
    """Opens the scene in a window of a kind."""
    contexts = []

    def opened(size: str = "wide", **how: object) -> Page:
        width, height = SIZES[size]
        scale = 2 if size == "zoomed" else 1
        context = browser.new_context(
            viewport={"width": width, "height": height}, device_scale_factor=scale, **how
        )
        contexts.append(context)
        return scene.open(context.new_page())

    yield opened
    for context in contexts:
        context.close()


def button(page: Page, name: str) -> None:
    page.get_by_role("button", name=re.compile(rf"^{name}\b")).first.click()


def row_menu(page: Page, name: str) -> None:
    page.get_by_role("button", name=f"Menu of {name}").click(force=True)


def column(page: Page, name: str, item: str) -> None:
    head = page.locator(".ls-head [role=columnheader]").filter(has_text=name)
    head.click(button="right")
    page.locator("[role^=menuitem]").filter(has_text=item).click()


def walked(page: Page, look: Callable[[Page, str], list[str]]) -> list[str]:
    """Through all that the table can show; what was wrong on the way."""
    page.locator(".ls-card .main-svg").first.wait_for()
    found = look(page, "table")
    column(page, "loss", "Lower is better")
    column(page, "acc", "Higher is better")
    row_menu(page, "cosine-b256")
    found += look(page, "row menu")
    page.get_by_role("menuitem", name="Set as baseline").click()
    button(page, "Delta")
    found += look(page, "delta")
    page.locator(".ls-head [role=columnheader]").filter(has_text="acc").click(button="right")
    found += look(page, "column menu")
    page.keyboard.press("Escape")
    button(page, "Filter")
    button(page, "Add filter")
    page.get_by_label("Value").fill("5000")
    found += look(page, "filter")
    page.keyboard.press("Escape")
    found += look(page, "chips")
    page.locator(".ls-chip").get_by_role("button", name="Remove").click()
    for name in ("Columns", "Keys", "Tokens"):
        button(page, name)
        page.get_by_role("dialog").wait_for()
        found += look(page, name.lower())
        page.keyboard.press("Escape")
    page.locator("button[aria-haspopup=menu]").first.click()
    found += look(page, "project")
    page.keyboard.press("Escape")
    for name in ("Compare", "Trends"):
        button(page, name)
        page.get_by_role("region", name=name).wait_for()
        found += look(page, name.lower())
    page.get_by_role("button", name="warmup-10", exact=True).click()
    page.get_by_role("region", name="Details of warmup-10").wait_for()
    found += look(page, "details")
    page.keyboard.press("Escape")
    button(page, "Close all groups")
    found += look(page, "closed commits")
    page.get_by_role("button", name="Close main").click()
    found += look(page, "closed branch")
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_no_text_is_cut_unseen_and_no_control_lies_on_another(
    screen: Screen, size: str, theme: str
) -> None:
    page = screen(size, color_scheme=theme)
    assert walked(page, lambda at, name: looked_at(at, f"{name} {size} {theme}")) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_any_screen(screen: Screen, theme: str) -> None:
    assert walked(screen(color_scheme=theme), violations) == []


def test_each_status_has_an_outline_and_a_word_of_its_own(screen: Screen) -> None:
    page = screen()
    said = page.evaluate(
        """() => [...document.querySelectorAll('.ls-x .ls-st')].map(cell => [
            cell.innerText.replace(/[0-9].*/s, '').trim(), cell.querySelector('svg').innerHTML])"""
    )
    outlines: dict[str, set[str]] = {}
    for words, outline in said:
        outlines.setdefault(words, set()).add(outline)
    for words in ("Completed", "Failed", "Stopped\nprocess died", "Running\nlast heard"):
        assert words in outlines, outlines
    # Stale and lost say the same words; how long ago, and the outline, tell them apart.
    assert len(outlines["Running\nlast heard"]) == 2
    assert len({outline for some in outlines.values() for outline in some}) >= len(outlines)


GOALS = """() => [...document.querySelectorAll('.ls-x .ls-goal')].map(mark => [
    mark.querySelector('.ls-vh').textContent, mark.querySelector('svg').innerHTML])"""


def test_each_goal_mark_has_a_shape_and_words_of_its_own_without_any_colour(screen: Screen) -> None:
    page = screen()
    page.add_style_tag(content="html { filter: grayscale(1); }")
    column(page, "loss", "Lower is better")
    column(page, "acc", "Higher is better")
    row_menu(page, "umber-knit")
    page.get_by_role("menuitem", name="Set as baseline").click()
    marks = page.evaluate(GOALS)
    assert {words.split()[0] for words, _ in marks} == {"best", "better", "worse"}
    shapes: dict[str, set[str]] = {}
    for words, shape in marks:
        shapes.setdefault(words, set()).add(shape)
    assert all(len(some) == 1 for some in shapes.values()), shapes
    assert len(set.union(*shapes.values())) == 3
    assert looked_at(page, "grey") == []


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_undo_stands_whole_above_the_footer(scene: Scene, screen: Screen, size: str) -> None:
    page = screen(size)
    row_menu(page, RUNS[-1].name)
    page.get_by_role("menuitem", name=re.compile("Delete")).click()
    undo = page.get_by_role("button", name="Undo")
    undo.hover()
    toast, foot = page.locator(".ls-toast").bounding_box(), page.locator(".ls-foot").bounding_box()
    assert toast is not None
    assert foot is not None
    assert toast["y"] + toast["height"] <= foot["y"]
    assert looked_at(page, f"undo {size}") == []
    # It can be put away before it goes by itself.
    if size == "narrow":
        page.locator(".ls-toast").get_by_role("button", name="Close").click()
        expect(page.locator(".ls-toast")).to_have_count(0)
        scene.studio.restore_all([int(one["id"]) for one in scene.studio.trash()])
        return
    undo.click()
    expect(page.locator(".ls-foot")).to_contain_text(f"{len(RUNS)} experiments")


def test_a_lost_connection_is_told_whole_and_keeps_every_value(screen: Screen) -> None:
    page = screen()
    calm(page)
    before = page.locator(".ls-x .ls-col").all_inner_texts()
    page.context.set_offline(True)
    banner = page.get_by_role("status").filter(has_text="Connection lost")
    # Long: a stream that says nothing any more is given up after a while.
    banner.wait_for(timeout=WAIT)
    assert page.locator(".ls-x .ls-col").all_inner_texts() == before
    for size, theme in product(("wide", "narrow"), ("light", "dark")):
        width, height = SIZES[size]
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=theme)
        calm(page)
        assert looked_at(page, f"reconnecting {size} {theme}") == []
        assert violations(page, f"reconnecting {size} {theme}") == []
        expect(page.get_by_role("button", name="Try now")).to_be_visible()
    # It goes on by itself.
    page.context.set_offline(False)
    expect(banner).to_have_count(0, timeout=WAIT)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_a_new_token_is_shown_whole_with_what_to_do_with_it(
    screen: Screen, size: str, theme: str
) -> None:
    page = screen(size, color_scheme=theme)
    button(page, "Tokens")
    dialog = page.get_by_role("dialog")
    name = dialog.get_by_role("textbox", name="Name")
    another = dialog.get_by_role("button", name="New token")
    # Until the list is there the button cannot be pressed; of an empty one it goes.
    expect(another.or_(name).first).to_be_enabled(timeout=WAIT)
    if not name.is_visible():
        another.click()
    name.fill(f"gpu-box {size} {theme}")
    dialog.get_by_role("button", name="Create").click()
    page.locator(".ls-tk-secret code").wait_for()
    assert looked_at(page, f"token {size} {theme}") == []
    assert violations(page, f"token {size} {theme}") == []


# Where the arrow ends and where the text of its cell begins.
ARROWS = """() => [...document.querySelectorAll('.ls-x .ls-hot, .ls-side .ls-hot, td .ls-hot')].filter(
    layer => layer.dataset.dir).map(layer => {
        const cell = layer.parentElement;
        const style = getComputedStyle(layer, '::before');
        const pen = document.createElement('canvas').getContext('2d');
        pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
        const arrow = layer.getBoundingClientRect().left + parseFloat(style.left) + pen.measureText(layer.dataset.dir).width;
        const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
        const range = document.createRange();
        range.selectNodeContents(walker.nextNode());
        return [cell.innerText, Math.round(range.getBoundingClientRect().left - arrow)];
    })"""


@pytest.mark.parametrize("kind", ["best", "far"])
def test_the_arrow_of_a_change_stands_beside_a_difference_and_never_on_it(
    scene: Scene, screen: Screen, kind: str
) -> None:
    page = screen()
    column(page, "loss", "Lower is better" if kind == "far" else "Higher is better")
    row_menu(page, "cosine-b256" if kind == "far" else "umber-knit")
    page.get_by_role("menuitem", name="Set as baseline").click()
    button(page, "Delta")
    button(page, "Compare")
    calm(page)
    # The widest number there is; where higher is better it is strong, too.
    widest = RUNS[-1]
    for turn in range(3):
        step = widest.steps + 40 + turn + 10 * (kind == "far")
        scene.now = time.time()
        scene.studio.record([scene.data(widest, step)])
        room = until(lambda: page.evaluate(ARROWS), "arrows")
        assert [one for one in room if one[1] < 0] == []
    assert looked_at(page, f"arrows {kind}") == []


def test_nothing_moves_while_numbers_do(scene: Scene, screen: Screen) -> None:
    page = screen()
    page.locator(".ls-card .main-svg").first.wait_for()
    calm(page)
    page.evaluate(SHIFTS)
    before = page.evaluate("document.querySelector('.ls-table').getBoundingClientRect().toJSON()")
    for turn in range(1, 6):
        scene.moves(turn)
        step = f"{RUNS[0].steps + turn:,}"
        row = page.locator(".ls-x").filter(has_text="lr-3e-4")
        until(lambda row=row, step=step: step in row.inner_text(), f"step {step}")
    assert page.evaluate("window.__shifts ?? 0") == 0
    after = page.evaluate("document.querySelector('.ls-table').getBoundingClientRect().toJSON()")
    assert after == before


def test_without_motion_the_arrow_alone_says_what_changed(scene: Scene, screen: Screen) -> None:
    page = screen(reduced_motion="reduce")
    scene.moves(20)
    layer = page.locator(".ls-hot.ls-still").first
    layer.wait_for(state="attached")
    said = layer.evaluate(
        "el => [getComputedStyle(el).backgroundImage, getComputedStyle(el).backgroundColor, el.dataset.dir]"
    )
    assert said[:2] == ["none", "rgba(0, 0, 0, 0)"]
    assert said[2] in "↑↓"


def test_with_colours_forced_what_is_chosen_is_still_seen(screen: Screen) -> None:
    page = screen(forced_colors="active")
    expect(page.get_by_role("checkbox", checked=True).first).to_be_visible()
    pictures = page.evaluate(
        """() => ['true', 'false'].map(is => {
            const box = document.querySelector(`.ls-ck[aria-checked=${is}]`);
            const mark = getComputedStyle(box.querySelector('svg'));
            return [getComputedStyle(box).backgroundColor, mark.color, mark.visibility, getComputedStyle(box).borderTopColor];
        })"""
    )
    assert pictures[0] != pictures[1]
    assert pictures[0][0] != pictures[0][1], "a tick on its own colour"
