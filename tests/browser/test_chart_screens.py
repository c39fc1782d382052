"""Every screen with charts as an eye meets it: narrow, half a window and wide, light and dark, in both palettes.

With LIVE_STUDIO_SHOTS=<folder> each screen is kept there as a picture.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.charts import run
from tests.browser.lab import WAIT
from tests.browser.looks import looked_at, violations
from tests.browser.scene import Scene
from tests.servers import Server, until

RUNS = """
import io, math
import numpy as np
from PIL import Image
from live_studio import Live
rng = np.random.default_rng(0)
long = "validation/per_class/average_precision_at_iou_threshold_0.50_of_the_smallest_objects"
for number, name in enumerate(("cosine-b256", "cosine-b512", "warmup-5", "warmup-10", "a-name-that-says-all-of-it-lr-0.001")):
    with Live(exp_name=name, params={"lr": 10.0 ** -(number % 4), "batch": 64 * 2**number, "opt": ["sgd", "adam"][number % 2]}) as live:
        for step in range(0, 3000, 50):
            live.step = step
            past = math.exp(-step / (600 + 90 * number))
            live.log_metrics({
                "train/loss": math.nan if 1200 < step < 1400 and number == 1 else 2.4 * past + 0.3 + rng.normal() * 0.03,
                "val/acc": 0.95 - past / 2,
                "train/tiny": 3.1e-9 * (1 + past), "train/huge": 4.2e12 * (1 + past), "train/far": 1200.25 + past / 100,
                long: past,
            })
        live.log_metric("test/once", 0.5 + number / 10)
        labels = ["plane", "car", "bird", "cat", "deer"]
        truth = rng.integers(0, 5, 500)
        found = np.where(rng.random(500) < 0.35 + number / 8, truth, rng.integers(0, 5, 500))
        live.log_sklearn_plot("confusion_matrix", [labels[at] for at in truth], [labels[at] for at in found])
        yes = rng.integers(0, 2, 300)
        for kind in ("roc", "precision_recall", "calibration"):
            live.log_sklearn_plot(kind, yes, np.clip(yes * 0.5 + rng.random(300) * 0.6, 0, 1))
        live.log_plot("importance", [{"feature": f"feature {at}", "gain": 9 - at} for at in range(6)], "gain", "feature", "bar_horizontal")
        live.log_plot("weights", [{"w": float(v)} for v in rng.normal(size=300)], "w", "w", "histogram")
        for step in (0, 1000, 2000):
            live.step = step
            out = io.BytesIO()
            shades = np.linspace(0, 255 - step // 20, 32 * 32 * 3).reshape(32, 32, 3)
            Image.fromarray((shades + 10 * number).clip(0, 255).astype(np.uint8)).save(out, format="PNG")
            live.log_image("recon.png", out.getvalue())
"""
# Lines of the chart that has fewest of them.
FEWEST = """() => Math.min(...[...document.querySelectorAll('.ls-plot')].filter(plot => plot.data)
  .map(plot => plot.data.filter(trace => /-(line|dots)$/.test(trace.uid)).length)
  .filter(count => count > 0))"""
THEMES = ("light", "dark")
SCREENS = ((600, "light"), (800, "dark"), (800, "light"), (1280, "dark"))


@pytest.fixture(scope="module", name="scene")
def _scene(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    scene = Scene(server, tmp_path_factory.mktemp("scene"))
    run(server, RUNS, scene.repo.folder)
    yield scene
    scene.studio.close()


def opened(scene: Scene, browser: Browser, width: int, theme: str, height: int = 2300) -> Page:
    """The page with the five of `RUNS` selected."""
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
    page = scene.open(context.new_page())
    page.evaluate(
        "document.querySelectorAll('.ls-x [role=checkbox][aria-checked=true]').forEach(box => box.click())"
    )
    for row in page.locator(".ls-x", has_text="not pushed").all():
        if "lr-3e-4" not in row.inner_text():
            row.locator("[role=checkbox]").click()
    # Who points at a row makes the others pale.
    page.mouse.move(1, 1)
    page.locator(".ls-pane .ls-card .main-svg").nth(8).wait_for(state="attached", timeout=WAIT)
    until(lambda: page.evaluate(FEWEST) == 5, "all lines of every chart in sight")
    return page


def pane(page: Page, word: str) -> None:
    page.locator(".ls-bar").get_by_role("button", name=word).click()
    page.get_by_role("region", name=word, exact=True).wait_for()


def walked(page: Page, name: str, look: object = looked_at) -> list[str]:
    """Through every pane that draws; what was wrong on the way."""
    assert callable(look)
    found = look(page, f"plots {name}")
    pane(page, "Compare")
    found += look(page, f"compare {name}")
    pane(page, "Trends")
    until(lambda: page.locator(".ls-card .main-svg").count(), "the trends")
    found += look(page, f"trends {name}")
    page.get_by_role("button", name="parameters").click()
    page.get_by_role("region", name="Parallel coordinates").wait_for(timeout=WAIT)
    found += look(page, f"parameters {name}")
    return list(found)


@pytest.mark.parametrize(("width", "theme"), SCREENS)
def test_every_chart_fills_its_box_and_nothing_is_cut(
    scene: Scene, browser: Browser, width: int, theme: str
) -> None:
    page = opened(scene, browser, width, theme)
    assert walked(page, f"{width} {theme}") == []
    page.context.close()


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_on_a_screen_with_charts(
    scene: Scene, browser: Browser, theme: str
) -> None:
    page = opened(scene, browser, 1280, theme)
    assert walked(page, theme, violations) == []
    page.context.close()


# Of every experiment: the colour and dash of its line, and the colour of whatever stands for it.
COLOURS = """() => {
  const plain = colour => {
    const probe = document.querySelector('.ls').appendChild(document.createElement('span'));
    probe.style.color = colour;
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };
  const root = document.querySelector('.ls');
  const token = getComputedStyle(root);
  const card = document.querySelector('.ls-card[aria-label="val/acc"] .ls-plot');
  const lines = (card?.data ?? []).filter(trace => trace.uid.endsWith('-line'));
  const own = (selector, property) => [...document.querySelectorAll(selector)]
    .map(el => plain(getComputedStyle(el)[property]));
  return {
    palette: root.dataset.palette,
    tokens: [1, 2, 3, 4, 5].map(hue => plain(token.getPropertyValue(`--ls-c${hue}`))),
    lines: lines.map(trace => plain(trace.line.color)),
    strokes: own('.ls-card[aria-label="val/acc"] .trace[class*="-line"] path.js-line', 'stroke'),
    dashes: lines.map(trace => trace.line.dash),
    legend: own('.ls-lg .ls-key', 'stroke'),
    legend_dashes: [...document.querySelectorAll('.ls-lg .ls-key path')].map(el => el.getAttribute('stroke-dasharray')),
    rows: own('.ls-x .ls-ck[aria-checked=true]', 'backgroundColor'),
    images: own('.ls-strip figcaption i', 'backgroundColor'),
    compare: own('.ls-key-box', 'backgroundColor'),
  };
}"""


@pytest.mark.parametrize("theme", THEMES)
def test_the_distinct_palette_is_chosen_kept_and_seen_wherever_an_experiment_has_a_colour(
    scene: Scene, browser: Browser, theme: str
) -> None:
    page = opened(scene, browser, 1280, theme)
    usual = page.evaluate(COLOURS)
    assert (usual["palette"], set(usual["dashes"])) == ("studio", {"solid"})
    page.get_by_role("button", name="Menu of the charts").click()
    page.get_by_role("menuitemradio", name="Distinct colours").click()
    page.keyboard.press("Escape")
    until(lambda: page.evaluate(COLOURS)["lines"] != usual["lines"], "other lines")
    said = page.evaluate(COLOURS)
    assert not {*said["tokens"]} & {*usual["tokens"]}
    places = ("lines", "strokes", "legend", "rows", "images")
    assert {place: said[place] for place in places} == dict.fromkeys(places, said["tokens"])
    assert said["dashes"] == ["solid", "dash", "dot", "dashdot", "longdash"]
    assert len({*said["legend_dashes"]}) == 5
    assert looked_at(page, f"distinct {theme}") == []
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("View not saved").wait_for(state="detached")
    page.reload()
    page.locator(".ls-x").first.wait_for()
    pane(page, "Compare")
    # Those that run are beside them, in colours of their own.
    until(lambda: len(page.evaluate(COLOURS)["compare"]) >= 5, "the five compared")
    assert page.evaluate(COLOURS)["compare"][:5] == said["tokens"]
    pane(page, "Plots")
    page.get_by_role("button", name="Menu of the charts").click()
    page.get_by_role("menuitemradio", name="Studio colours").click()
    page.keyboard.press("Escape")
    until(lambda: page.evaluate(COLOURS)["lines"] == usual["lines"], "the usual lines")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("View not saved").wait_for(state="detached")
    page.context.close()
