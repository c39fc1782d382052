"""One Chromium and one Jupyter Server for the journeys of a module."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.lab import Lab, notebook, running_chromium
from tests.servers import Server

Open = Callable[..., Lab]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in item.nodeid:
            item.add_marker(pytest.mark.browser)


# No longer than a module: Playwright keeps an event loop running, in which no test can run its own.
@pytest.fixture(scope="module", name="browser")
def _browser() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


@pytest.fixture(name="page")
def _page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1300, "height": 1200})
    page = context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    yield page
    context.close()
    ours = [text for text in broken if "live-studio" in text or "live_studio" in text]
    assert ours == []


@pytest.fixture(name="lab")
def _lab(server: Server, page: Page, request: pytest.FixtureRequest) -> Open:
    """Write a notebook of cells and open it in JupyterLab."""

    def opened(*cells: str) -> Lab:
        name = f"{request.node.name}.ipynb"
        notebook(server.notebooks / name, *cells)
        return Lab(server, page, name).open()

    return opened
