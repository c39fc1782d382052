"""What the tests of the server share."""

from __future__ import annotations

import pytest

from tests.servers import Server


@pytest.fixture(scope="module", name="token")
def _token(server: Server) -> str:
    """A token that may write experiments."""
    return server.token("--name", "tests")
