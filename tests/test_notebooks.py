"""Every example notebook runs from its first cell to its last, and its runs are in the table."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tests.repositories import Repo
from tests.servers import Server, running, until

NOTEBOOKS = Path(__file__).resolve().parent.parent / "examples" / "notebooks"
QUICKSTART = "quickstart.ipynb"
"""A browser runs this one, in tests/browser."""


@pytest.fixture(scope="module", name="server")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("notebooks")) as server:
        yield server


@pytest.fixture(name="run")
def _run(server: Server, tmp_path: Path) -> Any:
    """Run a notebook in a repository of its own; returns it, and the rows it has made by name."""
    repo = Repo.new(tmp_path)
    repo.commit("First")

    def ran(name: str, *, raises: bool = False) -> tuple[Any, dict[str, Any]]:
        book = nbformat.read(NOTEBOOKS / name, as_version=4)
        client = NotebookClient(book, timeout=300, resources={"metadata": {"path": repo.folder}})
        env = server.kernel_env | {"PATH": os.environ["PATH"]}
        if raises:
            with pytest.raises(CellExecutionError):
                client.execute(env=env)
        else:
            client.execute(env=env)
        rows = {row["name"]: row for row in server.changes()["experiments"]}
        return book, {k: row for k, row in rows.items() if row["baseline_sha"] == repo.head}

    return ran


def test_each_example_has_a_test() -> None:
    known = {"compare.ipynb", "dvclive.ipynb", "elsewhere.ipynb", QUICKSTART}
    assert {path.name for path in NOTEBOOKS.glob("*.ipynb")} == known


def test_examples_are_committed_without_outputs() -> None:
    for path in NOTEBOOKS.glob("*.ipynb"):
        if path.name != QUICKSTART:  # it holds the dashboard, which is alive before a cell is run
            cells = nbformat.read(path, as_version=4).cells
            assert all(not cell.get("outputs") for cell in cells), path.name


def test_a_sweep_is_compared_in_code(run: Any) -> None:
    book, rows = run("compare.ipynb")
    assert len(rows) == 9
    assert {row["status"] for row in rows.values()} == {"completed"}
    assert all(next(iter(row["series"].values()))["count"] == 80 for row in rows.values())
    shown = [output for cell in book.cells for output in cell.get("outputs", [])]
    kinds = {kind for output in shown for kind in output.get("data", {})}
    assert "application/vnd.plotly.v1+json" in kinds
    assert "lr-0.4-seed-2" in str(shown)


def test_a_job_elsewhere_is_a_row_here(run: Any, server: Server) -> None:
    book, _ = run("elsewhere.ipynb")

    def arrived() -> bool:
        rows = {row["name"]: row for row in server.changes()["experiments"]}
        return rows.get("gpu-box", {}).get("status") == "completed"

    until(arrived, "the job's row")
    assert "lst_" not in nbformat.writes(book), "a token must not be saved with a notebook"


def test_dvclive_sends_here_and_its_failure_is_told(run: Any, server: Server) -> None:
    _, rows = run("dvclive.ipynb", raises=True)
    assert rows["from-dvclive"]["status"] == "completed"

    def told() -> bool:
        rows = {row["name"]: row for row in server.changes()["experiments"]}
        return rows["diverges"]["status"] in ("failed", "stopped")

    until(told, "the failure")
    rows = {row["name"]: row for row in server.changes()["experiments"]}
    assert rows["diverges"]["status"] == "failed"
    assert rows["diverges"]["error"]["type"] == "FloatingPointError"
