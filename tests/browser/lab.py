"""JupyterLab and Notebook 7 as a person has them before him, driven through Chromium."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chromium import chromium, launch_arguments
from tests.servers import JUPYTER_TOKEN, Server, until

WAIT = 60_000
DASHBOARD = ".jp-OutputArea .ls"


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """A headless Chromium, found or installed as `make test` does."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=launch_arguments())
        try:
            yield browser
        finally:
            browser.close()


def notebook(path: Path, *cells: str, kernel: str = "python3") -> Path:
    """Write a notebook of code cells."""
    path.write_text(
        json.dumps(
            {
                "cells": [
                    {
                        "cell_type": "code",
                        "id": f"cell-{number}",
                        "metadata": {},
                        "execution_count": None,
                        "outputs": [],
                        "source": source,
                    }
                    for number, source in enumerate(cells)
                ],
                "metadata": {"kernelspec": {"name": kernel, "display_name": kernel}},
                "nbformat": 4,
                "nbformat_minor": 5,
            }
        )
    )
    return path


@dataclass
class Lab:
    """One page with one notebook in JupyterLab."""

    server: Server
    page: Page
    name: str

    def open(self, root: str | None = None) -> Lab:
        """Open the notebook, by the server's own address or another one of its, and wait
        until its kernel answers.
        """
        self.forget_sessions()
        root = root or self.server.root
        self.page.goto(f"{root}lab/tree/{self.name}?token={JUPYTER_TOKEN}&reset")
        self.ready()
        return self

    def ready(self) -> None:
        """Wait until the notebook stands there."""
        self.page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=WAIT)
        self.page.wait_for_function(
            "window.jupyterapp && window.jupyterapp.shell.currentWidget", timeout=WAIT
        )
        self.page.wait_for_function(
            "window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel", timeout=WAIT
        )

    def forget_sessions(self) -> None:
        """End every kernel: a session outlives its page, and the next test would meet it."""
        for session in self.server_json("api/sessions"):
            self.request("DELETE", f"api/sessions/{session['id']}")

    def server_json(self, path: str) -> Any:
        """What Jupyter's own API answers."""
        return self.request("GET", path).json()

    def request(self, method: str, path: str) -> requests.Response:
        """One request to Jupyter's own API."""
        headers = {"Authorization": f"token {JUPYTER_TOKEN}"}
        return requests.request(method, self.server.root + path, headers=headers, timeout=30)

    def command(self, name: str, **arguments: Any) -> None:
        """Run a command of JupyterLab without waiting for what it starts."""
        self.page.evaluate(
            "([name, args]) => { void window.jupyterapp.commands.execute(name, args) }",
            [name, arguments],
        )

    def run_all(self) -> None:
        """Run every cell."""
        self.command("notebook:run-all-cells")

    def run_first(self, cells: int) -> None:
        """Run the first cells."""
        self._go_to(cells)
        self.command("notebook:run-all-above")

    def run_cell(self, number: int) -> None:
        """Run one cell."""
        self._go_to(number)
        self.command("notebook:run-cell")

    def _go_to(self, cell: int) -> None:
        self.page.evaluate(
            "cell => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = cell }", cell
        )

    def save(self) -> dict[str, Any]:
        """Save the notebook, and return what is on disk."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
        # The labextension may be saving it too, and Jupyter empties a file before it writes it.
        saved = until(self._saved, f"{self.name} to be whole on disk")
        assert saved is not None
        return saved

    def _saved(self) -> dict[str, Any] | None:
        try:
            saved: dict[str, Any] = json.loads((self.server.notebooks / self.name).read_text())
        except ValueError:
            return None
        return saved

    def busy(self, cell: int) -> bool:
        """Whether a cell shows that it is running or waiting."""
        prompt = self.page.locator(".jp-CodeCell .jp-InputPrompt").nth(cell)
        return "*" in (prompt.text_content() or "")

    def theme(self, name: str) -> None:
        """Change JupyterLab's theme."""
        self.page.evaluate(
            "name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})",
            name,
        )


ROWS = """() => [...document.querySelectorAll('.ls-x')]
  .filter(row => row.offsetParent !== null)
  .map(row => [row.querySelector('.ls-cut').textContent, {
    status: row.children[1].textContent,
    cells: [...row.children].slice(2).map(cell => cell.textContent),
    marked: row.querySelectorAll('.ls-hot').length,
  }])"""
CHARTS = """() => [...document.querySelectorAll('.ls-card .ls-plot')]
  .filter(plot => plot.offsetParent !== null && plot.data)
  .map(plot => [plot.closest('.ls-card').getAttribute('aria-label'), plot.data.length === 0 ? 0 :
    Math.max(...plot.data.map(line => line.x?.length ?? 0))])"""
SHIFTS = """() => new PerformanceObserver(list => {
  for (const entry of list.getEntries())
    if (entry.sources.some(source => source.node?.closest?.('.ls'))) {
      window.__shifts = (window.__shifts ?? 0) + entry.value;
      window.__moved = (window.__moved ?? []).concat(entry.sources.map(source => source.node?.className))
    }
}).observe({type: 'layout-shift', buffered: false})"""


def rows(page: Page) -> dict[str, dict[str, Any]]:
    """The experiment rows that stand in the table, by name."""
    # Pairs and no object: an experiment may be called `__proto__`.
    return dict(page.evaluate(ROWS))


def charts(page: Page) -> dict[str, int]:
    """The charts that are drawn, by metric, with the points of their longest line."""
    return dict(page.evaluate(CHARTS))


def moves(page: Page, name: str, deadline: float = 60.0) -> None:
    """Wait until the row of an experiment shows other numbers than now."""
    until(lambda: name in rows(page), f"the row of {name}", deadline)
    before = rows(page)[name]["cells"]
    until(lambda: rows(page).get(name, {}).get("cells") != before, f"{name} to move", deadline)


def draws(page: Page, metric: str, deadline: float = 60.0) -> None:
    """Wait until a chart has more points than now."""
    until(lambda: charts(page).get(metric), f"the chart of {metric}", deadline)
    before = charts(page)[metric]
    until(lambda: charts(page).get(metric, 0) > before, f"{metric} to grow", deadline)
