"""Fixtures that several kinds of tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from live_studio.studio import Studio
from tests.servers import Server, running


@pytest.fixture(name="store_path")
def _store_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store of the test's own, which `Live` and `experiments()` find too."""
    path = tmp_path / "store.db"
    monkeypatch.setenv("LIVE_STUDIO_STORE", str(path))
    monkeypatch.delenv("LIVE_STUDIO_SERVER_FILE", raising=False)
    monkeypatch.chdir(tmp_path)
    return path


@pytest.fixture(name="studio")
def _studio(store_path: Path) -> Iterator[Studio]:
    """A Studio over that store."""
    studio = Studio(store_path)
    yield studio
    studio.close()


@pytest.fixture(scope="module", name="server")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real Jupyter Server behind a base URL, shared by the tests of one module."""
    with running(tmp_path_factory.mktemp("server"), "/user/me/") as server:
        yield server
