"""Nothing comes from another host, whatever is shown: not for charts, and not for the figures of strangers."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.charts import run
from tests.browser.conftest import Open
from tests.browser.lab import WAIT
from tests.servers import JUPYTER_TOKEN, Server, until

HOSTILE = r"""
import sys
from live_studio import Live
bad = "<img src=https://evil.example/a.png onerror=window.__xss=1><a href='javascript:window.__xss=1'>x</a>"
link = "<a href=https://evil.example>$\\href{https://evil.example}{x}$</a>"
far = "url(https://evil.example/b.png)"
figure = {
    "data": [
        {"type": "scatter", "x": [1, 2], "y": [1, 2], "mode": "lines+markers+text", "name": bad, "text": [bad, link],
         "hovertemplate": bad, "customdata": [bad], "marker": {"color": far, "symbol": far}, "line": {"color": far}},
        {"type": "bar", "x": [bad, link], "y": [3, 4], "text": [bad, link], "marker": {"pattern": {"path": far}}},
        {"type": "heatmap", "z": [[1, 2]], "text": [[bad, link]], "texttemplate": bad, "colorscale": far,
         "xaxis": "x2", "yaxis": "y2"},
    ],
    "layout": {
        "title": {"text": bad}, "font": {"family": far}, "paper_bgcolor": far, "plot_bgcolor": far,
        "images": [{"source": "https://evil.example/c.png", "x": 0, "y": 1, "sizex": 1, "sizey": 1}],
        "template": {"layout": {"images": [{"source": "https://evil.example/d.png"}]}},
        "mapbox": {"style": "https://evil.example/style"},
        "updatemenus": [{"buttons": [{"label": bad, "method": "restyle", "args": []}]}],
        "annotations": [{"text": bad, "x": 1, "y": 1, "hovertext": bad}, {"text": link, "x": 1, "y": 2}],
        "xaxis": {"title": {"text": bad}, "tickvals": [0, 1], "ticktext": [bad, link], "domain": [0, 0.4]},
        "xaxis2": {"domain": [0.6, 1], "anchor": "y2"}, "yaxis2": {"anchor": "x2", "title": {"text": link}},
    },
}
with Live(exp_name="evil", url=URL, token=TOKEN) as live:
    live.log_metric("loss", 1.0)
    live.log_plot("figure", figure)
    live.log_plot("parallel", {"data": [{"type": "parcoords", "dimensions": [
        {"label": bad, "values": [1, 2], "tickvals": [1, 2], "ticktext": [bad, link]}, {"label": link, "values": [3, 4]}]}]})
    for template in ("linear", "scatter", "bar", "bar_horizontal", "confusion", "histogram", "smooth"):
        live.log_plot(f"rows {template}", [{"x": bad, "y": 1, bad: link}, {"x": link, "y": 2, bad: bad}], "x",
                      bad if template == "confusion" else "y", template, bad, link, bad)
"""
ACTED = """() => ({
  ran: window.__xss ?? null,
  loaded: [...document.querySelectorAll('.ls img, .ls image, .ls a, .ls iframe, .ls script')]
    .map(el => el.getAttribute('src') ?? el.getAttribute('href') ?? el.getAttribute('xlink:href') ?? '')
    .filter(to => to && !/^(data:image|blob:|#)/.test(to) && new URL(to, location).host !== location.host),
})"""


@pytest.fixture(name="asked")
def _asked(page: Page, server: Server) -> Iterator[list[str]]:
    """What the page has asked of other hosts; none of it is let through."""
    own = urlsplit(server.url).netloc
    found: list[str] = []

    def look(route: Route) -> None:
        parts = urlsplit(route.request.url)
        if parts.scheme in ("data", "blob") or parts.netloc == own:
            route.continue_()
        else:
            found.append(route.request.url)
            route.abort()

    page.context.route("**/*", look)
    yield found
    assert found == []


def test_a_strangers_figures_and_rows_are_drawn_as_data_and_text(
    server: Server, page: Page, asked: list[str]
) -> None:
    token = server.token("--name", "strangers")
    run(server, f"URL, TOKEN = {server.url!r}, {token!r}\n{HOSTILE}")
    page.goto(f"{server.url}?token={JUPYTER_TOKEN}")
    page.wait_for_selector(".ls-card", timeout=WAIT)
    cards = page.locator(".ls-pane .ls-card")
    expect(cards).to_have_count(10)
    for card in cards.all():
        card.scroll_into_view_if_needed()
        expect(card.locator(".main-svg").first).to_be_attached(timeout=WAIT)
        card.hover()
    figure = page.locator('.ls-card[aria-label="figure of evil"]')
    figure.scroll_into_view_if_needed()
    # The words are there to be read, as words.
    until(lambda: "<img src=https" in (figure.text_content() or ""), "the words as text")
    point = figure.locator(".scatterlayer .point").first.bounding_box()
    assert point
    page.mouse.move(point["x"] + 2, point["y"] + 2)
    expect(figure.locator(".ls-tip")).to_contain_text("<img src=https")
    assert page.evaluate(ACTED) == {"ran": None, "loaded": []}
    assert asked == []


def test_the_page_and_its_charts_ask_nothing_of_another_host(
    server: Server, page: Page, asked: list[str]
) -> None:
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(urlsplit(request.url).path))
    run(
        server,
        "from live_studio import Live\nwith Live(exp_name='a') as live: live.log_metric('loss', 1.0)",
    )
    page.goto(f"{server.url}?token={JUPYTER_TOKEN}")
    page.wait_for_selector(".ls-card .main-svg", timeout=WAIT)
    assert len([path for path in loaded if "/live-studio/static/plotly-" in path]) == 1
    assert asked == []


def test_a_notebook_with_the_dashboard_asks_nothing_of_another_host(
    lab: Open, page: Page, asked: list[str]
) -> None:
    opened = lab(
        "%load_ext live_studio",
        "%live_studio",
        "from live_studio import Live\nwith Live(exp_name='b') as live: live.log_metric('loss', 1.0)",
    )
    opened.run_all()
    page.wait_for_selector(".jp-OutputArea .ls-card .main-svg", timeout=WAIT)
    assert asked == []
